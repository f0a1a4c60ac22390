//! Labelled features, some of whose rows may be left out.

use ndarray::Array2;
use wordferry_vectors::Features;

use crate::{Error, Result};

/// Features with a class a row, and how much each row counts.
#[derive(Clone, Debug)]
pub struct Examples<'a> {
    features: &'a Features,
    labels: &'a [usize],
    classes: &'a [String],
    /// One a row of the features, above 0.
    weights: Option<&'a [f32]>,
    /// The rows that are looked at.
    rows: Vec<u32>,
}

/// Rows as what arrays are asked by.
pub(crate) fn indices(rows: &[u32]) -> Vec<usize> {
    rows.iter().map(|&row| row as usize).collect()
}

impl<'a> Examples<'a> {
    /// All rows of `features`; `labels` are indices of `classes`, one a row.
    ///
    /// # Errors
    /// If the rows are of fewer than two classes, or a feature is not finite.
    ///
    /// # Panics
    /// If there is not one label a row, or a label is no index of `classes`.
    pub fn new(features: &'a Features, labels: &'a [usize], classes: &'a [String]) -> Result<Self> {
        assert_eq!(features.n_rows(), labels.len(), "one label a row");
        assert!(labels.iter().all(|&label| label < classes.len()), "labels are indices of classes");
        if let Some((row, column, value)) = features.first_not_finite() {
            return Err(Error::NotFinite { row, column, value });
        }
        let rows = (0..labels.len()).map(|row| u32::try_from(row).expect("rows are counted in 32 bits"));
        let examples = Self { features, labels, classes, weights: None, rows: rows.collect() };
        examples.check_classes()?;
        Ok(examples)
    }

    /// The same, with a row counting as much as so many rows of weight 1.
    ///
    /// # Panics
    /// If there is not one weight a row, or one is not a number above 0.
    #[must_use]
    pub fn weighted(self, weights: &'a [f32]) -> Self {
        assert_eq!(self.labels.len(), weights.len(), "one weight a row");
        assert!(weights.iter().all(|weight| weight.is_finite() && *weight > 0.0), "weights above 0");
        Self { weights: Some(weights), ..self }
    }

    /// Only these rows of the features.
    ///
    /// # Errors
    /// If they are of fewer than two classes.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn only(&self, rows: Vec<u32>) -> Result<Self> {
        assert!(rows.iter().all(|&row| (row as usize) < self.labels.len()), "rows of the features");
        let examples = Self { rows, ..self.clone() };
        examples.check_classes()?;
        Ok(examples)
    }

    /// The same rows with other features.
    ///
    /// # Panics
    /// If there is not one label a row.
    pub(crate) fn of_features<'b>(&self, features: &'b Features) -> Examples<'b>
    where
        'a: 'b,
    {
        assert_eq!(features.n_rows(), self.labels.len(), "one label a row");
        Examples {
            features,
            labels: self.labels,
            classes: self.classes,
            weights: self.weights,
            rows: self.rows.clone(),
        }
    }

    fn check_classes(&self) -> Result<()> {
        let mut labels = self.labels();
        let first = labels.next();
        match labels.all(|label| Some(label) == first) {
            false => Ok(()),
            true => Err(Error::SingleClass {
                n_rows: self.len(),
                only: first.map(|label| self.classes[label].clone()),
            }),
        }
    }

    /// The number of rows that are looked at.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether no row is looked at.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The features of all rows, those that are left out too.
    pub fn features(&self) -> &'a Features {
        self.features
    }

    /// The names of the classes.
    pub fn classes(&self) -> &'a [String] {
        self.classes
    }

    /// The rows of the features that are looked at.
    pub fn rows(&self) -> &[u32] {
        &self.rows
    }

    /// The class of every row that is looked at, in their order.
    pub fn labels(&self) -> impl Iterator<Item = usize> {
        self.rows.iter().map(|&row| self.labels[row as usize])
    }

    /// The class of a row of the features.
    pub(crate) fn label_of(&self, row: u32) -> usize {
        self.labels[row as usize]
    }

    /// How much a row of the features counts.
    pub(crate) fn weight_of(&self, row: u32) -> f64 {
        self.weights.map_or(1.0, |weights| f64::from(weights[row as usize]))
    }

    /// Whether all rows count the same.
    pub(crate) fn is_weighted(&self) -> bool {
        self.weights.is_some()
    }

    /// The sum of every column over the rows of each class, c × d.
    pub(crate) fn sums(&self) -> Array2<f64> {
        let mut sums = Array2::zeros((self.classes.len(), self.features.n_columns()));
        for &row in &self.rows {
            let (mut sums, weight) = (sums.row_mut(self.label_of(row)), self.weight_of(row));
            for (column, value) in self.features.entries(row as usize) {
                sums[column] += weight * f64::from(value);
            }
        }
        sums
    }

    /// How much the rows that are looked at count together.
    pub(crate) fn total_weight(&self) -> f64 {
        self.rows.iter().map(|&row| self.weight_of(row)).sum()
    }
}

/// A weight a row so that every class counts the same and the mean is 1.
pub fn balanced_weights(labels: &[usize], n_classes: usize) -> Vec<f32> {
    let mut counts = vec![0usize; n_classes];
    labels.iter().for_each(|&label| counts[label] += 1);
    let n_present = counts.iter().filter(|&&count| count > 0).count();
    let weight = |&label: &usize| labels.len() as f32 / (n_present * counts[label]) as f32;
    labels.iter().map(weight).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn classes_that_are_balanced_count_the_same() {
        let weights = balanced_weights(&[0, 0, 0, 2], 3);
        assert!((weights[..3].iter().sum::<f32>() - weights[3]).abs() < 1e-6);
        assert!((weights.iter().sum::<f32>() - 4.0).abs() < 1e-6);
    }

    #[test]
    fn rows_of_one_class_are_an_error() {
        let features = Features::from(array![[0.0f32], [1.0], [2.0]]);
        let classes = ["a".to_string(), "b".to_string()];
        let examples = Examples::new(&features, &[0, 1, 1], &classes).unwrap();
        assert!(examples.only(vec![0, 2]).is_ok());
        assert!(examples.only(vec![1, 2]).unwrap_err().to_string().contains("all of the class \"b\""));
        assert!(Examples::new(&features, &[1, 1, 1], &classes).is_err());
    }
}
