//! A trained classifier, whatever trained it.

use ndarray::linalg::general_mat_mul;
use ndarray::{Array1, Array2, ArrayView1, ArrayView2, Axis, s};
use wordferry_vectors::{Artefact, Block, Features, Space, SparseRows};

use crate::{Affine, Error, Moments, Result};

/// Scores xW + b, one a class; probabilities by the softmax.
#[derive(Clone, Debug, PartialEq)]
pub struct LinearClassifier {
    space: Space,
    classes: Vec<String>,
    /// d × c
    weights: Array2<f32>,
    /// c
    bias: Array1<f32>,
}

/// The most probable class of a text.
#[derive(Clone, Debug, PartialEq)]
pub struct Prediction {
    /// Index of the class.
    pub class: usize,
    /// Probability of that class, 1 / c to 1.
    pub probability: f32,
}

impl Prediction {
    /// The most probable class, the first among equals, of the probabilities of all.
    pub fn of(probabilities: ArrayView1<'_, f32>) -> Self {
        let (class, probability) = probabilities
            .iter()
            .enumerate()
            .fold((0, f32::NEG_INFINITY), |best, (i, &p)| if p > best.1 { (i, p) } else { best });
        Self { class, probability }
    }
}

impl LinearClassifier {
    /// A classifier in `space` with a column of `weights` (d × c) and a `bias` for every class.
    ///
    /// # Panics
    /// If the numbers of classes disagree.
    pub fn new(space: Space, classes: Vec<String>, weights: Array2<f32>, bias: Array1<f32>) -> Self {
        assert_eq!(
            (weights.ncols(), bias.len()),
            (classes.len(), classes.len()),
            "a column and a bias a class"
        );
        Self { space, classes, weights, bias }
    }

    /// The space of the features that it was trained on.
    pub fn space(&self) -> Space {
        self.space
    }

    /// The names of the classes, in the order of the scores.
    pub fn classes(&self) -> &[String] {
        &self.classes
    }

    /// The number of features, d.
    pub fn dimension(&self) -> usize {
        self.weights.nrows()
    }

    /// The weights, d × c.
    pub fn weights(&self) -> ArrayView2<'_, f32> {
        self.weights.view()
    }

    /// The bias, c.
    pub fn bias(&self) -> ArrayView1<'_, f32> {
        self.bias.view()
    }

    /// An error unless features of `space` can be classified.
    ///
    /// # Errors
    /// If the classifier was trained in another space.
    pub fn check_space(&self, space: Space) -> Result<()> {
        match space == self.space {
            true => Ok(()),
            false => Err(Error::SpaceMismatch { expected: self.space, found: space }),
        }
    }

    /// The scores of every row, n × c: log-odds against an even guess, unbounded.
    ///
    /// # Panics
    /// If the features are not d wide.
    pub fn scores(&self, features: &Features) -> Array2<f32> {
        assert_eq!(features.n_columns(), self.dimension(), "features as wide as the classifier's");
        let mut scores = Array2::zeros((features.n_rows(), self.classes.len())) + &self.bias;
        let mut start = 0;
        for block in features.blocks() {
            let end = start + block.n_columns();
            let weights = self.weights.slice(s![start..end, ..]);
            match block {
                Block::Dense(rows) => general_mat_mul(1.0, rows, &weights, 1.0, &mut scores),
                Block::Sparse(rows) => add_sparse(rows, weights, &mut scores),
            }
            start = end;
        }
        scores
    }

    /// The probability of every class, n × c, rows that sum to 1.
    ///
    /// # Panics
    /// If the features are not d wide.
    pub fn probabilities(&self, features: &Features) -> Array2<f32> {
        let mut scores = self.scores(features);
        for mut row in scores.axis_iter_mut(Axis(0)) {
            let highest = row.fold(f32::NEG_INFINITY, |highest, &score| highest.max(score));
            row.mapv_inplace(|score| (score - highest).exp());
            let sum = row.sum();
            row /= sum;
        }
        scores
    }

    /// The most probable class of every row; the first among equals.
    ///
    /// # Panics
    /// If the features are not d wide.
    pub fn predict(&self, features: &Features) -> Vec<Prediction> {
        self.probabilities(features).rows().into_iter().map(Prediction::of).collect()
    }

    /// The same classifier for features whose moments are `to` instead of `from`: each feature is read in units of
    /// its own set's deviation from its own set's mean.
    pub fn adapted(&self, from: &Moments, to: &Moments) -> Self {
        let scale = &from.deviation / &to.deviation;
        let weights = self.weights.mapv(f64::from) * &scale.insert_axis(Axis(1));
        let bias =
            self.bias.mapv(f64::from) + from.mean.dot(&self.weights.mapv(f64::from)) - to.mean.dot(&weights);
        Self {
            weights: weights.mapv(|value| value as f32),
            bias: bias.mapv(|value| value as f32),
            ..self.clone()
        }
    }

    /// The same classifier with its scores changed by a straight line, such as a calibration is.
    ///
    /// # Panics
    /// If a shift is given and there are not two classes.
    pub fn rescaled(&self, Affine { scale, shift }: Affine) -> Self {
        assert!(shift == 0.0 || self.classes.len() == 2, "two classes");
        // The score of a class that never wins stays finite.
        let times = |value: f32| (f64::from(value) * scale).max(f32::MIN.into());
        let mut bias = self.bias.mapv(times);
        if shift != 0.0 {
            bias[1] += shift;
        }
        Self {
            weights: self.weights.mapv(|weight| times(weight) as f32),
            bias: bias.mapv(|value| value as f32),
            ..self.clone()
        }
    }

    /// Adds the classifier to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        artefact
            .set("classifier", serde_json::json!({ "space": self.space.to_hex(), "classes": self.classes }));
        artefact.put_matrix("classifier.weights", self.weights.view());
        artefact.put_numbers("classifier.bias", &self.bias.to_vec());
    }

    /// Takes a classifier back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let properties = artefact.get("classifier")?;
        let space = properties["space"].as_str().and_then(|space| space.parse().ok());
        let space = space.ok_or_else(|| artefact.broken("a classifier without a space"))?;
        let classes = properties["classes"].as_array().map(Vec::as_slice).unwrap_or_default();
        let classes: Vec<String> =
            classes.iter().filter_map(|class| Some(class.as_str()?.to_string())).collect();
        let (weights, bias) = (artefact.matrix("classifier.weights")?, artefact.numbers("classifier.bias")?);
        if classes.len() < 2 || (weights.ncols(), bias.len()) != (classes.len(), classes.len()) {
            return Err(artefact.broken("a classifier whose weights do not fit its classes").into());
        }
        Ok(Self { space, classes, weights, bias })
    }
}

fn add_sparse(rows: &SparseRows, weights: ArrayView2<'_, f32>, scores: &mut Array2<f32>) {
    for (row, mut scores) in scores.axis_iter_mut(Axis(0)).enumerate() {
        let (columns, values) = rows.row(row);
        for (&column, &value) in columns.iter().zip(values) {
            scores.scaled_add(value, &weights.row(column as usize));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::Calibration;
    use ndarray::array;

    fn classifier() -> LinearClassifier {
        let classes = vec!["no".into(), "yes".into()];
        LinearClassifier::new(
            Space::of(&[b"test"]),
            classes,
            array![[0.0, 2.0], [0.0, -1.0]],
            array![0.0, 0.5],
        )
    }

    #[test]
    fn two_classes_are_the_logistic_function() {
        let features = Features::from(array![[1.0, 0.0], [0.0, 0.5], [0.0, 4.0]]);
        let expected = [2.5f32, 0.0, -3.5].map(|score| 1.0 / (1.0 + (-score).exp()));
        let found = classifier().probabilities(&features);
        assert!(found.column(1).iter().zip(expected).all(|(a, b)| (a - b).abs() < 1e-6), "{found}");
        let classes: Vec<usize> = classifier().predict(&features).iter().map(|p| p.class).collect();
        assert_eq!(classes, [1, 0, 0], "the first class among equals");
    }

    #[test]
    fn adapting_moves_features_onto_the_source() {
        let source = array![[1.0, 0.0], [3.0, 1.0], [5.0, 5.0]];
        let target = &source * 2.0 + 7.0;
        let (source, target) = (Features::from(source), Features::from(target));
        let adapted = classifier().adapted(&Moments::of_features(&source), &Moments::of_features(&target));
        let (expected, found) = (classifier().scores(&source), adapted.scores(&target));
        assert!((expected - found).iter().all(|difference| difference.abs() < 1e-4));
    }

    #[test]
    fn a_calibration_becomes_a_part_of_the_classifier() {
        let features = Features::from(array![[1.0, 0.0], [0.0, 0.5], [0.0, 4.0]]);
        for calibration in [Calibration::Temperature(0.4), Calibration::Platt { slope: 1.5, offset: -0.7 }] {
            let expected = calibration.apply(classifier().scores(&features).view());
            let rescaled = classifier().rescaled(calibration.as_affine().unwrap());
            let difference = rescaled.probabilities(&features) - expected;
            assert!(difference.iter().all(|difference| difference.abs() < 1e-6), "{difference}");
        }
        let mut never = classifier();
        never.bias[0] = f32::MIN;
        assert!(never.rescaled(Affine { scale: 3.0, shift: 0.0 }).bias.iter().all(|bias| bias.is_finite()));
    }

    #[test]
    fn another_space_is_refused() {
        assert!(classifier().check_space(Space::of(&[b"test"])).is_ok());
        assert!(classifier().check_space(Space::of(&[b"other"])).is_err());
    }
}
