//! Rows of one domain, made to vary as those of another.

use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2};
use wordferry_vectors::map::faer_view;

use crate::{Error, Result, ShrunkCovariance};

/// `source` with the mean and the covariance of `target`, n × d: whitened by its own covariance and coloured by the other one,
/// along each one's own axes (CORAL; Sun, Feng and Saenko 2016). The covariances are shrunk towards a ball, so that few rows will do.
///
/// # Errors
/// If a side has fewer than two rows, or a value is not finite.
///
/// # Panics
/// If the sides have different numbers of columns.
pub fn coral(source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>) -> Result<Array2<f32>> {
    assert_eq!(source.ncols(), target.ncols(), "rows of one space");
    let (from, to) = (ShrunkCovariance::of(source)?, ShrunkCovariance::of(target)?);
    let map = power(&from.covariance, -0.5)?.dot(&power(&to.covariance, 0.5)?);
    let centred = source.mapv(f64::from) - &from.mean;
    Ok((centred.dot(&map) + &to.mean).mapv(|value| value as f32))
}

/// A power of a symmetric matrix with no negative eigenvalue.
fn power(matrix: &Array2<f64>, exponent: f64) -> Result<Array2<f64>> {
    let eigen = faer_view(matrix.view())
        .self_adjoint_eigen(Side::Lower)
        .map_err(|_| Error::Decomposition { rows: matrix.nrows() })?;
    let values = eigen.S().column_vector();
    // Directions in which nothing varies stay as they are.
    let least = f64::EPSILON * values[values.nrows() - 1].max(f64::MIN_POSITIVE);
    let scaled = Mat::from_fn(matrix.nrows(), matrix.ncols(), |row, column| {
        eigen.U()[(row, column)] * values[column].max(least).powf(exponent)
    });
    let product = &scaled * eigen.U().transpose();
    Ok(Array2::from_shape_fn(matrix.dim(), |at| product[at]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn rows_vary_as_those_of_the_other_domain() {
        let source: Array2<f32> = Array2::from_shape_fn((400, 2), |(i, j)| ((i * (7 + 4 * j)) % 31) as f32);
        let turned = array![[2.0f32, 1.0], [0.0, 0.5]];
        let target = source.dot(&turned) + 3.0;
        let found = ShrunkCovariance::of(coral(source.view(), target.view()).unwrap().view()).unwrap();
        let expected = ShrunkCovariance::of(target.view()).unwrap();
        let close = |a: f64, b: f64| (a - b).abs() < 0.06 * expected.covariance[(0, 0)];
        assert!(
            found.covariance.iter().zip(&expected.covariance).all(|(a, b)| close(*a, *b)),
            "{found:?} {expected:?}"
        );
        assert!(found.mean.iter().zip(&expected.mean).all(|(a, b)| (a - b).abs() < 1e-3));
    }

    #[test]
    fn rows_of_the_same_domain_stay() {
        let rows: Array2<f32> = Array2::from_shape_fn((50, 3), |(i, j)| ((i * (3 + j)) % 11) as f32);
        let found = coral(rows.view(), rows.view()).unwrap();
        assert!((found - &rows).iter().all(|difference| difference.abs() < 1e-4));
        assert!(coral(rows.slice(ndarray::s![..1, ..]), rows.view()).is_err());
    }
}
