//! Features in, what the texts held out say of a classifier on them out.

use ndarray::{ArrayView1, ArrayView2, Axis};
use serde_json::{Value, json};
use wordferry_classify::{L2_GRID, fit_logistic};
use wordferry_vectors::{Features, Space};

use super::split::Split;
use crate::Result;

/// How it stands after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// From 1; 0 is before training.
    pub number: usize,
    /// Mean loss of the pairs during the epoch, 0 to 2.5; of epoch 0, 0.
    pub train_loss: f64,
    /// What the texts that are held out say, one a penalty, the strongest first.
    pub held_out: Vec<HeldOut>,
}

/// How a classifier does on texts that are held out.
#[derive(Clone, Debug, PartialEq)]
pub struct HeldOut {
    /// The penalty of its training, per row.
    pub l2: f64,
    /// Mean loss, in nats.
    pub loss: f64,
    /// Share of the texts whose class is found, 0 to 1.
    pub accuracy: f64,
    /// Mean over the classes of the F1 of each, 0 to 1.
    pub macro_f1: f64,
    /// The class that is found of each text, an index of the classes; of several folds, one after the other.
    pub answers: Vec<usize>,
}

impl Epoch {
    /// That of the penalty with the lowest loss, the strongest among equals.
    pub fn best(&self) -> Option<&HeldOut> {
        self.held_out.iter().min_by(|a, b| a.loss.total_cmp(&b.loss))
    }

    pub(super) fn to_json(&self) -> Value {
        let with_answers = |held_out: &HeldOut| {
            let mut json = held_out.to_json();
            json["answers"] = json!(held_out.answers);
            json
        };
        let held_out: Vec<Value> = self.held_out.iter().map(with_answers).collect();
        json!({ "epoch": self.number, "train_loss": self.train_loss, "held_out": held_out })
    }

    pub(super) fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            number: json["epoch"].as_u64()? as usize,
            train_loss: json["train_loss"].as_f64()?,
            held_out: json["held_out"].as_array()?.iter().map(HeldOut::from_json).collect::<Option<_>>()?,
        })
    }
}

impl HeldOut {
    /// Without the answers.
    pub(super) fn to_json(&self) -> Value {
        json!({ "l2": self.l2, "loss": self.loss, "accuracy": self.accuracy, "macro_f1": self.macro_f1 })
    }

    fn from_json(json: &Value) -> Option<Self> {
        let number = |key: &str| json[key].as_f64();
        let answers = json["answers"].as_array()?.iter().map(|answer| Some(answer.as_u64()? as usize));
        Some(Self {
            answers: answers.collect::<Option<_>>()?,
            l2: number("l2")?,
            loss: number("loss")?,
            accuracy: number("accuracy")?,
            macro_f1: number("macro_f1")?,
        })
    }
}

/// Trains a classifier with every penalty on a part of the rows, and measures it on the rest.
pub(super) fn held_out(
    features: ArrayView2<'_, f32>,
    labels: &[usize],
    classes: &[String],
    split: &Split,
) -> Result<Vec<HeldOut>> {
    let part = |rows: &[usize]| -> (_, Vec<usize>) {
        (features.select(Axis(0), rows), rows.iter().map(|row| labels[*row]).collect())
    };
    let ((train, train_labels), (test, expected)) = (part(&split.train), part(&split.held_out));
    let test = Features::from(test);
    let measured = |&l2: &f64| {
        // The classifier does not leave this function, and nothing asks for its space.
        let classifier = fit_logistic(Space::of(&[]), train.view(), &train_labels, classes, l2)?;
        let scores = classifier.scores(&test);
        let losses = scores.rows().into_iter().zip(&expected).map(|(row, class)| log_loss(row, *class));
        let loss = losses.sum::<f64>() / expected.len().max(1) as f64;
        let answers: Vec<usize> = classifier.predict(&test).iter().map(|found| found.class).collect();
        let (accuracy, macro_f1) = scored(&answers, &expected, classes.len());
        Ok(HeldOut { l2, loss, accuracy, macro_f1, answers })
    };
    L2_GRID.iter().map(measured).collect()
}

fn log_loss(scores: ArrayView1<'_, f32>, class: usize) -> f64 {
    let highest = f64::from(scores.fold(f32::NEG_INFINITY, |highest, score| highest.max(*score)));
    let sum: f64 = scores.iter().map(|score| (f64::from(*score) - highest).exp()).sum();
    sum.ln() + highest - f64::from(scores[class])
}

/// Accuracy, and the mean F1 of the classes that are expected or found.
fn scored(found: &[usize], expected: &[usize], n_classes: usize) -> (f64, f64) {
    let (mut n_right, mut n_both) = (vec![0usize; n_classes], vec![0usize; n_classes]);
    for (found, expected) in found.iter().zip(expected) {
        n_right[*found] += usize::from(found == expected);
        n_both[*found] += 1;
        n_both[*expected] += 1;
    }
    let f1s = n_right.iter().zip(&n_both).filter(|(_, both)| **both > 0);
    let f1s: Vec<f64> = f1s.map(|(right, both)| 2.0 * *right as f64 / *both as f64).collect();
    let accuracy = n_right.iter().sum::<usize>() as f64 / expected.len().max(1) as f64;
    (accuracy, f1s.iter().sum::<f64>() / f1s.len().max(1) as f64)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn classes_count_alike() {
        let check = |found: &[usize], expected: &[usize], accuracy: f64, macro_f1: f64| {
            let scores = scored(found, expected, 4);
            assert!((scores.0 - accuracy).abs() + (scores.1 - macro_f1).abs() < 1e-12, "{scores:?}");
        };
        check(&[0, 0, 0, 1], &[0, 0, 0, 1], 1.0, 1.0);
        check(&[0, 0, 0, 0], &[0, 0, 0, 1], 0.75, 6.0 / 7.0 / 2.0);
        check(&[1, 0, 3, 1], &[0, 0, 0, 1], 0.5, (0.5 + 2.0 / 3.0) / 3.0);
        check(&[], &[], 0.0, 0.0);
    }
}
