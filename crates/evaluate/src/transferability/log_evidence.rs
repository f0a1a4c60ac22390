//! Features and labels in, the evidence for a linear model of the one in the other out.

use ndarray::{Array2, ArrayView2, Axis};

use super::h_score::class_sums;
use super::{check, eigen};
use crate::Result;

/// Rows multiplied at a time.
const ROWS_PER_BLOCK: usize = 1024;
/// Rounds after which the search for the precisions ends anyway.
const MOST_ROUNDS: usize = 200;
/// The search ends when their ratio changes by less than this share.
const TOLERANCE: f64 = 1e-9;
/// Precisions stay within 10 to plus or minus this, where rows fit perfectly or not at all.
const WIDEST: f64 = 1e12;

/// LogME (You et al. 2021): the logarithm of the maximum evidence of a Bayesian linear regression of each class's indicator (1 or 0) on the
/// features (n × d), a row, in nats; the mean over the classes below `n_classes` that occur. O(n d²).
///
/// Unbounded. Only its order means something: of two encoders on the same rows and labels, the one with the higher value can be expected to do
/// better. It punishes features that are of no use, as plain accuracy on few rows does not.
///
/// # Errors
/// If fewer than two classes occur, or a feature is not finite.
///
/// # Panics
/// If there is not one label a row, or a label is no number of a class.
pub fn log_evidence(features: ArrayView2<'_, f32>, labels: &[usize], n_classes: usize) -> Result<f64> {
    check(features, labels, n_classes)?;
    let (values, axes) = eigen(gram(features).view())?;
    let (sizes, sums) = class_sums(features, labels, n_classes);
    let turned = sums.dot(&axes);
    let least = values.last().copied().unwrap_or(0.0) * 1e-10;
    let known: Vec<usize> = (0..values.len()).filter(|&i| values[i] > least).collect();
    let classes: Vec<usize> = (0..n_classes).filter(|&class| sizes[class] > 0.0).collect();
    let evidence = classes.iter().map(|&class| {
        // The squared products of the indicator with the left singular vectors.
        let squares = known.iter().map(|&i| turned[(class, i)].powi(2) / values[i]).collect();
        let values = known.iter().map(|&i| values[i]).collect();
        Regression { values, squares, length: sizes[class], n: labels.len() as f64 }.evidence()
    });
    Ok(evidence.sum::<f64>() / classes.len() as f64)
}

/// The features' products with each other, d × d.
fn gram(features: ArrayView2<'_, f32>) -> Array2<f64> {
    let mut gram = Array2::zeros((features.ncols(), features.ncols()));
    for block in features.axis_chunks_iter(Axis(0), ROWS_PER_BLOCK) {
        let block = block.mapv(f64::from);
        gram += &block.t().dot(&block);
    }
    gram
}

/// All that the evidence of a target depends on.
struct Regression {
    /// The squared singular values of the features, k.
    values: Vec<f64>,
    /// The squared products of the target with the left singular vectors, k.
    squares: Vec<f64>,
    /// The target's squared length.
    length: f64,
    n: f64,
}

impl Regression {
    /// Searches for the precisions α of the weights and β of the noise by MacKay's fixed point (1992).
    fn evidence(&self) -> f64 {
        let (mut alpha, mut beta): (f64, f64) = (1.0, 1.0);
        for _ in 0..MOST_ROUNDS {
            let ratio = alpha / beta;
            let effective = self.values.iter().map(|value| value / (value + ratio)).sum::<f64>();
            let (weights, error) = self.squared(ratio);
            alpha = (effective / weights).clamp(WIDEST.recip(), WIDEST);
            beta = ((self.n - effective) / error).clamp(WIDEST.recip(), WIDEST);
            if (alpha / beta / ratio - 1.0).abs() < TOLERANCE {
                break;
            }
        }
        let (weights, error) = self.squared(alpha / beta);
        let determinant = self.values.iter().map(|value| (alpha + beta * value).ln()).sum::<f64>();
        let precisions = self.values.len() as f64 * alpha.ln() + self.n * beta.ln() - determinant;
        let misfit = beta * error + alpha * weights + self.n * std::f64::consts::TAU.ln();
        (precisions - misfit) / 2.0 / self.n
    }

    /// The squared length of the mean weights and of what they leave of the target.
    fn squared(&self, ratio: f64) -> (f64, f64) {
        let pairs = || self.values.iter().zip(&self.squares);
        let weights = pairs().map(|(value, square)| value * square / (value + ratio).powi(2)).sum();
        let within: f64 = pairs().map(|(value, square)| square * (ratio / (value + ratio)).powi(2)).sum();
        let outside = (self.length - self.squares.iter().sum::<f64>()).max(0.0);
        (weights, within + outside)
    }
}
