//! Answers and true classes in, accuracy, macro-F1 and what the probabilities are worth out, with intervals.

use ndarray::Array2;
use serde::Serialize;
use wordferry_classify::log_losses;

use crate::Answers;
use crate::bootstrap::{Intervals, Texts};
use crate::confusion::Confusion;
use crate::ranking::Ranking;
use crate::reliability::{expected_calibration_error, reliability};

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
    /// What the probabilities are worth, where there are any.
    pub probabilities: Option<ProbabilityScores>,
}

impl Scores {
    /// Scores of answers with probabilities; `truth` are class indices.
    ///
    /// # Panics
    /// If there are no texts, not as many answers as texts, or an index is too high.
    pub fn of_answers(truth: &[usize], answers: &Answers, seed: u64) -> Self {
        let mut probability_scores = ProbabilityScores::of(truth, answers);
        let Some(probabilities) = answers.probabilities() else {
            let scores = Self::of(truth, &answers.classes(), answers.n_classes(), seed);
            return Self { probabilities: Some(probability_scores), ..scores };
        };
        let losses = [brier(probabilities, truth), log_losses(probabilities.view(), truth)];
        let ranking = (answers.n_classes() == 2).then(|| ranking(probabilities, truth, 1));
        let (scores, intervals) =
            measured(truth, &answers.classes(), answers.n_classes(), &losses, ranking.as_ref(), seed);
        probability_scores.full = Some(FullScores {
            brier: mean(&losses[0]),
            brier_ci: intervals.losses[0],
            log_loss: mean(&losses[1]),
            log_loss_ci: intervals.losses[1],
            auc: macro_auc(probabilities, truth),
            auc_ci: intervals.auc,
        });
        Self { probabilities: Some(probability_scores), ..scores }
    }

    /// Scores of predictions without probabilities; `truth` and `predicted` are class indices below `n_classes`.
    ///
    /// # Panics
    /// If there are no texts, not as many predictions as texts, or an index is too high.
    pub fn of(truth: &[usize], predicted: &[usize], n_classes: usize, seed: u64) -> Self {
        measured(truth, predicted, n_classes, &[], None, seed).0
    }
}

/// Scores of the classes, and the intervals of everything.
fn measured(
    truth: &[usize],
    predicted: &[usize],
    n_classes: usize,
    losses: &[Vec<f64>],
    ranking: Option<&Ranking>,
    seed: u64,
) -> (Scores, Intervals) {
    assert_eq!(truth.len(), predicted.len(), "one prediction a text");
    assert!(!truth.is_empty(), "at least one text");
    let cells: Vec<usize> =
        truth.iter().zip(predicted).map(|(truth, found)| truth * n_classes + found).collect();
    let confusion = Confusion::of(cells.iter().copied(), n_classes);
    let intervals = Texts { cells: &cells, n_classes, losses, ranking }.intervals(seed);
    let scores = Scores {
        n: truth.len(),
        accuracy: confusion.accuracy(),
        accuracy_ci: intervals.accuracy,
        macro_f1: confusion.macro_f1(),
        macro_f1_ci: intervals.macro_f1,
        majority: confusion.majority(),
        probabilities: None,
    };
    (scores, intervals)
}

/// What probabilities are worth beyond the class that they name.
#[derive(Clone, Debug, PartialEq)]
pub struct ProbabilityScores {
    /// Expected calibration error of the most probable class, 0 to 1: how far confidence and accuracy are apart.
    pub ece: f64,
    /// Its bins of equal numbers of texts, 15 unless there are too few texts.
    pub ece_bins: usize,
    /// What takes the probability of every class; none if only the most probable class's is known, of more than two.
    pub full: Option<FullScores>,
}

/// What takes the probability of every class.
#[derive(Clone, Debug, PartialEq)]
pub struct FullScores {
    /// Mean over texts of the sum over classes of squared errors, 0 to 2 (Brier 1950): of two classes twice that of either.
    pub brier: f64,
    /// Its 95 % percentile bootstrap interval.
    pub brier_ci: Interval,
    /// Mean −log of the true class's probability in nats, 0 to 15.9: a probability counts as 1.2e-7 at least.
    pub log_loss: f64,
    /// Its 95 % percentile bootstrap interval.
    pub log_loss_ci: Interval,
    /// Area under the receiver's curve, 0 to 1; of more than two classes the mean of each against the others. None if the texts
    /// are of one class.
    pub auc: Option<f64>,
    /// Its 95 % percentile bootstrap interval, for two classes.
    pub auc_ci: Option<Interval>,
}

impl ProbabilityScores {
    /// Of what the most probable class alone tells.
    fn of(truth: &[usize], answers: &Answers) -> Self {
        let bins = reliability(truth, answers.predictions());
        Self { ece: expected_calibration_error(&bins), ece_bins: bins.len(), full: None }
    }
}

/// The squared error of every row of probabilities (n × c), summed over classes.
fn brier(probabilities: &Array2<f32>, truth: &[usize]) -> Vec<f64> {
    let error = |class: usize, truth: usize, probability: f32| {
        (f64::from(probability) - f64::from(u8::from(class == truth))).powi(2)
    };
    let rows = probabilities.rows().into_iter().zip(truth);
    rows.map(|(row, &truth)| row.iter().enumerate().map(|(class, &p)| error(class, truth, p)).sum()).collect()
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

/// The texts ranked by the probability of a class.
pub(crate) fn ranking(probabilities: &Array2<f32>, truth: &[usize], class: usize) -> Ranking {
    let is_positive = truth.iter().map(|&truth| truth == class).collect();
    Ranking::of(&probabilities.column(class).to_vec(), is_positive)
}

/// The mean of the classes' areas, each against the others; of two classes they are the same.
fn macro_auc(probabilities: &Array2<f32>, truth: &[usize]) -> Option<f64> {
    let all = vec![1; truth.len()];
    let areas: Vec<f64> = (0..probabilities.ncols())
        .filter_map(|class| ranking(probabilities, truth, class).auc(&all))
        .collect();
    (!areas.is_empty()).then(|| mean(&areas))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;
    use wordferry_classify::Prediction;

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
    fn probabilities_by_hand() {
        let probabilities = array![[0.8, 0.2], [0.4, 0.6], [0.3, 0.7]];
        let scores = Scores::of_answers(&[0, 1, 0], &Answers::of_probabilities(probabilities), 42);
        assert_eq!(
            scores,
            Scores {
                probabilities: scores.probabilities.clone(),
                ..Scores::of(&[0, 1, 0], &[0, 1, 1], 2, 42)
            }
        );
        let found = scores.probabilities.unwrap();
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        close(found.ece, 2.1 / 3.0 - 2.0 / 3.0);
        let full = found.full.unwrap();
        close(full.brier, 2.0 * (0.04 + 0.16 + 0.49) / 3.0);
        close(full.log_loss, -(0.8_f64.ln() + 0.6_f64.ln() + 0.3_f64.ln()) / 3.0);
        assert_eq!((found.ece_bins, full.auc), (1, Some(0.5)));
        assert!(full.brier_ci.0 < full.brier && full.brier < full.brier_ci.1);
    }

    #[test]
    fn the_top_probability_tells_all_of_two_classes_only() {
        let prediction = |class, probability| Prediction { class, probability };
        let top = vec![prediction(0, 0.8), prediction(1, 0.6), prediction(1, 0.7)];
        let whole = Answers::of_probabilities(array![[0.8, 0.2], [0.4, 0.6], [0.3, 0.7]]);
        let score = |answers: &Answers| Scores::of_answers(&[0, 1, 0], answers, 42).probabilities.unwrap();
        let (found, expected) = (score(&Answers::of_predictions(top.clone(), 2)), score(&whole));
        assert!((found.full.unwrap().brier - expected.full.unwrap().brier).abs() < 1e-6);
        let three = score(&Answers::of_predictions(top, 3));
        assert_eq!((three.full, three.ece), (None, expected.ece));
    }

    #[test]
    fn intervals_of_the_area_agree_with_hanley_and_mcneil() {
        let truth: Vec<usize> = (0..2000).map(|row| row % 2).collect();
        let second = |row: usize| ((row * 7919 % 2000) as f32 / 2000.0 + 0.2 * truth[row] as f32) / 1.2;
        let probabilities = Array2::from_shape_fn((2000, 2), |(row, class)| match class {
            0 => 1.0 - second(row),
            _ => second(row),
        });
        let scores = Scores::of_answers(&truth, &Answers::of_probabilities(probabilities), 42);
        let full = scores.probabilities.unwrap().full.unwrap();
        let (a, Interval(low, high)) = (full.auc.unwrap(), full.auc_ci.unwrap());
        let (q1, q2) = (a / (2.0 - a), 2.0 * a * a / (1.0 + a));
        let error = ((a * (1.0 - a) + 999.0 * (q1 + q2 - 2.0 * a * a)) / 1e6).sqrt();
        assert!((low - (a - Z_95 * error)).abs() < 0.005 && (high - (a + Z_95 * error)).abs() < 0.005);
    }

    #[test]
    fn wilson() {
        let Interval(low, high) = Interval::of_share(0, 10);
        assert!(low == 0.0 && (high - 0.2775).abs() < 1e-3);
        assert_eq!(Interval::of_share(0, 0), Interval(0.0, 1.0));
    }
}
