//! The temperature that makes scores probabilities (Guo et al. 2017).

use ndarray::{ArrayView1, ArrayView2};

use super::platt::certainty;

/// Temperatures that are looked among: a classifier whose scores say nothing gets the highest.
const RANGE: (f64, f64) = (1e-4, 1e4);
/// Halvings of the logarithm of that range: below the precision of `f32`.
const HALVINGS: usize = 40;

/// The divisor of `scores` (n × c) whose softmax has the least log-loss.
pub(super) fn fit(scores: ArrayView2<'_, f32>, labels: &[usize]) -> f64 {
    let certainties = certainties(labels, scores.ncols());
    let n_others = (scores.ncols() - 1) as f64;
    let of_row = |(row, &label): (ArrayView1<'_, f32>, &usize)| {
        let certain = certainties[label];
        let (own, all) = (f64::from(row[label]), row.iter().map(|&score| f64::from(score)).sum::<f64>());
        certain * own + (1.0 - certain) / n_others * (all - own)
    };
    least(scores, &scores.rows().into_iter().zip(labels).map(of_row).collect::<Vec<_>>())
}

/// The divisor of `scores` (n × c) whose softmax is most like the probabilities `believed`, n × c, which another classifier gave the same texts:
/// the least cross-entropy. A classifier that knows no label is then as sure as the other one thinks that it is right.
///
/// # Panics
/// If the shapes are not the same.
pub fn temperature_of_beliefs(scores: ArrayView2<'_, f32>, believed: ArrayView2<'_, f32>) -> f64 {
    assert_eq!(scores.dim(), believed.dim(), "a probability for every score");
    let of_row = |(row, believed): (ArrayView1<'_, f32>, ArrayView1<'_, f32>)| {
        row.iter().zip(believed).map(|(&score, &share)| f64::from(score) * f64::from(share)).sum()
    };
    least(scores, &scores.rows().into_iter().zip(believed.rows()).map(of_row).collect::<Vec<_>>())
}

/// The divisor with the least cross-entropy to what expects each row's mean score to be `expected`. In 1 / T it is convex, so that its slope
/// has one root, which halving an interval finds whatever the scores.
fn least(scores: ArrayView2<'_, f32>, expected: &[f64]) -> f64 {
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match slope(scores, expected, (-middle).exp()) < 0.0 {
            true => high = middle,
            false => low = middle,
        }
    }
    ((low + high) / 2.0).exp()
}

/// The share of its class that a text of each class counts as.
fn certainties(labels: &[usize], n_classes: usize) -> Vec<f64> {
    let mut counts = vec![0; n_classes];
    labels.iter().for_each(|&label| counts[label] += 1);
    counts.into_iter().map(|n| certainty(n, n_classes)).collect()
}

/// The derivative of the cross-entropy by β = 1 / T: the sum over rows of the mean score by the softmax, minus the expected one.
fn slope(scores: ArrayView2<'_, f32>, expected: &[f64], beta: f64) -> f64 {
    let of_row = |(row, &expected): (ArrayView1<'_, f32>, &f64)| mean_by_softmax(row, beta) - expected;
    scores.rows().into_iter().zip(expected).map(of_row).sum()
}

fn mean_by_softmax(row: ArrayView1<'_, f32>, beta: f64) -> f64 {
    let highest = row.fold(f32::NEG_INFINITY, |highest, &score| highest.max(score));
    let (mut sum, mut weighted) = (0.0, 0.0);
    for &score in row {
        let weight = (beta * f64::from(score - highest)).exp();
        sum += weight;
        weighted += weight * f64::from(score);
    }
    weighted / sum
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;
    use crate::softmax;

    #[test]
    fn the_temperature_of_beliefs_is_theirs() {
        let scores = array![[0.0, 3.0, 1.0], [2.0, -1.0, 0.5], [0.0, 0.1, -4.0]];
        let believed = softmax((&scores / 2.5).view());
        assert!((temperature_of_beliefs(scores.view(), believed.view()) - 2.5).abs() < 1e-3);
        // Whoever disagrees with what is believed is to be as unsure as can be, and what is all the same has any temperature.
        let reversed = softmax((-&scores).view());
        assert!(temperature_of_beliefs(scores.view(), reversed.view()) > 1e3);
        let constant = Array2::<f32>::zeros((2, 3));
        assert!(temperature_of_beliefs(constant.view(), constant.view()).is_finite());
    }
}
