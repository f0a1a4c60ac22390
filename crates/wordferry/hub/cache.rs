//! Models on the disk.
//!
//! A model has a folder `models--owner--name`: `refs/REVISION` holds a commit, `snapshots/COMMIT/` a commit's files, and `blobs/` their
//! contents by the hub's tags, which the files of all commits lead to.

use std::fs;
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use wordferry::vectors::{create_folder, write_atomically};

use super::client::Incoming;
use super::error::Error;
use super::files;
use super::name::{ModelName, is_commit};

/// Bytes that are taken from the hub at a time.
const PIECE: usize = 1 << 16;
/// The longest answer that is taken without being told its length.
const LONGEST_UNTOLD: u64 = 1 << 26;
/// Bytes between two words about how far it is.
const BETWEEN_WORDS: u64 = 1 << 20;

pub(super) struct Cache {
    folder: PathBuf,
}

/// A commit's files.
pub(super) struct Snapshot {
    pub(super) commit: String,
    pub(super) folder: PathBuf,
    blobs: PathBuf,
}

impl Cache {
    pub(super) fn at(folder: PathBuf) -> Self {
        Self { folder }
    }

    pub(super) fn folder(&self) -> &Path {
        &self.folder
    }

    fn model(&self, name: &ModelName) -> PathBuf {
        self.folder.join(format!("models--{}", name.repository.replace('/', "--")))
    }

    /// The commit that a name stood for when it was last asked for.
    pub(super) fn snapshot_of(&self, name: &ModelName) -> Option<Snapshot> {
        if name.is_pinned() {
            return Some(self.snapshot(name, &name.revision));
        }
        let commit = fs::read_to_string(self.model(name).join("refs").join(&name.revision)).ok()?;
        let commit = commit.trim();
        is_commit(commit).then(|| self.snapshot(name, commit))
    }

    pub(super) fn snapshot(&self, name: &ModelName, commit: &str) -> Snapshot {
        let model = self.model(name);
        let folder = model.join("snapshots").join(commit);
        Snapshot { commit: commit.to_owned(), folder, blobs: model.join("blobs") }
    }

    /// Notes the commit that a name stands for.
    pub(super) fn remember(&self, name: &ModelName, commit: &str) -> anyhow::Result<()> {
        if name.is_pinned() {
            return Ok(());
        }
        let note = self.model(name).join("refs").join(&name.revision);
        if fs::read_to_string(&note).is_ok_and(|known| known == commit) {
            return Ok(());
        }
        create_folder(note.parent().unwrap_or(&self.folder))?;
        Ok(write_atomically(&note, |file| file.write_all(commit.as_bytes()))?)
    }
}

impl Snapshot {
    /// Whether a file is there.
    pub(super) fn has(&self, file: &str) -> bool {
        self.folder.join(file).is_file()
    }

    /// Whether an encoder can be made of what is there. Weights come last: where they are, the rest is.
    pub(super) fn is_whole(&self) -> bool {
        let mut names = Vec::new();
        list(&self.folder, "", &mut names);
        let n_shards =
            |name: &str| name.rsplit_once("-of-")?.1.strip_suffix(".safetensors")?.parse::<usize>().ok();
        let Ok(needed) = files::needed(&names) else { return false };
        let shards: Vec<usize> = needed.iter().filter_map(|name| n_shards(name)).collect();
        shards.iter().all(|n| *n == shards.len())
    }

    /// Puts a file there that is on its way.
    ///
    /// # Errors
    /// If it does not arrive whole, or cannot be written.
    pub(super) fn store(
        &self,
        file: &str,
        incoming: Incoming,
        about: impl Fn(u64, Option<u64>),
    ) -> anyhow::Result<()> {
        let place = self.folder.join(file);
        create_folder(place.parent().unwrap_or(&self.folder))?;
        // Links need rights on Windows that users seldom have.
        let Some(tag) = incoming.tag.clone().filter(|_| cfg!(unix)) else {
            return write(&place, incoming, about);
        };
        let blob = self.blobs.join(&tag);
        if !blob.is_file() {
            create_folder(&self.blobs)?;
            write(&blob, incoming, about)?;
        }
        let up = "../".repeat(2 + file.matches('/').count());
        link(&PathBuf::from(format!("{up}blobs/{tag}")), &place)
    }
}

/// Writes what arrives, if it arrives whole.
fn write(place: &Path, incoming: Incoming, about: impl Fn(u64, Option<u64>)) -> anyhow::Result<()> {
    let Incoming { url, length, body, .. } = incoming;
    // One byte more than was told shows that there is more.
    let mut body = body.take(length.unwrap_or(LONGEST_UNTOLD).saturating_add(1));
    let mut failed = None;
    let written = write_atomically(place, |file| {
        let mut copied = 0;
        let arrived = copy(&mut body, file, &mut copied, |done| about(done, length));
        failed = match (arrived, length) {
            (Ok(Ok(())), None) if copied <= LONGEST_UNTOLD => None,
            (Ok(Ok(())), None) => {
                let reason = format!("more than {LONGEST_UNTOLD} bytes of a length that was not told");
                Some(Error::Unreachable { url: url.clone(), reason })
            }
            (Ok(Ok(())), Some(length)) if length == copied => None,
            (Ok(_), Some(expected)) => Some(Error::CutShort { url: url.clone(), expected, found: copied }),
            (Ok(Err(error)), None) => {
                Some(Error::Unreachable { url: url.clone(), reason: error.to_string() })
            }
            (Err(error), _) => return Err(error),
        };
        match failed {
            None => Ok(()),
            Some(_) => Err(io::ErrorKind::UnexpectedEof.into()),
        }
    });
    match failed {
        Some(error) => Err(error.into()),
        None => Ok(written?),
    }
}

/// Copies until the end, or until what arrives fails (the inner error) or cannot be written (the outer one).
fn copy(
    from: &mut dyn Read,
    to: &mut dyn Write,
    copied: &mut u64,
    about: impl Fn(u64),
) -> io::Result<io::Result<()>> {
    let (mut piece, mut told) = (vec![0; PIECE], 0);
    loop {
        match from.read(&mut piece) {
            Ok(0) => return Ok(Ok(())),
            Ok(n) => {
                to.write_all(&piece[..n])?;
                *copied += n as u64;
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Ok(Err(error)),
        }
        if *copied >= told {
            about(*copied);
            told = *copied + BETWEEN_WORDS;
        }
    }
}

#[cfg(unix)]
fn link(target: &Path, place: &Path) -> anyhow::Result<()> {
    // A link that leads nowhere is in the way.
    if place.is_symlink() && !place.exists() {
        // Another process may have done so.
        let _ = fs::remove_file(place);
    }
    match std::os::unix::fs::symlink(target, place) {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => {
            Err(wordferry::vectors::Error::Write { name: place.display().to_string(), source: error }.into())
        }
        _ => Ok(()),
    }
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path) -> anyhow::Result<()> {
    Ok(())
}

/// The names of all files in a folder and in those within it, such as `1_Pooling`.
fn list(folder: &Path, within: &str, names: &mut Vec<String>) {
    for entry in fs::read_dir(folder).into_iter().flatten().flatten() {
        let name = format!("{within}{}", entry.file_name().to_string_lossy());
        match entry.path() {
            path if path.is_file() => names.push(name),
            path if path.is_dir() && within.is_empty() => list(&path, &format!("{name}/"), names),
            _ => {}
        }
    }
}
