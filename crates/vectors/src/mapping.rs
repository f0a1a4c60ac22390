//! Files mapped into memory: pages are read when they are touched, and shared with every process that maps
//! the same file.
//!
//! The file must not shrink or be written to while it is mapped. Nothing here can prevent that. A page that
//! is gone kills the process by SIGBUS; [`explain_lost_pages`](crate::explain_lost_pages) lets a program end
//! with a message instead.

#![expect(unsafe_code, reason = "a mapping is unsafe to make, whatever it is used for")]

use std::fs::File;
use std::io;
use std::sync::atomic::{AtomicUsize, Ordering};

use memmap2::Mmap;

/// A whole file in memory, read-only.
pub(crate) struct Mapping {
    map: Mmap,
    file: File,
    /// How many bytes were read instead of mapped.
    n_read: AtomicUsize,
}

/// Parts are read until their lengths add up to this share of the file, and mapped from then on.
const SHARE_READ: usize = 4;

impl Mapping {
    /// Maps a regular file.
    pub(crate) fn new(file: File) -> io::Result<Self> {
        // SAFETY: the map is read-only and lives as long as the slices that are lent from it. What remains is
        // that somebody else may change the file. Everything here reads mapped bytes as it reads any
        // untrusted input: no length, offset or number read from them is used without a check against
        // the map's own length, each time anew, and none of them is taken for UTF-8 or for a type that does not
        // allow every bit pattern. So a change shows as other values, and a file that shrank as SIGBUS.
        let map = unsafe { Mmap::map(&file)? };
        Ok(Self { map, file, n_read: AtomicUsize::new(0) })
    }

    pub(crate) fn bytes(&self) -> &[u8] {
        &self.map
    }

    /// Copies a small part from the file into `part`, without making it resident.
    pub(crate) fn read_into(&self, start: usize, part: &mut [u8]) -> bool {
        self.n_read.fetch_add(part.len(), Ordering::Relaxed);
        read_at(&self.file, start, part).is_ok()
    }

    /// Whether [`Mapping::read_into`] is better than touching the map: as long as little of the file was read so. A system maps 64 KiB
    /// and more around a byte that is touched, so that parts here and there soon make the whole file resident; and at first,
    /// reading is no slower than a page fault.
    pub(crate) fn is_read(&self) -> bool {
        self.n_read.load(Ordering::Relaxed) < self.map.len() / SHARE_READ
    }

    /// Whether the file still has the length that it was mapped with.
    pub(crate) fn is_whole(&self) -> io::Result<bool> {
        Ok(self.file.metadata()?.len() == self.map.len() as u64)
    }
}

#[cfg(unix)]
fn read_at(file: &File, start: usize, part: &mut [u8]) -> io::Result<()> {
    std::os::unix::fs::FileExt::read_exact_at(file, part, start as u64)
}

#[cfg(not(unix))]
fn read_at(_: &File, _: usize, _: &mut [u8]) -> io::Result<()> {
    Err(io::ErrorKind::Unsupported.into())
}
