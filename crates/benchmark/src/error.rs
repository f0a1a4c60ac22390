//! What can go wrong with a benchmark as a whole. What goes wrong with a language is a row.

use std::path::PathBuf;

/// Why a benchmark cannot be run or shown.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// A folder without vectors.
    #[error("expected vectors of languages in {path}, such as de.vec, found none", path = path.display())]
    NoVectors {
        /// The folder.
        path: PathBuf,
    },
    /// A language that there is nothing of.
    #[error("expected a language that there are vectors of ({known}), found {found:?}")]
    UnknownLanguage {
        /// What was asked for.
        found: String,
        /// The nearest that there are.
        known: String,
    },
    /// Results of another version of this program.
    #[error("expected results of version {expected}, found {found}, in {path}", path = path.display())]
    Version {
        /// The file.
        path: PathBuf,
        /// The version that is read and written.
        expected: u32,
        /// The file's.
        found: String,
    },
    /// Results of a run with other settings.
    #[error("expected results of a run with {expected}, found some with {found}, in {path}", path = path.display())]
    AnotherRun {
        /// The file.
        path: PathBuf,
        /// The settings that differ, as they are now.
        expected: String,
        /// The same, as they were then.
        found: String,
    },
    /// A line of a file of results that is none.
    #[error("expected a row of results, found {found}, in {path}, line {line}", path = path.display())]
    Line {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// What is wrong with it.
        found: String,
    },
    /// Another run writes there.
    #[error("expected to be the only run that writes to {path}, found another one at work", path = path.display())]
    Busy {
        /// The file of results.
        path: PathBuf,
    },
}

impl Error {
    /// What to do.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::NoVectors { .. } => {
                Some("name the folder above `vectors`, fill one with `wordferry data fetch`, or try --mock")
            }
            Error::UnknownLanguage { .. } => {
                Some("languages are named by fastText's codes: see `wordferry data list`")
            }
            Error::Version { .. } | Error::AnotherRun { .. } => {
                Some("give another --out, or remove the file to measure everything again")
            }
            Error::Line { .. } => Some("remove the line: it will be measured again"),
            Error::Busy { .. } => Some("wait for it, or share the work with --shard"),
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
