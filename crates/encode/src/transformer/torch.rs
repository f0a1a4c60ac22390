//! The same networks by rust-bert, on libtorch: token numbers in, a row of features a token out.
//!
//! rust-bert's layer norm of BERT, DistilBERT and RoBERTa adds 1e-12 to the variance whatever the folder says; RoBERTa's own is
//! 1e-5, so its rows agree to some 1e-4 only, less where tokens hardly vary. Its layers know no bias by distance: MPNet is refused.

use std::sync::Mutex;

use ::rust_bert::RustBertError;
use ::rust_bert::albert::{AlbertConfig, AlbertModel};
use ::rust_bert::bert::{BertConfig, BertEmbeddings, BertModel};
use ::rust_bert::distilbert::{DistilBertConfig, DistilBertModel};
use ::rust_bert::roberta::RobertaEmbeddings;
use ndarray::Array2;
use tch::nn::{Path, VarStore};
use tch::{Device, TchError, Tensor};
use wordferry_vectors::NamedTensors;

use super::config::{Activation, Architecture, Config};
use super::loader::Parts;
use super::names::{Names, Part, norm_tensors};
use super::padding::{longest, unpadded};
use crate::{Error, Result};

/// Tokens that go through a network at once, without the padding, unless a single text has more.
pub(crate) const TOKENS_PER_BATCH: usize = 2048;
/// What rust-bert calls the network within a DistilBERT; the other kinds begin with nothing.
const DISTILBERT: &str = "distilbert.";
/// A layer that no row depends on.
const POOLER: &str = "pooler.";

/// A network that is ready to run. libtorch's tensors are not to be shared among threads, and it has threads of its own.
pub(crate) struct Network {
    config: Config,
    model: Mutex<Model>,
}

enum Model {
    Bert(BertModel<BertEmbeddings>),
    Roberta(BertModel<RobertaEmbeddings>),
    DistilBert(DistilBertModel),
    Albert(Box<AlbertModel>),
}

/// What a network is given of a batch: *n_texts × longest* each.
struct Inputs {
    tokens: Tensor,
    positions: Tensor,
    /// 1 where a text has a token, else 0.
    mask: Tensor,
}

impl Network {
    /// # Errors
    /// If a tensor is missing or of a wrong shape, or rust-bert lacks the architecture.
    pub(crate) fn new(parts: &Parts) -> Result<Self> {
        let Parts { config, tensors, .. } = parts;
        let names = Names::find(config.architecture, tensors)?;
        check_shapes(config, &names, tensors)?;
        tch::set_num_threads(i32::try_from(rayon::current_num_threads()).unwrap_or(i32::MAX));
        let store = VarStore::new(Device::Cpu);
        let model = Model::new(&store.root(), config, &names, tensors)?;
        fill(&store, &names, tensors)?;
        Ok(Self { config: config.clone(), model: Mutex::new(model) })
    }

    /// The last layer's rows of all tokens, texts one after the other: *n_tokens × size*.
    ///
    /// # Errors
    /// If libtorch fails.
    pub(crate) fn forward(&self, texts: &[&[u32]]) -> Result<Array2<f32>> {
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let inputs = Inputs::new(texts, &lengths, &self.config).map_err(|error| failed(&error))?;
        let model = self.model.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        let rows = tch::no_grad(|| model.forward(&inputs)).map_err(|error| failed(&error))?;
        let rows = rows.f_flatten(0, -1).and_then(Vec::<f32>::try_from);
        let rows = rows.map_err(|error| failed(&error.into()))?;
        Ok(unpadded(&rows, &lengths, self.config.size))
    }
}

/// Makes sure that all sizes are those of the file's tensors, before room is made for as much.
fn check_shapes(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<()> {
    let width = names.width(tensors);
    tensors.table(&names.words(), [config.vocabulary_size, width])?;
    tensors.table(&names.positions(), [config.n_positions, width])?;
    for layer in 0..config.n_own_layers() {
        tensors
            .table(&format!("{}.weight", names.layer(layer, Part::Up)), [config.inner_size, config.size])?;
    }
    Ok(())
}

/// Fills rust-bert's variables with the file's tensors.
fn fill(store: &VarStore, names: &Names, tensors: &NamedTensors) -> Result<()> {
    for (name, mut variable) in store.variables() {
        let name = name.strip_prefix(DISTILBERT).unwrap_or(&name);
        if name.starts_with(POOLER) {
            continue;
        }
        let shape: Vec<usize> = variable.size().iter().map(|n| *n as usize).collect();
        let (part, kind) = name.rsplit_once('.').unwrap_or((name, ""));
        let [weight, bias] = norm_tensors(&names.full(part), tensors);
        let values = tensors.values(if kind == "weight" { &weight } else { &bias }, &shape)?;
        let filled = Tensor::f_from_slice(&values).and_then(|values| values.f_view(&variable.size()[..]));
        filled
            .and_then(|values| tch::no_grad(|| variable.f_copy_(&values)))
            .map_err(|error| failed(&error.into()))?;
    }
    Ok(())
}

impl Model {
    fn new(root: &Path<'_>, config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Self> {
        let n_types = names.n_types(tensors) as i64;
        Ok(match config.architecture {
            Architecture::Bert => {
                Self::Bert(BertModel::new_with_optional_pooler(root, &bert(config, n_types), false))
            }
            Architecture::Roberta => {
                Self::Roberta(BertModel::new_with_optional_pooler(root, &bert(config, n_types), false))
            }
            Architecture::DistilBert => Self::DistilBert(DistilBertModel::new(root, &distilbert(config))),
            Architecture::Albert => {
                let config = albert(config, n_types, names.width(tensors) as i64);
                Self::Albert(Box::new(AlbertModel::new(root, &config)))
            }
            Architecture::MpNet => {
                return Err(Error::Absent {
                    expected:
                        "an architecture that rust-bert computes: BERT, DistilBERT, RoBERTa, XLM-R or ALBERT"
                            .into(),
                    found: "MPNet".into(),
                    hint: "use --engine own or --engine candle",
                });
            }
        })
    }

    fn forward(&self, inputs: &Inputs) -> Result<Tensor, RustBertError> {
        let Inputs { tokens, positions, mask } = inputs;
        let (tokens, positions, mask) = (Some(tokens), Some(positions), Some(mask));
        Ok(match self {
            Self::Bert(model) => {
                model.forward_t(tokens, mask, None, positions, None, None, None, false)?.hidden_state
            }
            Self::Roberta(model) => {
                model.forward_t(tokens, mask, None, positions, None, None, None, false)?.hidden_state
            }
            Self::DistilBert(model) => model.forward_t(tokens, mask, None, false)?.hidden_state,
            Self::Albert(model) => model.forward_t(tokens, mask, None, positions, None, false)?.hidden_state,
        })
    }
}

impl Inputs {
    fn new(texts: &[&[u32]], lengths: &[usize], config: &Config) -> Result<Self, RustBertError> {
        let n = longest(lengths);
        let shape = [texts.len() as i64, n as i64];
        let tensor = |values: &dyn Fn(&[u32]) -> Vec<i64>| -> Result<Tensor, TchError> {
            let mut all = Vec::with_capacity(texts.len() * n);
            for (text, end) in texts.iter().zip(1..) {
                all.extend(values(text));
                all.resize(end * n, 0);
            }
            Tensor::f_from_slice(&all)?.f_view(&shape[..])
        };
        Ok(Self {
            tokens: tensor(&|text| text.iter().map(|token| i64::from(*token)).collect())?,
            positions: tensor(&|text| config.positions(text).map(|position| position as i64).collect())?,
            mask: tensor(&|text| vec![1; text.len()])?,
        })
    }
}

fn bert(config: &Config, n_types: i64) -> BertConfig {
    BertConfig {
        hidden_act: activation(config),
        hidden_size: config.size as i64,
        intermediate_size: config.inner_size as i64,
        max_position_embeddings: config.n_positions as i64,
        num_attention_heads: config.n_heads as i64,
        num_hidden_layers: config.n_layers as i64,
        type_vocab_size: n_types,
        vocab_size: config.vocabulary_size as i64,
        ..BertConfig::default()
    }
}

fn distilbert(config: &Config) -> DistilBertConfig {
    DistilBertConfig {
        activation: activation(config),
        dim: config.size as i64,
        hidden_dim: config.inner_size as i64,
        max_position_embeddings: config.n_positions as i64,
        n_heads: config.n_heads as i64,
        n_layers: config.n_layers as i64,
        // The table is in the file, whatever it was made of.
        sinusoidal_pos_embds: false,
        vocab_size: config.vocabulary_size as i64,
        ..DistilBertConfig::default()
    }
}

fn albert(config: &Config, n_types: i64, width: i64) -> AlbertConfig {
    AlbertConfig {
        hidden_act: activation(config),
        embedding_size: width,
        hidden_size: config.size as i64,
        intermediate_size: config.inner_size as i64,
        layer_norm_eps: Some(f64::from(config.epsilon)),
        max_position_embeddings: config.n_positions as i64,
        num_attention_heads: config.n_heads as i64,
        num_hidden_layers: config.n_layers as i64,
        type_vocab_size: n_types,
        vocab_size: config.vocabulary_size as i64,
        ..AlbertConfig::default()
    }
}

fn activation(config: &Config) -> ::rust_bert::Activation {
    match config.activation {
        Activation::Gelu => ::rust_bert::Activation::gelu,
        Activation::GeluTanh => ::rust_bert::Activation::gelu_new,
        Activation::Relu => ::rust_bert::Activation::relu,
    }
}

fn failed(error: &RustBertError) -> Error {
    Error::Computation { device: "cpu, by rust-bert".into(), reason: error.to_string() }
}
