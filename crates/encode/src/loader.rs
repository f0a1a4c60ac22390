//! A path in, whatever encoder lies there out.

use std::path::Path;

use wordferry_vectors::{Artefact, Loader};

use crate::{Bridge, Encoder, Pooling, Result, StaticEncoder, TransformerLoader, WordEncoder};

/// What a model is saved as.
const MODEL: &str = "model";

/// Opens an encoder without being told what kind it is.
#[derive(Clone, Debug, Default)]
pub struct EncoderLoader {
    vectors: Loader,
    pooling: Pooling,
    transformer: TransformerLoader,
}

impl EncoderLoader {
    /// With every kind's usual choices.
    pub fn new() -> Self {
        Self::default()
    }

    /// How word vectors are read.
    #[must_use]
    pub fn vectors(self, vectors: Loader) -> Self {
        Self { vectors, ..self }
    }

    /// How word vectors are pooled.
    #[must_use]
    pub fn pooling(self, pooling: Pooling) -> Self {
        Self { pooling, ..self }
    }

    /// How a transformer is opened.
    #[must_use]
    pub fn transformer(self, transformer: TransformerLoader) -> Self {
        Self { transformer, ..self }
    }

    /// Opens the folder of a transformer or of a static model, a file of word vectors, a saved bridge, or the encoder of a saved
    /// model.
    ///
    /// # Errors
    /// If nothing of the kind is there, or it is damaged.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Box<dyn Encoder>> {
        self.open_fitted(path, &[])
    }

    /// The same; if it is a file of word vectors, the pooling learns from `texts` what it has to know of them.
    ///
    /// # Errors
    /// As [`EncoderLoader::open`].
    pub fn open_fitted(&self, path: impl AsRef<Path>, texts: &[&str]) -> Result<Box<dyn Encoder>> {
        let path = path.as_ref();
        if path.is_dir() && !StaticEncoder::is_at(path) {
            return Ok(Box::new(self.transformer.open(path)?));
        }
        if path.is_dir() {
            return Ok(Box::new(StaticEncoder::open(path)?));
        }
        match Artefact::kind_of(path).as_deref() {
            Some(MODEL) => return open_model(path),
            Some(Bridge::KIND) => return Ok(Box::new(Bridge::open(path, self)?)),
            _ => {}
        }
        let mut encoder = WordEncoder::new(self.vectors.open(path)?, self.pooling);
        encoder.fit(texts);
        Ok(Box::new(encoder))
    }
}

/// The encoder of a saved model.
fn open_model(path: &Path) -> Result<Box<dyn Encoder>> {
    let artefact = Artefact::open(path, MODEL)?;
    Ok(match artefact.get("encoder")?["kind"].as_str() {
        Some("static") => Box::new(StaticEncoder::take(&artefact)?),
        _ => Box::new(WordEncoder::take(&artefact)?),
    })
}
