//! How frequent classes are in texts without labels.

use ndarray::{Array1, ArrayView2, Axis};

use crate::LinearClassifier;

const MOST_ROUNDS: usize = 1000;
const CLOSE_ENOUGH: f64 = 1e-6;

/// The classes' shares among rows with `probabilities` (n × c) by a classifier that was trained where the shares were `trained`: expectation
/// and maximisation take turns (Saerens, Latinne and Decaestecker 2002). They are as good as the probabilities are calibrated.
///
/// # Panics
/// If there is no row, or not one share a class.
pub fn label_shift(probabilities: ArrayView2<'_, f32>, trained: &[f64]) -> Vec<f64> {
    assert_eq!(probabilities.ncols(), trained.len(), "a share a class");
    let probabilities = probabilities.mapv(f64::from);
    let trained = Array1::from(trained.to_vec()).mapv(|share| share.max(f64::MIN_POSITIVE));
    let mut shares = trained.clone();
    for _ in 0..MOST_ROUNDS {
        let mut posteriors = &probabilities * &(&shares / &trained);
        for mut row in posteriors.rows_mut() {
            let sum = row.sum().max(f64::MIN_POSITIVE);
            row /= sum;
        }
        let next = posteriors.mean_axis(Axis(0)).expect("at least one row");
        let moved = (&next - &shares).mapv(f64::abs).sum();
        shares = next;
        if moved < CLOSE_ENOUGH {
            break;
        }
    }
    shares.to_vec()
}

/// The classifier for texts among which the classes' shares are `to`, where they were `from` in training.
#[must_use]
pub fn shift_labels(classifier: &LinearClassifier, from: &[f64], to: &[f64]) -> LinearClassifier {
    let ratio = |(from, to): (&f64, &f64)| (to.max(1e-6) / from.max(1e-6)).ln() as f32;
    let shift: Array1<f32> = from.iter().zip(to).map(ratio).collect();
    LinearClassifier::new(
        classifier.space(),
        classifier.classes().to_vec(),
        classifier.weights().to_owned(),
        &classifier.bias() + &shift,
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};
    use wordferry_vectors::Space;

    #[test]
    fn shares_are_found_and_applied() {
        // 900 rows of the first class, 100 of the second; told apart at 80 % by a classifier of balanced training.
        let right = |class: usize, i: usize| if i.is_multiple_of(5) { 1 - class } else { class };
        let probabilities = Array2::from_shape_fn((1000, 2), |(i, class)| {
            if class == right(usize::from(i >= 900), i) { 0.8 } else { 0.2 }
        });
        let shares = label_shift(probabilities.view(), &[0.5, 0.5]);
        assert!((shares[0] - 0.9).abs() < 0.01, "{shares:?}");
        let plain = LinearClassifier::new(
            Space::of(&[b"test"]),
            vec!["a".into(), "b".into()],
            array![[0.0, 1.0]],
            array![0.0, 0.0],
        );
        let shifted = shift_labels(&plain, &[0.5, 0.5], &shares);
        let margin = shifted.bias()[1] - shifted.bias()[0];
        assert!((f64::from(margin) - (shares[1] / shares[0]).ln()).abs() < 1e-5);
    }
}
