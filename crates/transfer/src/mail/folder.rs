//! A folder of mail in, its files with their labels out.

use std::path::{Path, PathBuf};
use std::{fs, io};

/// Folders within folders, as deep as one looks; links to folders may go round in a circle.
const DEEPEST: usize = 8;

/// A message or an mbox.
#[derive(Clone, Debug)]
pub(super) struct MailFile {
    pub(super) path: PathBuf,
    /// The folder or mbox in the whole folder that it is in.
    pub(super) label: Option<String>,
}

/// All files, in the order of their names; hidden ones are passed over.
pub(super) fn files(folder: &Path) -> io::Result<Vec<MailFile>> {
    let mut files = Vec::new();
    for path in entries(folder)? {
        let label = Path::new(path.file_name().unwrap_or_default()).file_stem();
        let label = label.map(|label| label.to_string_lossy().into_owned());
        match path.is_dir() {
            true => gather(&path, label.as_deref(), DEEPEST, &mut files)?,
            false => files.push(MailFile { label: label.filter(|_| is_mbox(&path)), path }),
        }
    }
    Ok(files)
}

fn gather(folder: &Path, label: Option<&str>, depth: usize, files: &mut Vec<MailFile>) -> io::Result<()> {
    for path in entries(folder)? {
        match path.is_dir() {
            true if depth > 0 => gather(&path, label, depth - 1, files)?,
            true => {}
            false => files.push(MailFile { path, label: label.map(String::from) }),
        }
    }
    Ok(())
}

fn entries(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let is_hidden =
        |path: &PathBuf| path.file_name().is_none_or(|name| name.as_encoded_bytes().starts_with(b"."));
    let mut paths = Vec::new();
    for entry in fs::read_dir(folder)? {
        paths.push(entry?.path());
    }
    paths.retain(|path| !is_hidden(path));
    paths.sort();
    Ok(paths)
}

fn is_mbox(path: &Path) -> bool {
    path.to_string_lossy()
        .to_ascii_lowercase()
        .trim_end_matches(".gz")
        .trim_end_matches(".zst")
        .ends_with(".mbox")
}
