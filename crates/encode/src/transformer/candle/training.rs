//! The upper layers and the linear head as variables: a batch and its classes in, a step against the gradient out.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use candle_nn::ops::log_softmax;
use ndarray::Array2;

use super::adam::{self, Variable};
use super::layer::Layer;
use super::network::Bias;
use super::place::Place;
use super::pooled::Pooled;
use crate::Result;
use crate::transformer::batch::{longest, padded};
use crate::transformer::cpu::Precision;
use crate::transformer::loader::{Parts, TransformerLoader};
use crate::transformer::names::Names;
use crate::transformer::tuner::{Batch, HEAD_BIAS, HEAD_WEIGHTS, TunerHead};

/// The rate of a layer is that of the layer above divided by this (Howard and Ruder 2018).
const RATE_RATIO: f64 = 2.6;
/// The head has the rate of the last layer: it begins at the optimum of its own, and faster steps would lead away from there.
const HEAD_FACTOR: f64 = 1.0;

type Values = BTreeMap<String, Vec<f32>>;

/// A network in training. Everything is in `f32`.
pub(crate) struct Training {
    place: Place,
    size: usize,
    layers: Vec<Layer>,
    bias: Bias,
    pooled: Pooled,
    mean: Tensor,
    scale: Tensor,
    weights: Tensor,
    head_bias: Tensor,
    variables: Vec<Variable>,
    n_steps: usize,
}

impl Training {
    /// The last `n_layers` of a network, and a head.
    ///
    /// # Errors
    /// If a tensor is missing or of a wrong shape, or the device cannot be opened or has no room.
    pub(crate) fn new(
        parts: &Parts,
        loader: &TransformerLoader,
        n_layers: usize,
        head: &TunerHead,
    ) -> Result<Self> {
        let place = Place::new(loader.on(), Precision::F32)?;
        let names = Names::find(parts.config.architecture, &parts.tensors)?;
        let mut variables = Vec::new();
        let n = parts.config.n_layers;
        let layers = (n - n_layers..n).map(|layer| {
            let factor = RATE_RATIO.powf((layer + 1) as f64 - n as f64);
            let mut take = |name: &str, shape: &[usize]| {
                let values = parts.tensors.values(name, shape)?;
                let variable = variable(&place, name, values, shape, factor);
                variables.push(variable.map_err(|error| place.failed(error))?);
                Ok(variables[variables.len() - 1].tensor())
            };
            Layer::new(&parts.config, &names, layer, &parts.tensors, &mut take)
        });
        let layers = layers.collect::<Result<Vec<_>>>()?;
        let bias = Bias::new(&parts.config, &names, &parts.tensors)?;
        Self::on(place, parts, layers, bias, variables, head)
    }

    fn on(
        place: Place,
        parts: &Parts,
        layers: Vec<Layer>,
        bias: Bias,
        mut variables: Vec<Variable>,
        head: &TunerHead,
    ) -> Result<Self> {
        let (d, c) = head.weights.dim();
        let weights = head.weights.iter().copied().collect();
        let built = || -> candle_core::Result<_> {
            let weights = variable(&place, HEAD_WEIGHTS, weights, &[d, c], HEAD_FACTOR)?;
            let bias = variable(&place, HEAD_BIAS, head.bias.to_vec(), &[c], HEAD_FACTOR)?;
            let mean = place.tensor(head.mean.to_vec(), (1, d))?;
            let scale = place.tensor(head.deviation.mapv(f32::recip).to_vec(), (1, d))?;
            Ok((weights, bias, mean, scale, Pooled::new(&parts.head, &place)?))
        };
        let (weights, head_bias, mean, scale, pooled) = built().map_err(|error| place.failed(error))?;
        let tensors = (weights.tensor(), head_bias.tensor());
        variables.extend([weights, head_bias]);
        let (weights, head_bias) = tensors;
        let size = parts.config.size;
        Ok(Self { place, size, layers, bias, pooled, mean, scale, weights, head_bias, variables, n_steps: 0 })
    }

    /// Moves the variables against the gradient of the batch's loss, and gives the loss as it was before: the mean of
    /// weight × −log p(class), in nats.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn step(&mut self, batch: &Batch, rate: f64) -> Result<f64> {
        self.n_steps += 1;
        self.stepped(batch, rate).map_err(|error| self.place.failed(error))
    }

    fn stepped(&mut self, batch: &Batch, rate: f64) -> candle_core::Result<f64> {
        let n = batch.classes.len();
        let logarithms = log_softmax(&self.forward(batch)?, 1)?;
        let classes = self.place.numbers(batch.classes.iter().map(|class| *class as u32).collect())?;
        let weights = self.place.tensor(batch.weights.to_vec(), n)?;
        let losses = logarithms.gather(&classes.unsqueeze(1)?, 1)?.squeeze(1)?.mul(&weights)?;
        let loss = (losses.sum_all()? * (-1.0 / n as f64))?;
        let gradients = loss.backward()?;
        adam::step(&mut self.variables, &gradients, rate, self.n_steps)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// The scores of every text, *n × c*.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn scores(&self, batch: &Batch) -> Result<Array2<f32>> {
        let scores = || self.forward(batch)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>();
        let scores = scores().map_err(|error| self.place.failed(error))?;
        let n = batch.lengths.len();
        Ok(Array2::from_shape_vec((n, scores.len() / n.max(1)), scores).expect("a row a text"))
    }

    fn forward(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let lengths = &batch.lengths;
        let rows = padded(&batch.rows, lengths, self.size);
        let rows = self.place.tensor(rows, (lengths.len(), longest(lengths), self.size))?;
        let bias = self.bias.of(lengths, &self.place)?;
        let rows = self.layers.iter().try_fold(rows, |rows, layer| layer.forward(&rows, &bias))?;
        let features = self.pooled.forward(&rows, lengths, &self.place)?;
        let features = features.broadcast_sub(&self.mean)?.broadcast_mul(&self.scale)?;
        features.matmul(&self.weights)?.broadcast_add(&self.head_bias)
    }

    /// The weights and their two moments, by name.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn values(&self) -> Result<[Values; 3]> {
        adam::values(&self.variables).map_err(|error| self.place.failed(error))
    }

    /// Goes on from weights and moments after so many steps.
    ///
    /// # Errors
    /// If they do not fit.
    pub(crate) fn set_values(&mut self, n_steps: usize, values: [&Values; 3]) -> Result<()> {
        self.n_steps = n_steps;
        for (which, values) in values.into_iter().enumerate() {
            adam::set_values(&mut self.variables, which, values).map_err(|error| self.place.failed(error))?;
        }
        Ok(())
    }

    /// Steps that were made.
    pub(crate) fn n_steps(&self) -> usize {
        self.n_steps
    }
}

fn variable(
    place: &Place,
    name: &str,
    values: Vec<f32>,
    shape: &[usize],
    factor: f64,
) -> candle_core::Result<Variable> {
    Variable::new(name, &place.tensor(values, shape)?, factor)
}
