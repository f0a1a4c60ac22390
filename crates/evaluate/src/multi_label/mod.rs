//! True and found sets of labels in, everything that is measured of them out, with intervals.

mod text;

use std::collections::BTreeMap;

use ndarray::{Array2, Axis};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;
use wordferry_classify::{Prediction, log_losses};

use crate::Interval;
use crate::bootstrap::{RESAMPLES, percentiles};
use crate::confusion::ClassScores;
use crate::reliability::{expected_calibration_error, reliability};

/// How well a model finds all labels of texts. Its fields are those of the JSON that the program prints; intervals are at 95 %, by
/// the percentile bootstrap over texts.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct MultiLabelScores {
    /// Texts.
    pub n_test: usize,
    /// The names of the labels.
    pub classes: Vec<String>,
    /// Labels that a text has, on average.
    pub labels_per_text: f64,
    /// F1 of all labels of all texts together, 0 to 1; 1 if there are none, and none is found.
    pub micro_f1: f64,
    /// Its interval.
    pub micro_f1_ci: Interval,
    /// Mean over the labels that occur or are found of their F1, 0 to 1.
    pub macro_f1: f64,
    /// Its interval.
    pub macro_f1_ci: Interval,
    /// Share of all pairs of a text and a label that are wrong, 0 to 1 (Schapire and Singer 1999).
    pub hamming_loss: f64,
    /// Its interval.
    pub hamming_loss_ci: Interval,
    /// Share of texts of which all labels and no other are found, 0 to 1.
    pub exact_match: f64,
    /// Its interval.
    pub exact_match_ci: Interval,
    /// Share of pairs of a text and a label that are wrong if no text is given a label.
    pub hamming_loss_of_none: f64,
    /// Expected calibration error over all pairs of a text and a label, 0 to 1.
    pub ece: f64,
    /// Mean squared error of the probabilities, 0 to 1.
    pub brier: f64,
    /// Mean −log of the probability of what is true, label by label, in nats.
    pub log_loss: f64,
    /// Precision, recall and F1 of every label.
    pub by_class: BTreeMap<String, LabelScores>,
}

/// How well one label is found.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct LabelScores {
    /// Precision, recall, F1 and the texts that they rest on.
    #[serde(flatten)]
    pub scores: ClassScores,
    /// The interval of F1; none if most resamples have no text with the label, and none is found.
    pub f1_ci: Option<Interval>,
}

/// Scores what was found in texts: `truth` and `decisions` say which of `classes` each text has, n × c, `probabilities` how probable each is.
///
/// # Panics
/// If there are no texts, or the shapes differ.
pub fn score_multi_label(
    truth: &Array2<bool>,
    probabilities: &Array2<f32>,
    decisions: &Array2<bool>,
    classes: &[String],
    seed: u64,
) -> MultiLabelScores {
    assert_eq!(
        (truth.dim(), probabilities.dim()),
        (decisions.dim(), decisions.dim()),
        "one answer a text and class"
    );
    assert_eq!(truth.ncols(), classes.len(), "one column a class");
    assert!(truth.nrows() > 0, "at least one text");
    let n = truth.nrows();
    let rows: Vec<usize> = (0..n).collect();
    let counts = Counts::of(truth, decisions, &rows);
    let intervals = Intervals::of(truth, decisions, seed);
    let certainty = Certainty::of(truth, probabilities);
    let of_class =
        |class: usize| LabelScores { scores: counts.scores(class), f1_ci: intervals.by_class[class] };
    MultiLabelScores {
        n_test: n,
        classes: classes.to_vec(),
        labels_per_text: counts.n_true() as f64 / n as f64,
        micro_f1: counts.micro_f1(),
        micro_f1_ci: intervals.micro_f1,
        macro_f1: counts.macro_f1(),
        macro_f1_ci: intervals.macro_f1,
        hamming_loss: counts.hamming_loss(),
        hamming_loss_ci: intervals.hamming_loss,
        exact_match: counts.exact_match(),
        exact_match_ci: intervals.exact_match,
        hamming_loss_of_none: counts.n_true() as f64 / truth.len() as f64,
        ece: certainty.ece,
        brier: certainty.brier,
        log_loss: certainty.log_loss,
        by_class: classes.iter().cloned().zip((0..classes.len()).map(of_class)).collect(),
    }
}

/// What is counted in some of the texts, class by class.
struct Counts {
    n: usize,
    n_exact: usize,
    hits: Vec<usize>,
    truth: Vec<usize>,
    found: Vec<usize>,
}

impl Counts {
    /// Of rows, which may be there several times.
    fn of(truth: &Array2<bool>, decisions: &Array2<bool>, rows: &[usize]) -> Self {
        let zeros = vec![0; truth.ncols()];
        let mut counts =
            Self { n: rows.len(), n_exact: 0, hits: zeros.clone(), truth: zeros.clone(), found: zeros };
        for &row in rows {
            let mut exact = true;
            for (class, (&has, &found)) in truth.row(row).iter().zip(decisions.row(row)).enumerate() {
                counts.truth[class] += usize::from(has);
                counts.found[class] += usize::from(found);
                counts.hits[class] += usize::from(has && found);
                exact &= has == found;
            }
            counts.n_exact += usize::from(exact);
        }
        counts
    }

    fn n_true(&self) -> usize {
        self.truth.iter().sum()
    }

    fn f1(&self, class: usize) -> Option<f64> {
        let both = self.truth[class] + self.found[class];
        (both > 0).then(|| 2.0 * self.hits[class] as f64 / both as f64)
    }

    fn micro_f1(&self) -> f64 {
        match self.n_true() + self.found.iter().sum::<usize>() {
            0 => 1.0,
            both => 2.0 * self.hits.iter().sum::<usize>() as f64 / both as f64,
        }
    }

    fn macro_f1(&self) -> f64 {
        let scores: Vec<f64> = (0..self.truth.len()).filter_map(|class| self.f1(class)).collect();
        if scores.is_empty() { 1.0 } else { scores.iter().sum::<f64>() / scores.len() as f64 }
    }

    fn hamming_loss(&self) -> f64 {
        let wrong = |class: usize| self.truth[class] + self.found[class] - 2 * self.hits[class];
        (0..self.truth.len()).map(wrong).sum::<usize>() as f64 / (self.n * self.truth.len()) as f64
    }

    fn exact_match(&self) -> f64 {
        self.n_exact as f64 / self.n as f64
    }

    fn scores(&self, class: usize) -> ClassScores {
        let share = |of: usize| (of > 0).then(|| self.hits[class] as f64 / of as f64);
        let (n, n_predicted) = (self.truth[class], self.found[class]);
        ClassScores { precision: share(n_predicted), recall: share(n), f1: self.f1(class), n, n_predicted }
    }
}

/// Percentile intervals at 95 %, all from the same resamples of texts (Efron 1979).
struct Intervals {
    micro_f1: Interval,
    macro_f1: Interval,
    hamming_loss: Interval,
    exact_match: Interval,
    by_class: Vec<Option<Interval>>,
}

impl Intervals {
    fn of(truth: &Array2<bool>, decisions: &Array2<bool>, seed: u64) -> Self {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let mut drawn = vec![0; truth.nrows()];
        let resamples: Vec<Counts> = (0..RESAMPLES)
            .map(|_| {
                drawn.fill_with(|| rng.random_range(0..truth.nrows()));
                Counts::of(truth, decisions, &drawn)
            })
            .collect();
        let of = |measure: fn(&Counts) -> f64| percentiles(resamples.iter().map(measure).collect());
        let of_class = |class: usize| {
            let scores: Vec<f64> = resamples.iter().filter_map(|counts| counts.f1(class)).collect();
            (scores.len() > RESAMPLES / 2).then(|| percentiles(scores))
        };
        Self {
            micro_f1: of(Counts::micro_f1),
            macro_f1: of(Counts::macro_f1),
            hamming_loss: of(Counts::hamming_loss),
            exact_match: of(Counts::exact_match),
            by_class: (0..truth.ncols()).map(of_class).collect(),
        }
    }
}

/// What the probabilities are worth: each pair of a text and a label is a question of two answers.
struct Certainty {
    ece: f64,
    brier: f64,
    log_loss: f64,
}

impl Certainty {
    fn of(truth: &Array2<bool>, probabilities: &Array2<f32>) -> Self {
        let truth: Vec<usize> = truth.iter().map(|&has| usize::from(has)).collect();
        let answers = Array2::from_shape_fn((truth.len(), 2), |(pair, answer)| {
            let probability = probabilities[[pair / probabilities.ncols(), pair % probabilities.ncols()]];
            if answer == 1 { probability } else { 1.0 - probability }
        });
        let predictions: Vec<Prediction> = answers.axis_iter(Axis(0)).map(Prediction::of).collect();
        let mean = |values: Vec<f64>| values.iter().sum::<f64>() / values.len() as f64;
        let error = |(answer, &has): (&f32, &usize)| (f64::from(*answer) - has as f64).powi(2);
        Self {
            ece: expected_calibration_error(&reliability(&truth, &predictions)),
            brier: mean(answers.column(1).iter().zip(&truth).map(error).collect()),
            log_loss: mean(log_losses(answers.view(), &truth)),
        }
    }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn classes() -> Vec<String> {
        ["a", "b", "never"].map(String::from).to_vec()
    }

    #[test]
    fn by_hand() {
        let truth =
            array![[true, true, false], [true, false, false], [false, false, false], [false, true, false]];
        let decisions =
            array![[true, false, false], [true, false, false], [true, false, false], [false, true, false]];
        let probabilities = decisions.mapv(|has| if has { 0.8 } else { 0.3 });
        let found = score_multi_label(&truth, &probabilities, &decisions, &classes(), 42);
        let close =
            |found: f64, expected: f64| assert!((found - expected).abs() < 1e-6, "{found} {expected}");
        close(found.micro_f1, 2.0 * 3.0 / (4.0 + 4.0));
        close(found.macro_f1, (2.0 * 2.0 / 5.0 + 2.0 / 3.0) / 2.0);
        close(found.hamming_loss, 2.0 / 12.0);
        close(found.hamming_loss_of_none, 4.0 / 12.0);
        close(found.exact_match, 0.5);
        close(found.labels_per_text, 1.0);
        close(found.brier, (3.0 * 0.04 + 0.64 + 7.0 * 0.09 + 0.49) / 12.0);
        let scores = found.by_class["a"].scores;
        assert_eq!((scores.precision, scores.recall, scores.n), (Some(2.0 / 3.0), Some(1.0), 2));
        assert_eq!((found.by_class["never"].scores.f1, found.by_class["never"].f1_ci), (None, None));
        let Interval(low, high) = found.micro_f1_ci;
        assert!(low < found.micro_f1 && found.micro_f1 < high);
    }

    #[test]
    fn texts_without_labels_are_right_if_nothing_is_found() {
        let none = Array2::from_elem((3, 3), false);
        let found = score_multi_label(&none, &Array2::zeros((3, 3)), &none, &classes(), 42);
        assert_eq!(
            (found.micro_f1, found.macro_f1, found.exact_match, found.hamming_loss),
            (1.0, 1.0, 1.0, 0.0)
        );
    }

    #[test]
    fn a_report_reads_as_it_should() {
        let truth = Array2::from_shape_fn((200, 3), |(row, class)| class == row % 2);
        let found = score_multi_label(&truth, &Array2::from_elem((200, 3), 0.5), &truth, &classes(), 42);
        let text = found.to_string();
        for line in [
            "labels a text    1.00\n",
            "exact match      100.0 % (95 % interval 100.0 to 100.0)\n",
            "without a label  33.3 % Hamming loss\n",
            "\nnever          –       –     –              –        0        0\n",
        ] {
            assert!(text.contains(line), "expected {line:?} in\n{text}");
        }
    }
}
