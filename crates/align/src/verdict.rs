//! Whether an alignment is worth anything, judged on pairs it was not fitted on.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use ndarray::{ArrayView2, Axis, s};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use wordferry_vectors::WordId;

use crate::self_learning::{Pair, mapped, translations};
use crate::{Aligner, Candidates, Criterion, Matrices, Result};

/// Held-out words are at most a fifth of the seeds' source words, and at most this many.
const MOST_HELD_OUT: usize = 1000;
/// Held-out words below which the evidence is too thin to call an alignment good.
const FEWEST_FOR_OK: usize = 20;
/// Maps with P@1 above 18 % had 0.63 to 0.69, all others 0.10 to 0.46 (English to German and Spanish).
const LEAST_CORRELATION: f64 = 0.55;
/// Words that find each other are looked for among so many.
const RANKED_WORDS: usize = 5_000;
/// Retrieval for the verdict looks among this many most frequent words, so that it costs little.
const FREQUENT_WORDS: usize = 20_000;

/// What an alignment is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Held-out P@1 is under 5 %, or under 15 % (or tested on fewer than 20 words) while words that find each other differ
    /// in frequency: what comes out of it is noise.
    Failed,
    /// Held-out P@1 is under 15 %, there were under 20 words to judge by, or words that find each other differ in frequency.
    Weak,
    /// Neither.
    Ok,
}

impl Verdict {
    /// The name, as the report writes it.
    pub fn name(self) -> &'static str {
        match self {
            Verdict::Ok => "ok",
            Verdict::Weak => "weak",
            Verdict::Failed => "failed",
        }
    }

    /// The verdict of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        [Verdict::Ok, Verdict::Weak, Verdict::Failed].into_iter().find(|verdict| verdict.name() == name)
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.name())
    }
}

/// What the verdict rests on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Evidence {
    /// Pairs that the alignment was fitted on.
    pub n_seed_pairs: usize,
    /// Source words held out of a second fit to test the method.
    pub n_held_out: usize,
    /// The share of them, 0 to 1, whose translation is nearest by CSLS (k = 10) among the most frequent words.
    pub held_out_p_at_1: f64,
    /// How well the frequencies of words agree that find each other among the 5,000 most frequent: the correlation of the
    /// logarithms of their ranks. It needs no labels; `None` with fewer than 100 such pairs.
    pub rank_correlation: Option<f64>,
}

impl Evidence {
    /// The verdict that follows.
    pub fn verdict(&self) -> Verdict {
        let tested = self.n_held_out >= FEWEST_FOR_OK;
        let doubtful = self.rank_correlation.is_some_and(|correlation| correlation < LEAST_CORRELATION);
        match self.held_out_p_at_1 {
            // Too few were tested to prove a success or a failure.
            _ if !tested && doubtful => Verdict::Failed,
            _ if !tested => Verdict::Weak,
            p if p < 0.05 || (p < 0.15 && doubtful) => Verdict::Failed,
            p if p < 0.15 || doubtful => Verdict::Weak,
            _ => Verdict::Ok,
        }
    }
}

/// Fits on four fifths of the seeds' source words and tests on the rest; `source` and `target` are normalised rows.
pub(crate) fn hold_out(
    aligner: &dyn Aligner,
    source: ArrayView2<'_, f32>,
    target: ArrayView2<'_, f32>,
    seeds: &[Pair],
    seed: u64,
) -> Result<Evidence> {
    let (fit_on, test_on) = split(seeds, seed);
    let matrices = aligner.fit(source, target, &fit_on)?;
    let (n_held_out, hits) = precision_at_1(source, target, &matrices, &test_on);
    let held_out_p_at_1 = if n_held_out == 0 { 0.0 } else { hits as f64 / n_held_out as f64 };
    Ok(Evidence { n_seed_pairs: seeds.len(), n_held_out, held_out_p_at_1, rank_correlation: None })
}

/// [`Evidence::rank_correlation`] of a map; `source` and `target` are normalised rows, most frequent words first.
pub(crate) fn rank_correlation(
    source: ArrayView2<'_, f32>,
    target: ArrayView2<'_, f32>,
    matrices: &Matrices,
) -> Option<f64> {
    const FEWEST_PAIRS: usize = 100;
    let x = source.slice(s![..source.nrows().min(RANKED_WORDS), ..]);
    let z = target.slice(s![..target.nrows().min(RANKED_WORDS), ..]);
    let (pairs, _) = translations(x, z, matrices);
    if pairs.len() < FEWEST_PAIRS {
        return None;
    }
    let log_ranks = |side: fn(&Pair) -> WordId| -> Vec<f64> {
        let logs: Vec<f64> = pairs.iter().map(|pair| f64::from(side(pair).0 + 1).ln()).collect();
        let mean = logs.iter().sum::<f64>() / logs.len() as f64;
        logs.iter().map(|log| log - mean).collect()
    };
    let (a, b) = (log_ranks(|pair| pair.0), log_ranks(|pair| pair.1));
    let dot = |a: &[f64], b: &[f64]| a.iter().zip(b).map(|(a, b)| a * b).sum::<f64>();
    Some(dot(&a, &b) / (dot(&a, &a) * dot(&b, &b)).sqrt())
}

/// Seeds to fit on and seeds to test on, divided by source word. The first part is never empty.
fn split(seeds: &[Pair], seed: u64) -> (Vec<Pair>, Vec<Pair>) {
    let mut words: Vec<WordId> = seeds.iter().map(|pair| pair.0).collect();
    words.sort_unstable();
    words.dedup();
    words.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    words.truncate((words.len() / 5).min(MOST_HELD_OUT));
    let held_out: HashSet<WordId> = words.into_iter().collect();
    seeds.iter().partition(|pair| !held_out.contains(&pair.0))
}

fn precision_at_1(
    source: ArrayView2<'_, f32>,
    target: ArrayView2<'_, f32>,
    matrices: &Matrices,
    pairs: &[Pair],
) -> (usize, usize) {
    let frequent = |rows: ArrayView2<'_, f32>, matrix| {
        mapped(rows.slice(s![..rows.nrows().min(FREQUENT_WORDS), ..]), matrix)
    };
    let (x, z) = (frequent(source, &matrices.source), frequent(target, &matrices.target));
    let mut gold: BTreeMap<u32, HashSet<u32>> = BTreeMap::new();
    for (source_word, target_word) in pairs {
        if (source_word.0 as usize) < x.nrows() && (target_word.0 as usize) < z.nrows() {
            gold.entry(source_word.0).or_default().insert(target_word.0);
        }
    }
    if gold.is_empty() {
        return (0, 0);
    }
    let query_rows: Vec<usize> = gold.keys().map(|&row| row as usize).collect();
    let queries = x.select(Axis(0), &query_rows);
    let candidates = Candidates::new(z.view(), x.view(), Criterion::Csls { k: 10 });
    let nearest = candidates.nearest(queries.view(), 1);
    let hits =
        gold.values().zip(nearest).filter(|(gold, hits)| hits.iter().any(|hit| gold.contains(&hit.row)));
    (gold.len(), hits.count())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn verdicts() {
        let check_with = |n_held_out, held_out_p_at_1, rank_correlation, expected| {
            let evidence = Evidence { n_seed_pairs: 100, n_held_out, held_out_p_at_1, rank_correlation };
            assert_eq!(evidence.verdict(), expected, "{evidence:?}");
        };
        let check = |n, p, expected| check_with(n, p, None, expected);
        check_with(5, 0.2, Some(0.4), Verdict::Failed);
        check_with(5, 0.0, Some(0.7), Verdict::Weak);
        check_with(0, 0.0, Some(0.7), Verdict::Weak);
        check_with(200, 0.3, Some(0.4), Verdict::Weak);
        check_with(200, 0.1, Some(0.4), Verdict::Failed);
        check(200, 0.3, Verdict::Ok);
        check(19, 0.3, Verdict::Weak);
        check(200, 0.149, Verdict::Weak);
        check(200, 0.049, Verdict::Failed);
        check(0, 0.0, Verdict::Weak); // untested
    }

    #[test]
    fn a_word_is_never_on_both_sides_of_the_split() {
        let seeds: Vec<_> = (0..300).map(|i| (WordId(i / 3), WordId(i))).collect();
        let (fit_on, test_on) = split(&seeds, 42);
        assert_eq!(fit_on.len() + test_on.len(), 300);
        assert_eq!(test_on.len(), 60);
        assert!(test_on.iter().all(|held_out| fit_on.iter().all(|pair| pair.0 != held_out.0)));
    }
}
