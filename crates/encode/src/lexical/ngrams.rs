//! N-grams of words or characters, weighed by TF-IDF.
//!
//! An n-gram is known by a hash of 64 bits, so that a model holds no text that it was trained on. Two n-grams of one hash would
//! count as one; among a million that happens once in 37 million models.

use std::collections::HashMap;
use std::hash::{BuildHasherDefault, Hasher};
use std::sync::Arc;

use rayon::prelude::*;
use serde_json::json;
use wordferry_vectors::{Artefact, SparseRows};

use crate::Result;

/// Distinct n-grams above which those of a single text are dropped.
const FEW: usize = 100_000;
/// Texts whose n-grams are counted at a time.
const TEXTS_AT_ONCE: usize = 4096;

/// What an n-gram consists of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Unit {
    /// One word or two.
    Words,
    /// Two to five characters of a word with a space before and after it.
    Characters,
}

/// The n-grams of a set of texts, and in how many of these each was found (Spärck Jones 1972).
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct Ngrams {
    unit: Unit,
    n_texts: u64,
    /// Ascending.
    hashes: Vec<u64>,
    n_with: Arc<[u64]>,
    columns: HashMap<u64, u32, BuildHasherDefault<AsItIs>>,
}

/// An n-gram of a text: how often it occurs, its column, and its weight before the row's length is 1.
struct Weighed {
    hash: u64,
    count: u64,
    column: u32,
    weight: f64,
}

impl Ngrams {
    /// Counts the n-grams of texts that were made plain by [`plain`]. Of more than 100,000 distinct ones those of a single text are
    /// dropped.
    pub(crate) fn of(unit: Unit, texts: &[String]) -> Self {
        let mut counts = Vec::new();
        for texts in texts.chunks(TEXTS_AT_ONCE) {
            let mut hashes: Vec<u64> = texts
                .par_iter()
                .flat_map_iter(|text| unit.counted(text).into_iter().map(|(hash, _)| hash))
                .collect();
            hashes.par_sort_unstable();
            counts = merged(&counts, &run_lengths(&hashes));
        }
        if counts.len() > FEW {
            counts.retain(|&(_, count)| count > 1);
        }
        let (hashes, n_with) = counts.into_iter().unzip();
        Self::new(unit, texts.len() as u64, hashes, n_with)
    }

    /// Only the n-grams of so many texts or more.
    pub(crate) fn of_texts(self, fewest: u64) -> Self {
        let counts = self.hashes.iter().copied().zip(self.n_with.iter().copied());
        let (hashes, n_with) = counts.filter(|&(_, n_with)| n_with >= fewest).unzip();
        Self::new(self.unit, self.n_texts, hashes, n_with)
    }

    fn new(unit: Unit, n_texts: u64, hashes: Vec<u64>, n_with: Vec<u64>) -> Self {
        let columns = hashes.iter().enumerate().map(|(column, &hash)| (hash, column as u32)).collect();
        Self { unit, n_texts, hashes, n_with: n_with.into(), columns }
    }

    /// The number of n-grams, d.
    pub(crate) fn len(&self) -> usize {
        self.hashes.len()
    }

    /// A row of unit length a text: (1 + ln tf) · idf of the n-grams that were counted.
    pub(crate) fn rows(&self, texts: &[String]) -> SparseRows {
        let rows: Vec<Vec<(u32, f32)>> = texts.par_iter().map(|text| self.row(text)).collect();
        let mut all = SparseRows::new(self.len()).counted(&self.n_with);
        rows.into_iter().for_each(|row| all.push(row));
        all
    }

    fn row(&self, text: &str) -> Vec<(u32, f32)> {
        let (ngrams, length) = self.weighed(text);
        ngrams.into_iter().map(|ngram| (ngram.column, (ngram.weight / length) as f32)).collect()
    }

    /// The n-grams of a text that were counted, and the length of its row before it is 1.
    fn weighed(&self, text: &str) -> (Vec<Weighed>, f64) {
        let mut ngrams = Vec::new();
        for (hash, count) in self.unit.counted(text) {
            let Some(&column) = self.columns.get(&hash) else { continue };
            let weight = (1.0 + (count as f64).ln()) * self.idf(column);
            ngrams.push(Weighed { hash, count, column, weight });
        }
        let squares: f64 = ngrams.iter().map(|ngram| ngram.weight * ngram.weight).sum();
        (ngrams, squares.sqrt().max(f64::MIN_POSITIVE))
    }

    fn idf(&self, column: u32) -> f64 {
        let n_with = self.n_with[column as usize];
        ((1 + self.n_texts) as f64 / (1 + n_with) as f64).ln() + 1.0
    }

    /// Calls `visit` with every n-gram of a text and its column, if it has one; as often as it occurs.
    pub(crate) fn for_each(&self, text: &str, mut visit: impl FnMut(&str, Option<u32>)) {
        self.unit.for_each(text, |ngram| visit(ngram, self.columns.get(&self.unit.hash(ngram)).copied()));
    }

    /// Adds to `shares`, one a word between spaces, what the n-grams in it add to a linear function of the text's row. Half of a
    /// pair of words is each one's.
    pub(crate) fn add_shares(&self, text: &str, weights: &[f64], shares: &mut [f64]) {
        let (ngrams, length) = self.weighed(text);
        let share = |ngram: &Weighed| ngram.weight * weights[ngram.column as usize] / ngram.count as f64;
        let of_ngram: HashMap<u64, f64> = ngrams.iter().map(|ngram| (ngram.hash, share(ngram))).collect();
        self.unit.for_each_placed(text, |ngram, places| {
            let share = of_ngram.get(&self.unit.hash(ngram)).copied().unwrap_or(0.0);
            places.iter().for_each(|&place| shares[place] += share / length / 2.0);
        });
    }

    /// What the rows depend on.
    pub(crate) fn identity(&self) -> Vec<u8> {
        let numbers =
            [self.n_texts].into_iter().chain(self.hashes.iter().copied()).chain(self.n_with.iter().copied());
        numbers.flat_map(u64::to_le_bytes).collect()
    }

    pub(crate) fn put(&self, artefact: &mut Artefact, name: &str) {
        artefact.set(name, json!({ "n_texts": self.n_texts }));
        artefact.put_counts(&format!("{name}.hashes"), &self.hashes);
        artefact.put_counts(&format!("{name}.n_with"), &self.n_with);
    }

    pub(crate) fn take(artefact: &Artefact, unit: Unit, name: &str) -> Result<Self> {
        let n_texts = artefact.get(name)?["n_texts"].as_u64();
        let hashes = artefact.counts(&format!("{name}.hashes"))?;
        let n_with = artefact.counts(&format!("{name}.n_with"))?;
        let ascends = hashes.windows(2).all(|pair| pair[0] < pair[1]);
        match n_texts {
            Some(n_texts)
                if ascends
                    && hashes.len() == n_with.len()
                    && u32::try_from(hashes.len()).is_ok()
                    && n_texts < u64::MAX
                    && n_with.iter().all(|&count| count <= n_texts) =>
            {
                Ok(Self::new(unit, n_texts, hashes, n_with))
            }
            _ => Err(artefact.broken(format!("n-grams ({name}) that do not fit together")).into()),
        }
    }
}

impl Unit {
    /// The hashes of a text's n-grams, ascending, and how often each occurs.
    fn counted(self, text: &str) -> Vec<(u64, u64)> {
        let mut hashes = Vec::new();
        self.for_each(text, |ngram| hashes.push(self.hash(ngram)));
        hashes.sort_unstable();
        run_lengths(&hashes)
    }

    /// FNV-1a (Fowler, Noll and Vo), mixed once more so that all bits depend on all bytes.
    fn hash(self, ngram: &str) -> u64 {
        let start = 0xcbf2_9ce4_8422_2325 ^ self as u64;
        let hash =
            ngram.bytes().fold(start, |hash, byte| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3));
        let hash = (hash ^ (hash >> 32)).wrapping_mul(0xd6e8_feb8_6659_fd93);
        hash ^ (hash >> 32)
    }

    fn for_each(self, text: &str, mut visit: impl FnMut(&str)) {
        self.for_each_placed(text, |ngram, _| visit(ngram));
    }

    /// Every n-gram with the first and the last word between spaces that it lies in, counted from 0.
    fn for_each_placed(self, text: &str, visit: impl FnMut(&str, [usize; 2])) {
        match self {
            Unit::Words => for_each_of_words(text, visit),
            Unit::Characters => for_each_of_characters(text, visit),
        }
    }
}

/// Words are runs of two letters, marks, digits or _ at least.
fn for_each_of_words(text: &str, mut visit: impl FnMut(&str, [usize; 2])) {
    let is_of_word = |character: char| character.is_alphanumeric() || character == '_' || is_mark(character);
    let mut last: Option<(&str, usize)> = None;
    let mut pair = String::new();
    for (place, spaced) in text.split_whitespace().enumerate() {
        let words = spaced.split(|character| !is_of_word(character));
        for word in words.filter(|word| word.chars().nth(1).is_some()) {
            visit(word, [place; 2]);
            if let Some((last, place_of_last)) = last {
                pair.clear();
                pair.extend([last, " ", word]);
                visit(&pair, [place_of_last, place]);
            }
            last = Some((word, place));
        }
    }
}

fn is_mark(character: char) -> bool {
    use unicode_properties::{GeneralCategoryGroup, UnicodeGeneralCategory};
    !character.is_ascii() && character.general_category_group() == GeneralCategoryGroup::Mark
}

/// A word that is shorter than an n-gram is one n-gram with its spaces.
fn for_each_of_characters(text: &str, mut visit: impl FnMut(&str, [usize; 2])) {
    let mut padded = String::new();
    let mut starts: Vec<usize> = Vec::new();
    for (place, word) in text.split_whitespace().enumerate() {
        padded.clear();
        padded.extend([" ", word, " "]);
        starts.clear();
        starts.extend(padded.char_indices().map(|(at, _)| at));
        let n_characters = starts.len();
        starts.push(padded.len());
        for n in 2..=5 {
            if n >= n_characters {
                visit(&padded, [place; 2]);
                break;
            }
            (0..=n_characters - n).for_each(|at| visit(&padded[starts[at]..starts[at + n]], [place; 2]));
        }
    }
}

/// Distinct values of an ascending list, and how often each occurs.
fn run_lengths(sorted: &[u64]) -> Vec<(u64, u64)> {
    sorted.chunk_by(|a, b| a == b).map(|run| (run[0], run.len() as u64)).collect()
}

/// Two ascending lists of values and counts as one.
fn merged(a: &[(u64, u64)], b: &[(u64, u64)]) -> Vec<(u64, u64)> {
    let mut all = Vec::with_capacity(a.len() + b.len());
    let (mut a, mut b) = (a.iter().peekable(), b.iter().peekable());
    while let (Some(&&(x, n)), Some(&&(y, m))) = (a.peek(), b.peek()) {
        match x.cmp(&y) {
            std::cmp::Ordering::Less => all.extend(a.next()),
            std::cmp::Ordering::Greater => all.extend(b.next()),
            std::cmp::Ordering::Equal => {
                all.push((x, n + m));
                a.next();
                b.next();
            }
        }
    }
    all.extend(a);
    all.extend(b);
    all
}

/// A hasher for what is a hash already.
#[derive(Default)]
struct AsItIs(u64);

impl Hasher for AsItIs {
    fn finish(&self) -> u64 {
        self.0
    }

    fn write(&mut self, bytes: &[u8]) {
        bytes.iter().for_each(|&byte| self.0 = (self.0 << 8) | u64::from(byte));
    }

    fn write_u64(&mut self, hash: u64) {
        self.0 = hash;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ngrams(unit: Unit, text: &str) -> Vec<String> {
        let mut found = Vec::new();
        unit.for_each(text, |ngram| found.push(ngram.to_owned()));
        found
    }

    fn owned(texts: &[&str]) -> Vec<String> {
        texts.iter().map(|text| text.to_string()).collect()
    }

    #[test]
    fn ngrams_of_a_text() {
        assert_eq!(
            ngrams(Unit::Words, "so a cheap, cheap-ish"),
            ["so", "cheap", "so cheap", "cheap", "cheap cheap", "ish", "cheap ish"]
        );
        assert_eq!(
            ngrams(Unit::Characters, "ab é"),
            [" a", "ab", "b ", " ab", "ab ", " ab ", " é", "é ", " é "]
        );
        assert!(ngrams(Unit::Characters, " \n").is_empty());
    }

    #[test]
    fn frequent_ngrams_weigh_less_and_unknown_ones_do_not_count() {
        let ngrams = Ngrams::of(Unit::Words, &owned(&["win cash", "cash please", "cash at home"]));
        let weight = |text: &str, word: &str| {
            let rows = ngrams.rows(&owned(&[text]));
            let column = ngrams.columns[&Unit::Words.hash(word)];
            let (columns, values) = rows.row(0);
            columns.iter().position(|&found| found == column).map(|at| values[at])
        };
        assert!(weight("win cash", "cash") < weight("win cash", "win"));
        assert_eq!(weight("cash", "cash"), Some(1.0));
        assert_eq!(weight("cash unheard", "cash"), Some(1.0));
        let idf = |n_with: f64| (4.0 / (1.0 + n_with)).ln() + 1.0;
        let (cash, win) = ((1.0 + 2f64.ln()) * idf(3.0), idf(1.0));
        let expected = cash / (cash * cash + win * win).sqrt();
        assert!(
            (f64::from(weight("cash unheard cash unheard win", "cash").unwrap()) - expected).abs() < 1e-6
        );
    }

    #[test]
    fn counting_in_parts_is_counting() {
        let texts: Vec<String> = (0..TEXTS_AT_ONCE + 10).map(|i| format!("word{} same", i % 7)).collect();
        let ngrams = Ngrams::of(Unit::Words, &texts);
        assert_eq!(ngrams.len(), 15);
        assert_eq!(ngrams.n_with[ngrams.columns[&Unit::Words.hash("same")] as usize], texts.len() as u64);
    }
}
