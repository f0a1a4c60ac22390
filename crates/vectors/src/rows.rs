//! Rows of `f32` that are used where they lie.

use std::sync::Arc;

use ::finalfusion::prelude::StorageWrap;
use ::finalfusion::storage::Storage;
use ndarray::Array2;
use rayon::prelude::*;

use crate::quantised::QuantisedMatrix;

/// A matrix *n × d* of `f32`, owned or still as the bytes of a file.
#[derive(Clone)]
pub(crate) enum Rows {
    Dense(Array2<f32>),
    /// Little-endian, row by row from byte `start` on. A file's matrix begins at any byte, so that it is no `[f32]`.
    Bytes {
        bytes: Arc<Vec<u8>>,
        start: usize,
        n: usize,
        d: usize,
    },
    /// Rows of a quantised matrix from row `first` on, its codes in `bytes`.
    Quantised {
        bytes: Arc<Vec<u8>>,
        matrix: Arc<QuantisedMatrix>,
        first: usize,
        n: usize,
    },
    /// Rows of a finalfusion file from row `first` on, dense or quantised.
    Finalfusion {
        storage: Arc<StorageWrap>,
        first: usize,
        n: usize,
    },
}

impl Rows {
    /// The part of `bytes` that begins at `start`, as rows; `None` if it does not hold *n × d* values.
    pub(crate) fn within(bytes: Arc<Vec<u8>>, start: usize, n: usize, d: usize) -> Option<Self> {
        let length = n.checked_mul(d)?.checked_mul(4)?;
        (start.checked_add(length)? <= bytes.len()).then_some(Self::Bytes { bytes, start, n, d })
    }

    pub(crate) fn len(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.nrows(),
            Self::Bytes { n, .. } | Self::Quantised { n, .. } | Self::Finalfusion { n, .. } => *n,
        }
    }

    pub(crate) fn dimension(&self) -> usize {
        match self {
            Self::Dense(matrix) => matrix.ncols(),
            Self::Bytes { d, .. } => *d,
            Self::Quantised { matrix, .. } => matrix.dimension(),
            Self::Finalfusion { storage, .. } => storage.shape().1,
        }
    }

    /// Adds row `row` to `sum`, value by value.
    pub(crate) fn add_to(&self, row: usize, sum: &mut [f32]) {
        match self {
            Self::Dense(matrix) => {
                sum.iter_mut().zip(matrix.row(row)).for_each(|(sum, value)| *sum += value);
            }
            Self::Bytes { bytes, start, d, .. } => {
                let start = start + row * d * 4;
                let values = floats(&bytes[start..start + d * 4]);
                sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
            }
            Self::Quantised { bytes, matrix, first, .. } => matrix.add_to(bytes, first + row, sum),
            Self::Finalfusion { storage, first, .. } => {
                let values = storage.embedding(first + row);
                sum.iter_mut().zip(&values).for_each(|(sum, value)| *sum += value);
            }
        }
    }

    /// All rows as a matrix of their own.
    pub(crate) fn to_matrix(&self) -> Array2<f32> {
        match self {
            Self::Dense(matrix) => matrix.clone(),
            Self::Bytes { bytes, start, n, d } => {
                let values = floats(&bytes[*start..start + n * d * 4]).collect();
                Array2::from_shape_vec((*n, *d), values).unwrap_or_default()
            }
            Self::Quantised { n, .. } | Self::Finalfusion { n, .. } => {
                let mut decoded = Array2::zeros((*n, self.dimension()));
                for (row, mut out) in decoded.rows_mut().into_iter().enumerate() {
                    out.as_slice_mut().into_iter().for_each(|out| self.add_to(row, out));
                }
                decoded
            }
        }
    }
}

/// The little-endian values of `bytes`; a remainder of under four bytes is not looked at.
pub(crate) fn floats(bytes: &[u8]) -> impl ExactSizeIterator<Item = f32> {
    bytes.chunks_exact(4).map(|four| f32::from_le_bytes([four[0], four[1], four[2], four[3]]))
}

/// Sets rows of *d* values with one that is not finite to zero, and counts them.
pub(crate) fn zero_non_finite_rows(rows: &mut [u8], d: usize) -> u64 {
    let rows = rows.par_chunks_exact_mut(d * 4).filter(|row| {
        // Without a way out in the middle, a row is looked at many values at a time.
        !floats(row).fold(true, |finite, value| finite & value.is_finite())
    });
    rows.map(|row| row.fill(0)).count() as u64
}
