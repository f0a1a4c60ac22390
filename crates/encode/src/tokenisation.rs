//! How texts are cut into tokens, chosen to fit the words that vectors are keyed by.

use std::fmt;

use serde_json::{Value, json};
use wordferry_vectors::Vocabulary;

use crate::segmenter::is_unspaced_word;

/// Words that the choice looks at: the most frequent ones.
const N_WORDS: usize = 100_000;

/// How a text is cut into tokens.
///
/// Tokens are runs of letters, marks, digits and `_` of the NFC text; a single ' or - between two of them belongs to the token.
/// That is how most published vectors were made; what differs among them is here. [`Tokenisation::of`] chooses by
/// a vocabulary.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tokenisation {
    /// Whether tokens keep their case. One that is no word as it stands is tried again in lower case.
    pub case_kept: bool,
    /// Whether runs of scripts that put no spaces between words (Han, kana, Thai, Lao, Khmer, Myanmar) are cut into words of
    /// the vocabulary, unless they are a word themselves.
    pub segmented: bool,
    /// Whether punctuation marks and symbols are tokens; those that are no words of the vocabulary are passed over.
    pub punctuation: bool,
}

impl Tokenisation {
    /// In lower case, with nothing segmented and no punctuation. Models saved before there was a choice were made so.
    pub const LOWER_CASE: Self = Self { case_kept: false, segmented: false, punctuation: false };

    /// What fits a vocabulary, by its 100,000 most frequent words: case is kept if a tenth of the words that have case
    /// have a capital; text without spaces is segmented if there is a word of such a script; punctuation is kept if both `,` and `.`
    /// are words.
    pub fn of(vocabulary: &Vocabulary) -> Self {
        let words = || vocabulary.iter().take(N_WORDS).filter_map(|(_, word)| std::str::from_utf8(word).ok());
        let has_capital = |word: &&str| word.chars().any(char::is_uppercase);
        let n_capitals = words().filter(has_capital).count();
        let n_cased =
            words().filter(|word| has_capital(word) || word.chars().any(char::is_lowercase)).count();
        Self {
            case_kept: n_capitals > 0 && n_capitals * 10 >= n_cased,
            segmented: words().any(is_unspaced_word),
            punctuation: [",", "."].iter().all(|mark| vocabulary.get(mark).is_some()),
        }
    }

    /// As a property of an artefact.
    pub(crate) fn to_json(self) -> Value {
        let Self { case_kept, segmented, punctuation } = self;
        json!({ "case_kept": case_kept, "segmented": segmented, "punctuation": punctuation })
    }

    /// Back from a property; `None` if it is no such property.
    pub(crate) fn from_json(value: &Value) -> Option<Self> {
        let is = |key: &str| value.get(key)?.as_bool();
        Some(Self {
            case_kept: is("case_kept")?,
            segmented: is("segmented")?,
            punctuation: is("punctuation")?,
        })
    }
}

impl fmt::Display for Tokenisation {
    /// As people read it: `lower case`, or `case kept, unspaced text segmented, punctuation kept`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.case_kept { "case kept" } else { "lower case" })?;
        f.write_str(if self.segmented { ", unspaced text segmented" } else { "" })?;
        f.write_str(if self.punctuation { ", punctuation kept" } else { "" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], expected: &str) {
        let chosen = Tokenisation::of(&Vocabulary::from_words(words));
        assert_eq!(chosen.to_string(), expected, "{words:?}");
        assert_eq!(Tokenisation::from_json(&chosen.to_json()), Some(chosen));
    }

    #[test]
    fn vocabularies_choose() {
        check(&[], "lower case");
        check(&["the", "of", "2024"], "lower case");
        check(&["the", "of", "Berlin", "2024"], "case kept");
        check(
            &["1", "2", "3", "4", "5", "6", "7", "8", "9", "iPhone", "好"],
            "case kept, unspaced text segmented",
        );
        check(&["a", "b", "c", "d", "e", "f", "g", "h", "i", "j", "K"], "lower case");
        check(&["the", ",", "."], "lower case, punctuation kept");
        check(&["the", ","], "lower case");
        check(&["ภาษา", "vec"], "lower case, unspaced text segmented");
    }

    #[test]
    fn a_property_of_another_shape_is_refused() {
        assert_eq!(Tokenisation::from_json(&json!({ "case_kept": true })), None);
        assert_eq!(Tokenisation::from_json(&json!("lower")), None);
    }
}
