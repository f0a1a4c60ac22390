//! How a model is trained.

use serde_json::Map;
use wordferry_classify::{ChosenL2, Examples, Head, Moments, balanced_weights, choose_l2};
use wordferry_encode::AnyEncoder;

use super::Model;
use crate::{Corpus, Error, Result};

/// The choices of a training.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Training {
    /// The way to train.
    pub head: Head,
    /// The penalty per row, above 0; `None`: cross-validation chooses it.
    pub l2: Option<f64>,
    /// Whether all classes count the same, however many texts each has.
    pub balanced: bool,
    /// Whether the model keeps the texts that it was trained on, so that it can learn more and forget some.
    pub keep_texts: bool,
    /// Of everything random.
    pub seed: u64,
}

impl Training {
    /// Trains a classifier on what `encoder` makes of `corpus`.
    ///
    /// # Errors
    /// If the encoder fails or knows no word of the corpus, or the corpus has fewer than two classes.
    pub fn fit(&self, encoder: AnyEncoder, corpus: &Corpus) -> Result<Model> {
        let texts = corpus.texts();
        if let Some(coverage) = encoder.coverage(&texts).filter(|coverage| coverage.share() == 0.0) {
            return Err(Error::NothingKnown { n_texts: corpus.len(), n_tokens: coverage.n_tokens });
        }
        let classes = corpus.classes();
        let labels = corpus.class_indices(&classes)?;
        let features = encoder.features(&texts)?;
        let weights = balanced_weights(&labels, classes.len());
        let mut examples = Examples::new(&features, &labels, &classes)?;
        if self.balanced {
            examples = examples.weighted(&weights);
        }
        let l2 = match self.l2 {
            Some(l2) => ChosenL2 { l2, n_folds: 0 },
            None => choose_l2(self.head, &examples, self.seed)?,
        };
        let classifier = self.head.fit(encoder.space(), &examples, l2.l2)?;
        let mut provenance = Map::new();
        provenance.insert("head".into(), self.head.name().into());
        provenance.insert("balanced".into(), self.balanced.into());
        provenance.insert("n_train".into(), corpus.len().into());
        provenance.insert("seed".into(), self.seed.into());
        Ok(Model {
            classifier,
            head: self.head,
            l2,
            moments: (!features.is_scaled()).then(|| Moments::of_features(&features)),
            examples: self.keep_texts.then(|| corpus.clone()),
            provenance,
            encoder,
        })
    }
}
