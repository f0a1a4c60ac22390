//! How files are opened.

use std::borrow::Cow;
use std::io::Read;
use std::path::Path;

use crate::beside::Beside;
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::format::{self, BYTE_ORDER_MARK, Format};
use crate::source::Source;
use crate::{archive, fasttext, fifu, npy, tensors, text, word2vec};

/// Opens word vectors of any format that can be read here, plain, compressed with gzip or Zstandard, or as the one file with
/// vectors in a zip archive.
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
    /// infinity or a wrong number of values, a file that is cut short. Otherwise each of them is an error. Rows of models
    /// with n-grams have to stay, and become zeros.
    pub fn lenient(mut self, lenient: bool) -> Self {
        self.options.lenient = lenient;
        self
    }

    /// Opens a file, or a model2vec folder: one with `model.safetensors` and `tokenizer.json`. A `.npy` or `.safetensors`
    /// matrix has its words in a list beside it.
    ///
    /// # Errors
    ///
    /// [`Error::Read`] and [`Error::Directory`] if it cannot be read, [`Error::Empty`], [`Error::Unrecognised`] and
    /// [`Error::Refused`] if it is not of a format that is read here, and [`Error::Malformed`] if it is damaged or contradicts
    /// itself.
    pub fn open(&self, path: impl AsRef<Path>) -> Result<Embeddings> {
        let path = model_file(path.as_ref());
        self.read_source(Source::open(&path)?, &Beside::Folder(&path))
    }

    /// Reads a stream; `name` stands for it in messages.
    ///
    /// # Errors
    ///
    /// As [`Loader::open`].
    pub fn read(&self, reader: impl Read + Send, name: &str) -> Result<Embeddings> {
        self.read_source(Source::new(reader, name)?, &Beside::Nothing)
    }

    fn read_source(&self, source: Source<'_>, beside: &Beside<'_>) -> Result<Embeddings> {
        if let Some((found, hint)) = format::refusal(&source.head) {
            return Err(Error::Refused { name: source.name, found: found.to_owned(), hint });
        }
        if archive::is_zip(&source.head) {
            return archive::read(source, beside.path(), &|member, beside| self.read_source(member, &beside));
        }
        let detected = self.options.format.or_else(|| Format::detect(&source.head));
        let Some(format) = detected else { return Err(unrecognised(&source)) };
        let embeddings = match format {
            Format::TextWithHeader => text::read_with_header(source, &self.options),
            Format::Text => text::read_without_header(source, &self.options),
            Format::Word2Vec => word2vec::read(source, &self.options),
            // One reader for both, which says what it found.
            Format::FastText | Format::FastTextQuantized => return fasttext::read(source, &self.options),
            Format::Finalfusion => fifu::read(source, &self.options),
            Format::Npy => npy::read(source, beside, &self.options),
            Format::Safetensors => tensors::read(source, beside, &self.options),
        };
        embeddings.map(|embeddings| embeddings.with_format(format))
    }
}

/// The matrix of a model2vec folder, be it saved by model2vec or by sentence-transformers; other paths as they are.
fn model_file(path: &Path) -> Cow<'_, Path> {
    let files = ["model.safetensors", "0_StaticEmbedding/model.safetensors"].map(|file| path.join(file));
    match files.into_iter().find(|file| path.is_dir() && file.is_file()) {
        Some(file) => Cow::Owned(file),
        None => Cow::Borrowed(path),
    }
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
