//! The tensors of a trained network: safetensors files in, matrices and vectors by name out.
//!
//! Files are mapped, and a tensor is decoded when it is asked for; a network in several files (shards) is one.

use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use ndarray::{Array1, Array2};
use safetensors::{Dtype, SafeTensors};

use crate::bytes::Bytes;
use crate::element::Element;
use crate::error::{Error, Fault, Place, Result};
use crate::source::Source;
use crate::space::Space;
use crate::tensors::{element_of, whole};

/// Bytes of every tensor that tell it from another one.
const SAMPLE: usize = 1024;

/// Named tensors of one or several safetensors files.
pub struct NamedTensors {
    files: Vec<(String, Bytes)>,
    tensors: BTreeMap<String, Tensor>,
}

struct Tensor {
    file: usize,
    dtype: Dtype,
    shape: Vec<usize>,
    range: Range<usize>,
}

impl NamedTensors {
    /// Opens all these files.
    ///
    /// # Errors
    /// If there is none, or one is missing, cut short or damaged.
    pub fn open<P: AsRef<Path>>(paths: &[P]) -> Result<Self> {
        let (mut files, mut tensors) = (Vec::new(), BTreeMap::new());
        for path in paths {
            let source = Source::open(path.as_ref())?;
            let name = source.name.clone();
            let bytes = source.into_shared()?;
            let parsed = SafeTensors::deserialize(&bytes).map_err(|error| {
                Fault::new(Place::File, "an intact safetensors file", error.to_string())
                    .hint("the file is cut short or damaged: download it again")
                    .within(&name)
            })?;
            for (tensor, view) in parsed.iter() {
                let start = view.data().as_ptr().addr() - bytes.as_ptr().addr();
                let range = start..start + view.data().len();
                let (dtype, shape) = (view.dtype(), view.shape().to_vec());
                tensors.insert(tensor.to_owned(), Tensor { file: files.len(), dtype, shape, range });
            }
            files.push((name, bytes));
        }
        match files.is_empty() {
            false => Ok(Self { files, tensors }),
            true => Err(Error::Mismatch { expected: "a safetensors file".into(), found: "none".into() }),
        }
    }

    /// The names of all tensors, in alphabetical order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.tensors.keys().map(String::as_str)
    }

    /// The shape of a tensor; `None` if there is none of this name.
    pub fn shape(&self, name: &str) -> Option<&[usize]> {
        self.tensors.get(name).map(|tensor| &tensor.shape[..])
    }

    /// A tensor of one dimension and `n` values.
    ///
    /// # Errors
    /// If it is missing, or of another shape, or holds no floating-point numbers, or one that is not finite.
    pub fn vector(&self, name: &str, n: usize) -> Result<Array1<f32>> {
        self.values(name, &[n]).map(Array1::from)
    }

    /// A tensor of two dimensions, `n` × `d`.
    ///
    /// # Errors
    /// If it is missing, or of another shape, or holds no floating-point numbers, or one that is not finite.
    pub fn matrix(&self, name: &str, [n, d]: [usize; 2]) -> Result<Array2<f32>> {
        let values = self.values(name, &[n, d])?;
        Ok(Array2::from_shape_vec((n, d), values).expect("as many values as the shape has"))
    }

    /// A tensor of two dimensions, `n` × `d`, whose rows are decoded one by one when they are asked for.
    ///
    /// # Errors
    /// If it is missing, or of another shape, or holds no floating-point numbers.
    pub fn table(&self, name: &str, [n, d]: [usize; 2]) -> Result<TensorTable> {
        let (bytes, element) = self.find(name, &[n, d])?;
        Ok(TensorTable { bytes, element, d })
    }

    /// The values of a tensor of this shape, row by row.
    ///
    /// # Errors
    /// If it is missing, or of another shape, or holds no floating-point numbers, or one that is not finite.
    pub fn values(&self, name: &str, shape: &[usize]) -> Result<Vec<f32>> {
        let (bytes, element) = self.find(name, shape)?;
        let mut values = Vec::with_capacity(shape.iter().product());
        element.decode(&bytes, &mut values);
        match values.iter().position(|value| !value.is_finite()) {
            None => Ok(values),
            Some(at) => {
                let found = format!("{} at {at}", values[at]);
                Err(self.fault(name, format!("finite numbers in `{name}`"), found))
            }
        }
    }

    /// The values of a tensor of signed whole numbers, row by row; `None` if it holds others.
    ///
    /// # Errors
    /// If it is missing.
    pub fn whole_numbers(&self, name: &str) -> Result<Option<Vec<i64>>> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.missing(name))?;
        let width = match tensor.dtype {
            Dtype::I8 => 1,
            Dtype::I32 => 4,
            Dtype::I64 => 8,
            _ => return Ok(None),
        };
        let bytes = &self.files[tensor.file].1[tensor.range.clone()];
        Ok(Some(bytes.chunks_exact(width).map(whole).collect()))
    }

    /// Puts other values in the place of a tensor's, row by row.
    ///
    /// # Errors
    /// If there is no tensor of this name, or it has another number of values.
    pub fn replace(&mut self, name: &str, values: &[f32]) -> Result<()> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.missing(name))?;
        if tensor.shape.iter().product::<usize>() != values.len() {
            let expected = format!("a tensor `{name}` of {} values", values.len());
            return Err(self.fault(name, expected, format!("shape {:?}", tensor.shape)));
        }
        let bytes: Vec<u8> = values.iter().flat_map(|value| value.to_le_bytes()).collect();
        let (file, shape) = (self.files[tensor.file].0.clone(), tensor.shape.clone());
        let tensor = Tensor { file: self.files.len(), dtype: Dtype::F32, shape, range: 0..bytes.len() };
        self.files.push((file, bytes.into()));
        self.tensors.insert(name.to_owned(), tensor);
        Ok(())
    }

    /// That there is no tensor of this name.
    pub fn missing(&self, name: &str) -> Error {
        self.fault(name, format!("a tensor `{name}`"), "none of this name".into())
    }

    /// What the tensors are: their names, shapes, and first values.
    pub fn space(&self) -> Space {
        let mut parts = Vec::new();
        for (name, tensor) in &self.tensors {
            parts.push(format!("{name} {:?}", tensor.shape).into_bytes());
            let end = tensor.range.end.min(tensor.range.start + SAMPLE);
            parts.push(self.files[tensor.file].1[tensor.range.start..end].to_vec());
        }
        Space::of(&parts.iter().map(Vec::as_slice).collect::<Vec<_>>())
    }

    fn find(&self, name: &str, shape: &[usize]) -> Result<(Bytes, Element)> {
        let tensor = self.tensors.get(name).ok_or_else(|| self.missing(name))?;
        let expected = format!("a tensor `{name}` of shape {shape:?}");
        if tensor.shape != shape {
            return Err(self.fault(name, expected, format!("shape {:?}", tensor.shape)));
        }
        let Some(element) = element_of(tensor.dtype) else {
            return Err(self.fault(name, expected, "whole or packed numbers".into()));
        };
        let bytes = self.files[tensor.file].1.slice(tensor.range.clone());
        Ok((bytes.expect("a tensor lies within its file"), element))
    }

    fn fault(&self, name: &str, expected: String, found: String) -> Error {
        let file = self.tensors.get(name).map_or(0, |tensor| tensor.file);
        Fault::new(Place::File, expected, found).within(&self.files[file].0)
    }
}

/// The rows of a matrix in a file.
pub struct TensorTable {
    bytes: Bytes,
    element: Element,
    d: usize,
}

impl TensorTable {
    /// Appends the values of a row.
    ///
    /// # Panics
    /// If there is no such row.
    pub fn push_row(&self, row: usize, values: &mut Vec<f32>) {
        let width = self.d * self.element.size();
        self.element.decode(&self.bytes[row * width..(row + 1) * width], values);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use safetensors::tensor::{Dtype, TensorView};

    use super::*;

    fn file(tensors: &[(&str, Dtype, &[usize], &[u8])]) -> Vec<u8> {
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (*name, TensorView::new(*dtype, shape.to_vec(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    #[test]
    fn tensors_of_all_files_are_found_and_checked() {
        let folder = tempfile::tempdir().unwrap();
        let paths = ["a", "b"].map(|name| folder.path().join(name));
        let bad = f32::NAN.to_le_bytes();
        fs::write(
            &paths[0],
            file(&[("m", Dtype::BF16, &[2, 1], &[128, 63, 0, 64]), ("i", Dtype::I8, &[1], &[255])]),
        )
        .unwrap();
        fs::write(&paths[1], file(&[("v", Dtype::F16, &[1], &[0, 0x3e]), ("nan", Dtype::F32, &[1], &bad)]))
            .unwrap();
        let tensors = NamedTensors::open(&paths).unwrap();
        assert_eq!(tensors.names().collect::<Vec<_>>(), ["i", "m", "nan", "v"]);
        assert_eq!(tensors.shape("m"), Some(&[2, 1][..]));
        assert_eq!(tensors.matrix("m", [2, 1]).unwrap().as_slice(), Some(&[1.0, 2.0][..]));
        assert_eq!(tensors.vector("v", 1).unwrap()[0], 1.5);
        assert_eq!(tensors.whole_numbers("i").unwrap(), Some(vec![-1]));
        assert_eq!(tensors.whole_numbers("v").unwrap(), None);
        let check = |error: Error, found: &str| assert!(error.to_string().contains(found), "{error}");
        check(tensors.vector("m", 2).unwrap_err(), "found shape [2, 1]");
        check(tensors.vector("no", 2).unwrap_err(), "found none of this name");
        check(tensors.vector("i", 1).unwrap_err(), "found whole or packed numbers");
        check(tensors.vector("nan", 1).unwrap_err(), "found NaN at 0");
        let (before, mut tensors) = (tensors.space(), tensors);
        tensors.replace("m", &[3.0, 4.0]).unwrap();
        assert_eq!(tensors.matrix("m", [2, 1]).unwrap().as_slice(), Some(&[3.0, 4.0][..]));
        assert_ne!(tensors.space(), before);
        check(tensors.replace("m", &[3.0]).unwrap_err(), "a tensor `m` of 1 values, found shape [2, 1]");
        check(tensors.replace("no", &[3.0]).unwrap_err(), "found none of this name");
        let whole = fs::read(&paths[0]).unwrap();
        for length in 1..whole.len() {
            fs::write(&paths[0], &whole[..length]).unwrap();
            assert!(NamedTensors::open(&paths).is_err(), "{length}");
        }
    }
}
