//! A text in, parts of it that can be tokenised one by one out.
//!
//! Most tokenizers work word by word: the tokens of a text are those of its parts if it is cut before a single space
//! between two plain characters, and of some if it is cut before a comma or the like. Which tokenizers do is told by what they are made of; any other takes texts whole.
//!
//! Why it holds: normalisers of the kinds below look at one character, at a cluster of a letter and its marks, or at
//! runs of spaces; pre-tokenisers either drop the space or begin a piece with it, and models see one piece at a time.
//! An added token must not reach across the cut, nor take the space after it.

#[cfg(test)]
mod tests;

use serde_json::json;
use tokenizers::normalizers::{Replace, Strip};
use tokenizers::pre_tokenizers::metaspace::PrependScheme;
use tokenizers::{NormalizedString, Normalizer, NormalizerWrapper, PreTokenizerWrapper};
use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};

/// How a tokenizer takes the parts of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Parts {
    /// Not at all: only whole texts.
    None,
    /// As they are: spaces are dropped.
    Any,
    /// As they are, and marks of punctuation on their own.
    PunctuationApart,
    /// Those that the normaliser gives no space at their end, where the next part's would meet it.
    WithoutSpaceAtEnd,
}

impl Parts {
    pub(super) fn of(tokenizer: &tokenizers::Tokenizer) -> Self {
        let Some(pre_tokenizer) = tokenizer.get_pre_tokenizer() else { return Self::None };
        let normalisers = tokenizer.get_normalizer().map_or(vec![], flattened);
        let unchanged = |text: &str| normalised(tokenizer, text).as_deref() == Some(text);
        if !unchanged("a b") || !added_tokens_lack(tokenizer, char::is_whitespace) {
            return Self::None;
        }
        let known = || normalisers.iter().all(|normaliser| Kind::of(normaliser) != Kind::Other);
        match spaces(pre_tokenizer) {
            Spaces::Dropped if !known() => Self::None,
            Spaces::Dropped => {
                let apart = matches!(pre_tokenizer, PreTokenizerWrapper::BertPreTokenizer(_));
                let marks = apart && unchanged("a,b.c!d?e;f:g") && added_tokens_lack(tokenizer, is_mark);
                if marks { Self::PunctuationApart } else { Self::Any }
            }
            Spaces::BeginPieces(left) if keep_spaces(&normalisers, left) => Self::WithoutSpaceAtEnd,
            Spaces::BeginPieces(_) | Spaces::Unknown => Self::None,
        }
    }

    /// Whether a part that is followed by another gives the tokens that it has in the text.
    pub(super) fn take(self, part: &str, tokenizer: &tokenizers::Tokenizer) -> bool {
        let ends_with_space = |text: &str| text.ends_with(char::is_whitespace);
        match self {
            Self::None => false,
            Self::Any | Self::PunctuationApart => true,
            Self::WithoutSpaceAtEnd => {
                ends_with_space(part)
                    || normalised(tokenizer, part).is_some_and(|part| !ends_with_space(&part))
            }
        }
    }
}

/// The parts of a text, in order; all of it together.
pub(super) fn parts(text: &str, how: Parts) -> impl Iterator<Item = &str> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let (part, after) = rest.split_at(first_cut(rest, how));
        rest = after;
        Some(part)
    })
}

/// Where the first part of a text ends.
fn first_cut(text: &str, how: Parts) -> usize {
    let bytes = text.as_bytes();
    let is_cut = |at: usize| match bytes[at] {
        b' ' => at + 1 < bytes.len() && is_plain_before(text, at) && is_plain_at(text, at + 1),
        byte if how == Parts::PunctuationApart && is_mark(byte.into()) => {
            bytes[at - 1].is_ascii_alphanumeric()
        }
        _ => false,
    };
    (1..bytes.len()).find(|&at| is_cut(at)).unwrap_or(text.len())
}

/// Whether a character is a mark of punctuation that most often follows a word.
fn is_mark(character: char) -> bool {
    matches!(character, ',' | '.' | '!' | '?' | ';' | ':')
}

fn is_plain_before(text: &str, at: usize) -> bool {
    let byte = text.as_bytes()[at - 1];
    if byte.is_ascii() {
        byte.is_ascii_graphic()
    } else {
        text[..at].chars().next_back().is_some_and(is_plain)
    }
}

fn is_plain_at(text: &str, at: usize) -> bool {
    let byte = text.as_bytes()[at];
    if byte.is_ascii() { byte.is_ascii_graphic() } else { text[at..].chars().next().is_some_and(is_plain) }
}

/// Whether a character beyond ASCII never makes one cluster with a space beside it.
fn is_plain(character: char) -> bool {
    use GeneralCategoryGroup::{Letter, Number, Punctuation};
    // Letters that belong to what precedes or follows them, and scripts with many of them.
    let joins = matches!(u32::from(character), 0xd4e | 0xe33 | 0xeb3 | 0xff9e | 0xff9f | 0x1_1000..=0x1_1fff);
    !joins && matches!(character.general_category_group(), Letter | Number | Punctuation)
}

/// The text as the normaliser leaves it; `None` if it fails.
fn normalised(tokenizer: &tokenizers::Tokenizer, text: &str) -> Option<String> {
    let mut normalised = NormalizedString::from(text);
    if let Some(normaliser) = tokenizer.get_normalizer() {
        normaliser.normalize(&mut normalised).ok()?;
    }
    Some(normalised.get().to_owned())
}

/// Whether no added token holds such a character, or takes the space after it.
fn added_tokens_lack(tokenizer: &tokenizers::Tokenizer, character: fn(char) -> bool) -> bool {
    tokenizer.get_added_tokens_decoder().values().all(|token| {
        let normalised =
            if token.normalized { normalised(tokenizer, &token.content) } else { Some(String::new()) };
        let texts = [Some(&token.content), normalised.as_ref()];
        !token.rstrip && texts.into_iter().all(|text| text.is_some_and(|text| !text.contains(character)))
    })
}

/// Normalisers one after the other, those of sequences too.
fn flattened(normaliser: &NormalizerWrapper) -> Vec<&NormalizerWrapper> {
    match normaliser {
        NormalizerWrapper::Sequence(sequence) => sequence.as_ref().iter().flat_map(flattened).collect(),
        one => vec![one],
    }
}

/// What a normaliser looks at.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A character or a cluster at a time.
    Local,
    /// Runs of spaces, of which it leaves one.
    Collapse,
    /// The ends of the text.
    Strip(End),
    Other,
}

/// The end at which a text loses its spaces; the left one if both.
#[derive(Clone, Copy, PartialEq, Eq)]
enum End {
    Right,
    Left,
}

impl Kind {
    fn of(normaliser: &NormalizerWrapper) -> Self {
        use NormalizerWrapper as N;
        match normaliser {
            N::BertNormalizer(_) | N::StripAccents(_) | N::NFC(_) | N::NFD(_) | N::NFKC(_) | N::NFKD(_) => {
                Self::Local
            }
            N::Lowercase(_) | N::Nmt(_) | N::Precompiled(_) => Self::Local,
            N::StripNormalizer(Strip { strip_left: true, .. }) => Self::Strip(End::Left),
            N::StripNormalizer(_) => Self::Strip(End::Right),
            N::Replace(replace) => Self::of_replace(replace),
            _ => Self::Other,
        }
    }

    /// `Replace` shows its pattern only in JSON.
    fn of_replace(replace: &Replace) -> Self {
        let Ok(properties) = serde_json::to_value(replace) else { return Self::Other };
        let pattern = &properties["pattern"];
        if let Some(text) = pattern["String"].as_str() {
            let mut characters = text.chars();
            return match (characters.next(), characters.next()) {
                (Some(one), None) if !one.is_whitespace() => Self::Local,
                _ => Self::Other,
            };
        }
        let collapses = [" {2,}", r"\s+"].iter().any(|known| *pattern == json!({ "Regex": known }));
        if collapses && replace.content == " " { Self::Collapse } else { Self::Other }
    }
}

/// Whether the ends of parts are as they would be within a text, where the space begins a piece. What is stripped off
/// an end has to be what a run of spaces would have lost.
fn keep_spaces(normalisers: &[&NormalizerWrapper], left: Left) -> bool {
    let mut collapsed = false;
    normalisers.iter().all(|normaliser| match Kind::of(normaliser) {
        Kind::Local => true,
        Kind::Collapse => {
            collapsed = true;
            true
        }
        Kind::Strip(End::Right) => collapsed,
        Kind::Strip(End::Left) => collapsed && left == Left::Replaced,
        Kind::Other => false,
    })
}

/// What becomes of the space before a word.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Spaces {
    /// It separates pieces and is lost.
    Dropped,
    /// A piece begins with it.
    BeginPieces(Left),
    Unknown,
}

/// What becomes of a part that lost the space before it.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Left {
    /// It is given one.
    Replaced,
    /// It goes without.
    Lost,
}

fn spaces(pre_tokenizer: &PreTokenizerWrapper) -> Spaces {
    use PreTokenizerWrapper as P;
    match pre_tokenizer {
        P::BertPreTokenizer(_) | P::Whitespace(_) | P::WhitespaceSplit(_) => Spaces::Dropped,
        P::Metaspace(metaspace) if metaspace.split => Spaces::BeginPieces(match metaspace.prepend_scheme {
            PrependScheme::Always => Left::Replaced,
            PrependScheme::First | PrependScheme::Never => Left::Lost,
        }),
        P::ByteLevel(byte_level) if byte_level.use_regex => {
            Spaces::BeginPieces(match byte_level.add_prefix_space {
                true => Left::Replaced,
                false => Left::Lost,
            })
        }
        P::Sequence(sequence) => spaces_of_sequence(sequence.as_ref()),
        _ => Spaces::Unknown,
    }
}

/// The first that knows spaces decides. Before it may be what splits by characters (after which a space may be a piece of
/// its own, and is not replaced), after it anything that does not ask where in the text a piece is.
fn spaces_of_sequence(sequence: &[PreTokenizerWrapper]) -> Spaces {
    use PreTokenizerWrapper as P;
    let by_character = |one: &&P| matches!(one, P::Punctuation(_) | P::Digits(_));
    let n = sequence.iter().take_while(by_character).count();
    let mut rest = sequence[n..].iter();
    let first = rest.next().map_or(Spaces::Unknown, spaces);
    let asks = |one: &P| match one {
        P::Metaspace(metaspace) => metaspace.prepend_scheme == PrependScheme::First,
        P::Sequence(_) => true,
        _ => false,
    };
    match first {
        _ if rest.any(asks) => Spaces::Unknown,
        Spaces::BeginPieces(_) if n > 0 => Spaces::BeginPieces(Left::Lost),
        first => first,
    }
}
