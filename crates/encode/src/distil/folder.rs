//! A static model to a folder, as model2vec lays it out.

use std::fs;
use std::path::Path;

use ndarray::Array2;
use safetensors::tensor::{Dtype, TensorView};
use serde_json::Value;
use wordferry_vectors::{check_folder_place, write_folder_atomically};

use super::Distilled;
use crate::{Error, Result};

/// What marks a `config.json` as one that was written here.
pub(super) const MARK: &str = "wordferry";
const CONFIG: &str = "config.json";
const TOKENIZER: &str = "tokenizer.json";
const MODEL: &str = "model.safetensors";

impl Distilled {
    /// Makes sure that [`Distilled::save`] may write a folder, before the time that making the model takes.
    ///
    /// # Errors
    /// If there is a folder with other files than those of an earlier static model, or it cannot be written to.
    pub fn check_place(folder: &Path) -> Result<()> {
        let foreign = foreign(folder);
        if let Some(found) = foreign {
            return Err(Error::Model {
                name: folder.display().to_string(),
                expected: "a new folder, an empty one, or one of a static model that was made here before"
                    .into(),
                found,
                hint: "choose another folder",
            });
        }
        Ok(check_folder_place(folder)?)
    }

    /// Writes `config.json`, `tokenizer.json` and `model.safetensors` to a folder, which is there whole or not at all; `source` is what
    /// the transformer is called. An earlier static model of the folder is replaced.
    ///
    /// # Errors
    /// As [`Distilled::check_place`], or if the folder cannot be written.
    pub fn save(&self, folder: &Path, source: &str) -> Result<()> {
        Self::check_place(folder)?;
        let config = format!("{:#}\n", self.config(source)).into_bytes();
        let files = [(CONFIG, &*config), (TOKENIZER, &*self.tokenizer), (MODEL, &*tensors(&self.vectors))];
        Ok(write_folder_atomically(folder, &files)?)
    }
}

/// The bytes of a safetensors file with the vectors.
fn tensors(vectors: &Array2<f32>) -> Vec<u8> {
    let bytes: Vec<u8> = vectors.iter().flat_map(|value| value.to_le_bytes()).collect();
    let view = TensorView::new(Dtype::F32, vectors.shape().to_vec(), &bytes)
        .expect("as many bytes as the shape has");
    safetensors::serialize([("embeddings", view)], None).expect("a tensor that is whole")
}

/// What a folder holds that an earlier static model does not.
fn foreign(folder: &Path) -> Option<String> {
    let names =
        fs::read_dir(folder).ok()?.flatten().map(|entry| entry.file_name().to_string_lossy().into_owned());
    let mut names: Vec<String> = names.collect();
    names.sort();
    if let Some(name) = names.iter().find(|name| ![CONFIG, TOKENIZER, MODEL].contains(&name.as_str())) {
        return Some(format!("a folder with the file {name}"));
    }
    let config =
        fs::read(folder.join(CONFIG)).ok().and_then(|bytes| serde_json::from_slice::<Value>(&bytes).ok());
    let is_ours = config.is_some_and(|config| config.get(MARK).is_some());
    (!names.is_empty() && !is_ours).then(|| "the folder of another model".to_owned())
}
