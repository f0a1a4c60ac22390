//! What was found, as it is written down: a line of JSON a finding.

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::Task;

/// The version of the files of results; others are refused.
pub const VERSION: u32 = 1;

/// The first line of a file of results: what all of its rows have in common.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Settings {
    /// [`VERSION`], when it was written.
    pub version: u32,
    /// The program's version.
    pub program: String,
    /// Vectors that were read of a language at most.
    pub limit: usize,
    /// The data: the folder as it was named, and the collection if one was chosen; or how it was made up.
    pub data: String,
    /// The seed of everything random.
    pub seed: u64,
}

/// A finding about a language.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Row {
    /// The language, by fastText's code.
    pub language: String,
    /// What was measured.
    pub task: Task,
    /// The other language, for tasks that take two.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub hub: Option<String>,
    /// What came of it.
    #[serde(flatten)]
    pub outcome: Outcome,
    /// The files that it was measured on.
    pub inputs: Vec<Input>,
}

/// What came of a task.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "status", rename_all = "lowercase")]
pub enum Outcome {
    /// A number.
    Measured(Measurement),
    /// It cannot be measured with what there is.
    Unmeasurable {
        /// What is missing.
        why: String,
    },
    /// What there is is at fault.
    Failed {
        /// The error.
        why: String,
    },
}

/// A number and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Measurement {
    /// The task's own score, see [`Task::score`]; the higher, the better.
    pub score: f64,
    /// The lower and the upper end of its 95 % interval, where there is one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interval: Option<(f64, f64)>,
    /// Words, pairs, questions, sentences or texts that it rests on.
    pub n: usize,
    /// Share of the test, 0 to 1, that could be measured.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub coverage: Option<f64>,
    /// All that was found: what `wordferry evaluate` prints for the same files.
    pub details: Value,
}

/// A file that something was measured on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Input {
    /// What it was used as: `vectors`, `hub vectors`, `lexicon`, `test`, ….
    pub role: String,
    /// Its name within the benchmark's folder.
    pub file: String,
    /// What its content is known by.
    pub fingerprint: String,
}
