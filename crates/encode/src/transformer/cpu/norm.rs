//! Layer normalisation of rows in place.

use wordferry_vectors::NamedTensors;

use super::instructions::vectorised;
use super::math::sum;
use crate::Result;
use crate::transformer::names::norm_tensors;

/// Layer normalisation (Ba, Kiros and Hinton 2016).
pub(crate) struct Norm {
    scale: Vec<f32>,
    shift: Vec<f32>,
    epsilon: f32,
}

impl Norm {
    /// Of rows of so many values.
    pub(crate) fn new(name: &str, tensors: &NamedTensors, size: usize, epsilon: f32) -> Result<Self> {
        let vector = |name: String| Ok::<_, crate::Error>(tensors.vector(&name, size)?.to_vec());
        let [scale, shift] = norm_tensors(name, tensors);
        Ok(Self { scale: vector(scale)?, shift: vector(shift)?, epsilon })
    }

    pub(crate) fn apply(&self, rows: &mut [f32]) {
        normalise(self, rows);
    }
}

vectorised! {
    fn normalise(norm: &Norm, rows: &mut [f32]) {
        let n = norm.scale.len() as f32;
        for row in rows.chunks_exact_mut(norm.scale.len()) {
            let mean = sum(row, |value| value) / n;
            let variance = sum(row, |value| (value - mean) * (value - mean)) / n;
            let by = 1.0 / (variance + norm.epsilon).sqrt();
            for ((value, scale), shift) in row.iter_mut().zip(&norm.scale).zip(&norm.shift) {
                *value = (*value - mean) * by * scale + shift;
            }
        }
    }
}
