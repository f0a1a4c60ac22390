//! What a classifier says of texts: the probability of every class, or of the most probable one alone.

use ndarray::Array2;
use wordferry_classify::{Prediction, top};

/// The answers to n texts.
#[derive(Clone, Debug, PartialEq)]
pub struct Answers {
    predictions: Vec<Prediction>,
    /// n × c, where they are known.
    probabilities: Option<Array2<f32>>,
    n_classes: usize,
}

impl Answers {
    /// By the probability of every class, n × c.
    pub fn of_probabilities(probabilities: Array2<f32>) -> Self {
        let n_classes = probabilities.ncols();
        Self { predictions: top(probabilities.view()), probabilities: Some(probabilities), n_classes }
    }

    /// By the most probable of `n_classes` classes. Of two, that tells the other's probability too; of more, what takes all
    /// probabilities cannot be measured.
    ///
    /// # Panics
    /// If a class is too high.
    pub fn of_predictions(predictions: Vec<Prediction>, n_classes: usize) -> Self {
        assert!(predictions.iter().all(|prediction| prediction.class < n_classes), "one of the classes");
        let probability = |(row, class): (usize, usize)| {
            let Prediction { class: predicted, probability } = predictions[row];
            if class == predicted { probability } else { 1.0 - probability }
        };
        let probabilities =
            (n_classes == 2).then(|| Array2::from_shape_fn((predictions.len(), 2), probability));
        Self { predictions, probabilities, n_classes }
    }

    /// The most probable class of every text.
    pub fn predictions(&self) -> &[Prediction] {
        &self.predictions
    }

    /// The index of that class.
    pub fn classes(&self) -> Vec<usize> {
        self.predictions.iter().map(|prediction| prediction.class).collect()
    }

    /// The probability of every class, n × c, where they are known.
    pub fn probabilities(&self) -> Option<&Array2<f32>> {
        self.probabilities.as_ref()
    }

    /// The number of classes.
    pub fn n_classes(&self) -> usize {
        self.n_classes
    }
}
