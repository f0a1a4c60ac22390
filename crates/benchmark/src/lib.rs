//! A folder of word vectors and test sets of many languages in, a row for every language and task out, and a page that shows them.

mod catalogue;
mod error;
mod leaderboard;
mod row;
mod task;

pub use catalogue::{Catalogue, Collection, Language, OFFICIAL, Resource, Size};
pub use error::{Error, Result};
pub use leaderboard::{
    Comparison, Difference, LanguageFacts, Leaderboard, Overall, Ranks, Results, Standing, TaskSummary,
    Verdict,
};
pub use row::{Input, Measurement, Outcome, Row, Settings, VERSION};
pub use task::Task;
