//! Rows of what is normal in, how unlike them other rows are out.
//!
//! No label is needed. Three ways of being unlike: far from the nearest normal rows, far from the centre in the directions in which
//! normal rows hardly differ, or plainly far from the centre.

mod nearest;
mod quantile;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use rayon::prelude::*;
use wordferry_vectors::map::faer_view;

use self::nearest::Nearest;
use self::quantile::upper_quantile;
use crate::covariance::check_rows;
use crate::{Error, Result, ShrunkCovariance};

/// Rows scored at a time, whatever the number of threads.
const ROWS_PER_BLOCK: usize = 256;

/// How a row is found to be unlike the normal ones.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AnomalyMethod {
    /// The mean distance to the `k` nearest normal rows (Angiulli and Pizzuti 2002). It follows any shape that normal rows have, and
    /// costs n multiplications of rows a row.
    Nearest {
        /// Neighbours, at least 1.
        k: usize,
    },
    /// Mahalanobis' distance from the mean, with the covariance shrunk by [`ShrunkCovariance`].
    Mahalanobis,
    /// The distance from the mean: the ball around normal rows (Tax and Duin 2004) with a linear kernel, where every row supports it.
    Centre,
}

impl AnomalyMethod {
    /// Its name: `nearest`, `mahalanobis` or `centre`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Nearest { .. } => "nearest",
            Self::Mahalanobis => "mahalanobis",
            Self::Centre => "centre",
        }
    }
}

/// Knows what is normal.
#[derive(Clone, Debug)]
pub struct AnomalyDetector {
    fitted: Fitted,
    normal_scores: Vec<f32>,
}

#[derive(Clone, Debug)]
enum Fitted {
    Nearest(Nearest),
    /// Rows minus the mean (d), times the axes (d × d) where distances are not the same in all directions.
    Distance {
        mean: Array1<f32>,
        axes: Option<Array2<f32>>,
    },
}

impl AnomalyDetector {
    /// Learns from normal rows, n × d. A few that are not normal do little harm: they are the ones with the highest
    /// [`AnomalyDetector::normal_scores`].
    ///
    /// # Errors
    /// If there are fewer rows than the method takes (k + 1, or 2), or a feature is not finite.
    pub fn fit(method: AnomalyMethod, normal: Array2<f32>) -> Result<Self> {
        match method {
            AnomalyMethod::Nearest { k } => {
                check_rows(normal.view(), k.max(1) + 1)?;
                let nearest = Nearest::new(normal, k.max(1));
                Ok(Self { normal_scores: nearest.scores_of_own_rows(), fitted: Fitted::Nearest(nearest) })
            }
            AnomalyMethod::Mahalanobis | AnomalyMethod::Centre => {
                let shrunk = ShrunkCovariance::of(normal.view())?;
                let axes = match method {
                    AnomalyMethod::Mahalanobis => Some(whitening(shrunk.covariance.view())?),
                    _ => None,
                };
                let n = normal.nrows() as f64;
                let own_part = axes.as_ref().map(|_| (1.0 - shrunk.shrinkage) / (n - 1.0));
                let fitted = Fitted::Distance { mean: shrunk.mean.mapv(|value| value as f32), axes };
                let scores = fitted.scores(normal.view()).into_iter();
                Ok(Self { normal_scores: scores.map(|score| left_out(score, n, own_part)).collect(), fitted })
            }
        }
    }

    /// How unlike the normal rows each row of `features` (m × d) is: a distance, 0 and above; the higher, the less normal. Scores of two
    /// detectors cannot be compared.
    ///
    /// # Errors
    /// If a feature is not finite.
    ///
    /// # Panics
    /// If the features are not d wide.
    pub fn scores(&self, features: ArrayView2<'_, f32>) -> Result<Vec<f32>> {
        check_rows(features, 0)?;
        Ok(self.fitted.scores(features))
    }

    /// The scores of the normal rows themselves, in order, each as if the detector had not seen it: a row is no neighbour of itself, and has no
    /// part in the mean and the covariance that it is measured by.
    pub fn normal_scores(&self) -> &[f32] {
        &self.normal_scores
    }

    /// The score above which a share of at most `share` (0 to 1) of further normal rows is expected to lie: a quantile of the
    /// normal rows' own scores, with the place of one more row counted in (Vovk et al. 2005).
    ///
    /// # Errors
    /// If there are fewer than 1 / `share` − 1 normal rows, so that no score is known to be that high.
    pub fn threshold(&self, share: f64) -> Result<f32> {
        let found = self.normal_scores.len();
        upper_quantile(&self.normal_scores, share).ok_or_else(|| {
            let expected = (1.0 / share.max(f64::MIN_POSITIVE) - 1.0).ceil();
            Error::TooFewRows { expected: expected as usize, found }
        })
    }
}

impl Fitted {
    fn scores(&self, features: ArrayView2<'_, f32>) -> Vec<f32> {
        match self {
            Self::Nearest(nearest) => nearest.scores(features),
            Self::Distance { mean, axes } => in_blocks(features, |_, block| {
                let centred = &block - mean;
                let centred = axes.as_ref().map_or_else(|| centred.clone(), |axes| centred.dot(axes));
                centred.rows().into_iter().map(|row| row.dot(&row).sqrt()).collect()
            }),
        }
    }
}

/// The distance of one of `n` rows from the mean of the others, by their covariance, from its distance by all. `own_part` is the row's part in the
/// covariance, (1 − δ) / (n − 1), or `None` where that does not count. By Sherman and Morrison (1950); that δ would be another is left out.
fn left_out(score: f32, n: f64, own_part: Option<f64>) -> f32 {
    let score = f64::from(score);
    let others = match own_part {
        None => score * n / (n - 1.0),
        Some(part) => score * (n / (n - 1.0) / (1.0 - part * score * score).max(f64::EPSILON)).sqrt(),
    };
    others as f32
}

/// Scores rows block by block; the blocks are the same whatever the number of threads. `score` is told the number of the block's first row.
fn in_blocks(
    features: ArrayView2<'_, f32>,
    score: impl Fn(usize, ArrayView2<'_, f32>) -> Vec<f32> + Sync,
) -> Vec<f32> {
    let blocks: Vec<_> = features.axis_chunks_iter(Axis(0), ROWS_PER_BLOCK).collect();
    let scores: Vec<Vec<f32>> =
        blocks.par_iter().enumerate().map(|(i, block)| score(i * ROWS_PER_BLOCK, *block)).collect();
    scores.concat()
}

/// The matrix that makes of rows with this covariance rows whose covariance is the identity.
fn whitening(covariance: ArrayView2<'_, f64>) -> Result<Array2<f32>> {
    let d = covariance.nrows();
    let eigen = faer_view(covariance).self_adjoint_eigen(faer::Side::Lower);
    let eigen = eigen.map_err(|_| Error::Decomposition { rows: d })?;
    let values = eigen.S().column_vector();
    // Rows that are all alike have no covariance, and differ from any other row infinitely; they are given the unit.
    let highest = values.iter().copied().fold(0.0, f64::max);
    let least = if highest > 0.0 { highest * 1e-12 } else { 1.0 };
    Ok(Array2::from_shape_fn((d, d), |(i, j)| (eigen.U()[(i, j)] / values[j].max(least).sqrt()) as f32))
}

#[cfg(test)]
mod tests;
