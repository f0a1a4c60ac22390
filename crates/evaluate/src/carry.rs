//! Aligned vectors in, encoders that read words of one language as words of another out, or one's own as they come back from another.

use ndarray::{Array1, Array2, Axis, aview1};
use wordferry_align::{Lexicon, SoftLexicon, look_up};
use wordferry_encode::{CarryEncoder, WordEncoder};
use wordferry_vectors::normalise::unit_rows;
use wordferry_vectors::{Embeddings, SparseRows, WordId};

use crate::Result;

/// What carries words of a target over, one by one, to those of the source.
pub(crate) struct Carriers {
    /// Reads the target. A word that the lexicon knows is read as its entries in part.
    pub(crate) target: CarryEncoder,
    /// Reads the source; its texts lose what is lost on the way into the target's words and back.
    pub(crate) there_and_back: CarryEncoder,
}

/// The encoders of a target, whose `embeddings` share the space of the source's. `language` is its code.
pub(crate) fn carriers(
    source: &CarryEncoder,
    embeddings: Embeddings,
    language: &str,
    lexicon: &Lexicon,
) -> Carriers {
    let (features, words) = (feature_rows(source), unit_rows(embeddings.matrix().to_owned()));
    let entries = entries(source, &embeddings, lexicon);
    let table = SoftLexicon::default().read(words.view(), features.view(), &entries);
    let target = source.carried_to(embeddings, language, table, &entries);
    let turned: Vec<(u32, u32)> = entries.into_iter().map(|(word, feature)| (feature, word)).collect();
    let read = SoftLexicon::default().read(features.view(), words.view(), &turned);
    // However far the nearest word lies, a word is put into others as a whole; what is lost is lost on the way back.
    let mut there = SparseRows::new(words.nrows());
    for feature in 0..read.n_rows() {
        let (columns, values) = read.row(feature);
        let sum = values.iter().sum::<f32>().max(f32::MIN_POSITIVE);
        there.push(columns.iter().copied().zip(values.iter().map(|value| value / sum)));
    }
    Carriers { there_and_back: source.there_and_back(&there, &target), target }
}

/// An encoder of the source's `texts` as if their words were the target's: each has the vector of the words of the target that it is read
/// as. What a classifier makes of such rows is as uncertain as what it makes of the target's. It has learned nothing from texts yet.
///
/// # Errors
/// If the target's vectors are not usable.
pub(crate) fn in_words_of(target: &Embeddings, source: &WordEncoder, texts: &[&str]) -> Result<WordEncoder> {
    let mut words = source.distinct_words(texts).concat();
    words.sort_unstable();
    words.dedup();
    let own = unit_rows_of(source.embeddings(), words.iter().copied());
    let others = unit_rows(target.matrix().to_owned());
    let read = SoftLexicon::default().read(own.view(), others.view(), &[]);
    let mut vectors = Array2::zeros(own.dim());
    for (i, mut vector) in vectors.rows_mut().into_iter().enumerate() {
        vector.assign(&mean_word(target, read.row(i)));
    }
    let embeddings = source.embeddings().with_vectors(&words, vectors.view())?;
    Ok(WordEncoder::with_tokenisation(embeddings, source.pooling(), source.tokenisation()))
}

/// The vector of a word that is read as words of `target` by their weights: their mean direction and their mean length. A mean of vectors would be
/// shorter than they are. Zeros, if all weights are 0.
fn mean_word(target: &Embeddings, (words, weights): (&[u32], &[f32])) -> Array1<f32> {
    let mut mean = Array1::<f64>::zeros(target.dimension());
    let (mut lengths, mut sum) = (0.0, 0.0);
    for (&word, &weight) in words.iter().zip(weights) {
        let (row, weight) = (aview1(target.row(WordId(word))).mapv(f64::from), f64::from(weight));
        lengths += weight * row.dot(&row).sqrt();
        sum += weight;
        mean.scaled_add(weight, &row);
    }
    let length = mean.dot(&mean).sqrt();
    let scale = if length > 0.0 { lengths / sum / length } else { 0.0 };
    mean.mapv(|value| (value * scale) as f32)
}

/// Pairs of a lexicon as words of the target and features.
fn entries(source: &CarryEncoder, target: &Embeddings, lexicon: &Lexicon) -> Vec<(u32, u32)> {
    let entry = |(from, to): &(String, String)| {
        let WordId(feature) = look_up(source.features(), from)?;
        let WordId(word) = look_up(target.vocabulary(), to)?;
        Some((word, feature))
    };
    lexicon.pairs().iter().filter_map(entry).collect()
}

/// The vectors of the features' words.
fn feature_rows(source: &CarryEncoder) -> Array2<f32> {
    let vocabulary = source.embeddings().vocabulary();
    let words = source.features().iter().filter_map(|(_, word)| vocabulary.get_bytes(word));
    unit_rows_of(source.embeddings(), words)
}

/// The vectors of words, of unit length, m × d.
fn unit_rows_of(embeddings: &Embeddings, words: impl Iterator<Item = WordId>) -> Array2<f32> {
    let rows: Vec<usize> = words.map(WordId::index).collect();
    unit_rows(embeddings.matrix().select(Axis(0), &rows))
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use wordferry_encode::{Encoder, Pooling};
    use wordferry_vectors::Vocabulary;

    use super::*;

    fn embeddings<const N: usize>(words: [&str; N], rows: Array2<f32>) -> Embeddings {
        Embeddings::new(Vocabulary::from_words(words), rows).unwrap()
    }

    #[test]
    fn texts_are_read_by_the_vectors_of_the_targets_words() {
        let source = embeddings(["good", "bad", "rare"], array![[1.0, 0.0], [0.0, 1.0], [-1.0, 0.0]]);
        let target = embeddings(["gut", "schlecht"], array![[1.6, 1.2], [-0.6, 0.8]]);
        let source = WordEncoder::new(source, Pooling::Mean);
        let encoder = in_words_of(&target, &source, &["good bad", "good"]).unwrap();
        let read = |word: u32| encoder.embeddings().row(WordId(word)).to_vec();
        let expected = [1.6, 1.2];
        assert!(
            read(0).iter().zip(expected).all(|(found, expected)| (found - expected).abs() < 0.2),
            "{:?}",
            read(0)
        );
        assert_eq!(read(2), [-1.0, 0.0], "of no text");
        assert_eq!(encoder.space(), source.space());
    }
}
