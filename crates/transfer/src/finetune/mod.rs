//! Labelled texts and a transformer's folder in, the transformer with its last layers trained on them out.
//!
//! The last layers learn by pairs: texts of one class are drawn together, texts of two are turned away from each other (after Tunstall
//! et al. 2022), each layer at a lower rate than the one above (Howard and Ruder 2018). The classifier is logistic regression on the
//! features that come of it. How many epochs that takes, whether any, and how strong the penalty is, is chosen by texts
//! held out; then all texts are trained on.

mod choice;
mod epoch;
mod run;
mod split;
mod state;
mod tuned;

use std::path::Path;
use std::time::Duration;

use wordferry_classify::BalancedAccuracy;
use wordferry_encode::TransformerLoader;

pub use choice::Choice;
pub use epoch::{Epoch, HeldOut};
pub use tuned::{FineTuned, TunedFile};

use self::run::Run;
use self::state::State;
use crate::{Corpus, Result};

/// Steps of 32 texts after which few texts have taught what they can.
const ENOUGH_STEPS: usize = 20;

/// How a transformer is fine-tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct FineTuning {
    /// Layers that are trained, from the last one downwards. With 0, the classifier alone is.
    pub n_layers: usize,
    /// Passes through the texts, at most. With 0, the classifier alone is trained.
    pub n_epochs: usize,
    /// Rate of the last layer, at its highest; AdamW.
    pub rate: f64,
    /// Seed of what is held out and of the order of the texts.
    pub seed: u64,
}

impl FineTuning {
    /// Two layers, and as many epochs as make 20 steps of 32 texts: 3 at least, 10 at most.
    pub fn for_texts(n_texts: usize) -> Self {
        let n_epochs = (ENOUGH_STEPS / n_texts.div_ceil(32).max(1)).clamp(3, 10);
        Self { n_layers: 2, n_epochs, rate: 3e-4, seed: 42 }
    }
}

/// Where training begins.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Start {
    /// With the network as it is; a state that was left is replaced.
    Anew,
    /// Where a run with the same settings, texts and encoder left off, if it left a state.
    Resumed,
}

/// What is told of a run while it goes on.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Progress<'a> {
    /// An epoch on a part of the texts, measured on the rest. The fold is from 1.
    Tried {
        /// Which part is held out.
        fold: usize,
        /// How many there are.
        n_folds: usize,
        /// What came of it.
        epoch: &'a Epoch,
    },
    /// What all texts are trained with.
    Chosen {
        /// The number of epochs and what it rests on.
        choice: &'a Choice,
        /// How much of every class was recognised among the texts held out, by what was trained without them. The same texts chose how many epochs
        /// there are and which penalty.
        balanced_accuracy: BalancedAccuracy,
    },
    /// An epoch on all texts, from 1, and its mean loss.
    Trained {
        /// The epoch.
        number: usize,
        /// Its mean loss.
        loss: f64,
    },
}

/// What is kept and told of a run while it goes on.
pub struct Journal<'a> {
    /// File that holds all that the next epoch needs.
    pub state: &'a Path,
    /// How often it is written, at most; after an epoch.
    pub every: Duration,
    /// Whether to go on from it.
    pub start: Start,
    /// Hears of everything, of what a resumed run had done before, too. An error ends the run, such
    /// as [`crate::Error::Stopped`].
    pub progress: &'a mut dyn FnMut(Progress<'_>) -> Result<()>,
}

impl FineTuning {
    /// Trains. A run that is cut off and resumed gives the same bytes as one that is not; the file of its state stays.
    ///
    /// # Errors
    /// If this build cannot train or lacks the loader's device; if the folder is no transformer's or has fewer layers; if the
    /// texts are of fewer than two classes, or a class has a single text; if the state belongs to another run; if the loss is no
    /// number any more; if the journal's listener has one.
    pub fn run(
        &self,
        loader: &TransformerLoader,
        folder: &Path,
        corpus: &Corpus,
        journal: Journal<'_>,
    ) -> Result<FineTuned> {
        let mut run = Run::new(self, loader, folder, corpus)?;
        let found = match journal.start {
            Start::Anew => None,
            Start::Resumed => State::open_if_there(journal.state, run.fingerprint())?,
        };
        let choice = run.train(found, journal)?;
        run.finish(&choice, loader, folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn few_texts_are_gone_through_more_often() {
        let n_epochs = [1, 64, 128, 200, 5000].map(|n| FineTuning::for_texts(n).n_epochs);
        assert_eq!(n_epochs, [10, 10, 5, 3, 3]);
    }
}
