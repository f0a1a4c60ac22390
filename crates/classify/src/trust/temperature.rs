//! The temperature that makes scores probabilities (Guo et al. 2017).

use ndarray::{ArrayView1, ArrayView2};

use super::platt::certainty;

/// Temperatures that are looked among: a classifier whose scores say nothing gets the highest.
const RANGE: (f64, f64) = (1e-4, 1e4);
/// Halvings of the logarithm of that range: below the precision of `f32`.
const HALVINGS: usize = 40;

/// The divisor of `scores` (n × c) whose softmax has the least log-loss. In 1 / T the loss is convex, so that its slope has one
/// root, which halving an interval finds whatever the scores.
pub(super) fn fit(scores: ArrayView2<'_, f32>, labels: &[usize]) -> f64 {
    let certainties = certainties(labels, scores.ncols());
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match slope(scores, labels, &certainties, (-middle).exp()) < 0.0 {
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

/// The derivative of the loss by β = 1 / T: the sum over rows of the mean score by the softmax, minus that by the label.
fn slope(scores: ArrayView2<'_, f32>, labels: &[usize], certainties: &[f64], beta: f64) -> f64 {
    let n_others = (scores.ncols() - 1) as f64;
    let of_row = |(row, &label): (ArrayView1<'_, f32>, &usize)| {
        let certain = certainties[label];
        let (own, all) = (f64::from(row[label]), row.iter().map(|&score| f64::from(score)).sum::<f64>());
        mean_by_softmax(row, beta) - certain * own - (1.0 - certain) / n_others * (all - own)
    };
    scores.rows().into_iter().zip(labels).map(of_row).sum()
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
