//! Models as files.

use std::path::Path;

use serde_json::json;
use wordferry_classify::{ChosenL2, Head, LinearClassifier, Moments};
use wordferry_encode::{AnyEncoder, Surroundings};
use wordferry_vectors::Artefact;

use super::revision::Recipe;
use super::{Model, Trust};
use crate::{Corpus, Result};

impl Model {
    /// The kind of its files.
    pub const KIND: &'static str = "model";

    /// Writes the model to one safetensors file, atomically: encoder, classifier and provenance. Of a transformer the file holds the name of
    /// its folder, and of the training texts all, if they are kept.
    ///
    /// # Errors
    /// If the file cannot be written, or the encoder is one of the caller's own.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(Self::KIND);
        artefact.set("provenance", self.provenance.clone());
        artefact.set("head", self.head.name());
        artefact.set("l2", json!({ "l2": self.l2.l2, "n_folds": self.l2.n_folds }));
        self.encoder.put(&mut artefact)?;
        self.classifier.put(&mut artefact);
        self.moments.iter().for_each(|moments| moments.put(&mut artefact, "features"));
        self.examples.iter().for_each(|examples| examples.put(&mut artefact));
        self.trust.put(&mut artefact);
        self.recipe.iter().for_each(|recipe| recipe.put(&mut artefact));
        Ok(artefact.save(path)?)
    }

    /// Reads a model back. A transformer is looked for where it was, then beside the model's file.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact model.
    pub fn open(path: &Path) -> Result<Self> {
        Self::open_within(path, &Surroundings::of(path))
    }

    /// Reads a model back whose other parts lie in these surroundings.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact model.
    pub fn open_within(path: &Path, surroundings: &Surroundings) -> Result<Self> {
        let artefact = Artefact::open(path, Self::KIND)?;
        let encoder = AnyEncoder::take(&artefact, surroundings)?;
        let classifier = LinearClassifier::take(&artefact)?;
        let moments =
            artefact.has("features.mean").then(|| Moments::take(&artefact, "features")).transpose()?;
        let d = encoder.dimension();
        if classifier.dimension() != d || moments.as_ref().is_some_and(|moments| moments.mean.len() != d) {
            return Err(artefact.broken("an encoder and a classifier of different dimensions").into());
        }
        classifier.check_space(encoder.space())?;
        let provenance = artefact.get("provenance")?.as_object().cloned().unwrap_or_default();
        let l2 = artefact.get("l2")?;
        let l2 = match (l2["l2"].as_f64(), l2["n_folds"].as_u64()) {
            (Some(l2), Some(n_folds)) => ChosenL2 { l2, n_folds: n_folds as usize },
            _ => return Err(artefact.broken("a penalty that is no number").into()),
        };
        let head = match artefact.has_property("head") {
            false => Head::Logistic,
            true => Head::from_name(artefact.get_text("head")?)
                .ok_or_else(|| artefact.broken("a head of an unknown kind"))?,
        };
        let examples = Corpus::is_in(&artefact).then(|| Corpus::take(&artefact)).transpose()?;
        let trust = Trust::take(&artefact, classifier.classes().len())?;
        let recipe = Recipe::is_in(&artefact).then(|| Recipe::take(&artefact)).transpose()?;
        Ok(Self { encoder, classifier, head, l2, moments, examples, recipe, trust, provenance })
    }
}

#[cfg(test)]
mod tests {
    use wordferry_encode::LexicalEncoder;

    use super::*;
    use crate::Training;

    #[test]
    fn a_model_that_keeps_its_texts_comes_back_whole() {
        let corpus =
            Corpus::from_pairs([("a cheap prize", "spam"), ("see you", "ham"), ("win cash", "spam")]);
        let training = Training { keep_texts: true, balanced: true, ..Training::default() };
        let encoder = LexicalEncoder::fit(&corpus.texts(), corpus.n_rarest());
        let model = training.fit(encoder.into(), &corpus).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        model.save(&path).unwrap();
        let again = Model::open(&path).unwrap();
        assert_eq!(again.examples().unwrap().texts(), corpus.texts());
        assert_eq!(again.examples().unwrap().labels(), corpus.labels());
        let texts = ["cheap cash", "see"];
        assert_eq!(again.probabilities(&texts).unwrap(), model.probabilities(&texts).unwrap());
        assert!(model.centred_on(&texts).is_err());
    }
}
