//! What training made of some of a network's tensors, to be laid over the network that it began with.

use std::collections::BTreeMap;

use serde_json::{Value, json};
use wordferry_vectors::{Artefact, NamedTensors, Space};

use crate::{Error, Result};

/// Tensors that were trained, and the space of the encoder whose they were.
#[derive(Clone, Debug, PartialEq)]
pub struct Changes {
    base: Space,
    tensors: BTreeMap<String, Vec<f32>>,
}

impl Changes {
    /// Values for tensors of the encoder of this space, by their names.
    pub fn new(base: Space, tensors: BTreeMap<String, Vec<f32>>) -> Self {
        Self { base, tensors }
    }

    /// The space of the encoder that was trained.
    pub fn base(&self) -> Space {
        self.base
    }

    /// The names of the tensors, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// Adds the tensors to an artefact.
    pub fn put(&self, artefact: &mut Artefact) {
        let names: Vec<&str> = self.names().collect();
        artefact.set("tuned", json!({ "base": self.base.to_hex(), "tensors": names }));
        for (name, values) in &self.tensors {
            artefact.put_numbers(&format!("tuned.{name}"), values);
        }
    }

    /// Takes back from an artefact what [`Changes::put`] added.
    ///
    /// # Errors
    /// If something is missing or does not fit together.
    pub fn take(artefact: &Artefact) -> Result<Self> {
        let about = artefact.get("tuned")?;
        let base = about["base"].as_str().and_then(|base| base.parse().ok());
        let base = base.ok_or_else(|| artefact.broken("trained tensors of no encoder"))?;
        let names = about["tensors"].as_array().map(Vec::as_slice).unwrap_or_default();
        let tensor = |name: &str| Ok((name.to_owned(), artefact.numbers(&format!("tuned.{name}"))?.to_vec()));
        let tensors = names.iter().filter_map(Value::as_str).map(tensor).collect::<Result<_>>()?;
        Ok(Self { base, tensors })
    }

    /// Lays the tensors over those of an encoder of the space `found`.
    ///
    /// # Errors
    /// If it is another encoder than the one that was trained.
    pub(crate) fn lay_over(&self, tensors: &mut NamedTensors, found: Space, name: String) -> Result<()> {
        if found != self.base {
            return Err(Error::Model {
                name,
                expected: format!("the encoder {}, which was trained", self.base),
                found: format!("the encoder {found}"),
                hint: "name the folder that was given to `wordferry finetune --encoder`, unchanged",
            });
        }
        self.tensors.iter().try_for_each(|(name, values)| Ok(tensors.replace(name, values)?))
    }
}
