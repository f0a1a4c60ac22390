//! What fine-tuning leaves: the tensors that it changed and the head, beside the name and the space of the encoder they are of.

use std::path::Path;

use ndarray::Array2;
use serde_json::{Map, Value, json};
use wordferry_classify::{LinearClassifier, Prediction, top};
use wordferry_encode::{Changes, Encoder, TransformerEncoder, TransformerLoader, hub_name};
use wordferry_vectors::Artefact;

use crate::Result;
use crate::model::by_the_batch;

/// A transformer whose last layers were trained, and its classifier.
pub struct FineTuned {
    encoder: TransformerEncoder,
    classifier: LinearClassifier,
    changes: Changes,
    base: Base,
    provenance: Map<String, Value>,
}

/// How the encoder was opened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Base {
    /// The last part of its folder's path.
    name: String,
    /// Its name and commit, if it came from a hub.
    hub: Option<String>,
    prompt: String,
    max_length: usize,
}

impl Base {
    pub(super) fn new(folder: &Path, prompt: String, max_length: usize) -> Self {
        let whole = folder.canonicalize().unwrap_or_else(|_| folder.to_owned());
        let name = whole.file_name().unwrap_or_default().to_string_lossy().into_owned();
        Self { name, hub: hub_name(&whole), prompt, max_length }
    }

    fn take(artefact: &Artefact) -> Result<Self> {
        let about = artefact.get("encoder")?;
        let text = |key: &str| about[key].as_str().map(str::to_owned);
        match (text("name"), text("prompt"), about["max_length"].as_u64()) {
            (Some(name), Some(prompt), Some(max_length)) => {
                Ok(Self { name, hub: text("hub"), prompt, max_length: max_length as usize })
            }
            _ => Err(artefact.broken("no name, prompt and length of an encoder").into()),
        }
    }
}

impl FineTuned {
    /// The kind of its files.
    pub const KIND: &'static str = "fine-tuned model";

    pub(super) fn new(
        encoder: TransformerEncoder,
        classifier: LinearClassifier,
        changes: Changes,
        base: Base,
        provenance: Map<String, Value>,
    ) -> Self {
        Self { encoder, classifier, changes, base, provenance }
    }

    /// Writes to one safetensors file, atomically: the tensors that were trained, the head, and which encoder they are of.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(Self::KIND);
        let Base { name, hub, prompt, max_length } = &self.base;
        artefact
            .set("encoder", json!({ "name": name, "hub": hub, "prompt": prompt, "max_length": max_length }));
        artefact.set("provenance", self.provenance.clone());
        self.changes.put(&mut artefact);
        self.classifier.put(&mut artefact);
        Ok(artefact.save(path)?)
    }

    /// Opens a file and lays its tensors over those of the encoder in `folder`. See [`TunedFile::over`].
    ///
    /// # Errors
    /// If the file is no intact fine-tuned model, or the folder holds another encoder than the one that was trained.
    pub fn open(path: &Path, folder: &Path, loader: &TransformerLoader) -> Result<Self> {
        TunedFile::open(path)?.over(folder, loader)
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
        let of = |texts: &[&str]| Ok(self.classifier.probabilities(&self.encoder.encode(texts)?.into()));
        by_the_batch(texts, self.classes().len(), of)
    }

    /// The names of the classes.
    pub fn classes(&self) -> &[String] {
        self.classifier.classes()
    }

    /// The encoder, tuned.
    pub fn encoder(&self) -> &TransformerEncoder {
        &self.encoder
    }

    /// The classifier on its features.
    pub fn classifier(&self) -> &LinearClassifier {
        &self.classifier
    }

    /// The tensors that were trained.
    pub fn changes(&self) -> &Changes {
        &self.changes
    }

    /// How it was trained: the number of texts, the settings, and what was chosen by the texts held out.
    pub fn provenance(&self) -> &Map<String, Value> {
        &self.provenance
    }
}

/// A saved model that was read, and whose encoder is still to be found.
pub struct TunedFile {
    artefact: Artefact,
    base: Base,
}

impl TunedFile {
    /// Reads a file.
    ///
    /// # Errors
    /// If it is no intact fine-tuned model.
    pub fn open(path: &Path) -> Result<Self> {
        let artefact = Artefact::open(path, FineTuned::KIND)?;
        Ok(Self { base: Base::take(&artefact)?, artefact })
    }

    /// The name of the encoder's folder when it was trained.
    pub fn folder_name(&self) -> &str {
        &self.base.name
    }

    /// The name and the commit of the encoder, if it came from a hub.
    pub fn hub_name(&self) -> Option<&str> {
        self.base.hub.as_deref()
    }

    /// Lays the tensors over those of the encoder in `folder`; `loader` says where and with what precision it is computed, the prompt
    /// and the length are those of training.
    ///
    /// # Errors
    /// If the folder holds another encoder than the one that was trained.
    pub fn over(self, folder: &Path, loader: &TransformerLoader) -> Result<FineTuned> {
        let Self { artefact, base } = self;
        let changes = Changes::take(&artefact)?;
        let classifier = LinearClassifier::take(&artefact)?;
        let loader = loader.clone().prompt(&base.prompt).max_length(base.max_length);
        let encoder = loader.open_tuned(folder, &changes)?;
        classifier.check_space(encoder.space())?;
        if classifier.dimension() != encoder.dimension() {
            return Err(artefact.broken("a head for another number of features than the encoder has").into());
        }
        let provenance = artefact.get("provenance")?.as_object().cloned().unwrap_or_default();
        Ok(FineTuned { encoder, classifier, changes, base, provenance })
    }
}
