//! The identity of a coordinate system.

use std::fmt;
use std::str::FromStr;

use crate::error::{Error, Result};

/// The identity of a coordinate system: vectors may be compared only if their spaces are equal.
///
/// It is a fingerprint (the first 16 bytes of a BLAKE3 hash) of the content that made the space, not a label that
/// somebody typed. `Display` shows the first 12 hexadecimal digits, [`Space::to_hex`] all 32.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Space([u8; 16]);

impl Space {
    /// The space made of `parts`: each is hashed with its length before it, so that no two lists share a hash by
    /// moving bytes from one part to the next.
    pub fn of(parts: &[&[u8]]) -> Self {
        let mut fingerprint = Fingerprint::default();
        parts.iter().for_each(|part| fingerprint.part(part));
        fingerprint.space()
    }

    /// The space that [`Space::to_bytes`] gave.
    pub const fn from_bytes(bytes: [u8; 16]) -> Self {
        Self(bytes)
    }

    /// Sixteen bytes that identify the space.
    pub const fn to_bytes(&self) -> [u8; 16] {
        self.0
    }

    /// All 32 lower-case hexadecimal digits; `parse` reads them back.
    pub fn to_hex(&self) -> String {
        self.0.iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

impl fmt::Display for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.to_hex()[..12])
    }
}

impl fmt::Debug for Space {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Space({})", self.to_hex())
    }
}

impl FromStr for Space {
    type Err = Error;

    /// Reads what [`Space::to_hex`] wrote.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] unless there are exactly 32 hexadecimal digits.
    fn from_str(hex: &str) -> Result<Self> {
        let wrong = || Error::Mismatch {
            expected: "a space as 32 hexadecimal digits".to_owned(),
            found: format!("{hex:?}"),
        };
        if hex.len() != 32 || !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
            return Err(wrong());
        }
        let number = u128::from_str_radix(hex, 16).map_err(|_| wrong())?;
        Ok(Self(number.to_be_bytes()))
    }
}

/// A space in the making, part by part.
#[derive(Default)]
pub(crate) struct Fingerprint(blake3::Hasher);

impl Fingerprint {
    pub(crate) fn part(&mut self, part: &[u8]) {
        self.0.update(&(part.len() as u64).to_le_bytes()).update(part);
    }

    pub(crate) fn space(&self) -> Space {
        let mut bytes = [0; 16];
        bytes.copy_from_slice(&self.0.finalize().as_bytes()[..16]);
        Space(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hexadecimal_and_bytes_lead_back() {
        let space = Space::of(&[b"a", b"bc"]);
        assert_eq!(space.to_hex().parse::<Space>().unwrap(), space);
        assert_eq!(Space::from_bytes(space.to_bytes()), space);
        assert_eq!(space.to_string(), &space.to_hex()[..12]);
    }

    #[test]
    fn the_border_between_parts_counts() {
        assert_ne!(Space::of(&[b"a", b"bc"]), Space::of(&[b"ab", b"c"]));
    }

    #[test]
    fn other_strings_are_refused() {
        for text in ["", "12", "+123456789abcdef0123456789abcdef", &"é".repeat(16)] {
            assert!(text.parse::<Space>().is_err(), "{text}");
        }
    }
}
