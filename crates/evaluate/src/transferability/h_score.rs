//! Features and labels in, how much of the features' variance lies between classes out.

use ndarray::{Array2, ArrayView2};
use wordferry_classify::ShrunkCovariance;

use super::{check, eigen};
use crate::Result;

/// The H-score of features (n × d) for labels, numbers of classes below `n_classes` (Bao et al. 2019), with a shrunk covariance and the
/// class means shrunk as much (Ibrahim et al. 2022): tr(Σ_δ⁻¹ (1 − δ) Σ_between).
///
/// From 0, where all classes have the same mean, to the number of classes minus 1 (or the number of features, if that is less), where
/// rows of a class are alike. Encoders may be compared on the same rows; the higher, the better a linear classifier can be expected to do.
///
/// # Errors
/// If fewer than two classes occur, or a feature is not finite.
///
/// # Panics
/// If there is not one label a row, or a label is no number of a class.
pub fn h_score(features: ArrayView2<'_, f32>, labels: &[usize], n_classes: usize) -> Result<f64> {
    check(features, labels, n_classes)?;
    let shrunk = ShrunkCovariance::of(features).map_err(wordferry_transfer::Error::from)?;
    let (values, axes) = eigen(shrunk.covariance.view())?;
    let (sizes, mut means) = class_sums(features, labels, n_classes);
    for (mut mean, &size) in means.rows_mut().into_iter().zip(&sizes) {
        mean.mapv_inplace(|sum| sum / size.max(1.0));
        mean -= &shrunk.mean;
    }
    let turned = means.dot(&axes);
    let least = values.last().copied().unwrap_or(0.0) * 1e-12;
    let n = labels.len() as f64;
    let between = turned.rows().into_iter().zip(&sizes).map(|(mean, size)| {
        let parts = mean.iter().zip(&values).filter(|(_, value)| **value > least);
        size / n * parts.map(|(mean, value)| mean * mean / value).sum::<f64>()
    });
    Ok((1.0 - shrunk.shrinkage) * between.sum::<f64>())
}

/// The number of rows of each class, and the sum of its rows, c × d.
pub(super) fn class_sums(
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    n_classes: usize,
) -> (Vec<f64>, Array2<f64>) {
    let mut sizes = vec![0.0; n_classes];
    let mut sums = Array2::<f64>::zeros((n_classes, features.ncols()));
    for (row, &label) in features.rows().into_iter().zip(labels) {
        sizes[label] += 1.0;
        sums.row_mut(label).zip_mut_with(&row, |sum, &value| *sum += f64::from(value));
    }
    (sizes, sums)
}
