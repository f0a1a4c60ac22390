//! Folders that are there whole, or not at all.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::Path;

use crate::atomic::{Unfinished, folder_of, sync_folder};
use crate::error::{Error, Result};

/// Writes a folder of files (their names and contents) so that nobody ever sees half of it: into a temporary folder beside its place,
/// which is brought to disk and then renamed. A folder that was there is replaced, with all that it holds. On any failure
/// the temporary folder is removed and what was at `path` before stays.
///
/// # Errors
///
/// [`Error::Write`] if the folder above is missing or closed, a file is in the way, or the disk is full.
pub fn write_folder_atomically(path: &Path, files: &[(&str, &[u8])]) -> Result<()> {
    persist(path, files).map_err(|source| failed(path, source))
}

/// Makes sure that [`write_folder_atomically`] can begin to write at a place. What is there stays.
///
/// # Errors
///
/// As [`write_folder_atomically`]'s, but for a disk that is full.
pub fn check_folder_place(path: &Path) -> Result<()> {
    let checked = match path.exists() && !path.is_dir() {
        true => Err(io::ErrorKind::AlreadyExists.into()),
        false => new_folder(path).map(drop),
    };
    checked.map_err(|source| failed(path, source))
}

fn failed(path: &Path, source: io::Error) -> Error {
    Error::Write { name: path.display().to_string(), source }
}

fn persist(path: &Path, files: &[(&str, &[u8])]) -> io::Result<()> {
    // A link stays one.
    let path = &path.canonicalize().unwrap_or_else(|_| path.to_owned());
    let temporary = new_folder(path)?;
    let listed = Unfinished::list(temporary.path());
    let new = temporary.path().join("new");
    fs::create_dir(&new)?;
    for (name, content) in files {
        let mut file = File::create(new.join(name))?;
        file.write_all(content)?;
        file.sync_all()?;
    }
    sync_folder(&new);
    // A folder is not renamed over one that holds something. From here on an interrupt must not remove what was there.
    drop(listed);
    let old = temporary.path().join("old");
    let had_one = path.is_dir();
    if had_one {
        fs::rename(path, &old)?;
    }
    if let Err(error) = fs::rename(&new, path) {
        if had_one && fs::rename(&old, path).is_err() {
            // What was there is not to be lost with the temporary folder.
            let _ = temporary.keep();
        }
        return Err(error);
    }
    sync_folder(folder_of(path));
    Ok(())
}

/// A temporary folder beside a place; what is in it is removed with it.
fn new_folder(path: &Path) -> io::Result<tempfile::TempDir> {
    let made = tempfile::Builder::new().prefix(".wordferry-").suffix(".part").tempdir_in(folder_of(path));
    // Its own message would name the temporary folder, of which the user knows nothing.
    made.map_err(|error| error.kind().into())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn names(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<String> =
            entries.map(|entry| entry.file_name().to_string_lossy().into_owned()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_is_replaced_whole_or_stays() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_folder_atomically(&path, &[("b", b"old"), ("c", b"")]).unwrap();
        assert_eq!(names(&path), ["b", "c"]);
        // A name that no file can have.
        assert!(write_folder_atomically(&path, &[("b", b"new"), ("no/where", b"")]).is_err());
        assert_eq!(
            (names(&path), fs::read(path.join("b")).unwrap()),
            (vec!["b".into(), "c".into()], b"old".into())
        );
        write_folder_atomically(&path, &[("b", b"new")]).unwrap();
        assert_eq!((names(&path), fs::read(path.join("b")).unwrap()), (vec!["b".into()], b"new".into()));
        assert_eq!(names(folder.path()), ["a"]);
    }

    #[test]
    fn places_are_checked() {
        let folder = tempfile::tempdir().unwrap();
        check_folder_place(&folder.path().join("a")).unwrap();
        assert_eq!(names(folder.path()), [""; 0]);
        let hint = |path: &Path| check_folder_place(path).unwrap_err().hint().map(str::to_owned);
        assert!(hint(&folder.path().join("no/where")).unwrap().contains("create the folder first"));
        fs::write(folder.path().join("file"), "").unwrap();
        assert!(hint(&folder.path().join("file")).unwrap().contains("a file is in the way"));
        assert!(write_folder_atomically(&folder.path().join("file"), &[]).is_err());
    }
}
