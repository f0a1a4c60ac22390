//! Rows of sentences and of their translations in, what leads from the ones to the others and what it is worth out.
//!
//! Translations are dealt into ten parts with all their sentences, so that no part shares one with another. The last part is held out
//! to test, the others choose the ridges among them, and everything is fitted on all at last.

use std::collections::{HashMap, HashSet};

use ndarray::{Array2, ArrayView1, ArrayView2, Axis};
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::unit_rows;

use super::bags::{Bags, Sparse};
use super::moments::{Affine, Moments};
use super::{BridgeEvidence, BridgeMethod};
use crate::{Error, ParallelSentences, Result};

const N_PARTS: usize = 10;
/// Different sentences and different translations without which there is nothing to fit.
const FEWEST_PAIRS: usize = 100;
/// Pairs that are scored, at most: each is compared with all others.
const MOST_SCORED: usize = 5000;
/// λ of the map to choose among, in units of the mean variance of a feature.
const RIDGES: [f64; 11] = [1e-5, 3e-5, 1e-4, 3e-4, 1e-3, 3e-3, 1e-2, 3e-2, 1e-1, 3e-1, 1.0];
/// λ of the words' own vectors to choose among. Bags of words are of unit length.
const OWN_RIDGES: [f32; 5] = [30.0, 10.0, 3.0, 1.0, 0.3];

/// Known sentences and their translations, a row each.
pub(super) struct Pairs {
    /// n × d.
    rows: Array2<f32>,
    /// n × D.
    images: Array2<f32>,
    /// The number of each sentence's translation.
    image_of: Vec<usize>,
    /// The words of each sentence that may have vectors of their own.
    bags: Sparse,
    parts: Vec<Vec<usize>>,
}

/// What leads from rows to images.
struct Fitted {
    map: Affine,
    own: Array2<f32>,
}

/// Fits a map from the rows of sentences to `images`, one a translation, and vectors of `n_words` words, of which `bags` holds those of
/// every sentence.
pub(super) fn fit(
    rows: &Array2<f32>,
    images: &Array2<f32>,
    bags: Sparse,
    n_words: usize,
    parallel: &ParallelSentences,
    method: BridgeMethod,
) -> Result<(Affine, Array2<f32>, BridgeEvidence)> {
    let pairs = Pairs::new(rows, images, bags, parallel)?;
    let n = pairs.rows.nrows();
    let held_out = &pairs.parts[N_PARTS - 1];
    let seen = pairs.parts[..N_PARTS - 1].concat();
    let ridge = if method == BridgeMethod::Procrustes { 0.0 } else { pairs.choose_ridge()? };
    let fitting = Fitting { pairs: &pairs, method, ridge, n_words };
    let own_ridge = fitting.choose_own_ridge()?;
    let (cosine, p_at_1) = pairs.score(&fitting.fit(&seen, own_ridge)?, held_out);
    let Fitted { map, own } = fitting.fit(&(0..n).collect::<Vec<_>>(), own_ridge)?;
    Ok((map, own, BridgeEvidence { n_pairs: n, n_held_out: held_out.len(), n_words, cosine, p_at_1, ridge }))
}

impl Pairs {
    /// Those whose sentence and translation both have a row that is not zero: a zero tells nothing of what a sentence means.
    fn new(
        rows: &Array2<f32>,
        images: &Array2<f32>,
        bags: Sparse,
        parallel: &ParallelSentences,
    ) -> Result<Self> {
        let is_known = |row: ArrayView1<'_, f32>| row.iter().any(|value| *value != 0.0);
        let (image_of, texts) = (parallel.translation_of(), parallel.texts());
        let is_pair = |&i: &usize| is_known(rows.row(i)) && is_known(images.row(image_of[i]));
        let known: Vec<usize> = (0..rows.nrows()).filter(is_pair).collect();
        // Numbers without gaps deal the translations into parts of one size.
        let mut numbers = HashMap::new();
        let numbered = |&i: &usize| {
            let next = numbers.len();
            *numbers.entry(image_of[i]).or_insert(next)
        };
        let number_of: Vec<usize> = known.iter().map(numbered).collect();
        let n_texts = known.iter().map(|&i| texts[i]).collect::<HashSet<_>>().len();
        let n_known = n_texts.min(numbers.len());
        if n_known < FEWEST_PAIRS {
            return Err(Error::TooFewPairs { least: FEWEST_PAIRS, n_known, n: rows.nrows() });
        }
        let part = |part: usize| (0..known.len()).filter(|&i| number_of[i] % N_PARTS == part).collect();
        let image_rows: Vec<usize> = known.iter().map(|&i| image_of[i]).collect();
        Ok(Self {
            parts: (0..N_PARTS).map(part).collect(),
            rows: rows.select(Axis(0), &known),
            images: images.select(Axis(0), &image_rows),
            bags: known.iter().map(|&i| bags[i].clone()).collect(),
            image_of: number_of,
        })
    }

    fn moments(&self, part: &[usize]) -> Moments {
        Moments::of(self.rows.select(Axis(0), part).view(), self.images.select(Axis(0), part).view())
    }

    fn bags(&self, part: &[usize], n_words: usize) -> Bags {
        Bags::new(part.iter().map(|&i| self.bags[i].clone()).collect(), n_words)
    }

    /// What a map leaves of the images.
    fn rest(&self, map: &Affine, part: &[usize]) -> Array2<f32> {
        self.images.select(Axis(0), part) - map.apply(&self.rows.select(Axis(0), part))
    }

    /// The ridge of the least squared error by cross-validation without the last part, each part by the map of the others.
    fn choose_ridge(&self) -> Result<f64> {
        let parts: Vec<Moments> = self.parts[..N_PARTS - 1].iter().map(|part| self.moments(part)).collect();
        let mut errors = [0.0; RIDGES.len()];
        for (i, part) in parts.iter().enumerate() {
            let others = parts.iter().enumerate().filter(|(j, _)| *j != i).map(|(_, other)| other);
            let maps = Moments::total(others).expect("there are other parts").ridge(&RIDGES)?;
            errors.iter_mut().zip(&maps).for_each(|(error, map)| *error += part.error_of(map));
        }
        let best = errors.iter().zip(RIDGES).min_by(|a, b| a.0.total_cmp(b.0));
        Ok(best.map_or(0.0, |(_, ridge)| ridge))
    }

    /// The mean cosine and P@1 of these pairs, of the first 5,000 where there are more.
    fn score(&self, fitted: &Fitted, part: &[usize]) -> (f64, f64) {
        let part = &part[..part.len().min(MOST_SCORED)];
        let own = self.bags(part, fitted.own.nrows()).times(&fitted.own);
        let found = unit_rows(fitted.map.apply(&self.rows.select(Axis(0), part)) + own);
        let mut firsts = part.to_vec();
        firsts.sort_by_key(|&i| self.image_of[i]);
        firsts.dedup_by_key(|i| self.image_of[*i]);
        let candidates = unit_rows(self.images.select(Axis(0), &firsts));
        let cosines = multiply(found.view(), candidates.t());
        let right =
            |i: &usize| firsts.binary_search_by_key(&self.image_of[*i], |&first| self.image_of[first]);
        let right: Vec<usize> = part.iter().filter_map(|i| right(i).ok()).collect();
        mean_and_p_at_1(cosines.view(), &right)
    }
}

/// How to fit on some of the pairs.
struct Fitting<'a> {
    pairs: &'a Pairs,
    method: BridgeMethod,
    ridge: f64,
    n_words: usize,
}

impl Fitting<'_> {
    fn fit(&self, part: &[usize], own_ridge: f32) -> Result<Fitted> {
        let map = self.map(part)?;
        let start = self.no_vectors();
        let own = match self.n_words {
            0 => start,
            n_words => self.pairs.bags(part, n_words).ridge(&self.pairs.rest(&map, part), own_ridge, start),
        };
        Ok(Fitted { map, own })
    }

    fn map(&self, part: &[usize]) -> Result<Affine> {
        let moments = self.pairs.moments(part);
        match self.method {
            BridgeMethod::Words | BridgeMethod::Ridge => Ok(moments.ridge(&[self.ridge])?.remove(0)),
            BridgeMethod::Procrustes => moments.procrustes(),
        }
    }

    /// The ridge of the least squared error on the last part but one, fitted on those before. It goes from strong to weak, each from the
    /// solution of the one before.
    fn choose_own_ridge(&self) -> Result<f32> {
        let mut best = (f64::INFINITY, OWN_RIDGES[0]);
        if self.n_words == 0 {
            return Ok(best.1);
        }
        let (part, test) = (self.pairs.parts[..N_PARTS - 2].concat(), &self.pairs.parts[N_PARTS - 2]);
        let map = self.map(&part)?;
        let [rest, test_rest] = [&part, test].map(|part| self.pairs.rest(&map, part));
        let [bags, test_bags] = [&part, test].map(|part| self.pairs.bags(part, self.n_words));
        let mut vectors = self.no_vectors();
        for ridge in OWN_RIDGES {
            vectors = bags.ridge(&rest, ridge, vectors);
            let errors = &test_rest - &test_bags.times(&vectors);
            let error = errors.iter().map(|error| f64::from(*error) * f64::from(*error)).sum();
            if error < best.0 {
                best = (error, ridge);
            }
        }
        Ok(best.1)
    }

    fn no_vectors(&self) -> Array2<f32> {
        Array2::zeros((self.n_words, self.pairs.images.ncols()))
    }
}

/// Over the rows of `cosines`: the mean of the right column's, and how often that is the largest.
fn mean_and_p_at_1(cosines: ArrayView2<'_, f32>, right: &[usize]) -> (f64, f64) {
    let n = right.len().max(1) as f64;
    let pairs = || cosines.rows().into_iter().zip(right);
    let sum: f64 = pairs().map(|(row, &right)| f64::from(row[right])).sum();
    let hits = pairs().filter(|(row, right)| row.iter().all(|cosine| *cosine <= row[**right])).count();
    (sum / n, hits as f64 / n)
}
