//! Classifiers of several views of the same texts as one.

use ndarray::{Array2, Axis, concatenate};
use wordferry_vectors::{Features, Space};

use crate::examples::indices;
use crate::fresh::as_fresh;
use crate::validation::{hold_out, penalty};
use crate::{ChosenL2, Examples, Head, LinearClassifier, Result};

/// A view of texts, and how much its opinion counts.
pub struct WeightedView {
    /// The features of the view.
    pub features: Features,
    /// Its weight, above 0.
    pub weight: f32,
}

/// Views of the same labelled rows.
#[derive(Clone, Copy)]
pub struct LabelledViews<'a> {
    /// The views, at least one.
    pub views: &'a [WeightedView],
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
    pub fn examples(&self, view: &'a WeightedView) -> Result<Examples<'a>> {
        let examples = Examples::new(&view.features, self.labels, self.classes)?;
        Ok(match self.weights {
            Some(weights) => examples.weighted(weights),
            None => examples,
        })
    }
}

/// Trains a classifier on each view alone, and adds them: each one's scores are divided by their deviation over the rows and multiplied by
/// its weight. A sum of linear classifiers is one on all columns side by side. The penalty per row is `l2`, or chosen for each view.
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
    rows: LabelledViews<'_>,
    l2: Option<f64>,
    seed: u64,
) -> Result<(LinearClassifier, Vec<ChosenL2>)> {
    let mut parts = Vec::with_capacity(rows.views.len());
    let mut chosen = Vec::with_capacity(rows.views.len());
    for view in rows.views {
        let examples = rows.examples(view)?;
        let l2 = penalty(head, &examples, l2, seed)?;
        parts.push(part(head, space, view.weight, &examples, l2.l2)?);
        chosen.push(l2);
    }
    Ok((sum(space, rows.classes, &parts), chosen))
}

/// The same of views whose penalties are known: the examples of each, how much its opinion counts, and its penalty per row.
///
/// # Errors
/// If a solver fails.
///
/// # Panics
/// If there is no view, or the views are of other classes.
pub fn fit_sum(head: Head, space: Space, views: &[(Examples<'_>, f32, f64)]) -> Result<LinearClassifier> {
    let of_view =
        |(examples, weight, l2): &(Examples<'_>, f32, f64)| part(head, space, *weight, examples, *l2);
    let parts = views.iter().map(of_view).collect::<Result<Vec<_>>>()?;
    let classes = parts.first().expect("at least one view").0.classes().to_vec();
    Ok(sum(space, &classes, &parts))
}

/// The scores of every row, n × c, by the sum of classifiers that were trained without the row's fold, which is the same in every view;
/// `chosen` holds the views' penalties. `None` if a class has too few rows to hold any out.
///
/// # Errors
/// As [`fit_average`].
///
/// # Panics
/// If there is no view, or not one label a row, or not one penalty a view.
pub fn held_out_average(
    head: Head,
    rows: LabelledViews<'_>,
    chosen: &[ChosenL2],
    seed: u64,
) -> Result<Option<Array2<f32>>> {
    assert_eq!(rows.views.len(), chosen.len(), "one penalty a view");
    let space = Space::of(&[b"held out"]);
    let first = rows.views.first().expect("at least one view");
    hold_out(&rows.examples(first)?, seed, |train, held_out| {
        let mut scores = Array2::zeros((held_out.len(), rows.classes.len()));
        for (view, l2) in rows.views.iter().zip(chosen) {
            let examples = rows.examples(view)?.only(train.rows().to_vec())?;
            let (classifier, factor) = part(head, space, view.weight, &examples, l2.l2)?;
            scores.scaled_add(factor, &classifier.scores(&as_fresh(&view.features, held_out, train.rows())));
        }
        Ok(scores)
    })
}

/// A view's classifier, and what its scores are multiplied by: the view's weight, over the scores' deviation on what it was trained on.
fn part(
    head: Head,
    space: Space,
    weight: f32,
    examples: &Examples<'_>,
    l2: f64,
) -> Result<(LinearClassifier, f32)> {
    let classifier = head.fit(space, examples, l2)?;
    let seen = classifier.scores(examples.features()).select(Axis(0), &indices(examples.rows()));
    Ok((classifier, (f64::from(weight) / deviation(&seen)) as f32))
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
            let rows = LabelledViews { views, labels: &labels, classes: &classes, weights: None };
            fit_average(Head::Logistic, space, rows, None, 42).unwrap().0
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
    fn what_is_held_out_was_not_seen_by_any_view() {
        // The first view names every row, so that a classifier that saw a row knows its class; the second tells the class weakly.
        let labels: Vec<usize> = (0..40).map(|row| row * 7 % 11 % 2).collect();
        let classes = ["no".to_string(), "yes".to_string()];
        let first = Array2::from_shape_fn((40, 40), |(row, column)| f32::from(u8::from(row == column)));
        let second = Array2::from_shape_fn((40, 1), |(row, _)| labels[row] as f32 + (row % 5) as f32);
        let views = [first, second].map(|features| WeightedView { features: features.into(), weight: 1.0 });
        let space = Space::of(&[b"test"]);
        let rows = LabelledViews { views: &views, labels: &labels, classes: &classes, weights: None };
        let (seen, l2) = fit_average(Head::Logistic, space, rows, None, 42).unwrap();
        let held_out = held_out_average(Head::Logistic, rows, &l2, 42).unwrap().unwrap();
        let features = Features::beside(views.iter().map(|view| view.features.clone()).collect::<Vec<_>>());
        let right = |scores: &Array2<f32>| {
            let rows = scores.rows().into_iter().zip(&labels);
            rows.filter(|(row, label)| usize::from(row[1] > row[0]) == **label).count()
        };
        assert!(right(&seen.scores(&features)) >= 38, "{}", right(&seen.scores(&features)));
        assert!(right(&held_out) < 34, "{}", right(&held_out));
        let alone = &labels[..9].iter().map(|_| 0).chain([1]).collect::<Vec<_>>();
        let few = [WeightedView { features: Array2::eye(10).into(), weight: 1.0 }];
        let l2 = [ChosenL2 { l2: 0.1, n_folds: 0 }];
        let rows = LabelledViews { views: &few, labels: alone, ..rows };
        assert!(held_out_average(Head::Logistic, rows, &l2, 42).unwrap().is_none());
    }

    #[test]
    fn a_penalty_that_is_given_is_taken_for_every_view() {
        let labels: Vec<usize> = (0..20).map(|row| row % 2).collect();
        let classes = ["no".to_string(), "yes".to_string()];
        let views = [3.0, 1.0].map(|scale| WeightedView {
            features: Array2::from_shape_fn((20, 1), |(row, _)| {
                scale * labels[row] as f32 + (row % 3) as f32
            })
            .into(),
            weight: 1.0,
        });
        let rows = LabelledViews { views: &views, labels: &labels, classes: &classes, weights: None };
        let fit = |l2| fit_average(Head::Logistic, Space::of(&[b"test"]), rows, l2, 42).unwrap();
        let given = ChosenL2 { l2: 7.5, n_folds: 0 };
        assert_eq!(fit(Some(7.5)).1, [given, given]);
        assert!(fit(None).1.iter().all(|chosen| chosen.n_folds > 0));
    }

    #[test]
    fn the_deviation_of_two_classes_is_that_of_the_margin() {
        let scores = array![[0.0f32, 3.0], [0.0, -1.0], [0.0, 1.0]];
        let expected = ((2f64 * 2.0 + 2.0 * 2.0) / 3.0).sqrt();
        assert!((deviation(&scores) - expected).abs() < 1e-9);
        assert_eq!(deviation(&array![[1.0, 2.0], [1.0, 2.0]]), 1.0);
    }
}
