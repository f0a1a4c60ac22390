//! Pairs without any seed (Artetxe, Labaka and Agirre 2018, ACL): words whose similarities to all others, sorted, look alike.
//!
//! If two spaces were the same but for a rotation and the order of their words, the similarities of a word to all words of its
//! own language, sorted, would be the same numbers on both sides. Real spaces are not: what comes out is mostly wrong, and a
//! start for self-learning.

use ndarray::{Array2, ArrayView2, Axis, s};
use rayon::prelude::*;
use wordferry_vectors::map::{faer_view, multiply};
use wordferry_vectors::normalise::{Normalisation, Step};

use crate::Result;
use crate::retrieve::best_both_ways;
use crate::self_learning::{Pair, all};
use crate::symmetric::{Symmetric, to_array};

/// Every sorted similarity in so many is looked at: neighbours in the order say nearly the same.
const STRIDE: usize = 10;
/// Neighbours of CSLS.
const K: usize = 10;

/// Pairs among the `n` most frequent words of either side; `source` and `target` are normalised rows.
pub(crate) fn guess(source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>, n: usize) -> Result<Vec<Pair>> {
    // Profiles hold a number a word: both sides need equally many.
    let n = n.min(source.nrows()).min(target.nrows());
    let x = profiles(source.slice(s![..n, ..]))?;
    let z = profiles(target.slice(s![..n, ..]))?;
    Ok(all(&best_both_ways(x.view(), z.view(), K)))
}

/// The sorted similarities of each row to all rows, by the square root of X Xᵀ; of unit length, centred, of unit length.
fn profiles(rows: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
    let whitened = multiply(rows, inverse_root(rows)?.view());
    let mut similarities = multiply(whitened.view(), rows.t());
    similarities.axis_iter_mut(Axis(0)).into_par_iter().for_each(|mut row| {
        row.as_slice_mut().expect("rows of a product are contiguous").sort_unstable_by(f32::total_cmp);
    });
    let mut profiles = similarities.slice(s![.., ..; STRIDE]).to_owned();
    Normalisation::fit(&Step::UNIT_CENTRE_UNIT, &mut profiles);
    Ok(profiles)
}

/// (Xᵀ X)^-½, d × d.
fn inverse_root(rows: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
    let x = rows.mapv(f64::from);
    let x = faer_view(x.view());
    let products = Symmetric::of((x.transpose() * x).as_ref())?;
    let least = products.values.last().copied().unwrap_or(0.0) * 1e-9;
    Ok(to_array(products.with(|value| value.max(least).max(f64::MIN_POSITIVE).powf(-0.5)).as_ref()))
}
