//! E-mail in, texts out: a message, an mbox, or a folder of them.
//!
//! In a folder, the label of a message is the name of the folder in it, or of the mbox in it, that holds the message: `mail/spam/1.eml` and
//! `mail/spam.mbox` are both `spam`. Messages of other people are hostile: what is read of one is limited, and so is what is made of it.

mod folder;
mod html;
mod mbox;
mod message;

use std::io::{self, BufRead, Read};
use std::path::{Path, PathBuf};

use wordferry_vectors::open_decompressed;

use self::folder::MailFile;
use self::mbox::{Mbox, is_separator};
use crate::rows::{Input, Row, head_of, input};
use crate::{Error, Result};

/// Of a longer message, the rest is passed over.
const LONGEST_MESSAGE: u64 = 16 << 20;

/// The messages of a file or a folder, as they are asked for.
pub(crate) struct MailRows {
    files: std::vec::IntoIter<MailFile>,
    open: Option<(MailFile, Mailbox)>,
    /// Messages so far.
    n: u64,
    n_cut: u64,
    /// Whether a row's line is the number of the message, as lines of many files say nothing.
    numbered: bool,
}

enum Mailbox {
    Single(Input),
    Mbox(Mbox<Input>),
}

/// A message as it was read.
struct Raw {
    bytes: Vec<u8>,
    /// The line that it begins at, from 1.
    line: u64,
    is_cut: bool,
}

impl MailRows {
    /// Reads from a reader that [`is_mail`].
    pub(crate) fn read(path: &Path, input: Input) -> Result<Self> {
        let file = MailFile { path: path.into(), label: None };
        let open = Some((file.clone(), Mailbox::of(input, path)?));
        Ok(Self { files: Vec::new().into_iter(), open, n: 0, n_cut: 0, numbered: false })
    }

    /// Reads the files of a folder, in the order of their names.
    pub(crate) fn open_folder(path: &Path) -> Result<Self> {
        let files = folder::files(path).map_err(|error| wordferry_vectors::Error::reading(path, error))?;
        Ok(Self { files: files.into_iter(), open: None, n: 0, n_cut: 0, numbered: true })
    }

    /// Messages so far that were longer than is read of one.
    pub(crate) fn n_cut(&self) -> u64 {
        self.n_cut
    }

    pub(crate) fn next_row(&mut self) -> Result<Option<Row>> {
        loop {
            let Some((file, mailbox)) = &mut self.open else {
                let Some(file) = self.files.next() else { return Ok(None) };
                self.open = Some((file.clone(), Mailbox::open(&file.path)?));
                continue;
            };
            let raw = mailbox.next().map_err(|error| wordferry_vectors::Error::reading(&file.path, error))?;
            let Some(raw) = raw else {
                self.open = None;
                continue;
            };
            self.n += 1;
            self.n_cut += u64::from(raw.is_cut);
            let line = if self.numbered { self.n } else { raw.line };
            let text = message::text(&raw.bytes, raw.is_cut).ok_or_else(|| not_mail(&file.path, raw.line))?;
            return Ok(Some(Row { text, label: file.label.clone(), is_utf8: true, line }));
        }
    }
}

impl Mailbox {
    fn open(path: &Path) -> Result<Self> {
        let mut reader = open_decompressed(path)?;
        let head = head_of(&mut reader, path)?;
        Self::of(input(head, reader), path)
    }

    fn of(mut input: Input, path: &Path) -> Result<Self> {
        let start = input.fill_buf().map_err(|error| wordferry_vectors::Error::reading(path, error))?;
        match first_line(start) {
            line if is_separator(line) => Ok(Self::Mbox(Mbox::new(input))),
            line if is_header(line) => Ok(Self::Single(input)),
            // An mbox may be empty, and begin with empty lines.
            line if line.trim_ascii().is_empty() => Ok(Self::Mbox(Mbox::new(input))),
            _ => Err(not_mail(path, 1)),
        }
    }

    fn next(&mut self) -> io::Result<Option<Raw>> {
        match self {
            Self::Mbox(mbox) => mbox.next(),
            Self::Single(input) => {
                let mut bytes = Vec::new();
                input.by_ref().take(LONGEST_MESSAGE).read_to_end(&mut bytes)?;
                let is_cut = io::copy(input, &mut io::sink())? > 0;
                Ok((!bytes.is_empty()).then_some(Raw { bytes, line: 1, is_cut }))
            }
        }
    }
}

/// Whether a file is mail, by the ending of its name (in lower case) or how it begins. A message without the ending is not known as one:
/// any text may begin with a word and a colon.
pub(crate) fn is_mail(ending: Option<&str>, start: &[u8]) -> bool {
    matches!(ending, Some("eml" | "mbox")) || is_separator(first_line(start))
}

fn first_line(start: &[u8]) -> &[u8] {
    start.split(|&byte| byte == b'\n').next().unwrap_or_default()
}

/// Whether a line is a header's first.
fn is_header(line: &[u8]) -> bool {
    let name = line.split(|&byte| byte == b':').next().unwrap_or_default();
    !name.is_empty() && name.len() < line.len() && name.iter().all(|byte| byte.is_ascii_graphic())
}

fn not_mail(path: &Path, line: u64) -> Error {
    Error::Row {
        path: PathBuf::from(path),
        line,
        expected: "an e-mail: headers, or an mbox's line that begins with From".into(),
        found: "something else".into(),
    }
}

#[cfg(test)]
mod tests;
