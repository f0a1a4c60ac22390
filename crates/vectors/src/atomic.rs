//! Files that are there whole, or not at all.

use std::fs::{self, File, Permissions};
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

use crate::error::{Error, Result};

/// Writes a file so that nobody ever sees half of it: into a temporary file in the same folder, which is brought to disk
/// and then renamed. On any failure the temporary file is removed and what was at `path` before stays. A symbolic link
/// stays one: the file that it leads to is replaced.
///
/// # Errors
///
/// [`Error::Directory`] if `path` is one; [`Error::Write`] if the folder is missing or closed, the disk is full, or
/// `write` fails.
pub fn write_atomically(
    path: &Path,
    write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>,
) -> Result<()> {
    place_of(path).and_then(|place| {
        persist(&place, write).map_err(|source| Error::Write { name: path.display().to_string(), source })
    })
}

/// Makes sure that [`write_atomically`] can begin to write at a place, before the time that making the content takes. What is
/// there stays.
///
/// # Errors
///
/// As [`write_atomically`]'s, but for a disk that is full.
pub fn check_place(path: &Path) -> Result<()> {
    place_of(path).and_then(|place| {
        let made = new_file(folder_of(&place));
        made.map(drop).map_err(|source| Error::Write { name: path.display().to_string(), source })
    })
}

/// Where a file at `path` is to be put: where a link leads to, if it is one.
fn place_of(path: &Path) -> Result<PathBuf> {
    let name = || path.display().to_string();
    let failed = |source| Error::Write { name: name(), source };
    match fs::metadata(path) {
        Ok(found) if found.is_dir() => Err(Error::Directory { name: name() }),
        // Renaming would put a file in the place of a device or a pipe.
        Ok(found) if !found.is_file() => {
            Err(failed(io::Error::other("it is a device or a pipe, not a file")))
        }
        Ok(_) => path.canonicalize().map_err(failed),
        Err(_) => Ok(path.to_owned()),
    }
}

/// Makes a folder, and those above it, and makes sure that files can be written there.
///
/// # Errors
///
/// [`Error::Write`] if it cannot be made or written to.
pub fn create_folder(path: &Path) -> Result<()> {
    let made = std::fs::create_dir_all(path).and_then(|()| new_file(path).map(drop));
    made.map_err(|source| Error::Write { name: path.display().to_string(), source })
}

fn persist(path: &Path, write: impl FnOnce(&mut BufWriter<File>) -> io::Result<()>) -> io::Result<()> {
    let folder = folder_of(path);
    let temporary = new_file(folder)?;
    let (file, place) = temporary.into_parts();
    let _listed = Unfinished::list(&place);
    let mut file = BufWriter::with_capacity(1 << 18, file);
    write(&mut file)?;
    file.flush()?;
    file.get_ref().sync_all()?;
    place.persist(path).map_err(|failed| failed.error)?;
    sync_folder(folder);
    Ok(())
}

/// Removes a file, if it is there.
///
/// # Errors
/// [`Error::Write`] if it cannot be removed.
pub fn remove_file_if_there(path: &Path) -> Result<()> {
    match fs::remove_file(path) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(Error::writing(path, error)),
        _ => Ok(()),
    }
}

/// The folder that a file is in.
pub(crate) fn folder_of(path: &Path) -> &Path {
    match path.parent() {
        Some(folder) if !folder.as_os_str().is_empty() => folder,
        _ => Path::new("."),
    }
}

/// The temporary files that are being written, so that a program that is interrupted can remove them.
static UNFINISHED: Mutex<Vec<PathBuf>> = Mutex::new(Vec::new());

/// Removes every temporary file and folder that [`write_atomically`] and
/// [`write_folder_atomically`](crate::write_folder_atomically) are writing at this moment. For a program that is about to end
/// by an interrupt; the writers fail afterwards.
pub fn discard_unfinished_files() {
    let unfinished = UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner);
    // What is gone already needs no removing.
    unfinished.iter().for_each(|path| match path.is_dir() {
        true => drop(fs::remove_dir_all(path)),
        false => drop(fs::remove_file(path)),
    });
}

/// An entry of the list, struck out when it is dropped.
pub(crate) struct Unfinished(PathBuf);

impl Unfinished {
    pub(crate) fn list(path: &Path) -> Self {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).push(path.to_owned());
        Self(path.to_owned())
    }
}

impl Drop for Unfinished {
    fn drop(&mut self) {
        UNFINISHED.lock().unwrap_or_else(PoisonError::into_inner).retain(|path| *path != self.0);
    }
}

/// A temporary file with the permissions of an ordinary new file: temporary files are private by default.
fn new_file(folder: &Path) -> io::Result<tempfile::NamedTempFile> {
    let mut builder = tempfile::Builder::new();
    builder.prefix(".wordferry-").suffix(".part");
    #[cfg(unix)]
    builder.permissions(<Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o666));
    // Its own message would name the temporary file, of which the user knows nothing.
    builder.tempfile_in(folder).map_err(|error| error.kind().into())
}

/// Makes the rename itself durable where the system lets folders be opened; elsewhere there is nothing to do.
pub(crate) fn sync_folder(folder: &Path) {
    if let Ok(folder) = File::open(folder) {
        let _ = folder.sync_all();
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_failure_leaves_the_old_file_and_nothing_else() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        write_atomically(&path, |file| file.write_all(b"old")).unwrap();
        let failed = write_atomically(&path, |file| {
            file.write_all(b"new")?;
            Err(io::Error::other("the disk is full"))
        });
        assert!(failed.unwrap_err().to_string().contains("the disk is full"));
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }

    #[cfg(unix)]
    #[test]
    fn links_stay_and_devices_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("a"), folder.path().join("b"));
        fs::write(&path, "old").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        write_atomically(&link, |file| file.write_all(b"new")).unwrap();
        assert!(link.is_symlink());
        assert_eq!(fs::read(&path).unwrap(), b"new");
        let refused = write_atomically(Path::new("/dev/null"), |_| Ok(())).unwrap_err();
        assert!(refused.to_string().contains("it is a device"), "{refused}");
    }

    #[test]
    fn a_place_is_checked_and_left_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a");
        check_place(&path).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
        fs::write(&path, "old").unwrap();
        check_place(&path).unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"old");
        assert!(matches!(check_place(folder.path()), Err(Error::Directory { .. })));
        assert!(check_place(&folder.path().join("no/where")).unwrap_err().hint().is_some());
    }

    #[test]
    fn folders_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let refused = write_atomically(folder.path(), |_| Ok(()));
        assert!(matches!(refused, Err(Error::Directory { .. })));
        let missing = write_atomically(&folder.path().join("no/where"), |_| Ok(()));
        assert!(missing.unwrap_err().hint().is_some());
    }
}
