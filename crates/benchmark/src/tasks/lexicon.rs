//! `wordferry evaluate lexicon` in both directions, by a map that Procrustes learned from the training lexicon.

use serde_json::json;
use wordferry_align::{Criterion, Lexicon};
use wordferry_evaluate::{Interval, score_lexicon};
use wordferry_vectors::Embeddings;

use super::{Part, mean};
use crate::Measurement;
use crate::reason::Reason;
use crate::subject::{Hub, Pair, Subject};

pub(super) fn measure(subject: &Subject<'_>, hub: &Hub<'_>) -> Result<Measurement, Reason> {
    let (folder, own) = (&subject.benchmark.folder, subject.language);
    let tests = [folder.test_lexicon(hub.language, own), folder.test_lexicon(own, hub.language)];
    let [Some(from_hub), Some(to_hub)] = tests else {
        return held_out(subject, hub);
    };
    let pair = subject.pair(hub)?;
    let (of_hub, of_own) = (pair.hub.embeddings(), pair.own.embeddings());
    let parts = vec![
        part((hub.language, own), of_hub, of_own, &from_hub.open()?)?,
        part((own, hub.language), of_own, of_hub, &to_hub.open()?)?,
    ];
    let mut measurement = mean(parts, "directions");
    measurement.details["alignment"] = json!(pair.aligned.report());
    Ok(measurement)
}

fn part(
    (from, to): (&str, &str),
    source: &Embeddings,
    target: &Embeddings,
    lexicon: &Lexicon,
) -> Result<Part, Reason> {
    let scores = score_lexicon(source, target, lexicon, Criterion::Csls { k: 10 }, None)?;
    Ok(Part {
        score: scores.p_at_1,
        interval: scores.p_at_1_ci,
        n: scores.n_queries,
        coverage: scores.coverage,
        details: json!({ "from": from, "to": to, "scores": scores }),
    })
}

/// Without a test lexicon: what the alignment found of the words that it held out, from the hub.
fn held_out(subject: &Subject<'_>, hub: &Hub<'_>) -> Result<Measurement, Reason> {
    let lexicon = subject.benchmark.folder.training_lexicon(hub.language, subject.language);
    if lexicon.is_none() {
        return Err(Reason::Missing(format!("no lexicon of {} and {}", hub.language, subject.language)));
    }
    let pair: &Pair = &*subject.pair(hub)?;
    let report = pair.aligned.report();
    let n = report.n_held_out;
    if n == 0 {
        return Err(Reason::Missing("too few pairs in the lexicon to hold any out for a test".into()));
    }
    let hits = (report.held_out_p_at_1 * n as f64).round() as usize;
    let interval = Interval::of_share(hits, n);
    Ok(Measurement {
        score: report.held_out_p_at_1,
        interval: Some((interval.0, interval.1)),
        n,
        coverage: None,
        details: json!({ "alignment": report }),
    })
}
