//! How probable each word of a vocabulary is, from counts or from its rank alone.

use wordferry_vectors::Embeddings;

/// The probability of every word, in the order of the rows.
///
/// Files without counts are sorted by falling frequency, so that Zipf's law (p ∝ 1 / rank) stands in.
pub(crate) fn probabilities(embeddings: &Embeddings) -> Vec<f64> {
    let weights: Vec<f64> = match embeddings.counts() {
        Some(counts) => counts.iter().map(|&count| count as f64).collect(),
        None => (1..=embeddings.len()).map(|rank| 1.0 / rank as f64).collect(),
    };
    let total = weights.iter().sum::<f64>().max(f64::MIN_POSITIVE);
    weights.into_iter().map(|weight| weight / total).collect()
}
