//! Texts in, sentence vectors of a transformer out.
//!
//! Texts are cut into tokens, sorted by length and put together until a batch has enough tokens. On the processor nothing is
//! padded, and a core takes a batch at a time through all layers.

use ndarray::{Array2, Axis};
use rayon::prelude::*;
use wordferry_vectors::Space;

use super::batches::by_length;
use super::candle;
use super::config::Config;
use super::cpu::{self, Precision};
use super::device::Device;
use super::engine::Engine;
use super::head::SentenceHead;
use super::loader::Parts;
use super::reading::Reading;
use super::torch;
use crate::{Coverage, Encoder, Error, Result, Tokenizer};

/// Tokens that a batch has at most as if it were padded, unless a single text has more.
const TOKENS_PER_BATCH: usize = 512;

/// Encodes texts by a transformer. See [`TransformerLoader::open`](crate::TransformerLoader::open).
pub struct TransformerEncoder {
    network: Network,
    config: Config,
    reading: Reading,
    head: SentenceHead,
    dimension: usize,
    space: Space,
}

enum Network {
    Own(cpu::Network),
    Candle(candle::Network),
    RustBert(torch::Network),
}

/// Texts by their places, and their rows.
type Encoded = (Vec<usize>, Array2<f32>);

impl TransformerEncoder {
    /// By an engine that computes on this device with these numbers.
    pub(crate) fn new(parts: Parts, engine: Engine, device: Device, precision: Precision) -> Result<Self> {
        let network = match engine {
            Engine::Own => Network::Own(cpu::Network::new(parts.config.clone(), &parts.tensors, precision)?),
            Engine::Candle => Network::Candle(candle::Network::new(&parts, device, precision)?),
            Engine::RustBert => Network::RustBert(torch::Network::new(&parts)?),
        };
        let space = parts.space();
        let Parts { config, reading, head, dimension, .. } = parts;
        Ok(Self { network, config, reading, head, dimension, space })
    }

    /// What goes before every text; nothing, usually.
    pub fn prompt(&self) -> &str {
        &self.reading.prompt
    }

    /// Tokens of a text that are looked at, at most.
    pub fn max_length(&self) -> usize {
        self.reading.max_length
    }

    /// Multiplications and additions that these texts take: those of the layers' products, attention's too.
    ///
    /// # Errors
    /// If the tokenizer cannot take a text.
    pub fn n_operations(&self, texts: &[&str]) -> Result<u64> {
        let tokens = self.reading.tokens(texts)?;
        Ok(tokens.iter().map(|text| self.config.n_operations(text.len())).sum())
    }

    /// The tokenizer that texts are read by.
    pub(crate) fn tokenizer(&self) -> &Tokenizer {
        &self.reading.tokenizer
    }

    /// Values that the network makes of a token.
    pub(crate) fn size(&self) -> usize {
        self.config.size
    }

    /// The means of the rows that the network makes of these tokens, without anything that follows it.
    pub(crate) fn means(&self, tokens: &[Vec<u32>]) -> Result<Array2<f32>> {
        self.encode_tokens(tokens, &SentenceHead::mean(), self.size())
    }

    /// A row of `dimension` values for the tokens of each text.
    fn encode_tokens(
        &self,
        tokens: &[Vec<u32>],
        head: &SentenceHead,
        dimension: usize,
    ) -> Result<Array2<f32>> {
        let lengths: Vec<usize> = tokens.iter().map(Vec::len).collect();
        let one_by_one = |most: usize| {
            let batches = by_length(&lengths, most).into_iter();
            batches.map(|batch| self.rows(tokens, batch, head)).collect::<Result<Vec<Encoded>>>()
        };
        let encoded = match &self.network {
            Network::Own(_) => {
                let batches = by_length(&lengths, TOKENS_PER_BATCH).into_par_iter();
                batches.map(|batch| self.rows(tokens, batch, head)).collect::<Result<_>>()?
            }
            // The others take one batch after the other, each of them larger.
            Network::Candle(_) => one_by_one(candle::TOKENS_PER_BATCH)?,
            Network::RustBert(_) => one_by_one(torch::TOKENS_PER_BATCH)?,
        };
        let mut rows = Array2::zeros((tokens.len(), dimension));
        for (batch, encoded) in encoded {
            for (text, row) in batch.into_iter().zip(encoded.axis_iter(Axis(0))) {
                rows.row_mut(text).assign(&row);
            }
        }
        Ok(rows)
    }

    /// The rows of the texts of a batch.
    fn rows(&self, tokens: &[Vec<u32>], batch: Vec<usize>, head: &SentenceHead) -> Result<Encoded> {
        let texts: Vec<&[u32]> = batch.iter().map(|text| &tokens[*text][..]).collect();
        let lengths: Vec<usize> = texts.iter().map(|text| text.len()).collect();
        let rows = match &self.network {
            Network::Own(network) => network.forward(&texts),
            Network::Candle(network) => network.forward(&texts)?,
            Network::RustBert(network) => network.forward(&texts)?,
        };
        let rows = head.apply(rows.view(), &lengths);
        match rows.iter().all(|value| value.is_finite()) {
            true => Ok((batch, rows)),
            false => Err(Error::NotFinite),
        }
    }
}

impl Encoder for TransformerEncoder {
    /// That of everything in the folder that rows depend on, and the prompt; the engine, the device and the precision are no part of it.
    fn space(&self) -> Space {
        self.space
    }

    fn dimension(&self) -> usize {
        self.dimension
    }

    /// A text without any token, not even one that marks its beginning or end, is a row of zeros.
    fn encode(&self, texts: &[&str]) -> Result<Array2<f32>> {
        self.encode_tokens(&self.reading.tokens(texts)?, &self.head, self.dimension)
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        Some(self.reading.coverage(texts))
    }
}
