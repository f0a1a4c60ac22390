//! Predictions on held-out texts in, whether they are better than chance out.
//!
//! Accuracy would let a filter pass that never finds spam. The balanced accuracy, the mean over classes of the share that is
//! recognised, is 1 / c for whatever does not look at the text: always the commonest class, or a draw.

use crate::{Error, Result};

/// z of a two-sided 95 % interval.
const Z_95: f64 = 1.959_963_984_540_054;

/// How much of every class is recognised.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct BalancedAccuracy {
    /// The mean over the classes that occur of the share of their texts that is recognised, 0 to 1.
    pub value: f64,
    /// Its 95 % interval, each class with 2 / c texts more that are right and as many that are wrong (Price and Bonett 2004):
    /// unlike the plain one it has a width where all of a few texts are right.
    pub interval: (f64, f64),
    /// What does not look at the text reaches: 1 / the number of classes that occur.
    pub chance: f64,
    /// Texts.
    pub n_rows: usize,
}

impl BalancedAccuracy {
    /// Of predictions; `truth` and `predicted` are class indices below `n_classes`. `None` if fewer than two classes occur.
    ///
    /// # Panics
    /// If there are not as many predictions as texts, or an index is too high.
    pub fn of(truth: &[usize], predicted: &[usize], n_classes: usize) -> Option<Self> {
        assert_eq!(truth.len(), predicted.len(), "one prediction a text");
        let mut counts = vec![(0.0, 0.0); n_classes];
        for (&truth, &predicted) in truth.iter().zip(predicted) {
            counts[truth].0 += f64::from(u8::from(truth == predicted));
            counts[truth].1 += 1.0;
        }
        counts.retain(|&(_, n)| n > 0.0);
        if counts.len() < 2 {
            return None;
        }
        let c = counts.len() as f64;
        let value = counts.iter().map(|(hits, n)| hits / n).sum::<f64>() / c;
        let (mut centre, mut variance) = (0.0, 0.0);
        for (hits, n) in &counts {
            let (share, n) = ((hits + 2.0 / c) / (n + 4.0 / c), n + 4.0 / c);
            centre += share / c;
            variance += share * (1.0 - share) / n / (c * c);
        }
        let half = Z_95 * variance.sqrt();
        let interval = ((centre - half).max(0.0), (centre + half).min(1.0));
        Some(Self { value, interval, chance: 1.0 / c, n_rows: truth.len() })
    }

    /// The mean over several questions about the same texts; `None` of none. Its interval is as wide as if all were wrong on the same
    /// texts: it cannot be too narrow.
    pub fn mean(of: &[Self]) -> Option<Self> {
        let mean = |value: fn(&Self) -> f64| of.iter().map(value).sum::<f64>() / of.len() as f64;
        let first = of.first()?;
        Some(Self {
            value: mean(|found| found.value),
            interval: (mean(|found| found.interval.0), mean(|found| found.interval.1)),
            chance: mean(|found| found.chance),
            n_rows: first.n_rows,
        })
    }

    /// An error unless the whole interval is above chance.
    ///
    /// # Errors
    /// [`Error::NoBetterThanChance`].
    pub fn check(self) -> Result<Self> {
        match self.is_above_chance() {
            true => Ok(self),
            false => Err(Error::NoBetterThanChance { found: self }),
        }
    }

    /// Whether the whole interval is above chance.
    pub fn is_above_chance(&self) -> bool {
        self.interval.0 > self.chance
    }
}

/// The quality gate: an error unless predictions on held-out texts are better than chance beyond doubt.
///
/// # Errors
/// [`Error::NoBetterThanChance`] if the 95 % interval of the balanced accuracy reaches down to chance; another if there are not
/// held-out texts of two classes.
///
/// # Panics
/// If there are not as many predictions as texts, or an index is too high.
pub fn check_better_than_chance(
    truth: &[usize],
    predicted: &[usize],
    n_classes: usize,
) -> Result<BalancedAccuracy> {
    let found = BalancedAccuracy::of(truth, predicted, n_classes).ok_or_else(|| Error::HeldOut {
        purpose: "tell whether the model is better than chance",
        expected: "held-out texts of at least two classes".into(),
        found: format!("{} texts of one", truth.len()),
        hint: "hold out more labelled texts, or some of the other classes",
    })?;
    found.check()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(truth: &[usize], predicted: &[usize], passes: bool) {
        let result = check_better_than_chance(truth, predicted, 3);
        assert_eq!(result.is_ok(), passes, "{truth:?} {predicted:?}: {result:?}");
    }

    #[test]
    fn only_what_looks_at_the_text_passes() {
        let truth: Vec<usize> = (0..100).map(|i| usize::from(i < 10)).collect();
        check(&truth, &[0; 100], false);
        check(&truth, &truth, true);
        let half_of_spam: Vec<usize> = (0..100).map(|i| usize::from(i < 5)).collect();
        check(&truth, &half_of_spam, true);
        let draw: Vec<usize> = (0..100).map(|i| i % 2).collect();
        check(&truth, &draw, false);
        check(&[0, 0, 1, 1], &[0, 0, 1, 1], false);
        check(&[0, 0, 0, 0, 1, 1, 1, 1], &[0, 0, 0, 0, 1, 1, 1, 1], true);
        check(&[2, 2, 2], &[2, 2, 2], false);
        check(&[], &[], false);
    }

    #[test]
    fn by_hand() {
        let found = BalancedAccuracy::of(&[0, 0, 0, 1, 1], &[0, 0, 1, 1, 1], 2).unwrap();
        assert!((found.value - 5.0 / 6.0).abs() < 1e-12);
        // (2 + 1) / 5 and 3 / 4: centre 0.675, variance (0.24 / 5 + 0.1875 / 4) / 4.
        let half = 1.959_963_984_540_054 * ((0.24_f64 / 5.0 + 0.1875 / 4.0) / 4.0).sqrt();
        assert!((found.interval.0 - (0.675 - half)).abs() < 1e-12, "{found:?}");
        assert_eq!((found.chance, found.n_rows), (0.5, 5));
    }

    #[test]
    fn the_reason_is_told() {
        let error = check_better_than_chance(&[0, 0, 1, 1], &[0, 0, 0, 0], 2).unwrap_err();
        let message = error.to_string();
        assert!(
            message.starts_with("expected a balanced accuracy above chance (50.0 %), found 50.0 %"),
            "{message}"
        );
        assert!(error.hint().is_some_and(|hint| hint.contains("--force")));
    }
}
