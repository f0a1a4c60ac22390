//! The rows of a file, one after the other in a matrix, until it is known which of them stay.

use ndarray::Array2;

use crate::embeddings::Embeddings;
use crate::error::{Fault, Place};
use crate::index::hash;
use crate::repairs::Repairs;
use crate::vocabulary::MAX_WORDS;
use crate::word_list::WordList;

/// A matrix in the making: rows that are left out are closed up as they are met.
pub(crate) struct Gathered {
    d: usize,
    /// Rows of *d* values, kept ones first, then those that were not yet looked at.
    pub(crate) values: Vec<f32>,
    words: WordList,
    n_seen: usize,
}

impl Gathered {
    /// Rows that are in `values` already, or will be: `n_words` of them, or so.
    pub(crate) fn new(values: Vec<f32>, d: usize, n_words: usize) -> Self {
        Self { d, values, words: WordList::with_capacity(n_words), n_seen: 0 }
    }

    /// The next row belongs to `word`.
    pub(crate) fn keep(&mut self, word: &[u8]) {
        self.keep_hashed(word, hash(word));
    }

    /// [`Gathered::keep`] for a word whose hash was taken elsewhere.
    pub(crate) fn keep_hashed(&mut self, word: &[u8], hash: u64) {
        self.move_row(self.n_seen, self.words.len());
        self.words.push_hashed(word, hash);
        self.n_seen += 1;
    }

    /// The next row stays out.
    pub(crate) fn leave_out(&mut self) {
        self.n_seen += 1;
    }

    fn move_row(&mut self, from: usize, to: usize) {
        if from != to {
            self.values.copy_within(from * self.d..(from + 1) * self.d, to * self.d);
        }
    }

    /// The embeddings: of rows of the same word the first is kept, and all others are counted.
    pub(crate) fn into_embeddings(mut self, mut repairs: Repairs) -> Result<Embeddings, Fault> {
        let words = std::mem::take(&mut self.words);
        let n_kept = words.len();
        let too_many = || Fault::new(Place::File, format!("at most {MAX_WORDS} words"), "more");
        let (vocabulary, distinct) = words.number().ok_or_else(too_many)?;
        for (to, from) in distinct.into_iter().flatten().enumerate() {
            self.move_row(from as usize, to);
        }
        repairs.duplicates += (n_kept - vocabulary.len()) as u64;
        vocabulary.iter().for_each(|(_, word)| repairs.look_at_word(word));
        if vocabulary.is_empty() && self.n_seen > 0 {
            return Err(Fault::new(Place::File, "at least one row that can be kept", "none"));
        }
        let Self { d, mut values, .. } = self;
        values.truncate(vocabulary.len() * d);
        let matrix = Array2::from_shape_vec((vocabulary.len(), d), values)
            .map_err(|error| Fault::new(Place::File, "a row of values for each word", error.to_string()))?;
        Ok(Embeddings::of_finite(vocabulary, matrix).with_repairs(repairs))
    }
}
