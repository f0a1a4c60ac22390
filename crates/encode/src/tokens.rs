//! A text in, the tokens that word vectors are keyed by out.
//!
//! Tokens are runs of letters, marks, digits and `_` of the lower-cased NFC text; a single ' or - between two of them
//! belongs to the token. That is how most published vectors were made. A token that a vocabulary lacks is tried again
//! in its parts between ' and -, by the encoder, which alone knows the vocabulary.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// Calls `visit` with every token of `text`, in order.
pub fn for_each_token(text: &str, mut visit: impl FnMut(&str)) {
    if text.is_ascii() {
        return split(&text.to_ascii_lowercase(), &mut visit);
    }
    let composed = match is_nfc_quick(text.chars()) {
        IsNormalized::Yes => text.to_lowercase(),
        _ => text.nfc().collect::<String>().to_lowercase(),
    };
    split(&composed.replace('\u{2019}', "'"), &mut visit);
}

/// The parts of a token between ' and -.
pub(crate) fn parts(token: &str) -> impl Iterator<Item = &str> {
    token.split(['\'', '-']).filter(|part| !part.is_empty())
}

fn split(text: &str, visit: &mut impl FnMut(&str)) {
    let mut start = None;
    let mut characters = text.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        if belongs_to_word(character) {
            start.get_or_insert(at);
            continue;
        }
        let joins = start.is_some()
            && matches!(character, '\'' | '-')
            && characters.peek().is_some_and(|&(_, next)| belongs_to_word(next));
        if !joins && let Some(start) = start.take() {
            visit(&text[start..at]);
        }
    }
    if let Some(start) = start {
        visit(&text[start..]);
    }
}

fn belongs_to_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    character.is_alphanumeric() || character.general_category_group() == GeneralCategoryGroup::Mark
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        for_each_token(text, |token| found.push(token.to_string()));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn tokens() {
        check("", &[]);
        check("Don't stop!", &["don't", "stop"]);
        check("Das war’s: gut-gemeint -- 'na ja'", &["das", "war's", "gut-gemeint", "na", "ja"]);
        check("¿Qué? ¡3,5 €!", &["qué", "3", "5"]);
        check("schön STRASSE", &["schön", "strasse"]);
        check("scho\u{308}n", &["schön"]);
        check("हिन्दी में", &["हिन्दी", "में"]);
        check("a--b a-'b x-", &["a", "b", "a", "b", "x"]);
        check("日本語です。", &["日本語です"]);
        check("😀 ok\u{0} \u{feff}ok", &["ok", "ok"]);
    }

    #[test]
    fn parts_of_a_compound() {
        assert_eq!(parts("well-known's").collect::<Vec<_>>(), ["well", "known", "s"]);
    }
}
