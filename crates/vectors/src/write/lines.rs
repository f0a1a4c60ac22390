//! Text with a header and word2vec binary: a row after the other, words before values.

use std::io::Write;
use std::path::Path;

use rayon::prelude::*;

use crate::atomic::write_atomically;
use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::vocabulary::WordId;
use crate::word2vec::MAX_WORD;

/// Rows that are formatted at a time, by one thread.
const ROWS: usize = 512;

/// Writes a line "n d" and then lines of a word and numbers.
pub(super) fn write_text(embeddings: &Embeddings, path: &Path) -> Result<()> {
    let separates = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\n' | b'\r');
    embeddings.check_words(
        |word| !word.is_empty() && !word.iter().any(separates),
        "words without spaces, tabs and line ends, which separate the fields of a text",
    )?;
    write_rows(embeddings, path, |values, row| {
        let mut number = zmij::Buffer::new();
        for value in values {
            row.push(b' ');
            let text = number.format_finite(*value);
            row.extend_from_slice(text.strip_suffix(".0").unwrap_or(text).as_bytes());
        }
        row.push(b'\n');
    })
}

/// Writes a line "n d" and then rows of a word, a space, little-endian `f32` and a newline.
pub(super) fn write_word2vec(embeddings: &Embeddings, path: &Path) -> Result<()> {
    let separates = |byte: &u8| matches!(byte, b' ' | b'\n');
    embeddings.check_words(
        |word| !word.is_empty() && !word.iter().any(separates) && (word.len() as u64) < MAX_WORD,
        "words without spaces and line ends, which end a word of a word2vec file",
    )?;
    write_rows(embeddings, path, |values, row| {
        row.push(b' ');
        values.iter().for_each(|value| row.extend_from_slice(&value.to_le_bytes()));
        row.push(b'\n');
    })
}

/// Writes the header and rows, each word followed by what `format` appends for its values. Rows are formatted on all cores.
fn write_rows(
    embeddings: &Embeddings,
    path: &Path,
    format: impl Fn(&[f32], &mut Vec<u8>) + Sync,
) -> Result<()> {
    let (vocabulary, d) = (embeddings.vocabulary(), embeddings.dimension());
    let matrix = embeddings.matrix();
    let values = matrix.to_slice().unwrap_or_default();
    let format_part = |(part, values): (usize, &[f32])| {
        let mut bytes = Vec::with_capacity(values.len() * 12);
        for (id, row) in (part * ROWS..).zip(values.chunks_exact(d)) {
            bytes.extend_from_slice(vocabulary.bytes(WordId(id as u32)));
            format(row, &mut bytes);
        }
        bytes
    };
    // As many parts at a time as keep all cores busy, and no more: the text of a matrix is larger than itself.
    let n_parts = rayon::current_num_threads() * 8;
    write_atomically(path, |file| {
        writeln!(file, "{} {d}", embeddings.len())?;
        for (group, values) in values.chunks(ROWS * d * n_parts).enumerate() {
            let parts = values.par_chunks(ROWS * d).enumerate();
            let parts: Vec<Vec<u8>> =
                parts.map(|(part, values)| format_part((group * n_parts + part, values))).collect();
            parts.iter().try_for_each(|part| file.write_all(part))?;
        }
        Ok(())
    })
}
