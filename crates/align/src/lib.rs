//! Word vectors of two languages in, one shared space out, with a verdict on how well the two fit.
//!
//! The source language stays where it is, apart from normalisation, and the target is turned onto it. For an
//! orthogonal map the direction makes no difference to retrieval, and this one lets a single classifier, trained on
//! the source side, serve any number of targets.

mod aligner;
mod alignment;
mod error;
mod lexicon;
mod multi_step;
mod neighbours;
mod procrustes;
mod retrieve;
mod self_learning;
mod translate;
mod verdict;

pub use aligner::{Aligner, Matrices};
pub use alignment::{Alignment, Side, align};
pub use error::{Error, Result};
pub use lexicon::{Lexicon, Seeds, look_up};
pub use multi_step::MultiStep;
pub use neighbours::{Neighbour, Neighbours};
pub use procrustes::Procrustes;
pub use retrieve::{Candidates, Criterion, Hit};
pub use self_learning::SelfLearning;
pub use translate::translate;
pub use verdict::{Evidence, Verdict};
