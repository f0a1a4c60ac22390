//! Generalised Procrustes analysis (Gower 1975; Kementchedjhieva et al. 2018): any number of languages turned onto their mean.

use std::collections::BTreeMap;

use ndarray::{Array1, Array2, ArrayView2, Axis};
use wordferry_vectors::WordId;
use wordferry_vectors::map::multiply;

use crate::Result;
use crate::procrustes::{equal_dimensions, rotation};
use crate::self_learning::Pair;

/// Rounds of turning all languages onto their mean and taking the mean again; it hardly moves after a few.
const ROUNDS: usize = 10;

/// The rotation of every language, d × d: first the hub's, then those of `languages`, in order. All rows are normalised; the pairs of
/// a language begin with the hub's word.
///
/// A concept is a word of the hub, and its mean is that of the rotated rows of the word and of all its translations.
pub(crate) fn rotations(
    hub: ArrayView2<'_, f32>,
    languages: &[(ArrayView2<'_, f32>, &[Pair])],
) -> Result<Vec<Array2<f32>>> {
    for (rows, _) in languages {
        equal_dimensions(hub, *rows)?;
    }
    let own: Vec<Pair> = concepts(languages).into_iter().map(|word| (word, word)).collect();
    let mut all = vec![(hub.view(), &*own)];
    all.extend(languages.iter().map(|(rows, pairs)| (rows.view(), *pairs)));
    let mut means: BTreeMap<WordId, Array1<f32>> =
        own.iter().map(|(word, _)| (*word, hub.row(word.index()).to_owned())).collect();
    let mut rotations = Vec::new();
    for _ in 0..ROUNDS {
        rotations = all.iter().map(|(rows, pairs)| onto(&means, *rows, pairs)).collect::<Result<Vec<_>>>()?;
        means = mean_of(&all, &rotations);
    }
    Ok(rotations)
}

/// The hub's words that have a translation, in order.
fn concepts(languages: &[(ArrayView2<'_, f32>, &[Pair])]) -> Vec<WordId> {
    let mut words: Vec<WordId> =
        languages.iter().flat_map(|(_, pairs)| pairs.iter().map(|pair| pair.0)).collect();
    words.sort_unstable();
    words.dedup();
    words
}

/// The rotation that brings a language's rows closest to the means of their concepts.
fn onto(
    means: &BTreeMap<WordId, Array1<f32>>,
    rows: ArrayView2<'_, f32>,
    pairs: &[Pair],
) -> Result<Array2<f32>> {
    let chosen: Vec<usize> = pairs.iter().map(|pair| pair.1.index()).collect();
    let from = rows.select(Axis(0), &chosen).mapv(f64::from);
    let mut to = Array2::<f64>::zeros(from.dim());
    for (mut row, (concept, _)) in to.rows_mut().into_iter().zip(pairs) {
        row.assign(&means[concept].mapv(f64::from));
    }
    rotation(from.view(), to.view())
}

fn mean_of(
    all: &[(ArrayView2<'_, f32>, &[Pair])],
    rotations: &[Array2<f32>],
) -> BTreeMap<WordId, Array1<f32>> {
    let mut sums: BTreeMap<WordId, (Array1<f32>, f32)> = BTreeMap::new();
    for ((rows, pairs), rotation) in all.iter().zip(rotations) {
        let chosen: Vec<usize> = pairs.iter().map(|pair| pair.1.index()).collect();
        let rotated = multiply(rows.select(Axis(0), &chosen).view(), rotation.view());
        for ((concept, _), row) in pairs.iter().zip(rotated.rows()) {
            let (sum, n) = sums.entry(*concept).or_insert_with(|| (Array1::zeros(row.len()), 0.0));
            *sum += &row;
            *n += 1.0;
        }
    }
    sums.into_iter().map(|(concept, (sum, n))| (concept, sum / n)).collect()
}
