//! finalfusion `.fifu`, through the finalfusion crate and so through its version of ndarray.

use std::io;
use std::path::Path;

use ::finalfusion::compat::fasttext::FastTextIndexer;
use ::finalfusion::io::WriteEmbeddings;
use ::finalfusion::prelude::{Embeddings as Written, VocabWrap};
use ::finalfusion::storage::NdArray;
use ::finalfusion::subword::{BucketIndexer, ExplicitIndexer, FinalfusionHashIndexer};
use ::finalfusion::vocab::{BucketSubwordVocab, ExplicitSubwordVocab, FastTextSubwordVocab, SimpleVocab};
use ndarray_015::Array2;

use crate::atomic::write_atomically;
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::ngrams::{Indexer, ListedNGrams};
use crate::subwords::Subwords;
use crate::vocabulary::Vocabulary;
use crate::write::n_grams;

/// Writes a file of words, their vectors of length 1, n-grams if there are any, and the words' norms.
pub(super) fn write(embeddings: &Embeddings, path: &Path) -> Result<()> {
    let is_text = |word: &[u8]| std::str::from_utf8(word).is_ok();
    embeddings.check_words(is_text, "words that are UTF-8, as a finalfusion file has them")?;
    let words = strings(embeddings.vocabulary());
    let (vocabulary, rows): (VocabWrap, Vec<usize>) = match embeddings.subwords() {
        None => (SimpleVocab::new(words).into(), Vec::new()),
        Some(subwords) => with_n_grams(words, subwords)?,
    };
    let subwords = n_grams::composing(embeddings)?;
    let (values, norms) = values(embeddings, subwords.as_deref(), &rows);
    let shape = (embeddings.len() + rows.len(), embeddings.dimension());
    let matrix = Array2::from_shape_vec(shape, values).map_err(|error| Error::Mismatch {
        expected: format!("{} rows of {} values", shape.0, shape.1),
        found: error.to_string(),
    })?;
    let written = Written::new(None, vocabulary, NdArray::new(matrix), norms.into());
    write_atomically(path, |file| written.write_embeddings(file).map_err(io::Error::other))
}

const EXPECTED: &str = "n-grams that a finalfusion file can hold";

/// The vocabulary, and which rows of the n-gram table it needs, in its order.
fn with_n_grams(words: Vec<String>, subwords: &Subwords) -> Result<(VocabWrap, Vec<usize>)> {
    let (min_n, max_n) = (subwords.min_n() as u32, subwords.max_n() as u32);
    let all = || (0..subwords.buckets()).collect();
    Ok(match subwords.indexer() {
        Indexer::FastText(buckets) if buckets.kept().is_some() || buckets.len() != subwords.buckets() => {
            return Err(super::other_n_grams(EXPECTED, "buckets of which some were pruned"));
        }
        Indexer::FastText(buckets) => {
            let indexer = FastTextIndexer::new(buckets.len());
            (FastTextSubwordVocab::new(words, min_n, max_n, indexer).into(), all())
        }
        Indexer::Finalfusion { mask } => {
            let indexer = FinalfusionHashIndexer::new(mask.count_ones() as usize);
            (BucketSubwordVocab::new(words, min_n, max_n, indexer).into(), all())
        }
        Indexer::Listed(listed) => {
            let (indexer, rows) = list(listed)?;
            (ExplicitSubwordVocab::new(words, min_n, max_n, indexer).into(), rows)
        }
    })
}

/// Listed n-grams, whose rows are numbered anew in the order in which n-grams first lead to them; and those rows.
fn list(listed: &ListedNGrams) -> Result<(ExplicitIndexer, Vec<usize>)> {
    let is_text = |(_, name): (_, &[u8])| std::str::from_utf8(name).is_ok();
    if !listed.names.iter().all(is_text) {
        return Err(super::other_n_grams(EXPECTED, "n-grams that are not UTF-8"));
    }
    let rows = listed.rows.iter().map(|row| u64::from(*row));
    let (indexer, new_of) = ExplicitIndexer::new_with_indices(strings(&listed.names).into_iter().zip(rows));
    let mut pairs: Vec<_> = new_of.into_iter().map(|(old, new)| (new, old as usize)).collect();
    pairs.sort_unstable();
    Ok((indexer, pairs.into_iter().map(|(_, old)| old).collect()))
}

/// Words' vectors of length 1 and the n-grams' rows after them; and the words' norms.
fn values(embeddings: &Embeddings, subwords: Option<&Subwords>, n_grams: &[usize]) -> (Vec<f32>, Vec<f32>) {
    let d = embeddings.dimension();
    let mut values = vec![0.0; (embeddings.len() + n_grams.len()) * d];
    let mut rows = values.chunks_exact_mut(d);
    let mut norms = Vec::with_capacity(embeddings.len());
    for ((id, _), row) in embeddings.vocabulary().iter().zip(&mut rows) {
        embeddings.word_into(id, row);
        let norm = row.iter().map(|value| f64::from(*value).powi(2)).sum::<f64>().sqrt();
        norms.push(norm as f32);
        if norm > 0.0 {
            row.iter_mut().for_each(|value| *value = (f64::from(*value) / norm) as f32);
        }
    }
    if let Some(subwords) = subwords {
        n_grams.iter().zip(rows).for_each(|(n_gram, row)| subwords.rows().add_to(*n_gram, row));
    }
    (values, norms)
}

/// Words that were found to be UTF-8.
fn strings(words: &Vocabulary) -> Vec<String> {
    words.iter().map(|(id, _)| words.word(id).into_owned()).collect()
}
