//! word2vec binary: a line "n d", then a word, a space and *d* little-endian `f32`, *n* times.
//!
//! The original program ends every row with a newline, gensim does not: a newline before a word is passed over.

use std::io::{self, BufRead, BufReader, Read};

use ndarray::Array2;

use crate::embeddings::Embeddings;
use crate::error::{Error, Fault, Place, Result, reading};
use crate::format;
use crate::loader::Options;
use crate::repairs::Repairs;
use crate::rows::floats;
use crate::source::Source;
use crate::vocabulary::{MAX_WORDS, Vocabulary};

/// No word is longer; without a bound a file without spaces would be one word.
pub(crate) const MAX_WORD: u64 = 1 << 20;

const CUT: &str = "the file is cut short or damaged: download it again, or read it leniently";

/// Reads word2vec binary.
pub(crate) fn read(source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let Some((n, d, start)) = format::header(&source.head) else {
        let fault =
            Fault::new(Place::Line(1), "a header: the number of words and the dimension", "something else");
        return Err(fault.within(&source.name));
    };
    let name = source.name.clone();
    let mut rows = match Rows::new(n, d, source.length, options) {
        Ok(rows) => rows,
        Err(fault) => return Err(fault.within(&name)),
    };
    let mut reader = Counted { reader: BufReader::with_capacity(1 << 18, source.into_reader()), at: 0 };
    reader.skip(start as u64).map_err(|error| reading(&name, error))?;
    match rows.read(&mut reader, options).map_err(|error| reading(&name, error))? {
        Ok(()) => rows.into_embeddings(&name, options),
        Err(fault) => Err(fault.within(&name)),
    }
}

/// What was read so far.
struct Rows {
    declared: u64,
    d: usize,
    n_read: u64,
    vocabulary: Vocabulary,
    values: Vec<f32>,
    repairs: Repairs,
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
        Ok(Self {
            declared: n,
            d,
            n_read: 0,
            vocabulary: Vocabulary::with_capacity(room),
            values: Vec::with_capacity(room.saturating_mul(d)),
            repairs: Repairs::default(),
        })
    }

    fn read(
        &mut self,
        reader: &mut Counted<impl BufRead>,
        options: &Options,
    ) -> io::Result<Result<(), Fault>> {
        let (mut word, mut row) = (Vec::new(), Vec::new());
        while self.n_read < self.declared.min(options.limit()) {
            let start = reader.at;
            let whole = reader.row(self.d * 4, &mut word, &mut row)?;
            if !whole && options.lenient {
                self.repairs.rows_declared_and_found = Some((self.declared, self.n_read));
                return Ok(Ok(()));
            }
            if !whole {
                return Ok(Err(self.cut_short(start, &word, reader.at)));
            }
            if let Err(fault) = self.keep(start, &word, &row, options) {
                return Ok(Err(fault));
            }
            self.n_read += 1;
        }
        if self.n_read < self.declared {
            return Ok(Ok(()));
        }
        self.look_at_rest(reader, options)
    }

    fn cut_short(&self, start: u64, word: &[u8], end: u64) -> Fault {
        let expected = format!("{} rows of {} values, as the header says", self.declared, self.d);
        if word.len() as u64 > MAX_WORD {
            let found = format!("row {} without a space after the word", self.n_read + 1);
            return Fault::new(Place::Byte(start), expected, found)
                .hint("the file is no word2vec binary, or damaged");
        }
        let found = format!("{} whole rows before the end of the file", self.n_read);
        Fault::new(Place::Byte(end), expected, found).hint(CUT)
    }

    fn keep(&mut self, start: u64, word: &[u8], row: &[u8], options: &Options) -> Result<(), Fault> {
        let word = word.strip_prefix(b"\n").unwrap_or(word);
        if floats(row).any(|value| !value.is_finite()) {
            if options.lenient {
                self.repairs.non_finite += 1;
                return Ok(());
            }
            let found =
                format!("NaN or infinity in row {}, {:?}", self.n_read + 1, String::from_utf8_lossy(word));
            return Err(Fault::new(Place::Byte(start), "finite values", found)
                .hint("read it leniently to leave the row out"));
        }
        match self.vocabulary.insert(word) {
            Ok(_) => {
                self.repairs.look_at_word(word);
                self.repairs.zero_rows += u64::from(floats(row).all(|value| value == 0.0));
                self.values.extend(floats(row));
            }
            Err(Some(_)) => self.repairs.duplicates += 1,
            Err(None) => {
                return Err(Fault::new(Place::Byte(start), format!("at most {MAX_WORDS} words"), "more"));
            }
        }
        Ok(())
    }

    /// After the last declared row only a newline may follow.
    fn look_at_rest(
        &mut self,
        reader: &mut Counted<impl BufRead>,
        options: &Options,
    ) -> io::Result<Result<(), Fault>> {
        let mut rest = Vec::new();
        reader.reader.by_ref().take(2).read_to_end(&mut rest)?;
        if rest.is_empty() || rest == b"\n" {
            return Ok(Ok(()));
        }
        if options.lenient {
            self.repairs.rows_declared_and_found = Some((self.declared, self.n_read + 1));
            return Ok(Ok(()));
        }
        let expected = format!("the end of the file after {} rows, as the header says", self.declared);
        let hint = "the header declares too few rows, or a wrong dimension: read it leniently to have the declared rows";
        Ok(Err(Fault::new(Place::Byte(reader.at), expected, "more bytes").hint(hint)))
    }

    fn into_embeddings(self, name: &str, options: &Options) -> Result<Embeddings> {
        if self.vocabulary.is_empty() && options.limit() > 0 {
            return Err(Fault::new(Place::File, "at least one row", "none").within(name));
        }
        let n = self.vocabulary.len();
        let matrix = Array2::from_shape_vec((n, self.d), self.values).map_err(|error| Error::Mismatch {
            expected: format!("{n} rows of {} values", self.d),
            found: error.to_string(),
        })?;
        Ok(Embeddings::of_finite(self.vocabulary, matrix).with_repairs(self.repairs))
    }
}

/// A reader that knows where it is.
struct Counted<R> {
    reader: R,
    at: u64,
}

impl<R: BufRead> Counted<R> {
    fn skip(&mut self, n: u64) -> io::Result<()> {
        self.at += io::copy(&mut self.reader.by_ref().take(n), &mut io::sink())?;
        Ok(())
    }

    /// The next word and the bytes of its row; whether both are whole.
    fn row(&mut self, n_bytes: usize, word: &mut Vec<u8>, row: &mut Vec<u8>) -> io::Result<bool> {
        word.clear();
        row.clear();
        self.at += self.reader.by_ref().take(MAX_WORD + 1).read_until(b' ', word)? as u64;
        if word.pop_if(|last| *last == b' ').is_none() {
            return Ok(false);
        }
        self.at += self.reader.by_ref().take(n_bytes as u64).read_to_end(row)? as u64;
        Ok(row.len() == n_bytes)
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
        check(lenient, &file("2 2\n", &nan, b""), Ok("a [\"1 × row with NaN or infinity, left out\"]"));
        check(
            Loader::new(),
            &file("2 2\n", &nan, b""),
            Err("NaN or infinity in row 2, \"b\" (a.bin, byte 14)"),
        );
    }
}
