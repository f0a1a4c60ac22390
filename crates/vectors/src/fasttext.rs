//! fastText `.bin`: arguments, dictionary, input matrix, output matrix.
//!
//! All little-endian, in this order: magic and version (files of 2016 have neither); 12 `i32` arguments and an `f64`; the
//! dictionary (`i32` entries, words, labels, `i64` tokens, and unless old `i64` pruned n-grams; each entry a zero-terminated word, `i64`
//! count, `i8` type); unless old, a byte that says whether the matrix is quantised; `i64` *m*, `i64` *d* and *m × d* `f32`, words first and
//! then n-gram buckets. The output matrix that follows is not needed for vectors and not read.

use std::sync::Arc;

use crate::embeddings::{Embeddings, WordRows};
use crate::error::{Error, Fault, Result};
use crate::fields::Fields;
use crate::format::FASTTEXT_MAGIC;
use crate::loader::Options;
use crate::repairs::Repairs;
use crate::rows::{Rows, floats};
use crate::source::Source;
use crate::subwords::Subwords;
use crate::vocabulary::Vocabulary;

const SUPERVISED: i32 = 3;
const WORD: u8 = 0;
const LABEL: u8 = 1;
/// Arguments and the first fields of a dictionary in a file without magic.
const UNSIGNED_HEAD: usize = 12 * 4 + 8;

/// Reads a fastText model.
pub(crate) fn read(source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let name = source.name.clone();
    let mut bytes = source.into_bytes()?;
    let model = Layout::read(&bytes).map_err(|fault| fault.within(&name))?;
    if model.quantised {
        let hint = "use the .bin model it was made from";
        return Err(Error::Refused { name, found: "a quantised fastText model (.ftz)".to_owned(), hint });
    }
    let mut repairs = Repairs::default();
    let n_bad = zero_non_finite_rows(&mut bytes[model.matrix_start..], model.rows, model.arguments.dimension);
    if n_bad > 0 && !options.lenient {
        let found = format!("{n_bad} rows with NaN or infinity");
        let fault =
            Fault::new(crate::Place::Byte(model.matrix_start as u64), "a matrix of finite values", found);
        return Err(fault.hint("read it leniently to take those rows as zeros").within(&name));
    }
    repairs.non_finite = n_bad;
    model.into_embeddings(bytes, repairs, options).map_err(|fault| fault.within(&name))
}

/// Whether bytes without magic look like a model of fastText's first version: by its arguments' ranges.
pub(crate) fn looks_unsigned(head: &[u8]) -> bool {
    if head.len() < UNSIGNED_HEAD {
        return false;
    }
    let mut fields = Fields::new(head);
    let Ok(arguments) = Arguments::read(&mut fields, 0) else { return false };
    let plausible = (1..=10_000).contains(&arguments.dimension) && (1..=3).contains(&arguments.loss);
    plausible && (1..=3).contains(&arguments.model) && arguments.max_n <= 100 && arguments.min_n <= 100
}

struct Arguments {
    dimension: usize,
    loss: i32,
    model: i32,
    buckets: usize,
    min_n: usize,
    max_n: usize,
}

impl Arguments {
    fn read(fields: &mut Fields<'_>, version: i32) -> Result<Self, Fault> {
        let dimension = fields.count32("the dimension")?;
        for ignored in ["window size", "epochs", "minimal count", "negative samples", "word n-grams"] {
            fields.i32(ignored)?;
        }
        let loss = fields.i32("the loss")?;
        let model = fields.i32("the kind of model")?;
        let buckets = fields.count32("the number of buckets")?;
        let min_n = fields.count32("the shortest n-gram")?;
        let max_n = fields.count32("the longest n-gram")?;
        fields.i32("the update rate")?;
        fields.take(8, "the sampling threshold")?;
        // fastText's own rule: supervised models of version 11 say that they have n-grams, and have none.
        let max_n = if version == 11 && model == SUPERVISED { 0 } else { max_n };
        Ok(Self { dimension, loss, model, buckets, min_n, max_n })
    }
}

/// Where things lie in a model's bytes.
struct Layout {
    arguments: Arguments,
    words: Vec<Entry>,
    quantised: bool,
    matrix_start: usize,
    rows: usize,
}

/// A word's place in the bytes, and its count.
struct Entry {
    start: usize,
    end: usize,
    count: u64,
}

impl Layout {
    fn read(bytes: &[u8]) -> Result<Self, Fault> {
        let mut fields = Fields::new(bytes);
        let version = read_version(&mut fields, bytes)?;
        let arguments = Arguments::read(&mut fields, version)?;
        if arguments.dimension == 0 {
            return Err(fields.fault("a dimension of at least 1", "0"));
        }
        let (words, pruned) = read_dictionary(&mut fields, version)?;
        let quantised = version > 0 && fields.u8("the mark of a quantised matrix")? != 0;
        if quantised {
            return Ok(Self { arguments, words, quantised, matrix_start: fields.position(), rows: 0 });
        }
        if pruned {
            let hint = "the model was written by a faulty version of fastText: download its newer release";
            return Err(fields
                .fault("a whole dictionary, as the matrix is not quantised", "a pruned one")
                .hint(hint));
        }
        let rows = read_shape(&mut fields, &arguments, words.len())?;
        let matrix_start = fields.position();
        let length = rows.checked_mul(arguments.dimension).and_then(|values| values.checked_mul(4));
        fields.take(length.unwrap_or(usize::MAX), "the matrix of words and n-grams")?;
        Ok(Self { arguments, words, quantised, matrix_start, rows })
    }

    fn has_n_grams(&self) -> bool {
        let Arguments { buckets, min_n, max_n, .. } = self.arguments;
        buckets > 0 && max_n > 0 && min_n.max(1) <= max_n
    }

    fn into_embeddings(
        self,
        bytes: Vec<u8>,
        mut repairs: Repairs,
        options: &Options,
    ) -> Result<Embeddings, Fault> {
        let n_kept = self.words.len().min(usize::try_from(options.limit()).unwrap_or(usize::MAX));
        let mut vocabulary = Vocabulary::with_capacity(n_kept);
        let (mut counts, mut row_of) = (Vec::with_capacity(n_kept), Vec::with_capacity(n_kept));
        for (row, entry) in self.words[..n_kept].iter().enumerate() {
            let word = &bytes[entry.start..entry.end];
            if vocabulary.insert(word).is_err() {
                repairs.duplicates += 1;
                continue;
            }
            repairs.look_at_word(word);
            counts.push(entry.count);
            row_of.push(row as u32);
        }
        let row_of = (vocabulary.len() < n_kept).then_some(row_of);
        let d = self.arguments.dimension;
        let bytes = Arc::new(bytes);
        let outside =
            || Fields::new(&[]).fault("a matrix inside the file", "one that reaches beyond its end");
        let rows =
            Rows::within(Arc::clone(&bytes), self.matrix_start, self.words.len(), d).ok_or_else(outside)?;
        let subwords = if self.has_n_grams() {
            let start = self.matrix_start + self.words.len() * d * 4;
            let buckets = Rows::within(bytes, start, self.arguments.buckets, d).ok_or_else(outside)?;
            let Arguments { min_n, max_n, .. } = self.arguments;
            Subwords::from_rows(min_n.max(1), max_n, buckets).ok()
        } else {
            None
        };
        let embeddings = Embeddings::composed(vocabulary, WordRows { rows, row_of }, subwords);
        let fault = |error: Error| Fields::new(&[]).fault("a count a word", error.to_string());
        Ok(embeddings.with_counts(counts).map_err(fault)?.with_repairs(repairs))
    }
}

/// 11 or 12; 0 for the files of 2016 that have no magic.
fn read_version(fields: &mut Fields<'_>, bytes: &[u8]) -> Result<i32, Fault> {
    if !bytes.starts_with(&FASTTEXT_MAGIC) {
        return Ok(0);
    }
    fields.take(4, "the magic number")?;
    let version = fields.i32("the version")?;
    if !(11..=12).contains(&version) {
        let hint = "download the model again, or convert it with the program that wrote it";
        return Err(fields
            .fault_before(4, "version 11 or 12 of a fastText model", version.to_string())
            .hint(hint));
    }
    Ok(version)
}

/// The words, and whether n-grams were pruned. Labels come after the words and are not vectors.
fn read_dictionary(fields: &mut Fields<'_>, version: i32) -> Result<(Vec<Entry>, bool), Fault> {
    let n_entries = fields.count32("the number of entries")?;
    let n_words = fields.count32("the number of words")?;
    let n_labels = fields.count32("the number of labels")?;
    if n_words.checked_add(n_labels) != Some(n_entries) || n_words == 0 {
        let expected = format!("{n_entries} words and labels, at least one of them a word");
        return Err(fields.fault_before(8, expected, format!("{n_words} words and {n_labels} labels")));
    }
    fields.i64("the number of tokens")?;
    let n_pruned = if version > 0 { fields.i64("the number of pruned n-grams")? } else { -1 };
    if n_entries > fields.remaining() / 10 {
        let found = format!("{} bytes before the end of the file", fields.remaining());
        return Err(fields.fault(format!("{n_entries} entries of the dictionary"), found));
    }
    let mut words = Vec::with_capacity(n_words);
    for number in 0..n_entries {
        let start = fields.position();
        let end = start + fields.c_string("a word of the dictionary")?.len();
        let count = fields.i64("the count of a word")?.max(0) as u64;
        let kind = fields.u8("the type of an entry")?;
        if kind != if number < n_words { WORD } else { LABEL } {
            let expected = format!("{n_words} words and then {n_labels} labels");
            return Err(fields.fault_before(1, expected, format!("type {kind} at entry {number}")));
        }
        if number < n_words {
            words.push(Entry { start, end, count });
        }
    }
    if n_pruned > 0 {
        let length = usize::try_from(n_pruned).ok().and_then(|n| n.checked_mul(8)).unwrap_or(usize::MAX);
        fields.take(length, "the pruned n-grams")?;
    }
    Ok((words, n_pruned >= 0))
}

/// The number of rows, which must be that of words and buckets.
fn read_shape(fields: &mut Fields<'_>, arguments: &Arguments, n_words: usize) -> Result<usize, Fault> {
    let rows = fields.count64("the number of rows")?;
    let columns = fields.count64("the number of columns")?;
    let expected = n_words + arguments.buckets;
    let needs_buckets = arguments.max_n > 0;
    if columns != arguments.dimension || rows < n_words || (needs_buckets && rows != expected) {
        let expected = format!("a matrix of {expected} × {}, words and buckets", arguments.dimension);
        return Err(fields.fault_before(16, expected, format!("{rows} × {columns}")));
    }
    Ok(rows)
}

/// Sets rows with a value that is not finite to zero, and counts them.
fn zero_non_finite_rows(bytes: &mut [u8], rows: usize, d: usize) -> u64 {
    let mut n_bad = 0;
    for row in bytes.chunks_exact_mut(d * 4).take(rows) {
        if floats(row).any(|value| !value.is_finite()) {
            row.fill(0);
            n_bad += 1;
        }
    }
    n_bad
}
