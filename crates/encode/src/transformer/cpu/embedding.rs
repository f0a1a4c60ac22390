//! Token numbers in, the rows that enter the first layer out.

use ndarray::Array2;
use wordferry_vectors::{NamedTensors, TensorTable};

use super::Precision;
use super::linear::{Linear, Then};
use super::norm::Norm;
use crate::Result;
use crate::transformer::config::Config;
use crate::transformer::names::Names;

/// The words' rows and what is added to them.
pub(crate) struct Embedding {
    words: TensorTable,
    /// For every position, what is added to the word there: the position's row, and the first type's where types are known.
    positions: Array2<f32>,
    norm: Norm,
    /// Takes the rows to the width of the layers, where that is another.
    widening: Option<Linear>,
    config: Config,
}

impl Embedding {
    /// # Errors
    /// If a tensor is missing, or of another shape than the configuration says.
    pub(crate) fn new(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Self> {
        let width = if names.widening().is_some() { names.width(tensors) } else { config.size };
        let mut positions = tensors.matrix(&names.positions(), [config.n_positions, width])?;
        if let Some(name) = names.types() {
            positions += &tensors.matrix(&name, [names.n_types(tensors), width])?.row(0);
        }
        Ok(Self {
            words: tensors.table(&names.words(), [config.vocabulary_size, width])?,
            positions,
            norm: Norm::new(&names.embeddings_norm(), tensors, width, config.epsilon)?,
            widening: names.widening().map(|name| widening(&name, config, width, tensors)).transpose()?,
            config: config.clone(),
        })
    }

    /// The rows of all tokens, texts one after the other.
    pub(crate) fn apply(&self, texts: &[&[u32]]) -> Vec<f32> {
        let n_tokens: usize = texts.iter().map(|text| text.len()).sum();
        let mut rows = Vec::with_capacity(n_tokens * self.positions.ncols());
        for text in texts {
            for (word, position) in text.iter().zip(self.config.positions(text)) {
                let start = rows.len();
                self.words.push_row(*word as usize, &mut rows);
                let added = self.positions.row(position);
                rows[start..].iter_mut().zip(added).for_each(|(value, added)| *value += added);
            }
        }
        self.norm.apply(&mut rows);
        let Some(widening) = &self.widening else { return rows };
        let mut wide = vec![0.0; n_tokens * self.config.size];
        widening.apply(&rows, &mut wide, Then::Set);
        wide
    }
}

fn widening(name: &str, config: &Config, width: usize, tensors: &NamedTensors) -> Result<Linear> {
    let weights = tensors.matrix(&format!("{name}.weight"), [config.size, width])?;
    let bias = tensors.vector(&format!("{name}.bias"), config.size)?;
    Ok(Linear::new(weights.view(), &bias.to_vec(), Precision::F32))
}
