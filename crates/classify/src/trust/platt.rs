//! A factor and an offset that make log-odds probabilities (Platt 1999, by the method of Lin, Lin and Weng 2007).

use super::softmax::logistic;

const MOST_STEPS: usize = 100;
/// Newton's method ends where a step would change the mean loss by less.
const TOLERANCE: f64 = 1e-12;
/// Keeps the curvature invertible where the scores are all the same.
const RIDGE: f64 = 1e-12;

/// How far a text of a class with `n` texts counts as of that class: no number of texts proves a certainty. As if half a text of each
/// class had been seen before (Jeffreys 1946), where Lin, Lin and Weng take a whole one: that bends the line of few texts too far.
pub(super) fn certainty(n: usize, n_classes: usize) -> f64 {
    (n as f64 + 0.5) / (n as f64 + 0.5 * n_classes as f64)
}

/// The slope and offset of the log-odds `scores` whose logistic function has the least log-loss. The slope is not below 0:
/// scores that point the wrong way tell nothing but how frequent the classes are.
pub(super) fn fit(scores: &[f32], labels: &[usize]) -> (f64, f64) {
    let n_second = labels.iter().filter(|&&label| label == 1).count();
    let (first, second) = (1.0 - certainty(labels.len() - n_second, 2), certainty(n_second, 2));
    let targets: Vec<f64> = labels.iter().map(|&label| if label == 1 { second } else { first }).collect();
    // On a common scale, so that the ridge means the same for any scores.
    let unit = scores.iter().map(|&score| f64::from(score).abs()).fold(0.0, f64::max).max(f64::MIN_POSITIVE);
    let scores: Vec<f64> = scores.iter().map(|&score| f64::from(score) / unit).collect();
    let share = targets.iter().sum::<f64>() / targets.len() as f64;
    let base = (share / (1.0 - share)).ln();
    let (slope, offset) = newton(&scores, &targets, base);
    if slope > 0.0 { (slope / unit, offset) } else { (0.0, base) }
}

/// Newton's method with halved steps, from a slope of 0 and the offset `base`.
fn newton(scores: &[f64], targets: &[f64], base: f64) -> (f64, f64) {
    let (mut slope, mut offset) = (0.0, base);
    let mut loss = mean_loss(scores, targets, slope, offset);
    for _ in 0..MOST_STEPS {
        let (by_slope, by_offset) = step(scores, targets, slope, offset);
        let better = (0..40).map(|halvings| 0.5_f64.powi(halvings)).find_map(|share| {
            let (slope, offset) = (slope + share * by_slope, offset + share * by_offset);
            let found = mean_loss(scores, targets, slope, offset);
            (found < loss).then_some((slope, offset, found))
        });
        let Some((new_slope, new_offset, new_loss)) = better else { break };
        let gain = loss - new_loss;
        (slope, offset, loss) = (new_slope, new_offset, new_loss);
        if gain < TOLERANCE {
            break;
        }
    }
    (slope, offset)
}

/// The step to the minimum of the parabola that touches the loss here.
fn step(scores: &[f64], targets: &[f64], slope: f64, offset: f64) -> (f64, f64) {
    let n = scores.len() as f64;
    let (mut g0, mut g1, mut h00, mut h01, mut h11) = (0.0, 0.0, RIDGE * n, 0.0, RIDGE * n);
    for (&score, &target) in scores.iter().zip(targets) {
        let p = logistic(slope * score + offset);
        let (error, curvature) = (p - target, p * (1.0 - p));
        g0 += error * score;
        g1 += error;
        h00 += curvature * score * score;
        h01 += curvature * score;
        h11 += curvature;
    }
    let determinant = h00 * h11 - h01 * h01;
    ((h01 * g1 - h11 * g0) / determinant, (h01 * g0 - h00 * g1) / determinant)
}

/// The mean of log(1 + eˣ) − t · x, x = slope · score + offset.
fn mean_loss(scores: &[f64], targets: &[f64], slope: f64, offset: f64) -> f64 {
    let loss = |(&score, &target): (&f64, &f64)| {
        let x = slope * score + offset;
        x.max(0.0) + (-x.abs()).exp().ln_1p() - target * x
    };
    scores.iter().zip(targets).map(loss).sum::<f64>() / scores.len() as f64
}
