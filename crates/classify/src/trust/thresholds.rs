//! A score in, one of three answers out: positive, negative, or unsure.

use serde_json::json;
use wordferry_vectors::Artefact;

use super::{Budget, log_odds};
use crate::Result;
use ndarray::{Array1, ArrayView2};

/// An answer that may be put off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Decision {
    /// The positive class, such as spam.
    Positive,
    /// Somebody has to look.
    Unsure,
    /// The negative class, such as ham.
    Negative,
}

/// Where the score of the positive class decides.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Thresholds {
    /// Which of the classes is the positive one.
    pub positive: usize,
    /// Scores above it are of the positive class.
    above: f32,
    /// Scores below it are of the negative class; not higher than `above`.
    below: f32,
}

impl Thresholds {
    /// Scores above `above` are of the class `positive`, those below `below` of the other; what lies between is unsure. `above`
    /// comes of [`Budget::of_false_positives`]; `below` of [`Budget::of_missed`], or it is the score of even odds (0 for
    /// log-odds). Where classes are so far apart that `below` is the higher one, `above` decides alone.
    pub fn new(positive: usize, above: f32, below: f32) -> Self {
        Self { positive, above, below: below.min(above) }
    }

    /// The thresholds of two budgets.
    pub fn of(positive: usize, false_positives: &Budget, missed: &Budget) -> Self {
        Self::new(positive, false_positives.threshold, missed.threshold)
    }

    /// The score above which a text is of the positive class.
    pub fn above(&self) -> f32 {
        self.above
    }

    /// The score below which it is of the negative class.
    pub fn below(&self) -> f32 {
        self.below
    }

    /// The answer to a score of the positive class; on a threshold it is unsure, and so it is for NaN.
    pub fn decide(&self, score: f32) -> Decision {
        if score > self.above {
            Decision::Positive
        } else if score < self.below {
            Decision::Negative
        } else {
            Decision::Unsure
        }
    }

    /// The log-odds of the positive one of two classes, a row of `scores` (n × 2).
    ///
    /// # Panics
    /// If there are not two classes.
    pub fn score(&self, scores: ArrayView2<'_, f32>) -> Array1<f32> {
        let sign = if self.positive == 1 { 1.0 } else { -1.0 };
        log_odds(scores).into_iter().map(|score| sign * score).collect()
    }

    /// Adds the thresholds to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let Self { positive, above, below } = self;
        artefact.set("thresholds", json!({ "positive": positive, "above": above, "below": below }));
    }

    /// Takes thresholds for a classifier of `n_classes` back from an artefact; `None` from one that has none.
    ///
    /// # Errors
    /// If they do not fit together.
    pub fn take(artefact: &Artefact, n_classes: usize) -> Result<Option<Self>> {
        if !artefact.has_property("thresholds") {
            return Ok(None);
        }
        let properties = artefact.get("thresholds")?;
        let number = |key: &str| properties[key].as_f64().map(|number| number as f32);
        let positive = properties["positive"].as_u64().filter(|&class| class < n_classes as u64);
        match (positive, number("above"), number("below")) {
            (Some(positive), Some(above), Some(below)) if below <= above => {
                Ok(Some(Self { positive: positive as usize, above, below }))
            }
            _ => Err(artefact.broken("thresholds that cannot be read").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use Decision::{Negative, Positive, Unsure};
    use ndarray::array;

    #[test]
    fn three_answers() {
        let check = |thresholds: Thresholds, expected: [Decision; 5]| {
            assert_eq!([-1.0, 0.0, 0.5, 1.0, 2.0].map(|score| thresholds.decide(score)), expected);
        };
        check(Thresholds::new(1, 1.0, 0.0), [Negative, Unsure, Unsure, Unsure, Positive]);
        check(Thresholds::new(1, 0.5, 1.0), [Negative, Negative, Unsure, Positive, Positive]);
        assert_eq!(Thresholds::new(1, 1.0, 0.0).decide(f32::NAN), Unsure);
    }

    #[test]
    fn either_class_may_be_the_positive_one() {
        let scores = array![[0.0, 3.0], [2.0, 0.0]];
        assert_eq!(Thresholds::new(1, 0.0, 0.0).score(scores.view()).to_vec(), [3.0, -2.0]);
        assert_eq!(Thresholds::new(0, 0.0, 0.0).score(scores.view()).to_vec(), [-3.0, 2.0]);
    }

    #[test]
    fn an_artefact_gives_back_what_was_put() {
        let mut artefact = Artefact::new("model");
        assert_eq!(Thresholds::take(&artefact, 2).unwrap(), None);
        let thresholds = Thresholds::new(1, 2.3, -0.1);
        thresholds.put(&mut artefact);
        assert_eq!(Thresholds::take(&artefact, 2).unwrap(), Some(thresholds));
        assert!(Thresholds::take(&artefact, 1).is_err());
    }
}
