//! `wordferry evaluate similarity` over all sets of a language.

use std::path::Path;

use serde_json::json;
use wordferry_evaluate::{OovPolicy, WordPairs, score_similarity};

use super::{Part, mean};
use crate::Measurement;
use crate::reason::Reason;
use crate::subject::Subject;

pub(super) fn measure(subject: &Subject<'_>) -> Result<Measurement, Reason> {
    let sets = subject.sets("similarity")?;
    let part = |path: &Path| -> Result<Part, Reason> {
        let pairs = WordPairs::open(path)?;
        let scores = score_similarity(subject.embeddings(), subject.embeddings(), &pairs, OovPolicy::Skip)?;
        Ok(Part {
            score: scores.spearman,
            interval: scores.spearman_ci,
            n: scores.n_scored,
            coverage: scores.coverage,
            details: json!({ "file": subject.name_of(path), "scores": scores }),
        })
    };
    Ok(mean(subject.measured(&sets, part)?, "sets"))
}
