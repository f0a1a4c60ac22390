//! A text of word pairs in, seeds (pairs of known words) out.
//!
//! A word is looked up as it is written and, failing that, in lower case: test lexicons are lower-cased while some
//! vectors are not, and the other way round.

mod cognates;

use std::collections::HashSet;
use std::io::{BufRead, BufReader, Read};
use std::path::Path;

use wordferry_vectors::{Embeddings, Vocabulary, WordId, open_decompressed};

use crate::{Error, Result};

/// Pairs of words, source language first. A word may have several translations.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Lexicon {
    pairs: Vec<(String, String)>,
    origin: String,
}

/// The pairs of a lexicon whose words both vocabularies know, without repetitions, in the lexicon's order.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Seeds {
    /// Source and target word.
    pub pairs: Vec<(WordId, WordId)>,
    /// Pairs of the lexicon whose source word is known.
    pub source_known: usize,
    /// Pairs of the lexicon whose target word is known.
    pub target_known: usize,
}

/// A longer line is none of a lexicon; without a limit, one that never ends would fill the memory.
const LONGEST_LINE: u64 = 1 << 20;

impl Lexicon {
    /// A lexicon of these pairs.
    pub fn from_pairs(pairs: Vec<(String, String)>) -> Self {
        Self { pairs, origin: "lexicon".into() }
    }

    /// Where the pairs came from: `lexicon`, `identical`, `numeral`, `cognate`, `none`, or several of them.
    pub fn origin(&self) -> &str {
        if self.origin.is_empty() { "none" } else { &self.origin }
    }

    /// Whether pairs are there because both languages spell them the same way, whatever they mean.
    pub(crate) fn is_of_identical_words(&self) -> bool {
        self.origin.split(" and ").any(|origin| origin == "identical")
    }

    /// Reads MUSE's format: one `word translation` a line, separated by spaces or tabs. gz and zst are read as they are.
    ///
    /// # Errors
    /// If the file cannot be read, a line holds a single word, or there is no pair at all.
    pub fn open(path: &Path) -> Result<Self> {
        let mut reader = BufReader::new(open_decompressed(path)?);
        let mut pairs = Vec::new();
        let mut bytes = Vec::new();
        for line in 1.. {
            bytes.clear();
            let n_read = reader
                .by_ref()
                .take(LONGEST_LINE)
                .read_until(b'\n', &mut bytes)
                .map_err(|e| wordferry_vectors::Error::reading(path, e))?;
            if n_read == 0 {
                break;
            }
            let text = String::from_utf8_lossy(&bytes);
            if n_read as u64 == LONGEST_LINE {
                let found = format!("a line of {LONGEST_LINE} bytes or more");
                return Err(Error::LexiconLine { path: path.into(), line, found });
            }
            let mut words = text.trim_start_matches('\u{feff}').split_whitespace();
            match (words.next(), words.next()) {
                (None, _) => {}
                (Some(source), Some(target)) => pairs.push((source.to_string(), target.to_string())),
                (Some(_), None) => {
                    let found = text.trim().chars().take(40).collect();
                    return Err(Error::LexiconLine { path: path.into(), line, found });
                }
            }
        }
        match pairs.is_empty() {
            true => Err(Error::EmptyLexicon { path: path.into() }),
            false => Ok(Self::from_pairs(pairs)),
        }
    }

    /// Every word that both vocabularies spell the same way, paired with itself, in the source's order.
    pub fn identical(source: &Vocabulary, target: &Vocabulary) -> Self {
        let words = source.iter().filter(|(_, word)| *word != b"</s>" && target.get_bytes(word).is_some());
        let text = words.filter_map(|(_, word)| Some(std::str::from_utf8(word).ok()?.to_string()));
        Self { pairs: text.map(|word| (word.clone(), word)).collect(), origin: "identical".into() }
    }

    /// Every number that both vocabularies hold, paired with itself, in the source's order: digits, with points, commas or
    /// hyphens among them. Languages of different scripts often share no other words.
    pub fn numerals(source: &Vocabulary, target: &Vocabulary) -> Self {
        let mut lexicon = Self::identical(source, target);
        lexicon.pairs.retain(|(word, _)| is_numeral(word));
        Self { origin: "numeral".into(), ..lexicon }
    }

    /// Frequent words of five letters or more that are spelt nearly alike, in the source's order: one edit in five letters, two at
    /// the most, accents aside.
    pub fn cognates(source: &Vocabulary, target: &Vocabulary) -> Self {
        let text = |vocabulary: &Vocabulary, word| vocabulary.word(word).into_owned();
        let pairs = cognates::cognates(source, target);
        let pairs = pairs.into_iter().map(|(a, b)| (text(source, a), text(target, b))).collect();
        Self { pairs, origin: "cognate".into() }
    }

    /// The pairs of both, these first.
    pub fn union(mut self, other: Self) -> Self {
        self.pairs.extend(other.pairs);
        if self.origin.is_empty() {
            self.origin = other.origin;
        } else if !other.origin.is_empty() && other.origin != self.origin {
            self.origin = format!("{} and {}", self.origin, other.origin);
        }
        self
    }

    /// The pairs, in order.
    pub fn pairs(&self) -> &[(String, String)] {
        &self.pairs
    }

    /// The same pairs with the sides exchanged.
    pub fn reversed(&self) -> Self {
        let pairs = self.pairs.iter().map(|(source, target)| (target.clone(), source.clone())).collect();
        Self { pairs, origin: self.origin.clone() }
    }

    /// The pairs whose words are both known.
    pub fn resolve(&self, source: &Vocabulary, target: &Vocabulary) -> Seeds {
        let mut seeds = Seeds::default();
        let mut seen = HashSet::new();
        for (source_word, target_word) in &self.pairs {
            let source_word = look_up(source, source_word);
            let target_word = look_up(target, target_word);
            seeds.source_known += usize::from(source_word.is_some());
            seeds.target_known += usize::from(target_word.is_some());
            if let (Some(source_word), Some(target_word)) = (source_word, target_word)
                && seen.insert((source_word, target_word))
            {
                seeds.pairs.push((source_word, target_word));
            }
        }
        seeds
    }

    /// The pairs whose words are both known, if there are enough of them to learn a map from.
    ///
    /// # Errors
    /// If fewer than `needed` pairs are usable, or more than twice as many would be with their words exchanged.
    pub fn seeds(&self, source: &Embeddings, target: &Embeddings, needed: usize) -> Result<Seeds> {
        let seeds = self.resolve(source.vocabulary(), target.vocabulary());
        let reversed = self.reversed().resolve(source.vocabulary(), target.vocabulary()).pairs.len();
        if reversed >= 2 && reversed > 2 * seeds.pairs.len() {
            return Err(Error::ReversedLexicon { found: seeds.pairs.len(), reversed });
        }
        if seeds.pairs.len() < needed {
            return Err(Error::TooFewPairs {
                needed,
                found: seeds.pairs.len(),
                n_pairs: self.pairs.len(),
                source_known: seeds.source_known,
                target_known: seeds.target_known,
            });
        }
        Ok(seeds)
    }
}

/// Whether a word is a number: digits, with points, commas or hyphens among them.
pub(crate) fn is_numeral(word: &str) -> bool {
    word.contains(|c: char| c.is_ascii_digit())
        && word.chars().all(|c| c.is_ascii_digit() || matches!(c, '.' | ',' | '-' | '/' | ':' | '%'))
}

/// The id of a word as it is written or, failing that, in lower case.
pub fn look_up(vocabulary: &Vocabulary, word: &str) -> Option<WordId> {
    vocabulary.get(word).or_else(|| vocabulary.get(&word.to_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::io::Write;

    fn check(text: &[u8], expected: std::result::Result<&[(&str, &str)], &str>) {
        let mut file = tempfile::NamedTempFile::new().unwrap();
        file.write_all(text).unwrap();
        match (Lexicon::open(file.path()), expected) {
            (Ok(lexicon), Ok(pairs)) => {
                let pairs: Vec<_> = pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect();
                assert_eq!(lexicon.pairs(), pairs);
            }
            (Err(error), Err(message)) => {
                let text = error.to_string();
                assert!(text.contains(message), "{text}");
            }
            (result, expected) => panic!("expected {expected:?}, found {result:?}"),
        }
    }

    #[test]
    fn formats() {
        check(b"dog Hund\ncat\tKatze\n", Ok(&[("dog", "Hund"), ("cat", "Katze")]));
        check(b"\xef\xbb\xbfdog Hund\r\n\r\ndog  Dogge extra\r\n", Ok(&[("dog", "Hund"), ("dog", "Dogge")]));
        check(b"dog Hund\ncat\n", Err("line 2"));
        check(b"", Err("found none"));
        check(b"\n \n", Err("found none"));
    }

    #[test]
    fn only_known_words_become_seeds_once() {
        let source = Vocabulary::from_words(["dog", "cat"]);
        let target = Vocabulary::from_words(["hund", "katze", "dog"]);
        let pair = |a: &str, b: &str| (a.to_string(), b.to_string());
        let lexicon = Lexicon::from_pairs(vec![
            pair("Dog", "hund"),
            pair("dog", "Hund"),
            pair("cat", "kater"),
            pair("cow", "kuh"),
        ]);
        let seeds = lexicon.resolve(&source, &target);
        assert_eq!(seeds.pairs, [(WordId(0), WordId(0))]);
        assert_eq!((seeds.source_known, seeds.target_known), (3, 2));
        assert_eq!(Lexicon::identical(&source, &target).pairs(), [pair("dog", "dog")]);
    }

    #[test]
    fn numbers_are_shared_by_all_languages() {
        let source = Vocabulary::from_words(["the", "1990", "hotel", "3.5", "-", "2nd"]);
        let target = Vocabulary::from_words(["3.5", "hotel", "1990", "2nd", "-"]);
        let pair = |word: &str| (word.to_string(), word.to_string());
        let numerals = Lexicon::numerals(&source, &target);
        assert_eq!(numerals.pairs(), [pair("1990"), pair("3.5")]);
        let union = Lexicon::from_pairs(vec![pair("the")]).union(numerals);
        assert_eq!(union.pairs(), [pair("the"), pair("1990"), pair("3.5")]);
    }
}
