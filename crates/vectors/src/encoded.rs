//! A matrix in the bytes of a file: `f32`, `f16`, or `i8` with a scale for each row, all little-endian.
//!
//! Nothing is decoded before it is asked for, so nothing is known about the values either: a row that holds
//! NaN, an infinity or a value beyond ±10¹⁵ counts as a row of zeros, wherever it is used.

use std::ops::Range;
use std::thread;

use half::f16;
use ndarray::ArrayView2;

use crate::bytes::{Bytes, Numbers, as_numbers};
use crate::rows::{floats, is_usable, largest_magnitude};

/// Rows, *n × d*, from the start of `bytes` on.
#[derive(Clone)]
pub(crate) struct EncodedRows {
    bytes: Bytes,
    n: usize,
    d: usize,
    encoding: Encoding,
}

/// What a value is.
#[derive(Clone)]
pub(crate) enum Encoding {
    F32,
    F16,
    /// To be multiplied by the scale of its row.
    I8(Numbers<f32>),
}

impl EncodedRows {
    /// *n × d* values at the start of `bytes`; `None` if there are fewer, or fewer scales than rows.
    pub(crate) fn new(bytes: Bytes, n: usize, d: usize, encoding: Encoding) -> Option<Self> {
        let scaled = !matches!(&encoding, Encoding::I8(scales) if scales.len() < n);
        let length = n.checked_mul(d)?.checked_mul(encoding.width())?;
        let bytes = bytes.slice(0..length).filter(|_| scaled && d > 0)?;
        Some(Self { bytes, n, d, encoding })
    }

    pub(crate) fn len(&self) -> usize {
        self.n
    }

    pub(crate) fn dimension(&self) -> usize {
        self.d
    }

    pub(crate) fn encoding(&self) -> &Encoding {
        &self.encoding
    }

    /// The matrix as it lies in the file, if that is a matrix of `f32` for this machine. Rows are as they are.
    pub(crate) fn as_matrix(&self) -> Option<ArrayView2<'_, f32>> {
        match self.encoding {
            Encoding::F32 => as_numbers(&self.bytes)
                .and_then(|values| ArrayView2::from_shape((self.n, self.d), values).ok()),
            Encoding::F16 | Encoding::I8(_) => None,
        }
    }

    /// The row as it lies in the file, if it can be used there.
    pub(crate) fn as_row(&self, row: usize) -> Option<&[f32]> {
        match self.encoding {
            Encoding::F32 => {
                let bytes = &self.bytes[self.range(row)];
                as_numbers(bytes).filter(|_| self.is_usable(row, bytes))
            }
            Encoding::F16 | Encoding::I8(_) => None,
        }
    }

    /// Touches a row that will be added: see [`Bytes::touch`].
    pub(crate) fn touch(&self, row: usize) {
        self.bytes.touch(self.range(row));
    }

    /// Adds row `row` to `sum`, value by value, unless it cannot be used.
    pub(crate) fn add_to(&self, row: usize, sum: &mut [f32]) {
        self.bytes.with_part(self.range(row), |bytes| {
            if !self.is_usable(row, bytes) {
                return;
            }
            match &self.encoding {
                Encoding::F32 => add(sum, floats(bytes)),
                Encoding::F16 => add(sum, halves(bytes).map(f16::to_f32)),
                Encoding::I8(scales) => {
                    let scale = scales[row];
                    add(sum, bytes.iter().map(|value| f32::from(*value as i8) * scale));
                }
            }
        });
    }

    /// How many rows hold a value that cannot be used. Reads all of them, on threads of its own: what waits for the answer
    /// under a lock must not be given other work meanwhile, as rayon would.
    pub(crate) fn count_unusable(&self) -> usize {
        let n_each = self.n.div_ceil(rayon::current_num_threads()).max(1);
        let count = |start: usize| {
            (start..self.n.min(start + n_each))
                .filter(|row| !self.is_usable(*row, &self.bytes[self.range(*row)]))
                .count()
        };
        thread::scope(|scope| {
            let parts: Vec<_> =
                (0..self.n).step_by(n_each).map(|start| scope.spawn(move || count(start))).collect();
            parts.into_iter().map(|part| part.join().unwrap_or_default()).sum()
        })
    }

    fn is_usable(&self, row: usize, bytes: &[u8]) -> bool {
        match &self.encoding {
            Encoding::F32 => is_usable(largest_magnitude(floats(bytes))),
            // Without a way out in the middle, many values are looked at at a time.
            Encoding::F16 => halves(bytes).fold(true, |finite, value| finite & value.is_finite()),
            // The largest magnitude is 128, whose product may overflow.
            Encoding::I8(scales) => is_usable(scales[row] * 128.0),
        }
    }

    fn range(&self, row: usize) -> Range<usize> {
        let width = self.d * self.encoding.width();
        row * width..(row + 1) * width
    }
}

impl Encoding {
    /// Bytes a value.
    fn width(&self) -> usize {
        match self {
            Self::F32 => 4,
            Self::F16 => 2,
            Self::I8(_) => 1,
        }
    }
}

fn halves(bytes: &[u8]) -> impl Iterator<Item = f16> {
    bytes.chunks_exact(2).map(|two| f16::from_le_bytes([two[0], two[1]]))
}

fn add(sum: &mut [f32], values: impl Iterator<Item = f32>) {
    sum.iter_mut().zip(values).for_each(|(sum, value)| *sum += value);
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(encoding: Encoding, bytes: &[u8], expected: [[f32; 2]; 2]) {
        let rows = EncodedRows::new(Bytes::from(bytes.to_vec()), 2, 2, encoding).unwrap();
        for (row, expected) in expected.into_iter().enumerate() {
            let mut sum = [1.0, 10.0];
            rows.add_to(row, &mut sum);
            assert_eq!(sum, [1.0 + expected[0], 10.0 + expected[1]]);
        }
        assert_eq!(rows.count_unusable(), expected.iter().filter(|row| **row == [0.0, 0.0]).count());
    }

    fn f32s(values: [f32; 4]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn values_are_decoded_and_rows_that_cannot_be_used_are_zeros() {
        check(Encoding::F32, &f32s([1.5, -2.0, 0.25, 4.0]), [[1.5, -2.0], [0.25, 4.0]]);
        check(Encoding::F32, &f32s([1.5, f32::NAN, 0.25, 4.0]), [[0.0, 0.0], [0.25, 4.0]]);
        check(Encoding::F32, &f32s([1.5, -2e15, 0.25, 1e15]), [[0.0, 0.0], [0.25, 1e15]]);
        let halves = [0x00, 0x3e, 0x00, 0xc0, 0x00, 0x34, 0x00, 0x44];
        check(Encoding::F16, &halves, [[1.5, -2.0], [0.25, 4.0]]);
        check(Encoding::F16, &[0x00, 0x3e, 0x00, 0xfc, 0x00, 0x34, 0x00, 0x44], [[0.0; 2], [0.25, 4.0]]);
        let scales = |scales: [f32; 2]| Encoding::I8(Numbers::Own(scales.to_vec()));
        check(scales([0.5, 2.0]), &[3, 0xfc, 0x80, 127], [[1.5, -2.0], [-256.0, 254.0]]);
        check(scales([0.5, f32::INFINITY]), &[3, 0xfc, 0, 127], [[1.5, -2.0], [0.0, 0.0]]);
        check(scales([3e38, 1.0]), &[3, 0xfc, 1, 2], [[0.0, 0.0], [1.0, 2.0]]);
    }

    #[test]
    fn rows_are_lent_if_they_are_sound() {
        let bytes = Bytes::from(f32s([1.5, f32::NAN, 0.25, 4.0]));
        let rows = EncodedRows::new(bytes, 2, 2, Encoding::F32).unwrap();
        assert_eq!(rows.as_row(0), None);
        if let Some(row) = rows.as_row(1) {
            assert_eq!(row, [0.25, 4.0]);
        }
    }

    #[test]
    fn matrices_beyond_the_bytes_are_refused() {
        let bytes = Bytes::from(vec![0; 15]);
        assert!(EncodedRows::new(bytes.clone(), 2, 2, Encoding::F32).is_none());
        assert!(EncodedRows::new(bytes.clone(), usize::MAX, 2, Encoding::F16).is_none());
        assert!(EncodedRows::new(bytes.clone(), 2, 2, Encoding::I8(Numbers::Own(vec![1.0]))).is_none());
        assert!(EncodedRows::new(bytes, 5, 0, Encoding::F16).is_none());
    }
}
