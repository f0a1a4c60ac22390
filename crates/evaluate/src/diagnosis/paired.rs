//! What two ways of classifying say of the same texts in, how far their scores are apart out.

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;

use crate::Interval;
use crate::bootstrap::percentiles;
use crate::confusion::Confusion;

/// Resamples of the bootstrap.
const RESAMPLES: usize = 1000;

/// The answers of both ways in several runs, as classes; `None` for a text that a run did not ask about.
pub(super) struct Paired<'a> {
    pub(super) truth: &'a [usize],
    pub(super) n_classes: usize,
    pub(super) transferred: Vec<Vec<Option<usize>>>,
    pub(super) own: Vec<Vec<Option<usize>>>,
}

/// Macro-F1, the mean of the runs, with 95 % intervals.
pub(super) struct Compared {
    pub(super) transferred: (f64, Interval),
    pub(super) gain: (f64, Interval),
}

impl Paired<'_> {
    /// The bootstrap draws texts and runs; both ways share what is drawn.
    pub(super) fn compare(&self, seed: u64) -> Compared {
        let (n, n_runs) = (self.truth.len(), self.own.len());
        let means = |rows: &[usize], runs: &[usize]| {
            let sums = runs.iter().fold((0.0, 0.0), |sums, &run| {
                let score = |answers: &[Option<usize>]| macro_f1(self.truth, answers, self.n_classes, rows);
                (sums.0 + score(&self.transferred[run]), sums.1 + score(&self.own[run]))
            });
            (sums.0 / n_runs as f64, (sums.0 - sums.1) / n_runs as f64)
        };
        let found = means(&(0..n).collect::<Vec<_>>(), &(0..n_runs).collect::<Vec<_>>());
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        let (mut rows, mut runs) = (vec![0; n], vec![0; n_runs]);
        let resample = |_| {
            rows.fill_with(|| rng.random_range(0..n));
            runs.fill_with(|| rng.random_range(0..n_runs));
            means(&rows, &runs)
        };
        let (scores, gains) = (0..RESAMPLES).map(resample).unzip();
        Compared { transferred: (found.0, percentiles(scores)), gain: (found.1, percentiles(gains)) }
    }
}

/// Of the answers to these rows, as far as there are any.
pub(super) fn macro_f1(truth: &[usize], answers: &[Option<usize>], n_classes: usize, rows: &[usize]) -> f64 {
    let cell = |&row: &usize| Some(truth[row] * n_classes + answers[row]?);
    Confusion::of(rows.iter().filter_map(cell), n_classes).macro_f1()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_gain_is_that_of_the_same_texts() {
        let truth: Vec<usize> = (0..400).map(|row| row % 2).collect();
        let answers = |wrong: usize| -> Vec<Option<usize>> {
            let answer = |row: usize| if row.is_multiple_of(wrong) { 1 - row % 2 } else { row % 2 };
            (0..400).map(|row| (row > 0).then(|| answer(row))).collect()
        };
        // Wrong in every 5th text, and wrong in every 10th: the second is right wherever the first is.
        let paired = Paired {
            truth: &truth,
            n_classes: 2,
            transferred: vec![answers(10); 2],
            own: vec![answers(5); 2],
        };
        let Compared { transferred: (score, ci), gain: (gain, Interval(low, high)) } = paired.compare(42);
        assert!((score - 0.9).abs() < 0.01 && (gain - 0.1).abs() < 0.01, "{score} {gain}");
        assert!(ci.0 < score && score < ci.1);
        assert!(0.06 < low && low < gain && gain < high && high < 0.14, "{low} {high}");
    }
}
