//! The small files of a model's folder.

use std::path::{Path, PathBuf};

use serde_json::Value;
use wordferry_vectors::read_file;

use crate::{Error, Result};

/// What to do about a folder that lacks a file of its own.
pub(crate) const CUT_OFF: &str = "download the model's folder again, with the folders in it";

/// A file of a model's folder.
///
/// # Errors
/// If it is not there; `hint` says what to do.
pub(crate) fn there(folder: &Path, name: &str, hint: &'static str) -> Result<PathBuf> {
    let path = folder.join(name);
    match path.is_file() {
        true => Ok(path),
        false => Err(model_error(folder, name, "no such file", hint)),
    }
}

/// A JSON object, and where it came from.
pub(crate) struct Json {
    path: PathBuf,
    value: Value,
}

impl Json {
    /// Reads a JSON file.
    ///
    /// # Errors
    /// If it cannot be read or is no JSON.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let value = serde_json::from_slice(&read_file(path)?)
            .map_err(|error| model_error(path, "JSON", error.to_string(), "download the file again"))?;
        Ok(Self { path: path.to_owned(), value })
    }

    /// Reads a file that may be missing.
    ///
    /// # Errors
    /// If it is there and cannot be read or is no JSON.
    pub(crate) fn open_if_there(path: &Path) -> Result<Option<Self>> {
        path.exists().then(|| Self::open(path)).transpose()
    }

    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    pub(crate) fn value(&self) -> &Value {
        &self.value
    }

    /// What is under a key, unless it is null.
    pub(crate) fn get(&self, key: &str) -> Option<&Value> {
        self.value.get(key).filter(|value| !value.is_null())
    }

    /// A whole number.
    ///
    /// # Errors
    /// If it is missing or none.
    pub(crate) fn count(&self, key: &str) -> Result<usize> {
        let value = self.value.get(key).unwrap_or(&Value::Null);
        let count = value.as_u64().filter(|count| *count <= u64::from(u32::MAX));
        count
            .map(|count| count as usize)
            .ok_or_else(|| self.wrong(format!("`{key}` as a whole number"), value.to_string()))
    }

    /// A whole number, or `otherwise` if it is missing.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn count_or(&self, key: &str, otherwise: usize) -> Result<usize> {
        self.get(key).map_or(Ok(otherwise), |_| self.count(key))
    }

    /// A number, or `otherwise` if it is missing.
    ///
    /// # Errors
    /// If it is none.
    pub(crate) fn number_or(&self, key: &str, otherwise: f64) -> Result<f64> {
        let number = |value: &Value| {
            value.as_f64().ok_or_else(|| self.wrong(format!("`{key}` as a number"), value.to_string()))
        };
        self.get(key).map_or(Ok(otherwise), number)
    }

    /// Whether a key is true.
    pub(crate) fn is_true(&self, key: &str) -> bool {
        self.get(key).and_then(Value::as_bool) == Some(true)
    }

    /// That this file does not hold what it should.
    pub(crate) fn wrong(&self, expected: impl Into<String>, found: impl Into<String>) -> Error {
        model_error(&self.path, expected, found, "")
    }
}

pub(crate) fn model_error(
    path: &Path,
    expected: impl Into<String>,
    found: impl Into<String>,
    hint: &'static str,
) -> Error {
    Error::Model { name: path.display().to_string(), expected: expected.into(), found: found.into(), hint }
}
