//! Token numbers in, the rows that enter the first layer out.

use ndarray::Array2;
use wordferry_vectors::{NamedTensors, TensorTable};

use super::norm::Norm;
use crate::Result;
use crate::transformer::config::Config;
use crate::transformer::names::Names;

/// The words' rows and what is added to them.
pub(crate) struct Embedding {
    words: TensorTable,
    /// For every position, what is added to the word there: the position's row, and the first type's where types are known.
    positions: Array2<f32>,
    first_position: usize,
    /// The token that has the position before the first, and does not count.
    padding: Option<u32>,
    norm: Norm,
}

impl Embedding {
    /// # Errors
    /// If a tensor is missing, or of another shape than the configuration says.
    pub(crate) fn new(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Self> {
        let size = config.size;
        let mut positions = tensors.matrix(&names.positions(), [config.n_positions, size])?;
        if let Some(name) = names.types() {
            let n_types = tensors.shape(&name).and_then(|shape| shape.first()).copied().unwrap_or(1).max(1);
            positions += &tensors.matrix(&name, [n_types, size])?.row(0);
        }
        Ok(Self {
            words: tensors.table(&names.words(), [config.vocabulary_size, size])?,
            positions,
            first_position: config.first_position,
            padding: config.padding(),
            norm: Norm::new(&names.embeddings_norm(), tensors, config)?,
        })
    }

    /// The rows of all tokens, texts one after the other.
    pub(crate) fn apply(&self, texts: &[&[u32]]) -> Vec<f32> {
        let n_tokens: usize = texts.iter().map(|text| text.len()).sum();
        let mut rows = Vec::with_capacity(n_tokens * self.positions.ncols());
        for text in texts {
            let mut next = self.first_position;
            for word in *text {
                let start = rows.len();
                self.words.push_row(*word as usize, &mut rows);
                let is_padding = Some(*word) == self.padding;
                let position = if is_padding { self.first_position - 1 } else { next };
                next += usize::from(!is_padding);
                let added = self.positions.row(position);
                rows[start..].iter_mut().zip(added).for_each(|(value, added)| *value += added);
            }
        }
        self.norm.apply(&mut rows);
        rows
    }
}
