//! Matrices brought to the precision that a store keeps them in.

use std::borrow::Cow;

use half::f16;
use ndarray::ArrayView2;
use rayon::prelude::*;
use safetensors::tensor::Dtype;

use super::Precision;
use crate::artefact::Borrowed;
use crate::rows::is_usable;

/// The largest number that an `i8` stands for; −128 is not used.
const STEPS: f32 = 127.0;

/// A matrix as it is stored.
pub(super) struct Encoded<'a> {
    shape: [usize; 2],
    dtype: Dtype,
    bytes: Cow<'a, [u8]>,
    /// The scales of rows of `i8`, as bytes.
    scales: Option<Vec<u8>>,
}

impl Encoded<'_> {
    /// The tensors, of which `names` are those of the matrix and its scales.
    pub(super) fn tensors(&self, names: [&'static str; 2]) -> impl Iterator<Item = Borrowed<'_>> {
        let Self { shape, dtype, bytes, scales } = self;
        let scales = scales.as_ref().map(|bytes| (Dtype::F32, &shape[..1], &bytes[..]));
        let parts = [Some((*dtype, &shape[..], &bytes[..])), scales];
        parts.into_iter().zip(names).filter_map(|(part, name)| {
            let (dtype, shape, bytes) = part?;
            Some(Borrowed { name, dtype, shape, bytes })
        })
    }
}

/// Encodes a matrix in standard layout, *n × d*; or says which row has values that are too large.
pub(super) fn encode(matrix: ArrayView2<'_, f32>, precision: Precision) -> Result<Encoded<'_>, usize> {
    let [n, d] = [matrix.nrows(), matrix.ncols()];
    let values = matrix.to_slice().unwrap_or_default();
    let largest = |row: &[f32]| row.iter().fold(0.0, |largest: f32, value| largest.max(value.abs()));
    let too_large = |row: &[f32]| match precision {
        Precision::F32 => false,
        Precision::F16 => !f16::from_f32(largest(row)).is_finite(),
        // As a reader sees it, who does not know that −128 is not used.
        Precision::I8 => !is_usable(largest(row) / STEPS * 128.0),
    };
    if let Some(row) = values.par_chunks_exact(d.max(1)).position_first(too_large) {
        return Err(row);
    }
    let (dtype, bytes, scales) = match precision {
        Precision::F32 => (Dtype::F32, little_endian(values), None),
        Precision::F16 => {
            let mut bytes = vec![0; values.len() * 2];
            let pairs = bytes.par_chunks_exact_mut(2).zip(values).with_min_len(1 << 14);
            pairs.for_each(|(two, value)| two.copy_from_slice(&f16::from_f32(*value).to_le_bytes()));
            (Dtype::F16, Cow::Owned(bytes), None)
        }
        Precision::I8 => {
            let scales: Vec<f32> =
                values.par_chunks_exact(d.max(1)).map(|row| largest(row) / STEPS).collect();
            let mut bytes = vec![0; values.len()];
            let rows =
                bytes.par_chunks_exact_mut(d.max(1)).zip(values.par_chunks_exact(d.max(1))).zip(&scales);
            rows.for_each(|((bytes, row), scale)| {
                bytes.iter_mut().zip(row).for_each(|(byte, value)| *byte = step(*value, *scale));
            });
            (Dtype::I8, Cow::Owned(bytes), Some(little_endian(&scales).into_owned()))
        }
    };
    Ok(Encoded { shape: [n, d], dtype, bytes, scales })
}

/// How many times the scale a value is.
fn step(value: f32, scale: f32) -> u8 {
    // The division of subnormal numbers may come out as more steps than there are, and that by zero as NaN, which a
    // conversion makes zero.
    let steps = (value / scale).round().clamp(-STEPS, STEPS);
    steps as i8 as u8
}

fn little_endian(values: &[f32]) -> Cow<'_, [u8]> {
    match cfg!(target_endian = "little") {
        true => Cow::Borrowed(bytemuck::cast_slice(values)),
        false => Cow::Owned(values.iter().flat_map(|value| value.to_le_bytes()).collect()),
    }
}

#[cfg(test)]
mod tests {
    use ndarray::{Array2, array};

    use super::*;

    #[test]
    fn too_large_values_are_named() {
        let matrix = array![[1.0, 2.0], [70_000.0, 0.0]];
        assert_eq!(encode(matrix.view(), Precision::F16).err(), Some(1));
        assert!(encode(matrix.view(), Precision::I8).is_ok());
        assert_eq!(encode(array![[f32::MAX]].view(), Precision::I8).err(), Some(0));
        assert!(encode(array![[f32::MAX]].view(), Precision::F32).is_ok());
    }

    #[test]
    fn rows_are_scaled_by_their_largest() {
        let matrix = array![[1.0, -0.5], [0.0, 0.0], [1e-45, 0.0]];
        let encoded = encode(matrix.view(), Precision::I8).unwrap();
        let steps: Vec<i8> = encoded.bytes.iter().map(|byte| *byte as i8).collect();
        assert_eq!(steps[..4], [127, -64, 0, 0]);
        assert_eq!(encoded.tensors(["a", "b"]).count(), 2);
        assert!(encode(Array2::zeros((0, 3)).view(), Precision::I8).is_ok());
    }
}
