//! What can go wrong while two spaces are aligned.

use std::path::PathBuf;

/// Why an alignment, a lexicon or a retrieval failed.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// A vectors file, a map or their spaces were at fault.
    #[error(transparent)]
    Vectors(#[from] wordferry_vectors::Error),
    /// A line of a lexicon does not hold a pair of words.
    #[error("expected `word translation` on a line of a lexicon, found {found:?}, in {path}, line {line}", path = path.display())]
    LexiconLine {
        /// The lexicon.
        path: PathBuf,
        /// The line, from 1.
        line: usize,
        /// The start of the line.
        found: String,
    },
    /// A lexicon holds no pair at all.
    #[error("expected pairs of words, found none, in {path}", path = path.display())]
    EmptyLexicon {
        /// The lexicon.
        path: PathBuf,
    },
    /// Too few pairs have both words in the vocabularies.
    #[error(
        "expected at least {needed} lexicon pairs with both words in the vocabularies, found {found} of {n_pairs} \
         ({source_known} source words and {target_known} target words are known)"
    )]
    TooFewPairs {
        /// The least that a map can be learned from.
        needed: usize,
        /// Usable pairs.
        found: usize,
        /// Pairs in the lexicon.
        n_pairs: usize,
        /// Pairs whose source word is known.
        source_known: usize,
        /// Pairs whose target word is known.
        target_known: usize,
    },
    /// A lexicon's pairs fit the vectors better the other way round.
    #[error(
        "expected lexicon pairs with the source's word first, found {found} that fit, and {reversed} the other way round"
    )]
    ReversedLexicon {
        /// Usable pairs.
        found: usize,
        /// Usable pairs if the words of each are exchanged.
        reversed: usize,
    },
    /// Two sides differ in dimension, and the method needs them equal.
    #[error(
        "expected vectors of one dimension on both sides, found {source_dimension} and {target_dimension}"
    )]
    Dimensions {
        /// Dimension of the source vectors.
        source_dimension: usize,
        /// Dimension of the target vectors.
        target_dimension: usize,
    },
    /// Two languages are not in one space.
    #[error("expected vectors of one space, found {source_space} and {target_space}")]
    TwoSpaces {
        /// The source's.
        source_space: wordferry_vectors::Space,
        /// The target's.
        target_space: wordferry_vectors::Space,
    },
    /// A word has no vector, neither of its own nor composed of n-grams.
    #[error("expected a word of the vectors' vocabulary ({n_words} words{}), found {word:?}", if *subwords { ", none of its n-grams known" } else { ", no subwords" })]
    UnknownWord {
        /// The word.
        word: String,
        /// The size of the vocabulary.
        n_words: usize,
        /// Whether the vectors have n-grams.
        subwords: bool,
    },
    /// The singular value decomposition did not converge.
    #[error("the singular value decomposition of a {rows} × {columns} matrix did not converge")]
    Decomposition {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// No alignment was given to join.
    #[error("expected alignments to join, found none")]
    NothingToJoin,
    /// Two alignments treat the language that they share in different ways.
    #[error(
        "expected alignments that normalise the vectors of the language they share ({language}) alike, found two ways"
    )]
    OtherNormalisation {
        /// The language.
        language: String,
    },
    /// Two alignments share a second language.
    #[error("expected alignments that share one language, found {language} in two of them as well")]
    JoinedTwice {
        /// The language.
        language: String,
    },
    /// There is no way back through a map.
    #[error("expected a map with a way back, found a {rows} × {columns} matrix that loses directions")]
    NotInvertible {
        /// Rows of the matrix.
        rows: usize,
        /// Columns of the matrix.
        columns: usize,
    },
    /// Both embeddings are of one side of a map.
    #[error("expected vectors of two languages of the map, found those of one of them ({language}) twice")]
    SameSide {
        /// The language.
        language: String,
    },
    /// A map was asked to take vectors of a space that is none of its languages'.
    #[error(
        "expected vectors of a space of the map ({}), found {found}",
        sides.iter().map(|(language, space)| format!("{language}: {space}")).collect::<Vec<_>>().join(", ")
    )]
    NotASide {
        /// The languages of the map and their spaces.
        sides: Vec<(String, wordferry_vectors::Space)>,
        /// The space of the vectors.
        found: wordferry_vectors::Space,
    },
}

impl Error {
    /// What the user can do about it, where that is known.
    pub fn hint(&self) -> Option<&str> {
        match self {
            Error::Vectors(error) => error.hint(),
            Error::LexiconLine { .. } | Error::EmptyLexicon { .. } => {
                Some("a lexicon has one pair a line, separated by a space or a tab, source language first")
            }
            Error::TooFewPairs { n_pairs: 0, .. } => {
                Some("the two vocabularies have no word in common: give a lexicon")
            }
            Error::TooFewPairs { source_known: 0, .. } | Error::TooFewPairs { target_known: 0, .. } => Some(
                "check that the lexicon is of these two languages, source language first, and spelt as the vectors \
                 are (lower case, mostly)",
            ),
            Error::TooFewPairs { .. } => Some("use a larger lexicon, or vectors with more words"),
            Error::ReversedLexicon { .. } => {
                Some("exchange the source's and the target's vectors, or the columns of the lexicon")
            }
            Error::Dimensions { .. } => Some("use vectors of one dimension, or a method that takes both"),
            Error::UnknownWord { .. } => Some(
                "vectors are mostly of lower-case words; those of a fastText .bin have subwords for unknown ones",
            ),
            Error::TwoSpaces { .. } => Some("map both with the alignment that was learned on them"),
            Error::SameSide { .. } => {
                Some("give the vectors of the two languages that the map was learned on")
            }
            Error::NotASide { .. } => Some("use the vectors that the map was learned on"),
            Error::NothingToJoin => Some("name two maps or more"),
            Error::OtherNormalisation { .. } => Some("learn both maps with the same --normalise"),
            Error::JoinedTwice { .. } => Some("join maps of different languages"),
            Error::NotInvertible { .. } => Some(
                "let the language of the fewest dimensions be the hub, or use a method that keeps all directions",
            ),
            Error::Decomposition { .. } => None,
        }
    }
}

/// A result of this crate.
pub type Result<T> = std::result::Result<T, Error>;
