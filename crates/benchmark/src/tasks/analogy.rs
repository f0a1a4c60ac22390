//! `wordferry evaluate analogy` over all sets of a language.

use std::path::Path;

use serde_json::json;
use wordferry_evaluate::{Questions, score_analogies};

use super::{Part, mean};
use crate::Measurement;
use crate::reason::Reason;
use crate::subject::Subject;

pub(super) fn measure(subject: &Subject<'_>) -> Result<Measurement, Reason> {
    let sets = subject.sets("analogies")?;
    let part = |path: &Path| -> Result<Part, Reason> {
        let scores = score_analogies(subject.embeddings(), &Questions::open(path)?)?;
        Ok(Part {
            score: scores.accuracy,
            interval: scores.accuracy_ci,
            n: scores.n,
            coverage: scores.coverage,
            details: json!({ "file": subject.name_of(path), "scores": scores }),
        })
    };
    Ok(mean(subject.measured(&sets, part)?, "sets"))
}
