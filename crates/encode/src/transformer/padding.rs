//! Texts of a batch side by side: padded to the longest for an engine that wants them so, and the padding taken out again.

#![cfg_attr(not(feature = "candle"), allow(dead_code, reason = "the crate's own forward pass pads nothing"))]

use ndarray::Array2;

/// The length that the texts of a batch are padded to.
pub(crate) fn longest(lengths: &[usize]) -> usize {
    lengths.iter().copied().max().unwrap_or(0).max(1)
}

/// Rows of texts one after the other, with zeros after each text that is not the longest.
pub(crate) fn padded(rows: &[f32], lengths: &[usize], size: usize) -> Vec<f32> {
    let row_length = longest(lengths) * size;
    let mut padded = vec![0.0; lengths.len() * row_length];
    let mut rest = rows;
    for (length, text) in lengths.iter().zip(padded.chunks_exact_mut(row_length)) {
        let (rows, others) = rest.split_at(length * size);
        text[..rows.len()].copy_from_slice(rows);
        rest = others;
    }
    padded
}

/// The rows of the texts' own tokens, *n_tokens × size*, from all rows.
pub(crate) fn unpadded(rows: &[f32], lengths: &[usize], size: usize) -> Array2<f32> {
    let row_length = longest(lengths) * size;
    let kept = rows.chunks_exact(row_length).zip(lengths).flat_map(|(text, n)| &text[..n * size]);
    let rows: Vec<f32> = kept.copied().collect();
    Array2::from_shape_vec((rows.len() / size, size), rows).expect("a row a token")
}
