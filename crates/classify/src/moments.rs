//! The mean and deviation of each feature over a set of texts.

use ndarray::{Array1, Array2, ArrayView2};
use wordferry_vectors::{Artefact, Features};

use crate::{Examples, Result};

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
    /// The moments of the rows that `examples` look at.
    pub fn of_examples(examples: &Examples<'_>) -> Self {
        Self::of_rows(examples.features(), examples.rows().iter().map(|&row| row as usize))
    }

    /// The moments of all rows of `features`; of those that are scaled as they are meant, mean 0 and deviation 1.
    pub fn of_features(features: &Features) -> Self {
        Self::of_rows(features, 0..features.n_rows())
    }

    fn of_rows(features: &Features, rows: impl ExactSizeIterator<Item = usize> + Clone) -> Self {
        let n = rows.len().max(1) as f64;
        let mut mean = Array1::<f64>::zeros(features.n_columns());
        let mut variance = mean.clone();
        if !features.is_scaled() {
            for row in rows.clone() {
                features.entries(row).for_each(|(column, value)| mean[column] += f64::from(value));
            }
            mean /= n;
            for row in rows {
                let from_mean = |(column, value)| (column, f64::from(value) - mean[column]);
                features.entries(row).map(from_mean).for_each(|(column, far)| variance[column] += far * far);
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
    use wordferry_vectors::SparseRows;

    #[test]
    fn standardised_features_have_mean_0_and_deviation_1() {
        let features = array![[1.0, 5.0, 2.0], [3.0, 5.0, -2.0], [8.0, 5.0, 0.0]];
        let moments = |features: &Array2<f32>| Moments::of_features(&features.clone().into());
        let standardised = moments(&features).standardise(features.view());
        let again = moments(&standardised.mapv(|value| value as f32));
        assert!(again.mean.iter().all(|mean| mean.abs() < 1e-7));
        assert!(again.deviation.iter().all(|deviation| (deviation - 1.0).abs() < 1e-6));
        assert_eq!(standardised.column(1), array![0.0, 0.0, 0.0]);
    }

    #[test]
    fn features_side_by_side_keep_their_units() {
        let mut sparse = SparseRows::new(2);
        sparse.push([(0, 5.0)]);
        sparse.push([(1, -3.0)]);
        let features = Features::beside([array![[1.0f32], [3.0]].into(), sparse.into()]);
        let Moments { mean, deviation } = Moments::of_features(&features);
        assert_eq!((mean, deviation), (Array1::zeros(3), Array1::ones(3)));
    }
}
