//! Features and labels in, a linear classifier out.
//!
//! linfa trains where it can, a solver of our own where it cannot, a matrix remembers: whatever [`Head`] was trained, a
//! [`LinearClassifier`] is *xW + b*, so that what is saved does not depend on the trainer and prediction is one product.

mod anomaly;
mod classifier;
mod clusters;
mod combination;
mod covariance;
mod domain;
mod error;
mod examples;
mod fresh;
mod head;
mod lbfgs;
mod logistic;
mod moments;
mod multi_label;
mod multi_task;
mod naive_bayes;
mod objective;
mod online;
mod suspects;
mod trust;
mod validation;
mod views;
mod vote;

pub use anomaly::{AnomalyDetector, AnomalyMethod};
pub use classifier::{LinearClassifier, Prediction};
pub use clusters::{Clusters, WordCounts};
pub use combination::{Combination, Combined, fit_combined};
pub use covariance::ShrunkCovariance;
pub use domain::{coral, importance_weights, label_shift, shift_labels};
pub use error::{Error, Result};
pub use examples::{Examples, balanced_weights};
pub use head::{Head, fit_logistic};
pub use moments::Moments;
pub use multi_label::MultiLabelClassifier;
pub use multi_task::{Sharing, TaskFit, fit_tasks};
pub use naive_bayes::complement_naive_bayes;
pub use suspects::{Suspect, suspects};
pub use trust::{
    Affine, Answer, BalancedAccuracy, Budget, Calibration, Conformal, Coverage, Decision, Detector, Isotonic,
    Method, Promise, Thresholds, check_better_than_chance, log_losses, log_odds, softmax,
    temperature_of_sureness, top,
};
pub use validation::{ChosenL2, L2_GRID, choose_l2, held_out_scores, held_out_scores_of, penalty};
pub use views::{LabelledViews, deviation, sum};
pub use vote::vote;
