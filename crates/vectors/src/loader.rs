//! How files are opened.

use std::io::Read;
use std::path::Path;

use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::format::{self, BYTE_ORDER_MARK, Format};
use crate::source::Source;
use crate::{fasttext, fifu, text, word2vec};

/// Opens word vectors of any format that can be read here, plain or compressed with gzip or Zstandard.
///
/// By default all rows are read, the format is told by the content, and a file that contradicts itself is an error.
#[derive(Clone, Debug, Default)]
pub struct Loader {
    options: Options,
}

/// What a reader of a format needs to know.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Options {
    pub(crate) limit: Option<u64>,
    pub(crate) format: Option<Format>,
    pub(crate) lenient: bool,
}

impl Options {
    /// The most rows to read.
    pub(crate) fn limit(&self) -> u64 {
        self.limit.unwrap_or(u64::MAX)
    }
}

impl Loader {
    /// The default: all rows, any format, strict.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads the first `n_rows` rows of a file only, and no further than they reach. That there are fewer rows, or more
    /// than a header says, is then no error.
    pub fn limit(mut self, n_rows: usize) -> Self {
        self.options.limit = Some(n_rows as u64);
        self
    }

    /// Takes the bytes to be of `format` without looking.
    pub fn format(mut self, format: Format) -> Self {
        self.options.format = Some(format);
        self
    }

    /// Whether to read a file that contradicts itself as well as can be, and count the
    /// [`Repairs`](crate::Repairs): a header that declares other rows or another dimension than there are, rows with NaN,
    /// infinity or a wrong number of values, a file that is cut short. Otherwise each of them is an error.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.options.lenient = lenient;
        self
    }

    /// Opens a file.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Directory`] if it cannot be read, [`Error::Empty`], [`Error::Unrecognised`] and
    /// [`Error::Refused`] if it is not of a format that is read here, and [`Error::Malformed`] if it is damaged or contradicts
    /// itself.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Embeddings> {
        self.read_source(Source::open(path.as_ref())?)
    }

    /// Reads a stream; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// As [`Loader::open`].
    pub fn read(&self, reader: impl Read + Send, name: &str) -> Result<Embeddings> {
        self.read_source(Source::new(reader, name)?)
    }

    fn read_source(&self, source: Source<'_>) -> Result<Embeddings> {
        if let Some((found, hint)) = format::refusal(&source.head) {
            return Err(Error::Refused { name: source.name, found: found.to_owned(), hint });
        }
        let detected = self.options.format.or_else(|| Format::detect(&source.head));
        match detected {
            Some(Format::TextWithHeader) => text::read_with_header(source, &self.options),
            Some(Format::Text) => text::read_without_header(source, &self.options),
            Some(Format::Word2Vec) => word2vec::read(source, &self.options),
            Some(Format::FastText | Format::FastTextQuantized) => fasttext::read(source, &self.options),
            Some(Format::Finalfusion) => fifu::read(source, &self.options),
            Some(format) => Err(not_readable(source.name, format)),
            None => Err(unrecognised(&source)),
        }
    }
}

fn not_readable(name: String, format: Format) -> Error {
    let hint = "convert it to word2vec text or binary, or to a fastText .bin, with the program that wrote it";
    Error::Refused { name, found: format!("the format {format}"), hint }
}

/// Shows the first line if it is text, the first bytes if not.
fn unrecognised(source: &Source<'_>) -> Error {
    let head = source.head.strip_prefix(BYTE_ORDER_MARK).unwrap_or(&source.head);
    let line = head.split(|byte| *byte == b'\n').next().unwrap_or_default();
    let is_text = !line.iter().any(|byte| *byte < b'\t');
    let found = if is_text {
        let shown: String = String::from_utf8_lossy(line).chars().take(40).collect();
        format!("{shown:?}")
    } else {
        let shown: Vec<String> = head.iter().take(8).map(|byte| format!("{byte:02x}")).collect();
        format!("the bytes {}", shown.join(" "))
    };
    Error::Unrecognised { name: source.name.clone(), found }
}
