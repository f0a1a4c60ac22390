//! What an experiment found, as data.

use serde::Serialize;
use wordferry_align::{Alignment, Evidence};

use crate::{Interval, Scores};

/// The report of an experiment. Its fields are those of the JSON that the program prints.
#[derive(Clone, Debug, Serialize)]
pub struct Report {
    /// The side that had labels.
    pub source: SourceReport,
    /// The languages that the classifier was carried to, in the plan's order.
    pub targets: Vec<TargetReport>,
    /// The names of the classes.
    pub classes: Vec<String>,
    /// The way of pooling; none where words are carried over one by one.
    pub pooling: Option<String>,
    /// The penalty per row of the classifier.
    pub l2: f64,
    /// Folds of the cross-validation that chose it; 0 if none did.
    pub n_folds: usize,
    /// The seed of everything random.
    pub seed: u64,
    /// The program's version.
    pub version: String,
    /// The command that repeats the experiment.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub command: Option<String>,
    /// Wall-clock time from start to finish.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seconds: Option<f64>,
    /// The most memory that was resident at once.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub peak_rss_bytes: Option<u64>,
}

/// How the classifier does in its own language.
#[derive(Clone, Debug, Serialize)]
pub struct SourceReport {
    /// The language's code.
    pub language: String,
    /// Texts it was trained on.
    pub n_train: usize,
    /// Its scores; all null without a test set.
    #[serde(flatten)]
    pub scores: ScoreFields,
    /// Share of the training texts' tokens, 0 to 1, that have a vector.
    pub token_coverage: Option<f64>,
    /// How texts are cut into tokens, in words.
    pub tokenisation: String,
}

/// How the classifier does in another language.
#[derive(Clone, Debug, Serialize)]
pub struct TargetReport {
    /// The language's code.
    pub language: String,
    /// How the classifier was carried over.
    pub strategy: String,
    /// Why.
    pub why: String,
    /// Its scores; all null without a test set.
    #[serde(flatten)]
    pub scores: ScoreFields,
    /// Share of the tokens, 0 to 1, of the test (else unlabelled) texts that have a vector.
    pub token_coverage: Option<f64>,
    /// How texts are cut into tokens, in words.
    pub tokenisation: String,
    /// Accuracy in the source language minus accuracy here.
    pub gap: Option<f64>,
    /// What the two languages were brought together by.
    pub alignment: AlignmentReport,
    /// One line of advice.
    pub advice: String,
    /// The file that the model was saved in, within the output folder.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
}

/// Scores as the JSON has them.
#[derive(Clone, Debug, Serialize)]
pub struct ScoreFields {
    /// Texts that were tested on.
    pub n_test: usize,
    /// Share of right predictions, 0 to 1.
    pub accuracy: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub accuracy_ci: Option<Interval>,
    /// Macro-F1, 0 to 1.
    pub macro_f1: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub macro_f1_ci: Option<Interval>,
    /// Share of the most frequent class of the test texts.
    pub majority: Option<f64>,
    /// Expected calibration error, 0 to 1.
    pub ece: Option<f64>,
    /// Its bins.
    pub ece_bins: Option<usize>,
    /// Brier score over all classes, 0 to 2.
    pub brier: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub brier_ci: Option<Interval>,
    /// Log-loss in nats.
    pub log_loss: Option<f64>,
    /// Its 95 % bootstrap interval.
    pub log_loss_ci: Option<Interval>,
    /// Area under the receiver's curve, 0 to 1.
    pub auc: Option<f64>,
    /// Its 95 % bootstrap interval, for two classes.
    pub auc_ci: Option<Interval>,
}

impl From<Option<&Scores>> for ScoreFields {
    fn from(scores: Option<&Scores>) -> Self {
        let probabilities = scores.and_then(|scores| scores.probabilities.as_ref());
        let full = probabilities.and_then(|scores| scores.full.as_ref());
        Self {
            n_test: scores.map_or(0, |scores| scores.n),
            accuracy: scores.map(|scores| scores.accuracy),
            accuracy_ci: scores.map(|scores| scores.accuracy_ci),
            macro_f1: scores.map(|scores| scores.macro_f1),
            macro_f1_ci: scores.map(|scores| scores.macro_f1_ci),
            majority: scores.map(|scores| scores.majority),
            ece: probabilities.map(|scores| scores.ece),
            ece_bins: probabilities.map(|scores| scores.ece_bins),
            brier: full.map(|scores| scores.brier),
            brier_ci: full.map(|scores| scores.brier_ci),
            log_loss: full.map(|scores| scores.log_loss),
            log_loss_ci: full.map(|scores| scores.log_loss_ci),
            auc: full.and_then(|scores| scores.auc),
            auc_ci: full.and_then(|scores| scores.auc_ci),
        }
    }
}

/// An alignment and what it is worth.
#[derive(Clone, Debug, Serialize)]
pub struct AlignmentReport {
    /// The method's name.
    pub method: String,
    /// What the seeds came from: `lexicon`, `identical` or `saved`, a map's.
    pub seeds: String,
    /// `ok`, `weak` or `failed`.
    pub verdict: String,
    /// Share of held-out words, 0 to 1, whose translation is nearest by CSLS.
    pub held_out_p_at_1: f64,
    /// Held-out words.
    pub n_held_out: usize,
    /// Pairs that the map was fitted on.
    pub n_seed_pairs: usize,
    /// Share of frequent source words, 0 to 1, that find a target word and are found by it.
    pub mutual_rate: f64,
    /// The same by a map fitted on shuffled pairs.
    pub control_mutual_rate: f64,
    /// How well the frequencies of words agree that find each other, −1 to 1; null where there are too few.
    pub rank_correlation: Option<f64>,
    /// How alike the two languages are among those words, −1 to 1; null where there are too few.
    pub isometry: Option<f64>,
    /// How uneven it is how often a target word is near a source word; 0 without hubs.
    pub hubness: f64,
}

impl AlignmentReport {
    /// The report of an alignment, of which two languages have this evidence, if any. `seeds` is what its seeds came from.
    pub fn of(alignment: &Alignment, evidence: Option<&Evidence>, seeds: &str) -> Self {
        let Evidence { n_seed_pairs, n_held_out, held_out_p_at_1, signs } =
            evidence.copied().unwrap_or_default();
        Self {
            method: alignment.method.clone(),
            seeds: seeds.into(),
            verdict: evidence.copied().unwrap_or_default().verdict().name().into(),
            held_out_p_at_1,
            n_held_out,
            n_seed_pairs,
            mutual_rate: signs.mutual_rate,
            control_mutual_rate: signs.control_mutual_rate,
            rank_correlation: signs.rank_correlation,
            isometry: signs.isometry,
            hubness: signs.hubness,
        }
    }
}
