//! What the program saves: one safetensors file of named tensors, with a kind, a version, properties and a checksum.
//!
//! All properties are one JSON text under one metadata key, because safetensors keeps its metadata in an unordered
//! map and the same artefact has to be the same bytes. The checksum covers tensors and properties, so that a
//! changed byte is found on opening and not in a wrong prediction.

use std::collections::BTreeMap;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView2};
use safetensors::tensor::{Dtype, SafeTensors, TensorView};
use serde_json::{Map, Value};

use crate::atomic::write_atomically;
use crate::error::{Error, Fault, Place, Result};
use crate::source::read_file;

const METADATA_KEY: &str = "wordferry";
/// The layout that this module writes. Older ones stay readable.
const VERSION: u64 = 1;

/// Named tensors and properties, in memory.
#[derive(Clone, Debug, PartialEq)]
pub struct Artefact {
    kind: String,
    properties: Map<String, Value>,
    tensors: BTreeMap<String, Tensor>,
    place: PathBuf,
}

#[derive(Clone, Debug, PartialEq)]
struct Tensor {
    dtype: Dtype,
    shape: Vec<usize>,
    bytes: Vec<u8>,
}

impl Artefact {
    /// An empty artefact of a kind such as `model` or `map`.
    pub fn new(kind: &str) -> Self {
        Self { kind: kind.into(), properties: Map::new(), tensors: BTreeMap::new(), place: PathBuf::new() }
    }

    /// Sets a property.
    pub fn set(&mut self, key: &str, value: impl Into<Value>) {
        self.properties.insert(key.into(), value.into());
    }

    /// A property.
    ///
    /// # Errors
    /// If it is absent.
    pub fn get(&self, key: &str) -> Result<&Value> {
        self.properties.get(key).ok_or_else(|| self.broken(format!("no property `{key}`")))
    }

    /// Whether there is a property of this name.
    pub fn has_property(&self, key: &str) -> bool {
        self.properties.contains_key(key)
    }

    /// A property that is a text.
    ///
    /// # Errors
    /// If it is absent or no text.
    pub fn get_text(&self, key: &str) -> Result<&str> {
        self.get(key)?.as_str().ok_or_else(|| self.broken(format!("a property `{key}` that is no text")))
    }

    /// Adds a matrix, n × d.
    pub fn put_matrix(&mut self, name: &str, matrix: ArrayView2<'_, f32>) {
        let bytes = matrix.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.put(name, Dtype::F32, matrix.shape().to_vec(), bytes);
    }

    /// Adds a vector of numbers.
    pub fn put_numbers(&mut self, name: &str, numbers: &[f32]) {
        let bytes = numbers.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.put(name, Dtype::F32, vec![numbers.len()], bytes);
    }

    /// Adds a vector of whole numbers.
    pub fn put_counts(&mut self, name: &str, counts: &[u64]) {
        let bytes = counts.iter().flat_map(|value| value.to_le_bytes()).collect();
        self.put(name, Dtype::U64, vec![counts.len()], bytes);
    }

    /// Adds bytes.
    pub fn put_bytes(&mut self, name: &str, bytes: &[u8]) {
        self.put(name, Dtype::U8, vec![bytes.len()], bytes.to_vec());
    }

    fn put(&mut self, name: &str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) {
        self.tensors.insert(name.into(), Tensor { dtype, shape, bytes });
    }

    /// Whether there is a tensor of this name.
    pub fn has(&self, name: &str) -> bool {
        self.tensors.contains_key(name)
    }

    /// A matrix, n × d.
    ///
    /// # Errors
    /// If it is absent, of another type or shape, or holds a value that is not finite.
    pub fn matrix(&self, name: &str) -> Result<Array2<f32>> {
        let tensor = self.tensor(name, Dtype::F32, 2)?;
        let numbers = self.finite(name, tensor)?;
        Array2::from_shape_vec((tensor.shape[0], tensor.shape[1]), numbers)
            .map_err(|error| self.broken(format!("a tensor `{name}` of a wrong shape: {error}")))
    }

    /// A vector of numbers.
    ///
    /// # Errors
    /// If it is absent, of another type or shape, or holds a value that is not finite.
    pub fn numbers(&self, name: &str) -> Result<Array1<f32>> {
        let tensor = self.tensor(name, Dtype::F32, 1)?;
        Ok(Array1::from(self.finite(name, tensor)?))
    }

    /// A vector of whole numbers.
    ///
    /// # Errors
    /// If it is absent or of another type or shape.
    pub fn counts(&self, name: &str) -> Result<Vec<u64>> {
        let tensor = self.tensor(name, Dtype::U64, 1)?;
        Ok(tensor.bytes.chunks_exact(8).map(|b| u64::from_le_bytes(b.try_into().expect("8 bytes"))).collect())
    }

    /// Bytes.
    ///
    /// # Errors
    /// If they are absent or of another type or shape.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        Ok(&self.tensor(name, Dtype::U8, 1)?.bytes)
    }

    /// An error that names this artefact's file.
    pub fn broken(&self, found: impl Into<String>) -> Error {
        broken(&self.place, &self.kind, found.into())
    }

    fn tensor(&self, name: &str, dtype: Dtype, n_axes: usize) -> Result<&Tensor> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.broken(format!("no tensor `{name}`")))?;
        if tensor.dtype != dtype || tensor.shape.len() != n_axes {
            let (found, shape) = (tensor.dtype, &tensor.shape);
            return Err(self.broken(format!(
                "a tensor `{name}` of {found:?} and shape {shape:?}, not of {dtype:?} with {n_axes} axes"
            )));
        }
        Ok(tensor)
    }

    fn finite(&self, name: &str, tensor: &Tensor) -> Result<Vec<f32>> {
        let numbers: Vec<f32> = tensor
            .bytes
            .chunks_exact(4)
            .map(|b| f32::from_le_bytes(b.try_into().expect("4 bytes")))
            .collect();
        match numbers.iter().all(|value| value.is_finite()) {
            true => Ok(numbers),
            false => Err(self.broken(format!("values in tensor `{name}` that are not finite numbers"))),
        }
    }

    /// Writes the artefact to `path` atomically: all of it, or nothing.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        let header = serde_json::json!({
            "kind": self.kind,
            "version": VERSION,
            "written_by": concat!("wordferry ", env!("CARGO_PKG_VERSION")),
            "checksum": self.checksum(),
            "properties": self.properties,
        });
        let metadata = [(METADATA_KEY.to_string(), header.to_string())].into();
        let views = self.tensors.iter().map(|(name, tensor)| {
            let view = TensorView::new(tensor.dtype, tensor.shape.clone(), &tensor.bytes);
            (name, view.expect("a tensor's bytes fit its shape"))
        });
        let bytes = safetensors::serialize(views, Some(metadata)).map_err(|error| Error::Write {
            name: path.display().to_string(),
            source: io::Error::other(error),
        })?;
        write_atomically(path, |file| file.write_all(&bytes))
    }

    /// Reads an artefact of the given kind and verifies its checksum.
    ///
    /// # Errors
    /// If the file cannot be read, is no artefact of this kind, is of a later version, or was changed.
    pub fn open(path: &Path, kind: &str) -> Result<Self> {
        let bytes = read_file(path)?;
        let broken = |found: String| broken(path, kind, found);
        let not_safetensors = |error| broken(format!("something else, or a truncated file: {error}"));
        let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(not_safetensors)?;
        let tensors = SafeTensors::deserialize(&bytes).map_err(not_safetensors)?;
        let header = metadata
            .metadata()
            .as_ref()
            .and_then(|map| map.get(METADATA_KEY))
            .ok_or_else(|| broken("a safetensors file that another program wrote".into()))?;
        let header: Value = serde_json::from_str(header)
            .map_err(|error| broken(format!("a header that is not JSON: {error}")))?;
        check_header(&header, kind).map_err(broken)?;
        let properties = header["properties"].as_object().cloned().unwrap_or_default();
        let tensors = tensors
            .iter()
            .map(|(name, view)| {
                let (dtype, shape, bytes) = (view.dtype(), view.shape().to_vec(), view.data().to_vec());
                (name.to_string(), Tensor { dtype, shape, bytes })
            })
            .collect();
        let artefact = Self { kind: kind.into(), properties, tensors, place: path.into() };
        match header["checksum"].as_str() == Some(&artefact.checksum()) {
            true => Ok(artefact),
            false => Err(artefact.broken("another checksum than its own: it was changed after it was saved")),
        }
    }

    fn checksum(&self) -> String {
        let mut hasher = blake3::Hasher::new();
        let mut add = |bytes: &[u8]| {
            hasher.update(&(bytes.len() as u64).to_le_bytes());
            hasher.update(bytes);
        };
        add(Value::from(self.properties.clone()).to_string().as_bytes());
        for (name, tensor) in &self.tensors {
            add(name.as_bytes());
            add(format!("{:?} {:?}", tensor.dtype, tensor.shape).as_bytes());
            add(&tensor.bytes);
        }
        hasher.finalize().to_hex().to_string()
    }
}

/// What kind of artefact a safetensors file is, if this program wrote it.
pub(crate) fn kind(metadata: &safetensors::tensor::Metadata) -> Option<String> {
    let header = metadata.metadata().as_ref()?.get(METADATA_KEY)?;
    let header: Value = serde_json::from_str(header).unwrap_or_default();
    Some(header["kind"].as_str().unwrap_or("damaged artefact").to_owned())
}

fn broken(path: &Path, kind: &str, found: String) -> Error {
    Fault::new(Place::File, format!("an intact wordferry {kind} (safetensors)"), found)
        .hint("name a file that wordferry saved, or make it again")
        .within(&path.display().to_string())
}

fn check_header(header: &Value, kind: &str) -> std::result::Result<(), String> {
    let found = header["kind"].as_str().unwrap_or("nothing");
    if found != kind {
        return Err(format!("a wordferry {found}"));
    }
    match header["version"].as_u64() {
        Some(version) if version <= VERSION => Ok(()),
        Some(version) => {
            Err(format!("version {version}, which a later wordferry wrote (this one reads up to {VERSION})"))
        }
        None => Err("no version".into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    fn sample() -> Artefact {
        let mut artefact = Artefact::new("map");
        artefact.set("language", "de");
        artefact.put_matrix("matrix", array![[1.0, -2.5], [0.0, 3.25]].view());
        artefact.put_counts("offsets", &[0, 3, u64::MAX]);
        artefact.put_bytes("words", "dé\u{fe}".as_bytes());
        artefact
    }

    #[test]
    fn what_is_saved_is_read() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        sample().save(&path).unwrap();
        let read = Artefact::open(&path, "map").unwrap();
        assert_eq!(read.matrix("matrix").unwrap(), array![[1.0, -2.5], [0.0, 3.25]]);
        assert_eq!(read.counts("offsets").unwrap(), [0, 3, u64::MAX]);
        assert_eq!(read.bytes("words").unwrap(), "dé\u{fe}".as_bytes());
        assert_eq!(read.get_text("language").unwrap(), "de");
        assert!(read.matrix("offsets").is_err());
        assert!(read.numbers("absent").is_err());
    }

    #[test]
    fn every_cut_and_every_flipped_byte_is_found() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        sample().save(&path).unwrap();
        let bytes = std::fs::read(&path).unwrap();
        for n in 0..bytes.len() {
            std::fs::write(&path, &bytes[..n]).unwrap();
            assert!(Artefact::open(&path, "map").is_err(), "cut to {n} bytes");
        }
        for at in 8..bytes.len() {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            std::fs::write(&path, &changed).unwrap();
            let opened = Artefact::open(&path, "map");
            // A byte of the program's version may change unseen; nothing else may.
            assert!(opened.is_err() || opened.unwrap() == sample_at(&path), "byte {at} flipped");
        }
    }

    fn sample_at(path: &Path) -> Artefact {
        Artefact { place: path.into(), ..sample() }
    }

    #[test]
    fn another_kind_is_named() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        sample().save(&path).unwrap();
        let message = Artefact::open(&path, "model").unwrap_err().to_string();
        assert!(
            message.contains("expected an intact wordferry model (safetensors), found a wordferry map"),
            "{message}"
        );
    }
}
