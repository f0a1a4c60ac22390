//! The part of a file that has arrived: `NAME.part`, beside which `NAME.part.tag` holds what the server says of the whole.
//!
//! It stays when a fetch ends early, so that the next one goes on with it, and is kept by one process at a time.

use std::ffi::OsString;
use std::fs::{self, File, TryLockError};
use std::io::Write;
use std::path::{Path, PathBuf};

use wordferry::vectors::{self, remove_file_if_there};

use super::error::Error;

/// What a server says of a whole file.
#[derive(Clone, Debug)]
pub(super) struct Tag {
    /// What it calls the file, or its date.
    pub(super) name: String,
    pub(super) length: Option<u64>,
}

pub(super) struct Part {
    path: PathBuf,
    file: File,
    pub(super) length: u64,
    /// Without it nothing can go on.
    pub(super) tag: Option<Tag>,
}

impl Part {
    /// The part of the file at `place` that is there.
    pub(super) fn open(place: &Path) -> anyhow::Result<Self> {
        let path = with_ending(place, ".part");
        let writing = |error| vectors::Error::writing(&path, error);
        let file = File::options().read(true).append(true).create(true).open(&path).map_err(writing)?;
        match file.try_lock() {
            Err(TryLockError::WouldBlock) => return Err(Error::Busy { path: place.to_owned() }.into()),
            // Some file systems know no locks.
            Ok(()) | Err(TryLockError::Error(_)) => {}
        }
        let tag = fs::read_to_string(with_ending(&path, ".tag")).ok().and_then(|text| tag(&text));
        let length = file.metadata().map_err(writing)?.len();
        let mut part = Self { path, file, length, tag };
        if part.tag.is_none() {
            part.restart(None)?;
        }
        Ok(part)
    }

    /// Begins anew, with a file that the server says this of.
    pub(super) fn restart(&mut self, tag: Option<Tag>) -> vectors::Result<()> {
        let writing = |error| vectors::Error::writing(&self.path, error);
        let beside = with_ending(&self.path, ".tag");
        // What is cut must not be taken for a part of the new one.
        remove_file_if_there(&beside)?;
        if self.length > 0 {
            self.file.set_len(0).map_err(writing)?;
        }
        if let Some(Tag { name, length }) = &tag {
            let length = length.map(|length| length.to_string()).unwrap_or_default();
            fs::write(&beside, format!("{name}\n{length}"))
                .map_err(|error| vectors::Error::writing(&beside, error))?;
        }
        (self.length, self.tag) = (0, tag);
        Ok(())
    }

    pub(super) fn append(&mut self, bytes: &[u8]) -> vectors::Result<()> {
        self.file.write_all(bytes).map_err(|error| vectors::Error::writing(&self.path, error))?;
        self.length += bytes.len() as u64;
        Ok(())
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// What has arrived, from its start.
    pub(super) fn reader(&self) -> vectors::Result<File> {
        File::open(&self.path).map_err(|error| vectors::Error::reading(&self.path, error))
    }

    /// Gives the file its name, as it is whole.
    pub(super) fn rename(self, place: &Path) -> vectors::Result<()> {
        let Self { path, file, .. } = self;
        let synced = file.sync_all();
        // Some systems rename no file that is open.
        drop(file);
        synced
            .and_then(|()| fs::rename(&path, place))
            .map_err(|error| vectors::Error::writing(place, error))?;
        remove_file_if_there(&with_ending(&path, ".tag"))
    }

    /// Removes what has arrived.
    pub(super) fn remove(self) -> vectors::Result<()> {
        let Self { path, file, .. } = self;
        drop(file);
        remove_file_if_there(&with_ending(&path, ".tag"))?;
        remove_file_if_there(&path)
    }
}

/// A tag as it is written: a line with the name, one with the length.
fn tag(text: &str) -> Option<Tag> {
    let (name, length) = text.split_once('\n')?;
    (!name.is_empty()).then(|| Tag { name: name.to_owned(), length: length.parse().ok() })
}

fn with_ending(path: &Path, ending: &str) -> PathBuf {
    let mut path = OsString::from(path);
    path.push(ending);
    path.into()
}
