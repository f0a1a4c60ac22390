//! What every file was when it was first used: `checksums.tsv` in a folder of data.
//!
//! Nobody publishes checksums of these files, so that what is trusted is the first use. A line stays when its file is removed.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use wordferry::vectors::{self, write_atomically};

use super::error::Error;

const NAME: &str = "checksums.tsv";
/// What whoever changes the list locks: the list itself is replaced.
const LOCK: &str = ".checksums.lock";
const HEADER: &str = "file\tfirst\tbytes\tblake3";
/// Bytes that are read at a time.
const PIECE: usize = 1 << 18;

/// What a file was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Entry {
    /// The rows that were asked for; all of them if `None`.
    pub(crate) limit: Option<u64>,
    pub(crate) bytes: u64,
    pub(crate) blake3: String,
}

/// What the files of a folder were.
pub(crate) struct Checksums {
    folder: PathBuf,
    entries: BTreeMap<String, Entry>,
}

impl Checksums {
    /// Those of a folder; none, where nothing was fetched yet.
    pub(crate) fn open(folder: &Path) -> anyhow::Result<Self> {
        let path = folder.join(NAME);
        let text = match fs::read_to_string(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => String::new(),
            text => text.map_err(|error| vectors::Error::reading(&path, error))?,
        };
        let rows = text.lines().enumerate().skip(1);
        let entries = rows.map(|(i, row)| {
            entry(row).ok_or_else(|| Error::Checksums {
                path: path.clone(),
                line: i + 1,
                found: row.to_owned(),
            })
        });
        Ok(Self { folder: folder.to_owned(), entries: entries.collect::<Result<_, _>>()? })
    }

    pub(crate) fn of(&self, file: &str) -> Option<&Entry> {
        self.entries.get(file)
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = (&String, &Entry)> {
        self.entries.iter()
    }

    /// Whether a file is what it was, if it was there before in the same length.
    pub(crate) fn check(&self, file: &str, found: &Entry) -> Result<(), Error> {
        match self.of(file) {
            Some(known) if known.limit == found.limit && known != found => Err(Error::Changed {
                file: file.to_owned(),
                found: format!("{} bytes with another checksum ({})", found.bytes, found.blake3),
            }),
            _ => Ok(()),
        }
    }

    /// Notes what a file is, beside what others have noted meanwhile.
    pub(crate) fn record(&mut self, file: &str, entry: Entry) -> anyhow::Result<()> {
        let _lock = self.lock()?;
        self.entries = Self::open(&self.folder)?.entries;
        self.entries.insert(file.to_owned(), entry);
        let mut text = format!("{HEADER}\n");
        for (file, Entry { limit, bytes, blake3 }) in &self.entries {
            let limit = limit.map_or("all".to_owned(), |limit| limit.to_string());
            writeln!(text, "{file}\t{limit}\t{bytes}\t{blake3}")?;
        }
        Ok(write_atomically(&self.folder.join(NAME), |file| file.write_all(text.as_bytes()))?)
    }

    /// Waits until nobody else changes the list, and keeps others from it as long as the file is open.
    fn lock(&self) -> vectors::Result<File> {
        let path = self.folder.join(LOCK);
        let file = File::options().create(true).truncate(false).write(true).open(&path);
        let file = file.map_err(|error| vectors::Error::writing(&path, error))?;
        // Some file systems know no locks.
        let _ = file.lock();
        Ok(file)
    }
}

fn entry(row: &str) -> Option<(String, Entry)> {
    let cells: Vec<&str> = row.split('\t').collect();
    let [file, limit, bytes, blake3] = cells[..] else { return None };
    let limit = match limit {
        "all" => None,
        limit => Some(limit.parse().ok()?),
    };
    Some((file.to_owned(), Entry { limit, bytes: bytes.parse().ok()?, blake3: blake3.to_owned() }))
}

/// What a file of so many rows is.
pub(crate) fn measure(path: &Path, limit: Option<u64>) -> vectors::Result<Entry> {
    let mut hashing = Hashing::new(io::sink());
    let mut copy = || -> io::Result<u64> {
        let (mut file, mut piece) = (File::open(path)?, vec![0; PIECE]);
        loop {
            match file.read(&mut piece)? {
                0 => return Ok(hashing.bytes),
                n => hashing.write_all(&piece[..n])?,
            }
        }
    };
    copy().map_err(|error| vectors::Error::reading(path, error))?;
    Ok(hashing.entry(limit))
}

/// Writes, and takes the checksum of what is written.
pub(super) struct Hashing<W> {
    to: W,
    hasher: blake3::Hasher,
    bytes: u64,
}

impl<W> Hashing<W> {
    pub(super) fn new(to: W) -> Self {
        Self { to, hasher: blake3::Hasher::new(), bytes: 0 }
    }

    pub(super) fn entry(&self, limit: Option<u64>) -> Entry {
        Entry { limit, bytes: self.bytes, blake3: self.hasher.finalize().to_hex().to_string() }
    }
}

impl<W: Write> Write for Hashing<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let n = self.to.write(bytes)?;
        self.hasher.update(&bytes[..n]);
        self.bytes += n as u64;
        Ok(n)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.to.flush()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::thread;

    #[test]
    fn nobody_loses_what_others_note() {
        let folder = tempfile::tempdir().unwrap();
        let (n_others, n_files) = (4, 8);
        thread::scope(|scope| {
            for i in 0..n_others {
                let folder = folder.path();
                scope.spawn(move || {
                    let mut checksums = Checksums::open(folder).unwrap();
                    for j in 0..n_files {
                        let entry = Entry { limit: None, bytes: j, blake3: "0".into() };
                        checksums.record(&format!("{i}-{j}"), entry).unwrap();
                    }
                });
            }
        });
        let found = Checksums::open(folder.path()).unwrap().entries.len() as u64;
        assert_eq!(found, n_others * n_files);
    }
}
