//! Aligned vectors in, encoders that read words of one language as words of another out, or one's own as they come back from another.

use ndarray::{Array2, ArrayView2, Axis};
use wordferry_align::{Lexicon, SoftLexicon, look_up};
use wordferry_encode::{CarryEncoder, WordEncoder};
use wordferry_vectors::normalise::unit;
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
    let (features, words) = (feature_rows(source), unit_rows(embeddings.matrix()));
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
/// as. What a classifier makes of such rows is as uncertain as what it makes of the target's.
///
/// # Errors
/// If the target's vectors have values that are not finite.
pub(crate) fn in_words_of(target: &Embeddings, source: &WordEncoder, texts: &[&str]) -> Result<WordEncoder> {
    let mut words = source.distinct_words(texts).concat();
    words.sort_unstable();
    words.dedup();
    let rows: Vec<usize> = words.iter().map(|word| word.index()).collect();
    let own = unit_rows(source.embeddings().matrix().select(Axis(0), &rows).view());
    let others = unit_rows(target.matrix());
    let read = SoftLexicon::default().read(own.view(), others.view(), &[]);
    let mut vectors = Array2::zeros(own.dim());
    for (i, mut vector) in vectors.rows_mut().into_iter().enumerate() {
        let (columns, values) = read.row(i);
        columns
            .iter()
            .zip(values)
            .for_each(|(&word, &value)| vector.scaled_add(value, &others.row(word as usize)));
    }
    let mut encoder = source.with_vectors(&words, unit_rows(vectors.view()))?;
    encoder.fit(texts);
    Ok(encoder)
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
    let rows: Vec<usize> = (source.features().iter())
        .filter_map(|(_, word)| vocabulary.get_bytes(word))
        .map(|word| word.0 as usize)
        .collect();
    unit_rows(source.embeddings().matrix().select(Axis(0), &rows).view())
}

fn unit_rows(rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut rows = rows.as_standard_layout().into_owned();
    for mut row in rows.rows_mut() {
        unit(row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"));
    }
    rows
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
        assert_eq!(encoder.embeddings().len(), 2, "words of the texts");
        let rows = encoder.encode(&["good", "rare"]).unwrap();
        assert!(rows[(0, 0)] > 0.5 && rows[(0, 1)] > 0.5, "next to {:?}: {rows}", [0.8, 0.6]);
        assert_eq!(rows.row(1), array![0.0, 0.0]);
    }
}
