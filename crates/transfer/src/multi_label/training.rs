//! How a model of classes of which a text may have any number is trained: each class against its absence.

use ndarray::{Array2, Axis};
use serde_json::{Value, json};
use wordferry_classify::{
    BalancedAccuracy, ChosenL2, Detector, LinearClassifier, MultiLabelClassifier, log_odds,
};
use wordferry_encode::AnyEncoder;

use super::{MultiLabelCorpus, MultiLabelModel};
use crate::model::{Fitted, TrainingRows, check_known};
use crate::{Error, Result, Training};

/// The choices of a training whose texts may have any number of labels.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiLabelTraining {
    /// How each class is told from its absence: every text counts once, as the threshold sees to rare classes. No texts are kept.
    pub training: Training,
    /// What labels are divided by, where they are written in one cell.
    pub separator: String,
}

/// What is found on training texts by classifiers, calibrations and thresholds that did not see them. Its columns are the classes that some texts
/// could be held out of.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOutLabels {
    /// Indices of the model's classes, one a column.
    pub classes: Vec<usize>,
    /// Which classes every text has, n × columns.
    pub truth: Array2<bool>,
    /// The probability of every class.
    pub probabilities: Array2<f32>,
    /// Which classes every text is said to have.
    pub decisions: Array2<bool>,
}

/// What was learned of a class.
struct OneClass {
    classifier: LinearClassifier,
    l2: ChosenL2,
    detector: Detector,
    /// Probabilities of held-out texts, and whether they are said to have the class.
    held_out: Option<(Vec<f32>, Vec<bool>)>,
}

impl HeldOutLabels {
    /// The mean over the classes of how well each is told from its absence.
    ///
    /// # Errors
    /// If that is no better than chance beyond doubt, or no text could be held out of any class.
    pub fn check_better_than_chance(&self) -> Result<BalancedAccuracy> {
        let indices = |column: usize, of: &Array2<bool>| -> Vec<usize> {
            of.column(column).iter().map(|&has| usize::from(has)).collect()
        };
        let of_class = |column: usize| {
            BalancedAccuracy::of(&indices(column, &self.truth), &indices(column, &self.decisions), 2)
        };
        let found: Vec<BalancedAccuracy> = (0..self.classes.len()).filter_map(of_class).collect();
        match BalancedAccuracy::mean(&found) {
            Some(mean) => Ok(mean.check()?),
            None => Err(Error::NoLabelHeldOut),
        }
    }
}

impl MultiLabelTraining {
    /// Trains a classifier of every label against its absence on what `encoder` makes of `corpus` (one-vs-rest; Rifkin and Klautau 2004): its
    /// penalty chosen by cross-validation, its probability calibrated and its threshold chosen on texts that were held out in turn.
    ///
    /// # Errors
    /// If the encoder fails or knows no word of the corpus, there are fewer than two labels, or all texts have one of them.
    pub fn fit(
        &self,
        encoder: AnyEncoder,
        corpus: &MultiLabelCorpus,
    ) -> Result<(MultiLabelModel, HeldOutLabels)> {
        let (classes, texts) = (corpus.classes(), corpus.texts());
        check_labels(corpus, &classes)?;
        check_known(&encoder, &texts)?;
        let truth = corpus.truth(&classes)?;
        let mut rows = TrainingRows::unlabelled(&encoder, &texts)?;
        let mut found = Vec::with_capacity(classes.len());
        for (class, has) in classes.iter().zip(truth.axis_iter(Axis(1))) {
            rows.labels = has.iter().map(|&has| usize::from(has)).collect();
            rows.classes = vec![format!("not {class}"), class.clone()];
            found.push(self.fit_class(&encoder, &rows)?);
        }
        let held_out = held_out(&found, &truth);
        let chosen: Vec<f64> = found.iter().map(|one| one.l2.l2).collect();
        let parts: Vec<(LinearClassifier, Detector)> =
            found.into_iter().map(|one| (one.classifier, one.detector)).collect();
        let classifier = MultiLabelClassifier::one_vs_rest(encoder.space(), classes, &parts);
        let provenance: [(&str, Value); 5] = [
            ("head", self.training.head.name().into()),
            ("n_train", corpus.len().into()),
            ("seed", self.training.seed.into()),
            ("separator", self.separator.clone().into()),
            ("l2", json!(chosen)),
        ];
        let provenance = provenance.into_iter().map(|(key, value)| (key.to_owned(), value)).collect();
        Ok((MultiLabelModel { encoder, classifier, provenance }, held_out))
    }

    fn fit_class(&self, encoder: &AnyEncoder, rows: &TrainingRows) -> Result<OneClass> {
        let Fitted { classifier, l2, scores, .. } =
            self.training.fitted(encoder.space(), rows, Some(&rows.views[0]))?;
        let truth: Vec<bool> = rows.labels.iter().map(|&label| label == 1).collect();
        let scores = scores.map(|scores| log_odds(scores.view()));
        Ok(OneClass {
            classifier,
            l2,
            detector: scores.as_ref().map_or_else(Detector::default, |scores| Detector::fit(scores, &truth)),
            held_out: scores.map(|scores| Detector::cross_fit(&scores, &truth)),
        })
    }
}

fn check_labels(corpus: &MultiLabelCorpus, classes: &[String]) -> Result<()> {
    if classes.len() < 2 {
        return Err(Error::FewerThanTwoLabels { found: classes.to_vec() });
    }
    let of_all = classes.iter().zip(corpus.class_counts()).find(|(_, count)| *count == corpus.len());
    match of_all {
        Some((label, _)) => Err(Error::LabelOfAll { label: label.clone() }),
        None => Ok(()),
    }
}

fn held_out(found: &[OneClass], truth: &Array2<bool>) -> HeldOutLabels {
    let classes: Vec<usize> = (0..found.len()).filter(|&class| found[class].held_out.is_some()).collect();
    let columns: Vec<&(Vec<f32>, Vec<bool>)> = found.iter().filter_map(|one| one.held_out.as_ref()).collect();
    let shape = (truth.nrows(), classes.len());
    HeldOutLabels {
        truth: truth.select(Axis(1), &classes),
        probabilities: Array2::from_shape_fn(shape, |(row, column)| columns[column].0[row]),
        decisions: Array2::from_shape_fn(shape, |(row, column)| columns[column].1[row]),
        classes,
    }
}

#[cfg(test)]
mod tests {
    use wordferry_encode::{LexicalEncoder, Surroundings};

    use super::*;

    /// Texts of words that each tell a label, three of them; on request one text has a fourth label.
    fn corpus(with_rare: bool) -> MultiLabelCorpus {
        let words = ["sun", "rain", "wind"];
        let text = |i: usize| {
            let labels = (0..3).filter(|bit| i >> bit & 1 == 1).map(|bit| words[bit]);
            let text =
                format!("{} and number{} today", labels.clone().collect::<Vec<_>>().join(" "), i * 7 % 31);
            let rare = (with_rare && i == 9).then_some("rare");
            (text, labels.chain(rare).collect::<Vec<&str>>())
        };
        let texts: Vec<(String, Vec<&str>)> = (0..160).map(text).collect();
        MultiLabelCorpus::from_pairs(texts.iter().map(|(text, labels)| (text.as_str(), &labels[..])))
    }

    fn fit(corpus: &MultiLabelCorpus) -> Result<(MultiLabelModel, HeldOutLabels)> {
        let encoder = LexicalEncoder::fit(&corpus.texts(), 1).into();
        let training = Training { seed: 42, ..Training::default() };
        MultiLabelTraining { training, separator: "|".into() }.fit(encoder, corpus)
    }

    #[test]
    fn labels_are_told_one_by_one() {
        let (model, held_out) = fit(&corpus(true)).unwrap();
        assert_eq!(model.classes(), ["rain", "rare", "sun", "wind"]);
        assert_eq!(held_out.classes, [0, 2, 3], "of the rare label nothing can be held out");
        assert_eq!(held_out.decisions, held_out.truth);
        assert!(held_out.check_better_than_chance().unwrap().value > 0.99);
        let probabilities = model.probabilities(&["sun and wind today", "today"]).unwrap();
        let decisions = model.decide(&probabilities);
        assert_eq!(decisions.row(0).to_vec(), [false, false, true, true], "{probabilities}");
        assert!(!decisions.row(1).iter().any(|&has| has), "{probabilities}");
        assert_eq!(model.thresholds()[1], 0.5);
    }

    #[test]
    fn shares_and_bias_add_up_to_the_log_odds() {
        let (model, _) = fit(&corpus(false)).unwrap();
        let found = model.explain("wind and sun", None).unwrap();
        assert_eq!(found.iter().map(|one| one.class).collect::<Vec<_>>(), [1, 2]);
        for one in found.iter().chain(&model.explain("today", None).unwrap()) {
            let sum = one.bias + one.shares.iter().map(|share| share.share).sum::<f64>();
            assert!((sum - one.score).abs() < 1e-4, "{sum} {}", one.score);
            assert!((1.0 / (1.0 + (-one.score).exp()) - f64::from(one.probability)).abs() < 1e-5);
        }
        assert_eq!(model.explain("today", None).unwrap().len(), 1);
        assert!(model.explain("today", Some("snow")).unwrap_err().to_string().contains("rain, sun, wind"));
    }

    #[test]
    fn what_is_saved_is_read() {
        let (model, _) = fit(&corpus(false)).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        model.save(&paths[0]).unwrap();
        let again = MultiLabelModel::open_within(&paths[0], &Surroundings::default()).unwrap();
        again.save(&paths[1]).unwrap();
        assert!(std::fs::read(&paths[0]).unwrap() == std::fs::read(&paths[1]).unwrap());
        assert!(crate::Model::open(&paths[0]).err().unwrap().to_string().contains("multi-label"));
    }

    #[test]
    fn what_cannot_be_told_apart_is_said() {
        let message = |labels: [&'static [&'static str]; 3]| {
            let texts = ["a", "b", "c"].into_iter().zip(labels);
            fit(&MultiLabelCorpus::from_pairs(texts)).err().unwrap().to_string()
        };
        assert!(message([&["x"], &[], &["x"]]).contains("two labels or more, found x"));
        assert!(message([&[], &[], &[]]).contains("found none"));
        assert!(message([&["x", "y"], &["x"], &["x"]]).contains("\"x\""));
    }
}
