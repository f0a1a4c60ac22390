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

/// The divisor of `scores` (n × c) with which the mean over the rows of the best class's probability is `sureness`, 1 / c to 1. A classifier
/// that was not tested is then as sure as another one is right.
pub fn temperature_of_sureness(scores: ArrayView2<'_, f32>, sureness: f64) -> f64 {
    let n = scores.nrows().max(1) as f64;
    root(|beta| scores.rows().into_iter().map(|row| best_by_softmax(row, beta)).sum::<f64>() / n > sureness)
}

/// The divisor with the least cross-entropy to what expects each row's mean score to be `expected`. In 1 / T it is convex, so that its slope
/// has one root.
fn least(scores: ArrayView2<'_, f32>, expected: &[f64]) -> f64 {
    root(|beta| slope(scores, expected, beta) >= 0.0)
}

/// Halves the range down to the temperature T below which 1 / T is `too_high`.
fn root(too_high: impl Fn(f64) -> bool) -> f64 {
    let (mut low, mut high) = (RANGE.0.ln(), RANGE.1.ln());
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match too_high((-middle).exp()) {
            true => low = middle,
            false => high = middle,
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

fn best_by_softmax(row: ArrayView1<'_, f32>, beta: f64) -> f64 {
    let highest = row.fold(f32::NEG_INFINITY, |highest, &score| highest.max(score));
    1.0 / row.iter().map(|&score| (beta * f64::from(score - highest)).exp()).sum::<f64>()
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
    use ndarray::{Array2, Axis, array};

    use super::*;
    use crate::softmax;

    #[test]
    fn the_temperature_makes_as_sure_as_was_asked_for() {
        let scores = array![[0.0, 3.0, 1.0], [2.0, -1.0, 0.5], [0.0, 0.1, -4.0]];
        let sureness = |temperature: f64| {
            let best = softmax((&scores / temperature as f32).view())
                .map_axis(Axis(1), |row| f64::from(row.fold(0.0, |best, &share| share.max(best))));
            best.mean().unwrap()
        };
        assert!((temperature_of_sureness(scores.view(), sureness(2.5)) - 2.5).abs() < 1e-3);
        assert!((sureness(temperature_of_sureness(scores.view(), 0.5)) - 0.5).abs() < 1e-3);
        // No temperature makes less sure than a guess, and what is all the same has any.
        assert!(temperature_of_sureness(scores.view(), 0.2) > 1e3);
        assert!(temperature_of_sureness(Array2::<f32>::zeros((2, 3)).view(), 0.5).is_finite());
    }
}
