//! Words of two languages that are spelt nearly alike, found without comparing every word with every other.
//!
//! Two words within `e` edits of each other become the same when at most `e` letters are left out of each (Mor and Fraenkel 1982):
//! all such shortenings of one side are indexed, and those of the other looked up.

use std::collections::HashMap;

use strsim::levenshtein;
use unicode_normalization::UnicodeNormalization;
use unicode_normalization::char::is_combining_mark;
use wordferry_vectors::{Vocabulary, WordId};

/// Words of either side that are compared.
const FREQUENT_WORDS: usize = 20_000;
/// Letters of the shortest words that are compared: short words are alike by chance.
const SHORTEST: usize = 5;
/// Letters of the longest ones: their shortenings are many.
const LONGEST: usize = 24;

/// Pairs of words within one edit for every five letters, up to two, accents aside; each the nearest of the other, the more frequent
/// among equals.
pub(super) fn cognates(source: &Vocabulary, target: &Vocabulary) -> Vec<(WordId, WordId)> {
    let (source, target) = (spellings(source), spellings(target));
    let mut shortened: HashMap<String, Vec<usize>> = HashMap::new();
    for (i, (_, spelling)) in target.iter().enumerate() {
        shortenings(spelling).into_iter().for_each(|short| shortened.entry(short).or_default().push(i));
    }
    let mut of_source = vec![None; source.len()];
    let mut of_target = vec![None; target.len()];
    for (i, (_, spelling)) in source.iter().enumerate() {
        let mut candidates: Vec<usize> = shortenings(spelling)
            .iter()
            .filter_map(|short| shortened.get(short))
            .flatten()
            .copied()
            .collect();
        candidates.sort_unstable();
        candidates.dedup();
        for j in candidates {
            let edits = levenshtein(spelling, &target[j].1);
            if edits <= edits_allowed(spelling).min(edits_allowed(&target[j].1)) {
                nearer(&mut of_source[i], edits, j);
                nearer(&mut of_target[j], edits, i);
            }
        }
    }
    let pair = |(i, best): (usize, &Option<(usize, usize)>)| {
        let (_, j) = (*best)?;
        (of_target[j]?.1 == i).then(|| (source[i].0, target[j].0))
    };
    of_source.iter().enumerate().filter_map(pair).collect()
}

/// Takes a nearer word; the first, the more frequent one, among equals.
fn nearer(best: &mut Option<(usize, usize)>, edits: usize, word: usize) {
    if best.is_none_or(|(fewest, _)| edits < fewest) {
        *best = Some((edits, word));
    }
}

/// Frequent words of letters only, without accents.
fn spellings(vocabulary: &Vocabulary) -> Vec<(WordId, String)> {
    let spelling = |(id, word): (WordId, &[u8])| {
        let word = std::str::from_utf8(word).ok()?;
        let letters: String =
            word.nfd().filter(|c| !is_combining_mark(*c)).flat_map(char::to_lowercase).collect();
        let n = letters.chars().count();
        let suits = (SHORTEST..=LONGEST).contains(&n) && letters.chars().all(char::is_alphabetic);
        suits.then_some((id, letters))
    };
    vocabulary.iter().take(FREQUENT_WORDS).filter_map(spelling).collect()
}

fn edits_allowed(spelling: &str) -> usize {
    (spelling.chars().count() / 5).min(2)
}

/// What is left of a word without up to as many letters as it may differ in.
fn shortenings(spelling: &str) -> Vec<String> {
    let mut all = vec![spelling.to_string()];
    let mut last = 0;
    for _ in 0..edits_allowed(spelling) {
        let end = all.len();
        for i in last..end {
            let letters: Vec<char> = all[i].chars().collect();
            let without = |left_out: usize| {
                letters
                    .iter()
                    .enumerate()
                    .filter(|(at, _)| *at != left_out)
                    .map(|(_, letter)| letter)
                    .collect()
            };
            let shorter: Vec<String> = (0..letters.len()).map(without).collect();
            all.extend(shorter);
        }
        last = end;
    }
    all.sort_unstable();
    all.dedup();
    all
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_spelt_nearly_alike() {
        let source = Vocabulary::from_words(["music", "information", "the", "nation", "12345", "house"]);
        let target =
            Vocabulary::from_words(["nación", "música", "información", "los", "12345", "haus", "natio"]);
        let pairs = cognates(&source, &target);
        let words: Vec<_> = pairs.iter().map(|(a, b)| (source.word(*a), target.word(*b))).collect();
        let expected = [("music", "música"), ("information", "información"), ("nation", "nación")];
        assert_eq!(words, expected.map(|(a, b)| (a.into(), b.into())));
    }

    #[test]
    fn shortenings_are_counted_in_letters() {
        assert_eq!(shortenings("état"), ["état"]);
        assert_eq!(shortenings("abcde"), ["abcd", "abcde", "abce", "abde", "acde", "bcde"]);
    }
}
