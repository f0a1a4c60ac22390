//! The files beside the one that is read: in its folder, or in the same archive.

use std::path::{Path, PathBuf};

use crate::error::Result;
use crate::source::Source;

/// Where the list of a matrix's words may be.
pub(crate) enum Beside<'a> {
    /// Nowhere: a stream has nothing beside it.
    Nothing,
    /// In the folder of this file.
    Folder(&'a Path),
    /// In an archive, of which `member` is read; the lists that there are were read before.
    Archive { member: PathBuf, lists: Vec<(PathBuf, Vec<u8>)> },
}

/// A file that was found: what to call it, and its bytes, decompressed.
pub(crate) struct Neighbour {
    pub(crate) name: String,
    pub(crate) bytes: Vec<u8>,
}

impl Beside<'_> {
    /// The file that is read itself, if it has neighbours.
    pub(crate) fn path(&self) -> Option<&Path> {
        match self {
            Self::Nothing => None,
            Self::Folder(path) => Some(path),
            Self::Archive { member, .. } => Some(member),
        }
    }

    /// The tokenizer.json beside the file.
    pub(crate) fn tokenizer(&self) -> Result<Option<Neighbour>> {
        self.first_of(tokenizer(self.path()))
    }

    /// The list of words beside the file, say `a.npy`: `a.vocab`, `vocab.txt` or `words.txt`, the first that
    /// there is.
    pub(crate) fn words(&self) -> Result<Option<Neighbour>> {
        self.first_of(words(self.path()))
    }

    fn first_of(&self, mut files: impl Iterator<Item = PathBuf>) -> Result<Option<Neighbour>> {
        if let Self::Archive { lists, .. } = self {
            let found = files.find_map(|file| lists.iter().find(|(list, _)| *list == file));
            return Ok(found.map(|(list, bytes)| neighbour(list, bytes.clone())));
        }
        let Some(file) = files.find(|file| file.is_file()) else { return Ok(None) };
        let bytes = Source::open(&file)?.into_bytes()?;
        Ok(Some(neighbour(&file, bytes)))
    }
}

/// Every file that may be asked for beside a member of an archive.
pub(crate) fn lists(member: &Path) -> impl Iterator<Item = PathBuf> {
    tokenizer(Some(member)).chain(words(Some(member)))
}

fn neighbour(file: &Path, bytes: Vec<u8>) -> Neighbour {
    Neighbour { name: file.display().to_string(), bytes }
}

fn tokenizer(path: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    path.map(|path| path.with_file_name("tokenizer.json")).into_iter()
}

fn words(path: Option<&Path>) -> impl Iterator<Item = PathBuf> {
    path.into_iter().flat_map(|path| {
        let shared = ["vocab.txt", "words.txt"].map(|list| path.with_file_name(list));
        [bare(path).with_extension("vocab")].into_iter().chain(shared)
    })
}

/// The path without an ending that names a compression.
fn bare(path: &Path) -> PathBuf {
    match path.extension().and_then(|extension| extension.to_str()) {
        Some("gz" | "zst") => path.with_extension(""),
        _ => path.to_owned(),
    }
}
