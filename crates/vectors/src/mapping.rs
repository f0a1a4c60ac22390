//! Files mapped into memory: pages are read when they are touched, and shared with every process that maps
//! the same file.
//!
//! The file must not shrink or be written to while it is mapped. Nothing here can prevent that. A page that
//! is gone kills the process by SIGBUS; [`explain_lost_pages`](crate::explain_lost_pages) lets a program end
//! with a message instead.

#![expect(unsafe_code, reason = "a mapping is unsafe to make, whatever it is used for")]

use std::fs::File;
use std::io;

use memmap2::{Advice, Mmap};

/// A whole file in memory, read-only.
pub(crate) struct Mapping {
    map: Mmap,
    file: File,
}

impl Mapping {
    /// Maps a regular file.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        // SAFETY: the map is read-only and lives as long as the slices that are lent from it. What remains is
        // that somebody else may change the file. Everything here reads mapped bytes as it reads any
        // untrusted input: no length, offset or number read from them is used without a check against
        // the map's own length, each time anew, and none of them is taken for UTF-8 or for a type that does not
        // allow every bit pattern. So a change shows as other values, and a file that shrank as SIGBUS.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map, file })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Tells the system that pages will be touched here and there, so that it need not read their neighbours.
    pub(crate) fn expect_random_access(&self) {
        // It is a hint: a system that does not know it does as well without.
        let _ = self.map.advise(Advice::Random);
    }

    /// Whether the file still has the length that it was mapped with.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == self.map.len() as u64)
    }
}
