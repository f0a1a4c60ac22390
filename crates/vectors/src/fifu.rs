//! finalfusion `.fifu`, read by the finalfusion crate after a check of ours.
//!
//! In memory, never mapped: that crate would read beyond the end of a mapped file that is cut short. Vectors
//! of words are stored with length 1 and their norms beside them; here they are given back as they were
//! before, and a word that is composed of n-grams is their mean, as in fastText, where that crate gives the
//! sum brought to length 1. N-grams of a fastText vocabulary are taken as fastText takes them; that crate
//! adds n-grams to `</s>` and counts lone angle brackets.

mod layout;

use std::io::Cursor;
use std::sync::Arc;

use ::finalfusion::prelude::{Embeddings as Read, ReadEmbeddings, StorageWrap, VocabWrap};
use ::finalfusion::storage::Storage;
use ::finalfusion::subword::{BucketIndexer, Indexer as _};
use ::finalfusion::vocab::{ExplicitSubwordVocab, Vocab};

use crate::embeddings::Embeddings;
use crate::error::{Error, Fault, Place, Result};
use crate::loader::Options;
use crate::ngrams::{Buckets, Indexer, Lengths, ListedNGrams};
use crate::repairs::Repairs;
use crate::rows::{Rows, UNUSABLE, zero_unusable_rows};
use crate::source::Source;
use crate::subwords::Subwords;
use crate::vectors::{RowUse, WordRows};
use crate::vocabulary::Vocabulary;

/// Reads a finalfusion file.
pub(crate) fn read(source: Source<'_>, options: &Options) -> Result<Embeddings> {
    let name = source.name.clone();
    let mut bytes = source.into_bytes()?;
    let layout = layout::check(&bytes).map_err(|fault| fault.within(&name))?;
    if let Some(metadata) = layout.metadata.clone() {
        // Blank is valid metadata too, and keeps a parser away from what nobody needs.
        bytes[metadata].fill(b' ');
    }
    let repairs = zero_rows(&mut bytes, &layout, options).map_err(|fault| fault.within(&name))?;
    let read = Read::<VocabWrap, StorageWrap>::read_embeddings(&mut Cursor::new(bytes));
    let read = read.map_err(|error| {
        Fault::new(Place::File, "an intact finalfusion file", error.to_string()).within(&name)
    })?;
    assemble(read, &layout, repairs, options).map_err(|error| {
        Fault::new(Place::File, "parts of a finalfusion file that fit", error.to_string()).within(&name)
    })
}

/// Sets rows of a dense matrix that cannot be used to zero, if that is wanted.
fn zero_rows(bytes: &mut [u8], layout: &layout::Layout, options: &Options) -> Result<Repairs, Fault> {
    let mut repairs = Repairs::default();
    let Some(matrix) = layout.matrix.clone() else { return Ok(repairs) };
    let start = matrix.start as u64;
    let (words, n_grams) = bytes[matrix].split_at_mut(layout.n_words * layout.d * 4);
    repairs.zeroed_words = zero_unusable_rows(words, layout.d);
    repairs.zeroed_n_grams = zero_unusable_rows(n_grams, layout.d);
    match repairs.zeroed_words + repairs.zeroed_n_grams {
        n_bad if n_bad > 0 && !options.lenient => {
            let found = format!("{n_bad} rows with {UNUSABLE}");
            Err(Fault::new(Place::Byte(start), "a matrix of finite values", found)
                .hint("read it leniently to take those rows as zeros"))
        }
        _ => Ok(repairs),
    }
}

fn assemble(
    read: Read<VocabWrap, StorageWrap>,
    layout: &layout::Layout,
    mut repairs: Repairs,
    options: &Options,
) -> Result<Embeddings> {
    let (_, words, storage, norms) = read.into_parts();
    let (n_rows, d) = storage.shape();
    if (words.words_len(), d) != (layout.n_words, layout.d) || n_rows < layout.n_words {
        return Err(Error::Mismatch {
            expected: format!("{} words and {} columns", layout.n_words, layout.d),
            found: format!("{} words, and a matrix of {n_rows} × {d}", words.words_len()),
        });
    }
    let storage = Arc::new(storage);
    let rows = |first: usize, n: usize| Rows::Finalfusion { storage: Arc::clone(&storage), first, n };
    let limit = usize::try_from(options.limit()).unwrap_or(usize::MAX);
    let vocabulary = Vocabulary::from_words(words.words().iter().take(limit));
    vocabulary.iter().for_each(|(_, word)| repairs.look_at_word(word));
    let subwords = match indexer(&words)? {
        Some((lengths, indexer)) => {
            let n_grams = rows(layout.n_words, n_rows - layout.n_words);
            Some(Subwords::from_rows(lengths, indexer, n_grams)?)
        }
        None => None,
    };
    let made = match norms {
        Some(norms) => RowUse::Scaled(norms.iter().copied().collect()),
        None => RowUse::Whole,
    };
    let words = WordRows { rows: rows(0, layout.n_words), row_of: None, made };
    Ok(Embeddings::composed(vocabulary, words, subwords).with_repairs(repairs))
}

/// How a vocabulary's n-grams find their rows, counted from the first n-gram on; `None` if it has no n-grams.
fn indexer(words: &VocabWrap) -> Result<Option<(Lengths, Indexer)>> {
    let lengths = |min: u32, max: u32| Lengths { min: min as usize, max: max as usize };
    Ok(match words {
        VocabWrap::SimpleVocab(_) => None,
        VocabWrap::FastTextSubwordVocab(words) => {
            let buckets = Buckets::all(words.indexer().buckets());
            Some((lengths(words.min_n(), words.max_n()), Indexer::FastText(buckets)))
        }
        VocabWrap::BucketSubwordVocab(words) => {
            let mask = words.indexer().upper_bound() - 1;
            Some((lengths(words.min_n(), words.max_n()), Indexer::Finalfusion { mask }))
        }
        VocabWrap::ExplicitSubwordVocab(words) => {
            Some((lengths(words.min_n(), words.max_n()), Indexer::Listed(Arc::new(listed(words)))))
        }
        VocabWrap::FloretSubwordVocab(_) => {
            return Err(Error::Mismatch {
                expected: "a vocabulary of words".to_owned(),
                found: "floret's, which has none".to_owned(),
            });
        }
    })
}

fn listed(words: &ExplicitSubwordVocab) -> ListedNGrams {
    let n_grams = words.indexer().ngrams();
    let row = |n_gram: &String| words.indexer().index_ngram(&n_gram.as_str().into())[0] as u32;
    ListedNGrams { names: Vocabulary::from_words(n_grams), rows: n_grams.iter().map(row).collect() }
}
