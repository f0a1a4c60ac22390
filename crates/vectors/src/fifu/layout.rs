//! The structural check of a finalfusion file, before the finalfusion crate sees a byte of it.
//!
//! That crate takes a file's counts at their word: they make it allocate what is not there, or panic. Here
//! every chunk is walked to its last byte. All little-endian: `FiFu`, `u32` version, `u32` number of chunks
//! and their `u32` identifiers; then the chunks, in this order: metadata (may be absent), vocabulary,
//! storage, norms (may be absent). A chunk is its identifier, the `u64` length of what follows, and that.
//! Before numbers lie one to four bytes of padding, up to a multiple of four.

use std::collections::HashSet;
use std::ops::Range;

use crate::error::Fault;
use crate::fields::Fields;
use crate::quantised::MAX_WIDTH;
use crate::rows;
use crate::vocabulary::Vocabulary;

const NDARRAY: u32 = 2;
const QUANTISED: u32 = 4;
const METADATA: u32 = 5;
const NORMS: u32 = 6;
const FLORET: u32 = 9;
/// Identifiers of types.
const U8: u32 = 1;
const F32: u32 = 10;
const MAX_ROWS: usize = u32::MAX as usize - 1;

/// A file whose structure is sound.
#[derive(Debug)]
pub(super) struct Layout {
    /// The text of the metadata, which is not needed.
    pub(super) metadata: Option<Range<usize>>,
    pub(super) n_words: usize,
    pub(super) d: usize,
    /// The values of a dense matrix, which may hold NaN.
    pub(super) matrix: Option<Range<usize>>,
}

/// What a vocabulary asks of the storage.
struct Words {
    n_words: usize,
    n_n_grams: usize,
}

/// Walks the whole file.
pub(super) fn check(bytes: &[u8]) -> Result<Layout, Fault> {
    let mut fields = Fields::new(bytes);
    let chunks = header(&mut fields)?;
    let (has_metadata, chunks) = match chunks.split_first() {
        Some((&METADATA, rest)) => (true, rest),
        _ => (false, &chunks[..]),
    };
    let (vocabulary, storage, has_norms) = match *chunks {
        [vocabulary, storage] => (vocabulary, storage, false),
        [vocabulary, storage, NORMS] => (vocabulary, storage, true),
        _ => {
            let expected = "the chunks metadata (or none), vocabulary, storage and norms (or none)";
            return Err(fields.fault(expected, format!("chunks of the kinds {chunks:?}")));
        }
    };
    let metadata = if has_metadata { Some(metadata(&mut fields)?) } else { None };
    let words = chunk(&mut fields, vocabulary, |fields| words(fields, vocabulary))?;
    let n_rows = words.n_words + words.n_n_grams;
    let (d, matrix) = match storage {
        NDARRAY => chunk(&mut fields, storage, |fields| dense(fields, n_rows))?,
        QUANTISED => (chunk(&mut fields, storage, |fields| quantised(fields, n_rows))?, None),
        other => {
            return Err(fields.fault("a dense or a quantised matrix", format!("a chunk of kind {other}")));
        }
    };
    // Some files have norms that they do not announce, and that crate reads them.
    if has_norms || fields.remaining() > 0 {
        chunk(&mut fields, NORMS, |fields| norms(fields, words.n_words))?;
    }
    match fields.remaining() {
        0 => Ok(Layout { metadata, n_words: words.n_words, d, matrix }),
        more => Err(fields.fault("the end of the file after the last chunk", format!("{more} bytes more"))),
    }
}

/// The chunks' identifiers.
fn header(fields: &mut Fields<'_>) -> Result<Vec<u32>, Fault> {
    if fields.take(4, "the magic number")? != b"FiFu" {
        return Err(fields.fault_before(4, "`FiFu`", "something else"));
    }
    let version = fields.u32("the version")?;
    if version != 0 {
        return Err(fields.fault_before(4, "version 0 of the format", version.to_string()));
    }
    let n = fields.u32("the number of chunks")?;
    if !(2..=4).contains(&n) {
        return Err(fields.fault_before(4, "2 to 4 chunks", n.to_string()));
    }
    (0..n).map(|_| fields.u32("the kind of a chunk")).collect()
}

/// A chunk of the kind that was announced, as long as it says.
fn chunk<T>(
    fields: &mut Fields<'_>,
    kind: u32,
    read: impl FnOnce(&mut Fields<'_>) -> Result<T, Fault>,
) -> Result<T, Fault> {
    let end = chunk_end(fields, kind)?;
    let content = read(fields)?;
    match fields.position() == end {
        true => Ok(content),
        false => {
            let expected = format!("a chunk that ends at byte {end}, as it says");
            Err(fields.fault(expected, "the end of its content"))
        }
    }
}

/// Reads identifier and length, and tells where the chunk says that it ends.
fn chunk_end(fields: &mut Fields<'_>, kind: u32) -> Result<usize, Fault> {
    let found = fields.u32("the kind of a chunk")?;
    if found != kind {
        return Err(fields.fault_before(4, format!("a chunk of kind {kind}"), format!("kind {found}")));
    }
    let length = fields.u64("the length of a chunk")?;
    match usize::try_from(length) {
        Ok(length) if length <= fields.remaining() => Ok(fields.position() + length),
        _ => {
            let found = format!("{length}, and {} bytes to the end of the file", fields.remaining());
            Err(fields.fault_before(8, "the length of a chunk inside the file", found))
        }
    }
}

fn metadata(fields: &mut Fields<'_>) -> Result<Range<usize>, Fault> {
    let end = chunk_end(fields, METADATA)?;
    let start = fields.position();
    fields.take(end - start, "metadata")?;
    Ok(start..end)
}

fn words(fields: &mut Fields<'_>, kind: u32) -> Result<Words, Fault> {
    match kind {
        1 => {
            let n = fields.count_within("the number of words", 4)?;
            Ok(Words { n_words: strings(fields, n)?, n_n_grams: 0 })
        }
        3 | 7 => {
            let n = fields.count_within("the number of words", 4)?;
            lengths(fields)?;
            let buckets = fields.u32("the number of buckets")?;
            let n_n_grams = match kind {
                3 if buckets < 32 => 1 << buckets,
                7 if (1..=i32::MAX as u32).contains(&buckets) => buckets as usize,
                _ => return Err(fields.fault_before(4, "a number of buckets", buckets.to_string())),
            };
            Ok(Words { n_words: strings(fields, n)?, n_n_grams })
        }
        8 => {
            let n = fields.count_within("the number of words", 4)?;
            let n_listed = fields.count_within("the number of n-grams", 12)?;
            lengths(fields)?;
            let n_words = strings(fields, n)?;
            Ok(Words { n_words, n_n_grams: indexed_strings(fields, n_listed)? })
        }
        FLORET => Err(fields
            .fault("words", "a floret vocabulary, which has none")
            .hint("floret's hash is not implemented here: export the vectors as word2vec text")),
        other => Err(fields.fault("a vocabulary", format!("a chunk of kind {other}"))),
    }
}

fn lengths(fields: &mut Fields<'_>) -> Result<(), Fault> {
    let min = fields.u32("the shortest n-gram")?;
    let max = fields.u32("the longest n-gram")?;
    match min >= 1 && min <= max {
        true => Ok(()),
        false => {
            let expected = "n-grams of at least 1 character, the shortest not longer than the longest";
            Err(fields.fault_before(8, expected, format!("{min} to {max}")))
        }
    }
}

/// `n` distinct strings; their number.
fn strings(fields: &mut Fields<'_>, n: usize) -> Result<usize, Fault> {
    let mut seen = Vocabulary::default();
    (0..n).try_for_each(|number| string(fields, &mut seen, number))?;
    Ok(n)
}

/// `n` distinct strings, each with an index after it; the number of distinct indices.
fn indexed_strings(fields: &mut Fields<'_>, n: usize) -> Result<usize, Fault> {
    let (mut seen, mut indices) = (Vocabulary::default(), HashSet::new());
    for number in 0..n {
        string(fields, &mut seen, number)?;
        indices.insert(fields.u64("the index of an n-gram")?);
    }
    Ok(indices.len())
}

/// A string that is not yet in `seen`.
fn string(fields: &mut Fields<'_>, seen: &mut Vocabulary, number: usize) -> Result<(), Fault> {
    let length = fields.u32("the length of a word")? as usize;
    let word = fields.take(length, "a word")?;
    let shown = || format!("{:?}, number {number}", String::from_utf8_lossy(word));
    if std::str::from_utf8(word).is_err() {
        return Err(fields.fault_before(length, "words in UTF-8", shown()));
    }
    match seen.insert(word) {
        Ok(_) => Ok(()),
        Err(_) => Err(fields.fault_before(length, "distinct words", format!("{} once more", shown()))),
    }
}

/// Dimension and place of a matrix of `f32`.
fn dense(fields: &mut Fields<'_>, n_rows: usize) -> Result<(usize, Option<Range<usize>>), Fault> {
    rows(fields, n_rows)?;
    let d = fields.u32("the number of columns")? as usize;
    type_is(fields, F32)?;
    if d == 0 {
        return Err(fields.fault_before(8, "at least 1 column", "0"));
    }
    padding(fields)?;
    let start = fields.position();
    fields.take(product(&[n_rows, d, 4]), "the matrix")?;
    Ok((d, Some(start..fields.position())))
}

/// The dimension of a product-quantised matrix.
fn quantised(fields: &mut Fields<'_>, n_rows: usize) -> Result<usize, Fault> {
    let has_projection = fields.u32("the mark of a projection")? != 0;
    let has_norms = fields.u32("the mark of norms")? != 0;
    let parts = fields.u32("the number of codes of a row")? as usize;
    let d = fields.u32("the number of columns")? as usize;
    let n_centroids = fields.u32("the number of centroids")? as usize;
    let fits = parts > 0 && d > 0 && d.is_multiple_of(parts) && d / parts <= MAX_WIDTH;
    if !fits || !(1..=256).contains(&n_centroids) {
        let expected = format!("1 to 256 centroids of 1 to {MAX_WIDTH} of the values");
        let found = format!("{n_centroids} centroids, and {d} values in {parts} parts");
        return Err(fields.fault_before(12, expected, found));
    }
    rows(fields, n_rows)?;
    type_is(fields, U8)?;
    type_is(fields, F32)?;
    padding(fields)?;
    let projection = if has_projection { product(&[d, d, 4]) } else { 0 };
    finite(fields, projection, "the projection")?;
    finite(fields, product(&[d, n_centroids, 4]), "the centroids")?;
    finite(fields, if has_norms { product(&[n_rows, 4]) } else { 0 }, "the norms of the matrix")?;
    let codes = fields.take(product(&[n_rows, parts]), "the codes of the matrix")?;
    match codes.iter().all(|code| usize::from(*code) < n_centroids) {
        true => Ok(d),
        false => Err(fields.fault(format!("codes below {n_centroids}"), "a greater one")),
    }
}

fn norms(fields: &mut Fields<'_>, n_words: usize) -> Result<(), Fault> {
    let n = fields.u64("the number of norms")?;
    if n != n_words as u64 {
        return Err(fields.fault_before(8, format!("{n_words} norms, one a word"), n.to_string()));
    }
    type_is(fields, F32)?;
    padding(fields)?;
    finite(fields, product(&[n_words, 4]), "the norms of words")
}

fn rows(fields: &mut Fields<'_>, expected: usize) -> Result<(), Fault> {
    let n = fields.u64("the number of rows")?;
    match n == expected as u64 && (1..=MAX_ROWS).contains(&expected) {
        true => Ok(()),
        false => Err(fields.fault_before(8, format!("{expected} rows, words and n-grams"), n.to_string())),
    }
}

fn type_is(fields: &mut Fields<'_>, expected: u32) -> Result<(), Fault> {
    match fields.u32("the type of values")? {
        found if found == expected => Ok(()),
        found => Err(fields.fault_before(4, format!("values of type {expected}"), found.to_string())),
    }
}

/// Four bytes where none would be needed.
fn padding(fields: &mut Fields<'_>) -> Result<(), Fault> {
    fields.take(4 - fields.position() % 4, "padding").map(|_| ())
}

/// The largest magnitude of a projection, a centroid or a norm: up to four of them are multiplied for a value, which
/// has to stay finite.
const LARGEST: f32 = 1e5;

/// Numbers that all have to be finite, and no larger than makes sense.
fn finite(fields: &mut Fields<'_>, length: usize, what: &str) -> Result<(), Fault> {
    match rows::floats(fields.take(length, what)?).all(|number| number.abs() <= LARGEST) {
        true => Ok(()),
        false => {
            let found = format!("NaN, infinity or a number beyond ±{LARGEST:e}");
            Err(fields.fault_before(length, format!("finite numbers in {what}"), found))
        }
    }
}

/// A length in bytes; one that cannot be held is longer than any file.
fn product(factors: &[usize]) -> usize {
    factors.iter().try_fold(1, |product: usize, factor| product.checked_mul(*factor)).unwrap_or(usize::MAX)
}
