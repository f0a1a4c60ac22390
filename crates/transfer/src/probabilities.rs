//! Texts in, the probability of every class out.

use ndarray::{Array2, s};
use wordferry_classify::LinearClassifier;
use wordferry_encode::Encoder;

use crate::{FineTuned, Model, Result};

/// Texts encoded at a time, so that features do not grow with their number.
const TEXTS_PER_BATCH: usize = 4096;

impl<E: Encoder> Model<E> {
    /// The probability of every class, n × c, rows that sum to 1, in the texts' order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn probabilities(&self, texts: &[&str]) -> Result<Array2<f32>> {
        probabilities(self.encoder(), self.classifier(), texts)
    }
}

impl FineTuned {
    /// The probability of every class, n × c, rows that sum to 1, in the texts' order.
    ///
    /// # Errors
    /// If the encoder fails.
    pub fn probabilities(&self, texts: &[&str]) -> Result<Array2<f32>> {
        probabilities(self.encoder(), self.classifier(), texts)
    }
}

fn probabilities(
    encoder: &impl Encoder,
    classifier: &LinearClassifier,
    texts: &[&str],
) -> Result<Array2<f32>> {
    let mut probabilities = Array2::zeros((texts.len(), classifier.classes().len()));
    for (batch, from) in texts.chunks(TEXTS_PER_BATCH).zip((0..).step_by(TEXTS_PER_BATCH)) {
        let of_batch = classifier.probabilities(encoder.encode(batch)?.view());
        probabilities.slice_mut(s![from..from + batch.len(), ..]).assign(&of_batch);
    }
    Ok(probabilities)
}
