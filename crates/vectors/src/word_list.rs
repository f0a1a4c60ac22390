//! The words of a file in its order, before it is known whether they are distinct.

use crate::index::hash;
use crate::vocabulary::{MAX_WORDS, Vocabulary};

/// Words, each with its quick hash.
#[derive(Default)]
pub(crate) struct WordList {
    arena: Vec<u8>,
    ends: Vec<u64>,
    hashes: Vec<u64>,
}

impl WordList {
    /// What [`WordList::with_capacity`] sets aside for a word.
    pub(crate) const BYTES_EACH: usize = 24;

    pub(crate) fn with_capacity(n_words: usize) -> Self {
        let (ends, hashes) = (Vec::with_capacity(n_words), Vec::with_capacity(n_words));
        Self { arena: Vec::with_capacity(n_words * 8), ends, hashes }
    }

    pub(crate) fn push(&mut self, word: &[u8]) {
        self.push_hashed(word, hash(word));
    }

    /// [`WordList::push`] for a word whose hash was taken elsewhere.
    pub(crate) fn push_hashed(&mut self, word: &[u8], hash: u64) {
        self.arena.extend_from_slice(word);
        self.ends.push(self.arena.len() as u64);
        self.hashes.push(hash);
    }

    pub(crate) fn len(&self) -> usize {
        self.ends.len()
    }

    pub(crate) fn iter(&self) -> impl Iterator<Item = &[u8]> {
        let starts = [0].into_iter().chain(self.ends.iter().copied());
        starts.zip(&self.ends).map(|(start, end)| &self.arena[start as usize..*end as usize])
    }

    /// The distinct words, numbered; and where each was in the list, if some came again: the first of equal words is kept. `None`
    /// if there are more words than can be numbered.
    pub(crate) fn number(self) -> Option<(Vocabulary, Option<Vec<u32>>)> {
        if self.len() as u64 > MAX_WORDS {
            return None;
        }
        // Nearly every file's words are distinct, which is quicker to find out than to provide against.
        let Self { arena, ends, hashes } = self;
        let (arena, ends) = match Vocabulary::of_distinct(arena, ends, &hashes) {
            Ok(vocabulary) => return Some((vocabulary, None)),
            Err(parts) => parts,
        };
        let list = Self { arena, ends, hashes };
        let mut vocabulary = Vocabulary::with_capacity(list.len());
        let mut kept = Vec::with_capacity(list.len());
        for ((position, word), hash) in (0..).zip(list.iter()).zip(&list.hashes) {
            if vocabulary.insert_hashed(word, *hash).is_ok() {
                kept.push(position);
            }
        }
        let all = kept.len() == list.len();
        Some((vocabulary, (!all).then_some(kept)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(words: &[&str], distinct: &[&str], kept: Option<&[u32]>) {
        let mut list = WordList::default();
        words.iter().for_each(|word| list.push(word.as_bytes()));
        assert!(list.iter().eq(words.iter().map(|word| word.as_bytes())));
        let (vocabulary, found) = list.number().unwrap();
        assert_eq!(vocabulary, Vocabulary::from_words(distinct));
        assert_eq!(found.as_deref(), kept);
        assert!(vocabulary.iter().all(|(id, word)| vocabulary.get_bytes(word) == Some(id)));
    }

    #[test]
    fn the_first_of_equal_words_is_kept() {
        check(&[], &[], None);
        check(&["a", "", "b"], &["a", "", "b"], None);
        check(&["a", "b", "a", "", "c", ""], &["a", "b", "", "c"], Some(&[0, 1, 3, 4]));
    }
}
