//! Scores in, probabilities and their losses out.

use ndarray::{Array2, ArrayView2, Axis};

use crate::Prediction;

/// The probability of every class, n × c, rows that sum to 1: exp s / Σ exp s.
pub fn softmax(scores: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut probabilities = scores.to_owned();
    for mut row in probabilities.axis_iter_mut(Axis(0)) {
        let highest = row.fold(f32::NEG_INFINITY, |highest, &score| highest.max(score));
        row.mapv_inplace(|score| (score - highest).exp());
        let sum = row.sum();
        row /= sum;
    }
    probabilities
}

/// The most probable class of every row of `probabilities` (n × c); the first among equals.
pub fn top(probabilities: ArrayView2<'_, f32>) -> Vec<Prediction> {
    probabilities.rows().into_iter().map(Prediction::of).collect()
}

/// −log of the probability (n × c) of every row's class, in nats. A probability counts as 1.2e-7, the precision of `f32`, at
/// least, so that a loss is 15.9 at most.
///
/// # Panics
/// If there is not one label a row, or a label is no class.
pub fn log_losses(probabilities: ArrayView2<'_, f32>, labels: &[usize]) -> Vec<f64> {
    assert_eq!(probabilities.nrows(), labels.len(), "one label a row");
    let rows = probabilities.rows().into_iter().zip(labels);
    rows.map(|(row, &label)| -f64::from(row[label].max(f32::EPSILON)).ln()).collect()
}

/// How much higher the second class scores than the first, a row of `scores` (n × 2): the log-odds of a logistic classifier.
///
/// # Panics
/// If there are not two classes.
pub fn log_odds(scores: ArrayView2<'_, f32>) -> Vec<f32> {
    assert_eq!(scores.ncols(), 2, "two classes");
    scores.rows().into_iter().map(|row| row[1] - row[0]).collect()
}

/// 1 / (1 + exp −x), 0 to 1.
pub(super) fn logistic(x: f64) -> f64 {
    match x >= 0.0 {
        true => 1.0 / (1.0 + (-x).exp()),
        false => x.exp() / (1.0 + x.exp()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn by_hand() {
        let probabilities = softmax(array![[0.0, 2.0_f32.ln()], [100.0, 0.0], [3.0, 3.0]].view());
        assert!((probabilities[[0, 1]] - 2.0 / 3.0).abs() < 1e-6);
        assert_eq!(top(probabilities.view()).iter().map(|best| best.class).collect::<Vec<_>>(), [1, 0, 0]);
        let losses = log_losses(probabilities.view(), &[1, 1, 0]);
        assert!((losses[0] - 1.5_f64.ln()).abs() < 1e-6);
        assert!((losses[1] - 15.942).abs() < 1e-3, "clipped: {}", losses[1]);
        assert!((losses[2] - 2.0_f64.ln()).abs() < 1e-6);
        assert_eq!(log_odds(array![[1.0, 3.0], [0.5, 0.0]].view()), [2.0, -0.5]);
    }
}
