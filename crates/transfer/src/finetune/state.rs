//! All that a run needs to go on after an epoch, and its file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use wordferry_vectors::{Artefact, Space};

use super::Epoch;
use crate::{Error, Result};

const KIND: &str = "fine-tuning state";
const PARTS: [&str; 4] = ["weights", "mean", "square", "best"];

type Weights = BTreeMap<String, Vec<f32>>;

/// A run after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// Of the settings, the texts and the encoder.
    pub(super) fingerprint: Space,
    /// All epochs so far, the one before training too.
    pub(super) epochs: Vec<Epoch>,
    pub(super) n_steps: usize,
    /// The weights and the two moments of their gradients.
    pub(super) values: [Weights; 3],
    /// The weights after the best epoch.
    pub(super) best: Weights,
}

impl State {
    /// The epoch of the lowest loss on the texts held out, the first among equals, of those that find no fewer classes there than
    /// before training: the head that training begins with is shrunk, and more confidence alone lowers the loss.
    pub(super) fn best_epoch(&self) -> usize {
        let least = self.epochs.first().map_or(0.0, |epoch| epoch.held_out_accuracy);
        let epochs = self.epochs.iter().enumerate().filter(|(_, epoch)| epoch.held_out_accuracy >= least);
        epochs.min_by(|(_, a), (_, b)| a.held_out_loss.total_cmp(&b.held_out_loss)).map_or(0, |(i, _)| i)
    }

    /// Writes the state atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(KIND);
        artefact.set("fingerprint", self.fingerprint.to_hex());
        artefact.set("n_steps", self.n_steps);
        artefact.set("epochs", self.epochs.iter().map(Epoch::to_json).collect::<Vec<_>>());
        artefact.set("tensors", self.best.keys().cloned().collect::<Vec<_>>());
        let [weights, mean, square] = &self.values;
        for (part, values) in PARTS.iter().zip([weights, mean, square, &self.best]) {
            for (name, values) in values {
                artefact.put_numbers(&format!("{part}.{name}"), values);
            }
        }
        Ok(artefact.save(path)?)
    }

    /// Reads the state of a run of this fingerprint; `None` if there is no file.
    ///
    /// # Errors
    /// If the file is damaged or of another run.
    pub(super) fn open_if_there(path: &Path, fingerprint: Space) -> Result<Option<Self>> {
        if !path.exists() {
            return Ok(None);
        }
        let artefact = Artefact::open(path, KIND)?;
        let found = artefact.get_text("fingerprint")?;
        if found != fingerprint.to_hex() {
            return Err(Error::AnotherRun { path: path.into() });
        }
        let names = artefact.get("tensors")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let part = |part: &str| {
            let numbers =
                |name: &str| Ok((name.to_owned(), artefact.numbers(&format!("{part}.{name}"))?.to_vec()));
            names.iter().filter_map(Value::as_str).map(numbers).collect::<Result<Weights>>()
        };
        let epochs = artefact.get("epochs")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let epochs: Option<Vec<Epoch>> = epochs.iter().map(Epoch::from_json).collect();
        let epochs = epochs.filter(|epochs| !epochs.is_empty());
        let n_steps = artefact.get("n_steps")?.as_u64();
        let (Some(epochs), Some(n_steps)) = (epochs, n_steps) else {
            return Err(artefact.broken("epochs that are not numbers").into());
        };
        let [weights, mean, square, best] = PARTS.map(part);
        let values = [weights?, mean?, square?];
        Ok(Some(Self { fingerprint, epochs, n_steps: n_steps as usize, values, best: best? }))
    }
}

impl Epoch {
    pub(super) fn to_json(&self) -> Value {
        json!({
            "epoch": self.number,
            "train_loss": self.train_loss,
            "held_out_loss": self.held_out_loss,
            "held_out_accuracy": self.held_out_accuracy,
        })
    }

    fn from_json(json: &Value) -> Option<Self> {
        Some(Self {
            number: json["epoch"].as_u64()? as usize,
            train_loss: json["train_loss"].as_f64()?,
            held_out_loss: json["held_out_loss"].as_f64()?,
            held_out_accuracy: json["held_out_accuracy"].as_f64()?,
        })
    }
}
