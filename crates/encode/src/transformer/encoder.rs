//! Texts in, sentence vectors of a transformer out.
//!
//! Texts are cut into tokens, sorted by length and put together until a batch has enough tokens; nothing is padded. A
//! core takes a batch at a time through all layers.

use std::path::{Path, PathBuf};

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use serde_json::Value;
use wordferry_vectors::{NamedTensors, Space};

use super::config::Config;
use super::cpu::{Network, Precision};
use super::files::{Json, model_error};
use super::head::{Layout, SentenceHead};
use crate::tokenizer::Tokenizer;
use crate::{Coverage, Encoder, Result};

/// Tokens that a batch has at most, unless a single text has more.
const TOKENS_PER_BATCH: usize = 512;

/// How a transformer is opened.
#[derive(Clone, Debug, Default)]
pub struct TransformerLoader {
    precision: Precision,
    prompt: Option<String>,
    max_length: Option<usize>,
}

impl TransformerLoader {
    /// With `f32`, the folder's own prompt if it names one by default, and the folder's own limit of length.
    pub fn new() -> Self {
        Self::default()
    }

    /// What the products are computed with.
    #[must_use]
    pub fn precision(self, precision: Precision) -> Self {
        Self { precision, ..self }
    }

    /// What goes before every text: the name of one of the folder's prompts, or the words themselves.
    #[must_use]
    pub fn prompt(self, prompt: impl Into<String>) -> Self {
        Self { prompt: Some(prompt.into()), ..self }
    }

    /// Tokens of a text that are looked at, at most; no more than the network has positions.
    #[must_use]
    pub fn max_length(self, max_length: usize) -> Self {
        Self { max_length: Some(max_length), ..self }
    }

    /// Opens a folder: `config.json`, `tokenizer.json` and `model.safetensors` (or its shards and their index), and where they
    /// are there `modules.json`, `1_Pooling`, Dense layers, `sentence_bert_config.json` and `config_sentence_transformers.json`.
    ///
    /// # Errors
    /// If a file is missing, damaged or does not fit the others; if the architecture is not known here; if the weights are there
    /// as a pickle only.
    pub fn open(&self, folder: impl AsRef<Path>) -> Result<TransformerEncoder> {
        let folder = folder.as_ref();
        let Layout { network, head } = Layout::open(folder)?;
        let config = Config::open(&network.join("config.json"))?;
        let tokenizer = Tokenizer::open(&network.join("tokenizer.json"))?;
        if tokenizer.vocabulary_size() > config.vocabulary_size {
            let expected =
                format!("a tokenizer of at most {} tokens, as the network has", config.vocabulary_size);
            let found = format!("{} tokens", tokenizer.vocabulary_size());
            return Err(model_error(
                &network.join("tokenizer.json"),
                expected,
                found,
                "the two belong to different models",
            ));
        }
        let tensors = NamedTensors::open(&weights(&network)?)?;
        let sentences = Json::open_if_there(&network.join("sentence_bert_config.json"))?;
        let limit = match &sentences {
            Some(json) => json.count_or("max_seq_length", usize::MAX)?,
            None => usize::MAX,
        };
        let max_length = self.max_length.unwrap_or(limit).min(config.longest());
        let is_lower_case = sentences.is_some_and(|json| json.is_true("do_lower_case"));
        let prompt = self.prompt_of(folder)?;
        let dimension = head.dimension(config.size, folder)?;
        let space = Space::of(&[b"transformer", &tensors.space().to_bytes(), prompt.as_bytes()]);
        let network = Network::new(config, &tensors, self.precision)?;
        Ok(TransformerEncoder {
            network,
            tokenizer,
            head,
            prompt,
            max_length,
            is_lower_case,
            dimension,
            space,
        })
    }

    fn prompt_of(&self, folder: &Path) -> Result<String> {
        let json = Json::open_if_there(&folder.join("config_sentence_transformers.json"))?;
        let named = |name: &str| {
            let prompts = json.as_ref().and_then(|json| json.get("prompts"))?;
            prompts.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let default = json.as_ref().and_then(|json| json.get("default_prompt_name")).and_then(Value::as_str);
        Ok(match (&self.prompt, default) {
            (Some(prompt), _) => named(prompt).unwrap_or_else(|| prompt.clone()),
            (None, Some(default)) => named(default).unwrap_or_default(),
            (None, None) => String::new(),
        })
    }
}

/// The files of the weights: one, or those that an index names.
fn weights(folder: &Path) -> Result<Vec<PathBuf>> {
    let whole = folder.join("model.safetensors");
    if whole.exists() {
        return Ok(vec![whole]);
    }
    let Some(index) = Json::open_if_there(&folder.join("model.safetensors.index.json"))? else {
        let pickle = folder.join("pytorch_model.bin");
        let (found, hint) = match pickle.exists() {
            true => (
                "pytorch_model.bin alone",
                "a pickle can run code and is not opened: save the model again with safe_serialization=True",
            ),
            false => ("no such file", "download the model's folder again"),
        };
        return Err(model_error(folder, "model.safetensors", found, hint));
    };
    let map = index.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| index.wrong("`weight_map` from tensors to files", "none"))?;
    let mut names: Vec<&str> = map.values().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}

/// Encodes texts by a transformer. See [`TransformerLoader::open`].
pub struct TransformerEncoder {
    network: Network,
    tokenizer: Tokenizer,
    head: SentenceHead,
    prompt: String,
    max_length: usize,
    is_lower_case: bool,
    dimension: usize,
    space: Space,
}

impl TransformerEncoder {
    /// What goes before every text; nothing, usually.
    pub fn prompt(&self) -> &str {
        &self.prompt
    }

    /// Tokens of a text that are looked at, at most.
    pub fn max_length(&self) -> usize {
        self.max_length
    }

    /// The numbers of a text's tokens, with those that mark its beginning and end.
    fn tokens(&self, text: &str) -> Result<Vec<u32>> {
        let mut text = format!("{}{text}", self.prompt);
        if self.is_lower_case {
            text = text.to_lowercase();
        }
        self.tokenizer.ids_with_special(&text, self.max_length)
    }
}

impl Encoder for TransformerEncoder {
    /// That of the weights and the prompt; the precision is no part of it.
    fn space(&self) -> Space {
        self.space
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let tokens = texts.par_iter().map(|text| self.tokens(text)).collect::<Result<Vec<_>>>()?;
        let encoded: Vec<(Vec<usize>, Array2<f32>)> = batches(&tokens)
            .into_par_iter()
            .map(|batch| {
                let texts: Vec<&[u32]> = batch.iter().map(|text| &tokens[*text][..]).collect();
                let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
                let rows = self.head.apply(self.network.forward(&texts).view(), &lengths);
                (batch, rows)
            })
            .collect();
        let mut rows = Array2::zeros((texts.len(), self.dimension));
        for (batch, encoded) in encoded {
            for (text, row) in batch.into_iter().zip(encoded.axis_iter(Axis(0))) {
                rows.row_mut(text).assign(&row);
            }
        }
        Ok(rows)
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        let unknown = self.tokenizer.unknown_id();
        let count = |text: &&str| {
            let ids = self.tokenizer.ids(text).unwrap_or_default();
            let n_unknown = ids.iter().filter(|id| Some(**id) == unknown).count();
            Coverage { n_tokens: ids.len() as u64, n_words: 0, n_subwords: (ids.len() - n_unknown) as u64 }
        };
        Some(texts.par_iter().map(count).reduce(Coverage::default, Coverage::plus))
    }
}

/// Texts of similar length together, the longest first.
fn batches(tokens: &[Vec<u32>]) -> Vec<Vec<usize>> {
    let mut order: Vec<usize> = (0..tokens.len()).collect();
    order.sort_by_key(|text| (std::cmp::Reverse(tokens[*text].len()), *text));
    let (mut batches, mut n_tokens): (Vec<Vec<usize>>, usize) = (Vec::new(), 0);
    for text in order {
        let length = tokens[text].len();
        match batches.last_mut().filter(|_| n_tokens + length <= TOKENS_PER_BATCH) {
            Some(batch) => batch.push(text),
            None => {
                batches.push(vec![text]);
                n_tokens = 0;
            }
        }
        n_tokens += length;
    }
    batches
}
