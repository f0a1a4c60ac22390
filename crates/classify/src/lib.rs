//! Features and labels in, a linear classifier out.
//!
//! linfa trains, a matrix remembers: whatever head was trained, a [`LinearClassifier`] is *xW + b*, so that what is
//! saved does not depend on the trainer and prediction is one product.

mod classifier;
mod error;
mod logistic;
mod moments;
mod trust;
mod validation;

pub use classifier::{LinearClassifier, Prediction};
pub use error::{Error, Result};
pub use logistic::{Logistic, fit_logistic};
pub use moments::Moments;
pub use trust::{
    Affine, Answer, BalancedAccuracy, Budget, Calibration, Conformal, Coverage, Decision, Isotonic, Method,
    Promise, Thresholds, check_better_than_chance, log_losses, log_odds, softmax, top,
};
pub use validation::{ChosenL2, L2_GRID, choose_l2};
