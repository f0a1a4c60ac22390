//! What a source's classifier says of target texts, and their labels, in; how much the one tells of the other out.

use ndarray::{Array2, ArrayView2};
use serde::Serialize;

use super::check;
use crate::Result;

/// How well target labels follow from a source classifier's probabilities.
#[derive(Clone, Copy, Debug, PartialEq, Serialize)]
pub struct Leep {
    /// The mean log-likelihood of the labels, in nats, below 0; 0 where each probability decides the label.
    pub leep: f64,
    /// What it would be without looking at the texts: minus the entropy of the labels, in nats.
    pub chance: f64,
}

impl Leep {
    /// The share of the labels' entropy that the source's probabilities explain: 0 or less where they tell nothing, at most 1.
    pub fn explained(&self) -> f64 {
        if self.chance < 0.0 { 1.0 - self.leep / self.chance } else { 0.0 }
    }
}

/// LEEP (Nguyen et al. 2020): `posteriors` are a source classifier's probabilities of its own classes for target texts, n × c rows that sum to
/// 1; `labels` are the texts' own, of classes that may be others altogether. The empirical P(label | source class) predicts each label.
///
/// # Errors
/// If fewer than two classes occur, or a probability is not finite.
///
/// # Panics
/// If there is not one label a row, or a label is no number of a class.
pub fn leep(posteriors: ArrayView2<'_, f32>, labels: &[usize], n_classes: usize) -> Result<Leep> {
    check(posteriors, labels, n_classes)?;
    let posteriors = posteriors.mapv(f64::from);
    let n = labels.len() as f64;
    let mut given = Array2::<f64>::zeros((n_classes, posteriors.ncols()));
    let mut sizes = vec![0.0; n_classes];
    for (row, &label) in posteriors.rows().into_iter().zip(labels) {
        let mut sum = given.row_mut(label);
        sum += &row;
        sizes[label] += 1.0;
    }
    let of_source = given.sum_axis(ndarray::Axis(0)).mapv(|sum| sum.max(f64::MIN_POSITIVE));
    given /= &of_source;
    let likelihoods =
        posteriors.rows().into_iter().zip(labels).map(|(row, &label)| row.dot(&given.row(label)));
    let leep = likelihoods.map(|likelihood| likelihood.max(f64::MIN_POSITIVE).ln()).sum::<f64>() / n;
    let chance = sizes.iter().filter(|&&size| size > 0.0).map(|size| size / n * (size / n).ln()).sum();
    Ok(Leep { leep, chance })
}
