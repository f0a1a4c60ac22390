//! Vectors of character n-grams, for words that were never seen in training.
//!
//! A word in angle brackets is cut into n-grams of `min_n` to `max_n` characters, each of which leads to a
//! row of a table: in fastText models through a hash (FNV-1a over *signed* bytes, as fastText always did)
//! into one of *b* buckets, in finalfusion's through another hash or a list of n-grams. A word's vector is
//! the mean over its n-grams, and in fastText models its own row if it has one (Bojanowski et al. 2017).
//! `</s>`, the end of a sentence, has no n-grams in fastText.

use std::fmt;

use ndarray::{Array2, CowArray, Ix2};

use crate::error::{Error, Result};
use crate::ngrams::{Buckets, Indexer, Lengths};
use crate::rows::Rows;

/// fastText's name of a line's end, which is no word and has no n-grams.
pub(crate) const END_OF_SENTENCE: &[u8] = b"</s>";

/// The n-gram table of a model with subwords: *b × d*.
#[derive(Clone)]
pub struct Subwords {
    lengths: Lengths,
    indexer: Indexer,
    rows: Rows,
}

impl Subwords {
    /// fastText's n-grams of `min_n` to `max_n` characters, in `rows.nrows()` buckets; `rows` is *b × d*.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if there is no bucket, no column, or `min_n` is 0 or above `max_n`.
    pub fn new(min_n: usize, max_n: usize, rows: Array2<f32>) -> Result<Self> {
        let rows = Rows::Dense(rows.as_standard_layout().into_owned());
        let indexer = Indexer::FastText(Buckets::all(rows.len()));
        Self::from_rows(Lengths { min: min_n, max: max_n }, indexer, rows)
    }

    /// N-grams that `indexer` leads to `rows`; it must not lead beyond them.
    pub(crate) fn from_rows(lengths: Lengths, indexer: Indexer, rows: Rows) -> Result<Self> {
        if lengths.min == 0 || lengths.min > lengths.max {
            return Err(Error::Mismatch {
                expected: "n-grams of at least 1 character, the shortest not longer than the longest"
                    .to_owned(),
                found: format!("{} to {} characters", lengths.min, lengths.max),
            });
        }
        if rows.len() == 0 || rows.dimension() == 0 || rows.len() > u32::MAX as usize {
            return Err(Error::Mismatch {
                expected: "an n-gram table of 1 to 2³² − 1 rows".to_owned(),
                found: format!("{} × {}", rows.len(), rows.dimension()),
            });
        }
        Ok(Self { lengths, indexer, rows })
    }

    /// The same n-grams with other vectors, say after a linear map: `rows` is *b × d′*.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if the number of rows changes.
    pub fn with_rows(&self, rows: Array2<f32>) -> Result<Self> {
        if rows.nrows() != self.buckets() {
            return Err(Error::Mismatch {
                expected: format!("{} rows, one a bucket", self.buckets()),
                found: format!("{} rows", rows.nrows()),
            });
        }
        let rows = Rows::Dense(rows.as_standard_layout().into_owned());
        Self::from_rows(self.lengths, self.indexer.clone(), rows)
    }

    /// How n-grams find their rows.
    pub(crate) fn indexer(&self) -> &Indexer {
        &self.indexer
    }

    /// The fewest characters of an n-gram, angle brackets counted.
    pub fn min_n(&self) -> usize {
        self.lengths.min
    }

    /// The most characters of an n-gram, angle brackets counted.
    pub fn max_n(&self) -> usize {
        self.lengths.max
    }

    /// The number of rows, *b*: buckets, or listed n-grams that have a row of their own.
    pub fn buckets(&self) -> usize {
        self.rows.len()
    }

    /// The number of columns, *d*.
    pub fn dimension(&self) -> usize {
        self.rows.dimension()
    }

    /// The table, *b × d*, as a matrix of its own.
    pub fn to_matrix(&self) -> Array2<f32> {
        self.matrix().into_owned()
    }

    /// The table, *b × d*, lent where it lies if it can be used there.
    pub(crate) fn matrix(&self) -> CowArray<'_, f32, Ix2> {
        self.rows.matrix()
    }

    pub(crate) fn rows(&self) -> &Rows {
        &self.rows
    }

    /// Calls `visit` with the row of every n-gram of `word` that has one; for fastText's in its order: by
    /// start, then by length.
    pub fn for_each_row(&self, word: &[u8], visit: impl FnMut(usize)) {
        let ends_sentence = word == END_OF_SENTENCE && matches!(self.indexer, Indexer::FastText(_));
        if !ends_sentence {
            self.indexer.for_each_row(word, self.lengths, visit);
        }
    }

    /// Writes the mean of the n-gram vectors of `word` into `out` (*d* values), and says whether there was
    /// one; without any, `out` is all zeros.
    ///
    /// # Panics
    ///
    /// If `out` has not exactly *d* values.
    pub fn compose_into(&self, word: &[u8], out: &mut [f32]) -> bool {
        assert_eq!(out.len(), self.dimension(), "the vector's length must be the dimension");
        out.fill(0.0);
        self.add_and_average(word, 0, out) > 0
    }

    /// Adds the n-gram vectors of `word` to `sum`, which already holds `n_summed` vectors, and divides by
    /// their number as fastText does: by multiplication with the rounded inverse. The number of vectors in
    /// the mean.
    pub(crate) fn add_and_average(&self, word: &[u8], n_summed: usize, sum: &mut [f32]) -> usize {
        let mut n = n_summed;
        self.for_each_row(word, |row| self.rows.touch(row));
        self.for_each_row(word, |row| {
            self.rows.add_to(row, sum);
            n += 1;
        });
        if n > 1 {
            let inverse = (1.0 / n as f64) as f32;
            sum.iter_mut().for_each(|value| *value *= inverse);
        }
        n
    }
}

impl fmt::Debug for Subwords {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (Lengths { min, max }, b, d) = (self.lengths, self.buckets(), self.dimension());
        write!(f, "Subwords({min} to {max} characters, {b} × {d})")
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    #[test]
    fn the_mean_is_taken() {
        let subwords = Subwords::new(2, 2, Array2::ones((7, 2))).unwrap();
        let mut out = [9.0; 2];
        assert!(subwords.compose_into(b"abc", &mut out));
        assert_eq!(out, [1.0, 1.0]);
        assert!(!subwords.compose_into(b"</s>", &mut out));
        assert_eq!(out, [0.0, 0.0]);
    }
}
