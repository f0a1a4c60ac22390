//! fastText `.bin`, version 12: what [`crate::fasttext`] reads.
//!
//! A model's word vector is the mean of the word's own row and its n-grams' rows, so the row that goes into the file is
//! what is missing to the vector. Where the vectors are those of a fastText model, its own rows are written, and
//! nothing is rounded.

use std::io::{self, Write};
use std::path::Path;

use crate::atomic::write_atomically;
use crate::embeddings::Embeddings;
use crate::error::Result;
use crate::format::FASTTEXT_MAGIC;
use crate::ngrams::Indexer;
use crate::subwords::{END_OF_SENTENCE, Subwords};
use crate::vectors::RowUse;
use crate::vocabulary::WordId;
use crate::write::n_grams;

const VERSION: i32 = 12;
/// Loading a model with this loss builds nothing that is needed for training only.
const SOFTMAX: i32 = 3;
const SKIP_GRAM: i32 = 2;

/// Writes a model.
pub(super) fn write(embeddings: &Embeddings, path: &Path) -> Result<()> {
    embeddings.check_words(
        |word| !word.contains(&0),
        "words without a zero byte, which ends a word of a fastText model",
    )?;
    check_n_grams(embeddings)?;
    let subwords = n_grams::composing(embeddings)?;
    write_atomically(path, |file| {
        write_arguments(file, embeddings.dimension(), subwords.as_deref())?;
        write_dictionary(file, embeddings)?;
        write_input(file, embeddings, subwords.as_deref())?;
        // The output matrix, which is not quantised and has no row.
        file.write_all(&[0])?;
        write_numbers(file, &[0, embeddings.dimension() as i64])
    })
}

/// Only fastText's own n-grams, one row for each bucket.
fn check_n_grams(embeddings: &Embeddings) -> Result<()> {
    const EXPECTED: &str = "n-grams in fastText's buckets, with a row for each";
    let Some(subwords) = embeddings.subwords() else { return Ok(()) };
    match subwords.indexer() {
        Indexer::FastText(buckets) if buckets.kept().is_none() && buckets.len() == subwords.buckets() => {
            Ok(())
        }
        Indexer::FastText(_) => Err(super::other_n_grams(EXPECTED, "buckets of which some were pruned")),
        _ => Err(super::other_n_grams(EXPECTED, "finalfusion's n-grams")),
    }
}

fn write_arguments(file: &mut impl Write, d: usize, subwords: Option<&Subwords>) -> io::Result<()> {
    file.write_all(&FASTTEXT_MAGIC)?;
    let n_grams = subwords.map_or([0; 3], |subwords| {
        [subwords.buckets(), subwords.min_n(), subwords.max_n()].map(|number| number as i32)
    });
    let [buckets, min_n, max_n] = n_grams;
    // Dimension; window, epochs, minimal count, negative samples and word n-grams, as fastText has them by default; and
    // after the n-grams the update rate.
    let arguments = [VERSION, d as i32, 5, 5, 1, 5, 1];
    let arguments = [&arguments[..], &[SOFTMAX, SKIP_GRAM, buckets, min_n, max_n, 100]].concat();
    arguments.iter().try_for_each(|number| file.write_all(&number.to_le_bytes()))?;
    let sampling_threshold = 1e-4_f64;
    file.write_all(&sampling_threshold.to_le_bytes())
}

fn write_dictionary(file: &mut impl Write, embeddings: &Embeddings) -> io::Result<()> {
    let n = embeddings.len() as i32;
    let no_labels = 0;
    [n, n, no_labels].iter().try_for_each(|number| file.write_all(&number.to_le_bytes()))?;
    let count = |id: WordId| embeddings.counts().map_or(1, |counts| counts[id.index()]) as i64;
    let n_tokens = (0..n as u32).fold(0_i64, |sum, id| sum.saturating_add(count(WordId(id))));
    let not_pruned = -1;
    write_numbers(file, &[n_tokens, not_pruned])?;
    for (id, word) in embeddings.vocabulary().iter() {
        file.write_all(word)?;
        file.write_all(&[0])?;
        write_numbers(file, &[count(id)])?;
        file.write_all(&[0])?;
    }
    let not_quantised = 0;
    file.write_all(&[not_quantised])
}

fn write_input(
    file: &mut impl Write,
    embeddings: &Embeddings,
    subwords: Option<&Subwords>,
) -> io::Result<()> {
    let table = subwords.map(|subwords| (subwords, subwords.matrix()));
    let n_buckets = table.as_ref().map_or(0, |(subwords, _)| subwords.buckets());
    let d = embeddings.dimension();
    write_numbers(file, &[(embeddings.len() + n_buckets) as i64, d as i64])?;
    let mut row = vec![0.0; d];
    for (id, word) in embeddings.vocabulary().iter() {
        match &table {
            Some((subwords, _)) => own_row_into(embeddings, id, word, subwords, &mut row),
            None => embeddings.word_into(id, &mut row),
        }
        write_row(file, &row)?;
    }
    let rows = table.iter().flat_map(|(_, table)| table.rows());
    rows.into_iter().try_for_each(|row| write_row(file, row.to_slice().unwrap_or_default()))
}

/// The row of a word that makes its vector, together with its n-grams'.
fn own_row_into(embeddings: &Embeddings, id: WordId, word: &[u8], subwords: &Subwords, row: &mut [f32]) {
    let words = embeddings.words();
    if let RowUse::WithNGrams = words.made {
        row.fill(0.0);
        return words.add_to(id, row);
    }
    embeddings.word_into(id, row);
    if word == END_OF_SENTENCE {
        return;
    }
    let mut n = 1.0;
    let mut sum = vec![0.0; row.len()];
    let mut n_gram = vec![0.0; row.len()];
    subwords.for_each_row(word, |at| {
        n_gram.fill(0.0);
        subwords.rows().add_to(at, &mut n_gram);
        sum.iter_mut().zip(&n_gram).for_each(|(sum, value)| *sum += f64::from(*value));
        n += 1.0;
    });
    row.iter_mut().zip(&sum).for_each(|(value, sum)| *value = (f64::from(*value) * n - sum) as f32);
}

fn write_numbers(file: &mut impl Write, numbers: &[i64]) -> io::Result<()> {
    numbers.iter().try_for_each(|number| file.write_all(&number.to_le_bytes()))
}

fn write_row(file: &mut impl Write, row: &[f32]) -> io::Result<()> {
    row.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}
