//! A transformer's folder in, its parts out, read and checked.

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use serde_json::Value;
use wordferry_vectors::{NamedTensors, Space};

use super::changes::Changes;
use super::config::Config;
use super::cpu::Precision;
use super::device::Device;
use super::encoder::TransformerEncoder;
use super::engine::Engine;
use super::files::{Json, model_error, there};
use super::head::{Layout, SentenceHead};
use super::reading::Reading;
use crate::pickle::{PICKLE_HINT, pickle_in};
use crate::tokenizer::Tokenizer;
use crate::{Error, Result};

/// What to do about a folder without a configuration.
const NO_ENCODER: &str =
    "name the folder of a transformer (config.json, tokenizer.json, model.safetensors) or of a static model";
/// What to do about a folder without a tokenizer.
const NO_TOKENIZER: &str = "save it beside the model in Python: `AutoTokenizer.from_pretrained(NAME).save_pretrained(FOLDER)`; vocab.txt or a sentencepiece \
     model alone is not read";

/// How a transformer is opened.
#[derive(Clone, Debug, Default)]
pub struct TransformerLoader {
    precision: Precision,
    prompt: Option<String>,
    max_length: Option<usize>,
    device: Device,
    engine: Option<Engine>,
}

impl TransformerLoader {
    /// On the processor with `f32`, the folder's own prompt if it names one by default, and the folder's own limit of length.
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

    /// Where the network is computed.
    #[must_use]
    pub fn device(self, device: Device) -> Self {
        Self { device, ..self }
    }

    /// What computes the network; without it [`Engine::usual`] for the device.
    #[must_use]
    pub fn engine(self, engine: Engine) -> Self {
        Self { engine: Some(engine), ..self }
    }

    /// Opens a folder: `config.json`, `tokenizer.json` and `model.safetensors` (or its shards and their index), and where they
    /// are there `modules.json`, `1_Pooling`, Dense layers, `sentence_bert_config.json` and `config_sentence_transformers.json`.
    ///
    /// # Errors
    /// If a file is missing, damaged or does not fit the others; if the architecture is not known here; if the weights are there
    /// as a pickle only; if this build or this machine lacks the device or the engine, or the engine the device, the precision or
    /// the architecture.
    pub fn open(&self, folder: impl AsRef<Path>) -> Result<TransformerEncoder> {
        let engine = self.checked_engine()?;
        TransformerEncoder::new(self.parts(folder.as_ref())?, engine, self.device, self.precision)
    }

    /// Opens a folder with tensors of its network replaced by what training made of them.
    ///
    /// # Errors
    /// As [`TransformerLoader::open`] does, and if another encoder than this one was trained.
    pub fn open_tuned(&self, folder: impl AsRef<Path>, changes: &Changes) -> Result<TransformerEncoder> {
        let (folder, engine) = (folder.as_ref(), self.checked_engine()?);
        let mut parts = self.parts(folder)?;
        let space = parts.space();
        changes.lay_over(&mut parts.tensors, space, folder.display().to_string())?;
        TransformerEncoder::new(parts, engine, self.device, self.precision)
    }

    fn checked_engine(&self) -> Result<Engine> {
        let engine = self.engine.unwrap_or(Engine::usual(self.device));
        engine.check_for(self.device, self.precision)?;
        Ok(engine)
    }

    /// Makes sure that no engine was asked for but the one that trains.
    ///
    /// # Errors
    /// If one was, or this build cannot train.
    pub(crate) fn check_trains(&self) -> Result<()> {
        match self.engine {
            None | Some(Engine::Candle) => Engine::Candle.check(),
            Some(engine) => Err(Error::Absent {
                expected: "an engine that trains".into(),
                found: format!("the engine {engine}"),
                hint: "leave --engine out, or choose candle",
            }),
        }
    }

    /// Everything in a folder that an encoder is made of.
    ///
    /// # Errors
    /// See [`TransformerLoader::open`].
    pub(crate) fn parts(&self, folder: &Path) -> Result<Parts> {
        let read = |source| wordferry_vectors::Error::Read { name: folder.display().to_string(), source };
        std::fs::metadata(folder).map_err(read)?;
        let Layout { network, head } = Layout::open(folder)?;
        let config = Config::open(&there(&network, "config.json", NO_ENCODER)?)?;
        let tokenizer = open_tokenizer(&there(&network, "tokenizer.json", NO_TOKENIZER)?, &config)?;
        let tensors = NamedTensors::open(&weights(&network)?)?;
        let sentences = Json::open_if_there(&network.join("sentence_bert_config.json"))?;
        let max_length = match self.max_length {
            Some(max_length) => max_length,
            None => longest_text(&network, sentences.as_ref())?,
        };
        let reading = Reading {
            tokenizer,
            prompt: self.prompt_of(folder)?,
            max_length: max_length.min(config.longest()),
            is_lower_case: sentences.is_some_and(|json| json.is_true("do_lower_case")),
        };
        if reading.tokenizer.n_special() > reading.max_length {
            let found = format!("{} special tokens around every text", reading.tokenizer.n_special());
            let expected = format!("texts of at most {} tokens", reading.max_length);
            return Err(model_error(folder, expected, found, "allow longer texts, if the network does"));
        }
        let dimension = head.dimension(config.size, folder)?;
        Ok(Parts { config, tensors, reading, head, dimension })
    }

    /// Where the network is computed, as was asked for.
    #[cfg_attr(not(feature = "candle"), allow(dead_code, reason = "what is trained asks for it"))]
    pub(crate) fn on(&self) -> Device {
        self.device
    }

    fn prompt_of(&self, folder: &Path) -> Result<String> {
        let json = Json::open_if_there(&folder.join("config_sentence_transformers.json"))?;
        let named = |name: &str| {
            let prompts = json.as_ref().and_then(|json| json.get("prompts"))?;
            prompts.get(name).and_then(Value::as_str).map(str::to_owned)
        };
        let default = json.as_ref().and_then(|json| json.get("default_prompt_name")).and_then(Value::as_str);
        match (&self.prompt, default) {
            (Some(prompt), _) => Ok(named(prompt).unwrap_or_else(|| prompt.clone())),
            (None, Some(default)) => named(default).ok_or_else(|| {
                model_error(folder, format!("a prompt {default:?}, the default"), "none of this name", "")
            }),
            (None, None) => Ok(String::new()),
        }
    }
}

/// What an encoder is made of.
pub(crate) struct Parts {
    pub(crate) config: Config,
    pub(crate) tensors: NamedTensors,
    pub(crate) reading: Reading,
    pub(crate) head: SentenceHead,
    pub(crate) dimension: usize,
}

impl Parts {
    /// That of everything that rows depend on: weights, configuration, tokens, prompt and what follows the network.
    pub(crate) fn space(&self) -> Space {
        let Reading { tokenizer, prompt, is_lower_case, .. } = &self.reading;
        Space::of(&[
            b"transformer",
            &self.tensors.space().to_bytes(),
            format!("{:?} {is_lower_case} {prompt}", self.config).as_bytes(),
            tokenizer.json(),
            &self.head.fingerprint(),
        ])
    }
}

fn open_tokenizer(path: &Path, config: &Config) -> Result<Tokenizer> {
    let tokenizer = Tokenizer::open(path)?;
    let (n, most) = (tokenizer.vocabulary_size(), config.vocabulary_size);
    if n > most {
        let expected = format!("a tokenizer of at most {most} tokens, as the network has");
        return Err(model_error(path, expected, format!("{n} tokens"), "the two belong to different models"));
    }
    Ok(tokenizer)
}

/// The most tokens of a text that a folder asks for: by sentence-transformers' limit, or the tokenizer's.
fn longest_text(network: &Path, sentences: Option<&Json>) -> Result<usize> {
    if let Some(json) = sentences.filter(|json| json.get("max_seq_length").is_some()) {
        return json.count("max_seq_length");
    }
    let tokenizer = Json::open_if_there(&network.join("tokenizer_config.json"))?;
    // Tokenizers without a limit are saved with 10³⁰.
    let limit = tokenizer.and_then(|json| json.get("model_max_length")?.as_u64());
    Ok(limit.and_then(|limit| usize::try_from(limit).ok()).unwrap_or(usize::MAX))
}

/// The files of the weights: one, or those that an index names.
pub(super) fn weights(folder: &Path) -> Result<Vec<PathBuf>> {
    let whole = folder.join("model.safetensors");
    if whole.exists() {
        return Ok(vec![whole]);
    }
    let Some(index) = Json::open_if_there(&folder.join("model.safetensors.index.json"))? else {
        let (found, hint) = match pickle_in(folder) {
            Some(pickle) => (format!("{pickle} alone, a pickle"), PICKLE_HINT),
            None => ("no such file".into(), "download the model's folder again"),
        };
        return Err(model_error(folder, "model.safetensors", found, hint));
    };
    let map = index.get("weight_map").and_then(Value::as_object);
    let map = map.ok_or_else(|| index.wrong("`weight_map` from tensors to files", "none"))?;
    let mut names: Vec<&str> = map.values().filter_map(Value::as_str).collect();
    names.sort_unstable();
    names.dedup();
    if let Some(outside) = names.iter().find(|name| Path::new(name).file_name() != Some(OsStr::new(name))) {
        return Err(index.wrong("the names of files beside it", format!("{outside:?}")));
    }
    Ok(names.into_iter().map(|name| folder.join(name)).collect())
}
