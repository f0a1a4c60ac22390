//! Predicted and true classes in, accuracy and macro-F1 with intervals out.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 1000;
/// z of a two-sided 95 % interval.
pub(crate) const Z_95: f64 = 1.959_963_984_540_054;

/// A 95 % interval: its lower and its upper end, in the range of what was measured.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Interval(pub f64, pub f64);

impl Interval {
    /// Of `hits` among `n` independent trials (Wilson 1927); the whole range for no trial.
    pub fn of_share(hits: usize, n: usize) -> Self {
        if n == 0 {
            return Self(0.0, 1.0);
        }
        let (p, n) = (hits as f64 / n as f64, n as f64);
        let centre = (p + Z_95 * Z_95 / (2.0 * n)) / (1.0 + Z_95 * Z_95 / n);
        let half = Z_95 / (1.0 + Z_95 * Z_95 / n) * (p * (1.0 - p) / n + Z_95 * Z_95 / (4.0 * n * n)).sqrt();
        Self((centre - half).max(0.0), (centre + half).min(1.0))
    }
}

/// How well a classifier does on a test set.
#[derive(Clone, Debug, PartialEq)]
pub struct Scores {
    /// Texts.
    pub n: usize,
    /// Share of texts whose class is predicted, 0 to 1.
    pub accuracy: f64,
    /// 95 % percentile bootstrap interval of the accuracy.
    pub accuracy_ci: Interval,
    /// Mean over the classes that occur of their F1, 0 to 1.
    pub macro_f1: f64,
    /// 95 % percentile bootstrap interval of macro-F1.
    pub macro_f1_ci: Interval,
    /// Share of the most frequent class: the accuracy of always guessing it.
    pub majority: f64,
}

impl Scores {
    /// Scores of predictions; `truth` and `predicted` are class indices below `n_classes`.
    ///
    /// # Panics
    /// If there are no texts, not as many predictions as texts, or an index is too high.
    pub fn of(truth: &[usize], predicted: &[usize], n_classes: usize, seed: u64) -> Self {
        assert_eq!(truth.len(), predicted.len(), "one prediction a text");
        assert!(!truth.is_empty(), "at least one text");
        let cells: Vec<usize> =
            truth.iter().zip(predicted).map(|(truth, found)| truth * n_classes + found).collect();
        let confusion = Confusion::of(cells.iter().copied(), n_classes);
        let (accuracy_ci, macro_f1_ci) = bootstrap(&cells, n_classes, seed);
        Self {
            n: truth.len(),
            accuracy: confusion.accuracy(),
            accuracy_ci,
            macro_f1: confusion.macro_f1(),
            macro_f1_ci,
            majority: confusion.majority(),
        }
    }
}

/// Counts of texts by true (row) and predicted class (column).
struct Confusion {
    counts: Vec<usize>,
    n_classes: usize,
}

impl Confusion {
    fn of(cells: impl Iterator<Item = usize>, n_classes: usize) -> Self {
        let mut counts = vec![0; n_classes * n_classes];
        cells.for_each(|cell| counts[cell] += 1);
        Self { counts, n_classes }
    }

    fn n(&self) -> f64 {
        self.counts.iter().sum::<usize>() as f64
    }

    fn hits(&self, class: usize) -> usize {
        self.counts[class * self.n_classes + class]
    }

    fn of_class(&self, class: usize) -> usize {
        self.counts[class * self.n_classes..][..self.n_classes].iter().sum()
    }

    fn predicted_as(&self, class: usize) -> usize {
        (0..self.n_classes).map(|truth| self.counts[truth * self.n_classes + class]).sum()
    }

    fn accuracy(&self) -> f64 {
        (0..self.n_classes).map(|class| self.hits(class)).sum::<usize>() as f64 / self.n()
    }

    fn majority(&self) -> f64 {
        (0..self.n_classes).map(|class| self.of_class(class)).max().unwrap_or(0) as f64 / self.n()
    }

    fn macro_f1(&self) -> f64 {
        let f1 = |class| match self.of_class(class) + self.predicted_as(class) {
            0 => None,
            both => Some(2.0 * self.hits(class) as f64 / both as f64),
        };
        let scores: Vec<f64> = (0..self.n_classes).filter_map(f1).collect();
        scores.iter().sum::<f64>() / scores.len() as f64
    }
}

/// Percentile intervals of accuracy and macro-F1 over resamples of the texts (Efron 1979).
fn bootstrap(cells: &[usize], n_classes: usize, seed: u64) -> (Interval, Interval) {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut resample = || {
        let drawn = (0..cells.len()).map(|_| cells[rng.random_range(0..cells.len())]);
        let confusion = Confusion::of(drawn, n_classes);
        (confusion.accuracy(), confusion.macro_f1())
    };
    let (accuracies, f1s): (Vec<f64>, Vec<f64>) = (0..RESAMPLES).map(|_| resample()).unzip();
    (percentiles(accuracies), percentiles(f1s))
}

pub(crate) fn percentiles(mut values: Vec<f64>) -> Interval {
    values.sort_by(f64::total_cmp);
    let at = |share: f64| values[(share * (values.len() - 1) as f64).round() as usize];
    Interval(at(0.025), at(0.975))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scores_by_hand() {
        let scores = Scores::of(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 0], 2, 42);
        assert_eq!((scores.accuracy, scores.majority), (0.6, 0.6));
        assert!((scores.macro_f1 - (2.0 * 2.0 / 6.0 + 2.0 / 4.0) / 2.0).abs() < 1e-12);
        assert!(scores.accuracy_ci.0 < 0.6 && scores.accuracy_ci.1 > 0.6);
    }

    #[test]
    fn classes_that_never_occur_do_not_count() {
        assert_eq!(Scores::of(&[0, 2], &[0, 2], 3, 42).macro_f1, 1.0);
    }

    #[test]
    fn the_bootstrap_agrees_with_the_binomial() {
        let truth = vec![0; 4000];
        let predicted: Vec<usize> = (0..4000).map(|i| usize::from(i % 4 == 0)).collect();
        let Interval(low, high) = Scores::of(&truth, &predicted, 2, 42).accuracy_ci;
        let Interval(wilson_low, wilson_high) = Interval::of_share(3000, 4000);
        assert!((low - wilson_low).abs() < 0.003 && (high - wilson_high).abs() < 0.003);
    }

    #[test]
    fn wilson() {
        let Interval(low, high) = Interval::of_share(0, 10);
        assert!(low == 0.0 && (high - 0.2775).abs() < 1e-3);
        assert_eq!(Interval::of_share(0, 0), Interval(0.0, 1.0));
    }
}
