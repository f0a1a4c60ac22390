//! How a classifier is carried over.

/// A way from the source's classifier to the target's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The source's classifier reads the target's features as they are. No target text is needed.
    ZeroShot,
    /// The same, after each feature's mean and deviation on unlabelled target texts were put in the place of the
    /// source's.
    Centred,
    /// The target's words are read as the source's, by their vectors and the lexicon; no target text is needed.
    LexicalCarry,
    /// The same, and a student that learns from what it makes of unlabelled target texts.
    Student,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 4] = [Self::ZeroShot, Self::Centred, Self::LexicalCarry, Self::Student];

    /// Whether words are carried over one by one, and not as their mean.
    pub fn carries_words(self) -> bool {
        matches!(self, Self::LexicalCarry | Self::Student)
    }

    /// The name, as the command line and the report write it.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::ZeroShot => "zero-shot",
            Strategy::Centred => "centred",
            Strategy::LexicalCarry => "lexical-carry",
            Strategy::Student => "student",
        }
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }
}
