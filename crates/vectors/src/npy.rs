//! numpy `.npy`: a magic number, a version, a header that is a Python dictionary, and the values. The words
//! of the rows are listed beside the file.

use std::io::{self, Read};

use crate::beside::Beside;
use crate::element::Element;
use crate::embeddings::Embeddings;
use crate::error::{Fault, Place, Result, reading};
use crate::loader::Options;
use crate::named::Names;
use crate::source::Source;

/// How much is read at a time.
const BLOCK: usize = 1 << 20;
const CUT: &str = "the file is cut short or damaged: download or export it again";

/// Reads a matrix whose words are listed beside it.
pub(crate) fn read(source: Source<'_>, beside: &Beside<'_>, options: &Options) -> Result<Embeddings> {
    let name = source.name.clone();
    let header = Header::read(&source.head).map_err(|fault| fault.within(&name))?;
    header.check_length(source.length).map_err(|fault| fault.within(&name))?;
    // Whether so many values as are declared are known to be there.
    let is_whole = source.length.is_some();
    let names = Names::listed(beside, &name)?;
    let mut reader = source.into_reader();
    io::copy(&mut reader.by_ref().take(header.start as u64), &mut io::sink())
        .map_err(|error| reading(&name, error))?;
    let values = header.values(reader, is_whole, options).map_err(|error| reading(&name, error))?;
    let values = values.map_err(|fault| fault.within(&name))?;
    names.name(header.n, header.d, values, &name, options)
}

/// What the header says.
#[derive(Debug, PartialEq)]
struct Header {
    element: Element,
    columns_first: bool,
    n: u64,
    d: usize,
    /// Where the values begin.
    start: usize,
}

impl Header {
    fn read(head: &[u8]) -> Result<Self, Fault> {
        let wrong = |expected: &str, found: &str| Err(Fault::new(Place::Byte(0), expected, found));
        let (before, length) = match head {
            [0x93, b'N', b'U', b'M', b'P', b'Y', 1, _, a, b, ..] => (10, u16::from_le_bytes([*a, *b]).into()),
            [0x93, b'N', b'U', b'M', b'P', b'Y', 2 | 3, _, a, b, c, d, ..] => {
                (12, u32::from_le_bytes([*a, *b, *c, *d]) as usize)
            }
            _ => return wrong("the header of a .npy file of version 1, 2 or 3", "something else"),
        };
        let Some(text) = head[before..].get(..length) else {
            return wrong("a whole .npy header of at most 256 KiB", "less of it");
        };
        let text = String::from_utf8_lossy(text);
        let Some(entries) = entries(&text) else {
            return wrong("a .npy header that is a Python dictionary", &format!("{text:?}"));
        };
        Self::of_entries(&entries, before + length)
    }

    fn of_entries(entries: &[(&str, &str)], start: usize) -> Result<Self, Fault> {
        let entry =
            |key: &str| entries.iter().find(|(name, _)| *name == key).map_or("nothing", |(_, value)| *value);
        let wrong = |expected: &str, found: &str| Fault::new(Place::Byte(0), expected, found);
        let element = match entry("descr") {
            "<f2" => Element::F16,
            "<f4" => Element::F32,
            "<f8" => Element::F64,
            other => {
                let fault = wrong("values of the type <f2, <f4 or <f8", other);
                return Err(fault.hint("export it again with numpy: matrix.astype('<f4')"));
            }
        };
        let columns_first = match entry("fortran_order") {
            "True" => true,
            "False" => false,
            other => return Err(wrong("fortran_order as True or False", other)),
        };
        let shape: Vec<u64> = entry("shape").split(',').map_while(|n| n.trim().parse().ok()).collect();
        let [n, d] = shape[..] else {
            return Err(wrong("a matrix: a shape of two numbers", entry("shape")));
        };
        let fits = n.checked_mul(d).and_then(|values| values.checked_mul(8)).is_some_and(|n| n > 0);
        match usize::try_from(d) {
            Ok(d) if fits => Ok(Self { element, columns_first, n, d, start }),
            _ => Err(wrong("a matrix of at least 1 × 1 that fits the file", &format!("{n} × {d}"))),
        }
    }

    fn n_bytes(&self) -> u64 {
        self.n * self.d as u64 * self.element.size() as u64
    }

    fn check_length(&self, length: Option<u64>) -> Result<(), Fault> {
        let found = length.map(|length| length.saturating_sub(self.start as u64));
        match found {
            Some(found) if found != self.n_bytes() => Err(self.wrong_length(&found.to_string())),
            _ => Ok(()),
        }
    }

    fn wrong_length(&self, found: &str) -> Fault {
        let expected = format!("{} bytes of values for a matrix of {} × {}", self.n_bytes(), self.n, self.d);
        Fault::new(Place::Byte(self.start as u64), expected, found).hint(CUT)
    }

    /// The values in order of rows, no more of them than the limit asks for.
    fn values(
        &self,
        mut reader: impl Read,
        is_whole: bool,
        options: &Options,
    ) -> io::Result<Result<Vec<f32>, Fault>> {
        let n_wanted = self.n.min(options.limit());
        let n_rows = if self.columns_first { self.n } else { n_wanted };
        let n_bytes = n_rows * self.d as u64 * self.element.size() as u64;
        let mut rest = reader.by_ref().take(n_bytes);
        let room = if is_whole { n_rows as usize * self.d } else { 0 };
        let (mut block, mut values, mut n_read) = (Vec::new(), Vec::with_capacity(room), 0);
        loop {
            block.clear();
            rest.by_ref().take(BLOCK as u64).read_to_end(&mut block)?;
            if block.is_empty() {
                break;
            }
            n_read += block.len() as u64;
            self.element.decode(&block, &mut values);
        }
        let more = reader.take(1).read_to_end(&mut block)? > 0;
        if n_read < n_bytes || (more && n_rows == self.n) {
            let found = if more { "more" } else { &n_read.to_string() };
            return Ok(Err(self.wrong_length(found)));
        }
        Ok(Ok(if self.columns_first { self.transposed(&values, n_wanted as usize) } else { values }))
    }

    /// The first rows of a matrix that is stored column by column.
    fn transposed(&self, columns: &[f32], n_wanted: usize) -> Vec<f32> {
        let n = columns.len() / self.d;
        (0..n_wanted).flat_map(|row| columns[row..].iter().step_by(n).copied()).collect()
    }
}

/// The entries of a dictionary of strings, words and tuples of numbers: a tuple without its brackets.
fn entries(text: &str) -> Option<Vec<(&str, &str)>> {
    let mut rest = text.trim().strip_prefix('{')?.strip_suffix('}')?.trim();
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (key, after) = quoted(rest)?;
        let after = after.trim_start().strip_prefix(':')?.trim_start();
        let (value, after) = if let Some(tuple) = after.strip_prefix('(') {
            tuple.split_once(')')?
        } else if after.starts_with(['\'', '"']) {
            quoted(after)?
        } else {
            after.split_at(after.find(',').unwrap_or(after.len()))
        };
        entries.push((key, value.trim()));
        let after = after.trim_start();
        rest = after.strip_prefix(',').or(after.is_empty().then_some(after))?.trim_start();
    }
    Some(entries)
}

/// A string in quotes, and what follows.
fn quoted(text: &str) -> Option<(&str, &str)> {
    let quote = text.chars().next().filter(|quote| matches!(quote, '\'' | '"'))?;
    text[1..].split_once(quote)
}

#[cfg(test)]
mod tests {
    fn file(version: u8, dictionary: &str, values: &[u8]) -> Vec<u8> {
        let mut bytes = b"\x93NUMPY".to_vec();
        bytes.extend_from_slice(&[version, 0]);
        let length = dictionary.len() as u32;
        let width = if version == 1 { 2 } else { 4 };
        bytes.extend_from_slice(&length.to_le_bytes()[..width]);
        bytes.extend_from_slice(dictionary.as_bytes());
        bytes.extend_from_slice(values);
        bytes
    }

    fn header(descr: &str, order: &str, shape: &str) -> String {
        format!("{{'descr': '{descr}', 'fortran_order': {order}, 'shape': ({shape}), }}   \n")
    }

    /// What becomes of a file `a.npy` beside `a.vocab`: words and values.
    fn open(bytes: &[u8], words: &str, loader: &crate::Loader) -> String {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a.npy"), bytes).unwrap();
        std::fs::write(folder.path().join("a.vocab"), words).unwrap();
        match loader.open(folder.path().join("a.npy")) {
            Ok(read) => {
                let words: Vec<_> =
                    read.vocabulary().iter().map(|(id, _)| read.vocabulary().word(id)).collect();
                format!("{} {}", words.join(" "), read.matrix())
            }
            Err(error) => {
                assert!(error.is_invalid_data(), "{error}");
                error.to_string()
            }
        }
    }

    fn check(bytes: &[u8], words: &str, expected: &str) {
        let found = open(bytes, words, &crate::Loader::new());
        assert!(found.starts_with(expected), "{found} instead of {expected}");
    }

    fn f32s(values: &[f32]) -> Vec<u8> {
        values.iter().flat_map(|value| value.to_le_bytes()).collect()
    }

    #[test]
    fn every_version_type_and_order_is_read() {
        let values = f32s(&[1.0, 2.0, 3.0, 4.0]);
        for version in 1..=3 {
            check(
                &file(version, &header("<f4", "False", "2, 2"), &values),
                "a\nb\n",
                "a b [[1, 2],\n [3, 4]]",
            );
        }
        check(&file(1, &header("<f4", "True", "2, 2"), &values), "a\nb\n", "a b [[1, 3],\n [2, 4]]");
        let halves = [0x00, 0x3c, 0x00, 0x40];
        check(&file(1, &header("<f2", "False", "2, 1"), &halves), "a\nb", "a b [[1],\n [2]]");
        let doubles: Vec<u8> = [1.0_f64, 2.0].iter().flat_map(|value| value.to_le_bytes()).collect();
        check(&file(1, &header("<f8", "False", "1, 2"), &doubles), "a\r\n", "a [[1, 2]]");
        check(&file(1, &header("<f4", "False", "2, 2"), &values), "a\na\n", "a [[1, 2]]");
    }

    #[test]
    fn limits_and_leniency() {
        let bytes = file(1, &header("<f4", "False", "2, 2"), &f32s(&[1.0, f32::NAN, 3.0, 4.0]));
        let nan = "expected finite values, found NaN, infinity or a value beyond ±1e15 in row 1, \"a\"";
        check(&bytes, "a\nb\n", nan);
        assert_eq!(open(&bytes, "a\nb\n", &crate::Loader::new().lenient(true)), "b [[3, 4]]");
        let whole = file(1, &header("<f4", "True", "2, 2"), &f32s(&[1.0, 2.0, 3.0, 4.0]));
        assert_eq!(open(&whole, "a\nb\n", &crate::Loader::new().limit(1)), "a [[1, 3]]");
    }

    #[test]
    fn headers_that_lie_are_refused() {
        let values = f32s(&[1.0, 2.0, 3.0, 4.0]);
        let refused =
            |dictionary: &str, expected: &str| check(&file(1, dictionary, &values), "a\nb\n", expected);
        refused(&header(">f4", "False", "2, 2"), "expected values of the type");
        refused(&header("<f4", "Perhaps", "2, 2"), "expected fortran_order");
        refused(&header("<f4", "False", "4,"), "expected a matrix: a shape of two numbers");
        refused(&header("<f4", "False", "2, 2, 1"), "expected a matrix: a shape of two numbers");
        refused(&header("<f4", "False", "2, -2"), "expected a matrix: a shape of two numbers");
        refused(&header("<f4", "False", "0, 2"), "expected a matrix of at least 1 × 1");
        refused(&header("<f4", "False", "2, 9223372036854775808"), "expected a matrix of at least 1 × 1");
        refused(&header("<f4", "False", "2147483648, 2"), "expected 17179869184 bytes");
        refused(&header("<f4", "False", "1, 2"), "expected 8 bytes");
        refused("{'descr'", "expected a .npy header that is a Python dictionary");
        refused("{'descr': '<f4' 'fortran_order': 1}", "expected a .npy header that is a Python dictionary");
        check(&file(1, &header("<f4", "False", "2, 2"), &values), "a\n", "expected 2 words, one a row");
        let whole = file(1, &header("<f4", "False", "2, 2"), &values);
        for length in 7..whole.len() {
            assert!(
                open(&whole[..length], "a\nb\n", &crate::Loader::new()).starts_with("expected"),
                "{length}"
            );
        }
    }

    #[test]
    fn a_list_of_words_is_asked_for() {
        let bytes = file(1, &header("<f4", "False", "1, 1"), &f32s(&[1.0]));
        let error = crate::Loader::new().read(bytes.as_slice(), "a.npy").unwrap_err();
        assert!(error.to_string().contains("a matrix without the list of its words"), "{error}");
    }
}
