//! What embeddings are kept as, and what that costs.

use ::finalfusion::prelude::StorageWrap;

use crate::embeddings::Embeddings;
use crate::encoded::Encoding;
use crate::format::Format;
use crate::rows::Rows;
use crate::vectors::RowUse;

/// What a file of vectors turned out to be, and what it costs to use it.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Info {
    /// The format, if the vectors were read from a file.
    pub format: Option<Format>,
    /// What a value is kept as: `f32`, `f16`, `i8` (with a scale a row), or `product-quantised`.
    pub precision: &'static str,
    /// Bytes that are read from the file as they are used, and which processes share.
    pub mapped_bytes: u64,
    /// Bytes in memory while no more than a few vectors were asked for.
    pub held_bytes: u64,
    /// Bytes in memory once all vectors were asked for ([`Embeddings::matrix`]), to align them for example; for a file in
    /// which every row can be used.
    pub all_bytes: u64,
}

impl Embeddings {
    /// What these vectors are kept as. Memory is that of vectors, words, their index and counts;
    /// quantisers and lists of n-grams are not accounted for.
    pub fn info(&self) -> Info {
        let words = self.words();
        let file = self.origin().map(|origin| origin.bytes());
        let file_bytes = file.map_or(0, |bytes| bytes.len() as u64);
        let is_mapped = file.is_some_and(|bytes| bytes.mapping().is_some());
        let norms = match &words.made {
            RowUse::Scaled(norms) => norms.len() as u64 * 4,
            RowUse::WithNGrams | RowUse::Whole => 0,
        };
        let n_grams = self.subwords().map_or(0, |subwords| own_bytes(subwords.rows()));
        let held = own_bytes(&words.rows)
            + n_grams
            + norms
            + self.vocabulary().own_bytes()
            + self.own_bytes_of_counts()
            + if is_mapped { 0 } else { file_bytes };
        let made = if self.is_lent() { 0 } else { (self.len() * self.dimension()) as u64 * 4 };
        Info {
            format: self.format(),
            precision: precision(&words.rows),
            mapped_bytes: if is_mapped { file_bytes } else { 0 },
            held_bytes: held,
            all_bytes: held + made,
        }
    }
}

/// Memory of rows that do not lie in a file's bytes.
fn own_bytes(rows: &Rows) -> u64 {
    let values = (rows.len() * rows.dimension()) as u64;
    match rows {
        Rows::Dense(_) => values * 4,
        Rows::Encoded(_) | Rows::Quantised { .. } => 0,
        // A code of one byte for each part, and most often two values a part.
        Rows::Finalfusion { storage, .. } if is_quantised(storage) => values / 2,
        Rows::Finalfusion { .. } => values * 4,
    }
}

fn precision(rows: &Rows) -> &'static str {
    match rows {
        Rows::Dense(_) => "f32",
        Rows::Encoded(rows) => match rows.encoding() {
            Encoding::F32 => "f32",
            Encoding::F16 => "f16",
            Encoding::I8(_) => "i8",
        },
        Rows::Finalfusion { storage, .. } if !is_quantised(storage) => "f32",
        Rows::Quantised { .. } | Rows::Finalfusion { .. } => "product-quantised",
    }
}

fn is_quantised(storage: &StorageWrap) -> bool {
    matches!(storage, StorageWrap::QuantizedArray(_))
}
