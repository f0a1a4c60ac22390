//! All that a run needs to go on after an epoch, and its file.

use std::collections::BTreeMap;
use std::path::Path;

use serde_json::{Value, json};
use wordferry_vectors::{Artefact, Space};

use super::Epoch;
use crate::{Error, Result};

const KIND: &str = "fine-tuning state";
const PARTS: [&str; 3] = ["weights", "mean", "square"];

/// The weights of the layers, and the two moments of their gradients.
pub(super) type Values = [BTreeMap<String, Vec<f32>>; 3];

/// A run after an epoch.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct State {
    /// Of the settings, the texts and the encoder.
    pub(super) fingerprint: Space,
    /// The epochs of every fold so far; all but the last are complete.
    pub(super) folds: Vec<Vec<Epoch>>,
    /// The losses of the epochs on all texts, once these have begun.
    pub(super) last: Option<Vec<f64>>,
    /// Of the weights of now.
    pub(super) n_steps: usize,
    pub(super) values: Values,
}

impl State {
    /// Before any epoch.
    pub(super) fn new(fingerprint: Space, values: Values) -> Self {
        Self { fingerprint, folds: Vec::new(), last: None, n_steps: 0, values }
    }

    /// Writes the state atomically.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub(super) fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(KIND);
        artefact.set("fingerprint", self.fingerprint.to_hex());
        artefact.set("n_steps", self.n_steps);
        let folds = self.folds.iter().map(|fold| fold.iter().map(Epoch::to_json).collect());
        artefact.set("folds", folds.collect::<Vec<Value>>());
        artefact.set("last", json!(self.last));
        artefact.set("tensors", self.values[0].keys().cloned().collect::<Vec<_>>());
        for (part, values) in PARTS.iter().zip(&self.values) {
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
            names.iter().filter_map(Value::as_str).map(numbers).collect::<Result<_>>()
        };
        let broken = || artefact.broken("epochs that are not numbers");
        let fold = |fold: &Value| fold.as_array()?.iter().map(Epoch::from_json).collect::<Option<Vec<_>>>();
        let folds = artefact.get("folds")?.as_array().map(Vec::as_slice).unwrap_or_default();
        let folds = folds.iter().map(fold).collect::<Option<Vec<_>>>().ok_or_else(broken)?;
        let losses = |losses: &Vec<Value>| losses.iter().map(Value::as_f64).collect::<Option<Vec<_>>>();
        let last = artefact.get("last")?.as_array();
        let last = last.map(|last| losses(last).ok_or_else(broken)).transpose()?;
        let n_steps = artefact.get("n_steps")?.as_u64().ok_or_else(broken)? as usize;
        let [weights, mean, square] = PARTS.map(part);
        Ok(Some(Self { fingerprint, folds, last, n_steps, values: [weights?, mean?, square?] }))
    }
}
