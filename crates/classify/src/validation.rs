//! Cross-validation: which penalty generalises.

use ndarray::{Array2, Axis};
use rand::SeedableRng;
use rand::seq::SliceRandom;
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use wordferry_vectors::{Features, Space};

use crate::fresh::as_fresh;
use crate::objective::Solution;
use crate::{Examples, Head, Moments, Result};

/// Penalties per row that are tried, strongest first.
pub const L2_GRID: [f64; 6] = [1.0, 0.3, 0.1, 0.03, 0.01, 0.001];
/// The penalty where a class has too few rows to hold any out.
const L2_UNTRIED: f64 = 0.1;
/// Sums over rows of features in their own units of length 1 or so that weigh as much as the penalty; strongest penalty first. The
/// penalty per row is 1 / (n · this).
const C_GRID: [f64; 5] = [1.0, 3.0, 10.0, 30.0, 100.0];
/// The one where there are too few rows to choose by.
const C_UNTRIED: f64 = 10.0;
/// Rows below which the choice for features in their own units would be a matter of chance.
const FEWEST_TO_CHOOSE: usize = 500;
const MOST_FOLDS: usize = 5;

/// A penalty and how it was chosen.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct ChosenL2 {
    /// The penalty per row.
    pub l2: f64,
    /// Folds of the cross-validation; 0 if there were too few rows for any.
    pub n_folds: usize,
}

/// Chooses a penalty per row by stratified cross-validation in up to 5 folds: the strongest whose mean loss is
/// within one standard error of the best (Breiman et al. 1984), or, for features in their own units, the best. The choice is the same
/// for the same `seed`.
///
/// A class with a single row cannot be held out and trained on at once; then the penalty is 0.1, and the folds are 0. Features in their
/// own units get 1 / (10 n) if there are fewer than 500 rows. A head without a penalty gets one of 0.
///
/// # Errors
/// If the solver fails.
pub fn choose_l2(head: Head, examples: &Examples<'_>, seed: u64) -> Result<ChosenL2> {
    if !head.has_penalty() {
        return Ok(ChosenL2 { l2: 0.0, n_folds: 0 });
    }
    let scaled = examples.features().is_scaled();
    let n = examples.len() as f64;
    let untried = if scaled { 1.0 / (C_UNTRIED * n) } else { L2_UNTRIED };
    let folds = Folds::of(examples, seed).filter(|_| !scaled || examples.len() >= FEWEST_TO_CHOOSE);
    let Some(folds) = folds else {
        return Ok(ChosenL2 { l2: untried, n_folds: 0 });
    };
    let grid = if scaled { C_GRID.map(|c| 1.0 / (c * n)).to_vec() } else { L2_GRID.to_vec() };
    let losses: Vec<Vec<f64>> = (0..folds.n)
        .into_par_iter()
        .map(|fold| losses_of_fold(head, examples, &grid, &folds, fold))
        .collect::<Result<_>>()?;
    // Rare n-grams need their weights where texts are of another language: there one standard error would cost recall.
    let chosen = if scaled { best(&mean_losses(&losses)) } else { within_one_error(&losses) };
    Ok(ChosenL2 { l2: grid[chosen], n_folds: folds.n })
}

/// The penalty that was given, or else the one that [`choose_l2`] chooses.
///
/// # Errors
/// If the solver fails.
pub fn penalty(head: Head, examples: &Examples<'_>, given: Option<f64>, seed: u64) -> Result<ChosenL2> {
    match given {
        Some(l2) => Ok(ChosenL2 { l2, n_folds: 0 }),
        None => choose_l2(head, examples, seed),
    }
}

/// The scores of every row that `examples` look at, n × c, by a classifier that was trained without the row's fold, with the row as it would
/// be if its text were fresh: n-grams that are known from the row's fold alone are unknown. `None` if a class has too few rows to hold any out.
/// What was learned of scores on such rows holds for texts that were never seen.
///
/// # Errors
/// If the solver fails.
pub fn held_out_scores(
    head: Head,
    examples: &Examples<'_>,
    l2: f64,
    seed: u64,
) -> Result<Option<Array2<f32>>> {
    held_out_scores_of(examples.features(), head, examples, l2, seed)
}

/// The same of rows that are read otherwise than those that are trained on: `read` has a row of the same text for each of the examples' features. A
/// sparse column counts as known if another fold's rows have it as they are read.
///
/// # Errors
/// If the solver fails.
///
/// # Panics
/// If `read` has other numbers of rows or columns than the examples' features.
pub fn held_out_scores_of(
    read: &Features,
    head: Head,
    examples: &Examples<'_>,
    l2: f64,
    seed: u64,
) -> Result<Option<Array2<f32>>> {
    let shape = |features: &Features| (features.n_rows(), features.n_columns());
    assert_eq!(shape(read), shape(examples.features()), "the same texts and columns");
    let space = Space::of(&[b"held out"]);
    hold_out(examples, seed, |train, rows| {
        Ok(head.fit(space, train, l2)?.scores(&as_fresh(read, rows, train.rows())))
    })
}

/// The scores of every row that `examples` look at, n × c, by what was trained without the row's fold: `scores` is given the other
/// rows to train on, and gives the scores, m × c, of the m rows that it is given beside them, in their order. The folds depend on the
/// labels and the `seed` alone. `None` if a class has too few rows to hold any out.
pub(crate) fn hold_out(
    examples: &Examples<'_>,
    seed: u64,
    scores: impl Fn(&Examples<'_>, &[u32]) -> Result<Array2<f32>> + Sync,
) -> Result<Option<Array2<f32>>> {
    let Some(folds) = Folds::of(examples, seed) else { return Ok(None) };
    let parts: Vec<Array2<f32>> = (0..folds.n)
        .into_par_iter()
        .map(|fold| {
            let rows = folds.rows(fold, true);
            let scores = scores(&examples.only(folds.rows(fold, false))?, &rows)?;
            assert_eq!(scores.nrows(), rows.len(), "scores of the rows of the fold");
            Ok(scores)
        })
        .collect::<Result<_>>()?;
    let mut parts: Vec<_> = parts.iter().map(|part| part.axis_iter(Axis(0))).collect();
    let mut held_out = Array2::zeros((examples.len(), examples.classes().len()));
    for (mut row, &fold) in held_out.axis_iter_mut(Axis(0)).zip(&folds.of_row) {
        row.assign(&parts[fold].next().expect("scores of every row of the fold"));
    }
    Ok(Some(held_out))
}

/// How many folds [`hold_out`] makes; 0 if a class has too few rows to hold any out.
pub(crate) fn n_folds(examples: &Examples<'_>, seed: u64) -> usize {
    Folds::of(examples, seed).map_or(0, |folds| folds.n)
}

/// A fold for every row that is looked at, each class spread evenly over the folds.
struct Folds<'a> {
    n: usize,
    of_row: Vec<usize>,
    rows: &'a [u32],
}

impl<'a> Folds<'a> {
    /// Folds that hold every class; `None` if a class that occurs has one row only.
    fn of(examples: &'a Examples<'_>, seed: u64) -> Option<Self> {
        let labels: Vec<usize> = examples.labels().collect();
        let n_classes = examples.classes().len();
        let n = fewest_rows(&labels, n_classes).min(MOST_FOLDS);
        let of_row = stratified_folds(&labels, n_classes, n.max(1), seed);
        (n >= 2).then(|| Self { n, of_row, rows: examples.rows() })
    }

    /// The rows in a fold, or outside it.
    fn rows(&self, fold: usize, inside: bool) -> Vec<u32> {
        let rows = self.rows.iter().zip(&self.of_row);
        rows.filter(|&(_, &of)| (of == fold) == inside).map(|(&row, _)| row).collect()
    }
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

/// The loss of every penalty of the grid on one fold, trained on the others. Each solution begins where the last one ended.
fn losses_of_fold(
    head: Head,
    examples: &Examples<'_>,
    grid: &[f64],
    folds: &Folds<'_>,
    fold: usize,
) -> Result<Vec<f64>> {
    let train = examples.only(folds.rows(fold, false))?;
    let test = folds.rows(fold, true);
    let moments = Moments::of_examples(&train);
    let mut solution = Solution::zero(examples.classes().len(), examples.features().n_columns());
    let mut losses = Vec::with_capacity(grid.len());
    for &l2 in grid {
        solution = head.solve(&train, &moments, l2, solution)?;
        losses.push(head.loss(&solution, examples, &moments, &test));
    }
    Ok(losses)
}

/// Index of the first penalty whose mean loss is within one standard error of the lowest; `losses` is folds × grid.
fn within_one_error(losses: &[Vec<f64>]) -> usize {
    let n = losses.len() as f64;
    let means = mean_losses(losses);
    let best = best(&means);
    let variance = losses.iter().map(|fold| (fold[best] - means[best]).powi(2)).sum::<f64>() / (n - 1.0);
    let limit = means[best] + (variance / n).sqrt();
    means.iter().position(|&mean| mean <= limit).unwrap_or(best)
}

/// The mean over the folds of each penalty's losses.
fn mean_losses(losses: &[Vec<f64>]) -> Vec<f64> {
    let mean = |i: usize| losses.iter().map(|fold| fold[i]).sum::<f64>() / losses.len() as f64;
    (0..losses[0].len()).map(mean).collect()
}

/// The first of the least.
fn best(means: &[f64]) -> usize {
    (0..means.len()).fold(0, |best, i| if means[i] < means[best] { i } else { best })
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
            let features = features.into();
            choose_l2(Head::Logistic, &Examples::new(&features, &labels, &classes).unwrap(), 42).unwrap().l2
        };
        assert!(choose(4.0) > choose(0.2), "{} {}", choose(4.0), choose(0.2));
    }

    #[test]
    fn held_out_scores_are_lower_than_those_of_training() {
        let (features, labels) = data(60, 50, 2.0);
        let (features, classes) = (features.into(), ["no".to_string(), "yes".to_string()]);
        let examples = Examples::new(&features, &labels, &classes).unwrap();
        let right = |scores: Array2<f32>| {
            let hits = labels
                .iter()
                .zip(scores.rows())
                .filter(|(label, row)| usize::from(row[1] > row[0]) == **label);
            hits.count()
        };
        let held_out = held_out_scores(Head::Logistic, &examples, 0.001, 42).unwrap().unwrap();
        let seen = Head::Logistic.fit(Space::of(&[b"test"]), &examples, 0.001).unwrap().scores(&features);
        assert!(right(held_out) < right(seen));
    }

    #[test]
    fn rows_may_be_read_otherwise_than_they_are_trained_on() {
        let (features, labels) = data(60, 3, 0.1);
        let classes = ["no".to_string(), "yes".to_string()];
        let turned: Features = features.mapv(|value| -value).into();
        let features = features.into();
        let examples = Examples::new(&features, &labels, &classes).unwrap();
        let n_right = |read: &Features| {
            let scores = held_out_scores_of(read, Head::Logistic, &examples, 0.01, 42).unwrap().unwrap();
            scores
                .rows()
                .into_iter()
                .zip(&labels)
                .filter(|(row, label)| usize::from(row[1] > row[0]) == **label)
                .count()
        };
        assert_eq!((n_right(&features), n_right(&turned)), (60, 0));
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
        let features = features.into();
        let examples = Examples::new(&features, &labels, &classes).unwrap();
        let chosen = choose_l2(Head::Logistic, &examples, 42).unwrap();
        assert_eq!(chosen, ChosenL2 { l2: L2_UNTRIED, n_folds: 0 });
        assert_eq!(held_out_scores(Head::Logistic, &examples, 0.1, 42).unwrap(), None);
    }
}
