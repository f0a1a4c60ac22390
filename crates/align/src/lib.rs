//! Word vectors of two languages in, one shared space out, with a verdict on how well the two fit.
//!
//! The source language stays where it is, apart from normalisation, and the target is turned onto it. For an
//! orthogonal map the direction makes no difference to retrieval, and this one lets a single classifier, trained on
//! the source side, serve any number of targets.

mod aligner;
mod alignment;
mod contrastive;
mod error;
mod generalised;
mod guess;
mod join;
mod least_squares;
mod lexicon;
mod many;
mod multi_step;
mod neighbours;
mod procrustes;
mod procrustes_b;
mod rcsls;
mod retrieve;
mod self_learning;
mod signs;
mod soft_lexicon;
mod symmetric;
mod translate;
mod verdict;

pub use aligner::{Aligner, Matrices};
pub use alignment::{Alignment, MeanSimilarity, Side, align, align_by_best};
pub use contrastive::Contrastive;
pub use error::{Error, Result};
pub use least_squares::LeastSquares;
pub use lexicon::{Lexicon, Seeds, look_up};
pub use many::{Language, align_generalised};
pub use multi_step::MultiStep;
pub use neighbours::{Neighbour, Neighbours};
pub use procrustes::Procrustes;
pub use procrustes_b::ProcrustesB;
pub use rcsls::Rcsls;
pub use retrieve::{Candidates, Criterion, Hit};
pub use self_learning::SelfLearning;
pub use signs::Signs;
pub use soft_lexicon::SoftLexicon;
pub use translate::translate;
pub use verdict::{Evidence, Verdict};
