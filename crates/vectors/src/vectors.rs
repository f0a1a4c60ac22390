//! How the vectors of words are kept, and made when they are asked for.

use std::sync::{Arc, OnceLock};
use std::thread;

use ndarray::{Array2, ArrayView2};

use crate::rows::Rows;
use crate::subwords::{END_OF_SENTENCE, Subwords};
use crate::vocabulary::{Vocabulary, WordId};

/// The words' own rows, and what they are.
#[derive(Clone)]
pub(crate) struct WordRows {
    pub(crate) rows: Rows,
    /// The row of each word, where that is not its number: when words were left out.
    pub(crate) row_of: Option<Vec<u32>>,
    pub(crate) made: RowUse,
}

/// How a word's vector is made of its row.
#[derive(Clone)]
pub(crate) enum RowUse {
    /// fastText's: the mean of the row and those of the word's n-grams.
    WithNGrams,
    /// The row is the vector.
    Whole,
    /// The row is the vector brought to length 1; the lengths are one a row.
    Scaled(Arc<[f32]>),
}

impl WordRows {
    /// Rows that are the words' vectors, in the words' order.
    pub(crate) fn whole(rows: Rows) -> Self {
        Self { rows, row_of: None, made: RowUse::Whole }
    }

    /// Writes the vector of a word; of a fastText model summed and scaled in its order.
    fn compose_into(&self, id: WordId, word: &[u8], subwords: Option<&Subwords>, out: &mut [f32]) {
        out.fill(0.0);
        self.add_to(id, out);
        match (&self.made, subwords) {
            (RowUse::WithNGrams, Some(subwords)) if word != END_OF_SENTENCE => {
                subwords.add_and_average(word, 1, out);
            }
            (RowUse::Scaled(norms), _) => {
                let norm = norms[self.row_of(id)];
                out.iter_mut().for_each(|value| *value *= norm);
            }
            _ => {}
        }
    }

    fn row_of(&self, id: WordId) -> usize {
        self.row_of.as_ref().map_or(id.index(), |row_of| row_of[id.index()] as usize)
    }

    /// Adds a word's own row to `sum`.
    pub(crate) fn add_to(&self, id: WordId, sum: &mut [f32]) {
        self.rows.add_to(self.row_of(id), sum);
    }

    fn is_whole(&self) -> bool {
        matches!(self.made, RowUse::Whole) && self.row_of.is_none()
    }
}

/// The vectors of a vocabulary: used where they lie if they are ready, otherwise made when they are asked for.
pub(crate) struct Vectors {
    words: WordRows,
    /// Whether the matrix can be lent as it lies: all rows can be used.
    sound: OnceLock<bool>,
    /// All vectors, once they were made.
    made: OnceLock<Array2<f32>>,
}

impl Vectors {
    pub(crate) fn new(words: WordRows) -> Self {
        Self { words, sound: OnceLock::new(), made: OnceLock::new() }
    }

    pub(crate) fn words(&self) -> &WordRows {
        &self.words
    }

    pub(crate) fn dimension(&self) -> usize {
        self.words.rows.dimension()
    }

    /// All vectors, *n × d*.
    pub(crate) fn matrix(&self, vocabulary: &Vocabulary, subwords: Option<&Subwords>) -> ArrayView2<'_, f32> {
        if self.words.is_whole()
            && let Some(matrix) = self.words.rows.as_matrix()
            && *self.sound.get_or_init(|| self.words.rows.count_unusable() == 0)
        {
            return matrix;
        }
        self.made.get_or_init(|| self.make_all(vocabulary, subwords)).view()
    }

    /// Whether all vectors can be used where they lie, if they are sound.
    pub(crate) fn is_lent(&self) -> bool {
        self.words.is_whole() && self.words.rows.as_matrix().is_some()
    }

    /// The vector of a word where it lies, if it is ready.
    pub(crate) fn ready(&self, id: WordId) -> Option<&[f32]> {
        match self.made.get() {
            Some(matrix) => matrix.row(id.index()).to_slice(),
            None if self.words.is_whole() => self.words.rows.as_row(id.index()),
            None => None,
        }
    }

    /// Writes the vector of a word without making any other.
    pub(crate) fn word_into(&self, id: WordId, word: &[u8], subwords: Option<&Subwords>, out: &mut [f32]) {
        match self.ready(id) {
            Some(vector) => out.copy_from_slice(vector),
            None => self.words.compose_into(id, word, subwords, out),
        }
    }

    /// Makes every vector on threads of its own. Rayon's would not do: while one of them waits here it may pick up a task
    /// that asks for the same matrix, and wait for itself.
    fn make_all(&self, vocabulary: &Vocabulary, subwords: Option<&Subwords>) -> Array2<f32> {
        let (n, d) = (vocabulary.len(), self.dimension());
        let mut values = vec![0.0; n * d];
        let n_each = n.div_ceil(rayon::current_num_threads()).max(1);
        thread::scope(|scope| {
            for (part, rows) in values.chunks_mut(n_each * d).enumerate() {
                scope.spawn(move || {
                    for (offset, row) in rows.chunks_exact_mut(d).enumerate() {
                        let id = WordId((part * n_each + offset) as u32);
                        self.words.compose_into(id, vocabulary.bytes(id), subwords, row);
                    }
                });
            }
        });
        Array2::from_shape_vec((n, d), values).unwrap_or_default()
    }
}
