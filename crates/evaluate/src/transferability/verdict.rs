//! What was measured of a transfer in, whether to do it out, with the reasons.
//!
//! What was measured counts; what only predicts is asked where nothing was measured.

use serde::Serialize;
use wordferry_align::Verdict;

use super::{BreakEven, Leep};
use crate::Interval;
use crate::advice::LOW_COVERAGE;

/// A proxy A-distance above which rows of the target are unlike what the classifier was trained on.
const FAR: f64 = 1.5;
/// The share of the labels' entropy that a source's probabilities have to explain to tell anything, and to tell enough.
const LEEP_ANYTHING: f64 = 0.02;
const LEEP_ENOUGH: f64 = 0.1;
/// The share of its maximum that the H-score has to reach.
const H_ENOUGH: f64 = 0.05;

/// What is known of a transfer; nothing has to be.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct TransferEvidence {
    /// The verdict on the alignment, where there is one.
    #[serde(serialize_with = "as_text")]
    pub alignment: Option<Verdict>,
    /// The share of the target's tokens that have a vector, 0 to 1.
    pub token_coverage: Option<f64>,
    /// The proxy A-distance of source and target texts, 0 to 2.
    pub proxy_a_distance: Option<f64>,
    /// How well the source's classifier tells the target's labels.
    pub leep: Option<Leep>,
    /// The H-score of the target's labels as a share of its maximum, the number of classes minus 1; 0 to 1.
    pub h_score_share: Option<f64>,
    /// The target labels that there are.
    pub n_labels: usize,
    /// The score of always guessing the commonest class, 0 to 1.
    pub majority: Option<f64>,
    /// The score of the transferred model on target texts, 0 to 1, and its 95 % interval.
    pub transferred: Option<(f64, Interval)>,
    /// What the transferred model scores above a model of the target's labels alone, −1 to 1, and its 95 % interval.
    pub gain: Option<(f64, Interval)>,
    /// Where transfer stops paying.
    pub break_even: Option<BreakEven>,
}

fn as_text<S: serde::Serializer>(verdict: &Option<Verdict>, serializer: S) -> Result<S::Ok, S::Error> {
    verdict.map(|verdict| verdict.to_string()).serialize(serializer)
}

/// Whether to transfer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum TransferVerdict {
    /// It helps.
    Transfer,
    /// It may help, and there is a reason to doubt it.
    WithCare,
    /// It does not help, or harms.
    DoNot,
}

impl std::fmt::Display for TransferVerdict {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Transfer => "transfer",
            Self::WithCare => "transfer with care",
            Self::DoNot => "do not transfer",
        })
    }
}

/// A verdict, and what it rests on.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Judgement {
    /// Whether to transfer.
    pub verdict: TransferVerdict,
    /// Sentences with the numbers, those that decided first.
    pub reasons: Vec<String>,
}

/// Weighs the evidence: one reason against is enough, and one doubt asks for care.
pub fn judge(evidence: &TransferEvidence) -> Judgement {
    let mut scales = Scales::default();
    scales.weigh_measured(evidence);
    match evidence.gain {
        // No gain was seen, nor can it be excluded: what predicts has to decide.
        Some((gain, Interval(_, high))) if gain <= 0.0 && high >= 0.0 => scales.weigh_predicted(evidence),
        Some(_) => scales.tell_break_even(evidence),
        None => scales.weigh_predicted(evidence),
    }
    scales.judgement()
}

#[derive(Default)]
struct Scales {
    against: Vec<String>,
    doubts: Vec<String>,
    favour: Vec<String>,
}

impl Scales {
    fn weigh_measured(&mut self, evidence: &TransferEvidence) {
        let TransferEvidence { n_labels, transferred, majority, gain, .. } = evidence;
        if let Some((score, Interval(low, high))) = transferred {
            let told = format!(
                "the transferred model scores {} ({} to {})",
                points(*score),
                points(*low),
                points(*high)
            );
            match majority {
                Some(majority) if low <= majority => self.against.push(format!(
                    "{told}, which is not distinguishable from always guessing the commonest class ({})",
                    points(*majority)
                )),
                Some(majority) => self.favour.push(format!("{told}, guessing {}", points(*majority))),
                None => self.favour.push(told),
            }
        }
        if let Some((gain, Interval(low, high))) = gain {
            let than = format!(
                "than a model of the {n_labels} target labels alone ({} to {})",
                signed(*low),
                signed(*high)
            );
            let told = format!("it scores {} {than}", compared(*gain));
            if *high < 0.0 {
                self.against.push(told);
            } else if *low > 0.0 {
                self.favour.push(told);
            } else {
                self.doubts.push(format!("{told}: the difference may be chance"));
            }
        }
    }

    /// Without a gain that was measured and is none of chance, where transfer stops paying decides.
    fn weigh_predicted(&mut self, evidence: &TransferEvidence) {
        match evidence.alignment {
            Some(Verdict::Failed) => self.against.push("the alignment failed".into()),
            Some(Verdict::Weak) => self.doubts.push("the alignment is weak".into()),
            Some(Verdict::Ok) => self.favour.push("the alignment is ok".into()),
            None => {}
        }
        if let Some(share) = evidence.token_coverage {
            let told = format!("{} % of the target's tokens have a vector", points(share));
            self.weigh(share >= LOW_COVERAGE, told);
        }
        if let Some(distance) = evidence.proxy_a_distance {
            let told = format!("the proxy A-distance of source and target texts is {distance:.2} of 2");
            self.weigh(distance <= FAR, told);
        }
        if let Some(share) = evidence.h_score_share {
            let told = format!("the H-score is {} % of its maximum", points(share));
            self.weigh(share >= H_ENOUGH, told);
        }
        if let Some(leep) = evidence.leep {
            let explained = leep.explained();
            let told = format!(
                "the source's probabilities explain {} % of the entropy of the target's labels (LEEP {:.3})",
                points(explained),
                leep.leep
            );
            match explained < LEEP_ANYTHING {
                true => self.against.push(told),
                false => self.weigh(explained >= LEEP_ENOUGH, told),
            }
        }
        let Some(break_even) = &evidence.break_even else { return };
        let (n, told) = (evidence.n_labels as f64, told(break_even));
        let told = format!("with {} target labels: {told}", evidence.n_labels);
        match break_even.interval {
            (_, Some(high)) if n >= high => self.against.push(told),
            (low, _) => self.weigh(low.is_none_or(|low| n < low), told),
        }
    }

    fn tell_break_even(&mut self, evidence: &TransferEvidence) {
        self.favour.extend(evidence.break_even.as_ref().map(told));
    }

    fn weigh(&mut self, is_good: bool, told: String) {
        if is_good { self.favour.push(told) } else { self.doubts.push(told) }
    }

    fn judgement(self) -> Judgement {
        let verdict = match (self.against.is_empty(), self.doubts.is_empty(), self.favour.is_empty()) {
            (false, _, _) => TransferVerdict::DoNot,
            (true, false, _) => TransferVerdict::WithCare,
            (true, true, false) => TransferVerdict::Transfer,
            (true, true, true) => {
                let reasons = vec!["nothing is known: label 100 target texts".into()];
                return Judgement { verdict: TransferVerdict::WithCare, reasons };
            }
        };
        Judgement { verdict, reasons: [self.against, self.doubts, self.favour].concat() }
    }
}

/// Where transfer stops paying, as a sentence.
fn told(break_even: &BreakEven) -> String {
    let end = |end: Option<f64>| end.map_or("never".into(), |n| format!("{n:.0}"));
    let (low, high) = break_even.interval;
    match break_even.n_labels {
        Some(n) => format!("transfer stops paying at {n:.0} labels ({} to {})", end(low), end(high)),
        None => format!("transfer pays up to {} labels, the most that were tried", break_even.n_measured),
    }
}

fn points(share: f64) -> String {
    format!("{:.1}", 100.0 * share)
}

fn signed(share: f64) -> String {
    format!("{:+.1}", 100.0 * share)
}

fn compared(gain: f64) -> String {
    format!("{:.1} points {}", 100.0 * gain.abs(), if gain < 0.0 { "lower" } else { "higher" })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[track_caller]
    fn check(evidence: TransferEvidence, verdict: TransferVerdict, first: &str) {
        let found = judge(&evidence);
        assert_eq!(found.verdict, verdict, "{found:?}");
        assert_eq!(found.reasons[0], first, "{found:?}");
    }

    fn known() -> TransferEvidence {
        TransferEvidence::default()
    }

    #[test]
    fn what_was_measured_counts() {
        let gain = |gain, low, high| Some((gain, Interval(low, high)));
        let failed = || TransferEvidence { alignment: Some(Verdict::Failed), n_labels: 64, ..known() };
        check(
            TransferEvidence { gain: gain(0.05, 0.02, 0.08), ..failed() },
            TransferVerdict::Transfer,
            "it scores 5.0 points higher than a model of the 64 target labels alone (+2.0 to +8.0)",
        );
        check(
            TransferEvidence { gain: gain(-0.05, -0.08, -0.02), ..failed() },
            TransferVerdict::DoNot,
            "it scores 5.0 points lower than a model of the 64 target labels alone (-8.0 to -2.0)",
        );
        check(
            TransferEvidence { gain: gain(0.01, -0.01, 0.03), ..failed() },
            TransferVerdict::WithCare,
            "it scores 1.0 points higher than a model of the 64 target labels alone (-1.0 to +3.0): the difference may be chance",
        );
        check(
            TransferEvidence { gain: gain(-0.01, -0.03, 0.01), ..failed() },
            TransferVerdict::DoNot,
            "the alignment failed",
        );
        check(
            TransferEvidence { gain: gain(-0.01, -0.03, 0.01), n_labels: 64, ..known() },
            TransferVerdict::WithCare,
            "it scores 1.0 points lower than a model of the 64 target labels alone (-3.0 to +1.0): the difference may be chance",
        );
        let guessing = Some((0.52, Interval(0.49, 0.55)));
        check(
            TransferEvidence { transferred: guessing, majority: Some(0.5), ..known() },
            TransferVerdict::DoNot,
            "the transferred model scores 52.0 (49.0 to 55.0), which is not distinguishable from always guessing the commonest \
             class (50.0)",
        );
    }

    #[test]
    fn without_measurements_predictions_decide() {
        use TransferVerdict::{DoNot, Transfer, WithCare};
        check(known(), WithCare, "nothing is known: label 100 target texts");
        check(
            TransferEvidence { alignment: Some(Verdict::Failed), ..known() },
            DoNot,
            "the alignment failed",
        );
        let covered = TransferEvidence { alignment: Some(Verdict::Ok), token_coverage: Some(0.9), ..known() };
        check(covered.clone(), Transfer, "the alignment is ok");
        let told = "75.0 % of the target's tokens have a vector";
        check(TransferEvidence { token_coverage: Some(0.75), ..covered.clone() }, WithCare, told);
        let told = "the proxy A-distance of source and target texts is 1.90 of 2";
        check(TransferEvidence { proxy_a_distance: Some(1.9), ..covered.clone() }, WithCare, told);
        let leep = Some(Leep { leep: -0.69, chance: -0.693 });
        let told =
            "the source's probabilities explain 0.4 % of the entropy of the target's labels (LEEP -0.690)";
        check(TransferEvidence { leep, ..covered.clone() }, DoNot, told);
        let break_even = |n_labels| TransferEvidence {
            break_even: Some(BreakEven {
                n_labels: Some(100.0),
                interval: (Some(80.0), Some(150.0)),
                n_measured: 256,
            }),
            n_labels,
            ..covered.clone()
        };
        let told = "with 200 target labels: transfer stops paying at 100 labels (80 to 150)";
        check(break_even(200), DoNot, told);
        check(
            break_even(100),
            WithCare,
            "with 100 target labels: transfer stops paying at 100 labels (80 to 150)",
        );
        check(break_even(20), Transfer, "the alignment is ok");
    }
}
