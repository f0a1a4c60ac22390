//! Packed integers in, integers out: runs (Parquet's "RLE") and differences ("DELTA_BINARY_PACKED").
//!
//! Whatever is read past the end is an error, and nothing is allocated: values are unpacked as they are asked for.

use bytes::Bytes;
use parquet::errors::{ParquetError, Result};

/// What is wrong with a file.
pub(super) fn fault(found: impl Into<String>) -> ParquetError {
    ParquetError::General(found.into())
}

/// The first `n` bytes, which `data` then no longer has.
pub(super) fn take(data: &mut Bytes, n: usize) -> Result<Bytes> {
    match n <= data.len() {
        true => Ok(data.split_to(n)),
        false => Err(fault("a page that ends within a value")),
    }
}

/// The first `N` bytes, for `from_le_bytes`.
pub(super) fn little_endian<const N: usize>(data: &mut Bytes) -> Result<[u8; N]> {
    let mut array = [0; N];
    array.copy_from_slice(&take(data, N)?);
    Ok(array)
}

/// An unsigned integer, seven bits a byte.
fn varint(data: &mut Bytes) -> Result<u64> {
    let mut value = 0;
    for shift in (0..u64::BITS).step_by(7) {
        let byte = take(data, 1)?[0];
        value |= u64::from(byte & 0x7f) << shift;
        if byte < 0x80 {
            return Ok(value);
        }
    }
    Err(fault("an integer of more than 64 bits"))
}

/// A signed integer, its sign in the lowest bit.
pub(super) fn zigzag(data: &mut Bytes) -> Result<i64> {
    let value = varint(data)?;
    Ok((value >> 1) as i64 ^ -((value & 1) as i64))
}

/// Integers of `width` bits each, the lowest bits first.
#[derive(Clone, Debug, Default)]
struct Packed {
    bytes: Bytes,
    width: usize,
    bit: usize,
    left: u64,
}

impl Packed {
    /// The next integer, or `None` where there is none left.
    fn next_value(&mut self) -> Option<u64> {
        let bits_left = self.bytes.len() * 8 - self.bit;
        if self.left == 0 || self.width > bits_left {
            return None;
        }
        let first = self.bit / 8;
        let end = (self.bit + self.width).div_ceil(8);
        let wide = self.bytes[first..end].iter().rev().fold(0, |wide, &byte| wide << 8 | u128::from(byte));
        let value = wide >> (self.bit % 8) & ((1 << self.width) - 1);
        self.bit += self.width;
        self.left -= 1;
        Some(value as u64)
    }
}

/// Runs of one integer over and over, and of packed ones.
#[derive(Debug)]
pub(super) struct Runs {
    data: Bytes,
    width: usize,
    repeated: u32,
    repeats_left: u64,
    packed: Packed,
}

impl Runs {
    /// Runs of integers of `width` bits.
    pub(super) fn new(data: Bytes, width: u8) -> Result<Self> {
        match width {
            0..=32 => Ok(Self {
                data,
                width: width.into(),
                repeated: 0,
                repeats_left: 0,
                packed: Packed::default(),
            }),
            _ => Err(fault(format!("integers of {width} bits"))),
        }
    }

    pub(super) fn next_value(&mut self) -> Result<u32> {
        loop {
            if self.repeats_left > 0 {
                self.repeats_left -= 1;
                return Ok(self.repeated);
            }
            if let Some(value) = self.packed.next_value() {
                return Ok(value as u32);
            }
            self.open_run()?;
        }
    }

    fn open_run(&mut self) -> Result<()> {
        let header = varint(&mut self.data)?;
        if header & 1 == 0 {
            let bytes = take(&mut self.data, self.width.div_ceil(8))?;
            self.repeated = bytes.iter().rev().fold(0, |value, &byte| value << 8 | u32::from(byte));
            self.repeats_left = header >> 1;
        } else {
            // Packed by eights. Some writers cut the last run where its values end.
            let groups = usize::try_from(header >> 1)?;
            let length = groups.saturating_mul(self.width).min(self.data.len());
            let left = (groups as u64).saturating_mul(8);
            self.packed = Packed { bytes: take(&mut self.data, length)?, width: self.width, bit: 0, left };
        }
        Ok(())
    }
}

/// Integers that are stored as differences, in blocks of miniblocks with a width each.
#[derive(Clone, Debug)]
pub(super) struct Deltas {
    data: Bytes,
    miniblocks_per_block: usize,
    values_per_miniblock: usize,
    left: u64,
    last: i64,
    first_is_next: bool,
    least_delta: i64,
    widths: Bytes,
    miniblock: Packed,
}

impl Deltas {
    pub(super) fn new(mut data: Bytes) -> Result<Self> {
        let values_per_block = varint(&mut data)?;
        let miniblocks_per_block = varint(&mut data)?;
        let left = varint(&mut data)?;
        let last = zigzag(&mut data)?;
        // Blocks have 128 values, or 256; without a limit, two bytes could stand for any number of them.
        let valid = values_per_block <= 1 << 16
            && miniblocks_per_block > 0
            && values_per_block.is_multiple_of(miniblocks_per_block)
            && (values_per_block / miniblocks_per_block).is_multiple_of(8)
            && values_per_block > 0;
        if !valid {
            return Err(fault(format!("{values_per_block} values in {miniblocks_per_block} miniblocks")));
        }
        Ok(Self {
            data,
            miniblocks_per_block: miniblocks_per_block as usize,
            values_per_miniblock: (values_per_block / miniblocks_per_block) as usize,
            left,
            last,
            first_is_next: true,
            least_delta: 0,
            widths: Bytes::new(),
            miniblock: Packed::default(),
        })
    }

    pub(super) fn next_value(&mut self) -> Result<i64> {
        self.left = self.left.checked_sub(1).ok_or_else(|| fault("fewer differences than values"))?;
        if std::mem::take(&mut self.first_is_next) {
            return Ok(self.last);
        }
        loop {
            if let Some(delta) = self.miniblock.next_value() {
                self.last = self.last.wrapping_add(self.least_delta).wrapping_add(delta as i64);
                return Ok(self.last);
            }
            self.open_miniblock()?;
        }
    }

    /// What lies behind the last of the integers.
    pub(super) fn rest(&self) -> Result<Bytes> {
        let mut deltas = self.clone();
        let mut left = deltas.left.saturating_sub(1);
        while left > 0 {
            deltas.open_miniblock()?;
            left = left.saturating_sub(deltas.miniblock.left);
        }
        Ok(deltas.data)
    }

    fn open_miniblock(&mut self) -> Result<()> {
        if self.widths.is_empty() {
            self.least_delta = zigzag(&mut self.data)?;
            self.widths = take(&mut self.data, self.miniblocks_per_block)?;
        }
        let width = usize::from(take(&mut self.widths, 1)?[0]);
        if width > 64 {
            return Err(fault(format!("differences of {width} bits")));
        }
        let bytes = take(&mut self.data, width * self.values_per_miniblock / 8)?;
        self.miniblock = Packed { bytes, width, bit: 0, left: self.values_per_miniblock as u64 };
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check_runs(bytes: &'static [u8], width: u8, expected: &[u32]) {
        let mut runs = Runs::new(Bytes::from_static(bytes), width).unwrap();
        let values: Vec<u32> = std::iter::from_fn(|| runs.next_value().ok()).take(20).collect();
        assert_eq!(values, expected, "{bytes:?}");
    }

    #[test]
    fn runs() {
        check_runs(&[6, 1, 4, 0], 1, &[1, 1, 1, 0, 0]);
        check_runs(&[3, 0b1000_1000, 0b1100_0110, 0b1111_1010], 3, &[0, 1, 2, 3, 4, 5, 6, 7]);
        check_runs(&[3, 0b1000_1000], 3, &[0, 1]);
        check_runs(&[0, 0, 4, 1], 1, &[1, 1]);
        check_runs(&[3], 0, &[0; 8]);
        check_runs(&[6], 1, &[]);
        assert!(Runs::new(Bytes::new(), 33).is_err());
    }

    /// The example of the format's description.
    #[test]
    fn differences() {
        let bytes = [128, 1, 4, 5, 2, 2, 0, 0, 0, 0, 9];
        let mut deltas = Deltas::new(Bytes::copy_from_slice(&bytes)).unwrap();
        assert_eq!(*deltas.rest().unwrap(), [9]);
        let values: Vec<i64> = std::iter::from_fn(|| deltas.next_value().ok()).collect();
        assert_eq!(values, [1, 2, 3, 4, 5]);
    }
}
