//! What can go wrong while a classifier is trained or used.

use wordferry_vectors::Space;

/// Why a classifier could not be trained or used.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A saved classifier was at fault.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// There is nothing to tell apart.
    #[error("expected texts of at least two classes to train on, found {n_rows} texts{}", all_of(only.as_deref()))]
    SingleClass {
        /// Labelled texts.
        n_rows: usize,
        /// The only class, if there is any text.
        only: Option<String>,
    },
    /// Features of another space than the classifier was trained in.
    #[error(
        "expected features of the space {expected}, in which the classifier was trained, found the space {found}"
    )]
    SpaceMismatch {
        /// The classifier's space.
        expected: Space,
        /// The features' space.
        found: Space,
    },
    /// A feature is not a finite number.
    #[error("expected finite features, found {value} in row {row}, column {column}")]
    NotFinite {
        /// The row, from 0.
        row: usize,
        /// The column, from 0.
        column: usize,
        /// The value.
        value: f32,
    },
    /// Too few rows for what was asked.
    #[error("expected at least {expected} rows, found {found}")]
    TooFewRows {
        /// The fewest rows that do.
        expected: usize,
        /// The rows that there are.
        found: usize,
    },
    /// A covariance could not be decomposed.
    #[error("the eigenvalues of a covariance of {rows} features could not be computed")]
    Decomposition {
        /// Its rows.
        rows: usize,
    },
    /// The trainer gave up.
    #[error("logistic regression failed on {n_rows} rows of {n_features} features: {reason}")]
    Training {
        /// Rows.
        n_rows: usize,
        /// Columns.
        n_features: usize,
        /// The trainer's own words.
        reason: String,
    },
}

fn all_of(class: Option<&str>) -> String {
    class.map_or(String::new(), |class| format!(", all of the class {class:?}"))
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::SingleClass { .. } => {
                Some("check the label column and, if labels are mapped, the mapping of their names")
            }
            Error::SpaceMismatch { .. } => Some(
                "align the vectors with those that the classifier was trained on, and use the same pooling",
            ),
            Error::NotFinite { .. } => Some("check the encoder: it should give finite numbers for any text"),
            Error::TooFewRows { .. } => Some("give more texts, or ask for less of them"),
            Error::Decomposition { .. } | Error::Training { .. } => None,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
