//! Rows in, a file of them out that any kill leaves in order: a row is appended and brought to disk the moment it is there.

use std::collections::HashMap;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use wordferry_vectors::write_atomically;

use crate::benchmark::Key;
use crate::leaderboard::ResultsFile;
use crate::{Error, Result, Row, Settings};

/// A file of results that is being written.
pub struct Journal {
    path: PathBuf,
    file: Mutex<File>,
    rows: HashMap<Key, Row>,
    /// Held for as long as the journal is open.
    _lock: File,
}

impl Journal {
    /// Goes on with a file, or begins one. Rows that `is_current` says no to are taken out, and so is half a line at the end.
    ///
    /// # Errors
    /// If it cannot be read or written, is of another version or of other settings, or another run writes to it.
    pub fn open(path: &Path, settings: &Settings, is_current: impl Fn(&Row) -> bool) -> Result<Self> {
        let writing = |error| wordferry_vectors::Error::writing(path, error);
        let lock = lock(path)?;
        let mut rows = Vec::new();
        if path.exists()
            && let Some(file) = ResultsFile::open(path)?
        {
            check_settings(path, settings, &file.settings)?;
            rows = file.rows;
            rows.retain(|row| is_current(row));
        }
        write_atomically(path, |file| {
            serde_json::to_writer(&mut *file, settings)?;
            writeln!(file)?;
            rows.iter().try_for_each(|row| {
                serde_json::to_writer(&mut *file, row)?;
                writeln!(file)
            })
        })?;
        let file = OpenOptions::new().append(true).open(path).map_err(writing)?;
        let rows = rows.into_iter().map(|row| (row.key(), row)).collect();
        Ok(Self { path: path.to_owned(), file: Mutex::new(file), rows, _lock: lock })
    }

    /// Whether there is a row already.
    pub fn has(&self, key: &Key) -> bool {
        self.rows.contains_key(key)
    }

    /// Rows that were there when it was opened.
    pub fn rows(&self) -> impl Iterator<Item = &Row> {
        self.rows.values()
    }

    /// Adds a row, and returns when it is on disk.
    ///
    /// # Errors
    /// If it cannot be written.
    pub fn append(&self, row: &Row) -> Result<()> {
        let mut line = serde_json::to_vec(row).expect("a row is plain data");
        line.push(b'\n');
        let mut file = self.file.lock().unwrap_or_else(PoisonError::into_inner);
        let written = file.write_all(&line).and_then(|()| file.sync_data());
        Ok(written.map_err(|error| wordferry_vectors::Error::writing(&self.path, error))?)
    }
}

/// Locks a file beside the results, which are replaced when a journal is opened.
fn lock(path: &Path) -> Result<File> {
    let mut place = path.to_owned().into_os_string();
    place.push(".lock");
    let place = PathBuf::from(place);
    let writing = |error| wordferry_vectors::Error::writing(&place, error);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&place).map_err(writing)?;
    match file.try_lock() {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(Error::Busy { path: path.to_owned() }),
        Err(TryLockError::Error(error)) => Err(writing(error).into()),
    }
}

fn check_settings(path: &Path, expected: &Settings, found: &Settings) -> Result<()> {
    let told = |settings: &Settings| {
        let Settings { program, limit, method, seed, .. } = settings;
        [
            format!("program {program}"),
            format!("limit {limit}"),
            format!("method {method}"),
            format!("seed {seed}"),
        ]
    };
    let (expected, found) = (told(expected), told(found));
    let differ = |a: &[String; 4], b: &[String; 4]| {
        a.iter().zip(b).filter(|(a, b)| a != b).map(|(a, _)| a.clone()).collect::<Vec<_>>().join(", ")
    };
    match expected == found {
        true => Ok(()),
        false => Err(Error::AnotherRun {
            path: path.into(),
            expected: differ(&expected, &found),
            found: differ(&found, &expected),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Outcome, Task, VERSION};
    use std::fs;

    fn of(seed: u64) -> Settings {
        Settings { version: VERSION, program: "1".into(), limit: 10, method: "procrustes".into(), seed }
    }

    fn row(language: &str) -> Row {
        let outcome = Outcome::Unmeasurable { why: "no lexicon".into() };
        Row {
            language: language.into(),
            task: Task::Lexicon,
            hub: Some("en".into()),
            outcome,
            inputs: Vec::new(),
        }
    }

    #[test]
    fn half_a_line_is_no_row() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let journal = Journal::open(&path, &of(42), |_| true).unwrap();
        journal.append(&row("de")).unwrap();
        journal.append(&row("fr")).unwrap();
        drop(journal);
        let whole = fs::read(&path).unwrap();
        for length in 0..=whole.len() {
            fs::write(&path, &whole[..length]).unwrap();
            let journal = Journal::open(&path, &of(42), |_| true).unwrap();
            for language in ["de", "fr"] {
                if !journal.has(&row(language).key()) {
                    journal.append(&row(language)).unwrap();
                }
            }
            drop(journal);
            assert_eq!(fs::read(&path).unwrap(), whole, "cut at {length}");
        }
    }

    #[test]
    fn what_is_no_longer_so_is_taken_out() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let journal = Journal::open(&path, &of(42), |_| true).unwrap();
        ["de", "fr"].iter().for_each(|language| journal.append(&row(language)).unwrap());
        drop(journal);
        let journal = Journal::open(&path, &of(42), |row| row.language != "de").unwrap();
        assert!(!journal.has(&row("de").key()) && journal.has(&row("fr").key()));
        assert_eq!(ResultsFile::open(&path).unwrap().unwrap().rows, [row("fr")]);
    }

    #[test]
    fn another_run_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let message = |settings: &Settings| match Journal::open(&path, settings, |_| true) {
            Err(error) => error.to_string().replace(&path.display().to_string(), "PATH"),
            Ok(_) => "ok".into(),
        };
        let journal = Journal::open(&path, &of(42), |_| true).unwrap();
        assert_eq!(
            message(&of(42)),
            "expected to be the only run that writes to PATH, found another one at work"
        );
        drop(journal);
        assert_eq!(
            message(&of(7)),
            "expected results of a run with seed 7, found some with seed 42, in PATH"
        );
        let other = fs::read_to_string(&path).unwrap().replace("\"version\":1", "\"version\":2");
        fs::write(&path, other).unwrap();
        assert_eq!(message(&of(42)), "expected results of version 1, found version 2, in PATH");
        fs::write(&path, "").unwrap();
        assert_eq!(
            message(&of(42)),
            "expected results of version 1, found a file without a version, in PATH"
        );
        let mut text = serde_json::to_string(&of(42)).unwrap();
        text += "\n{}\n";
        fs::write(&path, text).unwrap();
        assert!(message(&of(42)).ends_with("in PATH, line 2"), "{}", message(&of(42)));
    }
}
