//! Cross-validation: which penalty generalises.

use ndarray::{Array2, ArrayView2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;

use crate::logistic::{Logistic, check};
use crate::{Moments, Result};

/// Penalties per row that are tried, strongest first.
pub const L2_GRID: [f64; 6] = [1.0, 0.3, 0.1, 0.03, 0.01, 0.001];
/// The penalty where a class has too few rows to hold any out.
const L2_UNTRIED: f64 = 0.1;
const MOST_FOLDS: usize = 5;

/// A penalty and how it was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChosenL2 {
    /// The penalty per row.
    pub l2: f64,
    /// Folds of the cross-validation; 0 if there were too few rows for any.
    pub n_folds: usize,
}

/// Chooses a penalty per row by stratified cross-validation in up to 5 folds: the strongest whose mean log-loss is
/// within one standard error of the best (Breiman et al. 1984). The choice is the same for the same `seed`.
///
/// A class with a single row cannot be held out and trained on at once; then the penalty is 0.1, and the folds are 0.
///
/// # Errors
/// If the rows are of fewer than two classes, a feature is not finite, or the solver fails.
///
/// # Panics
/// If there is not one label a row, or a label is no index of `classes`.
pub fn choose_l2(
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    classes: &[String],
    seed: u64,
) -> Result<ChosenL2> {
    check(features, labels, classes)?;
    let n_folds = fewest_rows(labels, classes.len()).min(MOST_FOLDS);
    if n_folds < 2 {
        return Ok(ChosenL2 { l2: L2_UNTRIED, n_folds: 0 });
    }
    let folds = stratified_folds(labels, classes.len(), n_folds, seed);
    let losses: Vec<Vec<f64>> = (0..n_folds)
        .into_par_iter()
        .map(|fold| losses_of_fold(features, labels, classes.len(), &folds, fold))
        .collect::<Result<_>>()?;
    Ok(ChosenL2 { l2: L2_GRID[within_one_error(&losses)], n_folds })
}

/// The number of rows of the smallest class that has any.
fn fewest_rows(labels: &[usize], n_classes: usize) -> usize {
    let mut counts = vec![0; n_classes];
    labels.iter().for_each(|&label| counts[label] += 1);
    counts.into_iter().filter(|&count| count > 0).min().unwrap_or(0)
}

/// A fold for every row, each class spread evenly over the folds.
fn stratified_folds(labels: &[usize], n_classes: usize, n_folds: usize, seed: u64) -> Vec<usize> {
    let mut rng = ChaCha8Rng::seed_from_u64(seed);
    let mut folds = vec![0; labels.len()];
    for class in 0..n_classes {
        let mut rows: Vec<usize> = (0..labels.len()).filter(|&row| labels[row] == class).collect();
        rows.shuffle(&mut rng);
        rows.iter().enumerate().for_each(|(i, &row)| folds[row] = i % n_folds);
    }
    folds
}

/// The log-loss of every penalty of the grid on one fold, trained on the others.
fn losses_of_fold(
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    n_classes: usize,
    folds: &[usize],
    fold: usize,
) -> Result<Vec<f64>> {
    let (held_out, kept): (Vec<usize>, Vec<usize>) = (0..labels.len()).partition(|&row| folds[row] == fold);
    let part = |rows: &[usize]| -> (Array2<f32>, Vec<usize>) {
        (features.select(Axis(0), rows), rows.iter().map(|&row| labels[row]).collect())
    };
    let (train, train_labels) = part(&kept);
    let (test, test_labels) = part(&held_out);
    let moments = Moments::of(train.view());
    let (train, test) = (moments.standardise(train.view()), moments.standardise(test.view()));
    let loss =
        |&l2: &f64| Ok(Logistic::solve(&train, &train_labels, n_classes, l2)?.log_loss(&test, &test_labels));
    L2_GRID.iter().map(loss).collect()
}

/// Index of the first penalty whose mean loss is within one standard error of the lowest; `losses` is folds × grid.
fn within_one_error(losses: &[Vec<f64>]) -> usize {
    let n = losses.len() as f64;
    let mean = |i: usize| losses.iter().map(|fold| fold[i]).sum::<f64>() / n;
    let means: Vec<f64> = (0..L2_GRID.len()).map(mean).collect();
    let best = (0..means.len()).fold(0, |best, i| if means[i] < means[best] { i } else { best });
    let variance = losses.iter().map(|fold| (fold[best] - means[best]).powi(2)).sum::<f64>() / (n - 1.0);
    let limit = means[best] + (variance / n).sqrt();
    means.iter().position(|&mean| mean <= limit).unwrap_or(best)
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::Rng;

    fn data(n: usize, d: usize, noise: f32) -> (Array2<f32>, Vec<usize>) {
        let mut rng = ChaCha8Rng::seed_from_u64(7);
        let labels: Vec<usize> = (0..n).map(|i| i % 2).collect();
        let features = Array2::from_shape_fn((n, d), |(i, j)| {
            let signal = if j == 0 { labels[i] as f32 * 2.0 - 1.0 } else { 0.0 };
            signal + noise * rng.random_range(-1.0..1.0)
        });
        (features, labels)
    }

    #[test]
    fn noise_asks_for_a_stronger_penalty_than_signal() {
        let classes = ["no".to_string(), "yes".to_string()];
        let choose = |noise| {
            let (features, labels) = data(120, 40, noise);
            choose_l2(features.view(), &labels, &classes, 42).unwrap().l2
        };
        assert!(choose(4.0) > choose(0.2), "{} {}", choose(4.0), choose(0.2));
    }

    #[test]
    fn folds_hold_every_class() {
        let labels: Vec<usize> = (0..23).map(|i| usize::from(i % 4 == 0)).collect();
        let folds = stratified_folds(&labels, 2, 5, 1);
        for fold in 0..5 {
            for class in 0..2 {
                assert!((0..23).any(|row| folds[row] == fold && labels[row] == class));
            }
        }
        assert_ne!(folds, stratified_folds(&labels, 2, 5, 2));
    }

    #[test]
    fn a_class_of_one_row_is_not_an_error() {
        let (features, mut labels) = data(9, 2, 1.0);
        labels.fill(0);
        labels[3] = 1;
        let classes = ["no".to_string(), "yes".to_string()];
        let chosen = choose_l2(features.view(), &labels, &classes, 42).unwrap();
        assert_eq!(chosen, ChosenL2 { l2: L2_UNTRIED, n_folds: 0 });
    }
}
