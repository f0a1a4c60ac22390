//! Rows of `f32`, whatever they are kept as.

use std::sync::Arc;

use ::finalfusion::prelude::StorageWrap;
use ::finalfusion::storage::Storage;
use ndarray::{Array2, ArrayView2, CowArray, Ix2};
use rayon::prelude::*;

use crate::bytes::Bytes;
use crate::encoded::EncodedRows;
use crate::quantised::QuantisedMatrix;

/// A matrix *n × d* of `f32`, owned or still as a file has it.
#[derive(Clone)]
pub(crate) enum Rows {
    /// In standard layout.
    Dense(Array2<f32>),
    /// Row by row in the bytes of a file.
    Encoded(EncodedRows),
    /// Rows of a quantised matrix from row `first` on, its codes in `bytes`.
    Quantised { bytes: Bytes, matrix: Arc<QuantisedMatrix>, first: usize, n: usize },
    /// Rows of a finalfusion file from row `first` on, dense or quantised.
    Finalfusion { storage: Arc<StorageWrap>, first: usize, n: usize },
}

impl Rows {
    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.nrows(),
            Self::Encoded(rows) => rows.len(),
            Self::Quantised { n, .. } | Self::Finalfusion { n, .. } => *n,
        }
    }

    pub(crate) fn dimension(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.ncols(),
            Self::Encoded(rows) => rows.dimension(),
            Self::Quantised { matrix, .. } => matrix.dimension(),
            Self::Finalfusion { storage, .. } => storage.shape().1,
        }
    }

    /// All rows where they lie, if they are `f32` there. Those of a file may hold values that cannot be used.
    pub(crate) fn as_matrix(&self) -> Option<ArrayView2<'_, f32>> {
        match self {
            Self::Dense(matrix) => Some(matrix.view()),
            Self::Encoded(rows) => rows.as_matrix(),
            Self::Quantised { .. } | Self::Finalfusion { .. } => None,
        }
    }

    /// One row where it lies, if it is `f32` there, and can be used.
    pub(crate) fn as_row(&self, row: usize) -> Option<&[f32]> {
        match self {
            Self::Dense(matrix) => {
                let (d, values) = (matrix.ncols(), matrix.as_slice()?);
                values.get(row * d..(row + 1) * d)
            }
            Self::Encoded(rows) => rows.as_row(row),
            Self::Quantised { .. } | Self::Finalfusion { .. } => None,
        }
    }

    /// Touches a row that will be added, where that may be waiting for memory: see [`Bytes::touch`].
    pub(crate) fn touch(&self, row: usize) {
        if let Self::Encoded(rows) = self {
            rows.touch(row);
        }
    }

    /// How many rows hold a value that cannot be used; they are used as rows of zeros. Of a file all rows are read for
    /// that. Others were checked when they were made.
    pub(crate) fn count_unusable(&self) -> usize {
        match self {
            Self::Encoded(rows) => rows.count_unusable(),
            Self::Dense(_) | Self::Quantised { .. } | Self::Finalfusion { .. } => 0,
        }
    }

    /// Adds row `row` to `sum`, value by value.
    pub(crate) fn add_to(&self, row: usize, sum: &mut [f32]) {
        match self {
            Self::Dense(matrix) => {
                sum.iter_mut().zip(matrix.row(row)).for_each(|(sum, value)| *sum += value);
            }
            Self::Encoded(rows) => rows.add_to(row, sum),
            Self::Quantised { bytes, matrix, first, .. } => matrix.add_to(bytes, first + row, sum),
            Self::Finalfusion { storage, first, .. } => {
                let values = storage.embedding(first + row);
                sum.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// All rows, lent where they lie if they are sound `f32` there.
    pub(crate) fn matrix(&self) -> CowArray<'_, f32, Ix2> {
        match self.as_matrix() {
            Some(matrix) if self.count_unusable() == 0 => matrix.into(),
            _ => self.decode().into(),
        }
    }

    fn decode(&self) -> Array2<f32> {
        let mut values = vec![0.0; self.len() * self.dimension()];
        let rows = values.par_chunks_exact_mut(self.dimension()).enumerate();
        rows.for_each(|(row, out)| self.add_to(row, out));
        Array2::from_shape_vec((self.len(), self.dimension()), values).unwrap_or_default()
    }
}

/// The little-endian values of `bytes`; a remainder of under four bytes is not looked at.
pub(crate) fn floats(bytes: &[u8]) -> impl ExactSizeIterator<Item = f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// The largest magnitude that a value of a file may have. Beyond it squares, and sums of what n-grams compose, would overflow;
/// trained vectors stay below a hundred.
pub(crate) const LARGEST: f32 = 1e15;

/// What messages call a value that [`is_usable`] refuses.
pub(crate) const UNUSABLE: &str = "NaN, infinity or a value beyond ±1e15";

/// Whether a value can be worked with: finite, and at most [`LARGEST`] in magnitude.
pub(crate) fn is_usable(value: f32) -> bool {
    value.abs() <= LARGEST
}

/// The largest magnitude of all values; not finite if one of them is not. Without a way out in the middle, many values are looked at at
/// a time: as integers, whose order is that of magnitudes, with NaN beyond infinity.
pub(crate) fn largest_magnitude(values: impl Iterator<Item = f32>) -> f32 {
    let largest = values.fold(0, |largest: u32, value| largest.max(value.to_bits() & 0x7fff_ffff));
    f32::from_bits(largest)
}

/// Sets rows of *d* values with one that cannot be used to zero, and counts them.
pub(crate) fn zero_unusable_rows(rows: &mut [u8], d: usize) -> u64 {
    let rows = rows.par_chunks_exact_mut(d * 4).filter(|row| !is_usable(largest_magnitude(floats(row))));
    rows.map(|row| row.fill(0)).count() as u64
}
