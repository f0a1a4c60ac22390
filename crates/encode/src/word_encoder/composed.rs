//! Words that a vocabulary lacks in, what its n-grams make of them out, remembered from text to text.
//!
//! A word takes some 15 n-grams, and behind a map a product with its matrix; a third to a half of such words came before.

use ahash::AHashMap;
use wordferry_vectors::Embeddings;

/// Values that are remembered: 16 MiB. When there are more, all are forgotten.
const MOST_VALUES: usize = 1 << 22;
/// Bytes of the longest word that is remembered.
const LONGEST_WORD: usize = 64;

/// Vectors of words that were composed before.
pub(super) struct Composed {
    /// Where the vector of each word begins.
    places: AHashMap<Box<str>, usize>,
    /// One after the other.
    vectors: Vec<f32>,
    most: usize,
}

impl Default for Composed {
    fn default() -> Self {
        Self { places: AHashMap::new(), vectors: Vec::new(), most: MOST_VALUES }
    }
}

impl Composed {
    /// What the n-grams make of a word that is none of the vocabulary's; `None` if there are none.
    pub(super) fn get(&mut self, word: &str, embeddings: &Embeddings) -> Option<&[f32]> {
        let start = match self.places.get(word) {
            Some(start) => *start,
            None => self.compose(word, embeddings)?,
        };
        Some(&self.vectors[start..start + embeddings.dimension()])
    }

    /// Where the vector of a new word begins.
    fn compose(&mut self, word: &str, embeddings: &Embeddings) -> Option<usize> {
        if self.vectors.len() >= self.most {
            self.places.clear();
            self.vectors.clear();
        }
        let start = self.vectors.len();
        self.vectors.resize(start + embeddings.dimension(), 0.0);
        if embeddings.vector_into(word, &mut self.vectors[start..]).is_none() {
            self.vectors.truncate(start);
            return None;
        }
        if word.len() <= LONGEST_WORD {
            self.places.insert(word.into(), start);
        }
        Some(start)
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use wordferry_vectors::{Subwords, Vocabulary};

    use super::*;

    #[test]
    fn what_is_remembered_is_what_was_composed() {
        let (vocabulary, matrix) = (Vocabulary::from_words(["good"]), Array2::ones((1, 3)));
        let words = Embeddings::new(vocabulary.clone(), matrix.clone()).unwrap();
        let buckets = Array2::from_shape_fn((7, 3), |(i, j)| (i * 3 + j) as f32 / 7.0);
        let subwords = Subwords::new(2, 3, buckets).unwrap();
        let embeddings = Embeddings::with_subwords(vocabulary, matrix, subwords).unwrap();
        let mut composed = Composed { most: 9, ..Composed::default() };
        let long = "long".repeat(99);
        for word in ["bad", "film", "bad", &long, "x", "film", "bad", &long, "bad", "x"] {
            let mut expected = [0.0; 3];
            let found = embeddings.vector_into(word, &mut expected).map(|_| &expected[..]);
            assert_eq!(composed.get(word, &embeddings), found, "{word}");
            assert!(composed.vectors.len() <= 9 && !composed.places.contains_key(&*long));
        }
        assert_eq!(Composed::default().get("bad", &words), None);
    }
}
