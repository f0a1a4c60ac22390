//! Aligned words in, each word as a mixture of words of the other language out.

use ndarray::{ArrayView2, s};
use wordferry_vectors::SparseRows;

use crate::{Candidates, Criterion};

/// Words whose neighbours are looked for at a time.
const WORDS_AT_ONCE: usize = 4096;

/// How words are read as words of another language: the nearest by CSLS, more or less, and what a lexicon says.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SoftLexicon {
    /// Words that a word is read as, at most, besides those of a lexicon.
    pub k: usize,
    /// How much nearer words count more: a word weighs exp(β · CSLS). Above 0.
    pub beta: f32,
    /// What part of a word's reading a lexicon that has it decides, 0 to 1.
    pub lexicon_share: f32,
}

impl Default for SoftLexicon {
    /// The values that did best from German and Spanish into English, with no text of the other two directions looked at.
    fn default() -> Self {
        Self { k: 10, beta: 10.0, lexicon_share: 0.3 }
    }
}

impl SoftLexicon {
    /// A row a word (n × m): the weights of the words that it is read as. `words` (n × d) and `others` (m × d) are aligned, their rows of
    /// unit length; `entries` are the pairs of a lexicon. A row sums to the cosine of the nearest word, so that a
    /// word without a counterpart counts for little.
    ///
    /// # Panics
    /// If the two differ in dimension, or an entry names a row that is not there.
    pub fn read<'a>(
        &self,
        words: ArrayView2<'a, f32>,
        others: ArrayView2<'a, f32>,
        entries: &[(u32, u32)],
    ) -> SparseRows {
        let mut entries = entries.to_vec();
        entries.sort_unstable();
        entries.dedup();
        assert!(
            entries
                .iter()
                .all(|&(word, other)| (word as usize) < words.nrows() && (other as usize) < others.nrows()),
            "entries of rows"
        );
        let mut of_words = entries.chunk_by(|a, b| a.0 == b.0).peekable();
        let candidates = Candidates::new(others, words, Criterion::Csls { k: 10 });
        let mut rows = SparseRows::new(others.nrows());
        for start in (0..words.nrows()).step_by(WORDS_AT_ONCE) {
            let part = words.slice(s![start..words.nrows().min(start + WORDS_AT_ONCE), ..]);
            for (i, hits) in candidates.nearest(part, self.k).into_iter().enumerate() {
                let word = part.row(i);
                let own = of_words.next_if(|entries| entries[0].0 as usize == start + i).unwrap_or_default();
                let cosine = |row: u32| word.dot(&others.row(row as usize));
                let nearest = hits.iter().map(|hit| cosine(hit.row)).fold(0.0, f32::max);
                let best = hits.first().map_or(0.0, |hit| hit.score);
                let weights = hits.iter().map(|hit| (hit.row, (self.beta * (hit.score - best)).exp()));
                rows.push(self.mixed(weights.collect(), nearest, own));
            }
        }
        rows
    }

    /// Weights that sum to `total`, mixed with an equal share for each entry.
    fn mixed(&self, weights: Vec<(u32, f32)>, total: f32, entries: &[(u32, u32)]) -> Vec<(u32, f32)> {
        let share = if entries.is_empty() { 0.0 } else { self.lexicon_share };
        let sum: f32 = weights.iter().map(|(_, weight)| weight).sum();
        let scale = (1.0 - share) * total / sum.max(f32::MIN_POSITIVE);
        let mut mixed: Vec<(u32, f32)> =
            weights.into_iter().map(|(row, weight)| (row, weight * scale)).collect();
        for &(_, other) in entries {
            let weight = share / entries.len() as f32;
            match mixed.iter_mut().find(|(row, _)| *row == other) {
                Some((_, sum)) => *sum += weight,
                None => mixed.push((other, weight)),
            }
        }
        mixed.sort_unstable_by_key(|(row, _)| *row);
        mixed
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn read(entries: &[(u32, u32)]) -> SparseRows {
        let words: Array2<f32> = array![[1.0, 0.0], [0.6, 0.8]];
        let others: Array2<f32> = array![[0.0, 1.0], [0.8, 0.6], [1.0, 0.0]];
        SoftLexicon { k: 2, ..SoftLexicon::default() }.read(words.view(), others.view(), entries)
    }

    #[test]
    fn the_nearest_word_weighs_most_and_a_row_sums_to_its_cosine() {
        let rows = read(&[]);
        let (columns, values) = rows.row(0);
        assert_eq!(columns, [1, 2]);
        assert!(values[1] > values[0] && (values.iter().sum::<f32>() - 1.0).abs() < 1e-6, "{values:?}");
        let (_, values) = rows.row(1);
        assert!((values.iter().sum::<f32>() - 0.96).abs() < 1e-6, "{values:?}");
    }

    #[test]
    fn a_lexicon_decides_its_share() {
        let rows = read(&[(0, 0), (0, 0), (0, 2)]);
        let (columns, values) = rows.row(0);
        assert_eq!(columns, [0, 1, 2]);
        assert!((values[0] - 0.15).abs() < 1e-6 && values[2] > 0.15, "{values:?}");
        assert_eq!(rows.row(1), read(&[]).row(1));
    }
}
