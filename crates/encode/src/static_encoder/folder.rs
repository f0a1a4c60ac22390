//! A folder in, a static encoder out.

use std::path::{Path, PathBuf};

use ndarray::Array2;
use serde_json::Value;
use wordferry_vectors::{NamedTensors, read_file};

use super::{Length, Options, StaticEncoder, TokenVectors, rows_below};
use crate::pickle::{PICKLE_HINT, pickle_in};
use crate::{Error, Result, Tokenizer};

/// What the matrix is called, by model2vec and by sentence-transformers.
const MATRIX: [&str; 2] = ["embeddings", "embedding.weight"];

/// The folder within one that sentence-transformers saved.
const NESTED: &str = "0_StaticEmbedding";

pub(super) fn is_static(folder: &Path) -> bool {
    let value = |name: &str| json(&folder.join(name)).unwrap_or_default();
    let modules = value("modules.json");
    let first = modules[0]["type"].as_str().unwrap_or_default();
    let is_model2vec = value("config.json")["model_type"] == "model2vec";
    folder.join(NESTED).is_dir() || is_model2vec || first.ends_with(".StaticEmbedding")
}

pub(super) fn open(folder: &Path) -> Result<StaticEncoder> {
    let nested = folder.join(NESTED);
    let inner = if nested.is_dir() { &nested } else { folder };
    let model = model_file(inner)?;
    let tokenizer = file(&[inner.join("tokenizer.json")])?;
    let config = file(&["config.json", "config_sentence_transformers.json"].map(|name| folder.join(name)))?;
    let options = options(folder, &config)?;
    let tokenizer = Tokenizer::open(&tokenizer)?;
    let vectors = vectors(&model)?;
    StaticEncoder::new(tokenizer, vectors, options).map_err(|found| Error::Model {
        name: inner.display().to_string(),
        expected: "a vector for every token".to_owned(),
        found,
        hint: "take tokenizer.json and model.safetensors of the same model",
    })
}

/// The first of these files that there is.
fn file(paths: &[PathBuf]) -> Result<PathBuf> {
    let names =
        || paths.iter().filter_map(|path| path.file_name()?.to_str()).collect::<Vec<_>>().join(" or ");
    let folder = || paths[0].parent().unwrap_or(Path::new("")).display().to_string();
    paths.iter().find(|path| path.is_file()).cloned().ok_or_else(|| Error::Model {
        name: folder(),
        expected: "a static model's folder: model.safetensors, tokenizer.json and config.json".to_owned(),
        found: format!("no {}", names()),
        hint: "name the folder that model2vec's `save_pretrained` wrote",
    })
}

fn model_file(folder: &Path) -> Result<PathBuf> {
    let found = file(&[folder.join("model.safetensors")]);
    let pickle = pickle_in(folder);
    match (found, pickle) {
        (Err(_), Some(pickle)) => Err(Error::Model {
            name: folder.display().to_string(),
            expected: "model.safetensors".to_owned(),
            found: format!("{pickle}, a pickle"),
            hint: PICKLE_HINT,
        }),
        (found, _) => found,
    }
}

/// What the configuration says. sentence-transformers has rows of unit length by a module of their own.
fn options(folder: &Path, config: &Path) -> Result<Options> {
    let mut options = Options::of(&json(config)?).map_err(|found| Error::Model {
        name: config.display().to_string(),
        expected: "`normalize` as true or false, `max_length` as a number of tokens or null".to_owned(),
        found,
        hint: "",
    })?;
    let modules = folder.join("modules.json");
    if config.ends_with("config_sentence_transformers.json") && modules.is_file() {
        let modules = json(&modules)?;
        let types = modules.as_array().into_iter().flatten().filter_map(|module| module["type"].as_str());
        if types.into_iter().any(|module| module.ends_with(".Normalize")) {
            options.length = Length::Unit;
        }
    }
    Ok(options)
}

fn json(path: &Path) -> Result<Value> {
    serde_json::from_slice(&read_file(path)?).map_err(|error| Error::Model {
        name: path.display().to_string(),
        expected: "JSON".to_owned(),
        found: error.to_string(),
        hint: "the file is cut short or damaged: download it again",
    })
}

fn vectors(path: &Path) -> Result<TokenVectors> {
    let tensors = NamedTensors::open(&[path])?;
    let fault = |expected: &str, found: String, hint: &'static str| Error::Model {
        name: path.display().to_string(),
        expected: expected.to_owned(),
        found,
        hint,
    };
    let has = |name: &str| tensors.shape(name).is_some();
    let Some(name) = MATRIX.into_iter().find(|name| has(name)) else {
        let found = format!("{} tensors of other names", tensors.names().count());
        return Err(fault("a tensor `embeddings`", found, "a transformer is no static model"));
    };
    let matrix = matrix(&tensors, name)?.ok_or_else(|| {
        let found = format!("shape {:?}", tensors.shape(name).unwrap_or_default());
        fault("a matrix `embeddings`, tokens × dimensions", found, "")
    })?;
    let mapping = has("mapping").then(|| tensors.whole_numbers("mapping")).transpose()?;
    let mapping = mapping
        .map(|rows| rows_below(matrix.nrows(), rows.ok_or_else(|| "other numbers".to_owned())?))
        .transpose();
    let mapping = mapping.map_err(|found| fault("`mapping` as whole numbers of rows", found, ""))?;
    let weights = tensors.shape("weights").map(|shape| shape.iter().product());
    let weights = weights.map(|n| tensors.vector("weights", n)).transpose()?;
    Ok(TokenVectors { matrix, mapping, weights: weights.map(|weights| weights.to_vec()) })
}

/// A matrix of floating-point numbers, or of bytes as model2vec quantises them; `None` if it is none.
fn matrix(tensors: &NamedTensors, name: &str) -> Result<Option<Array2<f32>>> {
    let Some(&[n, d]) = tensors.shape(name) else { return Ok(None) };
    match tensors.whole_numbers(name)? {
        None => tensors.matrix(name, [n, d]).map(Some).map_err(Error::from),
        Some(bytes) => {
            let values = bytes.into_iter().map(|value| value as f32).collect();
            Ok(Array2::from_shape_vec((n, d), values).ok())
        }
    }
}
