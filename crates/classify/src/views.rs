//! Classifiers of several views of the same texts as one.

use ndarray::{Array2, Axis, concatenate};
use wordferry_vectors::{Features, Space};

use crate::{Examples, LinearClassifier, Result};

/// Views of the same labelled rows.
#[derive(Clone, Copy)]
pub struct LabelledViews<'a> {
    /// The views, at least one.
    pub views: &'a [Features],
    /// The class of every row, an index of `classes`.
    pub labels: &'a [usize],
    /// The names of the classes.
    pub classes: &'a [String],
    /// How much each row counts, above 0; `None`: all the same.
    pub weights: Option<&'a [f32]>,
}

impl<'a> LabelledViews<'a> {
    /// The rows of one of the views.
    ///
    /// # Errors
    /// If the rows are of fewer than two classes, or a feature is not finite.
    pub fn examples(&self, view: &'a Features) -> Result<Examples<'a>> {
        let examples = Examples::new(view, self.labels, self.classes)?;
        Ok(match self.weights {
            Some(weights) => examples.weighted(weights),
            None => examples,
        })
    }
}

/// The classifier whose scores are the weighted sum of those of the parts, on the parts' columns side by side.
///
/// # Panics
/// If there is no part, or the parts are of other classes.
pub fn sum(space: Space, classes: &[String], parts: &[(LinearClassifier, f32)]) -> LinearClassifier {
    assert!(parts.iter().all(|(part, _)| part.classes() == classes), "classifiers of the same classes");
    let weights: Vec<Array2<f32>> = parts.iter().map(|(part, factor)| &part.weights() * *factor).collect();
    let views: Vec<_> = weights.iter().map(Array2::view).collect();
    let weights = concatenate(Axis(0), &views).expect("parts have a column a class");
    let bias = parts.iter().map(|(part, factor)| &part.bias() * *factor).reduce(|a, b| a + b);
    LinearClassifier::new(space, classes.to_vec(), weights, bias.expect("at least one part"))
}

/// The deviation of scores (n × c) from the mean of their row and class, as that of one score against another: of two classes, that of
/// their difference. 1, if they do not differ.
pub fn deviation(scores: &Array2<f32>) -> f64 {
    let scores = scores.mapv(f64::from);
    let (Some(of_rows), Some(of_classes)) = (scores.mean_axis(Axis(1)), scores.mean_axis(Axis(0))) else {
        return 1.0;
    };
    let mean = of_classes.mean().unwrap_or(0.0);
    let centred = &scores - &of_rows.insert_axis(Axis(1)) - &of_classes + mean;
    let n_free = (scores.nrows() * (scores.ncols() - 1)).max(1) as f64;
    let variance = 2.0 * centred.iter().map(|value| value * value).sum::<f64>() / n_free;
    if variance > 0.0 { variance.sqrt() } else { 1.0 }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn a_sum_of_classifiers_is_one_of_the_features_side_by_side() {
        let features: [Array2<f32>; 2] = [array![[1.0, 0.5], [0.0, -1.0]], array![[3.0], [-4.0]]];
        let weights: [Array2<f32>; 2] = [array![[1.0, -1.0], [0.5, 2.0]], array![[0.2, 0.1]]];
        let (classes, space) = (["no".to_string(), "yes".to_string()], Space::of(&[b"test"]));
        let parts =
            weights.map(|weights| LinearClassifier::new(space, classes.to_vec(), weights, array![0.5, -0.5]));
        let scores = |part: usize| parts[part].scores(&features[part].clone().into());
        let expected = scores(0) * 2.0 + scores(1) * 0.5;
        let [first, second] = parts.clone();
        let both = sum(space, &classes, &[(first, 2.0), (second, 0.5)]);
        let side_by_side = Features::beside(features.map(Features::from));
        assert!((both.scores(&side_by_side) - expected).iter().all(|difference| difference.abs() < 1e-6));
    }

    #[test]
    fn the_deviation_of_two_classes_is_that_of_the_margin() {
        let scores = array![[0.0f32, 3.0], [0.0, -1.0], [0.0, 1.0]];
        let expected = ((2f64 * 2.0 + 2.0 * 2.0) / 3.0).sqrt();
        assert!((deviation(&scores) - expected).abs() < 1e-9);
        assert_eq!(deviation(&array![[1.0, 2.0], [1.0, 2.0]]), 1.0);
    }
}
