//! Features, labels and learning curves in, whether one should transfer out.
//!
//! The measures say what to expect before anything is trained; the learning curves say what was measured; [`judge`] weighs them.

mod curve;
mod discriminate;
mod h_score;
mod leep;
mod log_evidence;
mod verdict;

pub use curve::{BreakEven, CurveFit, LearningCurve, LearningPoint};
pub use discriminate::{ProxyADistance, proxy_a_distance};
pub use h_score::h_score;
pub use leep::{Leep, leep};
pub use log_evidence::log_evidence;
pub use verdict::{Judgement, TransferEvidence, TransferVerdict, judge};

use ndarray::{Array2, ArrayView2};

use crate::{Error, Result};

/// An error unless there is one label a row, all rows are finite, and two classes occur.
fn check(features: ArrayView2<'_, f32>, labels: &[usize], n_classes: usize) -> Result<()> {
    assert_eq!(features.nrows(), labels.len(), "one label a row");
    assert!(labels.iter().all(|&label| label < n_classes), "labels are numbers of classes");
    if let Some(((row, column), &value)) = features.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(unmeasurable("finite features", format!("{value} in row {row}, column {column}")));
    }
    let first = labels.first();
    match labels.iter().all(|label| Some(label) == first) {
        true => Err(unmeasurable("rows of two classes or more", format!("{} of one class", labels.len()))),
        false => Ok(()),
    }
}

fn unmeasurable(expected: &'static str, found: String) -> Error {
    Error::Unmeasurable { expected, found }
}

/// The eigenvalues of a symmetric d × d matrix, ascending, and its eigenvectors as columns.
fn eigen(matrix: ArrayView2<'_, f64>) -> Result<(Vec<f64>, Array2<f64>)> {
    let d = matrix.nrows();
    let eigen = wordferry_vectors::map::faer_view(matrix).self_adjoint_eigen(faer::Side::Lower);
    let eigen = eigen.map_err(|_| unmeasurable("eigenvalues", format!("none of {d} features")))?;
    let values = eigen.S().column_vector().iter().copied().collect();
    Ok((values, Array2::from_shape_fn((d, d), |(i, j)| eigen.U()[(i, j)])))
}

#[cfg(test)]
mod tests;
