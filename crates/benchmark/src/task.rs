//! What is measured of a language.

use std::fmt;

use serde::{Deserialize, Serialize};

/// What is measured of a language.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Task {
    /// Rows, duplicates, scripts, and the share of a running text's tokens that have a vector.
    Health,
    /// How near the vectors that n-grams compose come to those of the words themselves.
    Subwords,
    /// How far cosines agree with what people think of pairs of words.
    Similarity,
    /// What is to C as B is to A.
    Analogy,
    /// How often a word's translation is the nearest word of the hub, and the other way round.
    Lexicon,
    /// How often a sentence's translation is the nearest sentence of the hub.
    Retrieval,
    /// How well a classifier of the hub's texts reads this language without a label of it.
    Classification,
    /// Seconds and bytes that it takes to use the vectors: by the clock, and therefore in a file of its own.
    Speed,
}

impl Task {
    /// All of them, in the order in which they are run.
    pub const ALL: [Task; 8] = [
        Task::Health,
        Task::Subwords,
        Task::Similarity,
        Task::Analogy,
        Task::Lexicon,
        Task::Retrieval,
        Task::Classification,
        Task::Speed,
    ];

    /// The name, as it is typed and written.
    pub fn name(self) -> &'static str {
        match self {
            Task::Health => "health",
            Task::Subwords => "subwords",
            Task::Similarity => "similarity",
            Task::Analogy => "analogy",
            Task::Lexicon => "lexicon",
            Task::Retrieval => "retrieval",
            Task::Classification => "classification",
            Task::Speed => "speed",
        }
    }

    /// The task of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|task| task.name() == name)
    }

    /// What its score is, in words.
    pub fn score(self) -> &'static str {
        match self {
            Task::Health => "share of the file's rows that are words with a vector of their own",
            Task::Subwords => "median cosine of a composed vector and the word's own",
            Task::Similarity => "Spearman correlation with people's scores",
            Task::Analogy => "share of questions answered right",
            Task::Lexicon => "mean P@1 of both directions",
            Task::Retrieval => "mean P@1 of both directions",
            Task::Classification => "macro-F1 without a label of the language",
            Task::Speed => "short texts a second",
        }
    }

    /// Whether it is measured between a language and a hub.
    pub fn has_hub(self) -> bool {
        matches!(self, Task::Lexicon | Task::Retrieval | Task::Classification)
    }
}

impl fmt::Display for Task {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}
