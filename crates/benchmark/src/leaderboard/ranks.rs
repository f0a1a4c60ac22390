//! Scores with intervals in, ranks with intervals out: of one task, and of all together.

use std::cmp::Ordering;

use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use serde::Serialize;

use crate::Measurement;

/// Times that all scores are drawn from their intervals, for the intervals of overall ranks.
const DRAWS: usize = 200;
/// Standard errors that a 95 % interval is wide.
const WIDTH: f64 = 2.0 * 1.96;

/// The ranks that a language may have, from 1: several where others cannot be told from it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
pub struct Ranks {
    /// One more than there are languages that are better for certain.
    pub best: usize,
    /// The number of languages that are not worse for certain, itself among them.
    pub worst: usize,
}

/// How a language does in all tasks together.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Overall {
    /// Place by points, from 1.
    pub place: usize,
    /// 95 % of the places that it gets when all scores are drawn from their intervals.
    pub rank: Ranks,
    /// 0 to 1, by a Borda count.
    pub points: f64,
    /// Tasks that it rests on.
    pub n_tasks: usize,
}

/// A score and its 95 % interval, which without one is the score itself.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Score {
    value: f64,
    low: f64,
    high: f64,
}

impl From<&Measurement> for Score {
    fn from(measurement: &Measurement) -> Self {
        let value = measurement.score;
        let (low, high) = measurement.interval.unwrap_or((value, value));
        Self { value, low, high }
    }
}

impl Score {
    /// Which of two is better: neither, if their intervals overlap.
    fn against(&self, other: &Self) -> Ordering {
        if self.low > other.high {
            Ordering::Greater
        } else if self.high < other.low {
            Ordering::Less
        } else {
            Ordering::Equal
        }
    }

    /// A score as it may come out another time, from the normal distribution with the interval's width (Box and Muller 1958).
    fn drawn(&self, rng: &mut ChaCha8Rng) -> Self {
        let (radius, turn): (f64, f64) = (rng.random(), rng.random());
        let normal = (-2.0 * (1.0 - radius).ln()).sqrt() * (std::f64::consts::TAU * turn).cos();
        let value = self.value + normal * (self.high - self.low) / WIDTH;
        Self { value, low: value, high: value }
    }
}

/// The ranks of the scores of one task. Overlapping is not transitive, so that there are no groups of ties but an interval for each.
pub(crate) fn ranks(scores: &[Score]) -> Vec<Ranks> {
    let count = |score: &Score, order| scores.iter().filter(|other| other.against(score) == order).count();
    let ranks_of = |score| Ranks {
        best: 1 + count(score, Ordering::Greater),
        worst: scores.len() - count(score, Ordering::Less),
    };
    scores.iter().map(ranks_of).collect()
}

/// How languages do in all tasks together: a row a language, a column a task. None for a language that shares no task with another.
///
/// A Borda count over pairs: against every other language, the share of the tasks in which both were measured and this one is
/// better, a tie counting half; points are the mean over all others. So a task in which only strong languages were measured costs
/// them nothing, unlike where places are averaged. Every pair ties in one more task that is made up: who won the only task it
/// was measured in has 3/4, who won all of six 13/14. Where all are measured in all tasks, the order is that of the usual Borda
/// count. Intervals of ranks by drawing all scores anew (Goldstein and Spiegelhalter 1996).
pub(crate) fn overall(scores: &[Vec<Option<Score>>], seed: u64) -> Vec<Option<Overall>> {
    let points = points(scores);
    let places = places(&points);
    let mut drawn_places: Vec<Vec<usize>> = vec![Vec::with_capacity(DRAWS); scores.len()];
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    for _ in 0..DRAWS {
        let drawn: Vec<Vec<_>> = scores
            .iter()
            .map(|row| row.iter().map(|score| score.map(|score| score.drawn(&mut rng))).collect())
            .collect();
        for (all, place) in drawn_places.iter_mut().zip(self::places(&self::points(&drawn))) {
            all.push(place);
        }
    }
    let overall_of = |language: usize| {
        let drawn = &mut drawn_places[language];
        drawn.sort_unstable();
        let place = places[language];
        let rank =
            Ranks { best: place.min(drawn[DRAWS / 40]), worst: place.max(drawn[DRAWS - 1 - DRAWS / 40]) };
        Some(Overall { place, rank, points: points[language]?, n_tasks: n_tasks(scores, language) })
    };
    (0..scores.len()).map(overall_of).collect()
}

/// The points of every language, if it shares a task with another.
fn points(scores: &[Vec<Option<Score>>]) -> Vec<Option<f64>> {
    let mut sums = vec![(0.0, 0); scores.len()];
    for (i, first) in scores.iter().enumerate() {
        for (j, second) in scores.iter().enumerate().take(i) {
            if let Some(share) = share(first, second) {
                sums[i] = (sums[i].0 + share, sums[i].1 + 1);
                sums[j] = (sums[j].0 + 1.0 - share, sums[j].1 + 1);
            }
        }
    }
    sums.into_iter().map(|(sum, n)| (n > 0).then(|| sum / f64::from(n))).collect()
}

/// The share of the tasks of both, and of one more that is a tie, in which the first is better.
fn share(first: &[Option<Score>], second: &[Option<Score>]) -> Option<f64> {
    let (mut won, mut shared) = (0.5, 1);
    for (first, second) in first.iter().zip(second) {
        if let (Some(first), Some(second)) = (first, second) {
            shared += 1;
            won += match first.against(second) {
                Ordering::Greater => 1.0,
                Ordering::Equal => 0.5,
                Ordering::Less => 0.0,
            };
        }
    }
    (shared > 1).then(|| won / f64::from(shared))
}

/// Places by points, from 1; equal points share one.
fn places(points: &[Option<f64>]) -> Vec<usize> {
    let mut sorted: Vec<f64> = points.iter().flatten().copied().collect();
    sorted.sort_unstable_by(|a, b| b.total_cmp(a));
    let place = |points: &Option<f64>| match points {
        Some(points) => 1 + sorted.partition_point(|other| other > points),
        None => 1 + sorted.len(),
    };
    points.iter().map(place).collect()
}

/// Tasks in which a language and another were measured.
fn n_tasks(scores: &[Vec<Option<Score>>], language: usize) -> usize {
    let shared = |task: usize| scores.iter().filter(|row| row[task].is_some()).count() > 1;
    (0..scores[language].len()).filter(|&task| scores[language][task].is_some() && shared(task)).count()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn score(low: f64, high: f64) -> Score {
        Score { value: (low + high) / 2.0, low, high }
    }

    fn exact(values: &[f64]) -> Vec<Option<Score>> {
        values.iter().map(|&value| (!value.is_nan()).then(|| score(value, value))).collect()
    }

    #[test]
    fn overlapping_intervals_are_tied() {
        let check = |intervals: &[(f64, f64)], expected: &[(usize, usize)]| {
            let scores: Vec<_> = intervals.iter().map(|&(low, high)| score(low, high)).collect();
            let found: Vec<_> = ranks(&scores).iter().map(|ranks| (ranks.best, ranks.worst)).collect();
            assert_eq!(found, expected, "{intervals:?}");
        };
        check(&[], &[]);
        check(&[(0.5, 0.5)], &[(1, 1)]);
        check(&[(0.1, 0.2), (0.8, 0.9), (0.4, 0.5)], &[(3, 3), (1, 1), (2, 2)]);
        // The middle one is tied with both, which are not tied with each other.
        check(&[(0.1, 0.3), (0.2, 0.6), (0.5, 0.9)], &[(2, 3), (1, 3), (1, 2)]);
        check(&[(0.4, 0.4), (0.4, 0.4)], &[(1, 2), (1, 2)]);
        check(&[(0.4, 0.5), (0.5, 0.6)], &[(1, 2), (1, 2)]);
    }

    #[test]
    fn complete_tables_are_ordered_as_by_borda() {
        let table = [[0.9, 0.2, 0.8], [0.8, 0.9, 0.1], [0.7, 0.3, 0.9], [0.1, 0.1, 0.2]];
        let scores: Vec<_> = table.iter().map(|row| exact(row)).collect();
        // Languages beaten in every task, by hand.
        let borda = [3.0 + 1.0 + 2.0, 2.0 + 3.0 + 0.0, 1.0 + 2.0 + 3.0, 0.0 + 0.0 + 1.0];
        for (points, borda) in points(&scores).iter().zip(borda) {
            let expected = (3.0 * borda / 9.0 + 0.5) / 4.0;
            assert!((points.unwrap() - expected).abs() < 1e-12);
        }
    }

    #[test]
    fn few_tasks_are_worth_less_and_missing_ones_cost_nothing() {
        let nan = f64::NAN;
        // The first wins the only task it was measured in; the second is best of the others in all three.
        let table = [[0.9, nan, nan], [0.8, 0.9, 0.9], [0.7, 0.5, 0.5], [0.6, 0.4, 0.4]];
        let found = overall(&table.iter().map(|row| exact(row)).collect::<Vec<_>>(), 1);
        let found: Vec<_> = found.into_iter().map(Option::unwrap).collect();
        assert_eq!(found[0].points, 0.75);
        assert_eq!([found[0].n_tasks, found[1].n_tasks], [1, 3]);
        // A hard task that only strong languages have does not bring the weaker of them below one that lacks it.
        let table = [[0.9, 0.9], [0.8, 0.5], [0.7, nan]];
        let found = overall(&table.iter().map(|row| exact(row)).collect::<Vec<_>>(), 1);
        assert_eq!(found.iter().map(|found| found.unwrap().place).collect::<Vec<_>>(), [1, 2, 3]);
    }

    #[test]
    fn a_language_alone_has_no_points() {
        let found = overall(&[exact(&[0.9, f64::NAN]), exact(&[f64::NAN, 0.9]), exact(&[f64::NAN; 2])], 1);
        assert_eq!(found, [None, None, None]);
    }

    #[test]
    fn overall_ranks_are_as_sure_as_scores() {
        let sure = overall(&[exact(&[0.9]), exact(&[0.8]), exact(&[0.7])], 7);
        let ranks: Vec<_> = sure.iter().map(|found| found.unwrap().rank).collect();
        assert_eq!(ranks, [1, 2, 3].map(|place| Ranks { best: place, worst: place }));
        let row = |low, high| vec![Some(score(low, high))];
        let table = [row(0.5, 0.9), row(0.5, 0.8), row(0.1, 0.2)];
        let unsure = overall(&table, 7);
        let ranks: Vec<_> = unsure.iter().map(|found| found.unwrap().rank).collect();
        let expected = [(1, 2), (1, 2), (3, 3)].map(|(best, worst)| Ranks { best, worst });
        assert_eq!(ranks, expected);
        assert_eq!(unsure, overall(&table, 7));
    }
}
