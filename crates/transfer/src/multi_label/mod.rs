//! A model of classes of which a text may have any number.
//!
//! It is one encoder and one linear classifier with a column a class: as many models of two classes would hold the encoder as often, and a text
//! would be encoded as often.

mod corpus;
mod training;

use std::path::Path;

use ndarray::Array2;
use serde_json::{Map, Value};
use wordferry_classify::MultiLabelClassifier;
use wordferry_encode::{AnyEncoder, Surroundings};
use wordferry_vectors::Artefact;

pub use self::corpus::{MultiLabelCorpus, SEPARATOR};
pub use self::training::{HeldOutLabels, MultiLabelTraining};
use crate::model::by_the_batch;
use crate::{Error, Explanation, Result};

/// Reads texts through an encoder and says which classes each has.
pub struct MultiLabelModel {
    encoder: AnyEncoder,
    classifier: MultiLabelClassifier,
    provenance: Map<String, Value>,
}

impl MultiLabelModel {
    /// The kind of its files.
    pub const KIND: &'static str = "multi-label model";

    /// The probability of every class, n × c, each of itself alone, in the texts' order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn probabilities(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let of = |texts: &[&str]| Ok(self.classifier.probabilities(&self.encoder.features(texts)?));
        by_the_batch(texts, self.classes().len(), of)
    }

    /// Which classes every text has, n × c, by their probabilities.
    pub fn decide(&self, probabilities: &Array2<f32>) -> Array2<bool> {
        self.classifier.decide(probabilities)
    }

    /// What each token of a text adds to the log-odds of a class against its absence: of the class of this name, or of every class that the text
    /// is said to have; of the one nearest to it, if it has none.
    ///
    /// # Errors
    /// If there is no class of this name, or the encoder's rows are not sums over tokens.
    pub fn explain(&self, text: &str, class: Option<&str>) -> Result<Vec<Explanation>> {
        let features = self.encoder.features(&[text])?;
        let probabilities = self.classifier.probabilities(&features);
        let scores = self.classifier.linear().scores(&features);
        let named = match class {
            Some(name) => vec![self.class(name)?],
            None => self.found(&probabilities),
        };
        let explained = |class: usize| {
            let weights = self.classifier.linear().weights();
            let own: Vec<f64> = weights.column(class).iter().map(|&weight| weight.into()).collect();
            let shares = self.encoder.shares(text, &own)?;
            Ok(Explanation {
                class,
                against: None,
                probability: probabilities[[0, class]],
                score: scores[[0, class]].into(),
                bias: f64::from(self.classifier.linear().bias()[class]) + shares.rest,
                shares: shares.parts,
            })
        };
        named.into_iter().map(explained).collect()
    }

    /// The classes of the only row, or the one that is nearest to its threshold.
    fn found(&self, probabilities: &Array2<f32>) -> Vec<usize> {
        let row = probabilities.row(0);
        let far = |class: usize| row[class] - self.thresholds()[class];
        let found: Vec<usize> = (0..row.len()).filter(|&class| far(class) >= 0.0).collect();
        let nearest =
            || (0..row.len()).reduce(|best, class| if far(class) > far(best) { class } else { best });
        if found.is_empty() { nearest().into_iter().collect() } else { found }
    }

    fn class(&self, name: &str) -> Result<usize> {
        let found = self.classes().iter().position(|class| class == name);
        found.ok_or_else(|| Error::UnknownClass { found: name.to_owned(), known: self.classes().to_vec() })
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        self.classifier.linear().classes()
    }

    /// The lowest probability of texts that have the class, one a class.
    pub fn thresholds(&self) -> &[f32] {
        self.classifier.thresholds().as_slice().expect("a vector is contiguous")
    }

    /// The encoder.
    pub fn encoder(&self) -> &AnyEncoder {
        &self.encoder
    }

    /// What labels are divided by, where they are written in one cell.
    pub fn separator(&self) -> &str {
        self.provenance["separator"].as_str().unwrap_or(SEPARATOR)
    }

    /// Where the model comes from: its training texts, seed and whatever else was noted.
    pub fn provenance(&self) -> &Map<String, Value> {
        &self.provenance
    }

    /// Notes something of where the model comes from.
    pub fn note(&mut self, key: &str, value: impl Into<Value>) {
        self.provenance.insert(key.into(), value.into());
    }

    /// Writes the model to one safetensors file, atomically.
    ///
    /// # Errors
    /// If the file cannot be written, or the encoder is one of the caller's own.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(Self::KIND);
        artefact.set("provenance", self.provenance.clone());
        self.encoder.put(&mut artefact)?;
        self.classifier.put(&mut artefact);
        Ok(artefact.save(path)?)
    }

    /// Reads a model back whose other parts lie in these surroundings.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact model.
    pub fn open_within(path: &Path, surroundings: &Surroundings) -> Result<Self> {
        let artefact = Artefact::open(path, Self::KIND)?;
        let encoder = AnyEncoder::take(&artefact, surroundings)?;
        let classifier = MultiLabelClassifier::take(&artefact)?;
        if classifier.linear().dimension() != encoder.dimension() {
            return Err(artefact.broken("an encoder and a classifier of different dimensions").into());
        }
        classifier.linear().check_space(encoder.space())?;
        let provenance = artefact.get("provenance")?.as_object().cloned().unwrap_or_default();
        match provenance.get("separator").is_some_and(Value::is_string) {
            true => Ok(Self { encoder, classifier, provenance }),
            false => Err(artefact.broken("no separator of its labels").into()),
        }
    }
}
