//! The fields of a binary file, one after the other, each checked against what is left.

use crate::error::{Fault, Place};

const CUT: &str = "the file is cut short or damaged: download it again";

/// A place in the bytes of a file.
pub(crate) struct Fields<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl<'a> Fields<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self { bytes, at: 0 }
    }

    pub(crate) fn position(&self) -> usize {
        self.at
    }

    pub(crate) fn remaining(&self) -> usize {
        self.bytes.len() - self.at
    }

    pub(crate) fn take(&mut self, n: usize, what: &str) -> Result<&'a [u8], Fault> {
        if n > self.remaining() {
            let found = format!("{} before the end of the file", self.remaining());
            return Err(self.fault(format!("{n} bytes of {what}"), found).hint(CUT));
        }
        let taken = &self.bytes[self.at..self.at + n];
        self.at += n;
        Ok(taken)
    }

    fn array<const N: usize>(&mut self, what: &str) -> Result<[u8; N], Fault> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N, what)?);
        Ok(array)
    }

    pub(crate) fn u8(&mut self, what: &str) -> Result<u8, Fault> {
        self.array::<1>(what).map(|[byte]| byte)
    }

    pub(crate) fn u32(&mut self, what: &str) -> Result<u32, Fault> {
        self.array(what).map(u32::from_le_bytes)
    }

    pub(crate) fn u64(&mut self, what: &str) -> Result<u64, Fault> {
        self.array(what).map(u64::from_le_bytes)
    }

    /// A `u64` that counts things of at least `size` bytes each, all of which are still to come.
    pub(crate) fn count_within(&mut self, what: &str, size: usize) -> Result<usize, Fault> {
        let count = self.u64(what)?;
        let room = self.remaining() / size;
        usize::try_from(count).ok().filter(|count| *count <= room).ok_or_else(|| {
            let expected = format!("{what}, at most {room} by the length of the file");
            self.fault_before(8, expected, count.to_string()).hint(CUT)
        })
    }

    pub(crate) fn i32(&mut self, what: &str) -> Result<i32, Fault> {
        self.array(what).map(i32::from_le_bytes)
    }

    pub(crate) fn i64(&mut self, what: &str) -> Result<i64, Fault> {
        self.array(what).map(i64::from_le_bytes)
    }

    /// An `i32` that counts something.
    pub(crate) fn count32(&mut self, what: &str) -> Result<usize, Fault> {
        let count = self.i32(what)?;
        usize::try_from(count)
            .map_err(|_| self.fault_before(4, format!("{what}, 0 or more"), count.to_string()))
    }

    /// An `i64` that counts something.
    pub(crate) fn count64(&mut self, what: &str) -> Result<usize, Fault> {
        let count = self.i64(what)?;
        usize::try_from(count)
            .map_err(|_| self.fault_before(8, format!("{what}, 0 or more"), count.to_string()))
    }

    /// Bytes up to a zero byte, which is passed over.
    pub(crate) fn c_string(&mut self, what: &str) -> Result<&'a [u8], Fault> {
        let rest = &self.bytes[self.at..];
        let Some(end) = memchr::memchr(0, rest) else {
            return Err(self
                .fault(format!("{what} that ends in a zero byte"), "the end of the file")
                .hint(CUT));
        };
        self.at += end + 1;
        Ok(&rest[..end])
    }

    /// Something wrong here.
    pub(crate) fn fault(&self, expected: impl Into<String>, found: impl Into<String>) -> Fault {
        self.fault_before(0, expected, found)
    }

    /// Something wrong in the field of `width` bytes that was just read.
    pub(crate) fn fault_before(
        &self,
        width: usize,
        expected: impl Into<String>,
        found: impl Into<String>,
    ) -> Fault {
        Fault::new(Place::Byte((self.at - width) as u64), expected, found)
    }
}
