//! A path in, whatever encoder lies there out.

use std::path::{Path, PathBuf};

use wordferry_vectors::{Artefact, Loader};

use crate::{
    AnyEncoder, Bridge, HubFolders, Pooling, Result, StaticEncoder, Surroundings, TransformerLoader,
    WordEncoder,
};

/// What a model is saved as.
const MODELS: [&str; 2] = ["model", "multi-label model"];

/// Opens an encoder without being told what kind it is.
#[derive(Clone, Debug, Default)]
pub struct EncoderLoader {
    vectors: Loader,
    pooling: Pooling,
    transformer: TransformerLoader,
    hub: HubFolders,
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

    /// Where the encoders of a hub are that bridges and models are read with and that are not beside them.
    #[must_use]
    pub fn hub(self, hub: HubFolders) -> Self {
        Self { hub, ..self }
    }

    /// Where the encoder of this name and commit is, if it was told.
    pub(crate) fn hub_folder(&self, name: &str) -> Option<&Path> {
        self.hub.get(name).map(PathBuf::as_path)
    }

    /// Opens the folder of a transformer or of a static model, a file of word vectors, a saved bridge, or the encoder of a saved
    /// model.
    ///
    /// # Errors
    /// If nothing of the kind is there, or it is damaged.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<AnyEncoder> {
        self.open_fitted(path, &[])
    }

    /// The same; if it is a file of word vectors, the pooling learns from `texts` what it has to know of them.
    ///
    /// # Errors
    /// As [`EncoderLoader::open`].
    pub fn open_fitted(&self, path: impl AsRef<Path>, texts: &[&str]) -> Result<AnyEncoder> {
        let path = path.as_ref();
        if path.is_dir() && !StaticEncoder::is_at(path) {
            let transformer = self.transformer.open(path)?;
            return Ok(AnyEncoder::Transformer(Box::new(transformer), path.into()));
        }
        if path.is_dir() {
            return Ok(StaticEncoder::open(path)?.into());
        }
        match Artefact::kind_of(path).as_deref() {
            Some(kind) if MODELS.contains(&kind) => {
                let (transformer, hub) = (self.transformer.clone(), self.hub.clone());
                let surroundings = Surroundings { transformer, hub, ..Surroundings::of(path) };
                return AnyEncoder::take(&Artefact::open(path, kind)?, &surroundings);
            }
            Some(Bridge::KIND) => return Ok(Bridge::open(path, self)?.into()),
            _ => {}
        }
        let mut encoder = WordEncoder::new(self.vectors.open(path)?, self.pooling);
        encoder.fit(texts);
        Ok(encoder.into())
    }
}
