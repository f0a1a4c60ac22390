//! A bridge to a file, and back.

use std::path::Path;

use serde_json::{Value, json};
use wordferry_vectors::{Artefact, Space};

use super::own::OwnVectors;
use super::{Bridge, BridgeEvidence, BridgeMethod, Length, Student};
use crate::{Encoder, EncoderLoader, Error, Result, WordEncoder};

impl Bridge {
    /// Writes the bridge to one safetensors file, atomically: vectors and pooling, or the name of the folder of the encoder that reads the
    /// texts; map and evidence.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let mut artefact = Artefact::new(Self::KIND);
        self.put(&mut artefact);
        Ok(artefact.save(path)?)
    }

    /// Adds the bridge to an artefact.
    pub(crate) fn put(&self, artefact: &mut Artefact) {
        let BridgeEvidence { n_pairs, n_held_out, n_words, cosine, p_at_1, ridge } = self.evidence;
        let mut properties = json!({
            "to": self.space.to_hex(), "method": self.method.name(), "unit": self.length == Length::Unit,
            "n_pairs": n_pairs, "n_held_out": n_held_out, "n_words": n_words,
            "cosine": cosine, "p_at_1": p_at_1, "ridge": ridge,
        });
        self.teacher.iter().for_each(|name| properties["to_hub"] = json!(name));
        match &self.student {
            Student::Words(words) => {
                self.own.put(artefact);
                words.put(artefact);
            }
            Student::Folder { name, hub, encoder } => {
                properties["from"] = json!({ "folder": name, "hub": hub, "space": encoder.space().to_hex() });
            }
        }
        artefact.set("bridge", properties);
        artefact.put_matrix("bridge.matrix", self.matrix.view());
        artefact.put_numbers("bridge.offset", &self.offset.to_vec());
    }

    /// Reads a bridge back; an encoder that is no part of it is opened as `loader` says, from the folder beside the file.
    ///
    /// # Errors
    /// If the file cannot be read or is no intact bridge; if the folder is missing or holds another encoder.
    pub fn open(path: &Path, loader: &EncoderLoader) -> Result<Self> {
        let beside = path.parent().unwrap_or(Path::new(""));
        Self::take(&Artefact::open(path, Self::KIND)?, beside, loader)
    }

    /// Takes a bridge back from an artefact that lies in a folder.
    pub(crate) fn take(artefact: &Artefact, beside: &Path, loader: &EncoderLoader) -> Result<Self> {
        let bridge = Self::parts(artefact, beside, loader)?;
        let (d, to) = bridge.matrix.dim();
        let is_whole = d == bridge.student.encoder().dimension()
            && to == bridge.offset.len()
            && to == bridge.own.vectors.ncols();
        match is_whole {
            true => Ok(bridge),
            false => Err(artefact.broken("a bridge whose parts differ in dimension").into()),
        }
    }

    fn parts(artefact: &Artefact, folder: &Path, loader: &EncoderLoader) -> Result<Self> {
        let properties = artefact.get("bridge")?;
        let missing = |key: &str| artefact.broken(format!("a bridge without its `{key}`"));
        let text = |key: &str| properties[key].as_str().ok_or_else(|| missing(key));
        let space = text("to")?.parse().map_err(|_| missing("to"))?;
        let method = BridgeMethod::from_name(text("method")?).ok_or_else(|| missing("method"))?;
        let length = match properties["unit"].as_bool().ok_or_else(|| missing("unit"))? {
            true => Length::Unit,
            false => Length::Own,
        };
        let teacher = properties["to_hub"].as_str().map(str::to_owned);
        let evidence = evidence(properties).ok_or_else(|| missing("evidence"))?;
        let offset = artefact.numbers("bridge.offset")?;
        let (student, own) = match properties.get("from") {
            None => {
                let words = WordEncoder::take(artefact)?;
                let own = OwnVectors::take(artefact, &words)?;
                (Student::Words(Box::new(words)), own)
            }
            Some(from) => {
                let name = from["folder"].as_str().ok_or_else(|| missing("folder"))?;
                let space = from["space"].as_str().and_then(|space| space.parse().ok());
                let space = space.ok_or_else(|| missing("space"))?;
                let hub = from["hub"].as_str();
                let encoder = student(&folder.join(name), hub, space, loader)?;
                let hub = hub.map(str::to_owned);
                (Student::Folder { name: name.to_owned(), hub, encoder }, OwnVectors::none(offset.len()))
            }
        };
        let matrix = artefact.matrix("bridge.matrix")?;
        Ok(Self { student, own, method, matrix, offset, length, space, teacher, evidence })
    }
}

/// The encoder of a folder beside a bridge's file, or of a name on a hub.
fn student(
    beside: &Path,
    hub: Option<&str>,
    space: Space,
    loader: &EncoderLoader,
) -> Result<Box<dyn Encoder>> {
    let known = hub.and_then(|name| loader.hub_folder(name));
    let folder = known.filter(|_| !beside.is_dir()).unwrap_or(beside);
    let of_hub = hub.map(|name| format!(", {name} on the hub")).unwrap_or_default();
    let other = |found: String| Error::Model {
        name: folder.display().to_string(),
        expected: format!("the encoder {space}, which the bridge begins at, beside its file{of_hub}"),
        found,
        hint: "put the folder, or a link to it, beside the bridge, and give the prompt that it was fitted with",
    };
    // A folder holds no bridge: nothing is opened in circles.
    if !folder.is_dir() {
        return Err(other("no folder".into()));
    }
    let encoder = loader.open(folder)?.into_dense()?;
    match encoder.space() == space {
        true => Ok(encoder),
        false => Err(other(format!("the encoder {}", encoder.space()))),
    }
}

fn evidence(properties: &Value) -> Option<BridgeEvidence> {
    let count = |key: &str| properties[key].as_u64().map(|count| count as usize);
    let number = |key: &str| properties[key].as_f64();
    Some(BridgeEvidence {
        n_pairs: count("n_pairs")?,
        n_held_out: count("n_held_out")?,
        n_words: count("n_words")?,
        cosine: number("cosine")?,
        p_at_1: number("p_at_1")?,
        ridge: number("ridge")?,
    })
}
