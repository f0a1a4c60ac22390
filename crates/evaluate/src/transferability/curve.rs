//! Scores by the number of labels in, where a curve begins, rises and ends, and where two meet, out.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::Interval;
use crate::bootstrap::percentiles;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 1000;

/// The scores at one number of labels.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningPoint {
    /// Labels; 0 for zero-shot.
    pub n_labels: usize,
    /// A score a seed, 0 to 1. The same place in every point is the same seed.
    pub scores: Vec<f64>,
}

impl LearningPoint {
    /// The mean score.
    pub fn mean(&self) -> f64 {
        self.scores.iter().sum::<f64>() / self.scores.len().max(1) as f64
    }

    /// 95 % percentile bootstrap interval of the mean over the seeds; no width for one seed.
    pub fn interval(&self, seed: u64) -> Interval {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        percentiles((0..RESAMPLES).map(|_| self.mean_of(&mut || rng.random())).collect())
    }

    /// The mean of scores that `draw` (0 up to 1) picks.
    fn mean_of(&self, draw: &mut dyn FnMut() -> f64) -> f64 {
        let n = self.scores.len();
        (0..n).map(|_| self.scores[(draw() * n as f64) as usize]).sum::<f64>() / n.max(1) as f64
    }
}

/// Scores by the number of labels, in ascending order.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LearningCurve {
    points: Vec<LearningPoint>,
}

/// The shape of a learning curve.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct CurveFit {
    /// The score with the fewest labels that were tried (with none: zero-shot), 0 to 1.
    pub start: f64,
    /// What twice the labels add, on average over all that was tried with one label or more; 0 if that was one number of labels.
    pub slope: f64,
    /// Where a − b n^−c ends, 0 to 1; `None` if fewer than three numbers of labels above 0 were tried.
    pub asymptote: Option<f64>,
    /// b, 0 or more, and c, 0.05 to 2, of a − b n^−c.
    pub power: Option<(f64, f64)>,
}

/// The number of target labels from which on a model of its own does as well as a transferred one.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct BreakEven {
    /// That number; `None`: never within what was measured.
    pub n_labels: Option<f64>,
    /// Its 95 % bootstrap interval over the seeds; `None` as an end: beyond what was measured.
    pub interval: (Option<f64>, Option<f64>),
    /// The most labels that both curves were measured with.
    pub n_measured: usize,
}

impl LearningCurve {
    /// A curve through points in any order; those without a score are left out.
    pub fn new(points: impl IntoIterator<Item = LearningPoint>) -> Self {
        let mut points: Vec<_> = points.into_iter().filter(|point| !point.scores.is_empty()).collect();
        points.sort_by_key(|point| point.n_labels);
        Self { points }
    }

    /// The points, by their number of labels.
    pub fn points(&self) -> &[LearningPoint] {
        &self.points
    }

    /// The curve's shape; `None` without a point. The power law is fitted to the means by least squares, for each c of a grid.
    pub fn fit(&self) -> Option<CurveFit> {
        let start = self.points.first()?.mean();
        let points: Vec<(f64, f64)> = self
            .points
            .iter()
            .filter(|point| point.n_labels > 0)
            .map(|point| (point.n_labels as f64, point.mean()))
            .collect();
        let logarithms: Vec<(f64, f64)> = points.iter().map(|&(n, score)| (n.log2(), score)).collect();
        let slope = line(&logarithms).1;
        let power = if points.len() < 3 { None } else { power_law(&points) };
        Some(CurveFit {
            start,
            slope,
            asymptote: power.map(|(a, _, _)| a),
            power: power.map(|(_, b, c)| (b, c)),
        })
    }

    /// Where transfer stops paying: the fewest labels from which on `self`, the transferred model, was no better than `own`, a model of the
    /// target's labels alone; between two numbers of labels by the logarithm. `None` if they have no number of labels in common.
    pub fn break_even(&self, own: &Self, seed: u64) -> Option<BreakEven> {
        let pairs: Vec<(&LearningPoint, &LearningPoint)> = self
            .points
            .iter()
            .filter_map(|point| {
                Some((point, own.points.iter().find(|other| other.n_labels == point.n_labels)?))
            })
            .collect();
        let n_measured = pairs.last()?.0.n_labels;
        let gains = |gain: &mut dyn FnMut(&LearningPoint, &LearningPoint) -> f64| {
            pairs
                .iter()
                .map(|(with, without)| (with.n_labels as f64, gain(with, without)))
                .collect::<Vec<_>>()
        };
        let n_labels = meeting(&gains(&mut |with, without| with.mean() - without.mean()));
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let resampled = (0..RESAMPLES).map(|_| {
            // The same seeds for every point: they share their draws of labels.
            let stream: u64 = rng.random();
            let mut gain = |with: &LearningPoint, without: &LearningPoint| {
                let mut first = ChaCha8Rng::seed_from_u64(stream);
                let mut second = first.clone();
                with.mean_of(&mut || first.random()) - without.mean_of(&mut || second.random())
            };
            meeting(&gains(&mut gain)).unwrap_or(f64::INFINITY)
        });
        let Interval(low, high) = percentiles(resampled.collect());
        let measured = |end: f64| Some(end).filter(|end| end.is_finite());
        Some(BreakEven { n_labels, interval: (measured(low), measured(high)), n_measured })
    }
}

/// The number of labels from which on no gain is above 0.
fn meeting(gains: &[(f64, f64)]) -> Option<f64> {
    let after = gains.iter().rposition(|&(_, gain)| gain > 0.0).map_or(0, |last| last + 1);
    let &(n, gain) = gains.get(after)?;
    let Some(&(before, gain_before)) = after.checked_sub(1).and_then(|last| gains.get(last)) else {
        return Some(n);
    };
    let share = gain_before / (gain_before - gain);
    let logarithm = (1.0 + before).ln() + share * ((1.0 + n) / (1.0 + before)).ln();
    Some(logarithm.exp() - 1.0)
}

/// Intercept and slope of the line of least squares; a slope of 0 where all x are alike.
fn line(points: &[(f64, f64)]) -> (f64, f64) {
    let n = points.len().max(1) as f64;
    let (x, y) = points.iter().fold((0.0, 0.0), |sums, point| (sums.0 + point.0, sums.1 + point.1));
    let (x, y) = (x / n, y / n);
    let (mut covariance, mut variance) = (0.0, 0.0);
    for point in points {
        covariance += (point.0 - x) * (point.1 - y);
        variance += (point.0 - x).powi(2);
    }
    let slope = if variance > 0.0 { covariance / variance } else { 0.0 };
    (y - slope * x, slope)
}

/// a, b and c of a − b n^−c; b is not below 0, as labels do not harm, and a is a score, at most 1.
fn power_law(points: &[(f64, f64)]) -> Option<(f64, f64, f64)> {
    let fits = (1..=40).map(|step| {
        let c = 0.05 * f64::from(step);
        let powers: Vec<(f64, f64)> = points.iter().map(|&(n, score)| (n.powf(-c), score)).collect();
        let (mut a, mut b) = line(&powers);
        b = -b;
        if b < 0.0 {
            (a, b) = (powers.iter().map(|point| point.1).sum::<f64>() / powers.len() as f64, 0.0);
        } else if a > 1.0 {
            let (product, square) = powers.iter().fold((0.0, 0.0), |sums, &(power, score)| {
                (sums.0 + power * (1.0 - score), sums.1 + power * power)
            });
            (a, b) = (1.0, product / square);
        }
        let error: f64 = powers.iter().map(|&(power, score)| (a - b * power - score).powi(2)).sum();
        (error, (a, b, c))
    });
    fits.min_by(|first, second| first.0.total_cmp(&second.0)).map(|(_, fit)| fit)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn curve(points: &[(usize, f64)]) -> LearningCurve {
        // Three seeds around the mean.
        let scores = |mean: f64| vec![mean - 0.01, mean, mean + 0.01];
        LearningCurve::new(
            points.iter().map(|&(n_labels, mean)| LearningPoint { n_labels, scores: scores(mean) }),
        )
    }

    #[test]
    fn a_power_law_is_found_again() {
        let sizes = [8, 16, 32, 64, 256, 1024];
        let points: Vec<(usize, f64)> =
            sizes.iter().map(|&n| (n, 0.9 - 0.8 * (n as f64).powf(-0.5))).collect();
        let fit = curve(&points).fit().unwrap();
        let (b, c) = fit.power.unwrap();
        assert!(
            (fit.asymptote.unwrap() - 0.9).abs() < 1e-9 && (b - 0.8).abs() < 1e-9 && (c - 0.5).abs() < 1e-9,
            "{fit:?}"
        );
        assert!((fit.start - points[0].1).abs() < 1e-9 && fit.slope > 0.0);
    }

    #[test]
    fn shapes_that_are_none() {
        assert_eq!(curve(&[]).fit(), None);
        let two = curve(&[(0, 0.7), (8, 0.8), (16, 0.81)]).fit().unwrap();
        assert!((two.start - 0.7).abs() < 1e-9 && (two.slope - 0.01).abs() < 1e-9 && two.asymptote.is_none());
        let falling = curve(&[(8, 0.8), (16, 0.7), (32, 0.6)]).fit().unwrap();
        assert!((falling.asymptote.unwrap() - 0.7).abs() < 1e-9 && falling.slope < 0.0, "{falling:?}");
        let steep = curve(&[(8, 0.5), (16, 0.7), (32, 0.9)]).fit().unwrap();
        assert_eq!(steep.asymptote, Some(1.0));
    }

    #[test]
    fn curves_meet() {
        let with = curve(&[(0, 0.7), (15, 0.75), (63, 0.8), (255, 0.82)]);
        let own = curve(&[(15, 0.65), (63, 0.78), (255, 0.84)]);
        let found = with.break_even(&own, 42).unwrap();
        assert!((found.n_labels.unwrap() - 127.0).abs() < 1e-6, "{found:?}");
        let (low, high) = found.interval;
        assert!(low.unwrap() <= 127.1 && high.unwrap() >= 126.9, "{found:?}");
        let never = with.break_even(&curve(&[(15, 0.5), (63, 0.6)]), 42).unwrap();
        assert_eq!((never.n_labels, never.interval, never.n_measured), (None, (None, None), 63));
        let at_once = with.break_even(&curve(&[(15, 0.9), (63, 0.9)]), 42).unwrap();
        assert_eq!((at_once.n_labels, at_once.interval), (Some(15.0), (Some(15.0), Some(15.0))));
        assert_eq!(with.break_even(&curve(&[(4, 0.9)]), 42), None);
    }
}
