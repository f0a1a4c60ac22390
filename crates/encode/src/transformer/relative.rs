//! MPNet's bias of attention by distance (Raffel et al. 2020; Song et al. 2020).

use ndarray::Array2;
use wordferry_vectors::NamedTensors;

use super::config::Config;
use super::names::Names;
use crate::Result;

/// Distances from here on share the last bucket.
const FURTHEST: f64 = 128.0;

/// What is added to the attention between two positions, by their distance and the head.
pub(crate) struct RelativeBias {
    /// *n_buckets × n_heads*
    buckets: Array2<f32>,
}

impl RelativeBias {
    /// That of a network, if its architecture has one.
    ///
    /// # Errors
    /// If its tensor is missing, or of another shape than the configuration says.
    pub(crate) fn open(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Option<Self>> {
        let Some(name) = names.relative() else { return Ok(None) };
        Ok(Some(Self { buckets: tensors.matrix(&name, [config.n_buckets, config.n_heads])? }))
    }

    /// The bias of a head between the positions of a query and a key.
    pub(crate) fn of(&self, head: usize, query: usize, key: usize) -> f32 {
        self.buckets[[bucket(self.buckets.nrows(), query, key), head]]
    }
}

/// Half of the buckets are for keys after the query; half of those are for one distance each, the others for ranges that grow.
fn bucket(n_buckets: usize, query: usize, key: usize) -> usize {
    let half = n_buckets / 2;
    let (side, distance) = if key > query { (half, key - query) } else { (0, query - key) };
    let single = (half / 2).max(1);
    if distance < single {
        return side + distance;
    }
    let share = (distance as f64 / single as f64).ln() / (FURTHEST / single as f64).ln();
    side + (single + (share * (half - single) as f64) as usize).min(half - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_grow_with_distance() {
        let found = [(0, 0), (0, 7), (0, 8), (7, 0), (8, 0), (0, 11), (0, 12), (0, 127), (500, 0)]
            .map(|(query, key)| bucket(32, query, key));
        assert_eq!(found, [0, 23, 24, 7, 8, 24, 25, 31, 15]);
    }
}
