//! Marks of a text that mean the same in every language: its length, digits, links, capitals, exclamation marks.

use std::sync::LazyLock;

use regex::Regex;
use unicode_properties::{GeneralCategory, UnicodeGeneralCategory};

/// The number of marks.
pub(super) const N_MARKS: usize = 21;
/// Marks are cut off at so many deviations.
const FARTHEST: f32 = 3.0;

/// Name, usual value and usual deviation of each mark. The numbers are round ones, near to those of short messages in several
/// languages: a mark of a text does not depend on other texts. Counts are ln(1 + n).
const USUAL: [(&str, f32, f32); N_MARKS] = [
    ("characters", 4.3, 0.7),
    ("words", 2.6, 0.7),
    ("digits", 0.8, 1.0),
    ("share of digits", 0.03, 0.05),
    ("a number of 5 digits or more", 0.15, 0.35),
    ("digits of the longest number", 0.7, 0.8),
    ("a telephone number", 0.1, 0.3),
    ("numbers", 0.6, 0.7),
    ("words with letters and digits", 0.3, 0.5),
    ("a currency sign", 0.05, 0.2),
    ("a link", 0.15, 0.35),
    ("a mail address", 0.02, 0.15),
    ("share of capitals", 0.1, 0.15),
    ("words in capitals", 0.4, 0.7),
    ("exclamation marks", 0.2, 0.4),
    ("question marks", 0.1, 0.3),
    ("ellipses", 0.1, 0.3),
    ("a smiley", 0.15, 0.35),
    ("symbols", 0.05, 0.1),
    ("characters of a word", 1.7, 0.3),
    ("a small letter first", 0.15, 0.35),
];

static NUMBER: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d+"));
static TELEPHONE: LazyLock<Regex> = LazyLock::new(|| pattern(r"\d[\d ().\-]{7,}\d"));
static LINK: LazyLock<Regex> = LazyLock::new(|| {
    pattern(concat!(
        r"(?i)https?://|www\.|\b[a-z0-9-]{2,}\.",
        r"(?:com|net|org|info|biz|co|me|ly|tv|uk|de|fr|es|tr|id|in)\b"
    ))
});
static MAIL: LazyLock<Regex> = LazyLock::new(|| pattern(r"\S@\w+\.\w"));
static SMILEY: LazyLock<Regex> = LazyLock::new(|| pattern(r"[:;=]-?[)(DPpoO|\]\[*]|<3"));

fn pattern(pattern: &str) -> Regex {
    Regex::new(pattern).expect("a pattern of the program's own is sound")
}

/// The marks of a text in usual deviations from the usual, a row of length 1 or so.
pub(super) fn marks(text: &str) -> [f32; N_MARKS] {
    let values = counted(text);
    std::array::from_fn(|mark| {
        let (_, usual, deviation) = USUAL[mark];
        ((values[mark] - usual) / deviation).clamp(-FARTHEST, FARTHEST) / (N_MARKS as f32).sqrt()
    })
}

/// The names of the marks, in order.
pub(super) fn names() -> [&'static str; N_MARKS] {
    USUAL.map(|(name, _, _)| name)
}

fn counted(text: &str) -> [f32; N_MARKS] {
    let log = |n: usize| (n as f32).ln_1p();
    let is = |found: bool| if found { 1.0 } else { 0.0 };
    let count = |of: fn(char) -> bool| text.chars().filter(|&character| of(character)).count();
    let n_characters = text.chars().count();
    let (n_letters, n_capitals) = (count(char::is_alphabetic), count(char::is_uppercase));
    let numbers = || NUMBER.find_iter(text).map(|number| number.as_str().chars().count());
    let (n_digits, longest) = (numbers().sum::<usize>(), numbers().max().unwrap_or(0));
    let words = || text.split_whitespace();
    let n_words = words().count();
    let n_symbols = count(|character| "/*&+=#%<>|_".contains(character));
    let share = |part: usize, of: f32| part as f32 / of.max(1.0);
    [
        log(n_characters),
        log(n_words),
        log(n_digits),
        share(n_digits, n_characters as f32),
        is(longest >= 5),
        log(longest),
        is(TELEPHONE.is_match(text)),
        log(numbers().count()),
        log(words().filter(|word| has_letters_and_digits(word)).count()),
        is(text.chars().any(|character| character.general_category() == GeneralCategory::CurrencySymbol)),
        is(LINK.is_match(text)),
        is(MAIL.is_match(text)),
        share(n_capitals, n_letters as f32),
        log(words().filter(|word| is_in_capitals(word)).count()),
        log(text.matches('!').count()),
        log(text.matches('?').count()),
        log(text.matches("..").count()),
        is(SMILEY.is_match(text)),
        share(n_symbols, (n_characters as f32).sqrt()),
        share(count(|character| !character.is_whitespace()), n_words as f32).ln_1p(),
        is(text.chars().find(|character| character.is_alphabetic()).is_some_and(char::is_lowercase)),
    ]
}

fn has_letters_and_digits(word: &str) -> bool {
    word.chars().any(char::is_numeric) && word.chars().any(char::is_alphabetic)
}

fn is_in_capitals(word: &str) -> bool {
    word.chars().filter(|character| character.is_uppercase()).nth(1).is_some()
        && !word.chars().any(char::is_lowercase)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn value(text: &str, name: &str) -> f32 {
        counted(text)[USUAL.iter().position(|usual| usual.0 == name).unwrap()]
    }

    #[test]
    fn marks_of_a_message() {
        let text = "WINNER!! Call 09061 701461 now at www.prize.example :) £1000 B4 noon, me@mail.example...";
        for (name, expected) in [
            ("digits", 16f32.ln_1p()),
            ("a number of 5 digits or more", 1.0),
            ("digits of the longest number", 6f32.ln_1p()),
            ("a telephone number", 1.0),
            ("numbers", 4f32.ln_1p()),
            ("words with letters and digits", 1f32.ln_1p()),
            ("a currency sign", 1.0),
            ("a link", 1.0),
            ("a mail address", 1.0),
            ("words in capitals", 1f32.ln_1p()),
            ("exclamation marks", 2f32.ln_1p()),
            ("ellipses", 1f32.ln_1p()),
            ("a smiley", 1.0),
            ("a small letter first", 0.0),
        ] {
            assert!((value(text, name) - expected).abs() < 1e-6, "{name}: {}", value(text, name));
        }
        assert_eq!(value("see you at 5?", "a link"), 0.0);
        assert_eq!(value("see you at 5?", "a small letter first"), 1.0);
    }

    #[test]
    fn marks_are_bounded_whatever_the_text() {
        for text in ["", " ", "\u{301}\u{301}", "!!!!!!!!!!", &"9".repeat(100_000), "日本語です。"] {
            let row = marks(text);
            let length: f32 = row.iter().map(|value| value * value).sum();
            assert!(length.is_finite() && length <= FARTHEST * FARTHEST + 1e-3, "{text:.20}: {length}");
        }
    }
}
