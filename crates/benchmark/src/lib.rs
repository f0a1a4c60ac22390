//! A folder of word vectors and test sets of many languages in, a row for every language and task out, and a page that shows them.
//!
//! A [`Benchmark`] says what is measured of which languages; [`run`] measures it and writes a [`Row`] to a [`Journal`] the moment that it is
//! there, so that a run that was killed goes on where it was.

mod benchmark;
mod catalogue;
mod cost;
mod endings;
mod error;
mod folder;
mod journal;
mod leaderboard;
mod mock;
mod reason;
mod results;
mod row;
mod runner;
mod subject;
mod task;
mod tasks;

pub use benchmark::{Benchmark, Key};
pub use catalogue::{Catalogue, Collection, Language, OFFICIAL, Resource, Size};
pub use cost::Cost;
pub use endings::{ENDINGS, split_ending};
pub use error::{Error, Result};
pub use folder::Folder;
pub use journal::Journal;
pub use leaderboard::{
    Comparison, Difference, LanguageFacts, Leaderboard, Overall, Ranks, Standing, TaskSummary, Verdict,
};
pub use mock::Mock;
pub use results::Results;
pub use row::{Input, Measurement, Outcome, Row, Settings, VERSION};
pub use runner::{Journals, Progress, run};
pub use task::Task;
