//! Rows of two domains in, how easily they are told apart out.

use ndarray::{ArrayView2, Axis, concatenate};
use rand::SeedableRng;
use rand::seq::index;
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wordferry_classify::fit_logistic;
use wordferry_vectors::{Features, Space};

use super::unmeasurable;
use crate::{Interval, Result};

/// Rows of a side that are looked at, at most: more would hardly change the distance.
const MOST_ROWS: usize = 2000;
/// Rows of a side, at least: each half trains once and is tested once.
const FEWEST_ROWS: usize = 10;
/// The discriminator's penalty a row.
const L2: f64 = 0.01;

/// How far two domains lie apart for a linear classifier.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct ProxyADistance {
    /// 2 (1 − 2 ε), at least 0: 0 where a row does not tell which side it is of, 2 where it always does. Below 0.5 the sides are much
    /// alike; above 1.5 a classifier of the one side meets rows of the other that it has seen few of.
    pub distance: f64,
    /// ε, the share of rows held out whose side is not told, 0 to 1; half is guessing.
    pub error: f64,
    /// 95 % interval of the error.
    pub error_ci: Interval,
    /// Rows of each side that were looked at.
    pub n: usize,
}

/// The proxy A-distance of two sets of rows of one space (Ben-David et al. 2007), n × d each: a logistic classifier learns to tell them apart
/// on one half of either and is tested on the other, then the halves change places. As many rows of each side are drawn, so that guessing
/// the larger side is no help.
///
/// # Errors
/// If a side has fewer than 10 rows, or a feature is not finite.
///
/// # Panics
/// If the sides are not equally wide.
pub fn proxy_a_distance(
    source: ArrayView2<'_, f32>,
    target: ArrayView2<'_, f32>,
    seed: u64,
) -> Result<ProxyADistance> {
    let n = source.nrows().min(target.nrows()).min(MOST_ROWS) / 2 * 2;
    if n < FEWEST_ROWS {
        let found = format!("{} and {}", source.nrows(), target.nrows());
        return Err(unmeasurable("10 rows or more of each side", found));
    }
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut draw = |rows: ArrayView2<'_, f32>| {
        rows.select(Axis(0), &index::sample(&mut rng, rows.nrows(), n).into_vec())
    };
    let (source, target) = (draw(source), draw(target));
    let mut n_wrong = 0;
    for fold in 0..2 {
        let (tested, trained) = (half(fold), half(1 - fold));
        let rows = |half: &dyn Fn(ArrayView2<'_, f32>) -> ndarray::Array2<f32>| {
            concatenate![Axis(0), half(source.view()), half(target.view())]
        };
        let labels: Vec<usize> = (0..n).map(|i| usize::from(i >= n / 2)).collect();
        let sides = ["source".to_owned(), "target".to_owned()];
        let space = Space::of(&[b"proxy A-distance"]);
        let discriminator = fit_logistic(space, rows(&trained).view(), &labels, &sides, L2)
            .map_err(wordferry_transfer::Error::from)?;
        let told = discriminator.predict(&Features::from(rows(&tested)));
        n_wrong += told.iter().zip(&labels).filter(|(told, label)| told.class != **label).count();
    }
    let error = n_wrong as f64 / (2 * n) as f64;
    let distance = (2.0 * (1.0 - 2.0 * error)).max(0.0);
    Ok(ProxyADistance { distance, error, error_ci: Interval::of_share(n_wrong, 2 * n), n })
}

/// Every second row, from the first or from the second.
fn half(first: usize) -> impl Fn(ArrayView2<'_, f32>) -> ndarray::Array2<f32> {
    move |rows| rows.slice(ndarray::s![first..;2, ..]).to_owned()
}
