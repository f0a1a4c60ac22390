//! Classes of which a text may have any number, each told from its absence.

use ndarray::{Array1, Array2};
use wordferry_vectors::{Artefact, Features, Space};

use crate::{Detector, LinearClassifier, Result};

/// Scores xW + b, one a class; the logistic function of a class's score is its probability, whatever the others' are, and a text has the classes
/// that reach their thresholds.
#[derive(Clone, Debug, PartialEq)]
pub struct MultiLabelClassifier {
    classifier: LinearClassifier,
    /// c, probabilities.
    thresholds: Array1<f32>,
}

impl MultiLabelClassifier {
    /// One classifier of every class's own, which tells its absence (class 0) from its presence (class 1), and what its log-odds
    /// mean (one-vs-rest; Rifkin and Klautau 2004).
    ///
    /// # Panics
    /// If there is not one part a class, there is none, or one is not of two classes.
    pub fn one_vs_rest(space: Space, classes: Vec<String>, parts: &[(LinearClassifier, Detector)]) -> Self {
        assert_eq!(classes.len(), parts.len(), "one part a class");
        let d = parts.first().expect("at least one class").0.dimension();
        let (mut weights, mut bias) = (Array2::zeros((d, parts.len())), Array1::zeros(parts.len()));
        for (class, (part, detector)) in parts.iter().enumerate() {
            assert_eq!(part.classes().len(), 2, "absence and presence");
            let margin = |[without, with]: [f32; 2]| detector.slope * (f64::from(with) - f64::from(without));
            let rows = part.weights();
            let own = rows.rows().into_iter().map(|row| margin([row[0], row[1]]) as f32);
            weights.column_mut(class).assign(&own.collect::<Array1<f32>>());
            bias[class] = (margin([part.bias()[0], part.bias()[1]]) + detector.offset) as f32;
        }
        let thresholds = parts.iter().map(|(_, detector)| detector.threshold).collect();
        Self { classifier: LinearClassifier::new(space, classes, weights, bias), thresholds }
    }

    /// The scores, as those of any linear classifier: log-odds of a class against its absence.
    pub fn linear(&self) -> &LinearClassifier {
        &self.classifier
    }

    /// The lowest probability of texts that have the class, c.
    pub fn thresholds(&self) -> &Array1<f32> {
        &self.thresholds
    }

    /// The probability of every class, n × c, each of itself alone.
    ///
    /// # Panics
    /// If the features are not d wide.
    pub fn probabilities(&self, features: &Features) -> Array2<f32> {
        self.classifier.scores(features).mapv_into(|score| 1.0 / (1.0 + (-score).exp()))
    }

    /// Which classes every text has, n × c, by `probabilities` (n × c).
    pub fn decide(&self, probabilities: &Array2<f32>) -> Array2<bool> {
        Array2::from_shape_fn(probabilities.dim(), |(row, class)| {
            probabilities[[row, class]] >= self.thresholds[class]
        })
    }

    /// Adds the classifier to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        self.classifier.put(artefact);
        artefact.put_numbers("thresholds", &self.thresholds.to_vec());
    }

    /// Takes a classifier back from an artefact.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let (classifier, thresholds) = (LinearClassifier::take(artefact)?, artefact.numbers("thresholds")?);
        let are_shares = thresholds.iter().all(|threshold| (0.0..=1.0).contains(threshold));
        match are_shares && thresholds.len() == classifier.classes().len() {
            true => Ok(Self { classifier, thresholds }),
            false => Err(artefact.broken("thresholds that are not one share a class").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn every_class_is_decided_by_itself() {
        let space = Space::of(&[b"test"]);
        let part = |weights: Array2<f32>, slope, offset, threshold| {
            let classes = vec!["no".into(), "yes".into()];
            let classifier = LinearClassifier::new(space, classes, weights, array![0.5, 0.0]);
            (classifier, Detector { slope, offset, threshold })
        };
        let parts = [
            part(array![[0.0, 2.0], [1.0, 0.0]], 1.0, 0.0, 0.5),
            part(array![[0.0, 0.0], [0.0, 1.0]], 2.0, 1.0, 0.9),
        ];
        let classifier = MultiLabelClassifier::one_vs_rest(space, vec!["a".into(), "b".into()], &parts);
        let features: Features = array![[1.0f32, 0.0], [1.0, 1.5], [-1.0, 0.0]].into();
        let found = classifier.probabilities(&features);
        let scores = array![[1.5f32, 0.0], [0.0, 3.0], [-2.5, 0.0]];
        let expected = scores.mapv(|score| 1.0 / (1.0 + (-score).exp()));
        assert!((&found - &expected).iter().all(|difference| difference.abs() < 1e-6), "{found}");
        assert_eq!(classifier.decide(&found), array![[true, false], [true, true], [false, false]]);
        let mut artefact = Artefact::new("test");
        classifier.put(&mut artefact);
        assert_eq!(MultiLabelClassifier::take(&artefact).unwrap(), classifier);
        artefact.put_numbers("thresholds", &[0.5]);
        assert!(MultiLabelClassifier::take(&artefact).is_err());
    }
}
