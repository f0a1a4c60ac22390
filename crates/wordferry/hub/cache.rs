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
use super::name::{ModelName, is_commit};
use super::whole::is_whole;

/// Bytes that are taken from the hub at a time.
const PIECE: usize = 1 << 16;
/// The longest answer that is taken without being told its length.
const LONGEST_UNTOLD: u64 = 1 << 26;
/// Bytes between two words about how far it is.
const BETWEEN_WORDS: u64 = 1 << 20;
/// The file that says what follows the network. There are models without.
pub(super) const MODULES: &str = "modules.json";

pub(super) struct Cache {
    folder: PathBuf,
}

/// A commit's files.
pub(super) struct Snapshot {
    pub(super) commit: String,
    pub(super) folder: PathBuf,
    blobs: PathBuf,
    /// Names of files that the commit is known not to have.
    absent: PathBuf,
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
        let (blobs, absent) = (model.join("blobs"), model.join(".no_exist").join(commit));
        Snapshot { commit: commit.to_owned(), folder, blobs, absent }
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

    /// Whether the files that are there name none that is not: another program may have fetched some of them.
    pub(super) fn is_whole(&self) -> bool {
        is_whole(&self.folder)
    }

    /// Whether it is known if the commit has [`MODULES`], which no other file names.
    pub(super) fn tells_of_modules(&self) -> bool {
        self.has(MODULES) || self.absent.join(MODULES).exists()
    }

    /// Notes that the commit has no [`MODULES`].
    pub(super) fn remember_no_modules(&self) -> anyhow::Result<()> {
        create_folder(&self.absent)?;
        Ok(write_atomically(&self.absent.join(MODULES), |_| Ok(()))?)
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
        link(&PathBuf::from(format!("{up}blobs/{tag}")), &blob, &place)
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
fn link(target: &Path, blob: &Path, place: &Path) -> anyhow::Result<()> {
    // A link that leads nowhere is in the way.
    if place.is_symlink() && !place.exists() {
        // Another process may have done so.
        let _ = fs::remove_file(place);
    }
    or_moved(std::os::unix::fs::symlink(target, place), blob, place)
}

/// There are file systems without links: the content itself takes the place of one.
#[cfg(unix)]
fn or_moved(linked: io::Result<()>, blob: &Path, place: &Path) -> anyhow::Result<()> {
    let moved = match linked {
        Err(error) if error.kind() != io::ErrorKind::AlreadyExists => fs::rename(blob, place),
        _ => Ok(()),
    };
    let failed = |source| wordferry::vectors::Error::Write { name: place.display().to_string(), source };
    Ok(moved.map_err(failed)?)
}

#[cfg(not(unix))]
fn link(_: &Path, _: &Path, _: &Path) -> anyhow::Result<()> {
    Ok(())
}

#[cfg(all(test, unix))]
mod tests {
    use super::*;

    #[test]
    fn content_takes_the_place_of_a_link() {
        let folder = tempfile::tempdir().unwrap();
        let [blob, place] = ["blob", "place"].map(|name| folder.path().join(name));
        fs::write(&blob, "x").unwrap();
        or_moved(Err(io::ErrorKind::AlreadyExists.into()), &blob, &place).unwrap();
        assert!(blob.is_file() && !place.exists());
        or_moved(Err(io::ErrorKind::PermissionDenied.into()), &blob, &place).unwrap();
        assert!(!blob.exists() && fs::read_to_string(&place).unwrap() == "x");
        assert!(or_moved(Err(io::ErrorKind::PermissionDenied.into()), &blob, &place).is_err());
    }
}
