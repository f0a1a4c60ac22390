//! `wordferry evaluate retrieval` over all parallel texts of a language and a hub.

use serde_json::json;
use wordferry_align::Criterion;
use wordferry_evaluate::{Interval, ParallelTexts, score_retrieval};

use super::{Part, mean};
use crate::Measurement;
use crate::reason::Reason;
use crate::subject::{Hub, Subject};

pub(super) fn measure(subject: &Subject<'_>, hub: &Hub<'_>) -> Result<Measurement, Reason> {
    let files = subject.benchmark.folder.parallel(hub.language, subject.language);
    if files.is_empty() {
        return Err(Reason::Missing(format!(
            "no parallel texts of {} and {}",
            hub.language, subject.language
        )));
    }
    let pair = subject.pair(hub)?;
    let mut parts = Vec::new();
    for (of_hub, of_own) in files {
        let texts = ParallelTexts::open(&of_hub, &of_own)?;
        let scores = score_retrieval(&pair.hub, &pair.own, &texts, Criterion::Csls { k: 10 })?;
        let part = |score: f64, interval: Interval, details| Part {
            score,
            interval,
            n: scores.n,
            coverage: scores.coverage,
            details,
        };
        let name = subject.name_of(&of_own);
        parts.push(part(
            scores.accuracy_forward,
            scores.accuracy_forward_ci,
            json!({ "file": name, "scores": scores }),
        ));
        parts.push(part(scores.accuracy_backward, scores.accuracy_backward_ci, json!(null)));
    }
    let mut measurement = mean(parts, "sets");
    // Both directions of a set are told by its first.
    if let Some(sets) = measurement.details["sets"].as_array_mut() {
        sets.retain(|set| !set.is_null());
    }
    measurement.n /= 2;
    measurement.details["alignment"] = json!(pair.aligned.report());
    Ok(measurement)
}
