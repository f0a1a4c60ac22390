//! Mapped embeddings come in, n-grams in the space of the words come out, for formats that know no map.
//!
//! A reader of such a format takes the mean of what is written, while the map wants to be applied after the mean. An affine map that
//! comes near it can be applied before: it is fitted to what n-grams compose.

use std::sync::Arc;

use ndarray::{Array2, Axis};
use rayon::prelude::*;

use crate::affine::AffineMap;
use crate::embeddings::Embeddings;
use crate::error::{Error, Result};
use crate::map::LinearMap;
use crate::rows::{UNUSABLE, is_usable};
use crate::subwords::Subwords;
use crate::vocabulary::{Vocabulary, WordId};

/// How many words the map is fitted to. Twice as many served no better, to 0.0002 in cosine at 100 dimensions.
const SAMPLE: usize = 10_000;

/// The n-grams whose mean is an unknown word's vector, where the words are: the embeddings' own unless they were mapped.
///
/// # Errors
///
/// [`Error::Mismatch`] if the map leads n-grams to values that no reader takes.
pub(super) fn composing(embeddings: &Embeddings) -> Result<Option<Arc<Subwords>>> {
    match (embeddings.subwords(), embeddings.map()) {
        (Some(subwords), Some(map)) => mapped(subwords, map, embeddings.vocabulary()).map(Arc::new).map(Some),
        (subwords, _) => Ok(subwords.cloned()),
    }
}

fn mapped(subwords: &Subwords, map: &LinearMap, vocabulary: &Vocabulary) -> Result<Subwords> {
    let composed = compose_sample(subwords, vocabulary);
    let images = map.apply(composed.clone())?;
    let rows =
        AffineMap::fit(&composed.mapv(f64::from), &images.mapv(f64::from)).apply(subwords.matrix().view());
    match rows.iter().all(|value| is_usable(*value)) {
        true => subwords.with_rows(rows),
        false => Err(Error::Mismatch {
            expected: "a map that leads n-grams to finite vectors".to_owned(),
            found: UNUSABLE.to_owned(),
        }),
    }
}

/// What the n-grams of the sampled words compose without the words' own rows; those without n-grams are left out.
fn compose_sample(subwords: &Subwords, vocabulary: &Vocabulary) -> Array2<f32> {
    let (n, d) = (vocabulary.len(), subwords.dimension());
    let mut rows = Array2::zeros((SAMPLE.min(n.saturating_mul(n)), d));
    let found: Vec<bool> = rows
        .axis_iter_mut(Axis(0))
        .into_par_iter()
        .enumerate()
        .map(|(at, mut row)| {
            row.as_slice_mut().is_some_and(|row| subwords.compose_into(&sampled_word(vocabulary, at), row))
        })
        .collect();
    let kept: Vec<usize> = (0..found.len()).filter(|at| found[*at]).collect();
    rows.select(Axis(0), &kept)
}

/// Words from all over the vocabulary; of a small one all, and then two words written as one, which are unseen words, too.
fn sampled_word(vocabulary: &Vocabulary, at: usize) -> Vec<u8> {
    let n = vocabulary.len();
    let word = |id: usize| vocabulary.bytes(WordId(id as u32));
    match (at % n, at / n) {
        _ if n > SAMPLE => word(at * n / SAMPLE).to_vec(),
        (first, 0) => word(first).to_vec(),
        (first, distance) => [word(first), word((first + distance) % n)].concat(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn small_vocabularies_are_sampled_in_pairs() {
        let check = |words: &[&str], expected: &[&str]| {
            let vocabulary = Vocabulary::from_words(words);
            let sample = (0..expected.len()).map(|at| sampled_word(&vocabulary, at));
            assert_eq!(
                sample.collect::<Vec<_>>(),
                expected.iter().map(|word| word.as_bytes()).collect::<Vec<_>>()
            );
        };
        check(&["a"], &["a"]);
        check(&["a", "b", "c"], &["a", "b", "c", "ab", "bc", "ca", "ac", "ba", "cb"]);
        let many: Vec<String> = (0..2 * SAMPLE).map(|n| n.to_string()).collect();
        check(&many.iter().map(String::as_str).collect::<Vec<_>>(), &["0", "2", "4"]);
    }
}
