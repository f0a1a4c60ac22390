//! `wordferry evaluate lexicon` in both directions, by a map that was learned from other pairs.

use std::collections::HashSet;

use serde_json::json;
use wordferry_align::{Criterion, Lexicon};
use wordferry_evaluate::score_lexicon;

use super::{Part, mean};
use crate::Measurement;
use crate::reason::Reason;
use crate::subject::{Hub, Pair, Subject};

/// Where a lexicon has no part to test with, every so many-th of its source words is kept for that.
const KEPT: usize = 5;

pub(super) fn measure(subject: &Subject<'_>, hub: &Hub<'_>) -> Result<Measurement, Reason> {
    let (folder, own) = (&subject.benchmark.folder, subject.language);
    let training = folder.training_lexicon(hub.language, own).map(|file| file.open()).transpose()?;
    let tests = [folder.test_lexicon(hub.language, own), folder.test_lexicon(own, hub.language)];
    match (tests, training) {
        ([Some(from_hub), Some(to_hub)], training) => {
            let tests = [from_hub.open()?, to_hub.open()?];
            both_directions(&*subject.pair(hub)?, tests, &training.unwrap_or_default(), [hub.language, own])
        }
        (_, Some(whole)) => {
            let (training, test) = split(&whole);
            let pair = subject.pair_by(hub, training.clone())?;
            let tests = [test.clone(), test.reversed()];
            both_directions(&pair, tests, &training, [hub.language, own])
        }
        (_, None) => Err(Reason::Missing(format!("no lexicon of {} and {own}", hub.language))),
    }
}

/// From the hub and to it.
fn both_directions(
    pair: &Pair,
    [from_hub, to_hub]: [Lexicon; 2],
    training: &Lexicon,
    [hub, own]: [&str; 2],
) -> Result<Measurement, Reason> {
    let (of_hub, of_own) = (pair.hub.embeddings(), pair.own.embeddings());
    let criterion = Criterion::Csls { k: 10 };
    let mut parts = Vec::new();
    for (from, to, source, target, test, training) in [
        (hub, own, of_hub, of_own, from_hub, training.clone()),
        (own, hub, of_own, of_hub, to_hub, training.reversed()),
    ] {
        let (test, n_left_out) = unseen(&test, &training);
        let scores = score_lexicon(source, target, &test, criterion, None)?;
        parts.push(Part {
            score: scores.p_at_1,
            interval: scores.p_at_1_ci,
            n: scores.n_queries,
            coverage: scores.coverage,
            details: json!({ "from": from, "to": to, "scores": scores, "n_in_training": n_left_out }),
        });
    }
    let mut measurement = mean(parts, "directions");
    measurement.details["alignment"] = json!(pair.aligned.report());
    Ok(measurement)
}

/// The pairs of a test whose source words have no pair of theirs in training, and how many pairs were left out.
fn unseen(test: &Lexicon, training: &Lexicon) -> (Lexicon, usize) {
    let training: HashSet<_> = training.pairs().iter().collect();
    let seen = test.pairs().iter().filter(|pair| training.contains(pair)).map(|pair| &pair.0);
    let seen: HashSet<&String> = seen.collect();
    let pairs: Vec<_> = test.pairs().iter().filter(|pair| !seen.contains(&pair.0)).cloned().collect();
    let n_left_out = test.pairs().len() - pairs.len();
    (Lexicon::from_pairs(pairs), n_left_out)
}

/// A lexicon in two, by its source words in their order: to train and to test with.
fn split(whole: &Lexicon) -> (Lexicon, Lexicon) {
    let mut kept = HashSet::new();
    let mut known = HashSet::new();
    for (word, _) in whole.pairs() {
        if known.insert(word) && known.len() % KEPT == 0 {
            kept.insert(word);
        }
    }
    let (test, training): (Vec<_>, Vec<_>) =
        whole.pairs().iter().cloned().partition(|(word, _)| kept.contains(word));
    (Lexicon::from_pairs(training), Lexicon::from_pairs(test))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn lexicon(pairs: &[(&str, &str)]) -> Lexicon {
        Lexicon::from_pairs(pairs.iter().map(|(a, b)| (a.to_string(), b.to_string())).collect())
    }

    #[test]
    fn what_was_learned_is_no_test() {
        let training = lexicon(&[("a", "x"), ("b", "y")]);
        let (test, n_left_out) =
            unseen(&lexicon(&[("a", "z"), ("a", "x"), ("b", "z"), ("c", "y")]), &training);
        assert_eq!((test.pairs(), n_left_out), (lexicon(&[("b", "z"), ("c", "y")]).pairs(), 2));
    }

    #[test]
    fn every_fifth_word_is_kept() {
        let pairs: Vec<(String, String)> =
            (0..10).flat_map(|i| [0, 1].map(|j| (format!("a{i}"), format!("b{i}{j}")))).collect();
        let (training, test) = split(&Lexicon::from_pairs(pairs));
        assert_eq!((training.pairs().len(), test.pairs().len()), (16, 4));
        let words: Vec<&str> = test.pairs().iter().map(|pair| &*pair.0).collect();
        assert_eq!(words, ["a4", "a4", "a9", "a9"]);
    }
}
