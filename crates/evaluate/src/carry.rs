//! Aligned vectors in, encoders that read words of one language as words of another out, or one's own as they come back from another.

use ndarray::{Array2, ArrayView2, Axis};
use wordferry_align::{Lexicon, SoftLexicon, look_up};
use wordferry_encode::CarryEncoder;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Embeddings, SparseRows, WordId};

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
