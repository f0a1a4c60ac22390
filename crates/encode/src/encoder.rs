//! The door for encoders.

use ndarray::Array2;
use wordferry_vectors::Space;

use crate::Result;

/// Anything that turns texts into rows of a space.
pub trait Encoder: Send + Sync {
    /// The space of the rows. It has to change whenever rows would no longer be comparable with earlier ones.
    fn space(&self) -> Space;

    /// The number of features, d.
    fn dimension(&self) -> usize;

    /// One row a text, n × d, in the order of the texts. A text's row does not depend on the other texts.
    ///
    /// # Errors
    /// If the encoder cannot take these texts.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>>;

    /// How much of the texts the encoder knows, if it can tell.
    fn coverage(&self, _texts: &[&str]) -> Option<Coverage> {
        None
    }
}

/// Tokens of a set of texts, and how many of them an encoder knows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Coverage {
    /// All tokens.
    pub n_tokens: u64,
    /// Tokens that are words of the vocabulary.
    pub n_words: u64,
    /// Other tokens that were composed from known subwords.
    pub n_subwords: u64,
}

impl Coverage {
    /// The two added up.
    pub fn plus(self, other: Self) -> Self {
        Self {
            n_tokens: self.n_tokens + other.n_tokens,
            n_words: self.n_words + other.n_words,
            n_subwords: self.n_subwords + other.n_subwords,
        }
    }

    /// The share of tokens that have a vector, 0 to 1; 0 without any token.
    pub fn share(&self) -> f64 {
        (self.n_words + self.n_subwords) as f64 / self.n_tokens.max(1) as f64
    }
}
