//! Classifiers of several views in, one that knows how much to trust each out.
//!
//! How far a view's scores can be trusted is told by texts that its classifier did not see. The scores of all views are combined by a
//! weighted sum, so that what comes of it is still one linear classifier, on all columns side by side.

use ndarray::{Array1, Array2, ArrayView1, Axis};
use wordferry_vectors::Space;

use crate::examples::indices;
use crate::validation::{held_out_scores, hold_out, penalty};
use crate::views::{LabelledViews, deviation, sum};
use crate::{Calibration, ChosenL2, Head, LinearClassifier, Method, Result};

/// Rounds through all numbers of a meta-classifier after which its fit ends anyway.
const MOST_ROUNDS: usize = 200;
/// A round that moves no number by more is the last.
const CLOSE_ENOUGH: f64 = 1e-7;
/// Halvings of a step that does not lower the loss.
const MOST_HALVINGS: usize = 20;

/// How classifiers of several views become one.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Combination {
    /// The mean of the views' scores, each calibrated by a temperature that held-out rows tell.
    Average,
    /// Logistic regression on the views' scores of held-out rows, with weights that are not below 0 (Wolpert 1992; Breiman 1996). Where
    /// rows are few it stays near the average.
    Stack,
}

impl Combination {
    /// Every way.
    pub const ALL: [Self; 2] = [Self::Average, Self::Stack];

    /// The name, as the command line writes it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Average => "average",
            Self::Stack => "stack",
        }
    }

    /// The way of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|combination| combination.name() == name)
    }
}

/// Classifiers of views as one.
#[derive(Clone, Debug)]
pub struct Combined {
    /// The classifier of all columns side by side.
    pub classifier: LinearClassifier,
    /// The penalty of each view.
    pub l2: Vec<ChosenL2>,
    /// What each view's scores are multiplied by, 0 or more.
    pub weights: Vec<f64>,
    /// The scores of every row, n × c, by views and weights that were learned without the row's fold; `None` if a class has too few rows to hold
    /// any out.
    pub held_out: Option<Array2<f32>>,
}

/// Trains a classifier on each view alone and combines them. The penalty per row is `l2`, or chosen for
/// each view. Where a class has a single row nothing can be held out: each view's scores are then divided by their deviation, and all count
/// the same.
///
/// # Errors
/// If the rows are of fewer than two classes, a feature is not finite, or a solver fails.
///
/// # Panics
/// If there is no view, or not one label a row.
pub fn fit_combined(
    combination: Combination,
    head: Head,
    space: Space,
    rows: LabelledViews<'_>,
    l2: Option<f64>,
    seed: u64,
) -> Result<Combined> {
    let mut chosen = Vec::with_capacity(rows.views.len());
    let mut classifiers = Vec::with_capacity(rows.views.len());
    let mut held_out = Vec::with_capacity(rows.views.len());
    for view in rows.views {
        let examples = rows.examples(view)?;
        let l2 = penalty(head, &examples, l2, seed)?;
        classifiers.push(head.fit(space, &examples, l2.l2)?);
        held_out.extend(held_out_scores(head, &examples, l2.l2, seed)?);
        chosen.push(l2);
    }
    let first = rows.examples(rows.views.first().expect("at least one view"))?;
    let (meta, held_out) = if held_out.len() == rows.views.len() {
        let all: Vec<u32> = first.rows().to_vec();
        let scores = hold_out(&first, seed, |train, rows_out| {
            let meta = Meta::fit(combination, &held_out, &rows, train.rows())?;
            Ok(meta.scores(&held_out).select(Axis(0), &indices(rows_out)))
        })?;
        (Meta::fit(combination, &held_out, &rows, &all)?, scores)
    } else {
        let seen: Vec<Array2<f32>> =
            classifiers.iter().zip(rows.views).map(|(of_view, view)| of_view.scores(view)).collect();
        (Meta::even(&seen), None)
    };
    let parts: Vec<(LinearClassifier, f32)> = classifiers
        .into_iter()
        .zip(&meta.weights)
        .map(|(of_view, &weight)| (of_view, weight as f32))
        .collect();
    let all = sum(space, rows.classes, &parts);
    let bias = &all.bias() + &meta.bias.mapv(|value| value as f32);
    let classifier = LinearClassifier::new(space, rows.classes.to_vec(), all.weights().to_owned(), bias);
    Ok(Combined { classifier, l2: chosen, weights: meta.weights, held_out })
}

/// A weighted sum of the views' scores, and a bias a class.
#[derive(Clone, Debug, PartialEq)]
struct Meta {
    weights: Vec<f64>,
    bias: Array1<f64>,
}

impl Meta {
    /// By the scores (n × c) that each view gives rows that it did not see; of the rows, `train` are looked at.
    fn fit(
        combination: Combination,
        views: &[Array2<f32>],
        rows: &LabelledViews<'_>,
        train: &[u32],
    ) -> Result<Self> {
        let at = indices(train);
        let views: Vec<Array2<f32>> = views.iter().map(|view| view.select(Axis(0), &at)).collect();
        let labels: Vec<usize> = at.iter().map(|&row| rows.labels[row]).collect();
        let average = Self::average(&views, &labels)?;
        Ok(match combination {
            Combination::Average => average,
            Combination::Stack => {
                let counts =
                    at.iter().map(|&row| rows.weights.map_or(1.0, |weights| f64::from(weights[row])));
                average.stacked(&views, &labels, &counts.collect::<Vec<_>>())
            }
        })
    }

    /// The mean of the views, each by its temperature.
    fn average(views: &[Array2<f32>], labels: &[usize]) -> Result<Self> {
        let weight = |view: &Array2<f32>| {
            let temperature = Calibration::fit(Method::Temperature, view.view(), labels)?;
            let scale = temperature.as_affine().expect("a temperature is a straight line").scale;
            Ok(scale / views.len() as f64)
        };
        let weights = views.iter().map(weight).collect::<Result<_>>()?;
        Ok(Self { weights, bias: Array1::zeros(views[0].ncols()) })
    }

    /// The mean of the views, each over its deviation on rows that it was trained on.
    fn even(views: &[Array2<f32>]) -> Self {
        let n = views.len() as f64;
        let weights = views.iter().map(|view| 1.0 / (n * deviation(view))).collect();
        Self { weights, bias: Array1::zeros(views[0].ncols()) }
    }

    fn scores(&self, views: &[Array2<f32>]) -> Array2<f32> {
        let mut scores = Array2::zeros(views[0].dim()) + &self.bias.mapv(|value| value as f32);
        for (view, &weight) in views.iter().zip(&self.weights) {
            scores.scaled_add(weight as f32, view);
        }
        scores
    }

    /// The meta-classifier that begins at this one: minimises the sum of log-losses, a row counting as `counts` says, plus half the
    /// squared distance from here in units of the weights here. Each number in turn is moved to the minimum of the parabola that touches the
    /// loss; the loss is convex, and bounds on single numbers leave its minimum the only place to stay at.
    fn stacked(self, views: &[Array2<f32>], labels: &[usize], counts: &[f64]) -> Self {
        // In these units every view of the average has the weight 1.
        let inputs: Vec<Array2<f64>> =
            views.iter().zip(&self.weights).map(|(view, weight)| view.mapv(f64::from) * *weight).collect();
        let mut loss = Loss::new(&inputs, labels, counts);
        for _ in 0..MOST_ROUNDS {
            let moved = (0..loss.numbers.len()).map(|number| loss.lower_by(number)).fold(0.0, f64::max);
            if moved < CLOSE_ENOUGH {
                break;
            }
        }
        let weights =
            self.weights.iter().zip(&loss.numbers).map(|(weight, factor)| weight * factor).collect();
        let bias = std::iter::once(&0.0).chain(&loss.numbers[views.len()..]).copied().collect();
        Self { weights, bias }
    }
}

/// What a meta-classifier minimises, and where it is: a factor for each view, then a bias for each class but the first, whose bias is 0.
struct Loss<'a> {
    inputs: &'a [Array2<f64>],
    labels: &'a [usize],
    counts: &'a [f64],
    numbers: Vec<f64>,
    scores: Array2<f64>,
}

impl<'a> Loss<'a> {
    fn new(inputs: &'a [Array2<f64>], labels: &'a [usize], counts: &'a [f64]) -> Self {
        let n_classes = inputs[0].ncols();
        let numbers = [vec![1.0; inputs.len()], vec![0.0; n_classes - 1]].concat();
        let scores = inputs.iter().fold(Array2::zeros(inputs[0].dim()), |sum, input| sum + input);
        Self { inputs, labels, counts, numbers, scores }
    }

    /// What a row's scores change by where a number grows by 1.
    fn input(&self, number: usize, row: usize, class: usize) -> f64 {
        match self.inputs.get(number) {
            Some(input) => input[[row, class]],
            None => f64::from(u8::from(class == self.class(number))),
        }
    }

    /// The class whose bias a number is.
    fn class(&self, number: usize) -> usize {
        number - self.inputs.len() + 1
    }

    fn start(&self, number: usize) -> f64 {
        if number < self.inputs.len() { 1.0 } else { 0.0 }
    }

    /// The loss if a number were moved by `step`, as far as it depends on that.
    fn at(&self, number: usize, step: f64) -> f64 {
        let of_row = |(row, (&label, &count)): (usize, (&usize, &f64))| {
            let scores = self.scores.row(row);
            let moved =
                scores.iter().enumerate().map(|(class, score)| score + step * self.input(number, row, class));
            let moved: Array1<f64> = moved.collect();
            count * (log_sum(moved.view()) - moved[label])
        };
        let losses: f64 = self.labels.iter().zip(self.counts).enumerate().map(of_row).sum();
        losses + 0.5 * (self.numbers[number] + step - self.start(number)).powi(2)
    }

    /// Slope and curvature along a number.
    fn slope(&self, number: usize) -> (f64, f64) {
        let (mut slope, mut curvature) = (self.numbers[number] - self.start(number), 1.0);
        for (row, (&label, &count)) in self.labels.iter().zip(self.counts).enumerate() {
            let scores = self.scores.row(row);
            let log_sum = log_sum(scores);
            let (mut mean, mut square) = (0.0, 0.0);
            for (class, score) in scores.iter().enumerate() {
                let (p, input) = ((score - log_sum).exp(), self.input(number, row, class));
                mean += p * input;
                square += p * input * input;
            }
            slope += count * (mean - self.input(number, row, label));
            curvature += count * (square - mean * mean).max(0.0);
        }
        (slope, curvature)
    }

    /// Moves one number where the loss is lower; by how far.
    fn lower_by(&mut self, number: usize) -> f64 {
        let (slope, curvature) = self.slope(number);
        let mut step = -slope / curvature;
        if number < self.inputs.len() {
            step = step.max(-self.numbers[number]);
        }
        let here = self.at(number, 0.0);
        let Some(step) = (0..MOST_HALVINGS)
            .map(|n| step / f64::from(1u32 << n))
            .find(|&step| self.at(number, step) < here)
        else {
            return 0.0;
        };
        self.numbers[number] += step;
        match self.inputs.get(number) {
            Some(input) => self.scores.scaled_add(step, input),
            None => {
                let class = self.class(number);
                self.scores.column_mut(class).mapv_inplace(|score| score + step);
            }
        }
        step.abs()
    }
}

/// The logarithm of the sum of the exponentials.
fn log_sum(scores: ArrayView1<'_, f64>) -> f64 {
    let highest = scores.fold(f64::NEG_INFINITY, |highest, &score| highest.max(score));
    highest + scores.iter().map(|score| (score - highest).exp()).sum::<f64>().ln()
}

#[cfg(test)]
mod tests;
