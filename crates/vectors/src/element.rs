//! Types of floating-point numbers in a file, all little-endian.

use half::{bf16, f16};

use crate::rows::floats;

/// The type of a matrix's values.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Element {
    F16,
    Bf16,
    F32,
    F64,
}

impl Element {
    /// Bytes a value.
    pub(crate) fn size(self) -> usize {
        match self {
            Self::F16 | Self::Bf16 => 2,
            Self::F32 => 4,
            Self::F64 => 8,
        }
    }

    /// Appends the values of `bytes`; a remainder of less than a value is not looked at. An `f64` is rounded,
    /// and beyond the range of `f32` becomes infinite.
    pub(crate) fn decode(self, bytes: &[u8], values: &mut Vec<f32>) {
        let halves = || bytes.chunks_exact(2).map(|two| [two[0], two[1]]);
        match self {
            Self::F16 => values.extend(halves().map(|two| f16::from_le_bytes(two).to_f32())),
            Self::Bf16 => values.extend(halves().map(|two| bf16::from_le_bytes(two).to_f32())),
            Self::F32 => values.extend(floats(bytes)),
            Self::F64 => values.extend(bytes.chunks_exact(8).map(|chunk| {
                let mut eight = [0; 8];
                eight.copy_from_slice(chunk);
                f64::from_le_bytes(eight) as f32
            })),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_decoded() {
        let check = |element: Element, bytes: &[u8]| {
            let mut values = Vec::new();
            element.decode(bytes, &mut values);
            assert_eq!(values, [1.5, -2.0], "{element:?}");
            assert_eq!(bytes.len(), 2 * element.size());
        };
        check(Element::F16, &[0x00, 0x3e, 0x00, 0xc0]);
        check(Element::Bf16, &[0xc0, 0x3f, 0x00, 0xc0]);
        check(Element::F32, &[1.5_f32.to_le_bytes(), (-2.0_f32).to_le_bytes()].concat());
        check(Element::F64, &[1.5_f64.to_le_bytes(), (-2.0_f64).to_le_bytes()].concat());
    }
}
