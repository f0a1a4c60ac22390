//! The last layers of a transformer and a linear head on its features, trained on labelled texts by gradients.
//!
//! What lies below those layers does not change: this crate's own forward pass computes it, once a text where there is room to
//! keep it. Nothing is random, there is no dropout: the same steps give the same weights.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::path::Path;

use ndarray::{Array1, Array2};
use rayon::prelude::*;
use wordferry_vectors::Space;

use super::candle::Training;
use super::changes::Changes;
use super::config::Config;
use super::cpu::{self, Precision};
use super::files::model_error;
use super::loader::TransformerLoader;
use super::reading::Reading;
use crate::Result;

pub(crate) const HEAD_WEIGHTS: &str = "head.weights";
pub(crate) const HEAD_BIAS: &str = "head.bias";
/// Values that are kept of all texts together: 512 MiB.
const MOST_KEPT: usize = 1 << 27;

/// A linear head on features that are centred and scaled: scores are *((x − mean) / deviation) W + bias*.
#[derive(Clone, Debug, PartialEq)]
pub struct TunerHead {
    /// d
    pub mean: Array1<f32>,
    /// d, greater than 0
    pub deviation: Array1<f32>,
    /// d × c
    pub weights: Array2<f32>,
    /// c
    pub bias: Array1<f32>,
}

/// A text's tokens, and what leaves the layers that do not change, where it is kept.
#[derive(Clone, Debug)]
pub struct ReadText {
    tokens: Vec<u32>,
    rows: Vec<f32>,
}

/// What a text should be.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Target {
    /// Index of the class.
    pub class: usize,
    /// How much it counts; 1 on average.
    pub weight: f32,
}

/// Texts on their way into the layers that are trained.
pub(crate) struct Batch {
    /// One text after the other.
    pub(crate) rows: Vec<f32>,
    pub(crate) lengths: Vec<usize>,
    pub(crate) classes: Vec<usize>,
    pub(crate) weights: Vec<f32>,
}

/// Trains the last layers of a network and a head.
pub struct Tuner {
    reading: Reading,
    /// The layers that do not change.
    frozen: cpu::Network,
    size: usize,
    training: Training,
    base: Space,
}

/// Named weights.
type Weights = BTreeMap<String, Vec<f32>>;

impl Tuner {
    /// Opens a folder to train its last `n_layers` and this head, on the loader's device.
    ///
    /// # Errors
    /// As [`TransformerLoader::open`] does; if the network has fewer layers; if this build cannot train.
    ///
    /// # Panics
    /// If the head's parts do not fit together.
    pub fn open(
        loader: &TransformerLoader,
        folder: &Path,
        n_layers: usize,
        head: &TunerHead,
    ) -> Result<Self> {
        let d = head.weights.nrows();
        assert_eq!((head.mean.len(), head.deviation.len()), (d, d), "a mean and a deviation a feature");
        assert_eq!(head.bias.len(), head.weights.ncols(), "a bias a class");
        loader.check_trains()?;
        let parts = loader.parts(folder)?;
        if parts.config.n_own_layers() < parts.config.n_layers && n_layers > 0 {
            let found = "one whose layers have the same weights".to_owned();
            return Err(model_error(
                folder,
                "a network with a layer to unfreeze",
                found,
                "unfreeze no layer",
            ));
        }
        if n_layers > parts.config.n_layers {
            let expected = format!("a network of at least {n_layers} layers to unfreeze");
            let found = format!("{} layers", parts.config.n_layers);
            return Err(model_error(folder, expected, found, "unfreeze fewer layers"));
        }
        if parts.dimension != d {
            let expected = format!("an encoder of {d} features, as the head has");
            return Err(model_error(folder, expected, format!("{} features", parts.dimension), ""));
        }
        let training = Training::new(&parts, loader, n_layers, head)?;
        let below = Config { n_layers: parts.config.n_layers - n_layers, ..parts.config.clone() };
        let (size, base) = (below.size, parts.space());
        let frozen = cpu::Network::new(below, &parts.tensors, Precision::F32)?;
        Ok(Self { reading: parts.reading, frozen, size, training, base })
    }

    /// Reads texts, and takes as many of them through the layers that do not change as there is room for.
    ///
    /// # Errors
    /// If the tokenizer cannot take a text.
    pub fn read(&self, texts: &[&str]) -> Result<Vec<ReadText>> {
        let tokens = self.reading.tokens(texts)?;
        let mut n_values = 0;
        let texts = tokens.into_iter().map(|tokens| {
            n_values += tokens.len() * self.size;
            (tokens, n_values <= MOST_KEPT)
        });
        let texts: Vec<(Vec<u32>, bool)> = texts.collect();
        let read = |(tokens, is_kept): (Vec<u32>, bool)| {
            let rows = if is_kept { self.rows(&tokens) } else { Vec::new() };
            ReadText { tokens, rows }
        };
        Ok(texts.into_par_iter().map(read).collect())
    }

    fn rows(&self, tokens: &[u32]) -> Vec<f32> {
        self.frozen.forward(&[tokens]).into_raw_vec_and_offset().0
    }

    /// Makes a step on a batch, and gives the loss before it: the mean of weight × −log p(class), in nats.
    ///
    /// # Errors
    /// If the device fails.
    ///
    /// # Panics
    /// If there is not one target a text, or one is of no class.
    pub fn step(&mut self, texts: &[&ReadText], targets: &[Target], rate: f64) -> Result<f64> {
        assert_eq!(texts.len(), targets.len(), "a target a text");
        let mut batch = self.batch(texts);
        batch.classes = targets.iter().map(|target| target.class).collect();
        batch.weights = targets.iter().map(|target| target.weight).collect();
        self.training.step(&batch, rate)
    }

    /// The scores of every text, *n × c*.
    ///
    /// # Errors
    /// If the device fails.
    pub fn scores(&self, texts: &[&ReadText]) -> Result<Array2<f32>> {
        self.training.scores(&self.batch(texts))
    }

    fn batch(&self, texts: &[&ReadText]) -> Batch {
        let rows = texts.par_iter().map(|text| match text.rows.is_empty() {
            true => Cow::Owned(self.rows(&text.tokens)),
            false => Cow::Borrowed(&text.rows[..]),
        });
        let rows: Vec<Cow<'_, [f32]>> = rows.collect();
        let lengths = texts.iter().map(|text| text.tokens.len()).collect();
        Batch { rows: rows.concat(), lengths, classes: Vec::new(), weights: Vec::new() }
    }

    /// All weights that are trained, by name.
    ///
    /// # Errors
    /// If the device fails.
    pub fn weights(&self) -> Result<Weights> {
        let [weights, ..] = self.training.values()?;
        Ok(weights)
    }

    /// The network's part of such weights, and the head's, *d × c* and *c*.
    ///
    /// # Panics
    /// If they are not what [`Tuner::weights`] gave.
    pub fn split(&self, mut weights: Weights) -> (Changes, Array2<f32>, Array1<f32>) {
        let mut head = |name: &str| weights.remove(name).expect("a head among the weights");
        let (matrix, bias) = (head(HEAD_WEIGHTS), Array1::from(head(HEAD_BIAS)));
        let shape = (matrix.len() / bias.len(), bias.len());
        let matrix = Array2::from_shape_vec(shape, matrix).expect("a column a class");
        (Changes::new(self.base, weights), matrix, bias)
    }

    /// Everything that the next step depends on: how many there were, the weights, and the two moments of their gradients.
    ///
    /// # Errors
    /// If the device fails.
    pub fn state(&self) -> Result<(usize, [Weights; 3])> {
        Ok((self.training.n_steps(), self.training.values()?))
    }

    /// Goes on from what [`Tuner::state`] gave.
    ///
    /// # Errors
    /// If it is of another network.
    pub fn set_state(&mut self, n_steps: usize, values: [&Weights; 3]) -> Result<()> {
        self.training.set_values(n_steps, values)
    }
}
