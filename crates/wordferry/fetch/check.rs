//! Bytes of a file in as they arrive, out whether they can be right, and whether there are enough of them.

use std::io::Write;

use flate2::write::MultiGzDecoder;
use wordferry::vectors::header_of_line;

/// The longest first line that is taken for one.
const LONGEST_HEADER: usize = 64;
/// Bytes of a lexicon, at most; MUSE's have two million.
const LONGEST_LEXICON: usize = 1 << 26;
/// Characters of a wrong line that are shown.
const SHOWN: usize = 40;

/// What is wrong.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Fault {
    pub(super) line: Option<u64>,
    pub(super) expected: String,
    pub(super) found: String,
}

/// What is known of a file while it arrives.
pub(super) enum Check {
    /// Vectors as text.
    Plain(Rows),
    /// The same, or a model, compressed.
    Gzip(Box<MultiGzDecoder<Vec<u8>>>, Option<Rows>),
    /// Pairs of words.
    Pairs(Vec<u8>),
    /// An archive, which is looked at when it is unpacked.
    Archive,
}

impl Check {
    /// What a file of this name holds, of which so many rows are wanted.
    pub(super) fn of(name: &str, limit: Option<u64>) -> Self {
        if name.ends_with(".vec") {
            Self::Plain(Rows::new(limit))
        } else if let Some(name) = name.strip_suffix(".gz") {
            let rows = name.ends_with(".vec").then(|| Rows::new(limit));
            Self::Gzip(Box::new(MultiGzDecoder::new(Vec::new())), rows)
        } else if name.ends_with(".zip") {
            Self::Archive
        } else {
            Self::Pairs(Vec::new())
        }
    }

    /// Takes what comes next; whether it is enough.
    ///
    /// # Errors
    /// If it cannot be right.
    pub(super) fn feed(&mut self, bytes: &[u8]) -> Result<bool, Fault> {
        match self {
            Self::Plain(rows) => rows.feed(bytes),
            Self::Gzip(decoder, rows) => {
                // What is decompressed stays in the decoder until it is flushed.
                decoder.write_all(bytes).and_then(|()| decoder.flush()).map_err(|error| damaged(&error))?;
                let bytes = std::mem::take(decoder.get_mut());
                rows.as_mut().map_or(Ok(false), |rows| rows.feed(&bytes))
            }
            Self::Pairs(all) if all.len() > LONGEST_LEXICON => {
                let expected = format!("a lexicon of at most {LONGEST_LEXICON} bytes");
                Err(Fault { line: None, expected, found: "more".into() })
            }
            Self::Pairs(all) => {
                all.extend_from_slice(bytes);
                Ok(false)
            }
            Self::Archive => Ok(false),
        }
    }

    /// What is only known at the end.
    ///
    /// # Errors
    /// If it cannot have been all.
    pub(super) fn end(&mut self) -> Result<(), Fault> {
        match self {
            Self::Plain(rows) => rows.end(),
            Self::Gzip(decoder, rows) => {
                decoder.try_finish().map_err(|error| damaged(&error))?;
                let Some(rows) = rows else { return Ok(()) };
                rows.feed(&std::mem::take(decoder.get_mut()))?;
                rows.end()
            }
            Self::Pairs(all) => pairs(all),
            Self::Archive => Ok(()),
        }
    }

    /// Whether [`Check::end`], or unpacking, tells a file that is cut from a whole one.
    pub(super) fn has_end(&self) -> bool {
        match self {
            // The last value may lack digits.
            Self::Plain(rows) => rows.begin.is_empty(),
            Self::Gzip(..) | Self::Archive => true,
            Self::Pairs(_) => false,
        }
    }

    /// The words and the dimension of a file of vectors, once they are known.
    pub(super) fn shape(&self) -> Option<(u64, u64)> {
        match self {
            Self::Plain(rows) | Self::Gzip(_, Some(rows)) => Some((rows.n, rows.header?.1)),
            Self::Gzip(_, None) | Self::Pairs(_) | Self::Archive => None,
        }
    }
}

/// Makes sure that every line is a word and its translation.
fn pairs(all: &[u8]) -> Result<(), Fault> {
    let text = String::from_utf8_lossy(all);
    let is_wrong = |(_, line): &(usize, &str)| line.split_whitespace().count() != 2;
    let (i, line) = match (text.lines().enumerate().find(is_wrong), all) {
        (Some(wrong), _) => wrong,
        (None, []) => (0, ""),
        (None, _) => return Ok(()),
    };
    let found = format!("{:?}", line.chars().take(SHOWN).collect::<String>());
    Err(Fault { line: Some(i as u64 + 1), expected: "a word and its translation".into(), found })
}

fn damaged(error: &std::io::Error) -> Fault {
    Fault { line: None, expected: "an intact gzip stream".into(), found: error.to_string() }
}

/// The rows of vectors as text: a line with their number and dimension, then a line each.
pub(super) struct Rows {
    limit: u64,
    header: Option<(u64, u64)>,
    /// Whole rows.
    n: u64,
    /// How the line begins that is not yet whole, and the spaces in it.
    begin: Vec<u8>,
    n_spaces: u64,
}

impl Rows {
    fn new(limit: Option<u64>) -> Self {
        let limit = limit.unwrap_or(u64::MAX);
        Self { limit, header: None, n: 0, begin: Vec::new(), n_spaces: 0 }
    }

    fn feed(&mut self, mut bytes: &[u8]) -> Result<bool, Fault> {
        while let Some(end) = bytes.iter().position(|byte| *byte == b'\n') {
            if self.is_enough() {
                return Ok(true);
            }
            self.part_of_line(&bytes[..end])?;
            self.end_of_line()?;
            bytes = &bytes[end + 1..];
        }
        self.part_of_line(bytes)?;
        Ok(self.is_enough())
    }

    fn is_enough(&self) -> bool {
        self.header.is_some() && self.n >= self.limit
    }

    fn part_of_line(&mut self, bytes: &[u8]) -> Result<(), Fault> {
        let shown = bytes.len().min((LONGEST_HEADER + 1).saturating_sub(self.begin.len()));
        self.begin.extend_from_slice(&bytes[..shown]);
        self.n_spaces += bytes.iter().filter(|byte| **byte == b' ').count() as u64;
        match self.header.is_none() && self.begin.len() > LONGEST_HEADER {
            true => Err(self.no_header()),
            false => Ok(()),
        }
    }

    fn end_of_line(&mut self) -> Result<(), Fault> {
        match self.header {
            None => self.header = Some(header(&self.begin).ok_or_else(|| self.no_header())?),
            // A word may hold spaces.
            Some((_, dimension)) if self.n_spaces >= dimension => self.n += 1,
            Some((_, dimension)) => {
                return Err(self.fault(format!("a word and {dimension} values"), self.shown()));
            }
        }
        self.begin.clear();
        self.n_spaces = 0;
        Ok(())
    }

    fn end(&mut self) -> Result<(), Fault> {
        if !self.is_enough() && !self.begin.is_empty() {
            self.end_of_line()?;
        }
        let Some((declared, _)) = self.header else { return Err(self.no_header()) };
        let expected = declared.min(self.limit);
        match self.n.min(self.limit) == expected {
            true => Ok(()),
            false => Err(self.fault(format!("{expected} rows"), self.n.to_string())),
        }
    }

    fn no_header(&self) -> Fault {
        self.fault("a first line with the number of words and the dimension".into(), self.shown())
    }

    fn fault(&self, expected: String, found: String) -> Fault {
        Fault { line: Some(self.n + 1 + u64::from(self.header.is_some())), expected, found }
    }

    fn shown(&self) -> String {
        format!("{:?}", String::from_utf8_lossy(&self.begin).chars().take(SHOWN).collect::<String>())
    }
}

/// The number of words and the dimension, if that is what a line says and both can be.
fn header(line: &[u8]) -> Option<(u64, u64)> {
    header_of_line(line).filter(|&(n, dimension)| dimension > 0 && n < u64::MAX && dimension < u64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Feeds a text so many bytes at a time; the rows that were found, or what is wrong.
    fn check(name: &str, bytes: &[u8], limit: Option<u64>, step: usize) -> Result<u64, Fault> {
        let mut check = Check::of(name, limit);
        for piece in bytes.chunks(step) {
            if check.feed(piece)? {
                break;
            }
        }
        check.end()?;
        Ok(check.shape().map_or(0, |(n, _)| n))
    }

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    #[test]
    fn rows_are_counted_however_they_arrive() {
        let text = b"3 2\na 1 2\nb c 1 2 \nd 1 2";
        for step in [1, 2, 7, 100] {
            assert_eq!(check("a.vec", text, None, step), Ok(3));
            assert_eq!(check("a.vec.gz", &gzip(text), None, step), Ok(3));
            assert_eq!(check("a.vec.gz", &[gzip(&text[..6]), gzip(&text[6..])].concat(), None, step), Ok(3));
            assert_eq!(check("a.vec", text, Some(2), step), Ok(2));
            assert_eq!(check("a.vec", text, Some(9), step), Ok(3));
        }
        assert_eq!(check("a.zip", b"PK", None, 1), Ok(0));
    }

    #[test]
    fn what_cannot_be_right_is_told_with_its_line() {
        let fault = |bytes: &[u8]| check("a.vec", bytes, None, 3).unwrap_err();
        let header = fault(b"<html>");
        assert_eq!((header.line, &*header.found), (Some(1), "\"<html>\""));
        assert_eq!(fault(&[b'x'; 1000]).line, Some(1));
        assert_eq!(fault(b"").found, "\"\"");
        let row = fault(b"2 2\na 1 2\nb 1\n");
        assert_eq!((row.line, &*row.expected, &*row.found), (Some(3), "a word and 2 values", "\"b 1\""));
        let rows = fault(b"3 2\na 1 2\n");
        assert_eq!((&*rows.expected, &*rows.found), ("3 rows", "1"));
        let packed = gzip(b"1 2\na 1 2\n");
        assert!(check("a.vec.gz", &packed[..packed.len() - 3], None, 4).is_err());
        assert!(check("a.vec.gz", b"1 2\na 1 2\n", None, 4).is_err());
        for cut in [0, 1, 5, packed.len() - 9, packed.len() - 1] {
            assert!(check("a.bin.gz", &packed[..cut], None, 4).is_err(), "cut at {cut}");
        }
        assert_eq!(check("a.bin.gz", &packed, None, 4), Ok(0));
        let pair = |text: &[u8]| check("a.txt", text, None, 4).map_err(|fault| fault.line);
        assert_eq!(pair(b"hund dog\nhaus\thouse\n"), Ok(0));
        assert_eq!(pair(b"hund dog\n<p>no such file</p>\n"), Err(Some(2)));
        assert_eq!(pair(b""), Err(Some(1)));
    }
}
