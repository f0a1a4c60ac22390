//! The native store: one safetensors file that is used where it lies.
//!
//! It is an artefact of the kind `vectors` with these tensors, of which *n* words of *d* values have
//!
//! | tensor | type and shape | |
//! |---|---|---|
//! | `words.bytes` | U8 | all words, with nothing between them |
//! | `words.ends` | U64 *n* | where each word ends, and the next begins |
//! | `words.index` | U64, a power of two | the hash index of `Index`, its hash being number `words.seed` |
//! | `words.vectors` | F32, F16 or I8, *n × d* | begins at a multiple of 64 bytes |
//! | `words.scales` | F32 *n* | with I8: the factor of each row |
//! | `words.counts` | U64 *n* | optional: how often each word occurred |
//! | `subwords.vectors`, `subwords.scales` | as for words, *b × d* | optional: the n-gram table |
//!
//! and the properties `space`, `words.seed`, and for n-grams and maps what any artefact holds of them. Opening maps the
//! file and reads its header; lengths are checked against the file, everything else when it is used: a word that lies outside
//! the words' bytes is empty, a row with NaN, an infinity or a value beyond ±10¹⁵ counts as zeros. [`Embeddings::verify`] looks at all of it.

mod encode;

use std::path::Path;
use std::str::FromStr;

use safetensors::tensor::Dtype;

use self::encode::encode;
use crate::artefact::Artefact;
use crate::bytes::{Bytes, Numbers};
use crate::embedded;
use crate::embeddings::Embeddings;
use crate::encoded::{EncodedRows, Encoding};
use crate::error::{Error, Result};
use crate::index::Index;
use crate::loader::Options;
use crate::rows::Rows;
use crate::space::Space;
use crate::subwords::Subwords;
use crate::vectors::WordRows;
use crate::verify::Origin;
use crate::vocabulary::{MAX_WORDS, Vocabulary};

/// The kind of artefact.
pub(crate) const KIND: &str = "vectors";

/// What a store keeps a value as.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Precision {
    /// 32 bits: exactly as it was.
    #[default]
    F32,
    /// 16 bits: a relative error of at most 2⁻¹¹, within ±65,504.
    F16,
    /// 8 bits and a scale for each row: an error of at most 1/254 of the row's largest magnitude.
    I8,
}

impl Precision {
    /// Every precision with the name a user types.
    const NAMES: [(Self, &str); 3] = [(Self::F32, "f32"), (Self::F16, "f16"), (Self::I8, "i8")];

    /// The short name: what [`str::parse`] reads.
    pub fn name(self) -> &'static str {
        Self::NAMES.iter().find(|(precision, _)| *precision == self).map_or("", |(_, name)| name)
    }
}

impl FromStr for Precision {
    type Err = Error;

    /// Reads a precision's short name.
    ///
    /// # Errors
    ///
    /// [`Error::Mismatch`] that lists the names.
    fn from_str(name: &str) -> Result<Self> {
        let known = Self::NAMES.iter().find(|(_, known)| *known == name);
        known.map(|(precision, _)| *precision).ok_or_else(|| Error::Mismatch {
            expected: format!("a precision: {}", Self::NAMES.map(|(_, name)| name).join(", ")),
            found: format!("{name:?}"),
        })
    }
}

/// Writes a store.
pub(crate) fn write(embeddings: &Embeddings, path: &Path, precision: Precision) -> Result<()> {
    let vocabulary = embeddings.vocabulary();
    let mut artefact = Artefact::new(KIND);
    artefact.set("space", embeddings.space().to_hex());
    artefact.set("words.seed", vocabulary.parts().2.seed());
    embedded::put_vocabulary(&mut artefact, "words", vocabulary);
    artefact.put_counts("words.index", vocabulary.parts().2.slots());
    if let Some(counts) = embeddings.counts() {
        artefact.put_counts("words.counts", counts);
    }
    if let Some(map) = embeddings.map() {
        map.put(&mut artefact, "words");
    }
    let table = embeddings.subwords().map(|subwords| {
        embedded::put_indexer(&mut artefact, subwords);
        subwords.matrix()
    });
    let too_large = |row: usize, of: &str| Error::Mismatch {
        expected: format!("values that {} can hold", precision.name()),
        found: format!("larger ones in the vector of {of} {row}"),
    };
    let words = encode(embeddings.matrix(), precision).map_err(|row| too_large(row, "word"))?;
    let table = table.as_ref().map(|table| encode(table.view(), precision));
    let table = table.transpose().map_err(|row| too_large(row, "n-gram"))?;
    let tables = table.iter().flat_map(|table| table.tensors(["subwords.vectors", "subwords.scales"]));
    let tensors = words.tensors(["words.vectors", "words.scales"]).chain(tables);
    artefact.save_with(path, &tensors.collect::<Vec<_>>())
}

/// Opens the store in the bytes of the file `name`.
pub(crate) fn open(bytes: Bytes, name: &str, options: &Options) -> Result<Embeddings> {
    let (artefact, checksum) = Artefact::within(bytes.clone(), Path::new(name), KIND)?;
    let n_stored = artefact.tensor(WORD_ENDS, Dtype::U64, 1)?.0[0];
    let n = n_stored.min(usize::try_from(options.limit()).unwrap_or(usize::MAX));
    let vocabulary = vocabulary(&artefact, n)?;
    let words = rows(&artefact, "words", n_stored, n)?;
    let d = words.dimension();
    let subwords = match artefact.has("subwords.vectors") {
        true => Some(subwords(&artefact)?),
        false => None,
    };
    let map = embedded::take_map(&artefact, "words")?;
    embedded::check_dimension(&artefact, d, subwords.as_ref(), map.as_ref())?;
    let space: Space = artefact.get_text("space")?.parse()?;
    let embeddings = Embeddings::stored(vocabulary, WordRows::whole(words), subwords, space).with_map(map);
    let embeddings = match artefact.has("words.counts") {
        true => embeddings.with_numbers(numbers(&artefact, "words.counts", n_stored, n)?)?,
        false => embeddings,
    };
    Ok(embeddings.with_origin(Origin::store(name, bytes, artefact, checksum)))
}

const WORD_ENDS: &str = "words.ends";

/// The first `n` words.
fn vocabulary(artefact: &Artefact, n: usize) -> Result<Vocabulary> {
    let (shape, ends) = artefact.tensor(WORD_ENDS, Dtype::U64, 1)?;
    let (_, arena) = artefact.tensor("words.bytes", Dtype::U8, 1)?;
    let (_, slots) = artefact.tensor("words.index", Dtype::U64, 1)?;
    if shape[0] as u64 > MAX_WORDS {
        return Err(artefact.broken(format!("{} words, more than {MAX_WORDS}", shape[0])));
    }
    let ends = Numbers::within(&first(ends, n * 8));
    if ends.last().is_some_and(|end: &u64| *end > arena.len() as u64) {
        return Err(artefact.broken("words that end beyond their bytes"));
    }
    let seed = artefact.get("words.seed")?.as_u64();
    let index = seed.and_then(|seed| Index::stored(slots, seed));
    let index = index.ok_or_else(|| artefact.broken("an index that is none"))?;
    Ok(Vocabulary::stored(Numbers::within(arena), ends, index))
}

/// The first `n` of `n_stored` rows.
fn rows(artefact: &Artefact, of: &str, n_stored: usize, n: usize) -> Result<Rows> {
    let name = format!("{of}.vectors");
    let (dtype, shape, bytes) = artefact.raw(&name)?;
    let wrong = || artefact.broken(format!("a tensor `{name}` of {dtype:?} and shape {shape:?}"));
    let encoding = match dtype {
        Dtype::F32 => Encoding::F32,
        Dtype::F16 => Encoding::F16,
        Dtype::I8 => Encoding::I8(numbers(artefact, &format!("{of}.scales"), n_stored, n)?),
        _ => return Err(wrong()),
    };
    let [rows, d] = *shape else { return Err(wrong()) };
    let encoded = EncodedRows::new(bytes.clone(), n, d, encoding).filter(|_| rows == n_stored);
    encoded.map(Rows::Encoded).ok_or_else(wrong)
}

/// The first `n` of `n_stored` numbers.
fn numbers<T: Stored>(artefact: &Artefact, name: &str, n_stored: usize, n: usize) -> Result<Numbers<T>> {
    let (shape, bytes) = artefact.tensor(name, T::DTYPE, 1)?;
    match shape[0] == n_stored {
        true => Ok(Numbers::within(&first(bytes, n * size_of::<T>()))),
        false => Err(artefact.broken(format!("{} numbers in `{name}`, not {n_stored}", shape[0]))),
    }
}

/// Numbers that a store keeps as they are.
trait Stored: crate::bytes::Little {
    const DTYPE: Dtype;
}

impl Stored for u64 {
    const DTYPE: Dtype = Dtype::U64;
}

impl Stored for f32 {
    const DTYPE: Dtype = Dtype::F32;
}

/// The first bytes, of which there are at least as many.
fn first(bytes: &Bytes, length: usize) -> Bytes {
    bytes.slice(0..length.min(bytes.len())).unwrap_or_else(|| bytes.clone())
}

fn subwords(artefact: &Artefact) -> Result<Subwords> {
    let (_, shape, _) = artefact.raw("subwords.vectors")?;
    let n = shape.first().copied().unwrap_or(0);
    embedded::take_subwords(artefact, rows(artefact, "subwords", n, n)?)
}
