//! What a language is, for those who look for one among many.

use serde::Serialize;

/// What a language is.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LanguageFacts {
    /// In English.
    pub name: String,
    /// As its speakers write it.
    pub own_name: String,
    /// The script that it is written in, by name.
    pub script: String,
    /// The family that it belongs to.
    pub family: String,
    /// The collections that have vectors of it.
    pub collections: Vec<String>,
}

impl LanguageFacts {
    /// Of a language that nothing is known of but its code.
    pub fn unknown(code: &str) -> Self {
        Self { name: code.into(), ..Self::default() }
    }
}
