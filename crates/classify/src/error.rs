//! What can go wrong while a classifier is trained or used.

use wordferry_vectors::Space;

use crate::trust::BalancedAccuracy;

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
    /// What tasks have in common takes several.
    #[error("expected two tasks or more, found {found}")]
    TooFewTasks {
        /// The tasks.
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
    /// Held-out texts cannot tell what they are asked.
    #[error("expected {expected} to {purpose}, found {found}")]
    HeldOut {
        /// What they are asked for.
        purpose: &'static str,
        /// What that takes.
        expected: String,
        /// What there is.
        found: String,
        /// What to do.
        hint: &'static str,
    },
    /// A share of errors that is none.
    #[error("expected a budget between 0 and 1, such as 0.005, found {found}")]
    Budget {
        /// The number.
        found: f64,
    },
    /// The quality gate: nothing says that a model looks at the text.
    #[error(
        "expected a balanced accuracy above chance ({:.1} %), found {:.1} % (95 % interval {:.1} to {:.1}) on {} held-out texts",
        100.0 * found.chance, 100.0 * found.value, 100.0 * found.interval.0, 100.0 * found.interval.1, found.n_rows
    )]
    NoBetterThanChance {
        /// What was measured.
        found: BalancedAccuracy,
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
            Error::HeldOut { hint, .. } => Some(hint),
            Error::Budget { .. } => Some("a budget is a share: 0.005 is one text in 200"),
            Error::NoBetterThanChance { .. } => {
                Some("label more texts, or keep the model all the same with --force")
            }
            Error::TooFewTasks { .. } => Some("name another task, or use `train`"),
            Error::TooFewRows { .. } => Some("give more texts, or ask for less of them"),
            Error::Decomposition { .. } | Error::Training { .. } => None,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
