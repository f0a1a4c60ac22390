//! The tokens of parts of texts that were met before.

use ahash::AHashMap;

/// Parts that are remembered; when there are more, all are forgotten.
const MOST_PARTS: usize = 1 << 16;
/// Bytes of the longest part that is remembered.
const LONGEST_PART: usize = 64;

/// Ids of parts, one after the other.
#[derive(Default)]
pub(super) struct Memory {
    /// Where the ids of each part begin and end.
    parts: AHashMap<Box<str>, [u32; 2]>,
    ids: Vec<u32>,
}

impl Memory {
    pub(super) fn get(&self, part: &str) -> Option<&[u32]> {
        self.parts.get(part).map(|&[start, end]| &self.ids[start as usize..end as usize])
    }

    pub(super) fn keep(&mut self, part: &str, ids: &[u32]) {
        if part.len().max(ids.len()) > LONGEST_PART {
            return;
        }
        if self.parts.len() == MOST_PARTS {
            self.parts.clear();
            self.ids.clear();
        }
        // As neither parts nor their ids are many, these sums stay far below 2³².
        let start = self.ids.len() as u32;
        self.ids.extend(ids);
        self.parts.insert(part.into(), [start, self.ids.len() as u32]);
    }
}
