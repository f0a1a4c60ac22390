//! Predictions in, scores out; an experiment in, models and a report out.

mod advice;
mod aligned;
mod analogy;
mod answers;
mod bootstrap;
mod carry;
mod classification;
mod confusion;
mod correlation;
mod decisions;
mod diagnosis;
mod error;
mod experiment;
mod few;
mod inputs;
mod lexicon;
mod multi_label;
mod output;
mod plan;
mod plot;
mod predictions;
mod ranking;
mod reliability;
mod report;
mod retrieval;
mod scores;
mod similarity;
mod source;
mod table;
mod text;
mod transferability;

pub use aligned::Aligned;
pub use analogy::{AnalogyScores, CategoryScores, Question, Questions, score_analogies};
pub use answers::Answers;
pub use classification::{ClassificationScores, score_classification};
pub use confusion::ClassScores;
pub use decisions::{DecisionScores, per_cent};
pub use diagnosis::{Diagnosis, MeasuredCurves, TargetDiagnosis, TransferOutcome, diagnose};
pub use error::{Error, Result};
pub use experiment::{Outcome, Stage, run};
pub use few::{Draw, FewLabels, FewScores};
pub use lexicon::{LexiconScores, score_lexicon};
pub use multi_label::{LabelScores, MultiLabelScores, score_multi_label};
pub use plan::{AlignmentPlan, ModelPlan, OutputPlan, Plan, SourcePlan, StrategyPlan, TargetPlan};
pub use plot::{LineChart, PlotPoint, Scale, Series, learning_curves, reliability_diagram};
pub use predictions::{PredictionColumns, Predictions};
pub use ranking::RecallAtFpr;
pub use reliability::ReliabilityBin;
pub use report::{AlignmentReport, Report, SourceReport, TargetReport};
pub use retrieval::{ParallelTexts, RetrievalScores, score_retrieval};
pub use scores::{FullScores, Interval, ProbabilityScores, Scores};
pub use similarity::{OovPolicy, SimilarityScores, WordPair, WordPairs, cosine, score_similarity};
pub use transferability::{
    BreakEven, CurveFit, Judgement, LearningCurve, LearningPoint, Leep, ProxyADistance, TransferEvidence,
    TransferVerdict, h_score, judge, leep, log_evidence, proxy_a_distance,
};
