//! What can go wrong while something is evaluated.

use std::path::{Path, PathBuf};

use wordferry_vectors::Space;

/// Why an experiment or an evaluation failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A file of vectors, or an artefact, was at fault.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// A lexicon or an alignment was at fault.
    #[error(transparent)]
    Align(#[from] wordferry_align::Error),
    /// Texts, or a model, were at fault.
    #[error(transparent)]
    Transfer(#[from] wordferry_transfer::Error),
    /// Something in a file was at fault, and the error does not say in which.
    #[error("{source}, in {path}", path = path.display())]
    In {
        /// The file.
        path: PathBuf,
        /// What was at fault.
        source: Box<Error>,
    },
    /// An experiment file cannot be understood.
    #[error("expected an experiment in TOML, found {reason}, in {path}", path = path.display())]
    Plan {
        /// The file.
        path: PathBuf,
        /// What is wrong, with its line.
        reason: String,
    },
    /// An experiment asks for something that does not fit together.
    #[error("{reason}")]
    Inconsistent {
        /// What was expected and what was found.
        reason: String,
        /// What to do.
        hint: String,
    },
    /// Too little to measure a transfer by.
    #[error("expected {expected} to measure a transfer by, found {found}")]
    Unmeasurable {
        /// What it takes.
        expected: &'static str,
        /// What there is.
        found: String,
    },
    /// Two embeddings were compared that no map has brought together.
    #[error("expected vectors of one space, found the spaces {source_space} and {target_space}")]
    NotAligned {
        /// The source's space.
        source_space: Space,
        /// The target's space.
        target_space: Space,
    },
    /// A test lexicon says nothing about these vectors.
    #[error(
        "expected lexicon pairs with both words in the vocabularies, found none of {n_pairs} ({source_known} source \
         words and {target_known} target words are known)"
    )]
    NothingCovered {
        /// Pairs of the lexicon.
        n_pairs: usize,
        /// Pairs whose source word is known.
        source_known: usize,
        /// Pairs whose target word is known.
        target_known: usize,
    },
    /// A test set is larger than any is.
    #[error("expected a test set of at most {most} bytes, found more, in {path}", path = path.display())]
    TooLarge {
        /// The file.
        path: PathBuf,
        /// The most bytes that are read.
        most: u64,
    },
    /// A test set holds nothing to test with.
    #[error("expected {expected}, found none, in {path}", path = path.display())]
    EmptySet {
        /// What a line of the set holds.
        expected: &'static str,
        /// The file.
        path: PathBuf,
        /// What such a line looks like.
        hint: &'static str,
    },
    /// A line of a test set of analogies is none.
    #[error("expected four words, found {found:?}, in {path}, line {line}", path = path.display())]
    QuestionLine {
        /// The file.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// How it begins.
        found: String,
    },
    /// A test set is about words that the vectors do not know.
    #[error("expected {expected} in the vocabulary, found none of {n}")]
    NoneKnown {
        /// What the set holds.
        expected: &'static str,
        /// How many of them.
        n: usize,
    },
    /// Lines of two files do not belong together.
    #[error(
        "expected as many sentences in the target language as in the source language ({n_source}), found {n_target}"
    )]
    NotParallel {
        /// Sentences in the source language.
        n_source: usize,
        /// Sentences in the target language.
        n_target: usize,
    },
    /// There is nothing to tell right sentences from.
    #[error("expected two pairs of sentences or more with known words on both sides, found {found} of {n}")]
    TooFewSentences {
        /// Pairs with known words on both sides.
        found: usize,
        /// All pairs.
        n: usize,
    },
    /// A correlation with something that never changes is undefined.
    #[error("expected {what} that differ, found {value} for all pairs that are scored ({n})")]
    Constant {
        /// Gold scores or cosines.
        what: &'static str,
        /// Their one value.
        value: f64,
        /// The pairs that the correlation is of.
        n: usize,
    },
}

impl Error {
    /// The same error, with the file that it is about.
    pub fn within(self, path: &Path) -> Self {
        Error::In { path: path.into(), source: Box::new(self) }
    }

    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::Align(error) => error.hint(),
            Error::Transfer(error) => error.hint(),
            Error::In { source, .. } => source.hint(),
            Error::Plan { .. } => Some("data/demo.toml is an example with every key explained"),
            Error::Inconsistent { hint, .. } => Some(hint),
            Error::Unmeasurable { .. } => Some("give more labelled texts, or check the encoder's rows"),
            Error::NotAligned { .. } => Some("map both with the alignment that was learned on them"),
            Error::NothingCovered { .. } => {
                Some("check that the lexicon is of these two languages, source language first")
            }
            Error::TooLarge { .. } => Some("check that this is the right file, or test on a part of it"),
            Error::EmptySet { hint, .. } => Some(hint),
            Error::QuestionLine { .. } => Some(
                "a question is four words, separated by spaces or tabs; a category begins with `:` or `#`",
            ),
            Error::NoneKnown { .. } => Some("check that the test set is of the vectors' language"),
            Error::NotParallel { .. } => {
                Some("line n of the one file has to be the translation of line n of the other")
            }
            Error::TooFewSentences { .. } => {
                Some("check that the texts are of the vectors' languages, source first")
            }
            Error::Constant { .. } => Some("a correlation needs two pairs or more that are not alike"),
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;

impl From<wordferry_encode::Error> for Error {
    fn from(error: wordferry_encode::Error) -> Self {
        Error::Transfer(error.into())
    }
}
