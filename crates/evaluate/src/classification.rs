//! Answers and true classes in, everything that is measured of a classifier out.

mod text;

use std::collections::BTreeMap;

use serde::Serialize;
use wordferry_classify::BalancedAccuracy;

use crate::confusion::{ClassScores, Confusion};
use crate::ranking::RecallAtFpr;
use crate::reliability::{ReliabilityBin, reliability};
use crate::report::ScoreFields;
use crate::scores::ranking;
use crate::{Answers, Interval, Scores};

/// How well a classifier does. Its fields are those of the JSON that the program prints.
#[derive(Clone, Debug, Serialize)]
pub struct ClassificationScores {
    /// The names of the classes.
    pub classes: Vec<String>,
    /// Accuracy, macro-F1 and what the probabilities are worth.
    #[serde(flatten)]
    pub scores: ScoreFields,
    /// The mean over classes of the share that is recognised, 0 to 1; none if the texts are of one class.
    pub balanced_accuracy: Option<f64>,
    /// Its 95 % interval (Price and Bonett 2004).
    pub balanced_accuracy_ci: Option<Interval>,
    /// Whether that interval is above what chance gives.
    pub better_than_chance: bool,
    /// Texts by true class (row) and predicted class (column).
    pub confusion: Vec<Vec<usize>>,
    /// Precision, recall and F1 of every class.
    pub by_class: BTreeMap<String, ClassScores>,
    /// The class that false positives are of: the second of two, unless another is named.
    pub positive: Option<String>,
    /// How much of it is found at budgets of false positives; nothing if no class is positive, or texts of either side lack.
    pub recall_at_fpr: Vec<RecallAtFpr>,
    /// Confidence and accuracy from the least to the most confident texts.
    pub reliability: Vec<ReliabilityBin>,
}

/// Scores `answers` by the true classes `truth`, indices of `classes`. `positive` is the class that is to be found, such as spam;
/// of two classes it is the second one unless another is named.
///
/// # Panics
/// If there are no texts, not as many answers as texts, or an index is too high.
pub fn score_classification(
    truth: &[usize],
    answers: &Answers,
    classes: &[String],
    positive: Option<usize>,
    seed: u64,
) -> ClassificationScores {
    let (n_classes, predicted) = (classes.len(), answers.classes());
    let scores = Scores::of_answers(truth, answers, seed);
    let cells = truth.iter().zip(&predicted).map(|(truth, found)| truth * n_classes + found);
    let confusion = Confusion::of(cells, n_classes);
    let balanced = BalancedAccuracy::of(truth, &predicted, n_classes);
    let positive = positive.or((n_classes == 2).then_some(1));
    let recall_at_fpr = positive.zip(answers.probabilities());
    let by_class =
        classes.iter().enumerate().map(|(class, name)| (name.clone(), confusion.class_scores(class)));
    ClassificationScores {
        classes: classes.to_vec(),
        scores: Some(&scores).into(),
        balanced_accuracy: balanced.map(|balanced| balanced.value),
        balanced_accuracy_ci: balanced.map(|balanced| Interval(balanced.interval.0, balanced.interval.1)),
        better_than_chance: balanced.is_some_and(|balanced| balanced.is_above_chance()),
        confusion: confusion.rows(),
        by_class: by_class.collect(),
        positive: positive.map(|class| classes[class].clone()),
        recall_at_fpr: recall_at_fpr
            .map(|(class, probabilities)| ranking(probabilities, truth, class).recalls())
            .unwrap_or_default(),
        reliability: reliability(truth, answers.predictions()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    /// 400 texts, one in four of them spam, found where a number is high.
    fn scores(positive: Option<usize>) -> ClassificationScores {
        let truth: Vec<usize> = (0..400).map(|row| usize::from(row % 4 == 0)).collect();
        let spam = |row: usize| (0.05 + 0.4 * truth[row] as f32 + (row * 37 % 100) as f32 / 180.0).min(0.99);
        let probabilities = Array2::from_shape_fn((400, 2), |(row, class)| match class {
            0 => 1.0 - spam(row),
            _ => spam(row),
        });
        let classes = ["ham".to_string(), "spam".to_string()];
        score_classification(&truth, &Answers::of_probabilities(probabilities), &classes, positive, 42)
    }

    #[test]
    fn a_report_reads_as_it_should() {
        insta::assert_snapshot!(scores(None));
    }

    #[test]
    fn either_class_may_be_the_positive_one() {
        let (spam, ham) = (scores(None), scores(Some(0)));
        assert_eq!((spam.positive.as_deref(), ham.positive.as_deref()), (Some("spam"), Some("ham")));
        assert_eq!(spam.recall_at_fpr.len(), 3);
        let enough: Vec<bool> = ham.recall_at_fpr.iter().map(|found| found.enough_texts).collect();
        assert_eq!(enough, [false, false, true], "100 spam texts tell 1 % at least");
        assert_eq!(spam.by_class["spam"].n, 100);
        assert_eq!(spam.confusion.concat().iter().sum::<usize>(), 400);
    }

    #[test]
    fn one_class_is_not_an_error() {
        let answers = Answers::of_probabilities(Array2::from_elem((5, 2), 0.5));
        let classes = ["ham".to_string(), "spam".to_string()];
        let found = score_classification(&[0; 5], &answers, &classes, None, 42);
        assert_eq!(
            (found.balanced_accuracy, found.scores.auc, found.better_than_chance),
            (None, None, false)
        );
        assert!(found.recall_at_fpr.is_empty());
        assert!(found.to_string().contains("texts of one class"), "{found}");
    }
}
