//! Words as bytes, each with a number.

use std::borrow::Cow;
use std::fmt;

use crate::bytes::Numbers;
use crate::index::{Index, hash};

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
    arena: Numbers<u8>,
    /// `ends[i]` is where word `i` ends in the arena, and word `i + 1` begins.
    ends: Numbers<u64>,
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
        let ends = Numbers::Own(Vec::with_capacity(n_words));
        Self { ends, index: Index::with_capacity(n_words), ..Self::default() }
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
        let hash = self.index.hash(word, || hash);
        if let Some(old) = self.find(hash, word) {
            return Err(Some(old));
        }
        self.arena.own().extend_from_slice(word);
        self.ends.own().push(self.arena.len() as u64);
        self.index.reserve_one(new as usize);
        self.index.insert(hash, new);
        let (arena, ends) = (&self.arena, &self.ends);
        self.index.bound_steps(|| Box::new((0..=new).map(|id| slice(arena, ends, id))));
        Ok(WordId(new))
    }

    /// The words in `arena`, of which each ends where `ends` says, with their quick hashes. Built on all cores; gives the parts
    /// back if not all words are distinct, or they are not easily indexed.
    pub(crate) fn of_distinct(
        arena: Vec<u8>,
        ends: Vec<u64>,
        hashes: &[u64],
    ) -> Result<Self, (Vec<u8>, Vec<u64>)> {
        match Index::of_distinct(hashes, |a, b| slice(&arena, &ends, a) == slice(&arena, &ends, b)) {
            Some(index) => Ok(Self::stored(Numbers::Own(arena), Numbers::Own(ends), index)),
            None => Err((arena, ends)),
        }
    }

    /// Words with their index, say as a file holds them. Where they begin and end is checked when one is asked for: a word that lies
    /// outside the file is empty.
    pub(crate) fn stored(arena: Numbers<u8>, ends: Numbers<u64>, index: Index) -> Self {
        Self { arena, ends, index, duplicates: Vec::new() }
    }

    /// All words without a space between them, where each ends, and how they are found.
    pub(crate) fn parts(&self) -> (&[u8], &[u64], &Index) {
        (&self.arena, &self.ends, &self.index)
    }

    /// Bytes of memory that are taken up beside those of the file.
    pub(crate) fn own_bytes(&self) -> u64 {
        self.arena.own_bytes() + self.ends.own_bytes() + self.index.own_bytes()
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
        let hash = self.index.hash(word, || hash(word));
        self.find(hash, word)
    }

    fn find(&self, hash: u64, word: &[u8]) -> Option<WordId> {
        let (arena, ends) = (&self.arena[..], &self.ends[..]);
        // An index that was read with a limit, or from a hostile file, knows numbers beyond the last.
        let same = |id: u32| (id as usize) < ends.len() && slice(arena, ends, id) == word;
        self.index.find(hash, same).map(WordId)
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
        *self.ends == *other.ends && *self.arena == *other.arena
    }
}

impl Eq for Vocabulary {}

/// Word `id`; empty if a file has it outside its arena.
fn slice<'a>(arena: &'a [u8], ends: &[u64], id: u32) -> &'a [u8] {
    let id = id as usize;
    let start = if id == 0 { 0 } else { ends[id - 1] };
    let range = usize::try_from(start).ok().zip(usize::try_from(ends[id]).ok());
    range.and_then(|(start, end)| arena.get(start..end)).unwrap_or_default()
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

    #[test]
    fn invalid_utf8_is_kept_and_shown() {
        let vocabulary = Vocabulary::from_words([b"sch\xf6n".as_slice()]);
        assert_eq!(vocabulary.word(WordId(0)), "sch\u{fffd}n");
        assert_eq!(vocabulary.bytes(WordId(0)), b"sch\xf6n");
        assert_eq!(vocabulary.get("sch\u{fffd}n"), None);
    }
}
