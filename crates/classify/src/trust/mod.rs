//! Scores and labels of held-out texts in, probabilities that mean something and decisions that keep their promise out.
//!
//! All of it works on plain scores or probabilities (n × c) and indices of classes, whatever head or encoder they come from.
//! The texts have to be held out: on those that a classifier was trained on its scores are too good, and so would be every
//! promise made of them.

mod budget;
mod calibration;
mod choice;
mod conformal;
mod detector;
mod gate;
mod isotonic;
mod platt;
mod softmax;
mod tail;
mod temperature;
mod thresholds;

pub use budget::{Budget, Promise};
pub use calibration::{Affine, Calibration, Method};
pub use conformal::{Answer, Conformal, Coverage};
pub use detector::Detector;
pub use gate::{BalancedAccuracy, check_better_than_chance};
pub use isotonic::Isotonic;
pub use softmax::{log_losses, log_odds, softmax, top};
pub use temperature::temperature_of_sureness;
pub use thresholds::{Decision, Thresholds};
