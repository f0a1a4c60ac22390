//! Self-learning (Artetxe, Labaka and Agirre 2018, ACL): a map finds translations, and they make a better map.

use ndarray::{Array2, ArrayView2};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::WordId;
use wordferry_vectors::map::multiply;
use wordferry_vectors::normalise::unit_rows;

use crate::guess::guess;
use crate::retrieve::{BestBothWays, Remembered, best_both_ways};
use crate::signs::likeness;
use crate::symmetric::frequent;
use crate::verdict::LEAST_CORRELATION;
use crate::{Aligner, Hit, Lexicon, Matrices, MultiStep, Procrustes, Result};

/// Neighbours that CSLS looks at while translations are found.
const K: usize = 10;
/// What the mean score has to rise by to count as a gain.
const GAIN: f64 = 1e-5;
/// Rounds are over after so many in any case; they seldom reach twenty.
const MAX_ROUNDS: usize = 100;
/// The share of the words that are looked up in a round of the search, and how many such rounds there are. What a round finds changes the
/// map the less the more the words are.
const SEARCH: [(f64, usize); 4] = [(0.05, 100), (0.1, 100), (0.2, 50), (0.4, 25)];

/// Alternates between a map and the translations it finds among frequent words, beginning with the seeds, or without any.
///
/// A map from few seeds has to be searched for: a rotation, among the most frequent words, of which few are looked up at a time, at random,
/// so that a poor start is not confirmed by what it finds. Where words that find each other differ in frequency the search
/// has failed and begins anew. A map that is found, or begins with many seeds, is made better by the multi-step map and the pairs
/// of more words.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct SelfLearning {
    /// The map that is learned in the end.
    pub map: MultiStep,
    /// Words of either side among which the map is searched for; 0 to leave that out.
    pub start: usize,
    /// Searches at most.
    pub attempts: usize,
    /// Words of either side with which it is made better.
    pub cutoff: usize,
    /// Whether seeds stay among the pairs in the end; better not where many are wrong, as words that are spelt the same way.
    pub keep_seeds: bool,
    /// Whether to begin with pairs that are guessed from how similar words are to others of their language, beside the seeds.
    pub guess: bool,
    /// Seed of the choice of words.
    pub seed: u64,
}

impl Default for SelfLearning {
    fn default() -> Self {
        Self {
            map: MultiStep::default(),
            start: 4_000,
            attempts: 4,
            cutoff: 10_000,
            keep_seeds: true,
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

    /// What suits `n_seeds` usable pairs of a lexicon: many words that are spelt the same way are no translations, so that such seeds do
    /// not stay.
    pub fn for_lexicon(lexicon: &Lexicon, n_seeds: usize, seed: u64) -> Self {
        Self { keep_seeds: !lexicon.is_of_identical_words(), ..Self::for_seeds(n_seeds, seed) }
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
        let mut first = seeds.to_vec();
        if self.guess {
            first.extend(guess(source, target, self.start)?);
        }
        let learner = self.learner(source.view(), target.view(), seeds);
        let begun = match self.start {
            0 => self.map.fit(source, target, &first)?,
            start => self.search(Learner { words: start.min(self.cutoff), ..learner }, &first)?,
        };
        self.improve(learner, begun)
    }

    fn refit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[Pair],
        begun: Matrices,
    ) -> Result<Matrices> {
        self.improve(self.learner(source.view(), target.view(), seeds), begun)
    }
}

impl SelfLearning {
    fn learner<'a>(
        &self,
        source: ArrayView2<'a, f32>,
        target: ArrayView2<'a, f32>,
        seeds: &'a [Pair],
    ) -> Learner<'a> {
        Learner { source, target, seeds, words: self.cutoff }
    }

    fn improve(&self, learner: Learner<'_>, begun: Matrices) -> Result<Matrices> {
        let seeds = if self.keep_seeds { learner.seeds } else { &[] };
        Learner { seeds, ..learner }.improve(&self.map, begun, mutual)
    }

    /// A map that seems to be right, or the one that seems to be the best.
    fn search(&self, learner: Learner<'_>, first: &[Pair]) -> Result<Matrices> {
        // One without much freedom, if the dimensions allow it.
        let same = learner.source.ncols() == learner.target.ncols();
        let aligner: &dyn Aligner = if same { &Procrustes } else { &self.map };
        let begun = aligner.fit(learner.source, learner.target, first)?;
        let [x, z] = learner.frequent();
        let mut best: Option<(Option<f64>, Matrices)> = None;
        // Where dimensions differ a round takes too long to go on for ever.
        let attempts = if same { self.attempts.max(1) } else { 1 };
        for attempt in 0..attempts {
            let mut rng = ChaCha8Rng::seed_from_u64(self.seed.wrapping_add(attempt as u64));
            let found = learner.explore(aligner, begun.clone(), &mut rng)?;
            let found = learner.improve(aligner, found, all)?;
            let likeness = likeness(&translations(x, z, &found));
            if best.as_ref().is_none_or(|(most, _)| likeness > *most) {
                best = Some((likeness, found));
            }
            if likeness >= Some(LEAST_CORRELATION) {
                break;
            }
        }
        Ok(best.expect("one attempt at least").1)
    }
}

/// A source word and its translation.
pub(crate) type Pair = (WordId, WordId);

/// What is learned from.
#[derive(Clone, Copy)]
struct Learner<'a> {
    source: ArrayView2<'a, f32>,
    target: ArrayView2<'a, f32>,
    seeds: &'a [Pair],
    /// Words of either side that translations are looked for among.
    words: usize,
}

impl Learner<'_> {
    /// Rounds with the translations of some words each, chosen at random.
    fn explore(self, aligner: &dyn Aligner, mut matrices: Matrices, rng: &mut impl Rng) -> Result<Matrices> {
        let mut csls = None;
        let [x, z] = self.frequent();
        // Seeds count as much as what is found in the first rounds.
        let looked_up = SEARCH[0].0 * (x.nrows() + z.nrows()) as f64;
        let weight = (looked_up / self.seeds.len().max(1) as f64).round().max(1.0) as usize;
        for (share, rounds) in SEARCH {
            for _ in 0..rounds {
                let [x, z] = self.mapped(&matrices);
                let csls = csls.get_or_insert_with(|| Remembered::new(x.view(), z.view(), K));
                let [of_x, of_z] = [&x, &z].map(|rows| some(rows.nrows(), share, rng));
                let mut pairs = all(&csls.best_of_some(x.view(), z.view(), [&of_x, &of_z]));
                pairs.extend(std::iter::repeat_n(self.seeds, weight).flatten());
                if !pairs.is_empty() {
                    matrices = aligner.fit(self.source, self.target, &pairs)?;
                }
            }
        }
        Ok(matrices)
    }

    /// Rounds with the `chosen` of the translations of all words, until they are no nearer to each other than before.
    fn improve(
        self,
        aligner: &dyn Aligner,
        mut matrices: Matrices,
        chosen: fn(&BestBothWays) -> Vec<Pair>,
    ) -> Result<Matrices> {
        let mut csls = None;
        let mut best = f64::NEG_INFINITY;
        for _ in 0..MAX_ROUNDS {
            let [x, z] = self.mapped(&matrices);
            let csls = csls.get_or_insert_with(|| Remembered::new(x.view(), z.view(), K));
            let found = csls.best_of_all(x.view(), z.view());
            let score = mean_score(&found);
            if score.is_nan() || score <= best + GAIN {
                break;
            }
            best = score;
            let mut pairs = chosen(&found);
            pairs.extend(self.seeds);
            if !pairs.is_empty() {
                matrices = aligner.fit(self.source, self.target, &pairs)?;
            }
        }
        Ok(matrices)
    }

    fn frequent(&self) -> [ArrayView2<'_, f32>; 2] {
        [frequent(self.source.view(), self.words), frequent(self.target.view(), self.words)]
    }

    fn mapped(&self, matrices: &Matrices) -> [Array2<f32>; 2] {
        let [x, z] = self.frequent();
        [mapped(x, &matrices.source), mapped(z, &matrices.target)]
    }
}

/// Numbers below `n`, each with the probability `share`.
fn some(n: usize, share: f64, rng: &mut impl Rng) -> Vec<usize> {
    (0..n).filter(|_| rng.random_bool(share)).collect()
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
