//! Aligned vectors in, encoders that read words of one language as words of another out.

use ndarray::{Array2, ArrayView2, Axis};
use wordferry_align::{Lexicon, SoftLexicon, look_up};
use wordferry_encode::CarryEncoder;
use wordferry_vectors::normalise::unit;
use wordferry_vectors::{Embeddings, WordId};

/// The encoder of a target, whose `embeddings` share the space of the source's, from that of the source. A word that the lexicon knows is
/// read as its entries in part.
pub(crate) fn target_encoder(
    source: &CarryEncoder,
    embeddings: Embeddings,
    lexicon: &Lexicon,
) -> CarryEncoder {
    let features: Vec<usize> = (source.features().iter())
        .filter_map(|(_, word)| source.embeddings().vocabulary().get_bytes(word))
        .map(|word| word.0 as usize)
        .collect();
    let others = unit_rows(source.embeddings().matrix().select(Axis(0), &features).view());
    let words = unit_rows(embeddings.matrix());
    let entries: Vec<(u32, u32)> = (lexicon.pairs().iter())
        .filter_map(|(from, to)| {
            let WordId(feature) = look_up(source.features(), from)?;
            let WordId(word) = look_up(embeddings.vocabulary(), to)?;
            Some((word, feature))
        })
        .collect();
    let table = SoftLexicon::default().read(words.view(), others.view(), &entries);
    source.carried_to(embeddings, table, &entries)
}

fn unit_rows(rows: ArrayView2<'_, f32>) -> Array2<f32> {
    let mut rows = rows.as_standard_layout().into_owned();
    for mut row in rows.rows_mut() {
        unit(row.as_slice_mut().expect("rows of a standard-layout matrix are contiguous"));
    }
    rows
}
