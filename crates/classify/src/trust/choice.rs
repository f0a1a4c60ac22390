//! Which calibration generalises.

use ndarray::{ArrayView2, Axis};

use super::{Calibration, Method, log_losses};
use crate::Result;

const MOST_FOLDS: usize = 5;
/// Texts of the rarer class from which a table is tried: with fewer it follows chance.
const ENOUGH_FOR_A_TABLE: usize = 1000;

impl Calibration {
    /// The calibration that suits `scores` (n × c) of held-out texts with these `labels`: temperature; for two classes, Platt's
    /// method, and from 1,000 texts of either class isotonic regression, where its log-loss in cross-validation is lower than that
    /// of what learns less. Deterministic, as folds go by the order of the texts.
    ///
    /// # Errors
    /// If a score is not finite, or the texts are of one class.
    ///
    /// # Panics
    /// If there is not one label a row, or a label is no class.
    pub fn choose(scores: ArrayView2<'_, f32>, labels: &[usize]) -> Result<Self> {
        let simplest = Self::fit(Method::Temperature, scores, labels)?;
        let fewest = fewest(labels, scores.ncols());
        if scores.ncols() != 2 || fewest < 2 {
            return Ok(simplest);
        }
        let folds = folds(labels, scores.ncols(), fewest.min(MOST_FOLDS));
        let mut chosen = Method::Temperature;
        let mut least = loss(chosen, scores, labels, &folds)?;
        for method in [Method::Platt, Method::Isotonic] {
            if method == Method::Isotonic && fewest < ENOUGH_FOR_A_TABLE {
                continue;
            }
            let found = loss(method, scores, labels, &folds)?;
            if found < least {
                (chosen, least) = (method, found);
            }
        }
        Self::fit(chosen, scores, labels)
    }
}

/// The number of texts of the rarest class that has any.
fn fewest(labels: &[usize], n_classes: usize) -> usize {
    let count = |class| labels.iter().filter(|&&label| label == class).count();
    (0..n_classes).map(count).filter(|&count| count > 0).min().unwrap_or(0)
}

/// A fold for every text; each class goes round them.
fn folds(labels: &[usize], n_classes: usize, n_folds: usize) -> Vec<usize> {
    let mut seen = vec![0; n_classes];
    let fold = |&label: &usize| {
        seen[label] += 1;
        (seen[label] - 1) % n_folds
    };
    labels.iter().map(fold).collect()
}

/// The sum of the log-losses of texts, each by a calibration that was fitted to the other folds.
fn loss(method: Method, scores: ArrayView2<'_, f32>, labels: &[usize], folds: &[usize]) -> Result<f64> {
    let mut sum = 0.0;
    for fold in 0..=folds.iter().copied().max().unwrap_or(0) {
        let (held_out, kept): (Vec<usize>, Vec<usize>) =
            (0..labels.len()).partition(|&row| folds[row] == fold);
        let part =
            |rows: &[usize]| (scores.select(Axis(0), rows), rows.iter().map(|&row| labels[row]).collect());
        let (train, train_labels): (_, Vec<usize>) = part(&kept);
        let (test, test_labels): (_, Vec<usize>) = part(&held_out);
        let calibration = Calibration::fit(method, train.view(), &train_labels)?;
        sum += log_losses(calibration.apply(test.view()).view(), &test_labels).iter().sum::<f64>();
    }
    Ok(sum)
}
