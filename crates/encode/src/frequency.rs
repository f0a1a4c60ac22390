//! How probable each word of a vocabulary is, from counts or from its rank alone.

use wordferry_vectors::{Embeddings, WordId};

/// The probability of every word, in the order of the rows.
///
/// Files without counts are sorted by falling frequency, so that Zipf's law (p ∝ 1 / rank) stands in.
pub(crate) fn probabilities(embeddings: &Embeddings) -> Vec<f64> {
    let weights: Vec<f64> = (0..embeddings.len()).map(|row| occurrences(embeddings, row)).collect();
    let total = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    weights.into_iter().map(|weight| weight / total).collect()
}

/// How often a word occurred, or what stands in for that.
fn occurrences(embeddings: &Embeddings, row: usize) -> f64 {
    match embeddings.counts() {
        Some(counts) => counts[row] as f64,
        None => 1.0 / (row + 1) as f64,
    }
}

/// The same as costs, worked out a word at a time: −ln p.
pub(crate) struct Frequencies {
    total: f64,
    /// Occurrences of the rarest word that has any.
    fewest: f64,
}

impl Frequencies {
    pub(crate) fn of(embeddings: &Embeddings) -> Self {
        let occurrences = (0..embeddings.len()).map(|row| occurrences(embeddings, row)).filter(|n| *n > 0.0);
        let (total, fewest) =
            occurrences.fold((0.0, f64::INFINITY), |(total, fewest), n| (total + n, f64::min(fewest, n)));
        match total > 0.0 {
            true => Self { total, fewest },
            false => Self { total: 1.0, fewest: 1.0 },
        }
    }

    /// −ln p of a word; one that never occurred counts as the rarest.
    pub(crate) fn cost(&self, embeddings: &Embeddings, word: WordId) -> f64 {
        self.cost_of(occurrences(embeddings, word.index()))
    }

    /// −ln p of the rarest word, and at least ln 2.
    pub(crate) fn largest_cost(&self) -> f64 {
        self.cost_of(self.fewest).max(std::f64::consts::LN_2)
    }

    fn cost_of(&self, occurrences: f64) -> f64 {
        (self.total / occurrences.max(self.fewest)).ln()
    }
}
