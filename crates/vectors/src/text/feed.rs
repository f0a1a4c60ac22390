//! Cuts a stream into blocks of whole lines and sets aside the part of the matrix that each will fill.

use std::io::Read;
use std::mem;

use super::Layout;
use crate::error::{Fault, Place, Result, reading};
use crate::loader::Options;

/// Small enough that a block stays in a core's cache between counting and parsing.
const BLOCK: usize = 1 << 20;

/// A line beyond this is none of a file of vectors; without a bound a file without line ends would be read as one.
const MAX_LINE: usize = 1 << 26;

/// The stream, and what was handed out of it.
pub(super) struct Feed<'m, R> {
    reader: R,
    /// The part of a line after the last block's end.
    carry: Vec<u8>,
    number: usize,
    line: u64,
    n_rows: u64,
    limit: u64,
    /// After so many rows the header has been proved wrong; the rest is only counted, for the message.
    count_after: u64,
    d: usize,
    /// The part of the matrix that is not yet handed out.
    rest: &'m mut [f32],
    ended: bool,
}

/// What goes with a block: where it lies in the file, and where its rows go.
pub(super) struct Ticket<'m> {
    pub(super) first_line: u64,
    pub(super) n_rows: usize,
    /// *n × d* of the matrix; empty if the matrix has no room set aside and the block keeps its values.
    pub(super) place: &'m mut [f32],
}

impl<'m, R: Read> Feed<'m, R> {
    pub(super) fn new(reader: R, layout: &Layout, options: &Options, matrix: &'m mut [f32]) -> Self {
        let count_after = if options.lenient { u64::MAX } else { layout.declared.unwrap_or(u64::MAX) };
        Self {
            reader,
            carry: Vec::new(),
            number: 0,
            line: layout.first_line,
            n_rows: 0,
            limit: options.limit(),
            count_after,
            d: layout.d,
            rest: matrix,
            ended: false,
        }
    }

    /// The number of rows that were met so far.
    pub(super) fn n_rows(&self) -> u64 {
        self.n_rows
    }

    /// Hands out no more blocks.
    pub(super) fn stop(&mut self) {
        self.ended = true;
    }

    /// Puts the next block into `bytes`; its number in the file, and its ticket unless the file has ended.
    pub(super) fn next(&mut self, bytes: &mut Vec<u8>, name: &str) -> (usize, Result<Option<Ticket<'m>>>) {
        let number = self.number;
        self.number += 1;
        loop {
            if self.ended || self.n_rows >= self.limit {
                return (number, Ok(None));
            }
            if let Err(error) = self.fill(bytes, name) {
                self.ended = true;
                return (number, Err(error));
            }
            let ticket = self.ticket(bytes);
            if self.n_rows <= self.count_after {
                return (number, Ok(Some(ticket)));
            }
        }
    }

    /// Reads up to the last line end within a block, or to the end of the file.
    fn fill(&mut self, bytes: &mut Vec<u8>, name: &str) -> Result<()> {
        bytes.clear();
        bytes.append(&mut self.carry);
        let mut wanted = BLOCK;
        loop {
            let n_read =
                self.reader.by_ref().take(wanted.saturating_sub(bytes.len()) as u64).read_to_end(bytes);
            n_read.map_err(|error| reading(name, error))?;
            if bytes.len() < wanted {
                self.ended = true;
                return Ok(());
            }
            if let Some(end) = memchr::memrchr(b'\n', bytes) {
                self.carry.extend_from_slice(&bytes[end + 1..]);
                bytes.truncate(end + 1);
                return Ok(());
            }
            if bytes.len() >= MAX_LINE {
                let fault = Fault::new(Place::Line(self.line), "lines of at most 64 MiB", "a longer one");
                return Err(fault.hint("this is no text of word vectors").within(name));
            }
            wanted *= 2;
        }
    }

    /// Counts the rows of a block, cuts it off at the limit, and takes their place.
    fn ticket(&mut self, bytes: &mut Vec<u8>) -> Ticket<'m> {
        let first_line = self.line;
        let (mut n_rows, mut start) = (0, 0);
        for end in memchr::memchr_iter(b'\n', bytes).chain([bytes.len()]) {
            let is_row = !is_blank(&bytes[start..end]);
            if is_row && n_rows as u64 == self.limit - self.n_rows {
                bytes.truncate(start);
                break;
            }
            n_rows += usize::from(is_row);
            self.line += u64::from(end < bytes.len());
            start = end + 1;
            if start > bytes.len() {
                break;
            }
        }
        self.n_rows += n_rows as u64;
        Ticket { first_line, n_rows, place: self.place(n_rows) }
    }

    fn place(&mut self, n_rows: usize) -> &'m mut [f32] {
        if n_rows * self.d > self.rest.len() {
            // Rows beyond the declared ones stay with their block, and so do all after them: order is kept.
            self.rest = &mut [];
            return &mut [];
        }
        let (place, rest) = mem::take(&mut self.rest).split_at_mut(n_rows * self.d);
        self.rest = rest;
        place
    }
}

/// Whether a line holds nothing. A line of spaces is no row either.
pub(super) fn is_blank(line: &[u8]) -> bool {
    line.iter().all(u8::is_ascii_whitespace)
}
