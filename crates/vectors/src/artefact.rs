//! What the program saves: one safetensors file of named tensors, with a kind, a version, properties and a checksum.
//!
//! All properties are one JSON text under one metadata key, because safetensors keeps its metadata in an unordered
//! map and the same artefact has to be the same bytes. The checksum covers tensors and properties, so that a
//! changed byte is found on opening and not in a wrong prediction.

mod file;

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use ndarray::{Array1, Array2, ArrayView2};
use safetensors::tensor::{Dtype, Metadata, SafeTensors};
use serde_json::{Map, Value};

pub(crate) use self::file::{Borrowed, kind};
use crate::bytes::{Bytes, Numbers};
use crate::error::{Error, Fault, Place, Result};
use crate::rows::{UNUSABLE, is_usable};
use crate::source::{Source, read_file};
use crate::sparse::SparseRows;

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
    bytes: Bytes,
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

    /// Adds the tensors and the properties of another artefact under a name.
    pub fn put_part(&mut self, name: &str, part: Self) {
        self.set(name, part.properties);
        self.tensors.extend(part.tensors.into_iter().map(|(key, tensor)| (format!("{name}/{key}"), tensor)));
    }

    /// What [`Artefact::put_part`] added under this name, as an artefact of the same kind and file.
    ///
    /// # Errors
    /// If it is absent.
    pub fn part(&self, name: &str) -> Result<Self> {
        let properties = self.get(name)?.as_object();
        let properties =
            properties.ok_or_else(|| self.broken(format!("a property `{name}` that is no part")))?;
        let prefix = format!("{name}/");
        let tensors = self
            .tensors
            .iter()
            .filter_map(|(key, tensor)| Some((key.strip_prefix(&prefix)?.to_owned(), tensor.clone())));
        Ok(Self {
            kind: self.kind.clone(),
            properties: properties.clone(),
            tensors: tensors.collect(),
            place: self.place.clone(),
        })
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

    /// Adds rows that are mostly zeros.
    pub fn put_sparse(&mut self, name: &str, rows: &SparseRows) {
        let (starts, columns, values) = rows.parts();
        let wide = |numbers: &mut dyn Iterator<Item = u64>| numbers.collect::<Vec<_>>();
        self.set(name, rows.n_columns());
        self.put_counts(&format!("{name}.starts"), &wide(&mut starts.iter().map(|&start| start as u64)));
        self.put_counts(
            &format!("{name}.columns"),
            &wide(&mut columns.iter().map(|&column| u64::from(column))),
        );
        self.put_numbers(&format!("{name}.values"), values);
    }

    /// Rows that are mostly zeros.
    ///
    /// # Errors
    /// If they are absent, or do not fit together.
    pub fn sparse(&self, name: &str) -> Result<SparseRows> {
        let starts = self.counts(&format!("{name}.starts"))?;
        let columns = self.counts(&format!("{name}.columns"))?;
        let values = self.numbers(&format!("{name}.values"))?.to_vec();
        let n_columns = self.get(name)?.as_u64();
        let rows =
            n_columns.and_then(|n_columns| SparseRows::from_parts(n_columns, &starts, &columns, values));
        rows.ok_or_else(|| self.broken(format!("rows `{name}` that do not fit together")))
    }

    /// Adds bytes.
    pub fn put_bytes(&mut self, name: &str, bytes: &[u8]) {
        self.put(name, Dtype::U8, vec![bytes.len()], bytes.to_vec());
    }

    fn put(&mut self, name: &str, dtype: Dtype, shape: Vec<usize>, bytes: Vec<u8>) {
        self.tensors.insert(name.into(), Tensor { dtype, shape, bytes: bytes.into() });
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
        let (shape, bytes) = self.tensor(name, Dtype::F32, 2)?;
        let numbers = self.finite(name, bytes)?;
        Array2::from_shape_vec((shape[0], shape[1]), numbers)
            .map_err(|error| self.broken(format!("a tensor `{name}` of a wrong shape: {error}")))
    }

    /// A vector of numbers.
    ///
    /// # Errors
    /// If it is absent, of another type or shape, or holds a value that is not finite.
    pub fn numbers(&self, name: &str) -> Result<Array1<f32>> {
        let (_, bytes) = self.tensor(name, Dtype::F32, 1)?;
        Ok(Array1::from(self.finite(name, bytes)?))
    }

    /// A vector of whole numbers.
    ///
    /// # Errors
    /// If it is absent or of another type or shape.
    pub fn counts(&self, name: &str) -> Result<Vec<u64>> {
        let (_, bytes) = self.tensor(name, Dtype::U64, 1)?;
        Ok(Numbers::within(bytes).to_vec())
    }

    /// Bytes.
    ///
    /// # Errors
    /// If they are absent or of another type or shape.
    pub fn bytes(&self, name: &str) -> Result<&[u8]> {
        Ok(self.tensor(name, Dtype::U8, 1)?.1)
    }

    /// An error that names this artefact's file.
    pub fn broken(&self, found: impl Into<String>) -> Error {
        broken(&self.place, &self.kind, found.into())
    }

    /// The type, shape and bytes of a tensor, as the file has them.
    pub(crate) fn raw(&self, name: &str) -> Result<(Dtype, &[usize], &Bytes)> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.broken(format!("no tensor `{name}`")))?;
        Ok((tensor.dtype, &tensor.shape, &tensor.bytes))
    }

    /// The shape and bytes of a tensor of this type and number of axes.
    pub(crate) fn tensor(&self, name: &str, dtype: Dtype, n_axes: usize) -> Result<(&[usize], &Bytes)> {
        let (found, shape, bytes) = self.raw(name)?;
        if found != dtype || shape.len() != n_axes {
            return Err(self.broken(format!(
                "a tensor `{name}` of {found:?} and shape {shape:?}, not of {dtype:?} with {n_axes} axes"
            )));
        }
        Ok((shape, bytes))
    }

    fn finite(&self, name: &str, bytes: &Bytes) -> Result<Vec<f32>> {
        let numbers = Numbers::<f32>::within(bytes).to_vec();
        match numbers.iter().all(|value| is_usable(*value)) {
            true => Ok(numbers),
            false => Err(self.broken(format!("values in tensor `{name}` that are {UNUSABLE}"))),
        }
    }

    /// Writes the artefact to `path` atomically: all of it, or nothing.
    ///
    /// # Errors
    /// If the file cannot be written.
    pub fn save(&self, path: &Path) -> Result<()> {
        self.save_with(path, &[])
    }

    /// [`Artefact::save`] with tensors that are too large to be copied into the artefact before.
    pub(crate) fn save_with(&self, path: &Path, borrowed: &[Borrowed<'_>]) -> Result<()> {
        file::write(path, &self.kind, &self.properties, [&self.borrow()[..], borrowed].concat())
    }

    /// Reads an artefact of the given kind and verifies its checksum.
    ///
    /// # Errors
    /// If the file cannot be read, is no artefact of this kind, is of a later version, or was changed.
    pub fn open(path: &Path, kind: &str) -> Result<Self> {
        let (artefact, checksum) = Self::within(read_file(path)?.into(), path, kind)?;
        artefact.verify(&checksum)?;
        Ok(artefact)
    }

    /// The kind of the artefact in a file; `None` if it is none. Pipes and compressed files are not read.
    pub fn kind_of(path: &Path) -> Option<String> {
        kind(&metadata_of(path)?)
    }

    /// The properties of the artefact in a file, which is neither read any further nor checked; `None` if it is none.
    pub fn properties_of(path: &Path) -> Option<Map<String, Value>> {
        file::properties(&metadata_of(path)?)
    }

    /// The artefact in the bytes of a file, and the checksum that it should have: nothing is read but the header.
    pub(crate) fn within(bytes: Bytes, path: &Path, kind: &str) -> Result<(Self, String)> {
        let file::Header { properties, checksum, tensors } =
            file::read(&bytes, kind).map_err(|found| broken(path, kind, found))?;
        Ok((Self { kind: kind.into(), properties, tensors, place: path.into() }, checksum))
    }

    /// Whether tensors and properties have this checksum. Reads all of them.
    pub(crate) fn verify(&self, checksum: &str) -> Result<()> {
        match file::checksum(&self.properties, &self.borrow()) == checksum {
            true => Ok(()),
            false => Err(self.broken("another checksum than its own: it was changed after it was saved")),
        }
    }

    fn borrow(&self) -> Vec<Borrowed<'_>> {
        let tensors = self.tensors.iter();
        tensors
            .map(|(name, Tensor { dtype, shape, bytes })| Borrowed { name, dtype: *dtype, shape, bytes })
            .collect()
    }
}

/// The metadata of a safetensors file that can be read where it lies.
fn metadata_of(path: &Path) -> Option<Metadata> {
    let source = path.is_file().then(|| Source::open(path).ok()).flatten()?;
    let bytes = source.length.is_some().then(|| source.into_shared().ok()).flatten()?;
    Some(SafeTensors::read_metadata(&bytes).ok()?.1)
}

fn broken(path: &Path, kind: &str, found: String) -> Error {
    Fault::new(Place::File, format!("an intact wordferry {kind} (safetensors)"), found)
        .hint("name a file that wordferry saved, or make it again")
        .within(&path.display().to_string())
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
        assert_eq!(Artefact::kind_of(&path).as_deref(), Some("map"));
        assert_eq!(Artefact::properties_of(&path).unwrap()["language"], "de");
        std::fs::write(&path, "2 3\nword 1 2 3\n").unwrap();
        assert_eq!(Artefact::kind_of(&path), None);
        assert_eq!(Artefact::properties_of(&path), None);
    }

    #[test]
    fn sparse_rows_come_back() {
        let mut rows = SparseRows::new(4);
        rows.push([(1, 0.5), (3, 2.0)]);
        rows.push([]);
        let mut artefact = Artefact::new("model");
        artefact.put_sparse("rows", &rows);
        assert_eq!(artefact.sparse("rows").unwrap(), rows);
        artefact.put_counts("rows.columns", &[3, 1]);
        assert!(artefact.sparse("rows").is_err());
        artefact.put_counts("rows.columns", &[1, 4]);
        assert!(artefact.sparse("rows").is_err());
    }

    #[test]
    fn parts_are_kept_apart() {
        let mut whole = Artefact::new("model");
        whole.set("language", "en");
        whole.put_part("a", sample());
        whole.put_part("b", Artefact::new("map"));
        let part = whole.part("a").unwrap();
        assert_eq!(part.get_text("language").unwrap(), "de");
        assert_eq!(part.counts("offsets").unwrap(), [0, 3, u64::MAX]);
        assert!(!whole.part("b").unwrap().has("matrix"));
        assert!(whole.part("c").is_err() && whole.part("language").is_err());
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
