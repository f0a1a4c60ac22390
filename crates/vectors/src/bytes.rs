//! The bytes of a file, owned or mapped, and arrays of numbers that lie in them.

use std::fmt;
use std::fs::File;
use std::hint::black_box;
use std::io;
use std::ops::{Deref, Range};
use std::sync::Arc;

use bytemuck::Pod;

use crate::mapping::Mapping;

/// Bytes that come from memory together, on most processors.
const CACHE_LINE: usize = 64;

/// A part of the bytes of a file. Copies share them.
#[derive(Clone)]
pub(crate) struct Bytes {
    whole: Arc<Whole>,
    range: Range<usize>,
}

enum Whole {
    Owned(Vec<u8>),
    Mapped(Mapping),
}

impl Whole {
    fn bytes(&self) -> &[u8] {
        match self {
            Self::Owned(bytes) => bytes,
            Self::Mapped(mapping) => mapping.bytes(),
        }
    }
}

impl From<Vec<u8>> for Bytes {
    fn from(bytes: Vec<u8>) -> Self {
        Self { range: 0..bytes.len(), whole: Arc::new(Whole::Owned(bytes)) }
    }
}

impl Bytes {
    /// All bytes of a regular file, which are read when they are used.
    pub(crate) fn map(file: File) -> io::Result<Self> {
        let mapping = Mapping::new(file)?;
        Ok(Self { range: 0..mapping.bytes().len(), whole: Arc::new(Whole::Mapped(mapping)) })
    }

    /// A part of these bytes; `None` if it reaches beyond them.
    pub(crate) fn slice(&self, range: Range<usize>) -> Option<Self> {
        if range.start > range.end || range.end > self.len() {
            return None;
        }
        let range = self.range.start + range.start..self.range.start + range.end;
        Some(Self { whole: Arc::clone(&self.whole), range })
    }

    /// Hands a small part to `use_part`, without making more of a mapped file resident than need be. The part must be inside.
    pub(crate) fn with_part<R>(&self, part: Range<usize>, use_part: impl FnOnce(&[u8]) -> R) -> R {
        if let Whole::Mapped(mapping) = &*self.whole
            && mapping.is_read()
            && part.end <= self.len()
        {
            let mut copy = [0; 4096];
            if let Some(copy) = copy.get_mut(..part.len())
                && mapping.read_into(self.range.start + part.start, copy)
            {
                return use_part(copy);
            }
        }
        use_part(&self[part])
    }

    /// Touches every line of the cache that a part, which must be inside, lies in; unless parts are copied from the file as
    /// yet. Of many parts all are waited for at once then, where using them waits for one after the other.
    pub(crate) fn touch(&self, part: Range<usize>) {
        if self.mapping().is_none_or(|mapping| !mapping.is_read()) {
            let first_bytes = self[part].iter().step_by(CACHE_LINE);
            black_box(first_bytes.fold(0, |all, byte| all | byte));
        }
    }

    /// The file, if these bytes are read from it as they are used.
    pub(crate) fn mapping(&self) -> Option<&Mapping> {
        match &*self.whole {
            Whole::Owned(_) => None,
            Whole::Mapped(mapping) => Some(mapping),
        }
    }
}

impl Deref for Bytes {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.whole.bytes()[self.range.clone()]
    }
}

impl fmt::Debug for Bytes {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} bytes", self.len())
    }
}

impl PartialEq for Bytes {
    fn eq(&self, other: &Self) -> bool {
        **self == **other
    }
}

/// A number that files hold little-endian.
pub(crate) trait Little: Pod {
    /// The number whose bytes were read as those of this machine's order.
    fn little_endian_to_native(self) -> Self;
}

impl Little for u8 {
    fn little_endian_to_native(self) -> Self {
        self
    }
}

impl Little for u64 {
    fn little_endian_to_native(self) -> Self {
        Self::from_le(self)
    }
}

impl Little for f32 {
    fn little_endian_to_native(self) -> Self {
        Self::from_bits(u32::from_le(self.to_bits()))
    }
}

/// Numbers in a row: a vector of their own, or where they lie in a file.
#[derive(Clone)]
pub(crate) enum Numbers<T> {
    Own(Vec<T>),
    /// At an address that suits `T`, in this machine's byte order.
    Lent(Bytes),
}

impl<T> Default for Numbers<T> {
    fn default() -> Self {
        Self::Own(Vec::new())
    }
}

impl<T: Little> Numbers<T> {
    /// The little-endian numbers of `bytes`, where they lie if they can be used there; a remainder of less
    /// than a number is not looked at.
    pub(crate) fn within(bytes: &Bytes) -> Self {
        let whole = bytes.len() - bytes.len() % size_of::<T>();
        match bytes.slice(0..whole) {
            Some(bytes) if as_numbers::<T>(&bytes).is_some() => Self::Lent(bytes),
            _ => Self::Own(decode(&bytes[..whole])),
        }
    }

    /// Bytes of memory that are taken up beside those of the file.
    pub(crate) fn own_bytes(&self) -> u64 {
        match self {
            Self::Own(numbers) => size_of_val(&numbers[..]) as u64,
            Self::Lent(_) => 0,
        }
    }

    /// The numbers as a vector that can be changed; lent ones are copied before.
    pub(crate) fn own(&mut self) -> &mut Vec<T> {
        if let Self::Lent(_) = self {
            *self = Self::Own(self.to_vec());
        }
        match self {
            Self::Own(numbers) => numbers,
            Self::Lent(_) => unreachable!("lent numbers were copied"),
        }
    }
}

impl<T: Little> Deref for Numbers<T> {
    type Target = [T];

    fn deref(&self) -> &[T] {
        match self {
            Self::Own(numbers) => numbers,
            // Checked when it was made; neither address nor length changes.
            Self::Lent(bytes) => as_numbers(bytes).unwrap_or_default(),
        }
    }
}

/// Little-endian numbers where they lie; `None` if their address does not suit the type, or this machine
/// orders bytes otherwise.
pub(crate) fn as_numbers<T: Little>(bytes: &[u8]) -> Option<&[T]> {
    let suits = cfg!(target_endian = "little") || size_of::<T>() == 1;
    bytemuck::try_cast_slice(bytes).ok().filter(|_| suits)
}

fn decode<T: Little>(bytes: &[u8]) -> Vec<T> {
    bytes
        .chunks_exact(size_of::<T>())
        .map(|chunk| bytemuck::pod_read_unaligned::<T>(chunk).little_endian_to_native())
        .collect()
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn mapped(bytes: &[u8]) -> (Bytes, tempfile::NamedTempFile) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(bytes).unwrap();
        (Bytes::map(file.reopen().unwrap()).unwrap(), file)
    }

    #[test]
    fn parts_are_of_the_same_bytes() {
        let (map, _file) = mapped(b"0123456789");
        for bytes in [Bytes::from(b"0123456789".to_vec()), map] {
            let part = bytes.slice(2..8).unwrap();
            assert_eq!(&*part, b"234567");
            assert_eq!(&*part.slice(1..3).unwrap(), b"34");
            // More often than bytes are copied.
            (0..9).for_each(|_| part.with_part(1..3, |part| assert_eq!(part, b"34")));
            assert!(part.slice(1..7).is_none() && part.slice(usize::MAX..usize::MAX).is_none());
            let reversed = Range { start: 3, end: 2 };
            assert!(part.slice(reversed).is_none());
        }
    }

    #[test]
    fn numbers_are_lent_where_they_can_be() {
        let (map, _file) = mapped(&[[0; 3].as_slice(), &7_u64.to_le_bytes(), &[1; 5]].concat());
        for start in 0..4 {
            let bytes = map.slice(start..map.len()).unwrap();
            let numbers = Numbers::<u64>::within(&bytes);
            assert_eq!(numbers.len(), 1 + usize::from(start == 0));
            let mut expected = [0; 8];
            expected.copy_from_slice(&bytes[..8]);
            assert_eq!(numbers[0], u64::from_le_bytes(expected));
            assert_eq!(matches!(numbers, Numbers::Lent(_)), start == 0);
        }
        let mut numbers = Numbers::<u8>::within(&map);
        numbers.own().push(9);
        assert_eq!((numbers.len(), numbers[3], numbers[16]), (17, 7, 9));
    }

    #[test]
    fn a_file_that_shrank_is_noticed() {
        let (map, file) = mapped(&[1; 100]);
        let mapping = map.mapping().unwrap();
        assert!(mapping.is_whole().unwrap());
        file.as_file().set_len(10).unwrap();
        assert!(!mapping.is_whole().unwrap());
    }
}
