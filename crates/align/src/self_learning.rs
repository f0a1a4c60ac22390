//! Self-learning (Artetxe, Labaka and Agirre 2018, ACL): a map finds translations, and they make a better map.

use std::collections::HashSet;

use ndarray::{Array2, ArrayView2, s};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::WordId;
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::{Normalisation, Step};

use crate::retrieve::best_both_ways;
use crate::{Aligner, Matrices, MultiStep, Result};

/// Neighbours that CSLS looks at while translations are found.
const K: usize = 10;
/// What the mean score of the pairs has to rise by to count as a gain.
const GAIN: f64 = 1e-5;

/// Alternates between the multi-step map and the translations it finds among frequent words, beginning with the seeds.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfLearning {
    /// The map that is learned in every round, and last of all.
    pub map: MultiStep,
    /// Translations are looked for among so many of the most frequent words on either side.
    pub cutoff: usize,
    /// The probability, above 0 and up to 1, that a pair that was found is used in the first rounds. Leaving out most of them at
    /// random gets a poor start out of its rut; it is doubled whenever there is no more gain, until it is 1.
    pub keep: f64,
    /// Rounds without a gain before `keep` is doubled, or the end.
    pub patience: usize,
    /// The most rounds.
    pub rounds: usize,
    /// Seed of the choice of pairs.
    pub seed: u64,
    /// How many times a pair of the seeds counts beside the pairs that were found; 0 to drop them after the start.
    pub seed_weight: usize,
    /// Only pairs that find each other.
    pub mutual: bool,
}

impl Default for SelfLearning {
    fn default() -> Self {
        Self {
            map: MultiStep::default(),
            cutoff: 10_000,
            keep: 1.0,
            patience: 1,
            rounds: 200,
            seed: 42,
            seed_weight: 1,
            mutual: true,
        }
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
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices> {
        let frequent =
            |rows: ArrayView2<'_, f32>| rows.slice(s![..rows.nrows().min(self.cutoff), ..]).to_owned();
        let (x, z) = (frequent(source), frequent(target));
        let mut rng = ChaCha8Rng::seed_from_u64(self.seed);
        let (mut keep, mut best, mut idle) = (self.keep, f64::NEG_INFINITY, 0);
        let mut matrices = self.map.fit(source, target, seeds)?;
        for _ in 0..self.rounds {
            let (pairs, score) = self.translations(x.view(), z.view(), &matrices);
            idle = if score > best + GAIN { 0 } else { idle + 1 };
            best = best.max(score);
            if idle >= self.patience {
                if keep >= 1.0 {
                    break;
                }
                (keep, idle) = ((keep * 2.0).min(1.0), 0);
            }
            let kept = pairs.into_iter().filter(|_| keep >= 1.0 || rng.random_bool(keep));
            let seeds = std::iter::repeat_n(seeds, self.seed_weight).flatten().copied();
            let pairs: Vec<_> = kept.chain(seeds).collect();
            matrices = self.map.fit(source, target, &pairs)?;
        }
        Ok(matrices)
    }
}

impl SelfLearning {
    /// The pairs that a map finds, and how near they are on average.
    fn translations(
        &self,
        x: ArrayView2<'_, f32>,
        z: ArrayView2<'_, f32>,
        matrices: &Matrices,
    ) -> (Vec<(WordId, WordId)>, f64) {
        let (x, z) = (mapped(x, &matrices.source), mapped(z, &matrices.target));
        let [forward, backward] = best_both_ways(x.view(), z.view(), K);
        let score = |hits: &[crate::Hit]| {
            hits.iter().map(|hit| f64::from(hit.score)).sum::<f64>() / hits.len().max(1) as f64
        };
        let mean = (score(&forward) + score(&backward)) / 2.0;
        let there = (0..).zip(&forward).map(|(row, hit)| (WordId(row), WordId(hit.row)));
        let back: HashSet<_> =
            (0..).zip(&backward).map(|(row, hit)| (WordId(hit.row), WordId(row))).collect();
        let pairs = if self.mutual {
            there.filter(|pair| back.contains(pair)).collect()
        } else {
            let mut all: Vec<_> = there.chain(back.iter().copied()).collect();
            all.sort_unstable();
            all
        };
        (pairs, mean)
    }
}

/// Rows after a matrix, of unit length.
fn mapped(rows: ArrayView2<'_, f32>, matrix: &Option<Array2<f32>>) -> Array2<f32> {
    let mut rows = match matrix {
        Some(matrix) => multiply(rows, matrix.view()),
        None => rows.to_owned(),
    };
    Normalisation::fit(&[Step::Unit], &mut rows);
    rows
}
