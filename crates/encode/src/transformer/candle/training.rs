//! The upper layers as variables: a batch and its classes in, a step against the gradient out.

use std::collections::BTreeMap;

use candle_core::{DType, Tensor};
use ndarray::Array2;

use super::adam::{self, Variable};
use super::layer::Layer;
use super::network::Bias;
use super::pairs::pair_loss;
use super::place::Place;
use super::pooled::Pooled;
use crate::Result;
use crate::transformer::cpu::Precision;
use crate::transformer::loader::{Parts, TransformerLoader};
use crate::transformer::names::Names;
use crate::transformer::padding::{longest, padded};
use crate::transformer::tuner::Batch;

/// The rate of a layer is that of the layer above divided by this (Howard and Ruder 2018).
const RATE_RATIO: f64 = 2.6;

type Values = BTreeMap<String, Vec<f32>>;

/// A network in training. Everything is in `f32`.
pub(crate) struct Training {
    place: Place,
    size: usize,
    layers: Vec<Layer>,
    bias: Bias,
    pooled: Pooled,
    variables: Vec<Variable>,
    n_steps: usize,
}

impl Training {
    /// The last `n_layers` of a network.
    ///
    /// # Errors
    /// If a tensor is missing or of a wrong shape, or the device cannot be opened or has no room.
    pub(crate) fn new(parts: &Parts, loader: &TransformerLoader, n_layers: usize) -> Result<Self> {
        let place = Place::new(loader.on(), Precision::F32)?;
        let names = Names::find(parts.config.architecture, &parts.tensors)?;
        let mut variables = Vec::new();
        let n = parts.config.n_layers;
        let layers = (n - n_layers..n).map(|layer| {
            let factor = RATE_RATIO.powf((layer + 1) as f64 - n as f64);
            let mut take = |name: &str, shape: &[usize]| {
                let values = parts.tensors.values(name, shape)?;
                let tensor = place.tensor(values, shape);
                let variable = tensor.and_then(|tensor| Variable::new(name, &tensor, factor));
                variables.push(variable.map_err(|error| place.failed(error))?);
                Ok(variables[variables.len() - 1].tensor())
            };
            Layer::new(&parts.config, &names, layer, &parts.tensors, &mut take)
        });
        let layers = layers.collect::<Result<Vec<_>>>()?;
        let bias = Bias::new(&parts.config, &names, &parts.tensors)?;
        let pooled = Pooled::new(&parts.head, &place).map_err(|error| place.failed(error))?;
        Ok(Self { place, size: parts.config.size, layers, bias, pooled, variables, n_steps: 0 })
    }

    /// Moves the variables against the gradient of the loss of all pairs of texts, and gives the loss as it was before. `batches` hold
    /// the texts, each padded by itself; `classes` are theirs, in the same order.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn step(&mut self, batches: &[Batch], classes: &[usize], rate: f64) -> Result<f64> {
        self.n_steps += 1;
        self.stepped(batches, classes, rate).map_err(|error| self.place.failed(error))
    }

    fn stepped(&mut self, batches: &[Batch], classes: &[usize], rate: f64) -> candle_core::Result<f64> {
        let features = batches.iter().map(|batch| self.forward(batch));
        let features = Tensor::cat(&features.collect::<candle_core::Result<Vec<_>>>()?, 0)?;
        let loss = pair_loss(&features, classes, &self.place)?;
        let gradients = loss.backward()?;
        adam::step(&mut self.variables, &gradients, rate, self.n_steps)?;
        Ok(f64::from(loss.to_scalar::<f32>()?))
    }

    /// The features of every text, *n × d*.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn features(&self, batch: &Batch) -> Result<Array2<f32>> {
        let features = || self.forward(batch)?.to_dtype(DType::F32)?.flatten_all()?.to_vec1::<f32>();
        let features = features().map_err(|error| self.place.failed(error))?;
        let n = batch.lengths.len();
        Ok(Array2::from_shape_vec((n, features.len() / n.max(1)), features).expect("a row a text"))
    }

    fn forward(&self, batch: &Batch) -> candle_core::Result<Tensor> {
        let lengths = &batch.lengths;
        let rows = padded(&batch.rows, lengths, self.size);
        let rows = self.place.tensor(rows, (lengths.len(), longest(lengths), self.size))?;
        let bias = self.bias.of(lengths, &self.place)?;
        let rows = self.layers.iter().try_fold(rows, |rows, layer| layer.forward(&rows, &bias))?;
        self.pooled.forward(&rows, lengths, &self.place)
    }

    /// The weights and their two moments, by name.
    ///
    /// # Errors
    /// If the device fails.
    pub(crate) fn values(&self) -> Result<[Values; 3]> {
        adam::values(&self.variables).map_err(|error| self.place.failed(error))
    }

    /// Goes on from weights and moments after so many steps; each has the names and the numbers of values of
    /// [`Training::values`].
    ///
    /// # Errors
    /// If the device fails.
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
