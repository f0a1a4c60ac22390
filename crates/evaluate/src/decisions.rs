//! Decisions and true classes in, whether they keep what was promised out.

use std::fmt::{self, Display, Formatter};

use serde::Serialize;
use wordferry_classify::Answer;
use wordferry_transfer::Reply;

use crate::Interval;

/// How the decisions of a model do that was trained to keep a budget of false positives or a confidence. Shares are 0 to 1, intervals
/// Wilson's of 95 %.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct DecisionScores {
    /// Texts.
    pub n: usize,
    /// Share of the texts that are not put off.
    pub decided: f64,
    /// Share of those that is right; none if all are put off.
    pub accuracy_decided: Option<f64>,
    /// By a budget: share of the other texts that is taken for the positive class; none if there are none.
    pub fpr: Option<f64>,
    /// Its interval.
    pub fpr_ci: Option<Interval>,
    /// By a budget: share of the texts of the positive class that is found; none if there are none.
    pub recall: Option<f64>,
    /// Its interval.
    pub recall_ci: Option<Interval>,
    /// By a confidence: share of the texts whose set of classes holds the true one.
    pub coverage: Option<f64>,
    /// Its interval.
    pub coverage_ci: Option<Interval>,
}

/// Hits among trials.
struct Share(usize, usize);

impl Share {
    /// Of those that `counts`, the share that `hits`.
    fn of<'a>(
        rows: impl Iterator<Item = (usize, &'a Reply)>,
        counts: impl Fn(usize, &Reply) -> bool,
        hits: impl Fn(usize, &Reply) -> bool,
    ) -> Self {
        rows.filter(|(truth, reply)| counts(*truth, reply))
            .fold(Self(0, 0), |Self(n_hits, n), (truth, reply)| {
                Self(n_hits + usize::from(hits(truth, reply)), n + 1)
            })
    }

    fn value(&self) -> Option<f64> {
        (self.1 > 0).then(|| self.0 as f64 / self.1 as f64)
    }

    fn interval(&self) -> Option<Interval> {
        (self.1 > 0).then(|| Interval::of_share(self.0, self.1))
    }
}

impl DecisionScores {
    /// Of replies to texts of the classes `truth`. `positive` is the class that a budget is for, if there is one; `None` unless the model
    /// decides.
    ///
    /// # Panics
    /// If there are not as many replies as texts.
    pub fn of(truth: &[usize], replies: &[Reply], positive: Option<usize>) -> Option<Self> {
        assert_eq!(truth.len(), replies.len(), "one reply a text");
        replies.first()?.decision?;
        let rows = || truth.iter().copied().zip(replies);
        let is = |reply: &Reply, class: usize| reply.decision == Some(Answer::Label(class));
        let is_decided = |_: usize, reply: &Reply| reply.decision != Some(Answer::Unsure);
        let decided = Share::of(rows(), |_, _| true, is_decided);
        let right = Share::of(rows(), is_decided, |truth, reply| is(reply, truth));
        let of_budget = |is_positive: bool| {
            let found = |class| {
                Share::of(rows(), |truth, _| (truth == class) == is_positive, |_, reply| is(reply, class))
            };
            positive.map(found)
        };
        let (wrong, found) = (of_budget(false), of_budget(true));
        let names_sets = replies[0].set.is_some();
        let holds = |truth, reply: &Reply| reply.set.iter().flatten().any(|&class| class == truth);
        let covered = names_sets.then(|| Share::of(rows(), |_, _| true, holds));
        let value = |share: &Option<Share>| share.as_ref().and_then(Share::value);
        let interval = |share: &Option<Share>| share.as_ref().and_then(Share::interval);
        Some(Self {
            n: truth.len(),
            decided: decided.value().unwrap_or(0.0),
            accuracy_decided: right.value(),
            fpr: value(&wrong),
            fpr_ci: interval(&wrong),
            recall: value(&found),
            recall_ci: interval(&found),
            coverage: value(&covered),
            coverage_ci: interval(&covered),
        })
    }
}

/// A share as per cent: two decimals, and of a share below 0.01 % two digits that count.
pub fn per_cent(share: f64) -> String {
    let value = 100.0 * share;
    let decimals = if value > 0.0 && value < 0.01 { 1.0 - value.log10().floor() } else { 2.0 };
    format!("{value:.*}", decimals as usize)
}

impl Display for DecisionScores {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        writeln!(f, "decided {:.1} % of the texts", 100.0 * self.decided)?;
        let lines = [
            ("of these right", self.accuracy_decided, None),
            ("false positives", self.fpr, self.fpr_ci),
            ("found", self.recall, self.recall_ci),
            ("possible classes hold the true one", self.coverage, self.coverage_ci),
        ];
        for (name, value, interval) in lines {
            let Some(value) = value else { continue };
            write!(f, "{name} {} %", per_cent(value))?;
            match interval {
                Some(Interval(low, high)) => {
                    writeln!(f, " (95 % interval {} to {})", per_cent(low), per_cent(high))?;
                }
                None => writeln!(f)?,
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use wordferry_classify::Prediction;

    fn reply(decision: Answer, set: Option<Vec<usize>>) -> Reply {
        Reply { prediction: Prediction { class: 0, probability: 0.5 }, decision: Some(decision), set }
    }

    #[test]
    fn by_hand() {
        use Answer::{Label, Unsure};
        // Ham as ham, unsure, spam; spam as spam, unsure.
        let truth = [0, 0, 0, 1, 1];
        let replies = [Label(0), Unsure, Label(1), Label(1), Unsure].map(|answer| reply(answer, None));
        let found = DecisionScores::of(&truth, &replies, Some(1)).unwrap();
        assert_eq!((found.decided, found.accuracy_decided), (0.6, Some(2.0 / 3.0)));
        assert_eq!((found.fpr, found.recall, found.coverage), (Some(1.0 / 3.0), Some(0.5), None));
        assert!(
            found.to_string().contains("false positives 33.33 % (95 % interval 6.15 to 79.23)"),
            "{found}"
        );
        assert_eq!(DecisionScores::of(&[0; 5], &replies, Some(1)).unwrap().recall, None);
    }

    #[test]
    fn small_shares_are_no_zeros() {
        let found = [0.0, 0.5, 0.000_1, 0.000_05, 0.000_001_23].map(per_cent);
        assert_eq!(found, ["0.00", "50.00", "0.01", "0.0050", "0.00012"]);
    }

    #[test]
    fn sets_cover_by_hand() {
        let replies = [vec![0], vec![0, 1], vec![], vec![1]].map(|set| {
            let answer = if let [class] = set[..] { Answer::Label(class) } else { Answer::Unsure };
            reply(answer, Some(set))
        });
        let found = DecisionScores::of(&[0, 1, 1, 0], &replies, None).unwrap();
        assert_eq!((found.coverage, found.accuracy_decided, found.fpr), (Some(0.5), Some(0.5), None));
        let plain = Reply { decision: None, ..replies[0].clone() };
        assert_eq!(DecisionScores::of(&[0], &[plain], None), None);
    }
}
