//! Cuts a stream of words and values into parts of whole rows.

use std::io::{self, Read};
use std::ops::Range;

use super::MAX_WORD;

/// How much is read at a time, unless a row is longer: small enough to be in the cache still when its rows are copied.
const PART: usize = 1 << 20;

/// Rows that were read together.
#[derive(Default)]
pub(super) struct Part {
    bytes: Vec<u8>,
    /// Where the part begins in the file.
    start: u64,
    /// Where each row's word lies in the bytes. A space and the values follow.
    words: Vec<Range<usize>>,
    /// Bytes of a row's values.
    width: usize,
}

impl Part {
    pub(super) fn n_rows(&self) -> usize {
        self.words.len()
    }

    /// The word of a row, without the newline that ended the row before.
    pub(super) fn word(&self, row: usize) -> &[u8] {
        let word = &self.bytes[self.words[row].clone()];
        word.strip_prefix(b"\n").unwrap_or(word)
    }

    pub(super) fn values(&self, row: usize) -> &[u8] {
        &self.bytes[self.words[row].end + 1..][..self.width]
    }

    /// Where a row begins in the file.
    pub(super) fn position(&self, row: usize) -> u64 {
        self.start + self.words[row].start as u64
    }

    /// Finds the whole rows, at most `n` of them, and where the first that is not whole begins.
    fn find_rows(&mut self, n: u64) -> usize {
        let mut at = 0;
        while (self.words.len() as u64) < n {
            let rest = &self.bytes[at..];
            let Some(length) = memchr::memchr(b' ', &rest[..rest.len().min(MAX_WORD as usize + 1)]) else {
                break;
            };
            if rest.len() - length - 1 < self.width {
                break;
            }
            self.words.push(at..at + length);
            at += length + 1 + self.width;
        }
        at
    }
}

/// What is left of a stream.
pub(super) struct Parts<'a> {
    reader: Box<dyn Read + Send + 'a>,
    width: usize,
    /// What was read and not handed out.
    carry: Vec<u8>,
    /// Where that begins in the file.
    position: u64,
}

impl<'a> Parts<'a> {
    /// Rows of `width` bytes of values each, the first of them at byte `position` of a file.
    pub(super) fn new(reader: impl Read + Send + 'a, position: u64, width: usize) -> Self {
        Self { reader: Box::new(reader), width, carry: Vec::new(), position }
    }

    /// Up to `n` rows, read into the memory of a part that is no longer needed. There are none if `n` is 0, or if no whole row is
    /// left.
    pub(super) fn next(&mut self, spare: Part, n: u64) -> io::Result<Part> {
        let Part { mut bytes, mut words, .. } = spare;
        bytes.clear();
        words.clear();
        let mut part = Part { bytes, start: self.position, words, width: self.width };
        if n == 0 {
            return Ok(part);
        }
        part.bytes.append(&mut self.carry);
        // One row is in it, or there is none: a longer word is no word.
        let wanted = PART.max(self.width.saturating_add(MAX_WORD as usize + 2));
        let missing = wanted.saturating_sub(part.bytes.len()) as u64;
        self.reader.by_ref().take(missing).read_to_end(&mut part.bytes)?;
        let end = part.find_rows(n);
        self.carry.extend_from_slice(&part.bytes[end..]);
        self.position += end as u64;
        Ok(part)
    }

    /// What follows the rows that were handed out, or at least two bytes of it.
    pub(super) fn rest(&mut self) -> io::Result<&[u8]> {
        let missing = 2_usize.saturating_sub(self.carry.len()) as u64;
        self.reader.by_ref().take(missing).read_to_end(&mut self.carry)?;
        Ok(&self.carry)
    }

    /// Where in the file the rest begins.
    pub(super) fn position(&self) -> u64 {
        self.position
    }
}
