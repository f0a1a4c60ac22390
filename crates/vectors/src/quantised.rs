//! Product-quantised matrices of fastText `.ftz` models (Joulin et al. 2016): a row is cut into parts, and
//! each part is a one-byte code that stands for one of 256 centroids.
//!
//! In a file, all little-endian: a byte that says whether norms are quantised apart; `i64` *m*, `i64` *d*,
//! `i32` number of codes; the codes, *m* rows of one byte a part; the quantiser (`i32` *d*, parts, values a
//! part, values of the last part; *d* × 256 `f32`); and with norms *m* one-byte codes and a quantiser of one
//! value. Codes stay where they lie in the file's bytes and are looked up when a row is asked for.

use crate::error::Fault;
use crate::fields::Fields;
use crate::rows::{UNUSABLE, floats, is_usable};

/// The number of centroids of a part: as many as a byte tells apart.
const CENTROIDS: usize = 256;
/// The most values that a code may stand for. fastText's own choice is 2; the bound keeps the decoded matrix
/// in proportion to the file.
pub(crate) const MAX_WIDTH: usize = 64;

/// A quantised matrix, *m × d*, whose codes lie in bytes that are kept elsewhere.
pub(crate) struct QuantisedMatrix {
    m: usize,
    codes: usize,
    quantiser: Quantiser,
    norms: Option<Norms>,
}

/// The norm of every row: the byte from which their codes lie, and what a code stands for.
struct Norms {
    codes: usize,
    quantiser: Quantiser,
}

impl QuantisedMatrix {
    /// Reads where the parts of a matrix of `d` columns lie.
    pub(crate) fn read(fields: &mut Fields<'_>, d: usize) -> Result<Self, Fault> {
        let has_norms = fields.u8("the mark of quantised norms")? != 0;
        let m = fields.count64("the number of rows")?;
        let columns = fields.count64("the number of columns")?;
        if columns != d || m == 0 || m > u32::MAX as usize {
            let expected = format!("a matrix of at least 1 × {d}");
            return Err(fields.fault_before(16, expected, format!("{m} × {columns}")));
        }
        let n_codes = fields.count32("the number of codes")?;
        if n_codes == 0 || !n_codes.is_multiple_of(m) {
            let expected = format!("as many codes for each of {m} rows");
            return Err(fields.fault_before(4, expected, format!("{n_codes} codes")));
        }
        let codes = fields.position();
        fields.take(n_codes, "the codes of the matrix")?;
        let quantiser = Quantiser::read(fields, d, n_codes / m)?;
        let norms = match has_norms {
            true => Some(Norms::read(fields, m)?),
            false => None,
        };
        let matrix = Self { m, codes, quantiser, norms };
        match is_usable(matrix.largest()) {
            true => Ok(matrix),
            false => Err(fields.fault("a quantised matrix of finite values", UNUSABLE)),
        }
    }

    /// The number of rows, *m*.
    pub(crate) fn len(&self) -> usize {
        self.m
    }

    /// The number of columns, *d*.
    pub(crate) fn dimension(&self) -> usize {
        self.quantiser.d
    }

    /// Adds row `row` to `sum`, value by value; `bytes` are those of the file that the matrix was read from.
    pub(crate) fn add_to(&self, bytes: &[u8], row: usize, sum: &mut [f32]) {
        let norm = self.norms.as_ref().map_or(1.0, |norms| norms.of(bytes, row));
        let quantiser = &self.quantiser;
        let codes = &bytes[self.codes + row * quantiser.parts..][..quantiser.parts];
        for ((part, code), sum) in codes.iter().enumerate().zip(sum.chunks_mut(quantiser.width)) {
            let centroid = quantiser.centroid(part, *code);
            sum.iter_mut().zip(centroid).for_each(|(sum, value)| *sum += norm * value);
        }
    }

    /// A bound of every value's magnitude.
    fn largest(&self) -> f32 {
        let norm = self.norms.as_ref().map_or(1.0, |norms| norms.quantiser.largest());
        norm * self.quantiser.largest()
    }
}

impl Norms {
    fn read(fields: &mut Fields<'_>, m: usize) -> Result<Self, Fault> {
        let codes = fields.position();
        fields.take(m, "the codes of the norms")?;
        Ok(Self { codes, quantiser: Quantiser::read(fields, 1, 1)? })
    }

    fn of(&self, bytes: &[u8], row: usize) -> f32 {
        self.quantiser.centroid(0, bytes[self.codes + row])[0]
    }
}

/// What codes stand for.
struct Quantiser {
    d: usize,
    parts: usize,
    /// The values of a part; the last part may have fewer.
    width: usize,
    /// Part by part, 256 centroids each.
    centroids: Vec<f32>,
}

impl Quantiser {
    /// Reads a quantiser of `d` values in `parts` parts.
    fn read(fields: &mut Fields<'_>, d: usize, parts: usize) -> Result<Self, Fault> {
        let found = [
            fields.count32("the dimension of the quantiser")?,
            fields.count32("the number of its parts")?,
            fields.count32("the values of a part")?,
            fields.count32("the values of the last part")?,
        ];
        let width = found[2];
        let before_last = parts.checked_sub(1).and_then(|parts| parts.checked_mul(width));
        let last = before_last.and_then(|before| d.checked_sub(before));
        let fits = last == Some(found[3]) && width <= MAX_WIDTH && (1..=width).contains(&found[3]);
        if found[..2] != [d, parts] || !fits {
            let expected =
                format!("a quantiser that cuts {d} values into {parts} parts of at most {MAX_WIDTH}");
            let [d, parts, width, last] = found;
            let found = format!("one of {d} values in {parts} parts of {width}, the last of {last}");
            return Err(fields.fault_before(16, expected, found));
        }
        let length = d.saturating_mul(CENTROIDS * 4);
        let centroids = floats(fields.take(length, "the centroids")?).collect();
        Ok(Self { d, parts, width, centroids })
    }

    fn centroid(&self, part: usize, code: u8) -> &[f32] {
        let start = part * self.width;
        let width = self.width.min(self.d - start);
        &self.centroids[start * CENTROIDS + usize::from(code) * width..][..width]
    }

    /// The largest magnitude, infinite if one is no number.
    fn largest(&self) -> f32 {
        let magnitude = |value: &f32| if value.is_nan() { f32::INFINITY } else { value.abs() };
        self.centroids.iter().map(magnitude).fold(0.0, f32::max)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Where the counts of [`file`] begin, and their widths.
    const COUNTS: [(usize, usize); 7] = [(1, 8), (9, 8), (17, 4), (25, 4), (29, 4), (33, 4), (37, 4)];

    /// Two rows of three values in parts of two and one; centroid `c` of a part is `c`, `c + 0.5`; norms are
    /// `2 c`.
    fn file() -> Vec<u8> {
        let mut bytes = vec![1];
        [2_i64, 3].iter().for_each(|n| bytes.extend_from_slice(&n.to_le_bytes()));
        bytes.extend_from_slice(&4_i32.to_le_bytes());
        bytes.extend_from_slice(&[1, 2, 3, 4]);
        let mut quantiser = |shape: [i32; 4], values: &[f32], before: &[u8]| {
            bytes.extend_from_slice(before);
            shape.iter().for_each(|n| bytes.extend_from_slice(&n.to_le_bytes()));
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
        };
        let halves = (0..256).flat_map(|code| [code as f32, code as f32 + 0.5]);
        let last = (0..256).map(|code| code as f32);
        quantiser([3, 2, 2, 1], &halves.chain(last).collect::<Vec<_>>(), &[]);
        quantiser([1, 1, 1, 1], &(0..256).map(|code| 2.0 * code as f32).collect::<Vec<_>>(), &[1, 3]);
        bytes
    }

    #[test]
    fn codes_stand_for_centroids() {
        let bytes = file();
        let matrix = QuantisedMatrix::read(&mut Fields::new(&bytes), 3).unwrap();
        assert_eq!((matrix.len(), matrix.dimension()), (2, 3));
        let mut sum = [100.0, 0.0, 0.0];
        matrix.add_to(&bytes, 1, &mut sum);
        assert_eq!(sum, [118.0, 21.0, 24.0]);
    }

    #[test]
    fn every_count_that_lies_is_refused() {
        for (at, width) in COUNTS {
            for lie in [0, 5, -1, 1 << 31, 1 << 32, i64::MAX, i64::MIN] {
                let mut bytes = file();
                bytes[at..at + width].copy_from_slice(&i64::to_le_bytes(lie)[..width]);
                assert!(QuantisedMatrix::read(&mut Fields::new(&bytes), 3).is_err(), "{lie} at {at}");
            }
        }
    }

    #[test]
    fn cuts_and_values_that_are_not_finite_are_refused() {
        let whole = file();
        for length in 0..whole.len() {
            assert!(QuantisedMatrix::read(&mut Fields::new(&whole[..length]), 3).is_err(), "{length}");
        }
        for value in [f32::NAN, f32::INFINITY, f32::MAX] {
            let mut bytes = whole.clone();
            bytes[41..45].copy_from_slice(&value.to_le_bytes());
            assert!(QuantisedMatrix::read(&mut Fields::new(&bytes), 3).is_err(), "{value}");
        }
    }
}
