//! Labelled texts and an encoder in, a model out that another encoder of the same space can read.

mod adaptation;
mod corpus;
mod error;
mod features;
mod finetune;
mod joint;
mod labelling;
mod labels;
mod mail;
mod model;
mod multi_label;
mod parquet;
mod rows;
mod strategy;

pub use adaptation::Adaptation;
pub use corpus::Corpus;
pub use error::{Error, Result};
pub use features::{Encoded, FeatureFormat, write_features};
pub use finetune::{Choice, Epoch, FineTuned, FineTuning, HeldOut, Journal, Progress, Start, TunedFile};
pub use joint::JointRows;
pub use labelling::Labelling;
pub use labels::LabelMap;
pub use model::{
    EncoderOrigin, Explanation, FEWEST_TO_TEACH, FalsePositives, HeldOutScores, Kept, Lesson, Model,
    Promises, Reply, Revised, Task, TaskModel, Training, check_known,
};
pub use multi_label::{HeldOutLabels, MultiLabelCorpus, MultiLabelModel, MultiLabelTraining, SEPARATOR};
pub use rows::{Columns, Row, Rows};
pub use strategy::Strategy;
