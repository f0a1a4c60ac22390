//! Why something was not measured.

use std::fmt::Display;

use crate::Outcome;

/// Why something was not measured.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Reason {
    /// What it takes is not there.
    Missing(String),
    /// What is there is at fault.
    Fault(String),
}

impl From<Reason> for Outcome {
    fn from(reason: Reason) -> Self {
        match reason {
            Reason::Missing(why) => Outcome::Unmeasurable { why },
            Reason::Fault(why) => Outcome::Failed { why },
        }
    }
}

impl Reason {
    pub(crate) fn fault(error: impl Display) -> Self {
        Reason::Fault(error.to_string())
    }
}

impl From<wordferry_evaluate::Error> for Reason {
    /// Words that neither vectors know say nothing about the vectors.
    fn from(error: wordferry_evaluate::Error) -> Self {
        use wordferry_evaluate::Error;
        match error {
            Error::NothingCovered { .. }
            | Error::NoneKnown { .. }
            | Error::TooFewSentences { .. }
            | Error::Constant { .. } => Reason::Missing(error.to_string()),
            Error::Align(error) => error.into(),
            _ => Reason::fault(error),
        }
    }
}

impl From<wordferry_align::Error> for Reason {
    fn from(error: wordferry_align::Error) -> Self {
        match error {
            wordferry_align::Error::TooFewPairs { .. } => Reason::Missing(error.to_string()),
            _ => Reason::fault(error),
        }
    }
}

macro_rules! faults {
    ($($error:ty),*) => {
        $(impl From<$error> for Reason {
            fn from(error: $error) -> Self {
                Reason::fault(error)
            }
        })*
    };
}

faults!(wordferry_encode::Error, wordferry_transfer::Error, wordferry_vectors::Error);
