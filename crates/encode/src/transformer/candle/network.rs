//! All layers on a device: token numbers in, a row of features a token out.

use candle_core::{DType, Tensor};
use ndarray::Array2;
use wordferry_vectors::NamedTensors;

use super::layer::Layer;
use super::place::Place;
use crate::Result;
use crate::transformer::config::Config;
use crate::transformer::cpu::{Embedding, Precision};
use crate::transformer::device::Device;
use crate::transformer::loader::Parts;
use crate::transformer::names::Names;
use crate::transformer::padding::{longest, padded, unpadded};
use crate::transformer::relative::RelativeBias;

/// Tokens that go through a device at once, with the padding, unless a single text has more.
pub(crate) const TOKENS_PER_BATCH: usize = 8192;
/// What is added to the attention to a token that is none.
const MASKED: f32 = -1e9;

/// A network that is ready to run on a device. The processor looks the words up.
pub(crate) struct Network {
    place: Place,
    size: usize,
    n_layers: usize,
    embedding: Embedding,
    layers: Vec<Layer>,
    bias: Bias,
}

impl Network {
    /// # Errors
    /// If a tensor is missing or of a wrong shape, or the device cannot be opened or has no room.
    pub(crate) fn new(parts: &Parts, device: Device, precision: Precision) -> Result<Self> {
        let Parts { config, tensors, .. } = parts;
        let place = Place::new(device, precision)?;
        let names = Names::find(config.architecture, tensors)?;
        let mut take = |name: &str, shape: &[usize]| {
            place.tensor(tensors.values(name, shape)?, shape).map_err(|error| place.failed(error))
        };
        let layers =
            (0..config.n_own_layers()).map(|layer| Layer::new(config, &names, layer, tensors, &mut take));
        Ok(Self {
            size: config.size,
            n_layers: config.n_layers,
            embedding: Embedding::new(config, &names, tensors)?,
            layers: layers.collect::<Result<_>>()?,
            bias: Bias::new(config, &names, tensors)?,
            place,
        })
    }

    /// The last layer's rows of all tokens, texts one after the other: *n_tokens × size*.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn forward(&self, texts: &[&[u32]]) -> Result<Array2<f32>> {
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let rows = padded(&self.embedding.apply(texts), &lengths, self.size);
        let rows = self.computed(rows, &lengths).map_err(|error| self.place.failed(error))?;
        Ok(unpadded(&rows, &lengths, self.size))
    }

    fn computed(&self, rows: Vec<f32>, lengths: &[usize]) -> candle_core::Result<Vec<f32>> {
        let rows = self.place.tensor(rows, (lengths.len(), longest(lengths), self.size))?;
        let bias = self.bias.of(lengths, &self.place)?;
        let mut layers = self.layers.iter().cycle().take(self.n_layers);
        let rows = layers.try_fold(rows, |rows, layer| layer.forward(&rows, &bias))?;
        rows.to_dtype(DType::F32)?.flatten_all()?.to_vec1()
    }
}

/// What is added to the attention: the mask, and MPNet's bias by distance.
pub(super) struct Bias {
    n_heads: usize,
    relative: Option<RelativeBias>,
}

impl Bias {
    /// # Errors
    /// If the network should have a bias and does not.
    pub(super) fn new(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Self> {
        Ok(Self { n_heads: config.n_heads, relative: RelativeBias::open(config, names, tensors)? })
    }

    pub(super) fn of(&self, lengths: &[usize], place: &Place) -> candle_core::Result<Tensor> {
        let n = longest(lengths);
        let mask =
            lengths.iter().flat_map(|length| (0..n).map(move |key| if key < *length { 0.0 } else { MASKED }));
        let mask = place.tensor(mask.collect(), (lengths.len(), 1, 1, n))?;
        let Some(relative) = &self.relative else { return Ok(mask) };
        let heads =
            (0..self.n_heads).flat_map(|head| (0..n * n).map(move |at| relative.of(head, at / n, at % n)));
        place.tensor(heads.collect(), (1, self.n_heads, n, n))?.broadcast_add(&mask)
    }
}
