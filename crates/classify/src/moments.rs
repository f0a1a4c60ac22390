//! The mean and deviation of each feature over a set of texts.

use ndarray::{Array1, Array2, ArrayView2, Axis};
use wordferry_vectors::Artefact;

use crate::Result;

/// Deviations below this count as 1: the feature is constant.
const SMALLEST_DEVIATION: f64 = 1e-9;

/// Mean and deviation of every feature (length d each).
#[derive(Clone, Debug, PartialEq)]
pub struct Moments {
    /// The mean.
    pub mean: Array1<f64>,
    /// The standard deviation (of the population), 1 where a feature is constant.
    pub deviation: Array1<f64>,
}

impl Moments {
    /// The moments of `features` (n × d); of no rows, mean 0 and deviation 1.
    pub fn of(features: ArrayView2<'_, f32>) -> Self {
        let n = features.nrows().max(1) as f64;
        let mut mean = Array1::<f64>::zeros(features.ncols());
        for row in features.rows() {
            mean.zip_mut_with(&row, |sum, &value| *sum += f64::from(value));
        }
        mean /= n;
        let mut variance = Array1::<f64>::zeros(features.ncols());
        for row in features.axis_iter(Axis(0)) {
            for ((sum, &value), mean) in variance.iter_mut().zip(row).zip(&mean) {
                *sum += (f64::from(value) - mean).powi(2);
            }
        }
        let deviation = variance.mapv(|sum| match (sum / n).sqrt() {
            deviation if deviation > SMALLEST_DEVIATION => deviation,
            _ => 1.0,
        });
        Self { mean, deviation }
    }

    /// Features with mean 0 and deviation 1, n × d.
    pub fn standardise(&self, features: ArrayView2<'_, f32>) -> Array2<f64> {
        (features.mapv(f64::from) - &self.mean) / &self.deviation
    }

    /// Adds the moments to an artefact under names that begin with `name`.
    pub fn put(&self, artefact: &mut Artefact, name: &str) {
        let single = |numbers: &Array1<f64>| numbers.iter().map(|&number| number as f32).collect::<Vec<_>>();
        artefact.put_numbers(&format!("{name}.mean"), &single(&self.mean));
        artefact.put_numbers(&format!("{name}.deviation"), &single(&self.deviation));
    }

    /// Takes back from an artefact what [`Moments::put`] added.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact, name: &str) -> Result<Self> {
        let mean = artefact.numbers(&format!("{name}.mean"))?.mapv(f64::from);
        let deviation = artefact.numbers(&format!("{name}.deviation"))?.mapv(f64::from);
        match mean.len() == deviation.len() && deviation.iter().all(|&deviation| deviation > 0.0) {
            true => Ok(Self { mean, deviation }),
            false => {
                Err(artefact.broken(format!("moments of its {name} that are no mean and deviation")).into())
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn standardised_features_have_mean_0_and_deviation_1() {
        let features = array![[1.0, 5.0, 2.0], [3.0, 5.0, -2.0], [8.0, 5.0, 0.0]];
        let standardised = Moments::of(features.view()).standardise(features.view());
        let again = Moments::of(standardised.mapv(|value| value as f32).view());
        assert!(again.mean.iter().all(|mean| mean.abs() < 1e-7));
        assert!(again.deviation.iter().all(|deviation| (deviation - 1.0).abs() < 1e-6));
        assert_eq!(standardised.column(1), array![0.0, 0.0, 0.0]);
    }
}
