//! Two runs in, what has changed between them out.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Key, Measurement, Outcome, Results, Settings};

/// What has changed between two runs.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The settings of the run that is compared with.
    pub before: Settings,
    /// What both measured, by language, task and hub.
    pub differences: Vec<Difference>,
    /// Rows that only the other run could measure.
    pub lost: usize,
    /// Rows that only this run could measure.
    pub gained: usize,
}

/// One thing that both runs measured.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What was measured.
    #[serde(flatten)]
    pub key: Key,
    /// The other run's score.
    pub before: f64,
    /// This run's score.
    pub after: f64,
    /// Whether the difference is real.
    pub verdict: Verdict,
}

/// Whether a difference is real: only where both have an interval, and these are apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Verdict {
    /// For certain.
    Better,
    /// For certain.
    Worse,
    /// The scores are the same.
    Same,
    /// It cannot be told.
    Unclear,
}

impl Comparison {
    /// What is different in `after`.
    pub fn new(before: &Results, after: &Results) -> Self {
        let mut old = measured(before);
        let mut differences = Vec::new();
        let mut gained = 0;
        for (key, now) in measured(after) {
            let Some(then) = old.remove(&key) else {
                gained += 1;
                continue;
            };
            let verdict = Verdict::of(then, now);
            differences.push(Difference { key, before: then.score, after: now.score, verdict });
        }
        Self { before: before.settings.clone(), differences, lost: old.len(), gained }
    }

    /// How many of the differences are of this kind.
    pub fn count(&self, verdict: Verdict) -> usize {
        self.differences.iter().filter(|difference| difference.verdict == verdict).count()
    }
}

impl Difference {
    /// What is gained.
    pub fn change(&self) -> f64 {
        self.after - self.before
    }
}

impl Verdict {
    fn of(before: &Measurement, after: &Measurement) -> Self {
        if before.score.total_cmp(&after.score) == Ordering::Equal {
            return Verdict::Same;
        }
        match (before.interval, after.interval) {
            (Some((_, high)), Some((low, _))) if low > high => Verdict::Better,
            (Some((low, _)), Some((_, high))) if high < low => Verdict::Worse,
            _ => Verdict::Unclear,
        }
    }
}

/// All numbers of a run.
fn measured(results: &Results) -> BTreeMap<Key, &Measurement> {
    let rows = results.rows.iter();
    rows.filter_map(|row| match &row.outcome {
        Outcome::Measured(measurement) => Some((row.key(), measurement)),
        _ => None,
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::super::tests::{results, row};
    use super::*;
    use crate::Task;

    #[test]
    fn only_intervals_that_are_apart_are_real_differences() {
        // Intervals reach 0.05 to both sides.
        let check = |before: f64, after: f64, expected| {
            let run = |score| results(vec![row("de", Task::Health, None, Some(score))]);
            let found = Comparison::new(&run(before), &run(after));
            assert_eq!(found.differences[0].verdict, expected, "{before} to {after}");
            assert_eq!((found.lost, found.gained, found.count(expected)), (0, 0, 1));
        };
        check(0.5, 0.7, Verdict::Better);
        check(0.7, 0.5, Verdict::Worse);
        check(0.5, 0.55, Verdict::Unclear);
        check(0.5, 0.5, Verdict::Same);
    }

    #[test]
    fn without_an_interval_nothing_is_certain() {
        let run = |score| {
            let mut row = row("de", Task::Speed, None, Some(score));
            if let Outcome::Measured(measurement) = &mut row.outcome {
                measurement.interval = None;
            }
            results(vec![row])
        };
        assert_eq!(Comparison::new(&run(0.1), &run(0.9)).differences[0].verdict, Verdict::Unclear);
    }

    #[test]
    fn what_only_one_run_measured_is_counted() {
        let before = results(vec![
            row("de", Task::Lexicon, Some("en"), Some(0.5)),
            row("de", Task::Lexicon, Some("fr"), None),
            row("es", Task::Health, None, Some(0.5)),
        ]);
        let after = results(vec![
            row("de", Task::Lexicon, Some("en"), None),
            row("de", Task::Lexicon, Some("fr"), Some(0.5)),
            row("es", Task::Health, None, Some(0.5)),
        ]);
        let found = Comparison::new(&before, &after);
        assert_eq!((found.lost, found.gained, found.differences.len()), (1, 1, 1));
    }
}
