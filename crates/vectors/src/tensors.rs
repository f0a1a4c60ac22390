//! safetensors files that hold one matrix of word vectors: `embeddings` of a model2vec folder, or the only
//! matrix there is.
//!
//! Words come from the vocabulary of `tokenizer.json` beside the file, its pieces as they are named there, or
//! from a list of words. Of a model2vec folder, `mapping` (the row of each token) and `weights` (a factor for
//! each) are applied; `config.json` concerns sentences and is not read.

use safetensors::tensor::{Dtype, SafeTensors, TensorView};

use crate::artefact;
use crate::beside::Beside;
use crate::element::Element;
use crate::embeddings::Embeddings;
use crate::error::{Error, Fault, Place, Result};
use crate::loader::Options;
use crate::named::Names;
use crate::source::Source;
use crate::store;

/// The matrix that a `mapping` spreads may have so many times the file's bytes.
const MAX_SPREAD: usize = 64;

/// Reads the only matrix of a file whose words are named beside it.
pub(crate) fn read(source: Source<'_>, beside: &Beside<'_>, options: &Options) -> Result<Embeddings> {
    let name = source.name.clone();
    let bytes = source.into_shared()?;
    let broken = |fault: Fault| fault.within(&name);
    let damaged = |error: safetensors::SafeTensorError| {
        broken(Fault::new(Place::File, "an intact safetensors file", error.to_string()))
    };
    let (_, metadata) = SafeTensors::read_metadata(&bytes).map_err(damaged)?;
    let kind = artefact::kind(&metadata);
    if kind.as_deref() == Some(store::KIND) {
        return store::open(bytes, &name, options);
    }
    if let Some(kind) = kind {
        return Err(Error::Refused {
            name,
            found: format!("a {kind} that this program saved"),
            hint: "it holds no plain vectors: give it to the command that takes such a file",
        });
    }
    let tensors = SafeTensors::deserialize(&bytes).map_err(damaged)?;
    let matrix = Matrix::find(&tensors, bytes.len()).map_err(broken)?;
    let names = match beside.tokenizer()? {
        Some(tokenizer) => Names::of_tokenizer(tokenizer)?,
        None => Names::listed(beside, &name)?,
    };
    let values = matrix.values(options);
    names.name(matrix.n_tokens() as u64, matrix.d, values, &name, options)
}

/// What composes the vectors of tokens.
struct Matrix<'a> {
    element: Element,
    bytes: &'a [u8],
    n: usize,
    d: usize,
    /// The row of each token, where that is not its number.
    mapping: Option<Vec<usize>>,
    weights: Option<Vec<f32>>,
}

impl<'a> Matrix<'a> {
    fn find(tensors: &SafeTensors<'a>, length: usize) -> Result<Self, Fault> {
        let (tensor, element) = the_matrix(tensors)?;
        let [n, d] = tensor.shape()[..] else { return Err(not_one(tensors)) };
        let mut matrix = Self { element, bytes: tensor.data(), n, d, mapping: None, weights: None };
        if n == 0 || d == 0 {
            return Err(Fault::new(Place::File, "a matrix of at least 1 × 1", format!("{n} × {d}")));
        }
        if let Ok(mapping) = tensors.tensor("mapping") {
            matrix.mapping = Some(rows(&mapping, n)?);
        }
        if let Ok(weights) = tensors.tensor("weights") {
            let found = format!("{:?} of shape {:?}", weights.dtype(), weights.shape());
            let element = element_of(weights.dtype()).filter(|_| weights.shape() == [matrix.n_tokens()]);
            let element = element.ok_or_else(|| {
                Fault::new(Place::File, format!("`weights` as {} numbers", matrix.n_tokens()), found)
            })?;
            let mut values = Vec::new();
            element.decode(weights.data(), &mut values);
            matrix.weights = Some(values);
        }
        let spread = matrix.n_tokens().checked_mul(d).is_some_and(|n| n / MAX_SPREAD <= length);
        match spread {
            true => Ok(matrix),
            false => {
                let found = format!("{} tokens mapped to rows of {d} values", matrix.n_tokens());
                Err(Fault::new(Place::File, "a matrix in proportion to the file", found))
            }
        }
    }

    fn n_tokens(&self) -> usize {
        self.mapping.as_ref().map_or(self.n, Vec::len)
    }

    /// Row by row, the vectors of as many tokens as the limit asks for.
    fn values(&self, options: &Options) -> Vec<f32> {
        let n = self.n_tokens().min(usize::try_from(options.limit()).unwrap_or(usize::MAX));
        let width = self.d * self.element.size();
        let mut values = Vec::with_capacity(n * self.d);
        for token in 0..n {
            let row = self.mapping.as_ref().map_or(token, |mapping| mapping[token]);
            self.element.decode(&self.bytes[row * width..(row + 1) * width], &mut values);
            if let Some(weights) = &self.weights {
                values[token * self.d..].iter_mut().for_each(|value| *value *= weights[token]);
            }
        }
        values
    }
}

/// The tensor `embeddings`, or else the only matrix of numbers.
fn the_matrix<'a>(tensors: &SafeTensors<'a>) -> Result<(TensorView<'a>, Element), Fault> {
    let typed = |tensor: TensorView<'a>| element_of(tensor.dtype()).map(|element| (tensor, element));
    if let Ok(tensor) = tensors.tensor("embeddings")
        && tensor.shape().len() == 2
    {
        return typed(tensor).ok_or_else(|| not_one(tensors));
    }
    let matrices = tensors.iter().map(|(_, tensor)| tensor).filter(|tensor| tensor.shape().len() == 2);
    let mut matrices = matrices.filter_map(typed);
    match (matrices.next(), matrices.next()) {
        (Some(matrix), None) => Ok(matrix),
        _ => Err(not_one(tensors)),
    }
}

/// That there is no matrix, or no telling which; with the first of the tensors that there are.
fn not_one(tensors: &SafeTensors<'_>) -> Fault {
    let mut found: Vec<String> = tensors
        .iter()
        .map(|(name, tensor)| format!("`{name}` {:?} {:?}", tensor.dtype(), tensor.shape()))
        .collect();
    found.sort_unstable();
    let n = found.len();
    found.truncate(4);
    let more = if n > 4 { ", …" } else { "" };
    let expected = "one matrix of F16, BF16, F32 or F64, or one that is named `embeddings`";
    Fault::new(Place::File, expected, format!("{n} tensors: {}{more}", found.join(", ")))
        .hint("a transformer is opened as an encoder, not as vectors")
}

pub(crate) fn element_of(dtype: Dtype) -> Option<Element> {
    match dtype {
        Dtype::F16 => Some(Element::F16),
        Dtype::BF16 => Some(Element::Bf16),
        Dtype::F32 => Some(Element::F32),
        Dtype::F64 => Some(Element::F64),
        _ => None,
    }
}

/// Whole numbers below `n`.
fn rows(mapping: &TensorView<'_>, n: usize) -> Result<Vec<usize>, Fault> {
    let numbers: Option<Vec<i64>> = match (mapping.dtype(), mapping.shape()) {
        (Dtype::I64, [_]) => Some(mapping.data().chunks_exact(8).map(whole).collect()),
        (Dtype::I32, [_]) => Some(mapping.data().chunks_exact(4).map(whole).collect()),
        _ => None,
    };
    let rows = numbers.map(|numbers| {
        numbers.into_iter().map(|number| usize::try_from(number).ok().filter(|row| *row < n)).collect()
    });
    rows.flatten().ok_or_else(|| {
        let found = format!("{:?} of shape {:?}, or a number beyond", mapping.dtype(), mapping.shape());
        Fault::new(Place::File, format!("`mapping` as I32 or I64 numbers of {n} rows"), found)
    })
}

/// The little-endian, signed number of at most eight bytes.
pub(crate) fn whole(bytes: &[u8]) -> i64 {
    let sign = if bytes.last().is_some_and(|last| *last > 127) { 0xff } else { 0 };
    let mut eight = [sign; 8];
    eight[..bytes.len()].copy_from_slice(bytes);
    i64::from_le_bytes(eight)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::{Artefact, Loader};

    type Tensor<'a> = (&'a str, Dtype, &'a [usize], &'a [u8]);

    const MATRIX: [u8; 16] = [0, 0, 128, 63, 0, 0, 0, 64, 0, 0, 64, 64, 0, 0, 128, 64];
    const TOKENIZER: &str = r###"{"model": {"type": "WordPiece", "vocab": {"a": 0, "##b": 1}}}"###;

    fn file(tensors: &[Tensor<'_>]) -> Vec<u8> {
        let views = tensors.iter().map(|(name, dtype, shape, bytes)| {
            (*name, TensorView::new(*dtype, shape.to_vec(), bytes).unwrap())
        });
        safetensors::serialize(views, None).unwrap()
    }

    /// What becomes of a folder of these files: words and values, or the error.
    fn open(files: &[(&str, &[u8])], loader: &Loader) -> String {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, bytes)| fs::write(folder.path().join(name), bytes).unwrap());
        match loader.open(folder.path()) {
            Ok(read) => {
                let words: Vec<_> =
                    read.vocabulary().iter().map(|(id, _)| read.vocabulary().word(id)).collect();
                format!("{} {}", words.join(" "), read.matrix())
            }
            Err(error) => {
                assert!(error.is_invalid_data(), "{error}");
                error.to_string()
            }
        }
    }

    fn check(tensors: &[Tensor<'_>], expected: &str) {
        let files = [("model.safetensors", &file(tensors)[..]), ("tokenizer.json", TOKENIZER.as_bytes())];
        let found = open(&files, &Loader::new());
        assert!(found.starts_with(expected), "{found} instead of {expected}");
    }

    #[test]
    fn model2vec_folders_are_opened() {
        let embeddings = ("embeddings", Dtype::F32, &[2, 2][..], &MATRIX[..]);
        check(&[embeddings], "a ##b [[1, 2],\n [3, 4]]");
        check(&[("any", Dtype::BF16, &[2, 1], &[128, 63, 0, 64])], "a ##b [[1],\n [2]]");
        check(&[embeddings, ("other", Dtype::F32, &[2, 2], &MATRIX)], "a ##b");
        let mapping =
            ("mapping", Dtype::I64, &[2][..], &[1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0][..]);
        let weights = ("weights", Dtype::F16, &[2][..], &[0x00, 0x3e, 0x00, 0xc0][..]);
        check(&[embeddings, mapping, weights], "a ##b [[4.5, 6],\n [-2, -4]]");
    }

    #[test]
    fn tensors_that_do_not_fit_are_refused() {
        let embeddings = ("embeddings", Dtype::F32, &[2, 2][..], &MATRIX[..]);
        check(
            &[("a", Dtype::F32, &[2, 2], &MATRIX), ("b", Dtype::F32, &[2, 2], &MATRIX)],
            "expected one matrix",
        );
        check(&[("a", Dtype::I32, &[2, 2], &MATRIX)], "expected one matrix");
        check(&[("a", Dtype::F32, &[4], &MATRIX)], "expected one matrix");
        check(&[("a", Dtype::F32, &[4, 1], &MATRIX)], "expected 4 words, one a row");
        check(&[("a", Dtype::F32, &[0, 4], &[])], "expected a matrix of at least 1 × 1");
        check(&[embeddings, ("mapping", Dtype::I32, &[2], &[2, 0, 0, 0, 0, 0, 0, 0])], "expected `mapping`");
        check(&[embeddings, ("mapping", Dtype::I32, &[2], &[255; 8])], "expected `mapping`");
        check(&[embeddings, ("weights", Dtype::F32, &[1], &[0; 4])], "expected `weights` as 2 numbers");
        let wide = [0; 1 << 16];
        let mapping = [0; 1 << 16];
        check(
            &[
                ("embeddings", Dtype::F16, &[1, 1 << 15], &wide),
                ("mapping", Dtype::I32, &[1 << 14], &mapping),
            ],
            "expected a matrix in proportion to the file",
        );
    }

    #[test]
    fn words_come_from_a_list_where_there_is_no_tokenizer() {
        let matrix = file(&[("a", Dtype::F32, &[2, 2], &MATRIX)]);
        let files = [("model.safetensors", &matrix[..]), ("vocab.txt", b"x\ny\n")];
        assert_eq!(open(&files, &Loader::new().limit(1)), "x [[1, 2]]");
        assert!(open(&files[..1], &Loader::new()).contains("a matrix without the list of its words"));
    }

    #[test]
    fn artefacts_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.safetensors");
        Artefact::new("map").save(&path).unwrap();
        let error = Loader::new().open(&path).unwrap_err();
        assert!(error.to_string().contains("found a map that this program saved"), "{error}");
    }

    #[test]
    fn cut_files_are_refused() {
        let whole = file(&[("a", Dtype::F32, &[2, 2], &MATRIX)]);
        for length in 9..whole.len() {
            let files = [("model.safetensors", &whole[..length]), ("vocab.txt", b"x\ny\n")];
            assert!(open(&files, &Loader::new()).starts_with("expected"), "{length}");
        }
    }
}
