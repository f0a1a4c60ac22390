//! Functions of symmetric matrices, by their eigenvalues; and the way between faer's matrices and ndarray's.

use faer::{Mat, MatRef, Side};
use ndarray::{Array2, ArrayView2, Axis, s};
use wordferry_vectors::WordId;

use crate::{Error, Result};

/// A symmetric d × d matrix, decomposed.
pub(crate) struct Symmetric {
    /// Eigenvalues, ascending.
    pub(crate) values: Vec<f64>,
    axes: Mat<f64>,
}

impl Symmetric {
    pub(crate) fn of(matrix: MatRef<'_, f64>) -> Result<Self> {
        let d = matrix.nrows();
        let decomposed = matrix.self_adjoint_eigen(Side::Lower);
        let decomposed = decomposed.map_err(|_| Error::Decomposition { rows: d, columns: d })?;
        let values = decomposed.S().column_vector().iter().copied().collect();
        Ok(Self { values, axes: decomposed.U().to_owned() })
    }

    /// The mean eigenvalue.
    pub(crate) fn mean(&self) -> f64 {
        self.values.iter().sum::<f64>() / self.values.len().max(1) as f64
    }

    /// The matrix with `function` of each eigenvalue in its place.
    pub(crate) fn with(&self, function: impl Fn(f64) -> f64) -> Mat<f64> {
        let (d, values) =
            (self.values.len(), self.values.iter().map(|&value| function(value)).collect::<Vec<_>>());
        let scaled = Mat::from_fn(d, d, |i, j| self.axes[(i, j)] * values[j]);
        scaled * self.axes.transpose()
    }
}

/// The same numbers in single precision.
pub(crate) fn to_array(matrix: MatRef<'_, f64>) -> Array2<f32> {
    Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |(i, j)| matrix[(i, j)] as f32)
}

/// The first `n` rows, those of the most frequent words; all, if there are fewer.
pub(crate) fn frequent(matrix: ArrayView2<'_, f32>, n: usize) -> ArrayView2<'_, f32> {
    let n = n.min(matrix.nrows());
    matrix.slice_move(s![..n, ..])
}

/// The chosen rows.
pub(crate) fn chosen(matrix: ArrayView2<'_, f32>, rows: impl Iterator<Item = WordId>) -> Array2<f32> {
    matrix.select(Axis(0), &rows.map(WordId::index).collect::<Vec<_>>())
}

/// The chosen rows, in double precision.
pub(crate) fn gather(matrix: ArrayView2<'_, f32>, rows: impl Iterator<Item = WordId>) -> Array2<f64> {
    chosen(matrix, rows).mapv(f64::from)
}
