//! The one error type of the crate.

use std::fmt;
use std::io;
use std::path::Path;

/// The result of everything here that can fail.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why vectors could not be read or written.
///
/// The message says what was expected, what was found and where; [`Error::hint`] says what to do about it.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The operating system refused, or the storage failed.
    #[error("expected to read {name}, but {source}")]
    Read {
        /// The file, or the name that was given to a stream.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// A file could not be written; nothing half-written is left behind.
    #[error("expected to write {name}, but {source}")]
    Write {
        /// The file that was to be written.
        name: String,
        /// The cause.
        source: io::Error,
    },
    /// A directory was given where a file belongs.
    #[error("expected a file, found a directory ({name})")]
    Directory {
        /// The path.
        name: String,
    },
    /// The file holds no byte.
    #[error("expected word vectors, found an empty file ({name})")]
    Empty {
        /// The file.
        name: String,
    },
    /// The bytes belong to no format known here.
    #[error("expected word vectors, found {found} ({name})")]
    Unrecognised {
        /// The file.
        name: String,
        /// What its first bytes look like.
        found: String,
    },
    /// A format that is known, and refused or not readable here.
    #[error("expected a format that can be read here, found {found} ({name})")]
    Refused {
        /// The file.
        name: String,
        /// The format.
        found: String,
        /// What to do instead.
        hint: &'static str,
    },
    /// The content contradicts its format or itself.
    #[error("expected {expected}, found {found} ({name}{place})")]
    Malformed {
        /// The file.
        name: String,
        /// Line or byte.
        place: Place,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
        /// What to do, where it is known.
        hint: &'static str,
    },
    /// Parts that were put together do not fit.
    #[error("expected {expected}, found {found}")]
    Mismatch {
        /// What the other part asks for.
        expected: String,
        /// What was given.
        found: String,
    },
}

impl Error {
    /// What to do about it, where that is known: one sentence without the word "hint".
    pub fn hint(&self) -> Option<&str> {
        let hint = match self {
            Self::Read { source, .. } if source.kind() == io::ErrorKind::NotFound => "check the path",
            Self::Write { source, .. } if source.kind() == io::ErrorKind::NotFound => {
                "create the folder first, or choose another one"
            }
            Self::Write { source, .. } if source.kind() == io::ErrorKind::AlreadyExists => {
                "a file is in the way: choose another folder"
            }
            Self::Directory { .. } => "name the file itself",
            Self::Empty { .. } => "download or export the file again",
            Self::Unrecognised { .. } => {
                "readable are word2vec and GloVe text, word2vec binary, fastText .bin and .ftz, finalfusion .fifu, \
                    .npy and .safetensors, plain, .gz, .zst or in a .zip"
            }
            Self::Refused { hint, .. } | Self::Malformed { hint, .. } => hint,
            _ => "",
        };
        Some(hint).filter(|hint| !hint.is_empty())
    }

    /// What went wrong while `path` was read, by a reader of another crate.
    pub fn reading(path: &Path, source: io::Error) -> Self {
        reading(&path.display().to_string(), source)
    }

    /// A failure to write a file, or to remove it.
    pub fn writing(path: &Path, source: io::Error) -> Self {
        Self::Write { name: path.display().to_string(), source }
    }

    /// Whether the data is at fault, rather than the system or the caller.
    pub fn is_invalid_data(&self) -> bool {
        matches!(
            self,
            Self::Empty { .. } | Self::Unrecognised { .. } | Self::Refused { .. } | Self::Malformed { .. }
        )
    }
}

/// Where in a file: a line of a text, a byte of a binary file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// The file as a whole.
    File,
    /// A line, counted from 1.
    Line(u64),
    /// A byte offset, counted from 0, after decompression.
    Byte(u64),
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File => Ok(()),
            Self::Line(line) => write!(f, ", line {line}"),
            Self::Byte(byte) => write!(f, ", byte {byte}"),
        }
    }
}

/// What is wrong, before it is known in which file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Fault {
    pub(crate) place: Place,
    pub(crate) expected: String,
    pub(crate) found: String,
    pub(crate) hint: &'static str,
}

impl Fault {
    pub(crate) fn new(place: Place, expected: impl Into<String>, found: impl Into<String>) -> Self {
        Self { place, expected: expected.into(), found: found.into(), hint: "" }
    }

    pub(crate) fn hint(self, hint: &'static str) -> Self {
        Self { hint, ..self }
    }

    pub(crate) fn within(self, name: &str) -> Error {
        let Self { place, expected, found, hint } = self;
        Error::Malformed { name: name.to_owned(), place, expected, found, hint }
    }
}

/// A stream that breaks inside compressed data is damaged data; everything else is the system's.
pub(crate) fn reading(name: &str, source: io::Error) -> Error {
    match source.kind() {
        io::ErrorKind::UnexpectedEof | io::ErrorKind::InvalidInput | io::ErrorKind::InvalidData => {
            Fault::new(Place::File, "an intact compressed stream", source.to_string())
                .hint("the file is cut short or damaged: download it again")
                .within(name)
        }
        _ => Error::Read { name: name.to_owned(), source },
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_message_says_what_where_and_what_to_do() {
        let error = Fault::new(Place::Line(3), "100 values", "99").hint("check line 3").within("a.vec");
        assert_eq!(error.to_string(), "expected 100 values, found 99 (a.vec, line 3)");
        assert_eq!(error.hint(), Some("check line 3"));
        assert!(error.is_invalid_data());
    }
}
