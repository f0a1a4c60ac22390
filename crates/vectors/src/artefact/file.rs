//! The file of an artefact: safetensors, with one metadata key for everything that is no tensor.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::io::{BufWriter, Write};
use std::path::Path;

use safetensors::tensor::{Dtype, Metadata, SafeTensors, TensorInfo};
use serde_json::{Map, Value, json};

use super::Tensor;
use crate::atomic::write_atomically;
use crate::bytes::Bytes;
use crate::error::Result;

const METADATA_KEY: &str = "wordferry";
/// The layout that this module writes. Older ones stay readable.
const VERSION: u64 = 1;
/// A matrix that is mapped can be used by any instruction at such an address.
const ALIGNMENT: usize = 64;

/// A tensor that is written.
#[derive(Clone, Copy)]
pub(crate) struct Borrowed<'a> {
    pub(crate) name: &'a str,
    pub(crate) dtype: Dtype,
    pub(crate) shape: &'a [usize],
    pub(crate) bytes: &'a [u8],
}

impl Borrowed<'_> {
    fn element(&self) -> usize {
        self.dtype.bitsize() / 8
    }
}

/// Writes a file atomically.
pub(super) fn write(
    path: &Path,
    kind: &str,
    properties: &Map<String, Value>,
    mut tensors: Vec<Borrowed<'_>>,
) -> Result<()> {
    tensors.sort_unstable_by_key(|tensor| tensor.name);
    let about = json!({
        "kind": kind,
        "version": VERSION,
        "written_by": concat!("wordferry ", env!("CARGO_PKG_VERSION")),
        "checksum": checksum(properties, &tensors),
        "properties": properties,
    });
    // The widest numbers first, so that all lie at multiples of their size; of a store, that puts the words' vectors
    // before all others of their type.
    tensors.sort_by_key(|tensor| (Reverse(tensor.element()), Reverse(tensor.name)));
    let header = header(&about, &tensors);
    write_atomically(path, |file: &mut BufWriter<_>| {
        file.write_all(&(header.len() as u64).to_le_bytes())?;
        file.write_all(header.as_bytes())?;
        tensors.iter().try_for_each(|tensor| file.write_all(tensor.bytes))
    })
}

/// The JSON of a safetensors file, with blanks at the end that bring the numbers of less than eight bytes, and all before
/// them, to the addresses that suit them.
fn header(about: &Value, tensors: &[Borrowed<'_>]) -> String {
    let mut header = Map::new();
    header.insert("__metadata__".into(), json!({ METADATA_KEY: about.to_string() }));
    let mut at = 0;
    for tensor in tensors {
        let end = at + tensor.bytes.len();
        header.insert(
            tensor.name.into(),
            json!({"dtype": tensor.dtype, "shape": tensor.shape, "data_offsets": [at, end]}),
        );
        at = end;
    }
    let wide: usize =
        tensors.iter().filter(|tensor| tensor.element() >= 8).map(|tensor| tensor.bytes.len()).sum();
    let mut header = Value::from(header).to_string();
    let end = 8 + header.len() + wide;
    header.extend(std::iter::repeat_n(' ', end.next_multiple_of(ALIGNMENT) - end));
    header
}

/// What a file holds.
pub(super) struct Header {
    pub(super) properties: Map<String, Value>,
    pub(super) checksum: String,
    pub(super) tensors: BTreeMap<String, Tensor>,
}

/// Reads the header and finds the tensors, or says what was found instead.
pub(super) fn read(bytes: &Bytes, kind: &str) -> Result<Header, String> {
    let not_safetensors = |error| format!("something else, or a truncated file: {error}");
    // This checks that the tensors lie one after the other and fill the file.
    SafeTensors::deserialize(bytes).map_err(not_safetensors)?;
    let (length, metadata) = SafeTensors::read_metadata(bytes).map_err(not_safetensors)?;
    let about = about(&metadata).ok_or("a safetensors file that another program wrote")?;
    let about: Value =
        serde_json::from_str(about).map_err(|error| format!("a header that is not JSON: {error}"))?;
    check_about(&about, kind)?;
    let tensors = metadata.tensors().into_iter().map(|(name, info)| {
        let bytes = data(bytes, 8 + length, info).ok_or("a truncated file")?;
        Ok((name, Tensor { dtype: info.dtype, shape: info.shape.clone(), bytes }))
    });
    Ok(Header {
        properties: about["properties"].as_object().cloned().unwrap_or_default(),
        checksum: about["checksum"].as_str().unwrap_or_default().to_owned(),
        tensors: tensors.collect::<Result<_, String>>()?,
    })
}

fn data(bytes: &Bytes, start: usize, info: &TensorInfo) -> Option<Bytes> {
    let (from, to) = info.data_offsets;
    bytes.slice(start.checked_add(from)?..start.checked_add(to)?)
}

fn about(metadata: &Metadata) -> Option<&str> {
    metadata.metadata().as_ref()?.get(METADATA_KEY).map(String::as_str)
}

fn check_about(about: &Value, kind: &str) -> Result<(), String> {
    let found = about["kind"].as_str().unwrap_or("nothing");
    if found != kind {
        return Err(format!("a wordferry {found}"));
    }
    match about["version"].as_u64() {
        Some(version) if version <= VERSION => Ok(()),
        Some(version) => {
            Err(format!("version {version}, which a later wordferry wrote (this one reads up to {VERSION})"))
        }
        None => Err("no version".into()),
    }
}

/// What kind of artefact a safetensors file is, if this program wrote it.
pub(crate) fn kind(metadata: &Metadata) -> Option<String> {
    let about: Value = serde_json::from_str(about(metadata)?).unwrap_or_default();
    Some(about["kind"].as_str().unwrap_or("damaged artefact").to_owned())
}

/// The properties of a safetensors file that this program wrote.
pub(super) fn properties(metadata: &Metadata) -> Option<Map<String, Value>> {
    let mut about: Value = serde_json::from_str(about(metadata)?).ok()?;
    match about["properties"].take() {
        Value::Object(properties) => Some(properties),
        _ => None,
    }
}

/// BLAKE3 of the properties and of all tensors, which are sorted by their names.
pub(super) fn checksum(properties: &Map<String, Value>, tensors: &[Borrowed<'_>]) -> String {
    let mut hasher = blake3::Hasher::new();
    let mut add = |bytes: &[u8]| {
        hasher.update(&(bytes.len() as u64).to_le_bytes());
        hasher.update(bytes);
    };
    add(Value::from(properties.clone()).to_string().as_bytes());
    for tensor in tensors {
        add(tensor.name.as_bytes());
        add(format!("{:?} {:?}", tensor.dtype, tensor.shape).as_bytes());
        add(tensor.bytes);
    }
    hasher.finalize().to_hex().to_string()
}
