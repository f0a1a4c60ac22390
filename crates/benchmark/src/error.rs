//! What can go wrong while a benchmark is prepared or run.

/// Why a benchmark cannot go on.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of vectors was at fault.
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
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::UnknownLanguage { hint, .. } | Error::NotInCollection { hint, .. } => Some(hint),
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
