//! A file that is written batch by batch and can be gone on with: what was written lies in `OUT.part` until it is whole, and `OUT.state` says
//! what of.

use std::fs::{self, File, OpenOptions};
use std::io::{BufReader, Read, Write};
use std::path::{Path, PathBuf};

use serde_json::{Value, json};
use wordferry::transfer::Error as TransferError;
use wordferry::vectors::{
    Error, Result, check_place, fingerprint_of_file, remove_file_if_there, write_atomically,
};

use super::ROWS_PER_BATCH;

/// What lines are made of. Where it is the same, so are they.
pub(super) struct Origin<'a> {
    /// One, or several that vote.
    pub(super) models: Vec<&'a Path>,
    pub(super) texts: &'a Path,
    /// The columns, the share of the rows and the form of the lines.
    pub(super) how: Value,
}

impl Origin<'_> {
    /// As it is written down.
    fn state(&self) -> Result<Value> {
        let models: Vec<String> =
            self.models.iter().map(|model| fingerprint(model)).collect::<Result<_>>()?;
        Ok(json!({
            "version": env!("CARGO_PKG_VERSION"), "rows_per_batch": ROWS_PER_BATCH, "models": models,
            "texts": fingerprint(self.texts)?, "how": self.how,
        }))
    }
}

/// What a file is known again by; anything but a file by its name.
fn fingerprint(path: &Path) -> Result<String> {
    match path.is_file() {
        true => fingerprint_of_file(path),
        false => Ok(path.display().to_string()),
    }
}

/// A file on its way.
pub(super) struct Journal {
    /// Where it will be.
    place: PathBuf,
    part: PathBuf,
    state: PathBuf,
    file: File,
    /// Rows that are in it already: a number of whole batches.
    n_done: u64,
}

impl Journal {
    /// A file that begins with `header`; one that an earlier run of the same origin was cut off at, if there is one and it is to be
    /// gone on with.
    ///
    /// # Errors
    /// If nothing can be written there, or the earlier run was of another origin.
    pub(super) fn open(
        output: &Path,
        origin: &Origin<'_>,
        header: &str,
        resumes: bool,
    ) -> Result<Self, TransferError> {
        check_place(output)?;
        let place = output.canonicalize().unwrap_or_else(|_| output.to_owned());
        let beside = |ending: &str| {
            let mut path = place.clone().into_os_string();
            path.push(ending);
            PathBuf::from(path)
        };
        let (part, known) = (beside(".part"), beside(".state"));
        let state = origin.state()?.to_string();
        let mut n_done = 0;
        match fs::read(&known) {
            Ok(found) if resumes && part.is_file() => {
                if found != state.as_bytes() {
                    return Err(TransferError::AnotherRun { path: known });
                }
                let (n_rows, length) = whole_batches(&part, header)?;
                shorten(&part, length)?;
                n_done = n_rows;
            }
            _ => {
                // An old part beside a new state would be taken for a part of this run.
                remove_file_if_there(&part)?;
                write_atomically(&known, |file| file.write_all(state.as_bytes()))?;
            }
        }
        let writing = |error| Error::writing(&part, error);
        let mut file = OpenOptions::new().create(true).append(true).open(&part).map_err(writing)?;
        if file.metadata().map_err(writing)?.len() == 0 {
            file.write_all(header.as_bytes()).map_err(writing)?;
        }
        Ok(Self { place, part, state: known, file, n_done })
    }

    /// Rows that need not be computed again.
    pub(super) fn n_done(&self) -> u64 {
        self.n_done
    }

    /// Appends lines.
    pub(super) fn append(&mut self, lines: &[u8]) -> Result<()> {
        self.file.write_all(lines).map_err(|error| Error::writing(&self.part, error))
    }

    /// Puts the file where it belongs.
    pub(super) fn finish(self) -> Result<()> {
        self.file.sync_all().map_err(|error| Error::writing(&self.part, error))?;
        fs::rename(&self.part, &self.place).map_err(|error| Error::writing(&self.place, error))?;
        remove_file_if_there(&self.state)
    }
}

fn shorten(path: &Path, length: u64) -> Result<()> {
    let cut = OpenOptions::new().write(true).open(path).and_then(|file| file.set_len(length));
    cut.map_err(|error| Error::writing(path, error))
}

/// The rows of the whole batches of a file, and the bytes that they take with the header. Rows are computed a batch at a time: begun in the
/// middle of one, they might differ in their last digits.
fn whole_batches(path: &Path, header: &str) -> Result<(u64, u64)> {
    let reading = |error| Error::reading(path, error);
    let mut file = BufReader::with_capacity(1 << 16, File::open(path).map_err(reading)?);
    let mut head = vec![0; header.len()];
    if file.read_exact(&mut head).is_err() || head != header.as_bytes() {
        return Ok((0, 0));
    }
    let (mut n_lines, mut at) = (0, header.len() as u64);
    let (mut n_whole, mut length) = (0, at);
    let mut block = vec![0; 1 << 16];
    loop {
        let n = file.read(&mut block).map_err(reading)?;
        if n == 0 {
            return Ok((n_whole, length));
        }
        for end in (0..n).filter(|&i| block[i] == b'\n') {
            n_lines += 1;
            if n_lines % ROWS_PER_BATCH as u64 == 0 {
                (n_whole, length) = (n_lines, at + end as u64 + 1);
            }
        }
        at += n as u64;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_whole_batches_count() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.part");
        let check = |text: &str, expected: (u64, u64)| {
            fs::write(&path, text).unwrap();
            assert_eq!(whole_batches(&path, "head\n").unwrap(), expected);
        };
        check("", (0, 0));
        check("hea", (0, 0));
        check("head\na\nb", (0, 5));
        let batch = "line\n".repeat(ROWS_PER_BATCH);
        let whole = (ROWS_PER_BATCH as u64, 5 + batch.len() as u64);
        check(&format!("head\n{batch}"), whole);
        check(&format!("head\n{batch}line\nli"), whole);
        check(&format!("head\n{batch}{}", &batch[..batch.len() - 1]), whole);
        check(&format!("head\n{batch}{batch}"), (whole.0 * 2, whole.1 + batch.len() as u64));
    }

    #[test]
    fn another_origin_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        fs::write(path("model"), "model").unwrap();
        fs::write(path("texts"), "texts").unwrap();
        let open = |how: &str, resumes| {
            let (model, texts) = (path("model"), path("texts"));
            let origin = Origin { models: vec![&model], texts: &texts, how: how.into() };
            Journal::open(&path("out"), &origin, "head\n", resumes)
        };
        let batch = "line\n".repeat(ROWS_PER_BATCH);
        let mut journal = open("a", true).unwrap();
        assert_eq!(journal.n_done(), 0);
        journal.append(batch.as_bytes()).unwrap();
        journal.append(b"half").unwrap();
        drop(journal);
        assert_eq!(open("a", true).unwrap().n_done(), ROWS_PER_BATCH as u64);
        assert_eq!(fs::read_to_string(path("out.part")).unwrap(), format!("head\n{batch}"));
        assert!(matches!(open("b", true), Err(TransferError::AnotherRun { .. })));
        fs::write(path("texts"), "other").unwrap();
        assert!(matches!(open("a", true), Err(TransferError::AnotherRun { .. })));
        assert_eq!(open("a", false).unwrap().n_done(), 0);
        assert_eq!(fs::read_to_string(path("out.part")).unwrap(), "head\n");
        let mut journal = open("a", true).unwrap();
        journal.append(b"line\n").unwrap();
        journal.finish().unwrap();
        assert_eq!(fs::read_to_string(path("out")).unwrap(), "head\nline\n");
        assert!(!path("out.part").exists() && !path("out.state").exists());
    }
}
