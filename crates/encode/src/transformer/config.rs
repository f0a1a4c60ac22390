//! What `config.json` says of a network.

use std::path::Path;

use serde_json::Value;

use super::files::{Json, model_error};
use crate::Result;

/// Networks that differ in the names of their tensors and in how they number positions.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Architecture {
    Bert,
    DistilBert,
    /// RoBERTa, XLM-RoBERTa and CamemBERT.
    Roberta,
    MpNet,
    /// All layers have the same weights, and words have fewer values than what enters the layers (Lan et al. 2020).
    Albert,
}

const KNOWN: [(&str, Architecture); 7] = [
    ("bert", Architecture::Bert),
    ("distilbert", Architecture::DistilBert),
    ("roberta", Architecture::Roberta),
    ("xlm-roberta", Architecture::Roberta),
    ("camembert", Architecture::Roberta),
    ("mpnet", Architecture::MpNet),
    ("albert", Architecture::Albert),
];

/// Layers of a network at most: some say how many there are without having a tensor for each.
const MOST_LAYERS: usize = 1024;

/// The function between the two halves of a layer's second part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Activation {
    Gelu,
    GeluTanh,
    Relu,
}

/// The shape of a network.
#[derive(Clone, Debug)]
pub(crate) struct Config {
    pub(crate) architecture: Architecture,
    pub(crate) n_layers: usize,
    pub(crate) n_heads: usize,
    /// Values a token.
    pub(crate) size: usize,
    /// Values a token within a layer's second part.
    pub(crate) inner_size: usize,
    pub(crate) vocabulary_size: usize,
    pub(crate) n_positions: usize,
    /// The position of a text's first token.
    pub(crate) first_position: usize,
    pub(crate) epsilon: f32,
    pub(crate) activation: Activation,
}

impl Config {
    /// Reads a `config.json`.
    ///
    /// # Errors
    /// If it is none, of an architecture that is not known here, or of impossible sizes.
    pub(crate) fn open(path: &Path) -> Result<Self> {
        let json = Json::open(path)?;
        let architecture = architecture(&json)?;
        let is_distil = architecture == Architecture::DistilBert;
        let key = |usual: &'static str, distil: &'static str| if is_distil { distil } else { usual };
        let first_position = match architecture {
            Architecture::Bert | Architecture::DistilBert | Architecture::Albert => 0,
            Architecture::Roberta => json.count_or("pad_token_id", 1)? + 1,
            Architecture::MpNet => 2,
        };
        let config = Self {
            architecture,
            n_layers: json.count(key("num_hidden_layers", "n_layers"))?,
            n_heads: json.count(key("num_attention_heads", "n_heads"))?,
            size: json.count(key("hidden_size", "dim"))?,
            inner_size: json.count(key("intermediate_size", "hidden_dim"))?,
            vocabulary_size: json.count("vocab_size")?,
            n_positions: json.count("max_position_embeddings")?,
            first_position,
            epsilon: json.number_or("layer_norm_eps", 1e-12)? as f32,
            activation: activation(&json, key("hidden_act", "activation"))?,
        };
        config.check(&json)?;
        Ok(config)
    }

    fn check(&self, json: &Json) -> Result<()> {
        if self.n_heads == 0 || self.size == 0 || !self.size.is_multiple_of(self.n_heads) {
            let found = format!("{} values and {} heads", self.size, self.n_heads);
            return Err(json.wrong("as many values a token as the heads can share", found));
        }
        if self.first_position >= self.n_positions || self.inner_size == 0 {
            let found = format!("{} positions, {} values within", self.n_positions, self.inner_size);
            return Err(json.wrong("room for a token", found));
        }
        if self.n_layers > MOST_LAYERS {
            return Err(json.wrong(format!("at most {MOST_LAYERS} layers"), self.n_layers.to_string()));
        }
        for key in ["num_hidden_groups", "inner_group_num"] {
            let n = json.count_or(key, 1)?;
            if self.architecture == Architecture::Albert && n != 1 {
                return Err(json.wrong(format!("`{key}` 1: one layer's weights for all"), n.to_string()));
            }
        }
        if let Some(kind) = json.get("position_embedding_type").and_then(Value::as_str)
            && kind != "absolute"
        {
            return Err(json.wrong("absolute positions", format!("{kind:?}")));
        }
        Ok(())
    }

    /// The token that does not count as a position, where there is one: the one whose number is the position before the first.
    fn padding(&self) -> Option<u32> {
        self.first_position.checked_sub(1).map(|padding| padding as u32)
    }

    /// Tokens that a text may have.
    pub(crate) fn longest(&self) -> usize {
        self.n_positions - self.first_position
    }

    /// Multiplications and additions that a text of so many tokens takes: those of all products, attention's too.
    pub(crate) fn n_operations(&self, n_tokens: usize) -> u64 {
        let [n, size, inner] = [n_tokens, self.size, self.inner_size].map(|n| n as u64);
        self.n_layers as u64 * 2 * n * (4 * size * size + 2 * size * inner + 2 * n * size)
    }

    /// Layers that have weights of their own; a network goes through them again until it has gone through all.
    pub(crate) fn n_own_layers(&self) -> usize {
        if self.architecture == Architecture::Albert { self.n_layers.min(1) } else { self.n_layers }
    }

    /// The positions of a text's tokens.
    pub(crate) fn positions(&self, text: &[u32]) -> impl Iterator<Item = usize> {
        let (padding, mut next) = (self.padding(), self.first_position);
        text.iter().map(move |token| {
            let is_padding = Some(*token) == padding;
            next += usize::from(!is_padding);
            if is_padding { self.first_position - 1 } else { next - 1 }
        })
    }
}

fn architecture(json: &Json) -> Result<Architecture> {
    let name = json.get("model_type").and_then(Value::as_str).unwrap_or("no model_type");
    let known = KNOWN.into_iter().find(|(known, _)| *known == name);
    known.map(|(_, architecture)| architecture).ok_or_else(|| {
        let known: Vec<&str> = KNOWN.iter().map(|(name, _)| *name).collect();
        model_error(
            json.path(),
            format!("one of the architectures {}", known.join(", ")),
            format!("{name:?}"),
            "choose an encoder of one of these, such as a multilingual MiniLM or e5",
        )
    })
}

fn activation(json: &Json, key: &str) -> Result<Activation> {
    match json.get(key).and_then(Value::as_str).unwrap_or("gelu") {
        "gelu" => Ok(Activation::Gelu),
        "gelu_new" | "gelu_pytorch_tanh" => Ok(Activation::GeluTanh),
        "relu" => Ok(Activation::Relu),
        other => {
            Err(json.wrong("the activation gelu, gelu_new, gelu_pytorch_tanh or relu", format!("{other:?}")))
        }
    }
}
