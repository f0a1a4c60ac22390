//! Logistic regression with an L2 penalty, trained by linfa.
//!
//! linfa's loss is a sum over rows, so that a fixed penalty would drown 16 rows and do nothing to 100,000. Here the
//! penalty is per row: minimise mean(loss) + l2 / 2 · ‖W‖², on standardised features, without penalising the bias.

use linfa::DatasetBase;
use linfa::traits::Fit;
use linfa_logistic::{LogisticRegression, MultiLogisticRegression};
use ndarray::{Array1, Array2, ArrayView2, Axis};
use wordferry_vectors::Space;

use crate::{Error, LinearClassifier, Moments, Result};

/// Iterations after which the solver stops anyway.
const MOST_ITERATIONS: u64 = 300;
/// The solver stops when the gradient of the mean loss is shorter than this.
const GRADIENT_TOLERANCE: f64 = 1e-5;

/// Trains a classifier on `features` (n × d) of `space`; `labels` are indices of `classes`, one a row; `l2` is the
/// penalty per row.
///
/// # Errors
/// If the rows are of fewer than two classes, a feature is not finite, or the solver fails.
///
/// # Panics
/// If there is not one label a row, or a label is no index of `classes`.
pub fn fit_logistic(
    space: Space,
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    classes: &[String],
    l2: f64,
) -> Result<LinearClassifier> {
    check(features, labels, classes)?;
    let moments = Moments::of(features);
    let solution = Logistic::solve(&moments.standardise(features), labels, classes.len(), l2)?;
    Ok(solution.on_raw_features(&moments).into_classifier(space, classes))
}

/// An error unless `features` and `labels` can be trained on.
pub(crate) fn check(features: ArrayView2<'_, f32>, labels: &[usize], classes: &[String]) -> Result<()> {
    assert_eq!(features.nrows(), labels.len(), "one label a row");
    if let Some(((row, column), &value)) = features.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(Error::NotFinite { row, column, value });
    }
    let first = labels.first();
    if labels.iter().all(|label| Some(label) == first) {
        return Err(Error::SingleClass {
            n_rows: labels.len(),
            only: first.map(|&label| classes[label].clone()),
        });
    }
    Ok(())
}

/// A solution of the problem: scores are x · weights + bias.
#[derive(Clone, Debug)]
pub struct Logistic {
    /// d × c
    pub(crate) weights: Array2<f64>,
    /// c
    pub(crate) bias: Array1<f64>,
}

impl Logistic {
    /// Solves for standardised features `x` (n × d).
    pub(crate) fn solve(x: &Array2<f64>, labels: &[usize], n_classes: usize, l2: f64) -> Result<Self> {
        let n = x.nrows() as f64;
        let failed = |error: linfa_logistic::error::Error| Error::Training {
            n_rows: x.nrows(),
            n_features: x.ncols(),
            reason: error.to_string(),
        };
        let data = DatasetBase::new(x.view(), Array1::from(labels.to_vec()));
        let mut weights = Array2::zeros((x.ncols(), n_classes));
        let mut bias = Array1::zeros(n_classes);
        if n_classes == 2 {
            let fitted = LogisticRegression::default()
                .alpha(l2 * n)
                .gradient_tolerance(GRADIENT_TOLERANCE * n)
                .max_iterations(MOST_ITERATIONS)
                .fit(&data)
                .map_err(failed)?;
            // linfa calls the more frequent class positive; here the second one is.
            let sign = if fitted.labels().pos.class == 1 { 1.0 } else { -1.0 };
            weights.column_mut(1).assign(&(fitted.params() * sign));
            bias[1] = fitted.intercept() * sign;
        } else {
            let fitted = MultiLogisticRegression::default()
                .alpha(l2 * n)
                .gradient_tolerance(GRADIENT_TOLERANCE * n)
                .max_iterations(MOST_ITERATIONS)
                .fit(&data)
                .map_err(failed)?;
            // A class without a row gets no column from linfa, and here a score that never wins.
            bias.fill(f64::from(f32::MIN));
            for (column, &class) in fitted.classes().iter().enumerate() {
                weights.column_mut(class).assign(&fitted.params().column(column));
                bias[class] = fitted.intercept()[column];
            }
        }
        Ok(Self { weights, bias })
    }

    /// The mean of −log p(label) over the rows of `x`, in nats.
    pub(crate) fn log_loss(&self, x: &Array2<f64>, labels: &[usize]) -> f64 {
        let scores = x.dot(&self.weights) + &self.bias;
        let losses = scores.rows().into_iter().zip(labels).map(|(row, &label)| {
            let highest = row.fold(f64::NEG_INFINITY, |highest, &score| highest.max(score));
            row.fold(0.0, |sum, &score| sum + (score - highest).exp()).ln() + highest - row[label]
        });
        losses.sum::<f64>() / labels.len().max(1) as f64
    }

    /// The same solution for features that were not standardised.
    fn on_raw_features(&self, moments: &Moments) -> Self {
        let weights = &self.weights / &moments.deviation.clone().insert_axis(Axis(1));
        let bias = &self.bias - &moments.mean.dot(&weights);
        Self { weights, bias }
    }

    fn into_classifier(self, space: Space, classes: &[String]) -> LinearClassifier {
        let weights = self.weights.mapv(|value| value as f32);
        LinearClassifier::new(space, classes.to_vec(), weights, self.bias.mapv(|value| value as f32))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn names(n: usize) -> Vec<String> {
        (0..n).map(|i| i.to_string()).collect()
    }

    fn fit(features: &Array2<f32>, labels: &[usize], n_classes: usize, l2: f64) -> Result<LinearClassifier> {
        fit_logistic(Space::of(&[b"test"]), features.view(), labels, &names(n_classes), l2)
    }

    #[test]
    fn separates_two_and_three_classes() {
        let features = array![[0.0, 9.0], [0.5, 8.0], [5.0, 9.5], [5.5, 8.5], [2.5, -4.0], [2.0, -5.0]];
        for (labels, n_classes) in [([1, 1, 1, 1, 0, 0], 2), ([0, 0, 0, 0, 1, 1], 2), ([2, 2, 0, 0, 1, 1], 3)]
        {
            let classifier = fit(&features, &labels, n_classes, 1e-3).unwrap();
            let found: Vec<usize> = classifier.predict(features.view()).iter().map(|p| p.class).collect();
            assert_eq!(found, labels);
        }
    }

    #[test]
    fn the_penalty_does_not_depend_on_the_number_of_rows() {
        let features = array![[0.0, 1.0], [1.0, 0.5], [0.5, 0.0], [2.0, 1.5]];
        let labels = [0, 1, 0, 1];
        let twice = ndarray::concatenate![Axis(0), features, features];
        let once = fit(&features, &labels, 2, 0.1).unwrap().scores(features.view());
        let twice = fit(&twice, &[labels, labels].concat(), 2, 0.1).unwrap().scores(features.view());
        assert!((once - twice).iter().all(|difference| difference.abs() < 1e-3));
    }

    #[test]
    fn what_cannot_be_trained_on_is_said() {
        let features = array![[0.0], [1.0]];
        let message = |result: Result<LinearClassifier>| result.unwrap_err().to_string();
        assert!(message(fit(&features, &[1, 1], 2, 0.1)).contains("all of the class \"1\""));
        assert!(message(fit(&array![[0.0], [f32::NAN]], &[0, 1], 2, 0.1)).contains("row 1, column 0"));
        assert!(message(fit(&Array2::zeros((0, 1)), &[], 2, 0.1)).contains("found 0 texts"));
    }
}
