//! The last layers of a transformer, trained by gradients on pairs of texts of the same class and of different ones.
//!
//! What lies below those layers does not change: this crate's own forward pass computes it, once a text where there is room to
//! keep it. Nothing is random, there is no dropout: the same steps give the same weights.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::ops::Range;
use std::path::Path;

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use wordferry_vectors::Space;

use super::batches::{by_length, in_order};
use super::candle::Training;
use super::changes::Changes;
use super::config::Config;
use super::cpu::{self, Precision};
use super::files::model_error;
use super::loader::TransformerLoader;
use super::reading::Reading;
use crate::{Error, Result};

/// Values that are kept of all texts together: 512 MiB.
const MOST_KEPT: usize = 1 << 27;
/// Texts a step, at most: each makes a pair with every other one.
const TEXTS_PER_STEP: usize = 32;
/// Tokens a step, unless a single text has more.
const TOKENS_PER_STEP: usize = 8192;
/// Tokens that are computed together, with the padding, unless a single text has more.
const TOKENS_PER_BATCH: usize = 1024;

/// A text's tokens, and what leaves the layers that do not change, where it is kept.
#[derive(Clone, Debug)]
pub struct ReadText {
    tokens: Vec<u32>,
    rows: Vec<f32>,
}

/// Texts on their way into the layers that are trained.
pub(crate) struct Batch {
    /// One text after the other.
    pub(crate) rows: Vec<f32>,
    pub(crate) lengths: Vec<usize>,
}

/// Trains the last layers of a network.
pub struct Tuner {
    reading: Reading,
    /// The layers that do not change.
    frozen: cpu::Network,
    size: usize,
    dimension: usize,
    training: Training,
    base: Space,
}

/// Named weights.
type Weights = BTreeMap<String, Vec<f32>>;

impl Tuner {
    /// Opens a folder to train its last `n_layers`, on the loader's device.
    ///
    /// # Errors
    /// As [`TransformerLoader::open`] does; if the network has fewer layers; if this build cannot train.
    pub fn open(loader: &TransformerLoader, folder: &Path, n_layers: usize) -> Result<Self> {
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
        let training = Training::new(&parts, loader, n_layers)?;
        let below = Config { n_layers: parts.config.n_layers - n_layers, ..parts.config.clone() };
        let (size, dimension, base) = (below.size, parts.dimension, parts.space());
        let frozen = cpu::Network::new(below, &parts.tensors, Precision::F32)?;
        Ok(Self { reading: parts.reading, frozen, size, dimension, training, base })
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

    /// Which of these texts, one after the other, make a step each: at most 32, and no more tokens than there is room for.
    pub fn steps(&self, texts: &[&ReadText]) -> Vec<Range<usize>> {
        in_order(&lengths(texts), TEXTS_PER_STEP, TOKENS_PER_STEP)
    }

    /// Makes a step by the pairs of a batch, texts and their classes, and gives the loss before it: half the mean square of 1 − cosine
    /// within the classes and half that of the cosine between them, 0 to 2.5.
    ///
    /// # Errors
    /// If the device fails.
    ///
    /// # Panics
    /// If there is not one class a text.
    pub fn step(&mut self, texts: &[&ReadText], classes: &[usize], rate: f64) -> Result<f64> {
        assert_eq!(texts.len(), classes.len(), "a class a text");
        let order = by_length(&lengths(texts), TOKENS_PER_BATCH);
        if order.is_empty() {
            return Ok(0.0);
        }
        let batches: Vec<Batch> = order.iter().map(|batch| self.batch(texts, batch)).collect();
        let classes: Vec<usize> = order.iter().flatten().map(|text| classes[*text]).collect();
        self.training.step(&batches, &classes, rate)
    }

    /// The features of every text, *n × d*, as the encoder has them with the weights of now. A text without any token, not even one that
    /// marks its beginning or end, is a row of zeros.
    ///
    /// # Errors
    /// If the device fails, or the weights make infinities or NaN of a text.
    pub fn features(&self, texts: &[ReadText]) -> Result<Array2<f32>> {
        let texts: Vec<&ReadText> = texts.iter().collect();
        let mut features = Array2::zeros((texts.len(), self.dimension));
        for batch in by_length(&lengths(&texts), TOKENS_PER_BATCH) {
            let found = self.training.features(&self.batch(&texts, &batch))?;
            let pairs = batch.into_iter().zip(found.axis_iter(Axis(0)));
            pairs.for_each(|(text, row)| features.row_mut(text).assign(&row));
        }
        match features.iter().all(|value| value.is_finite()) {
            true => Ok(features),
            false => Err(Error::NotFinite),
        }
    }

    /// Those of the texts that these are the places of.
    fn batch(&self, texts: &[&ReadText], places: &[usize]) -> Batch {
        let rows = places.par_iter().map(|place| match texts[*place].rows.is_empty() {
            true => Cow::Owned(self.rows(&texts[*place].tokens)),
            false => Cow::Borrowed(&texts[*place].rows[..]),
        });
        let rows: Vec<Cow<'_, [f32]>> = rows.collect();
        let lengths = places.iter().map(|place| texts[*place].tokens.len()).collect();
        Batch { rows: rows.concat(), lengths }
    }

    /// The weights of now, to be laid over the encoder that training began with.
    ///
    /// # Errors
    /// If the device fails.
    pub fn changes(&self) -> Result<Changes> {
        let [weights, ..] = self.training.values()?;
        Ok(Changes::new(self.base, weights))
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
    /// If it is of another network: a tensor is missing or has another number of values; if the device fails.
    pub fn set_state(&mut self, n_steps: usize, values: [&Weights; 3]) -> Result<()> {
        let [expected, ..] = self.training.values()?;
        values.iter().try_for_each(|found| check(&expected, found))?;
        self.training.set_values(n_steps, values)
    }
}

fn lengths(texts: &[&ReadText]) -> Vec<usize> {
    texts.iter().map(|text| text.tokens.len()).collect()
}

/// An error unless `found` has the names and the numbers of values of `expected`.
fn check(expected: &Weights, found: &Weights) -> Result<()> {
    let other = |name: &String, expected: &str, found: String| Error::Model {
        name: name.clone(),
        expected: format!("{expected} of the network in the state of its training"),
        found,
        hint: "begin anew: the state is of another version or network",
    };
    if let Some(name) = found.keys().find(|name| !expected.contains_key(*name)) {
        return Err(other(name, "tensors", "another tensor".into()));
    }
    expected.iter().try_for_each(|(name, values)| match found.get(name) {
        Some(found) if found.len() == values.len() => Ok(()),
        Some(found) => Err(other(name, &format!("{} values", values.len()), format!("{}", found.len()))),
        None => Err(other(name, "every tensor", "none of this name".into())),
    })
}
