//! What was found of every language in, a table with ranks out, as a page, as CSV and as JSON.

mod compare;
mod facts;
mod page;
mod ranks;
mod save;
mod text;

use std::collections::BTreeMap;

use serde::Serialize;

use crate::{Measurement, Outcome, Results, Row, Settings, Task, VERSION};

pub use compare::{Comparison, Difference, Verdict};
pub use facts::LanguageFacts;
use ranks::Score;
pub use ranks::{Overall, Ranks};

/// Every language that something was tried of, with its ranks.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Leaderboard {
    /// The version of the results.
    pub version: u32,
    /// What all rows have in common.
    pub settings: Settings,
    /// The tasks that were tried.
    pub tasks: Vec<TaskSummary>,
    /// By place, and then by code.
    pub languages: Vec<Standing>,
    /// What has changed since another run, if that was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub comparison: Option<Comparison>,
}

/// A task, and what came of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TaskSummary {
    /// The task.
    pub task: Task,
    /// What its score is.
    pub score: &'static str,
    /// The hub that languages are ranked by: the one that most were measured with.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// Whether it counts for the overall rank.
    pub counts: bool,
    /// Rows with a number.
    pub measured: usize,
    /// Rows without what it takes.
    pub unmeasurable: usize,
    /// Rows that failed.
    pub failed: usize,
}

/// A language and all that was found of it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Standing {
    /// fastText's code.
    pub code: String,
    /// What it is.
    #[serde(flatten)]
    pub facts: LanguageFacts,
    /// How it does in all tasks together; none, where nothing was measured that others were, too.
    pub overall: Option<Overall>,
    /// Its ranks in the tasks in which it was measured with the task's hub.
    pub ranks: BTreeMap<Task, Ranks>,
    /// Everything that was tried.
    pub rows: Vec<Row>,
}

impl Leaderboard {
    /// The leaderboard of what was found, with what `facts` knows of a code.
    pub fn new(results: &Results, facts: impl Fn(&str) -> LanguageFacts) -> Self {
        let tasks: Vec<_> =
            Task::ALL.into_iter().filter_map(|task| TaskSummary::of(task, &results.rows)).collect();
        let mut languages: Vec<_> = results
            .rows
            .chunk_by(|a, b| a.language == b.language)
            .map(|rows| Standing::new(rows, facts(&rows[0].language)))
            .collect();
        for task in &tasks {
            rank(&mut languages, task);
        }
        rank_overall(&mut languages, &tasks, results.settings.seed);
        languages.sort_by_key(|language| language.overall.map_or(usize::MAX, |overall| overall.place));
        Self { version: VERSION, settings: results.settings.clone(), tasks, languages, comparison: None }
    }

    /// Rows with a number, without what it takes, and those that failed, of all tasks.
    pub fn counts(&self) -> [usize; 3] {
        let sum = |count: fn(&TaskSummary) -> usize| self.tasks.iter().map(count).sum();
        [sum(|task| task.measured), sum(|task| task.unmeasurable), sum(|task| task.failed)]
    }
}

impl TaskSummary {
    /// None if no row is of this task.
    fn of(task: Task, rows: &[Row]) -> Option<Self> {
        let rows: Vec<_> = rows.iter().filter(|row| row.task == task).collect();
        let count = |is: fn(&Outcome) -> bool| rows.iter().filter(|row| is(&row.outcome)).count();
        (!rows.is_empty()).then(|| Self {
            task,
            score: task.score(),
            hub: main_hub(&rows),
            // The one is about the file, and without an interval; the other about the machine.
            counts: !matches!(task, Task::Health | Task::Speed),
            measured: count(|outcome| matches!(outcome, Outcome::Measured(_))),
            unmeasurable: count(|outcome| matches!(outcome, Outcome::Unmeasurable { .. })),
            failed: count(|outcome| matches!(outcome, Outcome::Failed { .. })),
        })
    }
}

/// The hub that most languages were measured with, or tried with, where none was measured; the first by code of several.
fn main_hub(rows: &[&Row]) -> Option<String> {
    let mut counts: BTreeMap<&str, (usize, usize)> = BTreeMap::new();
    for row in rows {
        let Some(hub) = &row.hub else { continue };
        let count = counts.entry(hub).or_default();
        count.0 += usize::from(matches!(row.outcome, Outcome::Measured(_)));
        count.1 += 1;
    }
    let (hub, _) = counts.into_iter().rev().max_by_key(|(_, count)| *count)?;
    Some(hub.to_owned())
}

impl Standing {
    fn new(rows: &[Row], facts: LanguageFacts) -> Self {
        let code = rows[0].language.clone();
        Self { code, facts, overall: None, ranks: BTreeMap::new(), rows: rows.to_vec() }
    }

    /// What was measured of it in a task, with the task's hub.
    fn measurement(&self, task: &TaskSummary) -> Option<&Measurement> {
        let row = self.rows.iter().find(|row| row.task == task.task && row.hub == task.hub)?;
        match &row.outcome {
            Outcome::Measured(measurement) => Some(measurement),
            _ => None,
        }
    }
}

fn rank(languages: &mut [Standing], task: &TaskSummary) {
    let measured: Vec<_> = languages
        .iter_mut()
        .filter_map(|language| Some((Score::from(language.measurement(task)?), language)))
        .collect();
    let scores: Vec<_> = measured.iter().map(|(score, _)| *score).collect();
    for ((_, language), ranks) in measured.into_iter().zip(ranks::ranks(&scores)) {
        language.ranks.insert(task.task, ranks);
    }
}

fn rank_overall(languages: &mut [Standing], tasks: &[TaskSummary], seed: u64) {
    let scores_of = |language: &Standing| {
        let counting = tasks.iter().filter(|task| task.counts);
        counting.map(|task| language.measurement(task).map(Score::from)).collect()
    };
    let scores: Vec<Vec<_>> = languages.iter().map(scores_of).collect();
    for (language, overall) in languages.iter_mut().zip(ranks::overall(&scores, seed)) {
        language.overall = overall;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Input;

    /// A row with a score, or, without one, a row that could not be measured.
    pub(super) fn row(language: &str, task: Task, hub: Option<&str>, score: Option<f64>) -> Row {
        let outcome = match score {
            Some(score) => Outcome::Measured(Measurement {
                score,
                interval: Some((score - 0.05, score + 0.05)),
                n: 100,
                coverage: Some(0.9),
                details: serde_json::json!({"n": 100}),
            }),
            None => Outcome::Unmeasurable { why: "no lexicon for this language".into() },
        };
        let input = Input { role: "vectors".into(), file: "vectors/x.vec".into(), fingerprint: "f00".into() };
        Row { language: language.into(), task, hub: hub.map(String::from), outcome, inputs: vec![input] }
    }

    pub(super) fn results(mut rows: Vec<Row>) -> Results {
        rows.sort_by(|a, b| (&a.language, a.task, &a.hub).cmp(&(&b.language, b.task, &b.hub)));
        let settings = Settings {
            version: VERSION,
            program: "0.1.0".into(),
            limit: 200_000,
            data: "made up".into(),
            seed: 42,
        };
        Results { settings, rows, cut: Vec::new() }
    }

    pub(super) fn leaderboard(rows: Vec<Row>) -> Leaderboard {
        let unknown = |code: &str| LanguageFacts { name: code.into(), ..LanguageFacts::default() };
        Leaderboard::new(&results(rows), unknown)
    }

    #[test]
    fn languages_are_ranked_by_the_hub_of_most() {
        let found = leaderboard(vec![
            row("de", Task::Lexicon, Some("en"), Some(0.7)),
            row("de", Task::Lexicon, Some("fr"), Some(0.9)),
            row("es", Task::Lexicon, Some("en"), Some(0.9)),
            row("fr", Task::Lexicon, Some("de"), Some(0.9)),
            row("ja", Task::Lexicon, Some("en"), None),
        ]);
        assert_eq!(found.tasks[0].hub.as_deref(), Some("en"));
        assert_eq!(found.counts(), [4, 1, 0]);
        let places: Vec<_> = found
            .languages
            .iter()
            .map(|language| {
                let ranks = language.ranks.get(&Task::Lexicon).map(|ranks| (ranks.best, ranks.worst));
                (language.code.as_str(), language.overall.map(|overall| overall.place), ranks)
            })
            .collect();
        let expected = [
            ("es", Some(1), Some((1, 1))),
            ("de", Some(2), Some((2, 2))),
            ("fr", None, None),
            ("ja", None, None),
        ];
        assert_eq!(places, expected);
    }

    #[test]
    fn speed_and_health_do_not_count() {
        let rows = |language, speed, health, similarity| {
            [(Task::Speed, speed), (Task::Health, health), (Task::Similarity, similarity)]
                .map(|(task, score)| row(language, task, None, Some(score)))
        };
        let found = leaderboard([rows("aa", 9e5, 0.9, 0.5), rows("bb", 1e5, 0.5, 0.9)].concat());
        let codes: Vec<_> = found.languages.iter().map(|language| language.code.as_str()).collect();
        assert_eq!(codes, ["bb", "aa"]);
        assert_eq!(found.languages[1].ranks[&Task::Speed], Ranks { best: 1, worst: 1 });
        assert_eq!(found.languages[0].overall.map(|overall| overall.n_tasks), Some(1));
    }
}
