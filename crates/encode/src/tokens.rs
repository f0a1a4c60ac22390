//! A text in, its tokens out, without an allocation a token.
//!
//! A token that a vocabulary lacks is tried again in other ways by [`Reader`](crate::reader::Reader), which knows the vocabulary.

use unicode_normalization::{IsNormalized, UnicodeNormalization, is_nfc_quick};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

use crate::Tokenisation;

/// The first byte of U+0300, below which a character is as NFC wants it.
const FIRST_BYTE_TO_COMPOSE: u8 = 0xcc;
/// The right single quotation mark, which stands for an apostrophe.
const APOSTROPHE: char = '\u{2019}';

/// What a text is cut into.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Token<'t> {
    /// A run of letters, marks and digits.
    Word(&'t str),
    /// A punctuation mark or symbol.
    Mark(&'t str),
}

impl Tokenisation {
    /// Calls `visit` with every token of `text`, in order. Text without spaces is one token; it takes a vocabulary to
    /// segment it.
    pub fn for_each_token(&self, text: &str, mut visit: impl FnMut(&str)) {
        self.cut(text, &mut String::new(), |token| match token {
            Token::Word(token) | Token::Mark(token) => visit(token),
        });
    }

    /// [`Tokenisation::for_each_token`], with `buffer` to be used again for the next text.
    pub(crate) fn cut(&self, text: &str, buffer: &mut String, visit: impl FnMut(Token<'_>)) {
        buffer.clear();
        match (text.is_ascii(), self.case_kept) {
            (true, true) => return self.split(text, visit),
            (true, false) => {
                buffer.push_str(text);
                buffer.make_ascii_lowercase();
            }
            (false, true) => self.compose(text, buffer),
            // The lower case of Σ depends on its neighbours.
            (false, false) if text.contains('Σ') => {
                self.compose(text, buffer);
                *buffer = buffer.to_lowercase();
            }
            (false, false) => self.compose(text, buffer),
        }
        self.split(buffer, visit);
    }

    /// Writes the composed text, with ' for ’, in lower case unless case is kept or matters.
    fn compose(&self, text: &str, buffer: &mut String) {
        // Without a way out in the middle, many bytes are looked at at a time.
        let is_plain = text.bytes().fold(true, |plain, byte| plain & (byte < FIRST_BYTE_TO_COMPOSE));
        match is_plain || is_nfc_quick(text.chars()) == IsNormalized::Yes {
            true => self.fold(text.chars(), buffer),
            false => self.fold(text.nfc(), buffer),
        }
    }

    fn fold(&self, characters: impl Iterator<Item = char>, buffer: &mut String) {
        for character in characters {
            match character {
                APOSTROPHE => buffer.push('\''),
                character if self.case_kept || character == 'Σ' => buffer.push(character),
                character if character.is_ascii() => buffer.push(character.to_ascii_lowercase()),
                character => buffer.extend(character.to_lowercase()),
            }
        }
    }

    fn split(&self, text: &str, mut visit: impl FnMut(Token<'_>)) {
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
            if joins {
                continue;
            }
            if let Some(start) = start.take() {
                visit(Token::Word(&text[start..at]));
            }
            if self.punctuation && is_mark(character) {
                visit(Token::Mark(&text[at..at + character.len_utf8()]));
            }
        }
        if let Some(start) = start {
            visit(Token::Word(&text[start..]));
        }
    }
}

/// The parts of a token between ' and -.
pub(crate) fn parts(token: &str) -> impl Iterator<Item = &str> {
    token.split(['\'', '-']).filter(|part| !part.is_empty())
}

fn belongs_to_word(character: char) -> bool {
    if character.is_ascii() {
        return character.is_ascii_alphanumeric() || character == '_';
    }
    character.is_alphanumeric() || character.general_category_group() == GeneralCategoryGroup::Mark
}

fn is_mark(character: char) -> bool {
    let group = character.general_category_group();
    matches!(group, GeneralCategoryGroup::Punctuation | GeneralCategoryGroup::Symbol)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(tokenisation: Tokenisation, text: &str, expected: &[&str]) {
        let mut found = Vec::new();
        tokenisation.for_each_token(text, |token| found.push(token.to_string()));
        assert_eq!(found, expected, "{text:?}");
    }

    #[test]
    fn tokens() {
        let check = |text, expected: &[&str]| check(Tokenisation::LOWER_CASE, text, expected);
        check("", &[]);
        check("Don't stop!", &["don't", "stop"]);
        check("Das war’s: gut-gemeint -- 'na ja'", &["das", "war's", "gut-gemeint", "na", "ja"]);
        check("¿Qué? ¡3,5 €!", &["qué", "3", "5"]);
        check("schön STRASSE ÄÖÜ", &["schön", "strasse", "äöü"]);
        check("scho\u{308}n", &["schön"]);
        check("ΟΔΟΣ ΣΟΦΟΣ’Σ", &["οδος", "σοφοσ'ς"]);
        check("हिन्दी में", &["हिन्दी", "में"]);
        check("a--b a-'b x-", &["a", "b", "a", "b", "x"]);
        check("日本語です。", &["日本語です"]);
        check("😀 ok\u{0} \u{feff}ok", &["ok", "ok"]);
    }

    #[test]
    fn tokens_of_other_kinds() {
        let cased = Tokenisation { case_kept: true, ..Tokenisation::LOWER_CASE };
        check(cased, "Das Haus", &["Das", "Haus"]);
        check(cased, "O’Neill fährt A\u{308}ltere", &["O'Neill", "fährt", "Ältere"]);
        let marked = Tokenisation { punctuation: true, ..Tokenisation::LOWER_CASE };
        check(marked, "Well-known, isn't it?!", &["well-known", ",", "isn't", "it", "?", "!"]);
        check(marked, "«Ja» 😀", &["«", "ja", "»", "😀"]);
    }

    /// What std makes of a whole text, which knows of final sigma.
    #[test]
    fn lower_case_is_that_of_the_standard_library() {
        let letters: String =
            (0x80..0x3000).filter_map(char::from_u32).filter(|c| c.is_alphabetic()).collect();
        let expected: String = letters.nfc().collect::<String>().to_lowercase();
        let mut buffer = String::new();
        Tokenisation::LOWER_CASE.cut(&letters, &mut buffer, |_| {});
        assert_eq!(buffer, expected);
    }

    #[test]
    fn parts_of_a_compound() {
        assert_eq!(parts("well-known's").collect::<Vec<_>>(), ["well", "known", "s"]);
    }
}
