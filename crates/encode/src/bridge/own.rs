//! A vector of its own for each of some words: what a map of few values cannot say of them.

use ndarray::Array2;
use rayon::prelude::*;
use wordferry_vectors::{Artefact, WordId};

use super::bags::{Sparse, product};
use crate::frequency::probabilities;
use crate::{Pooling, Result, WordEncoder};

/// Sentences that a word is in, at least, to have a vector of its own.
const FEWEST_SENTENCES: u32 = 3;
/// How words weigh against each other in a text.
const WEIGHTS: Pooling = Pooling::CentredSif { a: 1e-2 };

/// Words of an encoder and the vectors that they add to a text's row.
pub(super) struct OwnVectors {
    /// In the order of their numbers.
    words: Vec<WordId>,
    /// One a word.
    weights: Vec<f32>,
    /// v × D.
    pub(super) vectors: Array2<f32>,
}

impl OwnVectors {
    /// Vectors of zeros, of D = `dimension` values, for no word.
    pub(super) fn none(dimension: usize) -> Self {
        Self { words: Vec::new(), weights: Vec::new(), vectors: Array2::zeros((0, dimension)) }
    }

    /// Vectors of zeros for the words that three or more of the texts hold.
    pub(super) fn of_frequent(encoder: &WordEncoder, texts: &[&str], dimension: usize) -> Self {
        let mut n_texts = vec![0; encoder.embeddings().len()];
        encoder.distinct_words(texts).iter().flatten().for_each(|word| n_texts[word.index()] += 1);
        let frequent = (0..).zip(n_texts).filter(|(_, n)| *n >= FEWEST_SENTENCES);
        let words: Vec<WordId> = frequent.map(|(word, _)| WordId(word)).collect();
        let vectors = Array2::zeros((words.len(), dimension));
        Self::new(encoder, words, vectors)
    }

    fn new(encoder: &WordEncoder, words: Vec<WordId>, vectors: Array2<f32>) -> Self {
        let all = WEIGHTS.weights(&probabilities(encoder.embeddings()));
        let weights = words.iter().map(|word| all[word.index()]).collect();
        Self { words, weights, vectors }
    }

    /// How many words have a vector.
    pub(super) fn len(&self) -> usize {
        self.words.len()
    }

    /// The words of each text that have a vector, each once, their weights scaled to a sum of squares of 1.
    pub(super) fn bags(&self, encoder: &WordEncoder, texts: &[&str]) -> Sparse {
        let bag = |distinct: &Vec<WordId>| {
            let found = distinct.iter().filter_map(|word| self.words.binary_search(word).ok());
            let bag: Vec<(u32, f32)> = found.map(|i| (i as u32, self.weights[i])).collect();
            let length = bag.iter().map(|(_, weight)| weight * weight).sum::<f32>().sqrt();
            bag.into_iter().map(|(word, weight)| (word, weight / length)).collect()
        };
        encoder.distinct_words(texts).par_iter().map(bag).collect()
    }

    /// What the words of texts add to their rows: n × D.
    pub(super) fn sums(&self, encoder: &WordEncoder, texts: &[&str]) -> Array2<f32> {
        match self.words.is_empty() {
            true => Array2::zeros((texts.len(), self.vectors.ncols())),
            false => product(&self.bags(encoder, texts), &self.vectors),
        }
    }

    pub(super) fn put(&self, artefact: &mut Artefact) {
        let words: Vec<u64> = self.words.iter().map(|word| u64::from(word.0)).collect();
        artefact.put_counts("bridge.words", &words);
        artefact.put_matrix("bridge.vectors", self.vectors.view());
    }

    /// What was put, for words of this encoder.
    ///
    /// # Errors
    /// If they are other words, or not in order.
    pub(super) fn take(artefact: &Artefact, encoder: &WordEncoder) -> Result<Self> {
        let (numbers, vectors) = (artefact.counts("bridge.words")?, artefact.matrix("bridge.vectors")?);
        let n = encoder.embeddings().len() as u64;
        let is_ordered = numbers.windows(2).all(|pair| pair[0] < pair[1]);
        if !is_ordered || numbers.last().is_some_and(|last| *last >= n) || numbers.len() != vectors.nrows() {
            return Err(artefact.broken("a bridge with vectors of other words than its own").into());
        }
        Ok(Self::new(encoder, numbers.into_iter().map(|number| WordId(number as u32)).collect(), vectors))
    }
}
