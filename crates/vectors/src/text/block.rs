//! Parses the rows of one block.

use super::feed::{Ticket, is_blank};
use super::row::{self, Problem};
use crate::error::{Fault, Place};
use crate::index;
use crate::repairs::Repairs;
use crate::rows::UNUSABLE;

/// The rows of a block. Their values are in the matrix already, or in `own_values`.
pub(super) struct Rows {
    pub(super) n_rows: usize,
    pub(super) own_values: Vec<f32>,
    pub(super) repairs: Repairs,
    arena: Vec<u8>,
    /// Where each row's word ends in the arena, its hash, and whether the row is kept.
    words: Vec<(usize, u64, bool)>,
}

impl Rows {
    /// The word of each row with its hash; none for a row that was left out.
    pub(super) fn words(&self) -> impl Iterator<Item = (Option<&[u8]>, u64)> {
        let mut start = 0;
        self.words.iter().map(move |&(end, hash, kept)| {
            let word = &self.arena[start..end];
            start = end;
            (kept.then_some(word), hash)
        })
    }

    fn push(&mut self, word: &[u8], kept: bool) {
        self.arena.extend_from_slice(word);
        self.words.push((self.arena.len(), index::hash(word), kept));
    }
}

/// Parses a block into its place in the matrix.
pub(super) fn parse(bytes: &[u8], ticket: Ticket<'_>, d: usize, lenient: bool) -> Result<Rows, Fault> {
    let Ticket { first_line, n_rows, place } = ticket;
    let mut own_values = if place.is_empty() { vec![0.0; n_rows * d] } else { Vec::new() };
    let place = if place.is_empty() { &mut own_values[..] } else { place };
    let mut rows = Rows {
        n_rows,
        own_values: Vec::new(),
        repairs: Repairs::default(),
        arena: Vec::with_capacity(n_rows * 8),
        words: Vec::with_capacity(n_rows),
    };
    let mut places = place.chunks_exact_mut(d);
    for (number, line) in lines(bytes).enumerate() {
        if is_blank(line) {
            rows.repairs.blank_lines += 1;
            continue;
        }
        let line = strip_return(line, &mut rows.repairs);
        let Some(values) = places.next() else { break };
        match row::parse(line, values) {
            Ok(word) => {
                look_at_row(line, word, values, &mut rows.repairs);
                rows.push(word, true);
            }
            Err(problem) if lenient => {
                let is_usable = !matches!(problem, Problem::Unusable);
                rows.repairs.malformed += u64::from(is_usable);
                rows.repairs.non_finite += u64::from(!is_usable);
                rows.push(b"", false);
            }
            Err(problem) => return Err(describe(problem, Place::Line(first_line + number as u64), d)),
        }
    }
    rows.own_values = own_values;
    Ok(rows)
}

/// The lines without their ends. What follows the last line end is a line only if it is not empty.
fn lines(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    let mut start = 0;
    let ends = memchr::memchr_iter(b'\n', bytes).chain((!bytes.ends_with(b"\n")).then_some(bytes.len()));
    ends.map(move |end| {
        let line = &bytes[start..end];
        start = end + 1;
        line
    })
}

fn strip_return<'a>(line: &'a [u8], repairs: &mut Repairs) -> &'a [u8] {
    match line.strip_suffix(b"\r") {
        Some(line) => {
            repairs.carriage_returns += 1;
            line
        }
        None => line,
    }
}

fn look_at_row(line: &[u8], word: &[u8], values: &[f32], repairs: &mut Repairs) {
    repairs.zero_rows += u64::from(values.iter().all(|value| *value == 0.0));
    repairs.tabs += u64::from(line.get(word.len()) == Some(&b'\t'));
    repairs.spaced_words += u64::from(memchr::memchr2(b' ', b'\t', word).is_some());
}

fn describe(problem: Problem, place: Place, d: usize) -> Fault {
    match problem {
        Problem::Count(found) => Fault::new(place, format!("{d} values after the word"), found.to_string())
            .hint("the row is damaged: correct or delete it, or read the file leniently to leave it out"),
        Problem::NotANumber(text) => Fault::new(place, "a number", format!("{text:?}"))
            .hint("the row is damaged: correct or delete it, or read the file leniently to leave it out"),
        Problem::Unusable => {
            Fault::new(place, "finite values", UNUSABLE).hint("read the file leniently to leave the row out")
        }
    }
}
