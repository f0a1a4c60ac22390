//! Labelled texts and a transformer's folder in, the transformer with its last layers trained on them out.
//!
//! At first the network stays as it is and a head is fitted to its features: logistic regression, whose optimum is exact. Then
//! the last layers and the head are trained together, each layer at a lower rate than the one above (Howard and Ruder
//! 2018). A tenth of the texts is held out, and the weights are those of the epoch that did best on it; the network as it was
//! counts as epoch 0.

mod run;
mod split;
mod state;
mod tuned;

use std::path::Path;

use wordferry_encode::TransformerLoader;

pub use tuned::FineTuned;

use self::run::Run;
use self::state::State;
use crate::{Corpus, Result};

/// How a transformer is fine-tuned.
#[derive(Clone, Debug, PartialEq)]
pub struct FineTuning {
    /// Layers that are trained, from the last one downwards. With 0, the head alone is.
    pub n_layers: usize,
    /// Passes through the training texts, at most.
    pub n_epochs: usize,
    /// Rate of the last layer, at its highest; AdamW.
    pub rate: f64,
    /// Seed of the split and of the order of the texts.
    pub seed: u64,
}

impl Default for FineTuning {
    fn default() -> Self {
        Self { n_layers: 2, n_epochs: 10, rate: 1e-4, seed: 42 }
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

/// How it stands after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub struct Epoch {
    /// From 1; 0 is before training.
    pub number: usize,
    /// Mean loss of the training texts during the epoch, in nats; of epoch 0, 0.
    pub train_loss: f64,
    /// Mean loss of the texts that are held out, in nats.
    pub held_out_loss: f64,
    /// Share of the texts held out whose class is found, 0 to 1.
    pub held_out_accuracy: f64,
}

/// What is kept and told of a run while it goes on.
pub struct Journal<'a> {
    /// File that holds, after every epoch, all that the next one needs.
    pub state: &'a Path,
    /// Whether to go on from it.
    pub start: Start,
    /// Hears of every epoch.
    pub progress: &'a mut dyn FnMut(&Epoch),
}

impl FineTuning {
    /// Trains. A run that is cut off and resumed gives the same bytes as one that is not; the file of its state stays.
    ///
    /// # Errors
    /// If this build cannot train or lacks the loader's device; if the folder is no transformer's or has fewer layers; if the
    /// texts are of fewer than two classes; if the state belongs to another run; if the loss is no number any more.
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
        let state = run.train(found, journal)?;
        run.finish(state, loader, folder)
    }
}
