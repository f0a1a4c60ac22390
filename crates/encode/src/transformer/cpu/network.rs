//! The layers of a network of the BERT family, and texts on their way through them.

use ndarray::{Array2, ArrayView2, Axis, concatenate};
use wordferry_vectors::NamedTensors;

use super::Precision;
use super::attention::{Attention, Heads};
use super::embedding::Embedding;
use super::linear::{Linear, Then};
use super::norm::Norm;
use crate::Result;
use crate::transformer::config::Config;
use crate::transformer::names::{Names, Part};
use crate::transformer::relative::RelativeBias;

/// A network that is ready to run.
pub(crate) struct Network {
    config: Config,
    embedding: Embedding,
    layers: Vec<Layer>,
    relative: Option<RelativeBias>,
}

struct Layer {
    /// Query, key and value of all heads, side by side.
    project: Linear,
    output: Linear,
    attention_norm: Norm,
    up: Linear,
    down: Linear,
    norm: Norm,
}

impl Network {
    /// Takes the network of this configuration from its tensors.
    ///
    /// # Errors
    /// If one is missing, or of another shape than the configuration says.
    pub(crate) fn new(config: Config, tensors: &NamedTensors, precision: Precision) -> Result<Self> {
        let names = Names::find(config.architecture, tensors)?;
        let layers =
            (0..config.n_own_layers()).map(|layer| Layer::new(&config, &names, layer, tensors, precision));
        Ok(Self {
            embedding: Embedding::new(&config, &names, tensors)?,
            layers: layers.collect::<Result<_>>()?,
            relative: RelativeBias::open(&config, &names, tensors)?,
            config,
        })
    }

    /// The last layer's rows of all tokens, texts one after the other: *n_tokens × size*. `texts` holds their numbers, all of
    /// them below the vocabulary's size, and as many a text as there are positions at most.
    pub(crate) fn forward(&self, texts: &[&[u32]]) -> Array2<f32> {
        let size = self.config.size;
        let n_tokens: usize = texts.iter().map(|text| text.len()).sum();
        let mut rows = self.embedding.apply(texts);
        let mut scratch = Scratch {
            projected: vec![0.0; n_tokens * 3 * size],
            mixed: vec![0.0; n_tokens * size],
            inner: vec![0.0; n_tokens * self.config.inner_size],
            attention: Attention::new(Heads { n: self.config.n_heads, width: size / self.config.n_heads }),
        };
        for layer in self.layers.iter().cycle().take(self.config.n_layers) {
            layer.forward(&mut rows, texts, &mut scratch, self);
        }
        Array2::from_shape_vec((n_tokens, size), rows).expect("a row a token")
    }
}

/// Room for what lies between the layers' parts.
struct Scratch {
    projected: Vec<f32>,
    mixed: Vec<f32>,
    inner: Vec<f32>,
    attention: Attention,
}

impl Layer {
    fn new(
        config: &Config,
        names: &Names,
        layer: usize,
        tensors: &NamedTensors,
        precision: Precision,
    ) -> Result<Self> {
        let (size, inner) = (config.size, config.inner_size);
        let read = |part: Part, shape: [usize; 2]| -> Result<_> {
            let name = names.layer(layer, part);
            let weights = tensors.matrix(&format!("{name}.weight"), shape)?;
            Ok((weights, tensors.vector(&format!("{name}.bias"), shape[0])?))
        };
        let linear = |part: Part, shape: [usize; 2]| -> Result<Linear> {
            let (weights, bias) = read(part, shape)?;
            Ok(Linear::new(weights.view(), &bias.to_vec(), precision))
        };
        let norm = |part: Part| Norm::new(&names.layer(layer, part), tensors, size, config.epsilon);
        let parts = [Part::Query, Part::Key, Part::Value].map(|part| read(part, [size, size]));
        let [query, key, value] = parts;
        let (query, key, value) = (query?, key?, value?);
        let weights: Vec<ArrayView2<'_, f32>> =
            [&query, &key, &value].map(|(weights, _)| weights.view()).to_vec();
        let bias: Vec<f32> = [&query, &key, &value].iter().flat_map(|(_, bias)| bias.to_vec()).collect();
        let weights = concatenate(Axis(0), &weights).expect("matrices of one width");
        Ok(Self {
            project: Linear::new(weights.view(), &bias, precision),
            output: linear(Part::AttentionOutput, [size, size])?,
            attention_norm: norm(Part::AttentionNorm)?,
            up: linear(Part::Up, [inner, size])?,
            down: linear(Part::Down, [size, inner])?,
            norm: norm(Part::OutputNorm)?,
        })
    }

    fn forward(&self, rows: &mut [f32], texts: &[&[u32]], scratch: &mut Scratch, network: &Network) {
        let size = network.config.size;
        self.project.apply(rows, &mut scratch.projected, Then::Set);
        let mut first = 0;
        for text in texts {
            let (start, end) = (first * size, (first + text.len()) * size);
            let (projected, mixed) = (&scratch.projected[3 * start..3 * end], &mut scratch.mixed[start..end]);
            scratch.attention.of_text(projected, mixed, network.relative.as_ref());
            first += text.len();
        }
        self.output.apply(&scratch.mixed, rows, Then::Add);
        self.attention_norm.apply(rows);
        self.up.apply(rows, &mut scratch.inner, Then::Activate(network.config.activation));
        self.down.apply(&scratch.inner, rows, Then::Add);
        self.norm.apply(rows);
    }
}
