//! Vectors of sentences, as fastText takes them (`get_sentence_vector`).
//!
//! Of a supervised model it is the mean over all input rows of the line: those of its words with their
//! n-grams, of the end of the sentence, and of its word n-grams, hashed into the same buckets (Joulin et al.
//! 2017). Of any other model it is the mean of the words' vectors, each brought to length 1 before; words
//! without a vector are passed over.

use crate::embeddings::Embeddings;
use crate::ngrams::{Buckets, Lengths, word_hash};
use crate::rows::Rows;
use crate::subwords::END_OF_SENTENCE;
use crate::vectors::WordRows;
use crate::vocabulary::Vocabulary;

/// What begins a label, unless a program was told otherwise.
const LABEL_PREFIX: &[u8] = b"__label__";
/// By what fastText folds the hashes of a word n-gram's words into one.
const WORD_N_GRAM_FACTOR: u64 = 116_049_371;

/// How a supervised model composes a line.
pub(crate) struct Lines {
    /// Words' own rows.
    pub(crate) words: WordRows,
    /// The rows of n-grams, of characters and of words alike; none where the model has no n-grams.
    pub(crate) n_grams: Option<Rows>,
    pub(crate) buckets: Buckets,
    /// The lengths of character n-grams; none where the model has no such n-grams.
    pub(crate) characters: Option<Lengths>,
    /// The most words of a word n-gram.
    pub(crate) n_words: usize,
    /// The labels, which are no words.
    pub(crate) labels: Vocabulary,
}

impl Embeddings {
    /// Writes the vector of a sentence into `out` (*d* values) and says whether any word had one; otherwise
    /// `out` is all zeros. Words are what white space separates, line ends included; `text` is one sentence.
    ///
    /// A supervised fastText model composes lines as in training, which is not the mean of its word vectors.
    /// All others, and a supervised model's vectors that were mapped or taken from an artefact, average words
    /// of length 1.
    ///
    /// # Panics
    ///
    /// If `out` has not exactly *d* values.
    pub fn sentence_into(&self, text: &str, out: &mut [f32]) -> bool {
        assert_eq!(out.len(), self.dimension(), "the vector's length must be the dimension");
        out.fill(0.0);
        let n = match self.lines() {
            Some(lines) => lines.add_to(self.vocabulary(), text.as_bytes(), out),
            None => self.add_unit_words_to(text.as_bytes(), out),
        };
        if n > 0 {
            scale(out, n as f64);
        }
        n > 0
    }

    /// Adds the words' vectors, each of length 1, and counts them.
    fn add_unit_words_to(&self, text: &[u8], sum: &mut [f32]) -> usize {
        let mut vector = vec![0.0; sum.len()];
        let mut n = 0;
        for word in text.split(is_space).filter(|word| !word.is_empty()) {
            self.vector_of_bytes_into(word, &mut vector);
            let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
            if norm > 0.0 {
                scale(&mut vector, f64::from(norm));
                sum.iter_mut().zip(&vector).for_each(|(sum, value)| *sum += value);
                n += 1;
            }
        }
        n
    }
}

impl Lines {
    /// Adds all input rows of a line, and counts them.
    fn add_to(&self, vocabulary: &Vocabulary, text: &[u8], sum: &mut [f32]) -> usize {
        let mut n = 0;
        let mut hashes = Vec::new();
        // Here, unlike above, a zero byte separates words too.
        let tokens = text.split(|byte| is_space(byte) || *byte == 0).filter(|token| !token.is_empty());
        for token in tokens.chain([END_OF_SENTENCE]) {
            if !self.is_label(vocabulary, token) {
                n += self.add_word_to(vocabulary, token, sum);
                // Words that have no row take part in word n-grams all the same.
                hashes.push(word_hash(token));
            }
            if token == END_OF_SENTENCE {
                break;
            }
        }
        n + self.add_word_n_grams_to(&hashes, sum)
    }

    fn is_label(&self, vocabulary: &Vocabulary, token: &[u8]) -> bool {
        self.labels.get_bytes(token).is_some()
            || (token.starts_with(LABEL_PREFIX) && vocabulary.get_bytes(token).is_none())
    }

    fn add_word_to(&self, vocabulary: &Vocabulary, word: &[u8], sum: &mut [f32]) -> usize {
        let mut n = 0;
        if let Some(id) = vocabulary.get_bytes(word) {
            self.words.add_to(id, sum);
            n += 1;
        }
        if let (Some(lengths), Some(rows)) = (self.characters, &self.n_grams)
            && word != END_OF_SENTENCE
        {
            self.buckets.for_each_row(word, lengths, |row| {
                rows.add_to(row, sum);
                n += 1;
            });
        }
        n
    }

    fn add_word_n_grams_to(&self, hashes: &[u32], sum: &mut [f32]) -> usize {
        let Some(rows) = &self.n_grams else { return 0 };
        let mut n = 0;
        for (first, hash) in hashes.iter().enumerate() {
            let mut folded = widen(*hash);
            for next in hashes[first + 1..].iter().take(self.n_words.saturating_sub(1)) {
                folded = folded.wrapping_mul(WORD_N_GRAM_FACTOR).wrapping_add(widen(*next));
                if let Some(row) = self.buckets.row(folded) {
                    rows.add_to(row, sum);
                    n += 1;
                }
            }
        }
        n
    }
}

/// As fastText keeps a word's hash in an `i32` before it widens it.
fn widen(hash: u32) -> u64 {
    i64::from(hash as i32) as u64
}

/// Divides as fastText does: by multiplication with the rounded inverse.
fn scale(values: &mut [f32], by: f64) {
    let inverse = (1.0 / by) as f32;
    values.iter_mut().for_each(|value| *value *= inverse);
}

/// White space of the "C" locale.
fn is_space(byte: &u8) -> bool {
    matches!(byte, b' ' | b'\t'..=b'\r')
}
