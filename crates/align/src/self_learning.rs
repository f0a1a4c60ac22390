//! Self-learning (Artetxe, Labaka and Agirre 2018, ACL): a map finds translations, and they make a better map.

use ndarray::{Array2, ArrayView2, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::WordId;
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::unit_rows;

use crate::guess::guess;
use crate::retrieve::{BestBothWays, best_both_ways};
use crate::{Aligner, Hit, Matrices, MultiStep, Procrustes, Result};

/// Neighbours that CSLS looks at while translations are found.
const K: usize = 10;
/// What the mean score has to rise by to count as a gain.
const GAIN: f64 = 1e-5;
/// Rounds are over after so many in any case; they seldom reach a hundred.
const MAX_ROUNDS: usize = 200;

/// Alternates between a map and the translations it finds among frequent words, beginning with the seeds, or without any.
///
/// A map from few seeds has to be found: a rotation, among the most frequent words, with most of the pairs left out at random in
/// the first rounds, which gets a poor start out of its rut. A map that is found, or begins with many seeds, is made better by the
/// multi-step map and the pairs of more words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfLearning {
    /// The map that is learned in the end.
    pub map: MultiStep,
    /// Words of either side among which the map is found; 0 to leave that out.
    pub start: usize,
    /// Words of either side with which it is made better.
    pub cutoff: usize,
    /// The probability, above 0 and up to 1, that a pair is used in the first rounds. It is doubled whenever there
    /// is no more gain, until it is 1.
    pub keep: f64,
    /// Rounds without a gain before that.
    pub patience: usize,
    /// Whether to begin with pairs that are guessed from how similar words are to others of their language, beside the seeds.
    pub guess: bool,
    /// Seed of the choice of pairs.
    pub seed: u64,
}

impl Default for SelfLearning {
    fn default() -> Self {
        Self {
            map: MultiStep::default(),
            start: 4_000,
            cutoff: 10_000,
            keep: 0.1,
            patience: 10,
            guess: false,
            seed: 42,
        }
    }
}

impl SelfLearning {
    /// What suits so many seeds; none are guessed at, too.
    pub fn for_seeds(n_seeds: usize, seed: u64) -> Self {
        const MANY: usize = 1_000;
        let start = if n_seeds >= MANY { 0 } else { Self::default().start };
        Self { start, guess: n_seeds == 0, seed, ..Self::default() }
    }
}

impl Aligner for SelfLearning {
    fn name(&self) -> &str {
        "self-learning"
    }

    fn fewest_seeds(&self) -> usize {
        if self.guess { 0 } else { 2 }
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
    ) -> Result<Matrices> {
        let (source, target) = (source.view(), target.view());
        let better =
            Rounds { source, target, seeds, words: self.cutoff, keep: 1.0, patience: 1, union: false };
        let mut first = seeds.to_vec();
        if self.guess {
            first.extend(guess(source, target, self.start)?);
        }
        let mut matrices = self.first_map(source, target).fit(source, target, &first)?;
        if self.start > 0 {
            let words = self.start.min(self.cutoff);
            let found = Rounds { words, keep: self.keep, patience: self.patience, union: true, ..better };
            matrices = found.run(self.first_map(source, target), matrices, self.seed)?;
        }
        better.run(&self.map, matrices, self.seed)
    }
}

impl SelfLearning {
    /// The map that is learned while it is to be found: one without much freedom, if the dimensions allow it.
    fn first_map(&self, source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>) -> &dyn Aligner {
        let finds = self.start > 0 && source.ncols() == target.ncols();
        if finds { &Procrustes } else { &self.map }
    }
}

/// A source word and its translation.
pub(crate) type Pair = (WordId, WordId);

/// Rounds of learning.
#[derive(Clone, Copy)]
struct Rounds<'a> {
    source: ArrayView2<'a, f32>,
    target: ArrayView2<'a, f32>,
    seeds: &'a [Pair],
    /// Words of either side that translations are looked for among.
    words: usize,
    /// The probability that a pair is used at first.
    keep: f64,
    /// Rounds without a gain before `keep` is doubled, or the end.
    patience: usize,
    /// Whether every word gives a pair, or only words that find each other.
    union: bool,
}

impl Rounds<'_> {
    fn run(self, aligner: &dyn Aligner, mut matrices: Matrices, seed: u64) -> Result<Matrices> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let x = self.source.slice(s![..self.source.nrows().min(self.words), ..]);
        let z = self.target.slice(s![..self.target.nrows().min(self.words), ..]);
        let (mut keep, mut idle, mut best) = (self.keep, 0, f64::NEG_INFINITY);
        for _ in 0..MAX_ROUNDS {
            let (x, z) = (mapped(x, &matrices.source), mapped(z, &matrices.target));
            let found = best_both_ways(x.view(), z.view(), K);
            let score = mean_score(&found);
            idle = if score > best + GAIN { 0 } else { idle + 1 };
            best = best.max(score);
            if idle >= self.patience {
                if keep >= 1.0 {
                    break;
                }
                (keep, idle) = ((keep * 2.0).min(1.0), 0);
            }
            let pairs = if self.union { all(&found) } else { mutual(&found) };
            let kept = pairs.into_iter().filter(|_| keep >= 1.0 || rng.random_bool(keep));
            let pairs: Vec<Pair> = kept.chain(self.seeds.iter().copied()).collect();
            if !pairs.is_empty() {
                matrices = aligner.fit(self.source, self.target, &pairs)?;
            }
        }
        Ok(matrices)
    }
}

/// How near words are to what they find, on average of both directions.
fn mean_score(found: &BestBothWays) -> f64 {
    let mean = |hits: &[Option<Hit>]| {
        hits.iter().flatten().map(|hit| f64::from(hit.score)).sum::<f64>() / hits.len().max(1) as f64
    };
    (mean(&found[0]) + mean(&found[1])) / 2.0
}

/// What every word of either side finds.
pub(crate) fn all([there, back]: &BestBothWays) -> Vec<Pair> {
    let back = pairs(back).map(|(z, x)| (x, z));
    pairs(there).chain(back).collect()
}

/// The pairs of words that find each other.
pub(crate) fn mutual([there, back]: &BestBothWays) -> Vec<Pair> {
    pairs(there).filter(|(x, z)| back[z.index()].is_some_and(|hit| hit.row == x.0)).collect()
}

/// Every row with what it finds.
fn pairs(hits: &[Option<Hit>]) -> impl Iterator<Item = Pair> + '_ {
    (0..).zip(hits).filter_map(|(row, hit)| Some((WordId(row), WordId((*hit)?.row))))
}

/// The pairs of words that find each other through a map.
pub(crate) fn translations(x: ArrayView2<'_, f32>, z: ArrayView2<'_, f32>, matrices: &Matrices) -> Vec<Pair> {
    let (x, z) = (mapped(x, &matrices.source), mapped(z, &matrices.target));
    mutual(&best_both_ways(x.view(), z.view(), K))
}

/// Rows after a matrix, of unit length.
pub(crate) fn mapped(rows: ArrayView2<'_, f32>, matrix: &Option<Array2<f32>>) -> Array2<f32> {
    unit_rows(match matrix {
        Some(matrix) => multiply(rows, matrix.view()),
        None => rows.to_owned(),
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Rows of clusters, and the same rows turned and shaken.
    fn turned(n: usize, d: usize) -> [Array2<f32>; 2] {
        let mut rng = ChaCha8Rng::seed_from_u64(3);
        let mut random =
            |rows, columns| Array2::from_shape_fn((rows, columns), |_| rng.random_range(-1.0_f32..1.0));
        let (rows, turn, noise) = (random(n, d), random(d, d), random(n, d));
        let svd = wordferry_vectors::map::faer_view(turn.view()).thin_svd().unwrap();
        let rotation = svd.U() * svd.V().transpose();
        let turned = rows.dot(&Array2::from_shape_fn((d, d), |(i, j)| rotation[(i, j)])) + noise * 0.5;
        [rows, turned].map(|rows| mapped(rows.view(), &None))
    }

    /// The share of rows whose translation is found.
    fn found(x: &Array2<f32>, z: &Array2<f32>, matrices: &Matrices) -> f64 {
        let pairs = translations(x.view(), z.view(), matrices);
        pairs.iter().filter(|(x, z)| x == z).count() as f64 / x.nrows() as f64
    }

    #[test]
    fn few_seeds_grow_into_a_map() {
        let [x, z] = turned(600, 16);
        let seeds: Vec<Pair> = (0..8).map(|word| (WordId(word), WordId(word))).collect();
        let method = SelfLearning { start: 600, ..SelfLearning::default() };
        let start = method.map.fit(x.view(), z.view(), &seeds).unwrap();
        let end = method.fit(x.view(), z.view(), &seeds).unwrap();
        let (before, after) = (found(&x, &z, &start), found(&x, &z, &end));
        assert!(before < 0.8 && after > 0.95, "{before} before, {after} after");
        assert_eq!(end, method.fit(x.view(), z.view(), &seeds).unwrap());
    }

    #[test]
    fn hopeless_seeds_end_in_finite_maps() {
        let [x, z] = turned(50, 16);
        let seeds = [(WordId(0), WordId(7)), (WordId(0), WordId(7))];
        let matrices = SelfLearning::for_seeds(2, 1).fit(x.view(), z.view(), &seeds).unwrap();
        assert!(
            matrices.source.unwrap().iter().chain(&matrices.target.unwrap()).all(|value| value.is_finite())
        );
    }
}
