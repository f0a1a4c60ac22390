//! Which format bytes are in, told by the bytes.

use std::fmt;
use std::str::FromStr;

use crate::error::Error;
use crate::number::{self, is_separator};

/// A file format of word vectors.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Format {
    /// word2vec and fastText `.vec`: a line "n d", then a line a word.
    TextWithHeader,
    /// GloVe: a line a word.
    Text,
    /// word2vec `.bin`: a line "n d", then word, space and *d* little-endian `f32` a word.
    Word2Vec,
    /// fastText `.bin`: arguments, dictionary, matrix of words and n-grams.
    FastText,
    /// fastText `.ftz`: the same with a product-quantised matrix, maybe with pruned n-grams.
    FastTextQuantized,
    /// finalfusion `.fifu`: a vocabulary with or without n-grams, and a dense or quantised matrix.
    Finalfusion,
    /// A safetensors file with one matrix, whose words are in `tokenizer.json` or a list beside it.
    Safetensors,
    /// A numpy `.npy` matrix, whose words are in a list beside it.
    Npy,
}

/// Every format with the name a user types.
const NAMES: [(Format, &str); 8] = [
    (Format::TextWithHeader, "vec"),
    (Format::Text, "glove"),
    (Format::Word2Vec, "word2vec"),
    (Format::FastText, "fasttext"),
    (Format::FastTextQuantized, "ftz"),
    (Format::Finalfusion, "fifu"),
    (Format::Safetensors, "safetensors"),
    (Format::Npy, "npy"),
];

impl Format {
    /// Recognises the format by the first bytes of a decompressed file; a few kilobytes, or all of a small file, are
    /// enough. A fastText model's head does not tell whether it is quantised: [`Format::FastText`] stands for both. A zip
    /// archive is no format of vectors: its members are.
    pub fn detect(head: &[u8]) -> Option<Self> {
        let magics: [(&[u8], Self); 3] =
            [(&FASTTEXT_MAGIC, Self::FastText), (b"FiFu", Self::Finalfusion), (b"\x93NUMPY", Self::Npy)];
        if let Some((_, format)) = magics.iter().find(|(magic, _)| head.starts_with(magic)) {
            return Some(*format);
        }
        if head.get(8) == Some(&b'{') && head[1..8].iter().filter(|byte| **byte == 0).count() >= 4 {
            return Some(Self::Safetensors);
        }
        if crate::fasttext::looks_unsigned(head) {
            return Some(Self::FastText);
        }
        detect_lines(head)
    }

    /// The short name: what [`str::parse`] reads and `Display` shows.
    pub fn name(self) -> &'static str {
        NAMES.iter().find(|(format, _)| *format == self).map_or("", |(_, name)| name)
    }
}

impl fmt::Display for Format {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

impl FromStr for Format {
    type Err = Error;

    /// Reads a format's short name.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] that lists the names.
    fn from_str(name: &str) -> Result<Self, Error> {
        let known = NAMES.iter().find(|(_, known)| *known == name);
        known.map(|(format, _)| *format).ok_or_else(|| Error::Mismatch {
            expected: format!("a format: {}", NAMES.map(|(_, name)| name).join(", ")),
            found: format!("{name:?}"),
        })
    }
}

/// The first four bytes of a fastText model, 793712314 little-endian.
pub(crate) const FASTTEXT_MAGIC: [u8; 4] = [0xba, 0x16, 0x4f, 0x2f];

pub(crate) const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// What a pickle is called, and what to do instead of opening it.
pub(crate) const PICKLE: (&str, &str) = (
    "a Python pickle",
    "a pickle can run code when it is opened: in Python, save the vectors with gensim's \
        KeyedVectors.save_word2vec_format(path, binary=True), or the tensors with safetensors.torch.save_file",
);

/// What is known and will not be read, with what to do instead.
pub(crate) fn refusal(head: &[u8]) -> Option<(&'static str, &'static str)> {
    let known: [(&[u8], &str, &str); 3] = [
        (b"BZh", "a bzip2 file", "unpack it first: bunzip2"),
        (b"\xfd7zXZ", "an xz file", "unpack it first: unxz"),
        (b"\x89HDF\r\n", "an HDF5 file", "export the vectors as text or safetensors"),
    ];
    let is_pickle = matches!(head, [0x80, 2..=5, ..]);
    if is_pickle {
        return Some(PICKLE);
    }
    known.iter().find(|(magic, ..)| head.starts_with(magic)).map(|(_, found, hint)| (*found, *hint))
}

/// "n d" on a line of its own: both numbers, and where the next line begins.
pub(crate) fn header(head: &[u8]) -> Option<(u64, u64, usize)> {
    let end = memchr::memchr(b'\n', &head[..head.len().min(64)])?;
    header_of_line(&head[..end]).map(|(n, d)| (n, d, end + 1))
}

/// The number of words and the dimension, if that is what a line says and nothing else: the first one of vectors as text. Numbers beyond
/// 64 bits count as the largest.
pub fn header_of_line(line: &[u8]) -> Option<(u64, u64)> {
    let mut fields =
        line.split(|byte| is_separator(*byte) || *byte == b'\r').filter(|field| !field.is_empty());
    let n = integer(fields.next()?)?;
    let d = integer(fields.next()?)?;
    fields.next().is_none().then_some((n, d))
}

/// Digits only: a header has no signs. Numbers beyond 64 bits count as the largest.
fn integer(field: &[u8]) -> Option<u64> {
    if !field.iter().all(u8::is_ascii_digit) {
        return None;
    }
    Some(std::str::from_utf8(field).ok()?.parse().unwrap_or(u64::MAX))
}

fn detect_lines(head: &[u8]) -> Option<Format> {
    let head = head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(head);
    match header(head) {
        Some((_, _, rows)) if is_binary(&head[rows..]) => Some(Format::Word2Vec),
        Some(_) => Some(Format::TextWithHeader),
        None => looks_textual(head).then_some(Format::Text),
    }
}

/// Whether the first row after a header is raw floats: in a text, most fields after the word are numbers.
fn is_binary(rows: &[u8]) -> bool {
    let line = first_line(rows);
    let fields = fields(line);
    let numbers = fields.iter().skip(1).filter(|field| number::parse(field, 0).is_some()).count();
    !line.is_empty() && numbers * 2 < fields.len().saturating_sub(1).max(1)
}

/// Whether some early line is a word with numbers after it.
fn looks_textual(head: &[u8]) -> bool {
    let lines = head.split(|byte| *byte == b'\n').filter(|line| !fields(line).is_empty());
    let line = lines.take(1).next().unwrap_or_default();
    let fields = fields(line);
    let numbers = fields.iter().skip(1).filter(|field| number::parse(field, 0).is_some()).count();
    numbers > 0 && numbers * 2 >= fields.len() - 1
}

/// The first line, without its end; where the line is cut off by the end of `bytes`, without its last, partial field.
fn first_line(bytes: &[u8]) -> &[u8] {
    let line = match memchr::memchr(b'\n', bytes) {
        Some(end) => &bytes[..end],
        None => bytes,
    };
    line.strip_suffix(b"\r").unwrap_or(line)
}

fn fields(line: &[u8]) -> Vec<&[u8]> {
    line.split(|byte| is_separator(*byte) || *byte == b'\r').filter(|field| !field.is_empty()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(head: &[u8], expected: Option<Format>) {
        assert_eq!(Format::detect(head), expected, "{}", String::from_utf8_lossy(head));
    }

    #[test]
    fn content_tells_the_format() {
        check(b"2 3\na 1 2 3\nb 4 5 6\n", Some(Format::TextWithHeader));
        check(b"\xef\xbb\xbf2\t3\r\na\t1\t2\t3\r\n", Some(Format::TextWithHeader));
        check(b"a 1 2 3\nb 4 5 6\n", Some(Format::Text));
        check(b". . . 0.1 -2e-3 3\n", Some(Format::Text));
        check(b"0 100\n", Some(Format::TextWithHeader));
        check(b"1 2\na \xcd\xcc\xcc\x3d\xcd\xcc\xcc\x3d\n", Some(Format::Word2Vec));
        check(b"2 2\nab ****++++\nc ****++++", Some(Format::Word2Vec));
        check(b"\xba\x16\x4f\x2f\x0c\0\0\0", Some(Format::FastText));
        check(b"FiFu\0\0\0\0", Some(Format::Finalfusion));
        check(b"\x93NUMPY\x01\0", Some(Format::Npy));
        check(b"\x10\0\0\0\0\0\0\0{\"a\":1}", Some(Format::Safetensors));
        check(b"hello world\nthis is no file of vectors\n", None);
        check(b"", None);
        check(b"\n\n", None);
    }

    #[test]
    fn pickles_are_refused() {
        assert_eq!(refusal(b"\x80\x04\x95").unwrap().0, "a Python pickle");
        assert_eq!(refusal(b"2 3\n"), None);
    }

    #[test]
    fn names_lead_back() {
        for (format, name) in NAMES {
            assert_eq!(name.parse::<Format>().unwrap(), format);
            assert_eq!(format.to_string(), name);
        }
        assert!("excel".parse::<Format>().is_err());
    }
}
