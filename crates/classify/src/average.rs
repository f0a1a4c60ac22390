//! Classifiers of several views of the same texts as one.

use ndarray::{Array2, Axis, concatenate};
use wordferry_vectors::{Features, Space};

use crate::{ChosenL2, Examples, Head, LinearClassifier, Result, choose_l2};

/// A view of texts, and how much its opinion counts.
pub struct WeightedView {
    /// The features of the view.
    pub features: Features,
    /// Its weight, above 0.
    pub weight: f32,
}

/// Trains a classifier on each view alone, with a penalty of its own, and adds them: each one's scores are divided by their
/// deviation over the rows and multiplied by its weight. A sum of linear classifiers is one on all columns side by side.
///
/// A view that is trained alone cannot lean on another: what it learned holds where the other is weaker than in training.
///
/// # Errors
/// If the rows are of fewer than two classes, a feature is not finite, or a solver fails.
///
/// # Panics
/// If there is no view, or not one label a row.
pub fn fit_average(
    head: Head,
    space: Space,
    views: &[WeightedView],
    labels: &[usize],
    classes: &[String],
    weights: Option<&[f32]>,
    seed: u64,
) -> Result<(LinearClassifier, Vec<ChosenL2>)> {
    let mut examples = Vec::with_capacity(views.len());
    let mut chosen = Vec::with_capacity(views.len());
    for view in views {
        let mut of_view = Examples::new(&view.features, labels, classes)?;
        if let Some(weights) = weights {
            of_view = of_view.weighted(weights);
        }
        let l2 = choose_l2(head, &of_view, seed)?;
        examples.push((of_view, view.weight, l2.l2));
        chosen.push(l2);
    }
    Ok((fit_sum(head, space, &examples)?, chosen))
}

/// The same of views whose penalties are known: the examples of each, how much its opinion counts, and its penalty per row.
///
/// # Errors
/// If a solver fails.
///
/// # Panics
/// If there is no view, or the views are of other classes.
pub fn fit_sum(head: Head, space: Space, views: &[(Examples<'_>, f32, f64)]) -> Result<LinearClassifier> {
    let part = |(examples, weight, l2): &(Examples<'_>, f32, f64)| {
        let classifier = head.fit(space, examples, *l2)?;
        let rows: Vec<usize> = examples.rows().iter().map(|&row| row as usize).collect();
        let scores = classifier.scores(examples.features()).select(Axis(0), &rows);
        Ok((classifier, (f64::from(*weight) / deviation(&scores)) as f32))
    };
    let parts = views.iter().map(part).collect::<Result<Vec<_>>>()?;
    let classes = parts.first().expect("at least one view").0.classes().to_vec();
    Ok(sum(space, &classes, &parts))
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
    fn the_sum_of_two_views_is_one_classifier() {
        let first: Array2<f32> = array![[1.0, 0.1], [0.8, -0.1], [-1.0, 0.0], [-0.9, 0.2]];
        let second: Array2<f32> = array![[3.0], [1.0], [2.0], [-4.0]];
        let (labels, classes) = ([1, 1, 0, 0], ["no".to_string(), "yes".to_string()]);
        let view =
            |features: &Array2<f32>, weight| WeightedView { features: features.clone().into(), weight };
        let space = Space::of(&[b"test"]);
        let fit = |views: &[WeightedView]| {
            fit_average(Head::Logistic, space, views, &labels, &classes, None, 42).unwrap().0
        };
        let both = fit(&[view(&first, 1.0), view(&second, 0.5)]);
        let alone = [fit(&[view(&first, 1.0)]), fit(&[view(&second, 0.5)])];
        let features = Features::beside([first.clone().into(), second.clone().into()]);
        let expected = alone[0].scores(&first.into()) + alone[1].scores(&second.into());
        let difference = both.scores(&features) - &expected;
        assert!(difference.iter().all(|difference| difference.abs() < 1e-5));
        let margins: Vec<f32> = expected.rows().into_iter().map(|row| row[1] - row[0]).collect();
        assert!(margins.iter().all(|margin| margin.is_finite()));
    }

    #[test]
    fn the_deviation_of_two_classes_is_that_of_the_margin() {
        let scores = array![[0.0f32, 3.0], [0.0, -1.0], [0.0, 1.0]];
        let expected = ((2f64 * 2.0 + 2.0 * 2.0) / 3.0).sqrt();
        assert!((deviation(&scores) - expected).abs() < 1e-9);
        assert_eq!(deviation(&array![[1.0, 2.0], [1.0, 2.0]]), 1.0);
    }
}
