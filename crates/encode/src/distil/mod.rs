//! A transformer in, a static model out: every token's vector is what the transformer makes of the token alone (Tulkens and van
//! Dongen 2024).
//!
//! A token goes through the network between the special tokens of a text, and the mean of the rows is taken; principal components
//! follow, and a weight by the token's place in the vocabulary, which stands for its frequency. Tokenizer files list tokens by frequency, or
//! nearly so.

mod folder;
mod principal;
mod vocabulary;

use ndarray::{Array2, s};
use serde_json::{Value, json};

use self::principal::Principal;
use self::vocabulary::Vocabulary;
use crate::{Result, TransformerEncoder};

/// Tokens that go through the network between two words about how far it is.
const TOKENS_PER_STEP: usize = 2048;
/// The constant a of the weights a / (a + p) (Arora et al. 2017), as model2vec has it.
const SIF: f64 = 1e-4;

/// How much a token counts in the mean of a text. Its probability p is taken from Zipf's law: in proportion to 1 / (rank + 1), where the rank
/// is its place in the vocabulary, 1, 2, 3, …
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum TokenWeights {
    /// a / (a + p) with a = 10⁻⁴ (Arora et al. 2017).
    #[default]
    Sif,
    /// ln(1 + rank).
    Zipf,
    /// 1.
    None,
}

impl TokenWeights {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Sif, Self::Zipf, Self::None];

    /// What it is called.
    pub fn name(self) -> &'static str {
        match self {
            Self::Sif => "sif",
            Self::Zipf => "zipf",
            Self::None => "none",
        }
    }

    /// That of a name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|weights| weights.name() == name)
    }

    /// The weights of `n` tokens.
    fn of(self, n: usize) -> Vec<f32> {
        let share = |rank: usize| 1.0 / (rank + 1) as f64;
        let total: f64 = (1..=n).map(share).sum();
        let weight = |rank: usize| match self {
            Self::Sif => SIF / (SIF + share(rank) / total),
            Self::Zipf => ((rank + 1) as f64).ln(),
            Self::None => 1.0,
        };
        (1..=n).map(|rank| weight(rank) as f32).collect()
    }
}

/// How a static model is made.
#[derive(Clone, Debug)]
pub struct Distillation {
    /// Values of a vector, at most; there are no more than the transformer has, or than there are tokens.
    pub dimension: usize,
    /// How much a token counts.
    pub weights: TokenWeights,
    /// Words that become tokens of their own beside the tokenizer's.
    pub words: Vec<String>,
}

impl Default for Distillation {
    /// 256 values, [`TokenWeights::Sif`], the tokenizer's tokens alone.
    fn default() -> Self {
        Self { dimension: 256, weights: TokenWeights::default(), words: Vec::new() }
    }
}

/// A static model that was made of a transformer, not yet written.
pub struct Distilled {
    tokenizer: Vec<u8>,
    /// n × d.
    vectors: Array2<f32>,
    /// Words that became tokens.
    n_words: usize,
    left_out: Vec<String>,
    /// The share of the variance that the principal components hold.
    explained: f64,
    weights: TokenWeights,
}

impl Distillation {
    /// Makes a static model of a transformer. `progress` is told how many tokens have gone through the network, and of how many.
    ///
    /// Special tokens and those that are unused are left out, but for the unknown one and the one that fills up. The same transformer gives
    /// the same bytes, whatever the number of threads.
    ///
    /// # Errors
    /// If the tokenizer's file is not understood, words are to become tokens of one that has none by words (byte-pair encoding), the network
    /// fails, or a decomposition does not converge.
    pub fn run(
        &self,
        transformer: &TransformerEncoder,
        progress: &mut dyn FnMut(usize, usize),
    ) -> Result<Distilled> {
        let vocabulary = Vocabulary::of(transformer.tokenizer(), &self.words, transformer.max_length())?;
        let n = vocabulary.tokens.len();
        let mut rows = Array2::zeros((n, transformer.size()));
        for (i, step) in vocabulary.tokens.chunks(TOKENS_PER_STEP).enumerate() {
            let start = i * TOKENS_PER_STEP;
            progress(start, n);
            rows.slice_mut(s![start..start + step.len(), ..]).assign(&transformer.means(step)?);
        }
        progress(n, n);
        let Principal { mut rows, explained } = Principal::of(rows, self.dimension)?;
        for (mut row, weight) in rows.rows_mut().into_iter().zip(self.weights.of(n)) {
            row *= weight;
        }
        let Vocabulary { json, n_words, left_out, .. } = vocabulary;
        let weights = self.weights;
        Ok(Distilled { tokenizer: json, vectors: rows, n_words, left_out, explained, weights })
    }
}

impl Distilled {
    /// Tokens, n.
    pub fn n_tokens(&self) -> usize {
        self.vectors.nrows()
    }

    /// Values of a token's vector, d.
    pub fn dimension(&self) -> usize {
        self.vectors.ncols()
    }

    /// Words that became tokens of their own.
    pub fn n_words(&self) -> usize {
        self.n_words
    }

    /// Words that did not: those that the tokenizer takes for several, or that have a piece that it does not know.
    pub fn left_out(&self) -> &[String] {
        &self.left_out
    }

    /// The share of the vectors' variance that is left of the transformer's.
    pub fn explained(&self) -> f64 {
        self.explained
    }

    /// What `config.json` says; `source` is the transformer's name.
    fn config(&self, source: &str) -> Value {
        json!({
            "model_type": "model2vec",
            "architectures": ["StaticModel"],
            "tokenizer_name": source,
            "apply_pca": self.dimension(),
            "sif_coefficient": (self.weights == TokenWeights::Sif).then_some(SIF),
            "hidden_dim": self.dimension(),
            "seq_length": 1_000_000,
            "normalize": true,
            "pooling": "mean",
            folder::MARK: {
                "version": env!("CARGO_PKG_VERSION"), "source": source, "weights": self.weights.name(),
                "n_tokens": self.n_tokens(), "n_words": self.n_words, "explained_variance": self.explained,
            },
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weights_grow_with_the_rank() {
        // p = 6/13, 4/13, 3/13.
        let check = |weights: TokenWeights, expected: [f64; 3]| {
            let found = weights.of(3);
            let is_near = found.iter().zip(expected).all(|(a, b)| (f64::from(*a) / b - 1.0).abs() < 1e-6);
            assert!(is_near, "{found:?}");
        };
        check(TokenWeights::Sif, [6.0, 4.0, 3.0].map(|p| 1e-4 / (1e-4 + p / 13.0)));
        check(TokenWeights::Zipf, [2.0, 3.0, 4.0].map(f64::ln));
        check(TokenWeights::None, [1.0; 3]);
        assert_eq!(TokenWeights::from_name("zipf"), Some(TokenWeights::Zipf));
        assert_eq!(TokenWeights::from_name("x"), None);
    }
}
