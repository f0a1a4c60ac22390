//! A language in, what is measured of it out. A module a task.

mod analogy;
mod classification;
mod health;
mod lexicon;
mod retrieval;
mod similarity;
mod speed;
mod subwords;

use serde_json::{Value, json};
use wordferry_evaluate::Interval;

use crate::benchmark::Key;
use crate::reason::Reason;
use crate::subject::{Hub, Subject};
use crate::{Measurement, Task};

/// Measures what `key` is about.
pub(crate) fn measure(key: &Key, subject: &Subject<'_>, hubs: &[Hub<'_>]) -> Result<Measurement, Reason> {
    let hub = || {
        let hub = hubs.iter().find(|hub| Some(hub.language) == key.hub.as_deref());
        hub.ok_or_else(|| Reason::Missing("no hub".into()))
    };
    match key.task {
        Task::Health => health::measure(subject),
        Task::Subwords => subwords::measure(subject),
        Task::Similarity => similarity::measure(subject),
        Task::Analogy => analogy::measure(subject),
        Task::Lexicon => lexicon::measure(subject, hub()?),
        Task::Retrieval => retrieval::measure(subject, hub()?),
        Task::Classification => classification::measure(subject, hub()?),
        Task::Speed => speed::measure(subject),
    }
}

/// A score of a part of a task, such as one test set of several, or one direction.
struct Part {
    score: f64,
    interval: Interval,
    n: usize,
    coverage: f64,
    details: Value,
}

/// The mean of all parts, of which there is one at least. Its interval takes them to be independent.
fn mean(parts: Vec<Part>, details: &str) -> Measurement {
    let k = parts.len() as f64;
    let mean = |of: fn(&Part) -> f64| parts.iter().map(of).sum::<f64>() / k;
    let score = mean(|part| part.score);
    let half = |of: fn(&Part) -> f64| parts.iter().map(|part| of(part).powi(2)).sum::<f64>().sqrt() / k;
    // Not beyond what any part allows, be it by rounding.
    let least = parts.iter().map(|part| part.interval.0).fold(f64::INFINITY, f64::min);
    let most = parts.iter().map(|part| part.interval.1).fold(f64::NEG_INFINITY, f64::max);
    let low = (score - half(|part| part.score - part.interval.0)).max(least);
    let high = (score + half(|part| part.interval.1 - part.score)).min(most);
    Measurement {
        score,
        interval: Some((low, high)),
        n: parts.iter().map(|part| part.n).sum(),
        coverage: Some(mean(|part| part.coverage)),
        details: json!({ details: parts.into_iter().map(|part| part.details).collect::<Vec<_>>() }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mean_of_two_is_surer_than_either() {
        let part = |score: f64| Part {
            score,
            interval: Interval(score - 0.1, score + 0.1),
            n: 10,
            coverage: 0.5,
            details: json!(1),
        };
        let Measurement { score, interval, n, coverage, details } = mean(vec![part(0.4), part(0.6)], "sets");
        let (low, high) = interval.unwrap();
        let half = 0.1 / 2f64.sqrt();
        assert!(
            (score - 0.5).abs() < 1e-12
                && (low - 0.5 + half).abs() < 1e-12
                && (high - 0.5 - half).abs() < 1e-12
        );
        assert_eq!((n, coverage, details), (20, Some(0.5), json!({ "sets": [1, 1] })));
        assert_eq!(mean(vec![part(0.4)], "sets").interval, Some((0.4 - 0.1, 0.4 + 0.1)));
    }
}
