//! Features and labels in, a linear classifier out.
//!
//! linfa trains, a matrix remembers: whatever head was trained, a [`LinearClassifier`] is *xW + b*, so that what is
//! saved does not depend on the trainer and prediction is one product.

mod anomaly;
mod classifier;
mod clusters;
mod covariance;
mod error;
mod logistic;
mod moments;
mod validation;

pub use anomaly::{AnomalyDetector, AnomalyMethod};
pub use classifier::{LinearClassifier, Prediction};
pub use clusters::{Clusters, WordCounts};
pub use covariance::ShrunkCovariance;
pub use error::{Error, Result};
pub use logistic::{Logistic, fit_logistic};
pub use moments::Moments;
pub use validation::{ChosenL2, L2_GRID, choose_l2};
