//! Scores of a positive class in, how well they order the texts out.

use serde::Serialize;

use crate::Interval;

/// The shares of false positives at which the recall is reported.
const BUDGETS: [f64; 3] = [0.001, 0.005, 0.01];

/// Texts by ascending score of the positive class.
pub(crate) struct Ranking {
    /// Texts of equal scores are neighbours.
    groups: Vec<Vec<usize>>,
    is_positive: Vec<bool>,
}

impl Ranking {
    pub(crate) fn of(scores: &[f32], is_positive: Vec<bool>) -> Self {
        let mut order: Vec<usize> = (0..scores.len()).collect();
        order.sort_by(|&a, &b| scores[a].total_cmp(&scores[b]));
        let groups = order.chunk_by(|&a, &b| scores[a] == scores[b]).map(<[usize]>::to_vec).collect();
        Self { groups, is_positive }
    }

    /// The probability, 0 to 1, that a positive text scores higher than a negative one, half of it where they are equal: the area
    /// under the receiver's curve (Hanley and McNeil 1982). Every text counts `times` as often; `None` unless there are both.
    pub(crate) fn auc(&self, times: &[u32]) -> Option<f64> {
        let (mut negatives, mut positives, mut sum) = (0.0, 0.0, 0.0);
        for group in &self.groups {
            let count = |positive: bool| -> f64 {
                let rows = group.iter().filter(|&&row| self.is_positive[row] == positive);
                rows.map(|&row| f64::from(times[row])).sum()
            };
            let (negative, positive) = (count(false), count(true));
            sum += positive * (negatives + negative / 2.0);
            negatives += negative;
            positives += positive;
        }
        (negatives > 0.0 && positives > 0.0).then(|| sum / (negatives * positives))
    }

    /// The recall at every budget; nothing unless there are texts of both classes.
    pub(crate) fn recalls(&self) -> Vec<RecallAtFpr> {
        let n_positive = self.is_positive.iter().filter(|&&is_positive| is_positive).count();
        let n_negative = self.is_positive.len() - n_positive;
        match n_positive == 0 || n_negative == 0 {
            true => Vec::new(),
            false => BUDGETS.iter().map(|&budget| self.recall(budget, n_positive, n_negative)).collect(),
        }
    }

    fn recall(&self, budget: f64, n_positive: usize, n_negative: usize) -> RecallAtFpr {
        let (mut found, mut wrong) = (0, 0);
        for group in self.groups.iter().rev() {
            let positive = group.iter().filter(|&&row| self.is_positive[row]).count();
            let negative = group.len() - positive;
            // 1e-9: 0.005 · 200 is one text.
            if (wrong + negative) as f64 > budget * n_negative as f64 + 1e-9 {
                break;
            }
            found += positive;
            wrong += negative;
        }
        RecallAtFpr {
            budget,
            recall: found as f64 / n_positive as f64,
            recall_ci: Interval::of_share(found, n_positive),
            fpr: wrong as f64 / n_negative as f64,
            fpr_ci: Interval::of_share(wrong, n_negative),
            enough_texts: n_negative as f64 * budget >= 1.0 - 1e-9,
        }
    }
}

/// How much of the positive class is found without flagging more of the others than a budget allows, by the best threshold on the
/// very texts that are measured: what the order of the texts is worth, not what a threshold chosen beforehand keeps.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct RecallAtFpr {
    /// The share of other texts that may be flagged, 0 to 1.
    pub budget: f64,
    /// Share of the positive texts that is flagged, 0 to 1.
    pub recall: f64,
    /// Its 95 % interval at this threshold (Wilson).
    pub recall_ci: Interval,
    /// Share of the other texts that is flagged, 0 to 1.
    pub fpr: f64,
    /// Its 95 % interval at this threshold (Wilson).
    pub fpr_ci: Interval,
    /// Whether there are 1 / budget other texts or more; with fewer, none at all may be flagged.
    pub enough_texts: bool,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn auc_by_hand() {
        let check = |scores: &[f32], positives: &[usize], times: &[u32], expected: Option<f64>| {
            let is_positive = (0..scores.len()).map(|row| positives.contains(&row)).collect();
            assert_eq!(Ranking::of(scores, is_positive).auc(times), expected, "{scores:?} {positives:?}");
        };
        check(&[1.0, 2.0, 3.0, 4.0], &[2, 3], &[1; 4], Some(1.0));
        check(&[1.0, 2.0, 3.0, 4.0], &[0, 1], &[1; 4], Some(0.0));
        check(&[1.0, 2.0, 3.0, 4.0], &[1, 3], &[1; 4], Some(0.75));
        check(&[5.0; 4], &[1, 3], &[1; 4], Some(0.5));
        check(&[1.0, 2.0, 2.0], &[2], &[1; 3], Some(0.75));
        check(&[1.0, 2.0, 2.0], &[2], &[2, 1, 3], Some(2.5 / 3.0));
        check(&[1.0, 2.0], &[], &[1; 2], None);
        check(&[1.0, 2.0], &[1], &[0, 1], None);
    }

    #[test]
    fn recall_by_hand() {
        // 200 negatives 0 to 199, positives at 150.5, 198.5 and 199.5.
        let scores: Vec<f32> = (0..200).map(|i| i as f32).chain([150.5, 198.5, 199.5]).collect();
        let found = Ranking::of(&scores, (0..203).map(|row| row >= 200).collect()).recalls();
        let recalls: Vec<(f64, f64, bool)> =
            found.iter().map(|found| (found.recall, found.fpr, found.enough_texts)).collect();
        assert_eq!(recalls, [(1.0 / 3.0, 0.0, false), (2.0 / 3.0, 0.005, true), (2.0 / 3.0, 0.01, true)]);
        assert!(Ranking::of(&[1.0, 2.0], vec![true; 2]).recalls().is_empty());
    }

    #[test]
    fn equal_scores_are_flagged_together() {
        let scores: Vec<f32> = (0..400).map(|i| if i < 390 { 0.0 } else { 1.0 }).collect();
        let found = Ranking::of(&scores, (0..400).map(|row| row >= 395).collect()).recalls();
        assert!(
            found.iter().all(|found| found.recall == 0.0),
            "five negatives share the highest score: {found:?}"
        );
    }
}
