//! Words found by their hashes: open addressing with linear probing, in memory or as a file holds it.
//!
//! A slot is 0 when empty; otherwise the upper half of the hash, so that most probes need not look at the
//! word, and the number plus one. There is a power of two of slots, and a word's first one is the lowest
//! bits of that upper half.

use rayon::prelude::*;

use crate::bytes::{Bytes, Numbers};

/// No word is farther from its first slot. At a load of one half, chance makes about 80 steps among millions
/// of words: where there are more, words were chosen in malice so that the hash sends them to the same slot,
/// and the index is built anew with another hash. It also bounds what an index in a hostile file can cost.
const MAX_STEPS: usize = 512;

/// Slots that are filled by one task, 512 KiB.
const PART: usize = 1 << 16;

/// Where words are.
#[derive(Clone, Default)]
pub(crate) struct Index {
    slots: Numbers<u64>,
    /// Which hash is used: 0 for the quick one, others for BLAKE3 of the seed and the word.
    seed: u64,
    /// The farthest that a word is from its first slot.
    steps: usize,
}

impl Index {
    pub(crate) fn with_capacity(n_words: usize) -> Self {
        Self { slots: Numbers::Own(vec![0; (n_words * 2).next_power_of_two()]), ..Self::default() }
    }

    /// An index that a file holds; `None` if it has a wrong number of slots.
    pub(crate) fn stored(slots: &Bytes, seed: u64) -> Option<Self> {
        let slots = Numbers::within(slots);
        (slots.is_empty() || slots.len().is_power_of_two()).then_some(Self { slots, seed, steps: 0 })
    }

    /// The index of words that are numbered from 0 on and whose quick hashes are `hashes`, built on all cores; `None` if two
    /// words are the same, as `same` says, or one is too far from its first slot.
    ///
    /// Each task fills a part of the slots of its own, which fits into a core's cache. What finds no place at the end of its
    /// part goes to the start of the next when all are done. How many parts there are does not depend on the number of
    /// threads, and so the index does not either.
    pub(crate) fn of_distinct(hashes: &[u64], same: impl Fn(u32, u32) -> bool + Sync) -> Option<Self> {
        let mut slots = vec![0; (hashes.len() * 2).next_power_of_two()];
        let (n_slots, length) = (slots.len(), slots.len().min(PART));
        let mut ids: Vec<Vec<u32>> = (0..n_slots / length).map(|_| Vec::with_capacity(length / 2)).collect();
        for (id, hash) in (0_u32..).zip(hashes) {
            // A power of two, which the compiler cannot know.
            ids[start_of(hash >> 32, n_slots) >> length.trailing_zeros()].push(id);
        }
        let parts = slots.par_chunks_mut(length).zip(ids).map(|(slots, ids)| {
            let mut left = Vec::new();
            for id in ids {
                let hash = hashes[id as usize];
                match place(slots, start_of(hash >> 32, length), slot_of(hash, id), |old| same(old, id)) {
                    Placed::After(steps) if steps <= MAX_STEPS => {}
                    Placed::Nowhere => left.push(id),
                    Placed::After(_) | Placed::Already => return None,
                }
            }
            Some(left)
        });
        let left: Option<Vec<Vec<u32>>> = parts.collect();
        let mut index = Self { slots: Numbers::Own(slots), ..Self::default() };
        for id in left?.into_iter().flatten() {
            let hash = hashes[id as usize];
            if index.find(hash, |old| same(old, id)).is_some() {
                return None;
            }
            index.insert(hash, id);
            if index.steps > MAX_STEPS {
                return None;
            }
        }
        Some(index)
    }

    pub(crate) fn slots(&self) -> &[u64] {
        &self.slots
    }

    pub(crate) fn own_bytes(&self) -> u64 {
        self.slots.own_bytes()
    }

    pub(crate) fn seed(&self) -> u64 {
        self.seed
    }

    /// The hash of a word; `quick` is its [`hash`], which may have been taken elsewhere.
    pub(crate) fn hash(&self, word: &[u8], quick: impl FnOnce() -> u64) -> u64 {
        match self.seed {
            0 => quick(),
            seed => {
                let digest = blake3::Hasher::new().update(&seed.to_le_bytes()).update(word).finalize();
                let mut eight = [0; 8];
                eight.copy_from_slice(&digest.as_bytes()[..8]);
                u64::from_le_bytes(eight)
            }
        }
    }

    /// The number that `same` says is the word's.
    pub(crate) fn find(&self, hash: u64, same: impl Fn(u32) -> bool) -> Option<u32> {
        let slots = &self.slots[..];
        if slots.is_empty() {
            return None;
        }
        let mut at = start(hash >> 32, slots);
        for _ in 0..=MAX_STEPS {
            let slot = slots[at];
            if slot == 0 {
                return None;
            }
            // A slot of a hostile file may hold no number: it becomes one that no word has.
            let id = (slot as u32).wrapping_sub(1);
            if slot >> 32 == hash >> 32 && same(id) {
                return Some(id);
            }
            at = next(at, slots);
        }
        None
    }

    /// Makes room for one more word beside `n_words`, at a load of at most one half.
    pub(crate) fn reserve_one(&mut self, n_words: usize) {
        if (n_words + 1) * 2 <= self.slots.len() {
            return;
        }
        let slots = vec![0; ((n_words + 1) * 4).next_power_of_two()];
        let smaller = std::mem::replace(&mut self.slots, Numbers::Own(slots));
        self.steps = 0;
        smaller.iter().filter(|slot| **slot != 0).for_each(|slot| self.put(*slot));
    }

    /// Puts in a number whose word is not yet there.
    pub(crate) fn insert(&mut self, hash: u64, new: u32) {
        self.put(slot_of(hash, new));
    }

    /// Builds the index of words anew, with other hashes, until no word is too far from its first slot.
    pub(crate) fn bound_steps<'a>(&mut self, words: impl Fn() -> Box<dyn Iterator<Item = &'a [u8]> + 'a>) {
        while self.steps > MAX_STEPS {
            self.seed += 1;
            self.steps = 0;
            self.slots.own().fill(0);
            for (id, word) in (0..).zip(words()) {
                self.insert(self.hash(word, || hash(word)), id);
            }
        }
    }

    fn put(&mut self, slot: u64) {
        let slots = self.slots.own();
        // The lower half of the hash is not kept, so the place is taken from the upper half alone.
        let first = start(slot >> 32, slots);
        let mut at = first;
        while slots[at] != 0 {
            at = next(at, slots);
        }
        slots[at] = slot;
        self.steps = self.steps.max(at.wrapping_sub(first) & (slots.len() - 1));
    }
}

/// What became of a slot.
enum Placed {
    /// It lies so many steps after its first place.
    After(usize),
    /// There is no free place before the end.
    Nowhere,
    /// An equal word is there already.
    Already,
}

/// Puts a slot into the first free place from `first` on.
fn place(slots: &mut [u64], first: usize, slot: u64, same: impl Fn(u32) -> bool) -> Placed {
    for (steps, place) in slots[first..].iter_mut().enumerate() {
        if *place == 0 {
            *place = slot;
            return Placed::After(steps);
        }
        if *place >> 32 == slot >> 32 && same(*place as u32 - 1) {
            return Placed::Already;
        }
    }
    Placed::Nowhere
}

fn slot_of(hash: u64, id: u32) -> u64 {
    (hash & !0xffff_ffff) | u64::from(id + 1)
}

fn start(upper: u64, slots: &[u64]) -> usize {
    start_of(upper, slots.len())
}

fn start_of(upper: u64, n_slots: usize) -> usize {
    upper as usize & (n_slots - 1)
}

fn next(at: usize, slots: &[u64]) -> usize {
    (at + 1) & (slots.len() - 1)
}

/// A 64-bit hash of a word: eight bytes at a time, folded by a wide multiplication. Files hold it, so it
/// never changes.
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
    use crate::{Vocabulary, WordId};

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
    fn an_index_is_built_at_once_if_words_are_distinct() {
        let words: Vec<String> = (0..10_000).map(|i| format!("word{}", i % 9_999)).collect();
        let build = |words: &[String]| {
            let hashes: Vec<u64> = words.iter().map(|word| hash(word.as_bytes())).collect();
            Index::of_distinct(&hashes, |a, b| words[a as usize] == words[b as usize])
        };
        assert!(build(&words).is_none());
        for n in [0, 1, 2, 9_999] {
            let index = build(&words[..n]).unwrap();
            for (id, word) in words[..n].iter().enumerate() {
                let found = index.find(hash(word.as_bytes()), |id| words[id as usize] == *word);
                assert_eq!(found, Some(id as u32));
            }
        }
        assert!(Index::of_distinct(&[7 << 32; 1000], |_, _| false).is_none());
        // From the last slot of a part on: nearly all are left for the next part.
        assert!(Index::of_distinct(&vec![0xffff << 32; 300_000], |_, _| false).is_none());
    }

    #[test]
    fn slots_of_a_hostile_file_lead_nowhere() {
        let stored = |slots: &[u64]| {
            let bytes: Vec<u8> = slots.iter().flat_map(|slot| slot.to_le_bytes()).collect();
            Index::stored(&Bytes::from(bytes), 0)
        };
        assert!(stored(&[0; 3]).is_none());
        for slots in [vec![], vec![1], vec![u64::MAX; 8], vec![7 << 32; 4096]] {
            let index = stored(&slots).unwrap();
            assert_eq!(index.find(hash(b"a"), |id| id < 2), None, "{slots:?}");
            assert_eq!(index.find(7 << 32, |id| id < 2), None, "{slots:?}");
        }
    }
}
