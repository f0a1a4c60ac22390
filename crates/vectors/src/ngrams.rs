//! Words cut into character n-grams, and n-grams led to rows of a table.
//!
//! A word is put between angle brackets and cut at characters, that is before every byte that continues no
//! other.

use std::sync::Arc;

use crate::vocabulary::Vocabulary;

/// How many characters an n-gram has, angle brackets counted: at least `min`, from 1 on, and at most `max`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Lengths {
    pub(crate) min: usize,
    pub(crate) max: usize,
}

/// How n-grams find their rows.
#[derive(Clone)]
pub(crate) enum Indexer {
    /// fastText's: hashed into buckets.
    FastText(Buckets),
    /// finalfusion's: 64-bit FNV-1a over the number of characters (`u64`) and the characters (`u32` each,
    /// little-endian), of which the lowest bits are the row. `mask` has those bits set.
    Finalfusion { mask: u64 },
    /// N-grams that are listed, each with its row.
    Listed(Arc<ListedNGrams>),
}

/// N-grams by name.
pub(crate) struct ListedNGrams {
    pub(crate) names: Vocabulary,
    /// The row of each; several n-grams may share one.
    pub(crate) rows: Vec<u32>,
}

impl Indexer {
    /// Calls `visit` with the row of every n-gram of `word` that has one.
    pub(crate) fn for_each_row(&self, word: &[u8], lengths: Lengths, mut visit: impl FnMut(usize)) {
        match self {
            Self::FastText(buckets) => buckets.for_each_row(word, lengths, visit),
            Self::Finalfusion { mask } => {
                for_each_n_gram(word, lengths, |n_gram| visit((finalfusion_hash(n_gram) & mask) as usize));
            }
            Self::Listed(listed) => for_each_n_gram(word, lengths, |n_gram| {
                if let Some(id) = listed.names.get(n_gram) {
                    visit(listed.rows[id.index()] as usize);
                }
            }),
        }
    }
}

/// fastText's buckets: a hash modulo `n`; and in a pruned model, those that kept a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Buckets {
    n: u64,
    /// Pairs of a bucket and its row, sorted by bucket; all others were pruned.
    kept: Option<Arc<[(u32, u32)]>>,
}

impl Buckets {
    /// `n` buckets, each with the row of its number.
    pub(crate) fn all(n: usize) -> Self {
        Self { n: n as u64, kept: None }
    }

    /// `n` buckets of which some kept a row: the last row that is named for a bucket counts, as in fastText.
    pub(crate) fn pruned(n: usize, mut kept: Vec<(u32, u32)>) -> Self {
        kept.reverse();
        kept.sort_by_key(|(bucket, _)| *bucket);
        kept.dedup_by_key(|(bucket, _)| *bucket);
        Self { n: n as u64, kept: Some(kept.into()) }
    }

    /// The number that hashes are reduced by.
    pub(crate) fn len(&self) -> usize {
        self.n as usize
    }

    /// The buckets that kept a row, if only some did.
    pub(crate) fn kept(&self) -> Option<&[(u32, u32)]> {
        self.kept.as_deref()
    }

    /// Calls `visit` with the row of every n-gram of `word` that has one, by start and then by length.
    pub(crate) fn for_each_row(&self, word: &[u8], lengths: Lengths, mut visit: impl FnMut(usize)) {
        for_each_hash(word, lengths, |hash| {
            if let Some(row) = self.row(u64::from(hash)) {
                visit(row);
            }
        });
    }

    /// The row of a hash.
    pub(crate) fn row(&self, hash: u64) -> Option<usize> {
        let bucket = hash.checked_rem(self.n)?;
        let Some(kept) = &self.kept else { return Some(bucket as usize) };
        let found = kept.binary_search_by_key(&bucket, |(bucket, _)| u64::from(*bucket));
        found.ok().map(|at| kept[at].1 as usize)
    }
}

/// fastText's hash of a whole word, without angle brackets.
pub(crate) fn word_hash(word: &[u8]) -> u32 {
    word.iter().fold(FNV_OFFSET, |hash, byte| fnv(hash, *byte))
}

/// Calls `visit` with fastText's hash of every n-gram of `word`, in fastText's order: by start, then by
/// length.
fn for_each_hash(word: &[u8], lengths: Lengths, mut visit: impl FnMut(u32)) {
    let bracketed = Bracketed(word);
    let length = word.len() + 2;
    for start in (0..length).filter(|at| !is_continuation(bracketed.byte(*at))) {
        let mut hash = FNV_OFFSET;
        let mut end = start;
        for n in 1..=lengths.max {
            if end == length {
                break;
            }
            hash = fnv(hash, bracketed.byte(end));
            end += 1;
            while end < length && is_continuation(bracketed.byte(end)) {
                hash = fnv(hash, bracketed.byte(end));
                end += 1;
            }
            // A lone angle bracket says nothing.
            let bracket_only = n == 1 && (start == 0 || end == length);
            if n >= lengths.min && !bracket_only {
                visit(hash);
            }
        }
    }
}

/// Calls `visit` with every n-gram of `word` as finalfusion cuts them: lone angle brackets too, and none of a
/// word that is not UTF-8.
fn for_each_n_gram(word: &[u8], lengths: Lengths, mut visit: impl FnMut(&str)) {
    let Ok(word) = std::str::from_utf8(word) else { return };
    let word = format!("<{word}>");
    for (start, _) in word.char_indices() {
        let tail = &word[start..];
        let ends = tail.char_indices().map(|(at, character)| at + character.len_utf8());
        ends.take(lengths.max).skip(lengths.min - 1).for_each(|end| visit(&tail[..end]));
    }
}

fn finalfusion_hash(n_gram: &str) -> u64 {
    let step = |hash: u64, byte: u8| (hash ^ u64::from(byte)).wrapping_mul(0x100_0000_01b3);
    let n_characters = (n_gram.chars().count() as u64).to_le_bytes();
    let hash = n_characters.into_iter().fold(0xcbf2_9ce4_8422_2325, step);
    n_gram.chars().flat_map(|character| u32::from(character).to_le_bytes()).fold(hash, step)
}

/// A word between angle brackets, without building it.
struct Bracketed<'a>(&'a [u8]);

impl Bracketed<'_> {
    fn byte(&self, at: usize) -> u8 {
        if at == 0 { b'<' } else { self.0.get(at - 1).copied().unwrap_or(b'>') }
    }
}

const fn is_continuation(byte: u8) -> bool {
    byte & 0xc0 == 0x80
}

const FNV_OFFSET: u32 = 2_166_136_261;

/// One step of FNV-1a, the byte taken as signed: those above 127 flip the upper 24 bits as well.
const fn fnv(hash: u32, byte: u8) -> u32 {
    (hash ^ byte as i8 as u32).wrapping_mul(16_777_619)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(word: &str, min: usize, max: usize, n_grams: &[&str]) {
        let mut found = Vec::new();
        for_each_hash(word.as_bytes(), Lengths { min, max }, |hash| found.push(hash));
        let expected: Vec<_> = n_grams.iter().map(|n_gram| word_hash(n_gram.as_bytes())).collect();
        assert_eq!(found, expected, "{word}");
    }

    #[test]
    fn n_grams_are_cut_at_characters() {
        check("ab", 2, 3, &["<a", "<ab", "ab", "ab>", "b>"]);
        check("ä", 1, 3, &["<ä", "<ä>", "ä", "ä>"]);
        check("", 1, 3, &["<>"]);
        check("", 3, 6, &[]);
        check("дом", 3, 3, &["<до", "дом", "ом>"]);
    }

    #[test]
    fn bytes_are_signed() {
        // "é" is 0xc3 0xa9: sign extension changes the hash of every byte above 127.
        let unsigned =
            "é".bytes().fold(FNV_OFFSET, |hash, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619));
        assert_ne!(word_hash("é".as_bytes()), unsigned);
        assert_eq!(word_hash(b"a"), 0xe40c_292c);
    }

    #[test]
    fn finalfusion_keeps_lone_brackets() {
        let mut found = Vec::new();
        for_each_n_gram("ä".as_bytes(), Lengths { min: 1, max: 2 }, |n_gram| found.push(n_gram.to_owned()));
        assert_eq!(found, ["<", "<ä", "ä", "ä>", ">"]);
        for_each_n_gram(b"\xff", Lengths { min: 1, max: 2 }, |n_gram| panic!("{n_gram}"));
    }

    #[test]
    fn pruned_buckets_have_no_row() {
        let pruned = Buckets::pruned(10, vec![(7, 0), (3, 1), (7, 2)]);
        assert_eq!([3, 7, 13, 4].map(|hash| pruned.row(hash)), [Some(1), Some(2), Some(1), None]);
        assert_eq!(Buckets::all(10).row(14), Some(4));
        assert_eq!(Buckets::all(0).row(14), None);
    }
}
