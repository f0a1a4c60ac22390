//! What can go wrong while languages are measured, and while findings are read.

use std::path::PathBuf;

/// Why a benchmark, or a report of one, failed.
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
    /// A language that there are no vectors of.
    #[error("expected a language that there are vectors of ({known}), found {found:?}")]
    NoVectorsOf {
        /// What was asked for.
        found: String,
        /// The nearest that there are.
        known: String,
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
    /// Another run writes there.
    #[error("expected to be the only run that writes to {path}, found another one at work", path = path.display())]
    Busy {
        /// The file of results.
        path: PathBuf,
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
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::NoVectors { .. } => {
                Some("name the folder above `vectors`, fill one with `wordferry data fetch`, or try --mock")
            }
            Error::NoVectorsOf { .. } => {
                Some("languages are named by fastText's codes: see `wordferry data list`")
            }
            Error::AnotherRun { .. } => {
                Some("give another --out, or remove the file to measure everything again")
            }
            Error::Busy { .. } => Some("wait for it, or share the work with --shard"),
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
            Error::UnknownLanguage { hint, .. } | Error::NotInCollection { hint, .. } => Some(hint),
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
