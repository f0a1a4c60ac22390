//! A file of texts in, its rows one by one out.
//!
//! CSV and TSV need a header, JSON lines an object a line, fastText lines begin with `__label__`; anything else is one
//! text a line. Parquet is told by its first bytes; then the name's ending decides and, where it says nothing, the first
//! line. TSV has no quoting: published sets hold stray quotation marks. E-mail (`mail/`) is told by `.eml`, `.mbox` or an mbox's first line,
//! and any folder is one of e-mail.

use std::borrow::Cow;
use std::io::{BufRead, BufReader, Cursor, Read};
use std::path::{Path, PathBuf};

use serde_json::Value;
use wordferry_vectors::open_decompressed;

use crate::mail::{MailRows, is_mail};
use crate::parquet::{self, ParquetRows};
use crate::{Error, Result};

/// How much is looked at to tell a format: as much as a buffered reader holds.
const HEAD: u64 = 8 << 10;

/// A longer line is no text; without a limit, one that never ends would fill the memory.
const LONGEST_LINE: u64 = 256 << 20;

const FASTTEXT_PREFIX: &str = "__label__";

/// The names of the columns of text and label.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Columns {
    /// The text's column, `text` unless it is named.
    pub text: String,
    /// The label's column, `label` unless it is named.
    pub label: String,
}

impl Default for Columns {
    fn default() -> Self {
        Self { text: "text".into(), label: "label".into() }
    }
}

/// A text, with its label if the file has labels.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// The text.
    pub text: String,
    /// The label.
    pub label: Option<String>,
    /// Whether its bytes were UTF-8; what is not stands as U+FFFD.
    pub is_utf8: bool,
    /// The line that the row begins at, from 1. Parquet has no lines, and a folder of e-mail has many files: there it is the number of the
    /// row, from 1.
    pub line: u64,
}

/// The rows of a file, read as they are asked for.
pub struct Rows {
    path: PathBuf,
    columns: Columns,
    source: Source,
}

enum Source {
    Table { reader: Box<csv::Reader<Input>>, text: usize, label: Option<usize>, lines_behind: u64 },
    Lines { reader: Input, format: LineFormat, line: u64 },
    Parquet(Box<ParquetRows>),
    Mail(Box<MailRows>),
}

pub(crate) type Input = BufReader<Box<dyn Read + Send>>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum LineFormat {
    Json,
    FastText,
    Plain,
}

impl Rows {
    /// Opens a file, or a folder of e-mail; gz and zst are read as they are. A Parquet file that is compressed as a whole is held in
    /// memory.
    ///
    /// # Errors
    /// If the file cannot be read, or is a table without the text's column.
    pub fn open(path: &Path, columns: &Columns) -> Result<Self> {
        if path.is_dir() {
            let source = Source::Mail(Box::new(MailRows::open_folder(path)?));
            return Ok(Self { path: path.into(), columns: columns.clone(), source });
        }
        match parquet::plain_file(path) {
            Some(file) => {
                let rows = ParquetRows::open(file, path, columns)?;
                Ok(Self {
                    path: path.into(),
                    columns: columns.clone(),
                    source: Source::Parquet(Box::new(rows)),
                })
            }
            None => Self::read(open_decompressed(path)?, path, columns),
        }
    }

    /// Opens a file whose rows are to have labels.
    ///
    /// # Errors
    /// As [`Rows::open`], and if a table has no column of labels.
    pub fn open_labelled(path: &Path, columns: &Columns) -> Result<Self> {
        let mut rows = Self::open(path, columns)?;
        match &mut rows.source {
            Source::Parquet(rows) => rows.check_label(path, columns)?,
            Source::Table { reader, label: None, lines_behind, .. } => {
                let header = reader.byte_headers().map_err(|error| csv_error(path, &error, *lines_behind))?;
                return Err(missing_column(path, &columns.label, names(header)));
            }
            _ => {}
        }
        Ok(rows)
    }

    /// Reads from a reader; `path` says what to call it and, by its ending, what format it has. Parquet, which is read
    /// from its end, is held in memory.
    ///
    /// # Errors
    /// If it cannot be read, or is a table without the text's column.
    pub fn read(mut reader: Box<dyn Read + Send>, path: &Path, columns: &Columns) -> Result<Self> {
        let mut head = head_of(&mut reader, path)?;
        let reading = |error| wordferry_vectors::Error::reading(path, error);
        let source = if head.starts_with(parquet::MAGIC) {
            reader.read_to_end(&mut head).map_err(reading)?;
            Source::Parquet(Box::new(ParquetRows::read(head, path, columns)?))
        } else if is_mail(ending(path).as_deref(), &head) {
            Source::Mail(Box::new(MailRows::read(path, input(head, reader))?))
        } else {
            let format = line_format(path, &head);
            let delimiter =
                table_delimiter(path).or_else(|| delimiter_of_header(&head, &columns.text, format));
            let mut input = input(head, reader);
            input.fill_buf().map_err(reading)?;
            match delimiter {
                Some(delimiter) => open_table(input, delimiter, path, columns)?,
                None => Source::Lines { format, reader: input, line: 0 },
            }
        };
        Ok(Self { path: path.into(), columns: columns.clone(), source })
    }

    /// What the rows are read from.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// E-mails among the rows so far that were longer than the 16 MiB that are read of one. Their texts end in `[cut]`.
    pub fn n_cut(&self) -> u64 {
        match &self.source {
            Source::Mail(rows) => rows.n_cut(),
            _ => 0,
        }
    }

    fn next_row(&mut self) -> Result<Option<Row>> {
        match &mut self.source {
            Source::Mail(rows) => rows.next_row(),
            Source::Parquet(rows) => rows.next_row(&self.path, &self.columns),
            Source::Table { reader, text, label, lines_behind } => {
                let mut record = csv::ByteRecord::new();
                let read = reader.read_byte_record(&mut record);
                if !read.map_err(|error| csv_error(&self.path, &error, *lines_behind))? {
                    return Ok(None);
                }
                let line = record.position().map_or(0, csv::Position::line) + *lines_behind;
                let field =
                    |i: usize| String::from_utf8_lossy(record.get(i).unwrap_or_default()).into_owned();
                let is_utf8 = std::str::from_utf8(record.get(*text).unwrap_or_default()).is_ok();
                Ok(Some(Row { text: field(*text), label: label.map(field), is_utf8, line }))
            }
            Source::Lines { reader, format, line } => loop {
                let mut bytes = Vec::new();
                let read = reader.by_ref().take(LONGEST_LINE).read_until(b'\n', &mut bytes);
                if read.map_err(|error| wordferry_vectors::Error::reading(&self.path, error))? == 0 {
                    return Ok(None);
                }
                *line += 1;
                if bytes.len() as u64 == LONGEST_LINE && !bytes.ends_with(b"\n") {
                    return Err(Error::Row {
                        path: self.path.clone(),
                        line: *line,
                        expected: format!("lines of less than {LONGEST_LINE} bytes"),
                        found: "a longer one".into(),
                    });
                }
                let text = String::from_utf8_lossy(&bytes);
                let is_utf8 = matches!(text, Cow::Borrowed(_));
                let text = text.trim_end_matches(['\n', '\r']);
                let text = if *line == 1 { text.trim_start_matches('\u{feff}') } else { text };
                match format {
                    LineFormat::Plain => {
                        return Ok(Some(Row { text: text.into(), label: None, is_utf8, line: *line }));
                    }
                    LineFormat::FastText if text.trim().is_empty() => {}
                    LineFormat::FastText => return Ok(Some(Row { is_utf8, ..fasttext_row(text, *line) })),
                    LineFormat::Json if text.trim().is_empty() => {}
                    LineFormat::Json => {
                        let row = json_row(text, *line, &self.path, &self.columns)?;
                        return Ok(Some(Row { is_utf8, ..row }));
                    }
                }
            },
        }
    }
}

impl Iterator for Rows {
    type Item = Result<Row>;

    fn next(&mut self) -> Option<Self::Item> {
        self.next_row().transpose()
    }
}

/// The first bytes of a reader, which may give them in pieces too short to tell a format by.
pub(crate) fn head_of(reader: impl Read, path: &Path) -> Result<Vec<u8>> {
    let mut head = Vec::new();
    let read = reader.take(HEAD).read_to_end(&mut head);
    read.map_err(|error| wordferry_vectors::Error::reading(path, error))?;
    Ok(head)
}

/// All bytes of a reader whose first ones were read already. They are the first that the buffer is filled with.
pub(crate) fn input(head: Vec<u8>, reader: Box<dyn Read + Send>) -> Input {
    BufReader::new(Box::new(Cursor::new(head).chain(reader)))
}

/// The delimiter of a table, if the name says that it is one.
fn table_delimiter(path: &Path) -> Option<u8> {
    match ending(path)?.as_str() {
        "csv" => Some(b','),
        "tsv" => Some(b'\t'),
        _ => None,
    }
}

/// The ending of a name, in lower case and without that of a compression.
fn ending(path: &Path) -> Option<String> {
    let name = path.file_name()?.to_str()?.to_ascii_lowercase();
    let name = name.trim_end_matches(".gz").trim_end_matches(".zst");
    Some(name.rsplit_once('.')?.1.to_string())
}

/// The delimiter of a table whose name says nothing, as on stdin: its first line names the text's column.
fn delimiter_of_header(head: &[u8], text: &str, format: LineFormat) -> Option<u8> {
    let line = head.split(|&byte| byte == b'\n').next().filter(|_| format == LineFormat::Plain)?;
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let names = |delimiter: u8| line.split(move |&byte| byte == delimiter).map(|name| name.trim_ascii());
    [b',', b'\t'].into_iter().find(|&delimiter| {
        names(delimiter).count() > 1 && names(delimiter).any(|name| name == text.as_bytes())
    })
}

fn line_format(path: &Path, start: &[u8]) -> LineFormat {
    if matches!(ending(path).as_deref(), Some("json" | "jsonl" | "ndjson")) {
        return LineFormat::Json;
    }
    let start = start.strip_prefix(b"\xef\xbb\xbf").unwrap_or(start).trim_ascii_start();
    match start {
        [b'{', ..] => LineFormat::Json,
        start if start.starts_with(FASTTEXT_PREFIX.as_bytes()) => LineFormat::FastText,
        _ => LineFormat::Plain,
    }
}

fn open_table(input: Input, delimiter: u8, path: &Path, columns: &Columns) -> Result<Source> {
    let first_break = input.buffer().iter().position(|&byte| byte == b'\n').unwrap_or(0);
    // The csv crate counts a line when it meets its LF: with CR LF, one record late.
    let lines_behind = u64::from(first_break > 0 && input.buffer()[first_break - 1] == b'\r');
    let mut reader =
        csv::ReaderBuilder::new().delimiter(delimiter).quoting(delimiter == b',').from_reader(input);
    let header = reader.byte_headers().map_err(|error| csv_error(path, &error, lines_behind))?;
    let names = names(header);
    if names.is_empty() {
        return Err(Error::NoTexts { path: path.into(), expected: "a header line and rows of texts".into() });
    }
    let find = |wanted: &str| names.iter().position(|name| name == wanted);
    let text = find(&columns.text).ok_or_else(|| missing_column(path, &columns.text, names.clone()))?;
    Ok(Source::Table { text, label: find(&columns.label), reader: Box::new(reader), lines_behind })
}

/// The names of a table's columns.
fn names(header: &csv::ByteRecord) -> Vec<String> {
    let name =
        |field: &[u8]| String::from_utf8_lossy(field).trim_start_matches('\u{feff}').trim().to_string();
    header.iter().map(name).collect()
}

/// That a table has other columns.
pub(crate) fn missing_column(path: &Path, expected: &str, found: Vec<String>) -> Error {
    Error::MissingColumn { path: path.into(), expected: expected.into(), found }
}

fn csv_error(path: &Path, error: &csv::Error, lines_behind: u64) -> Error {
    let line = error.position().map_or(0, csv::Position::line) + lines_behind;
    let (expected, found) = match error.kind() {
        csv::ErrorKind::UnequalLengths { expected_len, len, .. } => {
            (format!("{expected_len} fields, as in the header"), format!("{len}"))
        }
        csv::ErrorKind::Io(error) => ("readable bytes".into(), error.to_string()),
        _ => ("a row of a table".into(), error.to_string()),
    };
    Error::Row { path: path.into(), line, expected, found }
}

fn fasttext_row(text: &str, line: u64) -> Row {
    let (label, rest) = match text.trim_start().strip_prefix(FASTTEXT_PREFIX) {
        Some(labelled) => {
            let (label, mut rest) = labelled.split_once(char::is_whitespace).unwrap_or((labelled, ""));
            let mut label = label.to_string();
            // Further labels are no part of the text. A corpus refuses them.
            while rest.trim_start().starts_with(FASTTEXT_PREFIX) {
                let (more, text) = rest.trim_start().split_once(char::is_whitespace).unwrap_or((rest, ""));
                label = format!("{label} {}", more.trim());
                rest = text;
            }
            (Some(label), rest)
        }
        None => (None, text),
    };
    Row { text: rest.trim().into(), label, is_utf8: true, line }
}

fn json_row(text: &str, line: u64, path: &Path, columns: &Columns) -> Result<Row> {
    let wrong = |expected: String, found: String| Error::Row { path: path.into(), line, expected, found };
    let object: Value =
        serde_json::from_str(text).map_err(|error| wrong("a JSON object".into(), error.to_string()))?;
    let Some(text) = object[&columns.text].as_str() else {
        let keys = object.as_object().map(|map| map.keys().cloned().collect::<Vec<_>>().join(", "));
        let found = keys.map_or_else(|| "no object".into(), |keys| format!("the keys {keys}"));
        return Err(wrong(format!("an object with a text under {:?}", columns.text), found));
    };
    let label = match &object[&columns.label] {
        Value::Null => None,
        Value::String(label) => Some(label.clone()),
        other => Some(other.to_string()),
    };
    Ok(Row { text: text.into(), label, is_utf8: true, line })
}

#[cfg(test)]
mod tests;
