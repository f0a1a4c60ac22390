//! Scores of held-out texts in, probabilities that mean what they say out.
//!
//! Temperature and Platt's method change scores by a straight line, which a linear classifier takes into its weights and bias;
//! isotonic regression is a table beside it.

use ndarray::{Array2, ArrayView2};
use serde_json::json;
use wordferry_vectors::Artefact;

use super::{Isotonic, log_odds, platt, softmax, temperature};
use crate::{Error, Result};

/// A way to calibrate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// One divisor of all scores (Guo et al. 2017). Any number of classes; which class wins never changes.
    Temperature,
    /// A factor and an offset of the log-odds (Platt 1999). Two classes.
    Platt,
    /// A table that never falls (Zadrozny and Elkan 2002). Two classes, and many rows.
    Isotonic,
}

impl Method {
    /// Every method, the one that learns least first.
    pub const ALL: [Self; 3] = [Self::Temperature, Self::Platt, Self::Isotonic];

    /// The name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Temperature => "temperature",
            Self::Platt => "platt",
            Self::Isotonic => "isotonic",
        }
    }

    /// The method of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.name() == name)
    }
}

/// What makes probabilities of scores (n × c). A temperature of 1, the default, is the plain softmax.
#[derive(Clone, Debug, PartialEq)]
pub enum Calibration {
    /// Softmax of the scores divided by this, which is above 0.
    Temperature(f64),
    /// The logistic function of slope · (s₁ − s₀) + offset. The slope is not below 0.
    Platt {
        /// The factor.
        slope: f64,
        /// What is added.
        offset: f64,
    },
    /// A table from s₁ − s₀ to the probability of the second class.
    Isotonic(Isotonic),
}

impl Default for Calibration {
    fn default() -> Self {
        Self::Temperature(1.0)
    }
}

/// A calibration as a straight line: its probabilities are the softmax of `scale` · scores, `shift` added to the second class's.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Affine {
    /// The factor of all scores, not below 0: of the weights and the bias.
    pub scale: f64,
    /// What is then added to the score, so to the bias, of the second of two classes.
    pub shift: f64,
}

impl Calibration {
    /// Fits to `scores` (n × c) of held-out texts with these `labels`, indices of the classes.
    ///
    /// No number of texts proves a certainty, so a text of a class with n texts counts as (n + ½) / (n + c / 2) of it (Lin, Lin and
    /// Weng 2007 add 1 and c); probabilities by isotonic regression stay within the same bounds.
    ///
    /// # Errors
    /// If a score is not finite, the texts are of one class, or there are not two classes for a method that needs them.
    ///
    /// # Panics
    /// If there is not one label a row, or a label is no class.
    pub fn fit(method: Method, scores: ArrayView2<'_, f32>, labels: &[usize]) -> Result<Self> {
        check(scores, labels)?;
        if method != Method::Temperature && scores.ncols() != 2 {
            return Err(Error::HeldOut {
                purpose: "calibrate in this way",
                expected: "scores of two classes".into(),
                found: format!("{}", scores.ncols()),
                hint: "temperature calibrates any number of classes",
            });
        }
        Ok(match method {
            Method::Temperature => Self::Temperature(temperature::fit(scores, labels)),
            Method::Platt => {
                let (slope, offset) = platt::fit(&log_odds(scores), labels);
                Self::Platt { slope, offset }
            }
            Method::Isotonic => Self::Isotonic(Isotonic::fit(&log_odds(scores), labels)),
        })
    }

    /// The probability of every class, n × c, rows that sum to 1.
    ///
    /// # Panics
    /// If there are not two classes, and the method is not temperature.
    pub fn apply(&self, scores: ArrayView2<'_, f32>) -> Array2<f32> {
        if let Self::Isotonic(table) = self {
            let second: Vec<f32> = log_odds(scores).into_iter().map(|score| table.at(score)).collect();
            return Array2::from_shape_fn((second.len(), 2), |(row, class)| match class {
                0 => 1.0 - second[row],
                _ => second[row],
            });
        }
        let Affine { scale, shift } = self.as_affine().unwrap_or(Affine { scale: 1.0, shift: 0.0 });
        assert!(shift == 0.0 || scores.ncols() == 2, "two classes");
        let line = |(class, score): (usize, f32)| {
            let shift = if class == 1 { shift } else { 0.0 };
            (f64::from(score) * scale + shift) as f32
        };
        softmax(Array2::from_shape_fn(scores.dim(), |at| line((at.1, scores[at]))).view())
    }

    /// The straight line that this is, unless it is a table.
    pub fn as_affine(&self) -> Option<Affine> {
        match *self {
            Self::Temperature(temperature) => Some(Affine { scale: 1.0 / temperature, shift: 0.0 }),
            Self::Platt { slope, offset } => Some(Affine { scale: slope, shift: offset }),
            Self::Isotonic(_) => None,
        }
    }

    /// The log-odds of the second of two classes, s₁ − s₀, at which both are equally probable.
    pub fn even_odds(&self) -> f32 {
        match self {
            Self::Temperature(_) => 0.0,
            Self::Platt { slope, offset } if *slope > 0.0 => (-offset / slope) as f32,
            Self::Platt { .. } => 0.0,
            Self::Isotonic(table) => table.even_odds(),
        }
    }

    /// The method.
    pub fn method(&self) -> Method {
        match self {
            Self::Temperature(_) => Method::Temperature,
            Self::Platt { .. } => Method::Platt,
            Self::Isotonic(_) => Method::Isotonic,
        }
    }

    /// Adds the calibration to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let method = self.method().name();
        artefact.set(
            "calibration",
            match self {
                Self::Temperature(temperature) => json!({ "method": method, "temperature": temperature }),
                Self::Platt { slope, offset } => {
                    json!({ "method": method, "slope": slope, "offset": offset })
                }
                Self::Isotonic(_) => json!({ "method": method }),
            },
        );
        if let Self::Isotonic(table) = self {
            artefact.put_numbers("calibration.scores", table.scores());
            artefact.put_numbers("calibration.probabilities", table.probabilities());
        }
    }

    /// Takes a calibration back from an artefact; the default from one that has none.
    ///
    /// # Errors
    /// If it is none that this version knows, or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        if !artefact.has_property("calibration") {
            return Ok(Self::default());
        }
        let properties = artefact.get("calibration")?;
        let number = |key: &str| properties[key].as_f64();
        let read = match properties["method"].as_str().and_then(Method::from_name) {
            Some(Method::Temperature) => number("temperature").filter(|&t| t > 0.0).map(Self::Temperature),
            Some(Method::Platt) => {
                let slope = number("slope").filter(|&slope| slope >= 0.0);
                slope.zip(number("offset")).map(|(slope, offset)| Self::Platt { slope, offset })
            }
            Some(Method::Isotonic) => {
                let table = ["scores", "probabilities"]
                    .map(|name| artefact.numbers(&format!("calibration.{name}")).map(|n| n.to_vec()));
                let [scores, probabilities] = table;
                Isotonic::new(scores?, probabilities?).map(Self::Isotonic)
            }
            None => None,
        };
        read.ok_or_else(|| artefact.broken("a calibration that cannot be read").into())
    }
}

/// An error unless these can be learned from.
fn check(scores: ArrayView2<'_, f32>, labels: &[usize]) -> Result<()> {
    assert_eq!(scores.nrows(), labels.len(), "one label a row");
    assert!(labels.iter().all(|&label| label < scores.ncols()), "labels are classes");
    if let Some(((row, column), &value)) = scores.indexed_iter().find(|(_, value)| !value.is_finite()) {
        return Err(Error::HeldOut {
            purpose: "calibrate",
            expected: "finite scores".into(),
            found: format!("{value} in row {row}, column {column}"),
            hint: "check the encoder: it should give finite numbers for any text",
        });
    }
    match labels.iter().all(|label| Some(label) == labels.first()) {
        true => Err(Error::HeldOut {
            purpose: "calibrate",
            expected: "held-out texts of at least two classes".into(),
            found: format!("{} texts of one", labels.len()),
            hint: "hold out more labelled texts, or some of the other classes",
        }),
        false => Ok(()),
    }
}

#[cfg(test)]
mod tests;
