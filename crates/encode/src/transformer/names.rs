//! Under what names the architectures keep the same tensors.

use wordferry_vectors::NamedTensors;

use super::config::Architecture;
use crate::Result;

/// A part of a layer that has tensors.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Part {
    Query,
    Key,
    Value,
    AttentionOutput,
    AttentionNorm,
    Up,
    Down,
    OutputNorm,
}

/// The names of a network's tensors.
pub(crate) struct Names {
    architecture: Architecture,
    /// What all of them begin with.
    prefix: String,
}

const WORDS: &str = "embeddings.word_embeddings.weight";

impl Names {
    /// Finds what the names begin with: nothing, or that of a larger network that this one is a part of.
    ///
    /// # Errors
    /// If there are no word embeddings.
    pub(crate) fn find(architecture: Architecture, tensors: &NamedTensors) -> Result<Self> {
        let prefix = tensors.names().find_map(|name| name.strip_suffix(WORDS).map(str::to_owned));
        match prefix {
            Some(prefix) => Ok(Self { architecture, prefix }),
            None => Err(tensors.missing(WORDS).into()),
        }
    }

    pub(crate) fn words(&self) -> String {
        self.full(WORDS)
    }

    /// The name in the file of what is called so within the network.
    pub(crate) fn full(&self, name: &str) -> String {
        format!("{}{name}", self.prefix)
    }

    /// Values of a word's row.
    pub(crate) fn width(&self, tensors: &NamedTensors) -> usize {
        tensors.shape(&self.words()).and_then(|shape| shape.last()).copied().unwrap_or(0)
    }

    /// Types of tokens that the network tells apart.
    pub(crate) fn n_types(&self, tensors: &NamedTensors) -> usize {
        let shape = self.types().and_then(|name| tensors.shape(&name));
        shape.and_then(|shape| shape.first()).copied().unwrap_or(1).max(1)
    }

    pub(crate) fn positions(&self) -> String {
        self.full("embeddings.position_embeddings.weight")
    }

    /// The table of token types, where the architecture has one.
    pub(crate) fn types(&self) -> Option<String> {
        let has_types =
            matches!(self.architecture, Architecture::Bert | Architecture::Roberta | Architecture::Albert);
        has_types.then(|| self.full("embeddings.token_type_embeddings.weight"))
    }

    pub(crate) fn embeddings_norm(&self) -> String {
        self.full("embeddings.LayerNorm")
    }

    /// What takes words' rows to the width of the layers, where the architecture has it; without `.weight` or `.bias`.
    pub(crate) fn widening(&self) -> Option<String> {
        let is_wider = self.architecture == Architecture::Albert;
        is_wider.then(|| self.full("encoder.embedding_hidden_mapping_in"))
    }

    /// The table of the bias by distance, where the architecture has one.
    pub(crate) fn relative(&self) -> Option<String> {
        let is_relative = self.architecture == Architecture::MpNet;
        is_relative.then(|| self.full("encoder.relative_attention_bias.weight"))
    }

    /// A part of a layer, without `.weight` or `.bias`.
    pub(crate) fn layer(&self, layer: usize, part: Part) -> String {
        let (stack, part) = match self.architecture {
            Architecture::Bert | Architecture::Roberta => ("encoder", bert(part)),
            Architecture::DistilBert => ("transformer", distilbert(part)),
            Architecture::MpNet => ("encoder", mpnet(part)),
            Architecture::Albert => {
                return self.full(&format!("encoder.albert_layer_groups.0.albert_layers.0.{}", albert(part)));
            }
        };
        format!("{}{stack}.layer.{layer}.{part}", self.prefix)
    }
}

/// The names of a normalisation's scale and shift: `weight` and `bias`, or in older files `gamma` and `beta`.
pub(crate) fn norm_tensors(name: &str, tensors: &NamedTensors) -> [String; 2] {
    let is_old = tensors.shape(&format!("{name}.gamma")).is_some();
    let parts = if is_old { ["gamma", "beta"] } else { ["weight", "bias"] };
    parts.map(|part| format!("{name}.{part}"))
}

fn bert(part: Part) -> &'static str {
    match part {
        Part::Query => "attention.self.query",
        Part::Key => "attention.self.key",
        Part::Value => "attention.self.value",
        Part::AttentionOutput => "attention.output.dense",
        Part::AttentionNorm => "attention.output.LayerNorm",
        Part::Up => "intermediate.dense",
        Part::Down => "output.dense",
        Part::OutputNorm => "output.LayerNorm",
    }
}

fn distilbert(part: Part) -> &'static str {
    match part {
        Part::Query => "attention.q_lin",
        Part::Key => "attention.k_lin",
        Part::Value => "attention.v_lin",
        Part::AttentionOutput => "attention.out_lin",
        Part::AttentionNorm => "sa_layer_norm",
        Part::Up => "ffn.lin1",
        Part::Down => "ffn.lin2",
        Part::OutputNorm => "output_layer_norm",
    }
}

fn mpnet(part: Part) -> &'static str {
    match part {
        Part::Query => "attention.attn.q",
        Part::Key => "attention.attn.k",
        Part::Value => "attention.attn.v",
        Part::AttentionOutput => "attention.attn.o",
        Part::AttentionNorm => "attention.LayerNorm",
        other => bert(other),
    }
}

fn albert(part: Part) -> &'static str {
    match part {
        Part::Query => "attention.query",
        Part::Key => "attention.key",
        Part::Value => "attention.value",
        Part::AttentionOutput => "attention.dense",
        Part::AttentionNorm => "attention.LayerNorm",
        Part::Up => "ffn",
        Part::Down => "ffn_output",
        Part::OutputNorm => "full_layer_layer_norm",
    }
}
