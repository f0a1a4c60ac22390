//! An encoder in, one that looks its rows up out: what takes time is done once, however often the texts are asked for.

use std::collections::HashMap;

use ndarray::{Array2, Axis};
use wordferry_encode::{AnyEncoder, Coverage, Encoder};
use wordferry_vectors::Space;

use crate::Result;

pub(super) struct Remembered {
    encoder: Box<dyn Encoder>,
    row_of: HashMap<String, usize>,
    rows: Array2<f32>,
}

impl Remembered {
    /// The rows of texts, if the encoder's are dense; else the encoder as it is.
    pub(super) fn of(encoder: AnyEncoder, texts: &[&str]) -> Result<AnyEncoder> {
        if !encoder.is_dense() {
            return Ok(encoder);
        }
        let encoder = encoder.into_dense().map_err(wordferry_transfer::Error::from)?;
        let rows = encoder.encode(texts).map_err(wordferry_transfer::Error::from)?;
        let row_of = texts.iter().enumerate().map(|(row, text)| ((*text).to_owned(), row)).collect();
        Ok(AnyEncoder::Other(Box::new(Self { encoder, row_of, rows })))
    }
}

impl Encoder for Remembered {
    fn space(&self) -> Space {
        self.encoder.space()
    }

    fn dimension(&self) -> usize {
        self.encoder.dimension()
    }

    fn encode(&self, texts: &[&str]) -> wordferry_encode::Result<Array2<f32>> {
        let rows: Option<Vec<usize>> = texts.iter().map(|text| self.row_of.get(*text).copied()).collect();
        match rows {
            Some(rows) => Ok(self.rows.select(Axis(0), &rows)),
            None => self.encoder.encode(texts),
        }
    }

    fn coverage(&self, texts: &[&str]) -> Option<Coverage> {
        self.encoder.coverage(texts)
    }
}
