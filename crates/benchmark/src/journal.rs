//! Rows in, a file of them out that any kill leaves in order: a row is appended and brought to disk the moment it is there.

use std::collections::HashSet;
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use wordferry_vectors::write_atomically;

use crate::benchmark::Key;
use crate::results::ResultsFile;
use crate::{Error, Result, Row, Settings};

/// How often a file that is locked is asked for, and how long is waited between.
const PATIENCE: usize = 20;
const PAUSE: Duration = Duration::from_millis(50);

/// A file of results that is being written.
pub struct Journal {
    path: PathBuf,
    state: Mutex<State>,
    /// What there were rows of when it was opened.
    keys: HashSet<Key>,
    /// Held for as long as the journal is open.
    _lock: File,
}

struct State {
    file: File,
    /// Bytes of whole rows.
    length: u64,
    /// Whether a row could not be written: nothing may come after it.
    is_broken: bool,
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
        let length = file.metadata().map_err(writing)?.len();
        let state = Mutex::new(State { file, length, is_broken: false });
        Ok(Self { path: path.to_owned(), state, keys: rows.iter().map(Row::key).collect(), _lock: lock })
    }

    /// Whether there was a row when it was opened.
    pub fn has(&self, key: &Key) -> bool {
        self.keys.contains(key)
    }

    /// What there were rows of when it was opened; the file is closed.
    pub(crate) fn into_keys(self) -> HashSet<Key> {
        self.keys
    }

    /// Adds a row, and returns when it is on disk.
    ///
    /// # Errors
    /// If it, or one before it, could not be written.
    pub fn append(&self, row: &Row) -> Result<()> {
        let mut line = serde_json::to_vec(row).expect("a row is plain data");
        line.push(b'\n');
        let state = &mut *self.state.lock().unwrap_or_else(PoisonError::into_inner);
        let written = match state.is_broken {
            true => Err(io::Error::other("a row before could not be written")),
            false => state.file.write_all(&line).and_then(|()| state.file.sync_data()),
        };
        match written {
            Ok(()) => state.length += line.len() as u64,
            Err(error) => {
                state.is_broken = true;
                // Half a line at the end would be passed over all the same.
                let _ = state.file.set_len(state.length);
                return Err(wordferry_vectors::Error::writing(&self.path, error).into());
            }
        }
        Ok(())
    }
}

/// Locks a file beside the results, which are replaced when a journal is opened.
fn lock(path: &Path) -> Result<File> {
    let mut place = path.to_owned().into_os_string();
    place.push(".lock");
    let place = PathBuf::from(place);
    let writing = |error| wordferry_vectors::Error::writing(&place, error);
    let file = OpenOptions::new().create(true).truncate(false).write(true).open(&place).map_err(writing)?;
    for _ in 0..PATIENCE {
        match file.try_lock() {
            Ok(()) => return Ok(file),
            // Another share may be looking at what there is.
            Err(TryLockError::WouldBlock) => std::thread::sleep(PAUSE),
            Err(TryLockError::Error(error)) => return Err(writing(error).into()),
        }
    }
    Err(Error::Busy { path: path.to_owned() })
}

/// An error that names what differs, unless two runs have the same settings.
pub(crate) fn check_settings(path: &Path, expected: &Settings, found: &Settings) -> Result<()> {
    let told = |settings: &Settings| {
        let Settings { program, data, limit, seed, .. } = settings;
        [
            format!("program {program}"),
            format!("limit {limit}"),
            format!("data {data}"),
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
        Settings { version: VERSION, program: "1".into(), limit: 10, data: "mine".into(), seed }
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
    fn a_row_that_cannot_be_written_is_the_last() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("results.jsonl");
        let journal = Journal::open(&path, &of(42), |_| true).unwrap();
        journal.append(&row("de")).unwrap();
        let whole = fs::read(&path).unwrap();
        // As a full disk does it: half a line, and an error.
        fs::write(&path, [&whole[..], b"{\"lang"].concat()).unwrap();
        journal.state.lock().unwrap().file = File::open(&path).unwrap();
        assert!(journal.append(&row("es")).is_err());
        journal.state.lock().unwrap().file = OpenOptions::new().append(true).open(&path).unwrap();
        assert!(journal.append(&row("fr")).is_err());
        assert_eq!(fs::read(&path).unwrap(), whole);
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
        assert_eq!(message(&of(42)), "ok");
        let mut text = serde_json::to_string(&of(42)).unwrap();
        text += "\n{}\n";
        fs::write(&path, text).unwrap();
        assert!(message(&of(42)).ends_with("in PATH, line 2"), "{}", message(&of(42)));
    }
}
