//! Words as bytes, each with a number.

use std::borrow::Cow;
use std::fmt;
use std::hash::{BuildHasher, RandomState};

/// The number of a word: its row in the matrix. Files list frequent words first, so it is a frequency rank as well.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct WordId(pub u32);

impl WordId {
    /// The row, as an index.
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// The most words a vocabulary can hold.
pub(crate) const MAX_WORDS: u64 = u32::MAX as u64 - 1;

/// Distinct words, numbered from 0 in the order they came.
///
/// Words are bytes in one arena, found by an open-addressing hash index. They need not be UTF-8.
#[derive(Clone, Default)]
pub struct Vocabulary {
    arena: Vec<u8>,
    /// `ends[i]` is where word `i` ends in the arena, and word `i + 1` begins.
    ends: Vec<u64>,
    index: Index,
    duplicates: Vec<usize>,
}

impl Vocabulary {
    /// A vocabulary of the words of `words`. The first occurrence of a word wins; the positions of later ones, which get
    /// no number, are in [`Vocabulary::duplicates`].
    pub fn from_words<W: AsRef<[u8]>>(words: impl IntoIterator<Item = W>) -> Self {
        let words = words.into_iter();
        let mut vocabulary = Self::with_capacity(words.size_hint().0.min(1 << 20));
        for (position, word) in words.enumerate() {
            if vocabulary.insert(word.as_ref()).is_err() {
                vocabulary.duplicates.push(position);
            }
        }
        vocabulary
    }

    pub(crate) fn with_capacity(n_words: usize) -> Self {
        Self { ends: Vec::with_capacity(n_words), index: Index::with_capacity(n_words), ..Self::default() }
    }

    /// Adds a word: its new number, or as an error the number that it already has.
    pub(crate) fn insert(&mut self, word: &[u8]) -> Result<WordId, Option<WordId>> {
        self.insert_hashed(word, hash(word))
    }

    /// [`Vocabulary::insert`] for a word whose hash was taken elsewhere, say in parallel.
    pub(crate) fn insert_hashed(&mut self, word: &[u8], hash: u64) -> Result<WordId, Option<WordId>> {
        if self.ends.len() as u64 >= MAX_WORDS {
            return Err(None);
        }
        let new = self.ends.len() as u32;
        self.index.reserve_one(new as usize);
        let (arena, ends) = (&self.arena, &self.ends);
        let hash = self.index.keyed_hash(word).unwrap_or(hash);
        match self.index.find_or_insert(hash, new, |id| slice(arena, ends, id) == word) {
            Err(old) => return Err(Some(WordId(old))),
            Ok(n_steps) => {
                self.arena.extend_from_slice(word);
                self.ends.push(self.arena.len() as u64);
                self.bound_steps(n_steps);
            }
        }
        Ok(WordId(new))
    }

    /// Words can be chosen so that the fixed hash sends them all to the same slot. Where that shows, the index is built
    /// anew with a hash whose key nobody can know; only its speed depends on that key.
    fn bound_steps(&mut self, n_steps: usize) {
        if n_steps <= MAX_STEPS || self.index.key.is_some() {
            return;
        }
        let key = RandomState::new();
        self.index.slots.fill(0);
        for id in 0..self.ends.len() as u32 {
            let hash = key.hash_one(slice(&self.arena, &self.ends, id));
            self.index.insert_new(hash, id);
        }
        self.index.key = Some(key);
    }

    /// The number of words, *n*.
    pub fn len(&self) -> usize {
        self.ends.len()
    }

    /// Whether there is no word.
    pub fn is_empty(&self) -> bool {
        self.ends.is_empty()
    }

    /// The number of `word`, if it is known. The comparison is of bytes: no case is folded, nothing normalised.
    pub fn get(&self, word: &str) -> Option<WordId> {
        self.get_bytes(word.as_bytes())
    }

    /// The number of a word that need not be UTF-8.
    pub fn get_bytes(&self, word: &[u8]) -> Option<WordId> {
        let hash = self.index.keyed_hash(word).unwrap_or_else(|| hash(word));
        self.index.find(hash, |id| slice(&self.arena, &self.ends, id) == word).map(WordId)
    }

    /// The word with a number; bytes that are not UTF-8 show as U+FFFD.
    ///
    /// # Panics
    ///
    /// If `id` is not of this vocabulary.
    pub fn word(&self, id: WordId) -> Cow<'_, str> {
        String::from_utf8_lossy(self.bytes(id))
    }

    /// The word with a number, as it stands in the file.
    ///
    /// # Panics
    ///
    /// If `id` is not of this vocabulary.
    pub fn bytes(&self, id: WordId) -> &[u8] {
        slice(&self.arena, &self.ends, id.0)
    }

    /// All words in order, with their numbers.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = (WordId, &[u8])> {
        (0..self.ends.len() as u32).map(|id| (WordId(id), slice(&self.arena, &self.ends, id)))
    }

    /// Where in the sequence given to [`Vocabulary::from_words`] a word came again; those have no number.
    pub fn duplicates(&self) -> &[usize] {
        &self.duplicates
    }
}

impl fmt::Debug for Vocabulary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Vocabulary({} words)", self.len())
    }
}

impl PartialEq for Vocabulary {
    /// The same words with the same numbers.
    fn eq(&self, other: &Self) -> bool {
        self.ends == other.ends && self.arena == other.arena
    }
}

impl Eq for Vocabulary {}

fn slice<'a>(arena: &'a [u8], ends: &[u64], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] as usize };
    &arena[start..ends[id] as usize]
}

/// Open addressing with linear probing. A slot is 0 when empty; otherwise the upper half of the hash, so that most
/// probes need not look at the word, and the number plus one.
#[derive(Clone, Default)]
struct Index {
    slots: Vec<u64>,
    /// What hashes are taken with, once too many words met in one place.
    key: Option<RandomState>,
}

/// Beyond so many occupied slots in a row, words are taken to be chosen in malice: at a load of one half, chance makes
/// about 80 among millions of words.
const MAX_STEPS: usize = 512;

impl Index {
    fn with_capacity(n_words: usize) -> Self {
        Self { slots: vec![0; (n_words * 2).next_power_of_two()], key: None }
    }

    /// The hash of a word, if the index has a key of its own.
    fn keyed_hash(&self, word: &[u8]) -> Option<u64> {
        self.key.as_ref().map(|key| key.hash_one(word))
    }

    /// Makes room for one more word beside `n_words`, at a load of at most one half.
    fn reserve_one(&mut self, n_words: usize) {
        if (n_words + 1) * 2 <= self.slots.len() {
            return;
        }
        let slots = vec![0; ((n_words + 1) * 4).next_power_of_two()];
        let smaller = std::mem::replace(&mut self.slots, slots);
        for slot in smaller.into_iter().filter(|slot| *slot != 0) {
            self.put(slot);
        }
    }

    /// Puts in a number whose word is not yet there.
    fn insert_new(&mut self, hash: u64, new: u32) {
        self.put((hash & !0xffff_ffff) | u64::from(new + 1));
    }

    fn put(&mut self, slot: u64) {
        // The lower half of the hash is not kept, so the place is taken from the upper half alone.
        let mut at = self.start(slot >> 32);
        while self.slots[at] != 0 {
            at = self.next(at);
        }
        self.slots[at] = slot;
    }

    fn start(&self, upper: u64) -> usize {
        upper as usize & (self.slots.len() - 1)
    }

    fn next(&self, at: usize) -> usize {
        (at + 1) & (self.slots.len() - 1)
    }

    fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        if self.slots.is_empty() {
            return None;
        }
        self.probe(hash, same).ok()
    }

    /// Puts `new` in, and tells how many occupied slots were passed; or as an error the number of an equal word.
    fn find_or_insert(&mut self, hash: u64, new: u32, same: impl Fn(u32) -> bool) -> Result<usize, u32> {
        match self.probe(hash, same) {
            Ok(old) => Err(old),
            Err(free) => {
                self.slots[free] = (hash & !0xffff_ffff) | u64::from(new + 1);
                Ok(free.wrapping_sub(self.start(hash >> 32)) & (self.slots.len() - 1))
            }
        }
    }

    /// The number of an equal word, or the first free slot. There always is one: the load is at most a half.
    fn probe(&self, hash: u64, same: impl Fn(u32) -> bool) -> Result<u32, usize> {
        let mut at = self.start(hash >> 32);
        loop {
            let slot = self.slots[at];
            if slot == 0 {
                return Err(at);
            }
            let id = (slot as u32) - 1;
            if slot >> 32 == hash >> 32 && same(id) {
                return Ok(id);
            }
            at = self.next(at);
        }
    }
}

/// A 64-bit hash of a word: eight bytes at a time, folded by a wide multiplication.
pub(crate) fn hash(word: &[u8]) -> u64 {
    const A: u64 = 0x9e37_79b9_7f4a_7c15;
    const B: u64 = 0xd1b5_4a32_d192_ed03;
    let mut state = A ^ word.len() as u64;
    let mut chunks = word.chunks_exact(8);
    for chunk in &mut chunks {
        let mut eight = [0; 8];
        eight.copy_from_slice(chunk);
        state = fold(state ^ u64::from_le_bytes(eight), B);
    }
    let mut tail = [0; 8];
    tail[..chunks.remainder().len()].copy_from_slice(chunks.remainder());
    fold(fold(state ^ u64::from_le_bytes(tail), B), A)
}

fn fold(a: u64, b: u64) -> u64 {
    let product = u128::from(a) * u128::from(b);
    (product as u64) ^ (product >> 64) as u64
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&[u8]], distinct: &[&[u8]], duplicates: &[usize]) {
        let vocabulary = Vocabulary::from_words(words);
        let found: Vec<&[u8]> = vocabulary.iter().map(|(_, word)| word).collect();
        assert_eq!(found, distinct);
        assert_eq!(vocabulary.duplicates(), duplicates);
        for (id, word) in vocabulary.iter() {
            assert_eq!(vocabulary.get_bytes(word), Some(id));
        }
        assert_eq!(vocabulary.get("nowhere"), None);
    }

    #[test]
    fn words_are_numbered_and_found() {
        check(&[], &[], &[]);
        check(&[b"a", b"b"], &[b"a", b"b"], &[]);
        check(&[b"a", b"", b"a", b"b", b""], &[b"a", b"", b"b"], &[2, 4]);
        check(&[b"sch\xf6n", b"sch"], &[b"sch\xf6n", b"sch"], &[]);
    }

    #[test]
    fn many_words_are_found_after_growing() {
        let vocabulary = Vocabulary::from_words((0..50_000).map(|i| format!("word{i}")));
        assert_eq!(vocabulary.len(), 50_000);
        for i in (0..50_000).step_by(7) {
            assert_eq!(vocabulary.get(&format!("word{i}")), Some(WordId(i)));
        }
        assert_eq!(vocabulary.get("word50000"), None);
    }

    /// The second half of each word undoes what the first did to the hash.
    #[test]
    fn words_chosen_to_collide_cost_little() {
        let collide = |i: u64| {
            let state = fold(0x9e37_79b9_7f4a_7c15 ^ 16 ^ i, 0xd1b5_4a32_d192_ed03);
            [i.to_le_bytes(), state.to_le_bytes()].concat()
        };
        let words: Vec<Vec<u8>> = (0..100_000).map(collide).collect();
        assert!(words.iter().all(|word| hash(word) == hash(&words[0])));
        let vocabulary = Vocabulary::from_words(words.iter().chain(&words[..10]));
        assert_eq!((vocabulary.len(), vocabulary.duplicates().len()), (100_000, 10));
        for (i, word) in words.iter().enumerate() {
            assert_eq!(vocabulary.get_bytes(word), Some(WordId(i as u32)));
        }
        assert_eq!(vocabulary.get("nowhere"), None);
    }

    #[test]
    fn invalid_utf8_is_kept_and_shown() {
        let vocabulary = Vocabulary::from_words([b"sch\xf6n".as_slice()]);
        assert_eq!(vocabulary.word(WordId(0)), "sch\u{fffd}n");
        assert_eq!(vocabulary.bytes(WordId(0)), b"sch\xf6n");
        assert_eq!(vocabulary.get("sch\u{fffd}n"), None);
    }
}
