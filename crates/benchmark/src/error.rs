//! What can go wrong while a benchmark is prepared, run or reported.

use std::path::PathBuf;

/// Why a benchmark, or a report of one, failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file could not be read or written.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// A code that no language of the catalogue has.
    #[error("expected the code of a language that fastText has vectors of, found {code:?}")]
    UnknownLanguage {
        /// What was asked for.
        code: String,
        /// What to do: the codes and names that come nearest.
        hint: String,
    },
    /// A language that a collection lacks.
    #[error("expected a language of the collection {collection}, found {code} ({name})")]
    NotInCollection {
        /// The collection.
        collection: &'static str,
        /// The language's code.
        code: &'static str,
        /// Its English name.
        name: &'static str,
        /// What to do: the collections that have it.
        hint: String,
    },
    /// A folder holds no results.
    #[error("expected results.jsonl or shares of it, found none, in {folder}", folder = folder.display())]
    NoResults {
        /// The folder.
        folder: PathBuf,
    },
    /// A line of results is none.
    #[error("expected {expected}, found {reason}, in {path}, line {line}", path = path.display())]
    ResultsLine {
        /// What the line should be.
        expected: &'static str,
        /// What is wrong with it.
        reason: String,
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
    },
    /// Results were written by a program that writes them in another way.
    #[error("expected results of version {expected}, found version {found}, in {path}", path = path.display())]
    ResultsVersion {
        /// The version that is understood.
        expected: u32,
        /// The file's.
        found: u64,
        /// The file.
        path: PathBuf,
    },
    /// Two files of one folder are of different runs.
    #[error(
        "expected the settings of {first}, {expected}, found {found}, in {path}",
        first = first.display(),
        path = path.display()
    )]
    OtherSettings {
        /// The file that was read first.
        first: PathBuf,
        /// Its settings.
        expected: String,
        /// The file that has others.
        path: PathBuf,
        /// Its settings.
        found: String,
    },
    /// Something was measured twice, and the numbers differ.
    #[error("expected one result of {what}, found two that differ, in {folder}", folder = folder.display())]
    Contradiction {
        /// Language, task and hub.
        what: String,
        /// The folder.
        folder: PathBuf,
    },
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::UnknownLanguage { hint, .. } | Error::NotInCollection { hint, .. } => Some(hint),
            Error::NoResults { .. } => Some("give the folder that `wordferry bench --out` wrote into"),
            Error::ResultsLine { .. } => {
                Some("remove the line, and `wordferry bench` with the same folder measures it again")
            }
            Error::ResultsVersion { .. } => {
                Some("report it with the program that measured it, or measure again into another folder")
            }
            Error::OtherSettings { .. } => Some("keep runs with different settings in different folders"),
            Error::Contradiction { .. } => {
                Some("the data has changed between two shares: measure again into another folder")
            }
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
