//! fastText `.bin` and `.ftz`: arguments, dictionary, input matrix, output matrix.
//!
//! All little-endian, in this order: magic and version (files of 2016 have neither); 12 `i32` arguments and
//! an `f64`; the dictionary (`i32` entries, words, labels, `i64` tokens, and unless old `i64` pruned n-grams;
//! each entry a zero-terminated word, `i64` count, `i8` type; then the pruned n-grams as pairs of `i32`,
//! bucket and row); unless old, a byte that says whether the matrix is quantised; `i64` *m*, `i64` *d* and
//! *m × d* `f32`, or a [`QuantisedMatrix`], words first and then n-grams. The output matrix that follows is
//! not needed for vectors and not read.

use std::sync::Arc;

use crate::bytes::Bytes;
use crate::embeddings::Embeddings;
use crate::encoded::{EncodedRows, Encoding};
use crate::error::{Error, Fault, Place, Result};
use crate::fields::Fields;
use crate::format::{FASTTEXT_MAGIC, Format};
use crate::loader::Options;
use crate::ngrams::{Buckets, Indexer, Lengths};
use crate::quantised::QuantisedMatrix;
use crate::repairs::Repairs;
use crate::rows::{Rows, UNUSABLE};
use crate::sentence::Lines;
use crate::source::Source;
use crate::subwords::Subwords;
use crate::vectors::{RowUse, WordRows};
use crate::verify::Origin;
use crate::vocabulary::Vocabulary;
use crate::word_list::WordList;

const SUPERVISED: i32 = 3;
const WORD: u8 = 0;
const LABEL: u8 = 1;
/// Arguments and the first fields of a dictionary in a file without magic.
const UNSIGNED_HEAD: usize = 12 * 4 + 8;

/// Reads a fastText model. A plain file is mapped, and its rows are looked at when they are used; the bytes of any other are
/// in memory, and all looked at.
pub(crate) fn read(source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let name = source.name.clone();
    let bytes = source.into_shared()?;
    let model = Layout::read(&bytes, options.limit()).map_err(|fault| fault.within(&name))?;
    let format = match model.matrix {
        Matrix::Dense { .. } => Format::FastText,
        Matrix::Quantised(_) => Format::FastTextQuantized,
    };
    let embeddings = model.into_embeddings(&bytes, options).map_err(|fault| fault.within(&name))?;
    Ok(embeddings.with_format(format).with_origin(Origin::new(&name, bytes)))
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
    /// The most words of a word n-gram; only supervised models use them.
    n_words: usize,
    loss: i32,
    model: i32,
    buckets: usize,
    min_n: usize,
    max_n: usize,
}

impl Arguments {
    fn read(fields: &mut Fields<'_>, version: i32) -> Result<Self, Fault> {
        let dimension = fields.count32("the dimension")?;
        for ignored in ["window size", "epochs", "minimal count", "negative samples"] {
            fields.i32(ignored)?;
        }
        let n_words = fields.count32("the longest word n-gram")?;
        let loss = fields.i32("the loss")?;
        let model = fields.i32("the kind of model")?;
        let buckets = fields.count32("the number of buckets")?;
        let min_n = fields.count32("the shortest n-gram")?;
        let max_n = fields.count32("the longest n-gram")?;
        fields.i32("the update rate")?;
        fields.take(8, "the sampling threshold")?;
        // fastText's own rule: supervised models of version 11 say that they have n-grams, and have none.
        let max_n = if version == 11 && model == SUPERVISED { 0 } else { max_n };
        Ok(Self { dimension, n_words, loss, model, buckets, min_n, max_n })
    }

    /// The lengths of character n-grams, if the model has any.
    fn characters(&self) -> Option<Lengths> {
        let lengths = Lengths { min: self.min_n.max(1), max: self.max_n };
        (self.buckets > 0 && lengths.min <= lengths.max).then_some(lengths)
    }

    /// Whether the matrix must have a row for every bucket that was not pruned.
    fn needs_buckets(&self) -> bool {
        self.max_n > 0 || (self.model == SUPERVISED && self.n_words > 1 && self.buckets > 0)
    }
}

/// Where things lie in a model's bytes.
struct Layout {
    arguments: Arguments,
    dictionary: Dictionary,
    matrix: Matrix,
}

struct Dictionary {
    n_words: usize,
    /// The first words, as many as are wanted.
    words: WordList,
    counts: Vec<u64>,
    labels: Vocabulary,
    /// Buckets that have a row, and which, counted from the first n-gram on; `None` if all have.
    kept: Option<Vec<(u32, u32)>>,
}

enum Matrix {
    Dense { start: usize, rows: usize },
    Quantised(Arc<QuantisedMatrix>),
}

impl Layout {
    fn read(bytes: &[u8], limit: u64) -> Result<Self, Fault> {
        let mut fields = Fields::new(bytes);
        let version = read_version(&mut fields, bytes)?;
        let arguments = Arguments::read(&mut fields, version)?;
        if arguments.dimension == 0 {
            return Err(fields.fault("a dimension of at least 1", "0"));
        }
        let dictionary = read_dictionary(&mut fields, version, limit)?;
        let quantised = version > 0 && fields.u8("the mark of a quantised matrix")? != 0;
        if dictionary.kept.is_some() && !quantised {
            let hint = "the model was written by a faulty version of fastText: download its newer release";
            return Err(fields
                .fault("a whole dictionary, as the matrix is not quantised", "a pruned one")
                .hint(hint));
        }
        let matrix = match quantised {
            true => read_quantised(&mut fields, &arguments, &dictionary)?,
            false => read_dense(&mut fields, &arguments, &dictionary)?,
        };
        Ok(Self { arguments, dictionary, matrix })
    }

    fn into_embeddings(self, bytes: &Bytes, options: &Options) -> Result<Embeddings, Fault> {
        let (rows, n_grams) = self.split_rows(bytes)?;
        let mut repairs = self.look_at_rows(bytes, &rows, n_grams.as_ref(), options)?;
        let Dictionary { words, mut counts, labels, kept, n_words: _ } = self.dictionary;
        let n = words.len() as u64;
        let numbered = words.number();
        let (vocabulary, row_of) =
            numbered.ok_or_else(|| Fields::new(&[]).fault("fewer words", n.to_string()))?;
        repairs.duplicates = n - vocabulary.len() as u64;
        vocabulary.iter().for_each(|(_, word)| repairs.look_at_word(word));
        if let Some(row_of) = &row_of {
            counts = row_of.iter().map(|row| counts[*row as usize]).collect();
        }
        let buckets = match kept {
            Some(kept) => Buckets::pruned(self.arguments.buckets, kept),
            None => Buckets::all(self.arguments.buckets),
        };
        let characters = self.arguments.characters().filter(|_| n_grams.is_some());
        let subwords = match (&n_grams, characters) {
            (Some(rows), Some(lengths)) => {
                Subwords::from_rows(lengths, Indexer::FastText(buckets.clone()), rows.clone()).ok()
            }
            _ => None,
        };
        let words = WordRows { rows, row_of, made: RowUse::WithNGrams };
        let n_words = self.arguments.n_words;
        let lines = Lines { words: words.clone(), n_grams, buckets, characters, n_words, labels };
        let embeddings = Embeddings::composed(vocabulary, words, subwords);
        let fault = |error: Error| Fields::new(&[]).fault("a count a word", error.to_string());
        let embeddings = embeddings.with_counts(counts).map_err(fault)?.with_repairs(repairs);
        Ok(match self.arguments.model {
            SUPERVISED => embeddings.with_lines(lines),
            _ => embeddings,
        })
    }

    /// Counts rows with values that cannot be used, which are used as zeros if that is wanted.
    fn look_at_rows(
        &self,
        bytes: &Bytes,
        words: &Rows,
        n_grams: Option<&Rows>,
        options: &Options,
    ) -> Result<Repairs, Fault> {
        let mut repairs = Repairs::default();
        let Matrix::Dense { start, .. } = self.matrix else { return Ok(repairs) };
        if bytes.mapping().is_some() {
            return Ok(repairs);
        }
        repairs.zeroed_words = words.count_unusable() as u64;
        repairs.zeroed_n_grams = n_grams.map_or(0, Rows::count_unusable) as u64;
        let n_bad = repairs.zeroed_words + repairs.zeroed_n_grams;
        if n_bad == 0 || options.lenient {
            return Ok(repairs);
        }
        let found = format!("{n_bad} rows with {UNUSABLE}");
        Err(Fault::new(Place::Byte(start as u64), "a matrix of finite values", found)
            .hint("read it leniently to take those rows as zeros"))
    }

    /// The rows of words, and those of n-grams if there are any.
    fn split_rows(&self, bytes: &Bytes) -> Result<(Rows, Option<Rows>), Fault> {
        let (first, d) = (self.dictionary.n_words, self.arguments.dimension);
        let rows = |from: usize, n: usize| match &self.matrix {
            Matrix::Dense { start, .. } => {
                let bytes = bytes.slice(start + from * d * 4..bytes.len())?;
                EncodedRows::new(bytes, n, d, Encoding::F32).map(Rows::Encoded)
            }
            Matrix::Quantised(matrix) => {
                let (bytes, matrix) = (bytes.clone(), Arc::clone(matrix));
                Some(Rows::Quantised { bytes, matrix, first: from, n })
            }
        };
        let n_rows = match &self.matrix {
            Matrix::Dense { rows, .. } => *rows,
            Matrix::Quantised(matrix) => matrix.len(),
        };
        let outside =
            || Fields::new(&[]).fault("a matrix inside the file", "one that reaches beyond its end");
        let words = rows(0, first).ok_or_else(outside)?;
        let n_grams = (n_rows > first && self.arguments.needs_buckets()).then(|| rows(first, n_rows - first));
        Ok((words, n_grams.map(|n_grams| n_grams.ok_or_else(outside)).transpose()?))
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

/// Words, labels after them, and the n-grams that were not pruned.
fn read_dictionary(fields: &mut Fields<'_>, version: i32, limit: u64) -> Result<Dictionary, Fault> {
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
    // Of the words beyond the limit only the number is needed.
    let n_kept = n_words.min(usize::try_from(limit).unwrap_or(usize::MAX));
    let room = n_kept.min(fields.remaining() / (WordList::BYTES_EACH + size_of::<u64>()));
    let (mut words, mut counts) = (WordList::with_capacity(room), Vec::with_capacity(room));
    let mut labels = Vocabulary::default();
    for number in 0..n_entries {
        let word = fields.c_string("a word of the dictionary")?;
        let count = fields.i64("the count of a word")?.max(0) as u64;
        let kind = fields.u8("the type of an entry")?;
        if kind != if number < n_words { WORD } else { LABEL } {
            let expected = format!("{n_words} words and then {n_labels} labels");
            return Err(fields.fault_before(1, expected, format!("type {kind} at entry {number}")));
        }
        if number < n_kept {
            words.push(word);
            counts.push(count);
        } else if kind == LABEL {
            // A label that comes again is known already.
            let _ = labels.insert(word);
        }
    }
    Ok(Dictionary { n_words, words, counts, labels, kept: read_kept(fields, n_pruned)? })
}

/// Buckets with their rows, `n_kept` of them; `None` if that is negative, and nothing was pruned.
fn read_kept(fields: &mut Fields<'_>, n_kept: i64) -> Result<Option<Vec<(u32, u32)>>, Fault> {
    if n_kept < 0 {
        return Ok(None);
    }
    let length = usize::try_from(n_kept).ok().and_then(|n| n.checked_mul(8)).unwrap_or(usize::MAX);
    let pairs = fields.take(length, "the n-grams that were not pruned")?.chunks_exact(8);
    let number = |four: &[u8]| u32::from_le_bytes([four[0], four[1], four[2], four[3]]);
    Ok(Some(pairs.map(|pair| (number(&pair[..4]), number(&pair[4..]))).collect()))
}

fn read_dense(
    fields: &mut Fields<'_>,
    arguments: &Arguments,
    dictionary: &Dictionary,
) -> Result<Matrix, Fault> {
    let rows = read_shape(fields, arguments, dictionary.n_words)?;
    let start = fields.position();
    let length = rows.checked_mul(arguments.dimension).and_then(|values| values.checked_mul(4));
    fields.take(length.unwrap_or(usize::MAX), "the matrix of words and n-grams")?;
    Ok(Matrix::Dense { start, rows })
}

/// A quantised matrix, whose rows must be those of words and of all n-grams that were not pruned.
fn read_quantised(
    fields: &mut Fields<'_>,
    arguments: &Arguments,
    dictionary: &Dictionary,
) -> Result<Matrix, Fault> {
    let matrix = QuantisedMatrix::read(fields, arguments.dimension)?;
    let n_words = dictionary.n_words;
    let n_needed = match &dictionary.kept {
        Some(kept) => n_words + kept.iter().map(|(_, row)| *row as usize + 1).max().unwrap_or(0),
        None if arguments.needs_buckets() => n_words + arguments.buckets,
        None => n_words,
    };
    if matrix.len() < n_needed {
        let expected = format!("a matrix of at least {n_needed} rows, words and n-grams");
        return Err(fields.fault(expected, matrix.len().to_string()));
    }
    Ok(Matrix::Quantised(Arc::new(matrix)))
}

/// The number of rows, which must be that of words and buckets.
fn read_shape(fields: &mut Fields<'_>, arguments: &Arguments, n_words: usize) -> Result<usize, Fault> {
    let rows = fields.count64("the number of rows")?;
    let columns = fields.count64("the number of columns")?;
    let expected = n_words + arguments.buckets;
    if columns != arguments.dimension || rows < n_words || (arguments.needs_buckets() && rows != expected) {
        let expected = format!("a matrix of {expected} × {}, words and buckets", arguments.dimension);
        return Err(fields.fault_before(16, expected, format!("{rows} × {columns}")));
    }
    Ok(rows)
}
