//! What a language will take, before it is begun.

use std::io::Read;
use std::path::Path;
use std::sync::PoisonError;

use wordferry_vectors::{Loader, header_of_line, open_decompressed};

use crate::{Benchmark, Task};

/// The dimension of a file that does not tell it.
const USUAL_DIMENSION: u64 = 300;
/// Bytes of a first line with two numbers, at most.
const LONGEST_HEADER: u64 = 64;
/// Copies of a language's vectors, or of a hub's, that are in memory at once: as read, normalised, mapped, of unit length.
const COPIES: u64 = 8;
/// Bytes in memory of a word and its entry in the index, roughly.
const BYTES_A_WORD: u64 = 64;
/// Bytes of vectors that a core reads in a second, and additions and multiplications that it does; see docs/benchmarks.md.
const BYTES_A_SECOND: f64 = 1.5e8;
const OPERATIONS_A_SECOND: f64 = 1e11;
/// Products of all words with all of the hub that both directions of CSLS take, which measures half of what it could.
const PRODUCTS: f64 = 1.0;
/// Seconds that any language takes.
const LEAST: f64 = 0.1;

/// What a language takes: an estimate.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Cost {
    /// Bytes that are read.
    pub bytes: u64,
    /// Bytes of memory, at most.
    pub memory: u64,
    /// Seconds on one core.
    pub seconds: f64,
}

/// The size of a language's vectors.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Size {
    bytes: u64,
    n_words: u64,
    dimension: u64,
}

impl Benchmark {
    /// What a language takes, all of its tasks together.
    pub fn cost_of(&self, language: &str) -> Cost {
        let own = self.size_of(language);
        let keys: Vec<_> = self.keys_of(language).collect();
        let hubs: Vec<Size> =
            keys.iter().filter_map(|key| key.hub.as_deref()).map(|hub| self.size_of(hub)).collect();
        let of_hub = hubs.iter().copied().max_by_key(|size| size.n_words).unwrap_or_default();
        let widest = Size { n_words: own.n_words.max(of_hub.n_words), ..own };
        let lexicons = keys.iter().filter(|key| key.task == Task::Lexicon).zip(&hubs);
        let operations: f64 = lexicons
            .map(|(_, hub)| 2.0 * PRODUCTS * own.n_words as f64 * hub.n_words as f64 * own.dimension as f64)
            .sum();
        let reads = 1.0 + f64::from(keys.iter().any(|key| key.task == Task::Speed));
        Cost {
            bytes: own.bytes,
            memory: if hubs.is_empty() { 2 } else { COPIES } * widest.memory(),
            seconds: LEAST + reads * own.bytes as f64 / BYTES_A_SECOND + operations / OPERATIONS_A_SECOND,
        }
    }

    /// What is in memory of the hubs all the time.
    pub fn memory_of_hubs(&self) -> u64 {
        // As read, and as mapped for a classifier.
        self.hubs().iter().map(|hub| 2 * self.size_of(hub).memory()).sum()
    }

    fn size_of(&self, language: &str) -> Size {
        let mut known = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        *known.entry(language.to_owned()).or_insert_with(|| self.look_into(language))
    }

    fn look_into(&self, language: &str) -> Size {
        let Ok(path) = self.folder.vectors(language) else { return Size::default() };
        let bytes = self.bytes_of_vectors(language);
        let (n_words, dimension) = header(&path).unwrap_or_else(|| {
            let first = Loader::new().lenient(true).limit(1).open(&path);
            let dimension = first.map_or(USUAL_DIMENSION, |embeddings| embeddings.dimension() as u64);
            // Four bytes a value, or as many digits of one.
            (bytes / (4 * dimension), dimension)
        });
        Size { bytes, n_words: n_words.min(self.settings.limit as u64), dimension }
    }
}

/// Words and values of a word, as the first line of a file of text says.
fn header(path: &Path) -> Option<(u64, u64)> {
    let mut first = Vec::new();
    open_decompressed(path).ok()?.take(LONGEST_HEADER).read_to_end(&mut first).ok()?;
    let line = first.split(|&byte| byte == b'\n').next()?;
    header_of_line(line).filter(|&(_, dimension)| dimension > 0)
}

impl Size {
    fn memory(&self) -> u64 {
        self.n_words * (4 * self.dimension + BYTES_A_WORD)
    }
}
