//! How a classifier is carried over.

/// A way from the source's classifier to the target's.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Strategy {
    /// The source's classifier reads the target's features as they are. No target text is needed.
    ZeroShot,
    /// The same, after each feature's mean and deviation on unlabelled target texts were put in the place of the
    /// source's.
    Centred,
}

impl Strategy {
    /// The name, as the command line and the report write it.
    pub fn name(self) -> &'static str {
        match self {
            Strategy::ZeroShot => "zero-shot",
            Strategy::Centred => "centred",
        }
    }

    /// The strategy of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Strategy::ZeroShot, Strategy::Centred].into_iter().find(|strategy| strategy.name() == name)
    }
}
