//! An encoder and a classifier that belong together.

mod explanation;
mod revision;
mod saved;
mod student;
mod tasks;
mod training;
mod trust;

use ndarray::{Array2, Axis};
use serde_json::{Map, Value};
use wordferry_classify::{ChosenL2, Head, LinearClassifier, Moments, Prediction, top};
use wordferry_encode::AnyEncoder;

pub use self::explanation::Explanation;
use self::revision::Recipe;
pub use self::revision::{EncoderOrigin, Revised};
pub use self::student::{FEWEST_TO_TEACH, Lesson};
pub use self::tasks::{Task, TaskModel};
pub(crate) use self::training::{Fitted, TrainingRows};
pub use self::training::{HeldOutScores, Training, check_known};
use self::trust::Trust;
pub use self::trust::{FalsePositives, Kept, Promises, Reply};
use crate::{Corpus, Error, Result};

/// Texts encoded at a time, so that memory does not grow with their number.
const TEXTS_PER_BATCH: usize = 4096;

/// Reads texts through an encoder and classifies them.
pub struct Model {
    encoder: AnyEncoder,
    classifier: LinearClassifier,
    head: Head,
    l2: ChosenL2,
    /// The moments of the features that the classifier was trained on; `None` where features have units of their own.
    moments: Option<Moments>,
    /// What it was trained on, if that is kept.
    examples: Option<Corpus>,
    trust: Trust,
    /// How it was trained, if the texts are kept.
    recipe: Option<Recipe>,
    provenance: Map<String, Value>,
}

impl Model {
    /// Trains a logistic classifier on `corpus`, its penalty chosen by cross-validation: [`Training::fit`] with the usual choices.
    ///
    /// # Errors
    /// If the encoder fails or knows no word of the corpus, or the corpus has fewer than two classes.
    pub fn train(encoder: impl Into<AnyEncoder>, corpus: &Corpus, seed: u64) -> Result<Self> {
        Training { seed, ..Training::default() }.fit(encoder.into(), corpus)
    }

    /// The same classifier behind another encoder of the same space: zero-shot transfer. What it was trained on stays behind, and so does
    /// what was promised of it.
    ///
    /// # Errors
    /// If the other encoder's space is not the one that the classifier was trained in.
    pub fn reading(&self, encoder: impl Into<AnyEncoder>) -> Result<Self> {
        let encoder = encoder.into();
        self.classifier.check_space(encoder.space())?;
        let (classifier, moments) = (self.classifier.clone(), self.moments.clone());
        let provenance = self.provenance.clone();
        let trust = self.trust.without_promises();
        Ok(Self {
            encoder,
            classifier,
            head: self.head,
            l2: self.l2,
            moments,
            examples: None,
            trust,
            recipe: None,
            provenance,
        })
    }

    /// The same model with its features centred and scaled by unlabelled texts of its own language.
    ///
    /// # Errors
    /// If the encoder fails, or its features have units of their own.
    pub fn centred_on(self, texts: &[&str]) -> Result<Self> {
        let Some(from) = &self.moments else {
            return Err(Error::NotCentred { kind: self.encoder.kind() });
        };
        let moments = Moments::of_features(&self.encoder.features(texts)?);
        let classifier = self.classifier.adapted(from, &moments);
        Ok(Self { moments: Some(moments), ..self.with_classifier(|_| classifier) })
    }

    /// The same model, with the penalty's choice and the provenance of one that was trained on the same texts.
    pub(crate) fn with_origin_of(self, other: &Self) -> Self {
        Self { l2: other.l2, provenance: other.provenance.clone(), ..self }
    }

    /// The same model with another classifier of the same features. What was promised of the first does not hold of it, and training anew
    /// would not lead to it.
    pub(crate) fn with_classifier(self, change: impl FnOnce(&LinearClassifier) -> LinearClassifier) -> Self {
        let (classifier, trust) = (change(&self.classifier), self.trust.without_promises());
        Self { classifier, trust, examples: None, recipe: None, ..self }
    }

    /// The most probable class of every text, in order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Prediction>> {
        Ok(top(self.probabilities(texts)?.view()))
    }

    /// The probability of every class, n × c, in order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn probabilities(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let of = |texts: &[&str]| {
            let scores = self.classifier.scores(&self.encoder.features(texts)?);
            Ok(self.trust.probabilities(scores))
        };
        by_the_batch(texts, self.classes().len(), of)
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        self.classifier.classes()
    }

    /// The encoder.
    pub fn encoder(&self) -> &AnyEncoder {
        &self.encoder
    }

    /// The encoder alone.
    pub fn into_encoder(self) -> AnyEncoder {
        self.encoder
    }

    /// The classifier.
    pub fn classifier(&self) -> &LinearClassifier {
        &self.classifier
    }

    /// How the classifier was trained.
    pub fn head(&self) -> Head {
        self.head
    }

    /// The penalty that was chosen in training.
    pub fn l2(&self) -> ChosenL2 {
        self.l2
    }

    /// What the model was trained on, if that is kept.
    pub fn examples(&self) -> Option<&Corpus> {
        self.examples.as_ref()
    }

    /// What the model was asked to keep, if it keeps its texts and anything was asked.
    pub fn promises(&self) -> Option<&Promises> {
        self.recipe.as_ref()?.promises.as_ref()
    }

    /// Where the model comes from: its languages, training texts, seed and whatever else was noted.
    pub fn provenance(&self) -> &Map<String, Value> {
        &self.provenance
    }

    /// Notes something of where the model comes from.
    pub fn note(&mut self, key: &str, value: impl Into<Value>) {
        self.provenance.insert(key.into(), value.into());
    }
}

/// Rows of `n_columns` for texts, so many at a time that memory does not grow with their number.
pub(crate) fn by_the_batch(
    texts: &[&str],
    n_columns: usize,
    of: impl Fn(&[&str]) -> Result<Array2<f32>>,
) -> Result<Array2<f32>> {
    let mut rows = Array2::zeros((texts.len(), n_columns));
    for (mut rows, texts) in
        rows.axis_chunks_iter_mut(Axis(0), TEXTS_PER_BATCH).zip(texts.chunks(TEXTS_PER_BATCH))
    {
        rows.assign(&of(texts)?);
    }
    Ok(rows)
}
