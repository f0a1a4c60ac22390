//! An encoder and a classifier that belong together.

use std::path::Path;

use serde_json::{Map, Value, json};
use wordferry_classify::{ChosenL2, LinearClassifier, Moments, Prediction, choose_l2, fit_logistic};
use wordferry_encode::{Encoder, WordEncoder};
use wordferry_vectors::Artefact;

use crate::{Corpus, Error, Result};

const KIND: &str = "model";
/// Texts encoded at a time, so that memory does not grow with their number.
const TEXTS_PER_BATCH: usize = 4096;

/// Reads texts through an encoder and classifies them.
pub struct Model<E> {
    encoder: E,
    classifier: LinearClassifier,
    /// The moments of the features that the classifier was trained on.
    moments: Moments,
    l2: ChosenL2,
    provenance: Map<String, Value>,
}

impl<E: Encoder> Model<E> {
    /// Trains a logistic classifier on `corpus`, its penalty chosen by cross-validation.
    ///
    /// # Errors
    /// If the encoder fails or knows no word of the corpus, or the corpus has fewer than two classes.
    pub fn train(encoder: E, corpus: &Corpus, seed: u64) -> Result<Self> {
        if let Some(coverage) = encoder.coverage(&corpus.texts()).filter(|coverage| coverage.share() == 0.0) {
            return Err(Error::NothingKnown { n_texts: corpus.len(), n_tokens: coverage.n_tokens });
        }
        let classes = corpus.classes();
        let labels = corpus.class_indices(&classes)?;
        let features = encoder.encode(&corpus.texts())?;
        let l2 = choose_l2(features.view(), &labels, &classes, seed)?;
        let classifier = fit_logistic(encoder.space(), features.view(), &labels, &classes, l2.l2)?;
        let mut provenance = Map::new();
        provenance.insert("head".into(), "logistic".into());
        provenance.insert("n_train".into(), corpus.len().into());
        provenance.insert("seed".into(), seed.into());
        Ok(Self { classifier, moments: Moments::of(features.view()), l2, provenance, encoder })
    }

    /// The same classifier behind another encoder of the same space: zero-shot transfer.
    ///
    /// # Errors
    /// If the other encoder's space is not the one that the classifier was trained in.
    pub fn reading<F: Encoder>(&self, encoder: F) -> Result<Model<F>> {
        self.classifier.check_space(encoder.space())?;
        let (classifier, moments) = (self.classifier.clone(), self.moments.clone());
        Ok(Model { encoder, classifier, moments, l2: self.l2, provenance: self.provenance.clone() })
    }

    /// The same model with its features centred and scaled by unlabelled texts of its own language.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn centred_on(self, texts: &[&str]) -> Result<Self> {
        let moments = Moments::of(self.encoder.encode(texts)?.view());
        let classifier = self.classifier.adapted(&self.moments, &moments);
        Ok(Self { classifier, moments, ..self })
    }

    /// The most probable class of every text, in order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn predict(&self, texts: &[&str]) -> Result<Vec<Prediction>> {
        predict(&self.encoder, &self.classifier, texts)
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        self.classifier.classes()
    }

    /// The encoder.
    pub fn encoder(&self) -> &E {
        &self.encoder
    }

    /// The classifier.
    pub fn classifier(&self) -> &LinearClassifier {
        &self.classifier
    }

    /// The penalty that was chosen in training.
    pub fn l2(&self) -> ChosenL2 {
        self.l2
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

/// The most probable class of every text, in order; a batch at a time.
pub(crate) fn predict(
    encoder: &impl Encoder,
    classifier: &LinearClassifier,
    texts: &[&str],
) -> Result<Vec<Prediction>> {
    let mut predictions = Vec::with_capacity(texts.len());
    for batch in texts.chunks(TEXTS_PER_BATCH) {
        predictions.extend(classifier.predict(encoder.encode(batch)?.view()));
    }
    Ok(predictions)
}

impl Model<WordEncoder> {
    /// Writes the model to one safetensors file, atomically: vectors, pooling, classifier and provenance.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(KIND);
        artefact.set("provenance", self.provenance.clone());
        artefact.set("l2", json!({ "l2": self.l2.l2, "n_folds": self.l2.n_folds }));
        self.encoder.put(&mut artefact);
        self.classifier.put(&mut artefact);
        self.moments.put(&mut artefact, "features");
        Ok(artefact.save(path)?)
    }

    /// Reads a model back.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact model.
    pub fn open(path: &Path) -> Result<Self> {
        let artefact = Artefact::open(path, KIND)?;
        let encoder = WordEncoder::take(&artefact)?;
        let classifier = LinearClassifier::take(&artefact)?;
        let moments = Moments::take(&artefact, "features")?;
        if classifier.dimension() != encoder.dimension() || moments.mean.len() != encoder.dimension() {
            return Err(artefact.broken("an encoder and a classifier of different dimensions").into());
        }
        classifier.check_space(encoder.space())?;
        let provenance = artefact.get("provenance")?.as_object().cloned().unwrap_or_default();
        let l2 = artefact.get("l2")?;
        let l2 = match (l2["l2"].as_f64(), l2["n_folds"].as_u64()) {
            (Some(l2), Some(n_folds)) => ChosenL2 { l2, n_folds: n_folds as usize },
            _ => return Err(artefact.broken("a penalty that is no number").into()),
        };
        Ok(Self { encoder, classifier, moments, l2, provenance })
    }
}
