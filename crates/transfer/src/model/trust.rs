//! Scores of held-out texts in, a model whose answers can be relied on out.
//!
//! Probabilities are calibrated; a budget of errors gives thresholds, a confidence gives sets of classes. All of it is learned from texts that
//! the classifiers which scored them had not seen.

use ndarray::{Array2, ArrayView2, Axis};
use serde_json::{Value, json};
use wordferry_classify::{
    Answer, Budget, Calibration, Conformal, Coverage, Decision, Error as ClassifyError, Method, Prediction,
    Thresholds, log_odds, softmax, top,
};
use wordferry_vectors::Artefact;

use super::{Model, TEXTS_PER_BATCH};
use crate::{HeldOutScores, Result};

/// Held-out texts below which a calibration would follow chance.
const FEWEST_TO_CALIBRATE: usize = 50;
/// Held-out texts of the rarest class below which it would.
const FEWEST_OF_A_CLASS: usize = 5;

/// What the answers of a model shall keep on fresh texts.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Promises {
    /// A class that is found where it is not in a small share of the other class's texts only.
    pub budget: Option<FalsePositives>,
    /// The share of texts, between 0 and 1, whose set of classes shall hold their own.
    pub confidence: Option<f64>,
}

/// A budget of false positives.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct FalsePositives {
    /// The index of the class that is to be found, such as spam. There are two classes.
    pub positive: usize,
    /// The highest share, between 0 and 1, of the other class's texts that may be taken for it.
    pub share: f64,
}

/// What held-out texts allowed.
#[derive(Debug)]
pub struct Kept {
    /// How the probabilities were calibrated, or why they were not.
    pub calibration: Result<Method, ClassifyError>,
    /// What the budget costs, and whether it can be promised.
    pub budget: Option<Budget>,
    /// Classes that are in every set, because too few texts tell of them.
    pub untold: Vec<usize>,
    /// The probability of every class, n × c, that the model gives the held-out texts.
    pub probabilities: Array2<f32>,
}

impl Promises {
    pub(super) fn to_json(&self) -> Value {
        let budget = self.budget.map(|budget| json!([budget.positive, budget.share]));
        json!({ "budget": budget, "confidence": self.confidence })
    }

    /// `None` of what is no JSON of promises.
    pub(super) fn from_json(value: &Value) -> Option<Self> {
        let budget = |value: &Value| {
            let positive = usize::try_from(value[0].as_u64()?).ok().filter(|&positive| positive < 2)?;
            Some(FalsePositives { positive, share: value[1].as_f64()? })
        };
        let properties = value.as_object()?;
        Some(Self {
            budget: properties.get("budget").and_then(budget),
            confidence: value["confidence"].as_f64(),
        })
    }
}

/// What a model knows of its own scores.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Trust {
    /// What is no straight line; straight lines are in the classifier.
    table: Option<Calibration>,
    thresholds: Option<Thresholds>,
    conformal: Option<Conformal>,
}

/// What a model says of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Reply {
    /// The most probable class.
    pub prediction: Prediction,
    /// The answer by the budget or the confidence that the model was trained for, if it was.
    pub decision: Option<Answer>,
    /// By a confidence: the classes that are possible.
    pub set: Option<Vec<usize>>,
}

impl Model {
    /// The same model with calibrated probabilities and what it takes to keep `promises`, learned from held-out texts.
    ///
    /// Fewer than 50 texts, or fewer than 5 of a class, calibrate nothing. A budget that they cannot prove gets the strictest threshold that
    /// they can tell.
    ///
    /// # Errors
    /// If a share is not between 0 and 1.
    ///
    /// # Panics
    /// If there is a budget, and there are not two classes.
    pub fn promising(mut self, held_out: &HeldOutScores, promises: &Promises) -> Result<(Self, Kept)> {
        let HeldOutScores { scores, labels } = held_out;
        let (calibration, scores) = match calibration(held_out) {
            Ok(calibration) => (Ok(calibration.method()), self.calibrate(calibration, scores)),
            Err(error) => (Err(error), scores.clone()),
        };
        let probabilities = self.trust.probabilities(scores.clone());
        let mut budget = None;
        self.trust.thresholds = None;
        if let Some(asked) = promises.budget {
            let table = self.trust.table.as_ref();
            let (thresholds, found) = thresholds(asked, scores.view(), labels, table)?;
            self.trust.thresholds = Some(thresholds);
            budget = Some(found);
        }
        let fit = |confidence: f64| {
            Conformal::fit(probabilities.view(), labels, 1.0 - confidence, Coverage::Overall)
        };
        self.trust.conformal = promises.confidence.map(fit).transpose()?;
        let untold = self.trust.conformal.as_ref().map(Conformal::untold).unwrap_or_default();
        self.recipe.iter_mut().for_each(|recipe| recipe.promises = Some(promises.clone()));
        Ok((self, Kept { calibration, budget, untold, probabilities }))
    }

    /// The same model, as sure as held-out texts that are only like those to come allow: these tell a temperature, and not which class to prefer.
    /// Too few of them tell nothing.
    pub(crate) fn tempered_by(mut self, held_out: &HeldOutScores) -> Result<Self> {
        let HeldOutScores { scores, labels } = held_out;
        if check_enough(held_out).is_ok() {
            let temperature = Calibration::fit(Method::Temperature, scores.view(), labels)?;
            self.calibrate(temperature, scores);
        }
        Ok(self)
    }

    /// Remembers what is to be promised once texts can be held out.
    #[must_use]
    pub fn asked_for(mut self, promises: Option<&Promises>) -> Self {
        self.recipe.iter_mut().for_each(|recipe| recipe.promises = promises.cloned());
        self
    }

    /// Takes a calibration into the classifier, or beside it, and gives the scores that it would have given the held-out texts.
    fn calibrate(&mut self, calibration: Calibration, scores: &Array2<f32>) -> Array2<f32> {
        match calibration.as_affine() {
            Some(affine) => {
                self.classifier = self.classifier.rescaled(affine);
                let mut scores = scores * affine.scale as f32;
                if affine.shift != 0.0 {
                    scores.column_mut(1).mapv_inplace(|score| score + affine.shift as f32);
                }
                self.trust.table = None;
                scores
            }
            None => {
                self.trust.table = Some(calibration);
                scores.clone()
            }
        }
    }

    /// What the model says of every text, in order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn replies(&self, texts: &[&str]) -> Result<Vec<Reply>> {
        let mut replies = Vec::with_capacity(texts.len());
        for batch in texts.chunks(TEXTS_PER_BATCH) {
            replies.extend(self.trust.replies(self.classifier.scores(&self.encoder.features(batch)?)));
        }
        Ok(replies)
    }

    /// Where replies decide, if the model keeps a budget of false positives.
    pub fn thresholds(&self) -> Option<Thresholds> {
        self.trust.thresholds
    }

    /// What the sets of classes of replies are made by, if the model keeps a confidence.
    pub fn conformal(&self) -> Option<&Conformal> {
        self.trust.conformal.as_ref()
    }
}

/// The calibration for held-out texts, if there are enough of them.
fn calibration(held_out: &HeldOutScores) -> Result<Calibration, ClassifyError> {
    check_enough(held_out)?;
    Calibration::choose(held_out.scores.view(), &held_out.labels)
}

/// An error unless there are enough held-out texts to calibrate by.
fn check_enough(HeldOutScores { scores, labels }: &HeldOutScores) -> Result<(), ClassifyError> {
    let fewest = (0..scores.ncols()).map(|class| labels.iter().filter(|&&label| label == class).count());
    let fewest = fewest.min().unwrap_or(0);
    if labels.len() < FEWEST_TO_CALIBRATE || fewest < FEWEST_OF_A_CLASS {
        return Err(ClassifyError::HeldOut {
            purpose: "calibrate probabilities",
            expected: format!(
                "{FEWEST_TO_CALIBRATE} held-out texts or more, {FEWEST_OF_A_CLASS} of every class"
            ),
            found: format!("{}, {fewest} of the rarest", labels.len()),
            hint: "give more labelled texts",
        });
    }
    Ok(())
}

/// Where a budget decides, and what it costs. Below even odds a text is of the other class; between them and the budget's threshold somebody
/// has to look. Where the budget would allow more than even odds give, it is not spent: what is probably ham is not called spam.
fn thresholds(
    FalsePositives { positive, share }: FalsePositives,
    scores: ArrayView2<'_, f32>,
    labels: &[usize],
    table: Option<&Calibration>,
) -> Result<(Thresholds, Budget)> {
    let sign = if positive == 1 { 1.0 } else { -1.0 };
    let even = sign * table.map_or(0.0, Calibration::even_odds);
    let own: Vec<f32> = log_odds(scores).into_iter().map(|score| sign * score).collect();
    let is_positive: Vec<bool> = labels.iter().map(|&label| label == positive).collect();
    let mut found = Budget::of_false_positives(&own, &is_positive, share)?;
    if found.threshold < even {
        let above = |of: bool| {
            let rows = own.iter().zip(&is_positive);
            rows.filter(|(score, is_positive)| **is_positive == of && **score > even).count()
        };
        let (n, n_wrong) = (found.n_negative, above(false));
        // The interval of the next text below even odds, whose share is no lower.
        let next = Budget::of_false_positives(&own, &is_positive, (n_wrong + 1) as f64 / (n + 1) as f64)?;
        found = Budget {
            threshold: even,
            fpr_held_out: n_wrong as f64 / n as f64,
            interval: next.interval,
            recall: found.recall.map(|_| above(true) as f64 / found.n_positive as f64),
            ..found
        };
    }
    Ok((Thresholds::new(positive, found.threshold, even), found))
}

impl Trust {
    /// What is still true where texts are of another kind than the held-out ones: probabilities are what they are, but nothing is promised.
    pub(super) fn without_promises(&self) -> Self {
        Self { table: self.table.clone(), thresholds: None, conformal: None }
    }

    /// The probability of every class, n × c, of the classifier's scores.
    pub(super) fn probabilities(&self, scores: Array2<f32>) -> Array2<f32> {
        match &self.table {
            Some(table) => table.apply(scores.view()),
            None => softmax(scores.view()),
        }
    }

    fn replies(&self, scores: Array2<f32>) -> Vec<Reply> {
        let decisions = self.thresholds.map(|thresholds| decisions(thresholds, &scores));
        let probabilities = self.probabilities(scores);
        let mut replies: Vec<Reply> = top(probabilities.view())
            .into_iter()
            .map(|prediction| Reply { prediction, decision: None, set: None })
            .collect();
        for (reply, decision) in replies.iter_mut().zip(decisions.into_iter().flatten()) {
            reply.decision = Some(decision);
        }
        if let Some(conformal) = &self.conformal {
            for (reply, row) in replies.iter_mut().zip(probabilities.axis_iter(Axis(0))) {
                let set = conformal.set(row);
                reply.decision.get_or_insert(match set[..] {
                    [class] => Answer::Label(class),
                    _ => Answer::Unsure,
                });
                reply.set = Some(set);
            }
        }
        replies
    }

    pub(super) fn put(&self, artefact: &mut Artefact) {
        self.table.iter().for_each(|table| table.put(artefact));
        self.thresholds.iter().for_each(|thresholds| thresholds.put(artefact));
        self.conformal.iter().for_each(|conformal| conformal.put(artefact));
    }

    pub(super) fn take(artefact: &Artefact, n_classes: usize) -> Result<Self> {
        let calibration = Calibration::take(artefact)?;
        let thresholds = Thresholds::take(artefact, n_classes)?;
        if n_classes != 2 && (thresholds.is_some() || calibration.method() != Method::Temperature) {
            return Err(artefact.broken("what takes two classes, with another number of them").into());
        }
        let table = (calibration != Calibration::default()).then_some(calibration);
        Ok(Self { table, thresholds, conformal: Conformal::take(artefact, n_classes)? })
    }
}

/// The answers of two classes by thresholds.
fn decisions(thresholds: Thresholds, scores: &Array2<f32>) -> Vec<Answer> {
    let answer = |score: f32| match thresholds.decide(score) {
        Decision::Positive => Answer::Label(thresholds.positive),
        Decision::Negative => Answer::Label(1 - thresholds.positive),
        Decision::Unsure => Answer::Unsure,
    };
    thresholds.score(scores.view()).into_iter().map(answer).collect()
}

#[cfg(test)]
mod tests;
