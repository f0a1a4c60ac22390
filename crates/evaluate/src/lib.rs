//! Predictions in, scores out; an experiment in, models and a report out.

mod advice;
mod analogy;
mod correlation;
mod error;
mod experiment;
mod inputs;
mod lexicon;
mod output;
mod plan;
mod report;
mod retrieval;
mod scores;
mod similarity;
mod table;
mod text;

pub use analogy::{AnalogyScores, CategoryScores, Question, Questions, score_analogies};
pub use error::{Error, Result};
pub use experiment::{Outcome, Stage, run};
pub use lexicon::{LexiconScores, score_lexicon};
pub use plan::{AlignmentPlan, ModelPlan, OutputPlan, Plan, SourcePlan, StrategyPlan, TargetPlan};
pub use report::{AlignmentReport, Report, SourceReport, TargetReport};
pub use retrieval::{ParallelTexts, RetrievalScores, score_retrieval};
pub use scores::{Interval, Scores};
pub use similarity::{OovPolicy, SimilarityScores, WordPair, WordPairs, score_similarity};
