//! What a language is, for those who look for one among many.

use serde::Serialize;

use crate::Catalogue;

/// What a language is; nothing, where it is not known.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct LanguageFacts {
    /// In English, or the code.
    pub name: String,
    /// As its speakers write it.
    pub own_name: String,
    /// The script that it is written in, by ISO 15924.
    pub script: String,
    /// The family that it belongs to.
    pub family: String,
    /// The collections that have vectors of it.
    pub collections: Vec<String>,
    /// Bytes of its Wikipedia, as compressed XML.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub wikipedia_bytes: Option<u64>,
}

impl LanguageFacts {
    /// What the catalogue says of a language.
    pub fn of(code: &str, catalogue: &Catalogue) -> Self {
        let Ok(language) = catalogue.language(code) else {
            return Self { name: code.into(), ..Self::default() };
        };
        Self {
            name: language.name.into(),
            own_name: language.own_name.into(),
            script: language.script.into(),
            family: language.family.into(),
            collections: language.collections.iter().map(|collection| collection.name().into()).collect(),
            wikipedia_bytes: language.wikipedia_bytes,
        }
    }
}
