//! word2vec binary: a line "n d", then a word, a space and *d* little-endian `f32`, *n* times.
//!
//! The original program ends every row with a newline, gensim does not: a newline before a word is passed over.
//! While one part of the file is read, the rows of the part before it are looked at and copied on the other cores.

mod parts;

use rayon::prelude::*;

use self::parts::{Part, Parts};
use crate::embeddings::Embeddings;
use crate::error::{Fault, Place, Result, reading};
use crate::format;
use crate::gathered::Gathered;
use crate::loader::Options;
use crate::repairs::Repairs;
use crate::rows::{UNUSABLE, floats, is_usable, largest_magnitude};
use crate::source::Source;
use crate::vocabulary::MAX_WORDS;
use crate::word_list::WordList;

/// No word is longer; without a bound a file without spaces would be one word.
pub(crate) const MAX_WORD: u64 = 1 << 20;

const CUT: &str = "the file is cut short or damaged: download it again, or read it leniently";

/// Reads word2vec binary.
pub(crate) fn read(mut source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let Some((n, d, start)) = format::header(&source.head) else {
        let fault =
            Fault::new(Place::Line(1), "a header: the number of words and the dimension", "something else");
        return Err(fault.within(&source.name));
    };
    let name = source.name.clone();
    source.head.drain(..start);
    let rows = Rows::new(n, d, source.length, options).map_err(|fault| fault.within(&name))?;
    let mut parts = Parts::new(source.into_reader(), start as u64, rows.d * 4);
    let rows = rows.read(&mut parts, options, &name)?;
    if rows.n_read == 0 && options.limit() > 0 {
        return Err(Fault::new(Place::File, "at least one row", "none").within(&name));
    }
    rows.gathered.into_embeddings(rows.repairs).map_err(|fault| fault.within(&name))
}

/// What was read so far.
struct Rows {
    declared: u64,
    wanted: u64,
    d: usize,
    n_read: u64,
    gathered: Gathered,
    repairs: Repairs,
}

/// What a row turned out to be.
#[derive(Clone, Copy, PartialEq)]
enum Content {
    Unusable,
    Zeros,
    Other,
}

impl Rows {
    /// Checks the header against the file's length, if that is known, and makes room for no more than the file holds.
    fn new(n: u64, d: u64, length: Option<u64>, options: &Options) -> Result<Self, Fault> {
        let wrong = |expected: &str, found: String| Err(Fault::new(Place::Line(1), expected, found));
        if n == 0 || d == 0 {
            return wrong("at least one row and one value", format!("a header of {n} rows of {d} values"));
        }
        let row = d.checked_mul(4).and_then(|bytes| bytes.checked_add(1)).unwrap_or(u64::MAX);
        let fits = length.map_or(u64::MAX, |length| length / row);
        if fits == 0 || row > u64::from(u32::MAX) {
            return wrong("rows that fit into the file", format!("a header of {d} values a row"));
        }
        let rows = n.min(options.limit());
        if fits < rows && !options.lenient {
            let found = format!("a header of {n} rows of {d} values, and room for {fits} at most");
            return wrong("a header that fits the file", found).map_err(|fault: Fault| fault.hint(CUT));
        }
        let room = if length.is_some() { rows.min(fits).min(MAX_WORDS) as usize } else { 0 };
        let d = d as usize;
        let n_words = room.min(length.unwrap_or_default() as usize / WordList::BYTES_EACH);
        let gathered = Gathered::new(vec![0.0; room.saturating_mul(d)], d, n_words);
        Ok(Self { declared: n, wanted: rows, d, n_read: 0, gathered, repairs: Repairs::default() })
    }

    fn read(mut self, parts: &mut Parts<'_>, options: &Options, name: &str) -> Result<Self> {
        let failed = |error| reading(name, error);
        let mut part = parts.next(Part::default(), self.wanted).map_err(failed)?;
        let mut spare = Part::default();
        while part.n_rows() > 0 {
            let left = self.wanted - self.n_read - part.n_rows() as u64;
            let (next, taken) = rayon::join(|| parts.next(spare, left), || self.take(&part, options));
            taken.map_err(|fault| fault.within(name))?;
            spare = std::mem::replace(&mut part, next.map_err(failed)?);
        }
        let at = parts.position();
        let rest = parts.rest().map_err(failed)?;
        self.look_at_end(rest, at, options).map_err(|fault| fault.within(name))?;
        Ok(self)
    }

    /// Copies the rows of a part to their places, and keeps those that are as they should be.
    fn take(&mut self, part: &Part, options: &Options) -> Result<(), Fault> {
        let (d, first) = (self.d, self.n_read as usize);
        let end = (first + part.n_rows()) * d;
        if self.gathered.values.len() < end {
            self.gathered.values.resize(end, 0.0);
        }
        let places = self.gathered.values[first * d..end].par_chunks_exact_mut(d).with_min_len(64);
        let contents: Vec<Content> =
            places.enumerate().map(|(row, place)| copy(part.values(row), place)).collect();
        for (row, content) in contents.into_iter().enumerate() {
            let word = part.word(row);
            self.n_read += 1;
            if content == Content::Unusable && !options.lenient {
                let found = format!("{UNUSABLE} in row {}, {:?}", self.n_read, String::from_utf8_lossy(word));
                return Err(Fault::new(Place::Byte(part.position(row)), "finite values", found)
                    .hint("read it leniently to leave the row out"));
            }
            self.repairs.zero_rows += u64::from(content == Content::Zeros);
            match content {
                Content::Unusable => {
                    self.repairs.non_finite += 1;
                    self.gathered.leave_out();
                }
                _ => self.gathered.keep(word),
            }
        }
        Ok(())
    }

    /// After the last declared row only a newline may follow; `rest` is what follows the last row that is wanted, or
    /// as much of it as is needed to tell.
    fn look_at_end(&mut self, rest: &[u8], at: u64, options: &Options) -> Result<(), Fault> {
        let (declared, n_read) = (self.declared, self.n_read);
        match n_read < self.wanted {
            true if options.lenient => self.repairs.rows_declared_and_found = Some((declared, n_read)),
            true => return Err(self.cut_short(rest, at)),
            false if n_read < declared || rest.is_empty() || rest == b"\n" => {}
            false if options.lenient => self.repairs.bytes_after_rows = true,
            false => {
                let expected = format!("the end of the file after {declared} rows, as the header says");
                let hint = "the header declares too few rows, or a wrong dimension: read it leniently to have the declared rows";
                return Err(Fault::new(Place::Byte(at), expected, "more bytes").hint(hint));
            }
        }
        Ok(())
    }

    fn cut_short(&self, rest: &[u8], at: u64) -> Fault {
        let expected = format!("{} rows of {} values, as the header says", self.declared, self.d);
        if memchr::memchr(b' ', rest).unwrap_or(rest.len()) as u64 > MAX_WORD {
            let found = format!("row {} without a space after the word", self.n_read + 1);
            return Fault::new(Place::Byte(at), expected, found)
                .hint("the file is no word2vec binary, or damaged");
        }
        let found = format!("{} whole rows before the end of the file", self.n_read);
        Fault::new(Place::Byte(at + rest.len() as u64), expected, found).hint(CUT)
    }
}

/// Decodes a row and says what it is.
fn copy(bytes: &[u8], place: &mut [f32]) -> Content {
    place.iter_mut().zip(floats(bytes)).for_each(|(place, value)| *place = value);
    match largest_magnitude(place.iter().copied()) {
        0.0 => Content::Zeros,
        largest if is_usable(largest) => Content::Other,
        _ => Content::Unusable,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Loader;
    use crate::format::Format;

    fn file(header: &str, rows: &[(&[u8], &[f32])], end: &[u8]) -> Vec<u8> {
        let mut bytes = header.as_bytes().to_vec();
        for (word, values) in rows {
            bytes.extend_from_slice(word);
            bytes.push(b' ');
            values.iter().for_each(|value| bytes.extend_from_slice(&value.to_le_bytes()));
            bytes.extend_from_slice(end);
        }
        bytes
    }

    fn check(loader: Loader, bytes: &[u8], expected: Result<&str, &str>) {
        let found = loader.format(Format::Word2Vec).read(bytes, "a.bin");
        let found = found.map(|embeddings| {
            let words: Vec<_> =
                embeddings.vocabulary().iter().map(|(id, _)| embeddings.vocabulary().word(id)).collect();
            let repairs: Vec<_> = embeddings.repairs().iter().collect();
            format!("{} {:?}", words.join(" "), repairs)
        });
        match (found, expected) {
            (Ok(found), Ok(expected)) => assert_eq!(found, expected),
            (Err(error), Err(expected)) => assert!(error.to_string().contains(expected), "{error}"),
            (found, expected) => panic!("{found:?} instead of {expected:?}"),
        }
    }

    const ROWS: [(&[u8], &[f32]); 3] = [(b"a", &[1.0, 2.0]), (b"sch\xf6n", &[0.0, 0.0]), (b"a", &[3.0, 4.0])];
    const REPAIRED: &str = "a sch\u{fffd}n [\"1 × duplicate, left out: the first row of a word is kept\", \
        \"1 × row of zeros, kept\", \"1 × word that is not UTF-8, kept as bytes\"]";

    #[test]
    fn rows_end_with_or_without_a_newline() {
        check(Loader::new(), &file("3 2\n", &ROWS, b"\n"), Ok(REPAIRED));
        check(Loader::new(), &file("3 2\n", &ROWS, b""), Ok(REPAIRED));
        check(Loader::new().limit(1), &file("3 2\n", &ROWS, b""), Ok("a []"));
    }

    #[test]
    fn headers_that_lie_are_refused() {
        check(
            Loader::new(),
            &file("4 2\n", &ROWS, b""),
            Err("expected 4 rows of 2 values, as the header says, found 3 whole rows"),
        );
        check(Loader::new(), &file("2 2\n", &ROWS, b""), Err("expected the end of the file after 2 rows"));
        check(Loader::new(), &file("0 2\n", &ROWS, b""), Err("at least one row"));
        check(Loader::new(), &file("3 0\n", &ROWS, b""), Err("at least one row and one value"));
        check(Loader::new(), &file("99999999999999999999 300\n", &ROWS, b""), Err("found 0 whole rows"));
        check(
            Loader::new(),
            &file("3 9223372036854775807\n", &ROWS, b""),
            Err("rows that fit into the file"),
        );
        check(Loader::new(), &file("hello\n", &ROWS, b""), Err("a header"));
    }

    #[test]
    fn lenient_reading_keeps_what_there_is() {
        let lenient = Loader::new().lenient(true).limit(9);
        check(
            lenient.clone(),
            &file("4 2\n", &ROWS[..1], b""),
            Ok("a [\"the header declares 4 rows, 1 were found\"]"),
        );
        let nan: [(&[u8], &[f32]); 2] = [(b"a", &[1.0, 2.0]), (b"b", &[f32::NAN, 0.0])];
        check(
            lenient,
            &file("2 2\n", &nan, b""),
            Ok("a [\"1 × row with NaN, infinity or a value beyond ±1e15, left out\"]"),
        );
        check(
            Loader::new(),
            &file("2 2\n", &nan, b""),
            Err("NaN, infinity or a value beyond ±1e15 in row 2, \"b\" (a.bin, byte 14)"),
        );
    }
}
