//! Rows in, their principal components out.

use faer::Side;
use ndarray::{Array2, Axis};
use wordferry_vectors::map::{faer_view, multiply};
use wordferry_vectors::normalise::{mean_row, sum_of_products};

use crate::{Error, Result};

/// Rows by their principal components, those of the largest variance first.
pub(super) struct Principal {
    /// n × k.
    pub(super) rows: Array2<f32>,
    /// The share of the variance that they hold.
    pub(super) explained: f64,
}

impl Principal {
    /// The first `k` components of rows (n × d), or min(n, d) if that is less. A component's sign is the one that makes its largest value
    /// positive.
    ///
    /// # Errors
    /// If the decomposition does not converge.
    pub(super) fn of(mut rows: Array2<f32>, k: usize) -> Result<Self> {
        let (n, d) = rows.dim();
        let k = k.min(n).min(d);
        rows -= &mean_row(&rows);
        let products = sum_of_products(&rows);
        let decomposed = faer_view(products.view()).self_adjoint_eigen(Side::Lower);
        let decomposed = decomposed.map_err(|_| Error::Decomposition { rows: d, columns: d })?;
        // Eigenvalues ascend.
        let axes = Array2::from_shape_fn((d, k), |(i, j)| decomposed.U()[(i, d - 1 - j)] as f32);
        let variances: Vec<f64> =
            decomposed.S().column_vector().iter().rev().map(|value| value.max(0.0)).collect();
        let total: f64 = variances.iter().sum();
        let mut rows = multiply(rows.view(), axes.view());
        for mut component in rows.axis_iter_mut(Axis(1)) {
            let largest = component.iter().fold(0.0_f32, |a, b| if b.abs() > a.abs() { *b } else { a });
            if largest < 0.0 {
                component.mapv_inplace(|value| -value);
            }
        }
        let explained = if total > 0.0 { variances[..k].iter().sum::<f64>() / total } else { 1.0 };
        Ok(Self { rows, explained })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn the_largest_variance_comes_first() {
        // Along (1, 1) the variance is 4 times that along (1, -1).
        let rows = array![[7.0, 7.0], [3.0, 3.0], [6.0, 4.0], [4.0, 6.0]];
        let Principal { rows: found, explained } = Principal::of(rows.clone(), 9).unwrap();
        let (a, b) = (8.0_f32.sqrt(), 2.0_f32.sqrt());
        // Which of two equal values is the largest is rounding's choice.
        assert!(
            (found.mapv(f32::abs) - array![[a, 0.0], [a, 0.0], [0.0, b], [0.0, b]])
                .iter()
                .all(|x| x.abs() < 1e-5),
            "{found}"
        );
        assert!((explained - 1.0).abs() < 1e-12);
        let first = Principal::of(rows, 1).unwrap();
        assert_eq!(first.rows.dim(), (4, 1));
        assert!((first.explained - 0.8).abs() < 1e-9);
        assert_eq!(Principal::of(array![[1.0, 2.0, 3.0]], 9).unwrap().rows, array![[0.0]]);
        let skewed = Principal::of(array![[0.0], [0.0], [-9.0]], 1).unwrap().rows;
        assert_eq!(skewed, array![[-3.0], [-3.0], [6.0]]);
    }
}
