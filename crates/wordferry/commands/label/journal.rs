//! Labels in, a CSV file that holds each of them as soon as it was given out.

use std::fs::{File, OpenOptions};
use std::io::{Read, Seek, SeekFrom, Write};
use std::path::{Path, PathBuf};

use anyhow::Context;
use wordferry::transfer::{Columns, Corpus, Error};

use crate::printer::Printer;

const HEADER: &[u8] = b"text,label\n";

/// A file of labels that grows.
pub(super) struct Journal {
    path: PathBuf,
    file: File,
    /// The labels, and where in the file each begins.
    rows: Vec<(String, String, u64)>,
    end: u64,
}

impl Journal {
    /// Opens a file, or begins one. A last row that was cut off in the middle is dropped.
    pub(super) fn open(path: &Path, printer: &Printer) -> anyhow::Result<Self> {
        let expected = || format!("expected a file to keep labels in, but {} cannot be used", path.display());
        let mut file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .open(path)
            .with_context(expected)?;
        let mut content = Vec::new();
        file.read_to_end(&mut content).with_context(expected)?;
        let mut journal = Self { path: path.into(), file, rows: Vec::new(), end: content.len() as u64 };
        if content.len() < HEADER.len() && HEADER.starts_with(&content) {
            journal.write_at(0, HEADER)?;
            return Ok(journal);
        }
        journal.read(&content)?;
        if journal.end < content.len() as u64 {
            printer.note(&format!("note: {}: the last label was cut off, and is dropped", path.display()));
            journal.cut()?;
        }
        Ok(journal)
    }

    fn read(&mut self, content: &[u8]) -> anyhow::Result<()> {
        let columns = Columns::default();
        let mut reader = csv::ReaderBuilder::new().flexible(true).from_reader(content);
        let wrong = |line: u64, found: &str| Error::Row {
            path: self.path.clone(),
            line,
            expected: "a text and a label, as `label` writes them".into(),
            found: found.into(),
        };
        if reader.headers().ok().is_none_or(|headers| headers != vec![&*columns.text, &*columns.label]) {
            return Err(wrong(1, "another file").into());
        }
        self.end = HEADER.len() as u64;
        let mut record = csv::StringRecord::new();
        loop {
            let (start, line) = (reader.position().byte(), reader.position().line());
            let read = reader.read_record(&mut record);
            let end = reader.position().byte();
            // A row that was written whole ends in a line end.
            let is_whole = content.get(..end as usize).is_some_and(|read| read.ends_with(b"\n"));
            match read {
                Ok(false) => return Ok(()),
                Ok(true) if record.len() == 2 && is_whole => {
                    self.rows.push((record[0].to_owned(), record[1].to_owned(), start));
                    self.end = end;
                }
                _ if end == content.len() as u64 => return Ok(()),
                _ => return Err(wrong(line, "something else").into()),
            }
        }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// The labels so far.
    pub(super) fn corpus(&self) -> Corpus {
        Corpus::from_pairs(self.rows.iter().map(|(text, label, _)| (text.clone(), label.clone())))
    }

    /// Adds a label; it is on the disk when this returns.
    pub(super) fn add(&mut self, text: &str, label: &str) -> anyhow::Result<()> {
        let mut row = csv::WriterBuilder::new().from_writer(Vec::new());
        row.write_record([text, label])?;
        let row = row.into_inner().map_err(|error| error.into_error())?;
        let start = self.end;
        self.write_at(start, &row)?;
        self.rows.push((text.to_owned(), label.to_owned(), start));
        Ok(())
    }

    /// Takes the last label back; whether there was one.
    pub(super) fn undo(&mut self) -> anyhow::Result<bool> {
        let Some((_, _, start)) = self.rows.pop() else { return Ok(false) };
        self.end = start;
        self.cut()?;
        Ok(true)
    }

    fn cut(&mut self) -> anyhow::Result<()> {
        let cut = self.file.set_len(self.end).and_then(|()| self.file.sync_data());
        cut.with_context(|| format!("expected to write to {}", self.path.display()))
    }

    fn write_at(&mut self, start: u64, bytes: &[u8]) -> anyhow::Result<()> {
        let written = self.file.seek(SeekFrom::Start(start)).and_then(|_| self.file.write_all(bytes));
        let written = written.and_then(|()| self.file.sync_data());
        written.with_context(|| format!("expected to write to {}", self.path.display()))?;
        self.end = start + bytes.len() as u64;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::Options;
    use clap::Parser;

    fn printer() -> Printer {
        Printer::new(&Options::parse_from(["wordferry", "--quiet", "predict", "a", "b"]).shared)
    }

    #[test]
    fn labels_are_kept_taken_back_and_found_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let mut journal = Journal::open(&path, &printer()).unwrap();
        journal.add("a, \"b\"\nc", "spam").unwrap();
        journal.add("d", "ham").unwrap();
        journal.add("e", "ham").unwrap();
        assert!(journal.undo().unwrap());
        let mut again = Journal::open(&path, &printer()).unwrap();
        assert_eq!(again.corpus(), journal.corpus());
        assert_eq!(again.corpus().texts(), ["a, \"b\"\nc", "d"]);
        assert!(again.undo().unwrap() && again.undo().unwrap() && !again.undo().unwrap());
        again.add("f", "ham").unwrap();
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "text,label\nf,ham\n");
    }

    #[test]
    fn a_row_that_was_cut_off_is_dropped_wherever_that_was() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("labels.csv");
        let whole = "text,label\nf,ham\n\"a, \"\"b\"\"\nc\",spam\n";
        for end in 0..=whole.len() {
            std::fs::write(&path, &whole[..end]).unwrap();
            let mut journal = Journal::open(&path, &printer()).unwrap();
            let expected = [17, whole.len()].iter().filter(|&&full| end >= full).count();
            assert_eq!(journal.corpus().len(), expected, "{end}");
            journal.add("g", "ham").unwrap();
            assert_eq!(Journal::open(&path, &printer()).unwrap().corpus().len(), expected + 1, "{end}");
        }
        std::fs::write(&path, "label,text\n").unwrap();
        assert!(Journal::open(&path, &printer()).is_err());
    }
}
