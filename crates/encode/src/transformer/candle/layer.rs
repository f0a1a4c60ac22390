//! A layer of a network of the BERT family, of parts that have a backward pass.

use candle_core::{D, Module, Tensor};
use candle_nn::Linear;
use candle_nn::ops::{layer_norm_slow, softmax};
use wordferry_vectors::NamedTensors;

use crate::Result;
use crate::transformer::config::{Activation, Config};
use crate::transformer::names::{Names, Part, norm_tensors};

/// Queries that are weighed against all keys at once, so that room does not grow with the square of a text's length.
const QUERIES: usize = 512;

/// Gives the tensor of a name and a shape.
pub(super) type Take<'a> = dyn FnMut(&str, &[usize]) -> Result<Tensor> + 'a;

pub(super) struct Layer {
    n_heads: usize,
    activation: Activation,
    query: Linear,
    key: Linear,
    value: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

impl Layer {
    /// # Errors
    /// If `take` has one.
    pub(super) fn new(
        config: &Config,
        names: &Names,
        layer: usize,
        tensors: &NamedTensors,
        take: &mut Take<'_>,
    ) -> Result<Self> {
        let (size, inner) = (config.size, config.inner_size);
        let mut linear = |part: Part, shape: [usize; 2]| -> Result<Linear> {
            let name = names.layer(layer, part);
            let weights = take(&format!("{name}.weight"), &shape)?;
            Ok(Linear::new(weights, Some(take(&format!("{name}.bias"), &shape[..1])?)))
        };
        let [query, key, value, output] = [Part::Query, Part::Key, Part::Value, Part::AttentionOutput]
            .map(|part| linear(part, [size, size]));
        let (up, down) = (linear(Part::Up, [inner, size])?, linear(Part::Down, [size, inner])?);
        let mut norm = |part: Part| -> Result<Norm> {
            let [scale, shift] = norm_tensors(&names.layer(layer, part), tensors);
            let (scale, shift) = (take(&scale, &[size])?, take(&shift, &[size])?);
            Ok(Norm { scale, shift, epsilon: config.epsilon })
        };
        Ok(Self {
            n_heads: config.n_heads,
            activation: config.activation,
            query: query?,
            key: key?,
            value: value?,
            output: output?,
            attention_norm: norm(Part::AttentionNorm)?,
            up,
            down,
            norm: norm(Part::OutputNorm)?,
        })
    }

    /// `rows` are *n_texts × length × size*; `bias` is added to the attention, *n_texts × 1 or n_heads × 1 or length × length*.
    pub(super) fn forward(&self, rows: &Tensor, bias: &Tensor) -> candle_core::Result<Tensor> {
        let mixed = self.output.forward(&self.attend(rows, bias)?)?;
        let rows = self.attention_norm.forward(&(rows + mixed)?)?;
        let inner = self.activate(&self.up.forward(&rows)?)?;
        self.norm.forward(&(&rows + self.down.forward(&inner)?)?)
    }

    fn attend(&self, rows: &Tensor, bias: &Tensor) -> candle_core::Result<Tensor> {
        let (n_texts, length, size) = rows.dims3()?;
        let width = size / self.n_heads;
        let heads = |part: &Linear| {
            let projected = part.forward(rows)?.reshape((n_texts, length, self.n_heads, width))?;
            projected.transpose(1, 2)?.contiguous()
        };
        let query = (heads(&self.query)? * (1.0 / (width as f64).sqrt()))?;
        let (key, value) = (heads(&self.key)?.transpose(2, 3)?.contiguous()?, heads(&self.value)?);
        let mixed = (0..length).step_by(QUERIES).map(|first| {
            let n = QUERIES.min(length - first);
            let weights = query.narrow(2, first, n)?.contiguous()?.matmul(&key)?;
            // The mask is one row for all queries, a bias by distance has a row each.
            let bias = if bias.dim(2)? == 1 { bias.clone() } else { bias.narrow(2, first, n)? };
            softmax(&weights.broadcast_add(&bias)?, D::Minus1)?.matmul(&value)
        });
        let mixed = Tensor::cat(&mixed.collect::<candle_core::Result<Vec<_>>>()?, 2)?;
        mixed.transpose(1, 2)?.contiguous()?.reshape((n_texts, length, size))
    }

    fn activate(&self, inner: &Tensor) -> candle_core::Result<Tensor> {
        match self.activation {
            Activation::Gelu => inner.gelu_erf(),
            Activation::GeluTanh => inner.gelu(),
            Activation::Relu => inner.relu(),
        }
    }
}

struct Norm {
    scale: Tensor,
    shift: Tensor,
    epsilon: f32,
}

impl Norm {
    fn forward(&self, rows: &Tensor) -> candle_core::Result<Tensor> {
        layer_norm_slow(rows, &self.scale, &self.shift, self.epsilon)
    }
}
