//! Scores and evidence in, one line that says what to do with the model out.

use wordferry_align::Verdict;

use crate::{Interval, Scores};

/// Coverage below which unknown words are the first suspect.
pub(crate) const LOW_COVERAGE: f64 = 0.8;
/// Accuracy above always guessing the commonest class, at the interval's lower end, below which a model is of little use.
const LITTLE_USE: f64 = 0.1;
/// A gap to the source language that asks for target labels.
const WIDE_GAP: f64 = 0.1;

/// The advice for a target. `gap` is the accuracy in the source language minus the accuracy here.
pub(crate) fn advice(
    verdict: Verdict,
    token_coverage: Option<f64>,
    scores: Option<&Scores>,
    gap: Option<f64>,
) -> String {
    if verdict == Verdict::Failed {
        return "do not use: the alignment failed; give a lexicon of 1,000 pairs or more, or better vectors"
            .into();
    }
    let unknown_words = token_coverage.filter(|&share| share < LOW_COVERAGE).map(|share| {
        format!(
            "{:.0} % of the tokens have no vector: use larger vectors, or some with subwords",
            100.0 * (1.0 - share)
        )
    });
    let Some(scores) = scores else {
        let untested =
            "untested: label 100 texts of this language and name them as `test` to know how far to trust it";
        return unknown_words.map_or(untested.into(), |unknown| format!("{untested}; {unknown}"));
    };
    if scores.majority == 1.0 {
        return "untested: the test texts are all of one class; add some of the others".into();
    }
    let Interval(low, high) = plausible(scores);
    if low <= scores.majority {
        let why = unknown_words.unwrap_or_else(|| "label some texts of this language".into());
        return format!("do not use: not distinguishable from always guessing the commonest class; {why}");
    }
    let trust = format!("on texts like these expect {:.0} to {:.0} % right", 100.0 * low, 100.0 * high);
    let care = match (verdict, unknown_words, gap) {
        (Verdict::Weak, _, _) => Some("the alignment is weak: a larger lexicon would help most".into()),
        (_, Some(unknown), _) => Some(unknown),
        _ if low < scores.majority + LITTLE_USE => Some(format!(
            "always guessing the commonest class gives {:.0} %: some labels of this language would help most",
            100.0 * scores.majority
        )),
        (_, _, Some(gap)) if gap > WIDE_GAP => Some(format!(
            "{:.0} points behind the source: some labels of this language would help most",
            100.0 * gap
        )),
        _ => None,
    };
    match care {
        Some(care) => format!("use with care: {trust}; {care}"),
        None => format!("usable: {trust}"),
    }
}

/// The wider of two intervals at either end: the bootstrap's has no width where all of a few texts are right.
fn plausible(scores: &Scores) -> Interval {
    let right = (scores.accuracy * scores.n as f64).round() as usize;
    let wilson = Interval::of_share(right, scores.n);
    Interval(scores.accuracy_ci.0.min(wilson.0), scores.accuracy_ci.1.max(wilson.1))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn scores(share_right: f64) -> Scores {
        let truth: Vec<usize> = (0..1000).map(|i| i % 2).collect();
        let right = (1000.0 * share_right) as usize;
        let predicted: Vec<usize> = (0..1000).map(|i| if i < right { i % 2 } else { 1 - i % 2 }).collect();
        Scores::of(&truth, &predicted, 2, 42)
    }

    fn check(verdict: Verdict, coverage: f64, accuracy: Option<f64>, gap: f64, expected: &str) {
        let scores = accuracy.map(scores);
        let advice = advice(verdict, Some(coverage), scores.as_ref(), Some(gap));
        assert!(advice.starts_with(expected), "{advice}");
    }

    #[test]
    fn advice_follows_the_worst_news() {
        check(Verdict::Failed, 1.0, Some(0.9), 0.0, "do not use: the alignment failed");
        check(Verdict::Ok, 1.0, None, 0.0, "untested: ");
        let four = Scores::of(&[0, 1, 0, 1], &[0, 1, 0, 1], 2, 42);
        let words = advice(Verdict::Ok, Some(1.0), Some(&four), None);
        assert!(words.starts_with("use with care: on texts like these expect 51 to 100 %"), "{words}");
        let one_class = Scores::of(&[0, 0, 0], &[0, 0, 1], 2, 42);
        assert!(advice(Verdict::Ok, None, Some(&one_class), None).contains("all of one class"));
        check(Verdict::Ok, 1.0, Some(0.51), 0.0, "do not use: not distinguishable");
        check(
            Verdict::Weak,
            1.0,
            Some(0.8),
            0.0,
            "use with care: on texts like these expect 77 to 82 % right; the alignment",
        );
        check(
            Verdict::Ok,
            0.5,
            Some(0.8),
            0.0,
            "use with care: on texts like these expect 77 to 82 % right; 50 % of",
        );
        check(
            Verdict::Ok,
            1.0,
            Some(0.8),
            0.15,
            "use with care: on texts like these expect 77 to 82 % right; 15 points",
        );
        check(
            Verdict::Ok,
            1.0,
            Some(0.55),
            0.0,
            "use with care: on texts like these expect 52 to 58 % right; always",
        );
        check(Verdict::Ok, 1.0, Some(0.8), 0.05, "usable: on texts like these expect 77 to 82 % right");
    }
}
