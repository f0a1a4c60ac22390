//! Self-learning (Artetxe, Labaka and Agirre 2018, ACL): a map finds translations, and they make a better map.

use ndarray::{Array2, ArrayView2, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::WordId;
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::{Step, unit_rows};

use crate::retrieve::best_both_ways;
use crate::{Aligner, Hit, Matrices, MultiStep, Result};

/// Neighbours that CSLS looks at while translations are found.
const K: usize = 10;
/// What the mean score has to rise by to count as a gain.
const GAIN: f64 = 1e-5;
/// Rounds are over after so many in any case; they seldom reach a hundred.
const MAX_ROUNDS: usize = 200;

/// Alternates between the multi-step map and the translations it finds among frequent words, beginning with the seeds.
///
/// A map from few seeds has to be found: among the most frequent words, with most of the pairs left out at random in the first
/// rounds, which gets a poor start out of its rut. A map that is found, or begins with many seeds, is made better with the pairs
/// of more words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfLearning {
    /// The map that is learned in every round.
    pub map: MultiStep,
    /// Words of either side among which the map is found; 0 to leave that out.
    pub start: usize,
    /// Words of either side with which it is made better.
    pub cutoff: usize,
    /// The probability, above 0 and up to 1, that a pair is used in the first rounds. It is doubled whenever there
    /// is no more gain, until it is 1.
    pub keep: f64,
    /// Seed of the choice of pairs.
    pub seed: u64,
}

impl Default for SelfLearning {
    fn default() -> Self {
        Self { map: MultiStep::default(), start: 4_000, cutoff: 10_000, keep: 0.3, seed: 42 }
    }
}

impl SelfLearning {
    /// What suits so many seeds.
    pub fn for_seeds(n_seeds: usize, seed: u64) -> Self {
        const MANY: usize = 1_000;
        let start = if n_seeds >= MANY { 0 } else { Self::default().start };
        Self { start, seed, ..Self::default() }
    }
}

impl Aligner for SelfLearning {
    fn name(&self) -> &str {
        "self-learning"
    }

    fn normalisation(&self) -> &[Step] {
        self.map.normalisation()
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
    ) -> Result<Matrices> {
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let mut matrices = self.map.fit(source, target, seeds)?;
        let found = (self.start > 0).then_some((self.start.min(self.cutoff), self.keep, 3));
        for (cutoff, keep, patience) in found.into_iter().chain([(self.cutoff, 1.0, 1)]) {
            let mut rounds = Rounds { keep, patience, idle: 0, best: f64::NEG_INFINITY };
            let x = source.slice(s![..source.nrows().min(cutoff), ..]);
            let z = target.slice(s![..target.nrows().min(cutoff), ..]);
            for _ in 0..MAX_ROUNDS {
                let (pairs, score) = translations(x, z, &matrices);
                if rounds.end(score) {
                    break;
                }
                let kept = pairs.into_iter().filter(|_| rounds.keep >= 1.0 || rng.random_bool(rounds.keep));
                let pairs: Vec<Pair> = kept.chain(seeds.iter().copied()).collect();
                matrices = self.map.fit(source, target, &pairs)?;
            }
        }
        Ok(matrices)
    }
}

/// A source word and its translation.
pub(crate) type Pair = (WordId, WordId);

/// How rounds go on.
struct Rounds {
    keep: f64,
    /// Rounds without a gain before `keep` is doubled, or the end.
    patience: usize,
    idle: usize,
    best: f64,
}

impl Rounds {
    /// Takes note of a round's score; whether it was the last.
    fn end(&mut self, score: f64) -> bool {
        self.idle = if score > self.best + GAIN { 0 } else { self.idle + 1 };
        self.best = self.best.max(score);
        if self.idle < self.patience {
            return false;
        }
        let last = self.keep >= 1.0;
        (self.keep, self.idle) = ((self.keep * 2.0).min(1.0), 0);
        last
    }
}

/// The pairs of words that find each other, and how near words are to what they find, on average of both directions.
pub(crate) fn translations(
    x: ArrayView2<'_, f32>,
    z: ArrayView2<'_, f32>,
    matrices: &Matrices,
) -> (Vec<Pair>, f64) {
    let (x, z) = (mapped(x, &matrices.source), mapped(z, &matrices.target));
    let [forward, backward] = best_both_ways(x.view(), z.view(), K);
    let mean =
        |hits: &[Hit]| hits.iter().map(|hit| f64::from(hit.score)).sum::<f64>() / hits.len().max(1) as f64;
    let there = (0..).zip(&forward).map(|(row, hit)| (WordId(row), WordId(hit.row)));
    let mutual = there.filter(|(x, z)| backward[z.index()].row == x.0);
    (mutual.collect(), (mean(&forward) + mean(&backward)) / 2.0)
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
        let (pairs, _) = translations(x.view(), z.view(), matrices);
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
