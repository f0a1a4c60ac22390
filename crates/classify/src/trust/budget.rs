//! Held-out scores and a budget of errors in, a threshold that keeps it on fresh texts out.
//!
//! A fresh negative is as likely to fall into any of the n + 1 gaps between n held-out ones. Above the k-th largest of them lies
//! therefore k / (n + 1) of all negatives on average, and less where scores are equal. The threshold is the largest k for which
//! that is within the budget; a text is flagged if its score is *above* it. What a draw of n leaves uncertain about the share is
//! told as an interval: it is distributed as Beta(k, n + 1 − k), whatever the scores are (Wilks 1941).

use super::tail::share_above;
use crate::{Error, Result};

/// Whether a budget can be promised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Promise {
    /// On fresh texts like the held-out ones the expected share of errors is within the budget.
    Held,
    /// There are too few held-out texts for that; the threshold is the strictest that they can tell.
    TooFewRows {
        /// Texts of the class that it takes: 1 / budget, less one.
        needed: usize,
        /// The share of errors to expect of fresh texts with those there are, above the budget.
        expected: f64,
    },
}

/// A threshold by a budget, and what it costs.
#[derive(Clone, Debug, PartialEq)]
pub struct Budget {
    /// What was asked for: the highest share of negatives that may be flagged, 0 to 1.
    pub budget: f64,
    /// Texts are flagged whose score is above it; below it, where positives that are missed have the budget.
    pub threshold: f32,
    /// Share of the held-out negatives that are flagged, 0 to 1.
    pub fpr_held_out: f64,
    /// The central 95 % of the share of all negatives that are flagged.
    pub interval: (f64, f64),
    /// Share of the held-out positives that are flagged, 0 to 1; `None` if there are none.
    pub recall: Option<f64>,
    /// Held-out negatives, which the threshold is chosen by.
    pub n_negative: usize,
    /// Held-out positives.
    pub n_positive: usize,
    /// Whether the budget can be promised.
    pub promise: Promise,
}

impl Budget {
    /// The threshold above which at most `budget` of the negatives lie, such as ham of a spam filter. Scores are of any scale
    /// that grows with the belief in the positive class; better log-odds than probabilities, which end at 1.
    ///
    /// # Errors
    /// If `budget` is not between 0 and 1, a score is NaN, or there is no negative.
    ///
    /// # Panics
    /// If there is not one flag a score.
    pub fn of_false_positives(scores: &[f32], is_positive: &[bool], budget: f64) -> Result<Self> {
        check(scores, is_positive, budget)?;
        let of = |wanted: bool| {
            let rows = scores.iter().zip(is_positive).filter(move |row| *row.1 == wanted);
            rows.map(|row| *row.0).collect::<Vec<f32>>()
        };
        let (mut negatives, positives) = (of(false), of(true));
        if negatives.is_empty() {
            return Err(too_few("no text of the class whose errors have a budget".into()));
        }
        negatives.sort_by(|a, b| b.total_cmp(a));
        let n = negatives.len();
        // 1e-9: a budget such as 0.005 is no binary fraction, and 200 · 0.005 has to be 1.
        let within = (budget * (n + 1) as f64 + 1e-9).floor() as usize;
        let rank = within.clamp(1, n);
        let threshold = negatives[rank - 1];
        let share_above_it = |scores: &[f32]| {
            scores.iter().filter(|&&score| score > threshold).count() as f64 / scores.len() as f64
        };
        Ok(Self {
            budget,
            threshold,
            fpr_held_out: share_above_it(&negatives),
            interval: share_above(rank, n),
            recall: (!positives.is_empty()).then(|| share_above_it(&positives)),
            n_negative: n,
            n_positive: positives.len(),
            promise: match within {
                0 => Promise::TooFewRows {
                    needed: (1.0 / budget - 1e-9).ceil() as usize - 1,
                    expected: 1.0 / (n + 1) as f64,
                },
                _ => Promise::Held,
            },
        })
    }

    /// The threshold *below* which at most `budget` of the positives lie: the same with both classes exchanged, so that negatives
    /// are what is flagged, and `recall` is theirs.
    ///
    /// # Errors
    /// If `budget` is not between 0 and 1, a score is NaN, or there is no positive.
    ///
    /// # Panics
    /// If there is not one flag a score.
    pub fn of_missed(scores: &[f32], is_positive: &[bool], budget: f64) -> Result<Self> {
        let scores: Vec<f32> = scores.iter().map(|score| -score).collect();
        let is_negative: Vec<bool> = is_positive.iter().map(|is_positive| !is_positive).collect();
        let budget = Self::of_false_positives(&scores, &is_negative, budget)?;
        Ok(Self { threshold: -budget.threshold, ..budget })
    }
}

fn check(scores: &[f32], is_positive: &[bool], budget: f64) -> Result<()> {
    assert_eq!(scores.len(), is_positive.len(), "one flag a score");
    if !(budget > 0.0 && budget < 1.0) {
        return Err(Error::Budget { found: budget });
    }
    match scores.iter().position(|score| score.is_nan()) {
        Some(row) => Err(too_few(format!("NaN in row {row}"))),
        None => Ok(()),
    }
}

fn too_few(found: String) -> Error {
    Error::HeldOut {
        purpose: "choose a threshold by a budget",
        expected: "scores of held-out texts of either class".into(),
        found,
        hint: "hold out more labelled texts of that class",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    /// Negatives 1 to n, positives from 0.5 in steps of n / 4.
    fn budget(n: usize, budget: f64) -> Budget {
        let negatives = (1..=n).map(|i| i as f32);
        let positives = (0..5).map(|i| 0.5 + i as f32 * n as f32 / 4.0);
        let is_positive: Vec<bool> = (0..n + 5).map(|i| i >= n).collect();
        Budget::of_false_positives(&negatives.chain(positives).collect::<Vec<_>>(), &is_positive, budget)
            .unwrap()
    }

    #[test]
    fn by_hand() {
        let found = budget(199, 0.01);
        // Two of 200 gaps: above the second largest, which one held-out text is.
        assert_eq!((found.threshold, found.promise), (198.0, Promise::Held));
        assert_eq!((found.fpr_held_out, found.recall), (1.0 / 199.0, Some(0.2)));
        assert!(found.interval.0 < 0.01 && found.interval.1 > 0.01, "{found:?}");
        assert_eq!(budget(199, 0.005).threshold, 199.0);
        assert_eq!(budget(199, 0.0049).promise, Promise::TooFewRows { needed: 204, expected: 0.005 });
        assert_eq!(budget(198, 0.005).promise, Promise::TooFewRows { needed: 199, expected: 1.0 / 199.0 });
        assert_eq!(budget(9, 0.9999).threshold, 1.0);
    }

    #[test]
    fn equal_scores_never_break_the_budget() {
        let scores = [1.0, 1.0, 1.0, 1.0, 0.0, 2.0];
        let found = Budget::of_false_positives(&scores, &[false, false, false, false, false, true], 0.4);
        let found = found.unwrap();
        assert_eq!((found.threshold, found.fpr_held_out, found.recall), (1.0, 0.0, Some(1.0)));
    }

    #[test]
    fn missed_positives_have_a_budget_too() {
        let scores: Vec<f32> = (1..=20).map(|i| i as f32).collect();
        let is_positive: Vec<bool> = (1..=20).map(|i| i > 10).collect();
        let found = Budget::of_missed(&scores, &is_positive, 0.2).unwrap();
        assert_eq!((found.threshold, found.fpr_held_out, found.recall), (12.0, 0.1, Some(1.0)));
    }

    #[test]
    fn the_budget_holds_on_fresh_texts() {
        let mut rng = ChaCha8Rng::seed_from_u64(5);
        for (n, asked) in [(300, 0.005), (300, 0.05), (1000, 0.001), (2000, 0.01)] {
            let (mut sum, mut within, n_draws) = (0.0, 0, 600);
            for _ in 0..n_draws {
                let scores: Vec<f32> = (0..n).map(|_| rng.random_range(0.0..1.0)).collect();
                let found = Budget::of_false_positives(&scores, &vec![false; n], asked).unwrap();
                // Uniform scores: the share of all negatives above the threshold is known.
                let share = 1.0 - f64::from(found.threshold);
                sum += share;
                within += usize::from(found.interval.0 <= share && share <= found.interval.1);
            }
            let (mean, within) = (sum / f64::from(n_draws), within as f64 / f64::from(n_draws));
            assert!(mean <= asked * 1.1, "{n} {asked}: {mean}");
            assert!((within - 0.95).abs() < 0.03, "{n} {asked}: {within}");
        }
    }

    #[test]
    fn what_cannot_be_promised_is_said() {
        let message = |scores: &[f32], is_positive: &[bool], budget: f64| {
            Budget::of_false_positives(scores, is_positive, budget).unwrap_err().to_string()
        };
        assert!(message(&[0.0], &[true], 0.1).contains("found no text of the class"));
        assert!(message(&[f32::NAN], &[false], 0.1).contains("found NaN in row 0"));
        for budget in [0.0, 1.0, f64::NAN] {
            assert!(message(&[0.0], &[false], budget).starts_with("expected a budget between 0 and 1"));
        }
    }
}
