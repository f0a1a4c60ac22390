//! Whether an alignment is worth anything, judged on pairs it was not fitted on.

use std::collections::{BTreeMap, HashSet};
use std::fmt;

use ndarray::{ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use serde_json::{Value, json};
use wordferry_vectors::{Vocabulary, WordId};

use crate::lexicon::is_numeral;
use crate::self_learning::{Pair, mapped};
use crate::symmetric::frequent;
use crate::{Candidates, Criterion, Matrices, Signs};

/// Held-out words are at most a fifth of the seeds' source words that are no numbers, and at most this many.
const MOST_HELD_OUT: usize = 1000;
/// Held-out words below which the evidence is too thin to call an alignment good.
const FEWEST_FOR_OK: usize = 20;
/// Held-out P@1 below which an alignment has failed, and below which it is weak: the pairs that are held out are of the lexicon that was
/// learned from, and easier than others.
const FAILED_BELOW: f64 = 0.08;
const WEAK_BELOW: f64 = 0.17;
/// A rank correlation below which an alignment is doubtful (see docs/quality.md for what it was in 21 pairs of languages).
pub(crate) const LEAST_CORRELATION: f64 = 0.55;
/// Retrieval for the verdict looks among this many most frequent words, so that it costs little.
const FREQUENT_WORDS: usize = 20_000;

/// What an alignment is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Verdict {
    /// Held-out P@1 is under 8 %, or under 17 % (or tested on fewer than 20 words) while words that find each other differ
    /// in frequency: what comes out of it is noise.
    Failed,
    /// Held-out P@1 is under 17 %, there were under 20 words to judge by, or words that find each other differ in frequency.
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
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Evidence {
    /// Pairs that the alignment was fitted on.
    pub n_seed_pairs: usize,
    /// Source words held out of a fit to test the method; the map itself is fitted on all seeds, or goes on from that fit with all.
    pub n_held_out: usize,
    /// The share of them, 0 to 1, whose translation is nearest by CSLS (k = 10) among the most frequent words.
    pub held_out_p_at_1: f64,
    /// What can be told without them.
    pub signs: Signs,
}

impl Evidence {
    /// The evidence of a test that found `hits` of `n_held_out` words.
    pub(crate) fn new(n_seed_pairs: usize, (n_held_out, hits): (usize, usize), signs: Signs) -> Self {
        let held_out_p_at_1 = hits as f64 / n_held_out.max(1) as f64;
        Self { n_seed_pairs, n_held_out, held_out_p_at_1, signs }
    }

    /// As a saved map holds it.
    pub(crate) fn to_json(self) -> Value {
        let Signs { mutual_rate, control_mutual_rate, rank_correlation, isometry, hubness } = self.signs;
        json!({
            "n_seed_pairs": self.n_seed_pairs, "n_held_out": self.n_held_out,
            "held_out_p_at_1": self.held_out_p_at_1, "mutual_rate": mutual_rate,
            "control_mutual_rate": control_mutual_rate, "rank_correlation": rank_correlation,
            "isometry": isometry, "hubness": hubness,
        })
    }

    /// From what [`Evidence::to_json`] gave; the error is the key that is missing.
    pub(crate) fn from_json(json: &Value) -> std::result::Result<Self, &'static str> {
        let number = |key: &'static str| json[key].as_f64().ok_or(key);
        let count = |key: &'static str| json[key].as_u64().map(|count| count as usize).ok_or(key);
        Ok(Self {
            n_seed_pairs: count("n_seed_pairs")?,
            n_held_out: count("n_held_out")?,
            held_out_p_at_1: number("held_out_p_at_1")?,
            signs: Signs {
                mutual_rate: number("mutual_rate")?,
                control_mutual_rate: number("control_mutual_rate")?,
                rank_correlation: json["rank_correlation"].as_f64(),
                isometry: json["isometry"].as_f64(),
                hubness: number("hubness")?,
            },
        })
    }

    /// The verdict that follows.
    pub fn verdict(&self) -> Verdict {
        let tested = self.n_held_out >= FEWEST_FOR_OK;
        let doubtful = self.signs.rank_correlation.is_some_and(|correlation| correlation < LEAST_CORRELATION);
        match self.held_out_p_at_1 {
            // Too few were tested to prove a success. Frequencies tell a failure, but not whether the words are the right ones for
            // their vectors.
            _ if !tested && doubtful => Verdict::Failed,
            _ if !tested => Verdict::Weak,
            p if p < FAILED_BELOW || (p < WEAK_BELOW && doubtful) => Verdict::Failed,
            p if p < WEAK_BELOW || doubtful => Verdict::Weak,
            _ => Verdict::Ok,
        }
    }
}

/// Whether a map that finds `hits` of `n` held-out words needs no better beginning.
pub(crate) fn is_good(n: usize, hits: usize) -> bool {
    n >= FEWEST_FOR_OK && hits as f64 >= WEAK_BELOW * n as f64
}

/// Seeds to fit on and seeds to test on, divided by source word: a fifth of the words for the test, numbers not among them, which are near
/// to each other even where other words are found. Nothing is for the test if that were too few words to judge by.
pub(crate) fn split(seeds: &[Pair], source: &Vocabulary, seed: u64) -> (Vec<Pair>, Vec<Pair>) {
    let mut words: Vec<WordId> = seeds.iter().map(|pair| pair.0).collect();
    words.sort_unstable();
    words.dedup();
    words.retain(|&word| !is_numeral(&source.word(word)));
    words.shuffle(&mut ChaCha8Rng::seed_from_u64(seed));
    words.truncate((words.len() / 5).min(MOST_HELD_OUT));
    if words.len() < FEWEST_FOR_OK {
        return (seeds.to_vec(), Vec::new());
    }
    let held_out: HashSet<WordId> = words.into_iter().collect();
    seeds.iter().partition(|pair| !held_out.contains(&pair.0))
}

/// How many source words of `pairs` there are among frequent words, and of how many the translation is the nearest.
pub(crate) fn precision_at_1(
    source: ArrayView2<'_, f32>,
    target: ArrayView2<'_, f32>,
    matrices: &Matrices,
    pairs: &[Pair],
) -> (usize, usize) {
    let x = mapped(frequent(source, FREQUENT_WORDS), &matrices.source);
    let z = mapped(frequent(target, FREQUENT_WORDS), &matrices.target);
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
            let signs = Signs { rank_correlation, ..Signs::default() };
            let evidence = Evidence { n_seed_pairs: 100, n_held_out, held_out_p_at_1, signs };
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
        check(200, 0.169, Verdict::Weak);
        check(200, 0.079, Verdict::Failed);
        check(0, 0.0, Verdict::Weak); // untested
    }

    #[test]
    fn a_word_is_never_on_both_sides_of_the_split() {
        let word = |i| if i < 120 { format!("w{i}") } else { format!("{i}") };
        let vocabulary = Vocabulary::from_words((0..200).map(word));
        let seeds: Vec<_> = (0..600).map(|i| (WordId(i / 3), WordId(i))).collect();
        let (fit_on, test_on) = split(&seeds, &vocabulary, 42);
        assert_eq!(fit_on.len() + test_on.len(), 600);
        assert_eq!(test_on.len(), 3 * 24);
        assert!(test_on.iter().all(|held_out| held_out.0.0 < 120));
        assert!(test_on.iter().all(|held_out| fit_on.iter().all(|pair| pair.0 != held_out.0)));
        let (fit_on, test_on) = split(&seeds[..285], &vocabulary, 42);
        assert_eq!((fit_on.len(), test_on.len()), (285, 0));
    }
}
