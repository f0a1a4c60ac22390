//! How probable a class is by its log-odds, and from where on a text is said to have it.

use super::platt;
use super::softmax::logistic;

const MOST_FOLDS: usize = 5;
/// Texts with the class, and texts without it, below which a calibration and a threshold would follow chance.
const FEWEST: usize = 10;

/// Tells a class from its absence: the log-odds of a held-out text become a probability by a straight line (Platt 1999), and the text has the
/// class from the threshold on that gives the highest F1 (Yang 2001).
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Detector {
    /// The factor of the log-odds, not below 0.
    pub slope: f64,
    /// What is added to them.
    pub offset: f64,
    /// The lowest probability of texts that have the class, 0 to 1.
    pub threshold: f32,
}

impl Default for Detector {
    /// Log-odds as they are, decided at even odds.
    fn default() -> Self {
        Self { slope: 1.0, offset: 0.0, threshold: 0.5 }
    }
}

impl Detector {
    /// Learned from the log-odds `scores` of held-out texts and whether each has the class. With fewer than 10 texts of either kind
    /// it is the default.
    ///
    /// # Panics
    /// If there is not one score a text.
    pub fn fit(scores: &[f32], truth: &[bool]) -> Self {
        assert_eq!(scores.len(), truth.len(), "one score a text");
        if fewest(truth) < FEWEST {
            return Self::default();
        }
        let labels: Vec<usize> = truth.iter().map(|&has| usize::from(has)).collect();
        let (slope, offset) = platt::fit(scores, &labels);
        let line = Self { slope, offset, threshold: 0.5 };
        let probabilities: Vec<f32> = scores.iter().map(|&score| line.probability(score)).collect();
        Self { threshold: best_threshold(&probabilities, truth), ..line }
    }

    /// The probability of the class, 0 to 1.
    pub fn probability(&self, score: f32) -> f32 {
        logistic(self.slope * f64::from(score) + self.offset) as f32
    }

    /// The probability of every text, and whether the text is said to have the class, by what was learned without the text's fold: what can be
    /// expected of fresh texts. Folds go by the order of the texts.
    ///
    /// # Panics
    /// If there is not one score a text.
    pub fn cross_fit(scores: &[f32], truth: &[bool]) -> (Vec<f32>, Vec<bool>) {
        let folds = folds(truth);
        let (mut probabilities, mut decisions) = (vec![0.0; truth.len()], vec![false; truth.len()]);
        for fold in 0..MOST_FOLDS {
            let kept = (0..truth.len()).filter(|&row| folds[row] != fold);
            let (kept_scores, kept_truth): (Vec<f32>, Vec<bool>) =
                kept.map(|row| (scores[row], truth[row])).unzip();
            let detector = Self::fit(&kept_scores, &kept_truth);
            for row in (0..truth.len()).filter(|&row| folds[row] == fold) {
                probabilities[row] = detector.probability(scores[row]);
                decisions[row] = probabilities[row] >= detector.threshold;
            }
        }
        (probabilities, decisions)
    }
}

/// How many texts there are of the rarer kind.
fn fewest(truth: &[bool]) -> usize {
    let n_with = truth.iter().filter(|has| **has).count();
    n_with.min(truth.len() - n_with)
}

/// A fold for every text; those with the class go round them, and those without it.
fn folds(truth: &[bool]) -> Vec<usize> {
    let mut seen = [0, 0];
    let fold = |&has: &bool| {
        seen[usize::from(has)] += 1;
        (seen[usize::from(has)] - 1) % MOST_FOLDS
    };
    truth.iter().map(fold).collect()
}

/// The threshold of the highest F1, half way to the next lower probability; the highest of those that are as good.
fn best_threshold(probabilities: &[f32], truth: &[bool]) -> f32 {
    let n_with = truth.iter().filter(|has| **has).count();
    let mut order: Vec<usize> = (0..truth.len()).collect();
    order.sort_by(|&a, &b| probabilities[b].total_cmp(&probabilities[a]));
    let (mut n_found, mut n_right) = (0, 0);
    let (mut best, mut threshold) = (0.0, 0.5);
    let mut groups = order.chunk_by(|&a, &b| probabilities[a] == probabilities[b]).peekable();
    while let Some(equal) = groups.next() {
        n_found += equal.len();
        n_right += equal.iter().filter(|&&row| truth[row]).count();
        let f1 = 2.0 * n_right as f64 / (n_found + n_with) as f64;
        if f1 > best {
            let own = probabilities[equal[0]];
            let below = groups.peek().map_or(own, |next| probabilities[next[0]]);
            (best, threshold) = (f1, f32::midpoint(own, below));
        }
    }
    threshold
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_threshold_has_the_highest_f1() {
        let check = |rows: &[(f32, bool)], expected: f32| {
            let (probabilities, truth): (Vec<f32>, Vec<bool>) = rows.iter().copied().unzip();
            let found = best_threshold(&probabilities, &truth);
            assert!((found - expected).abs() < 1e-6, "{found}, expected {expected}");
        };
        // F1 after 0.9: 2/3, after 0.4: 2·2/(3+2), after 0.2 and 0.1 lower.
        check(&[(0.9, true), (0.6, false), (0.4, true), (0.2, false), (0.1, false)], 0.3);
        check(&[(0.3, true), (0.3, false), (0.1, false)], 0.2);
        check(&[(0.2, false), (0.1, true)], 0.1);
    }

    #[test]
    fn few_texts_teach_nothing() {
        let truth: Vec<bool> = (0..100).map(|row| row < FEWEST - 1).collect();
        let scores: Vec<f32> = truth.iter().map(|&has| if has { 1.0 } else { -1.0 }).collect();
        assert_eq!(Detector::fit(&scores, &truth), Detector::default());
        let inverse: Vec<bool> = truth.iter().map(|has| !has).collect();
        assert_eq!(Detector::fit(&scores, &inverse), Detector::default());
    }

    #[test]
    fn a_rare_class_is_found_below_even_odds() {
        // One text in ten has the class; scores overlap, so that few of them are above even odds.
        let truth: Vec<bool> = (0..1000).map(|row| row % 10 == 0).collect();
        let noise = |row: usize| (row * 7919 % 1000) as f32 / 250.0 - 2.0;
        let scores: Vec<f32> = (0..1000).map(|row| noise(row) + if truth[row] { 1.5 } else { 0.0 }).collect();
        let detector = Detector::fit(&scores, &truth);
        assert!((0.1..0.5).contains(&detector.threshold), "{detector:?}");
        let sum: f32 = scores.iter().map(|&score| detector.probability(score)).sum();
        assert!((sum - 100.0).abs() < 3.0, "{sum} expected of 100");
        let f1 = |decisions: Vec<bool>| {
            let hits = decisions.iter().zip(&truth).filter(|(found, has)| **found && **has).count();
            2.0 * hits as f64 / (100 + decisions.iter().filter(|found| **found).count()) as f64
        };
        let seen =
            f1(scores.iter().map(|&score| detector.probability(score) >= detector.threshold).collect());
        let fresh = f1(Detector::cross_fit(&scores, &truth).1);
        assert!(fresh > 0.3 && fresh <= seen, "{fresh} {seen}");
    }
}
