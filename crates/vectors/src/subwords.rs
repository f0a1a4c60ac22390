//! fastText's character n-grams, bit for bit.
//!
//! A word in angle brackets is cut into n-grams of `min_n` to `max_n` characters; each is hashed (FNV-1a over *signed* bytes,
//! as fastText always did) into one of *b* buckets that own a vector. A word's vector is the mean over its n-grams, and its
//! own row if it has one (Bojanowski et al. 2017). `</s>`, the end of a sentence, has no n-grams.

use std::fmt;

use ndarray::Array2;

use crate::error::{Error, Result};
use crate::rows::Rows;

/// fastText's name of a line's end, which is no word and has no n-grams.
pub(crate) const END_OF_SENTENCE: &[u8] = b"</s>";

/// The n-gram table of a fastText model: *b × d*, one row a bucket.
#[derive(Clone)]
pub struct Subwords {
    min_n: usize,
    max_n: usize,
    rows: Rows,
}

impl Subwords {
    /// N-grams of `min_n` to `max_n` characters, in `rows.nrows()` buckets; `rows` is *b × d*.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] if there is no bucket, no column, or `min_n` is 0 or above `max_n`.
    pub fn new(min_n: usize, max_n: usize, rows: Array2<f32>) -> Result<Self> {
        Self::from_rows(min_n, max_n, Rows::Dense(rows.as_standard_layout().into_owned()))
    }

    pub(crate) fn from_rows(min_n: usize, max_n: usize, rows: Rows) -> Result<Self> {
        if min_n == 0 || min_n > max_n {
            return Err(Error::Mismatch {
                expected: "n-grams of at least 1 character, the shortest not longer than the longest"
                    .to_owned(),
                found: format!("{min_n} to {max_n} characters"),
            });
        }
        if rows.len() == 0 || rows.dimension() == 0 || rows.len() > u32::MAX as usize {
            return Err(Error::Mismatch {
                expected: "an n-gram table of 1 to 2³² − 1 rows".to_owned(),
                found: format!("{} × {}", rows.len(), rows.dimension()),
            });
        }
        Ok(Self { min_n, max_n, rows })
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
        Self::new(self.min_n, self.max_n, rows)
    }

    /// The fewest characters of an n-gram, angle brackets counted.
    pub fn min_n(&self) -> usize {
        self.min_n
    }

    /// The most characters of an n-gram, angle brackets counted.
    pub fn max_n(&self) -> usize {
        self.max_n
    }

    /// The number of buckets, *b*.
    pub fn buckets(&self) -> usize {
        self.rows.len()
    }

    /// The number of columns, *d*.
    pub fn dimension(&self) -> usize {
        self.rows.dimension()
    }

    /// The table, *b × d*, as a matrix of its own.
    pub fn to_matrix(&self) -> Array2<f32> {
        self.rows.to_matrix()
    }

    /// Calls `visit` with the bucket of every n-gram of `word`, in fastText's order: by start, then by length.
    pub fn for_each_bucket(&self, word: &[u8], mut visit: impl FnMut(usize)) {
        if word == END_OF_SENTENCE {
            return;
        }
        let bracketed = Bracketed(word);
        let length = word.len() + 2;
        for start in (0..length).filter(|at| !is_continuation(bracketed.byte(*at))) {
            let mut hash = FNV_OFFSET;
            let mut end = start;
            for n in 1..=self.max_n {
                if end == length {
                    break;
                }
                hash = fnv(hash, bracketed.byte(end));
                end += 1;
                while end < length && is_continuation(bracketed.byte(end)) {
                    hash = fnv(hash, bracketed.byte(end));
                    end += 1;
                }
                // A lone angle bracket says nothing.
                let bracket_only = n == 1 && (start == 0 || end == length);
                if n >= self.min_n && !bracket_only {
                    visit(hash as usize % self.buckets());
                }
            }
        }
    }

    /// Writes the mean of the n-gram vectors of `word` into `out` (*d* values), and says whether there was one; without
    /// any, `out` is all zeros.
    ///
    /// # Panics
    ///
    /// If `out` has not exactly *d* values.
    pub fn compose_into(&self, word: &[u8], out: &mut [f32]) -> bool {
        assert_eq!(out.len(), self.dimension(), "the vector's length must be the dimension");
        out.fill(0.0);
        self.add_and_average(word, 0, out) > 0
    }

    /// Adds the n-gram vectors of `word` to `sum`, which already holds `n_summed` vectors, and divides by their number as
    /// fastText does: by multiplication with the rounded inverse. The number of vectors in the mean.
    pub(crate) fn add_and_average(&self, word: &[u8], n_summed: usize, sum: &mut [f32]) -> usize {
        let mut n = n_summed;
        self.for_each_bucket(word, |bucket| {
            self.rows.add_to(bucket, sum);
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
        let (min_n, max_n, b, d) = (self.min_n, self.max_n, self.buckets(), self.dimension());
        write!(f, "Subwords({min_n} to {max_n} characters, {b} × {d})")
    }
}

/// A word between angle brackets, without building it.
struct Bracketed<'a>(&'a [u8]);

impl Bracketed<'_> {
    fn byte(&self, at: usize) -> u8 {
        if at == 0 { b'<' } else { self.0.get(at - 1).copied().unwrap_or(b'>') }
    }
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

const FNV_OFFSET: u32 = 2_166_136_261;

/// One step of FNV-1a, the byte taken as signed: those above 127 flip the upper 24 bits as well.
const fn fnv(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;

    use super::*;

    fn check(word: &str, min_n: usize, max_n: usize, n_grams: &[&str]) {
        let subwords = Subwords::new(min_n, max_n, Array2::zeros((1_000_003, 1))).unwrap();
        let mut found = Vec::new();
        subwords.for_each_bucket(word.as_bytes(), |bucket| found.push(bucket));
        let bucket = |gram: &&str| gram.bytes().fold(FNV_OFFSET, fnv) as usize % 1_000_003;
        assert_eq!(found, n_grams.iter().map(bucket).collect::<Vec<_>>(), "{word}");
    }

    #[test]
    fn n_grams_are_cut_at_characters() {
        check("ab", 2, 3, &["<a", "<ab", "ab", "ab>", "b>"]);
        check("ä", 1, 3, &["<ä", "<ä>", "ä", "ä>"]);
        check("", 1, 3, &["<>"]);
        check("", 3, 6, &[]);
        check("</s>", 1, 6, &[]);
        check("дом", 3, 3, &["<до", "дом", "ом>"]);
    }

    #[test]
    fn bytes_are_signed() {
        // "é" is 0xc3 0xa9: sign extension changes the hash of every byte above 127.
        let unsigned =
            "é".bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
        assert_ne!("é".bytes().fold(FNV_OFFSET, fnv), unsigned);
        assert_eq!("a".bytes().fold(FNV_OFFSET, fnv), 0xe40c_292c);
    }

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
