//! Rows in, a covariance that can be inverted out, however few the rows.

use ndarray::{Array1, Array2, ArrayView2, Axis};

use crate::{Error, Result};

/// Rows multiplied at a time.
const ROWS_PER_BLOCK: usize = 1024;

/// The covariance of rows, shrunk towards a multiple of the identity (Ledoit and Wolf 2004): (1 − δ) S + δ m I, with m the mean
/// variance of a feature and δ what brings the expected error of the estimate down most.
#[derive(Clone, Debug, PartialEq)]
pub struct ShrunkCovariance {
    /// The rows' mean, d.
    pub mean: Array1<f64>,
    /// The shrunk covariance, d × d.
    pub covariance: Array2<f64>,
    /// δ, 0 (as many rows as one may wish for) to 1 (too few to tell features apart).
    pub shrinkage: f64,
}

impl ShrunkCovariance {
    /// Of `features`, n × d.
    ///
    /// # Errors
    /// If there are fewer than two rows, or a feature is not finite.
    pub fn of(features: ArrayView2<'_, f32>) -> Result<Self> {
        check_rows(features, 2)?;
        let (n, d) = (features.nrows() as f64, features.ncols());
        let mut mean = Array1::<f64>::zeros(d);
        for row in features.rows() {
            mean.zip_mut_with(&row, |sum, &value| *sum += f64::from(value));
        }
        mean /= n;
        let mut covariance = Array2::<f64>::zeros((d, d));
        let mut fourth_powers = 0.0;
        for block in features.axis_chunks_iter(Axis(0), ROWS_PER_BLOCK) {
            let centred = block.mapv(f64::from) - &mean;
            covariance += &centred.t().dot(&centred);
            fourth_powers += centred.rows().into_iter().map(|row| row.dot(&row).powi(2)).sum::<f64>();
        }
        covariance /= n;
        let variance = covariance.diag().sum() / d.max(1) as f64;
        let squares = covariance.iter().map(|value| value * value).sum::<f64>();
        let dispersion = squares - d as f64 * variance * variance;
        let error = (fourth_powers / n - squares) / n;
        let shrinkage = if dispersion > 0.0 { (error / dispersion).clamp(0.0, 1.0) } else { 1.0 };
        covariance *= 1.0 - shrinkage;
        covariance.diag_mut().mapv_inplace(|value| value + shrinkage * variance);
        Ok(Self { mean, covariance, shrinkage })
    }
}

/// An error unless there are `at_least` rows, all of them finite.
pub(crate) fn check_rows(features: ArrayView2<'_, f32>, at_least: usize) -> Result<()> {
    if features.nrows() < at_least {
        return Err(Error::TooFewRows { expected: at_least, found: features.nrows() });
    }
    match features.indexed_iter().find(|(_, value)| !value.is_finite()) {
        Some(((row, column), &value)) => Err(Error::NotFinite { row, column, value }),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    /// The numbers are those of scikit-learn 1.9's LedoitWolf.
    #[test]
    fn shrinkage_by_another_implementation() {
        let rows = array![[1.0, 2.0], [2.0, 1.0], [4.0, 5.0], [3.0, 7.0]];
        let found = ShrunkCovariance::of(rows.view()).unwrap();
        assert!((found.shrinkage - 0.210_855_225_089).abs() < 1e-9, "{}", found.shrinkage);
        assert!((found.covariance[(0, 1)] - 1.479_646_45).abs() < 1e-8, "{}", found.covariance);
        assert_eq!(found.mean, array![2.5, 3.75]);
    }

    #[test]
    fn few_rows_are_shrunk_to_a_ball() {
        let rows = array![[1.0, 0.0, 0.0, 0.0], [0.0, 3.0, 0.0, 0.0], [0.0, 0.0, 1.0, 0.0]];
        let found = ShrunkCovariance::of(rows.view()).unwrap();
        assert!(found.covariance[(3, 3)] > 0.0, "{}", found.covariance);
        assert!(ShrunkCovariance::of(rows.slice(ndarray::s![..1, ..])).is_err());
        assert!(ShrunkCovariance::of(array![[1.0], [f32::NAN]].view()).is_err());
    }
}
