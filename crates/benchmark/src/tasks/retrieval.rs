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
        // Both directions are of the same sentences, so that one tells little that the other does not.
        let (forward, backward) = (scores.accuracy_forward_ci, scores.accuracy_backward_ci);
        parts.push(Part {
            score: (scores.accuracy_forward + scores.accuracy_backward) / 2.0,
            interval: Interval((forward.0 + backward.0) / 2.0, (forward.1 + backward.1) / 2.0),
            n: scores.n,
            coverage: scores.coverage,
            details: json!({ "file": subject.name_of(&of_own), "scores": scores }),
        });
    }
    let mut measurement = mean(parts, "sets");
    measurement.details["alignment"] = json!(pair.aligned.report());
    Ok(measurement)
}
