//! Texts in, sentence vectors of a transformer out.
//!
//! Texts are cut into tokens, sorted by length and put together until a batch has enough tokens. On the processor nothing is
//! padded, and a core takes a batch at a time through all layers.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use wordferry_vectors::Space;

use super::batches::by_length;
use super::candle;
use super::cpu::{self, Precision};
use super::device::Device;
use super::head::SentenceHead;
use super::loader::Parts;
use super::reading::Reading;
use crate::{Coverage, Encoder, Error, Result};

/// Tokens that a batch has at most as if it were padded, unless a single text has more.
const TOKENS_PER_BATCH: usize = 512;

/// Encodes texts by a transformer. See [`TransformerLoader::open`](crate::TransformerLoader::open).
pub struct TransformerEncoder {
    engine: Engine,
    reading: Reading,
    head: SentenceHead,
    dimension: usize,
    space: Space,
}

/// What computes the network.
enum Engine {
    Own(cpu::Network),
    Candle(candle::Network),
}

/// Texts by their places, and their rows.
type Encoded = (Vec<usize>, Array2<f32>);

impl TransformerEncoder {
    pub(crate) fn new(parts: Parts, device: Device, precision: Precision) -> Result<Self> {
        let engine = match device {
            Device::Cpu => Engine::Own(cpu::Network::new(parts.config.clone(), &parts.tensors, precision)?),
            device => Engine::Candle(candle::Network::new(&parts, device, precision)?),
        };
        Ok(Self::with_engine(parts, engine))
    }

    /// An encoder by candle on any device, the processor too.
    #[cfg(all(test, feature = "candle"))]
    pub(crate) fn by_candle(parts: Parts, device: Device, precision: Precision) -> Result<Self> {
        let engine = Engine::Candle(candle::Network::new(&parts, device, precision)?);
        Ok(Self::with_engine(parts, engine))
    }

    fn with_engine(parts: Parts, engine: Engine) -> Self {
        let space = parts.space();
        let Parts { reading, head, dimension, .. } = parts;
        Self { engine, reading, head, dimension, space }
    }

    /// What goes before every text; nothing, usually.
    pub fn prompt(&self) -> &str {
        &self.reading.prompt
    }

    /// Tokens of a text that are looked at, at most.
    pub fn max_length(&self) -> usize {
        self.reading.max_length
    }

    /// The rows of the texts of a batch.
    fn rows(&self, tokens: &[Vec<u32>], batch: Vec<usize>) -> Result<Encoded> {
        let texts: Vec<&[u32]> = batch.iter().map(|text| &tokens[*text][..]).collect();
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let rows = match &self.engine {
            Engine::Own(network) => network.forward(&texts),
            Engine::Candle(network) => network.forward(&texts)?,
        };
        let rows = self.head.apply(rows.view(), &lengths);
        match rows.iter().all(|value| value.is_finite()) {
            true => Ok((batch, rows)),
            false => Err(Error::NotFinite),
        }
    }
}

impl Encoder for TransformerEncoder {
    /// That of everything in the folder that rows depend on, and the prompt; the precision and the device are no part of it.
    fn space(&self) -> Space {
        self.space
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    /// A text without any token, not even one that marks its beginning or end, is a row of zeros.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        let tokens = self.reading.tokens(texts)?;
        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        let encoded: Vec<Encoded> = match &self.engine {
            Engine::Own(_) => {
                let batches = by_length(&lengths, TOKENS_PER_BATCH).into_par_iter();
                batches.map(|batch| self.rows(&tokens, batch)).collect::<Result<_>>()?
            }
            // A device takes one batch after the other, each of them larger.
            Engine::Candle(_) => {
                let batches = by_length(&lengths, candle::TOKENS_PER_BATCH).into_iter();
                batches.map(|batch| self.rows(&tokens, batch)).collect::<Result<_>>()?
            }
        };
        let mut rows = Array2::zeros((texts.len(), self.dimension));
        for (batch, encoded) in encoded {
            for (text, row) in batch.into_iter().zip(encoded.axis_iter(Axis(0))) {
                rows.row_mut(text).assign(&row);
            }
        }
        Ok(rows)
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        Some(self.reading.coverage(texts))
    }
}
