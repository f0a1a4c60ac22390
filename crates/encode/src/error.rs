//! What can go wrong while texts are encoded.

use std::path::PathBuf;

/// Why texts could not be encoded.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// Vectors, or a file of them, were at fault.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// A model's folder is not what an encoder can be made of.
    #[error("expected {expected}, found {found} ({name})")]
    Model {
        /// The file or folder.
        name: String,
        /// What belongs there.
        expected: String,
        /// What is there.
        found: String,
        /// What to do, where it is known.
        hint: &'static str,
    },
    /// Document frequencies are of other words than those of the encoder that was to take them over.
    #[error(
        "expected document frequencies of the encoder's own {n_words} words, found those of {n_others} others"
    )]
    OtherWords {
        /// Words of the encoder.
        n_words: usize,
        /// Words that the frequencies are of.
        n_others: usize,
    },
    /// This build or this machine lacks a device or a feature.
    #[error("expected {expected}, found {found}")]
    Absent {
        /// What was asked for.
        expected: String,
        /// What is there.
        found: String,
        /// What to do.
        hint: &'static str,
    },
    /// A device failed in the middle of its work.
    #[error("the computation failed on {device}: {reason}")]
    Computation {
        /// The device.
        device: String,
        /// The device's own words.
        reason: String,
    },
    /// A network's weights make infinities or NaN of a text.
    #[error("expected finite features, found others: the network's weights are damaged")]
    NotFinite,
    /// A file of parallel sentences is not one.
    #[error("expected {expected}, found {found} ({})", path.display())]
    Parallel {
        /// The file.
        path: PathBuf,
        /// What belongs there.
        expected: &'static str,
        /// What is there.
        found: String,
    },
    /// Too few sentences are known to fit a bridge on.
    #[error(
        "expected {least} different sentences or more that both encoders know a word of, with as many translations, found {n_known} in {n} pairs"
    )]
    TooFewPairs {
        /// Sentences and translations that are needed.
        least: usize,
        /// Different sentences, or different translations where they are fewer, of the pairs whose two rows are not zero.
        n_known: usize,
        /// All pairs.
        n: usize,
    },
    /// A decomposition of a matrix did not converge.
    #[error("expected a decomposition of {rows} × {columns} values to converge, but it did not")]
    Decomposition {
        /// Rows of the matrix.
        rows: usize,
        /// Its columns.
        columns: usize,
    },
    /// An encoder of the user's own failed.
    #[error("the encoder failed: {0}")]
    Custom(Box<dyn std::error::Error + Send + Sync>),
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::Model { hint, .. } | Error::Absent { hint, .. } => {
                Some(*hint).filter(|hint| !hint.is_empty())
            }
            Error::Parallel { .. } => {
                Some("a line is a sentence of the vectors' language, a tab, and its translation")
            }
            Error::TooFewPairs { .. } => {
                Some("a line names the sentence of the vectors' language first, its translation second")
            }
            Error::OtherWords { .. } => Some("fit the encoder on texts of its own language"),
            Error::NotFinite => Some("download the model's folder again"),
            Error::Computation { .. } | Error::Decomposition { .. } | Error::Custom(_) => None,
        }
    }
}

/// A result of this crate.
pub type Result<T, E = Error> = std::result::Result<T, E>;
