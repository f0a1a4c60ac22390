//! How a classifier is carried from the source to the target.

/// A way to carry a classifier over, and what it needs of the target. All need texts of neither language but the source's labelled ones,
/// unless they say so.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The source's classifier reads the target through vectors of the shared space, as sure as these let it be.
    ZeroShot,
    /// The same, after each feature's mean and deviation on unlabelled target texts were put in the place of the
    /// source's.
    Centred,
    /// Trained on the source's rows with the mean and covariance of unlabelled target texts.
    Coral,
    /// Trained on the source's texts, each weighed by how much it is like unlabelled target texts.
    Importance,
    /// The target's words are read as the source's, by their vectors and the lexicon.
    LexicalCarry,
    /// The same, for the classes' shares that unlabelled target texts seem to have.
    LabelShift,
    /// The same, trained on a few labelled target texts, too.
    Joint,
    /// The same as lexical carry, and a student on the target's own n-grams that learns from what it makes of unlabelled target texts, and
    /// from labelled ones where there are some.
    Student,
}

impl Strategy {
    /// Every strategy.
    pub const ALL: [Self; 8] = [
        Self::ZeroShot,
        Self::Centred,
        Self::Coral,
        Self::Importance,
        Self::LexicalCarry,
        Self::LabelShift,
        Self::Joint,
        Self::Student,
    ];

    /// Whether words are carried over one by one, and not as their mean.
    pub fn carries_words(self) -> bool {
        matches!(self, Self::LexicalCarry | Self::LabelShift | Self::Joint | Self::Student)
    }

    /// Whether it needs unlabelled texts of the target.
    pub fn needs_unlabelled(self) -> bool {
        !matches!(self, Self::ZeroShot | Self::LexicalCarry | Self::Joint)
    }

    /// Whether it needs labelled texts of the target.
    pub fn needs_labelled(self) -> bool {
        self == Self::Joint
    }

    /// Whether it learns from labelled texts of the target.
    pub fn takes_labelled(self) -> bool {
        matches!(self, Self::Joint | Self::Student)
    }

    /// The name, as the command line and the report write it.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::ZeroShot => "zero-shot",
            Strategy::Centred => "centred",
            Strategy::Coral => "coral",
            Strategy::Importance => "importance",
            Strategy::LexicalCarry => "lexical-carry",
            Strategy::LabelShift => "label-shift",
            Strategy::Joint => "joint",
            Strategy::Student => "student",
        }
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|strategy| strategy.name() == name)
    }
}
