//! MPNet's bias of attention by distance (Raffel et al. 2020; Song et al. 2020).

use ndarray::Array2;
use wordferry_vectors::NamedTensors;

use super::config::Config;
use super::names::Names;
use crate::Result;

/// Buckets that distances share, whatever a configuration says.
const N_BUCKETS: usize = 32;
/// Those of one direction, half of which are for one distance each and the others for ranges that grow.
const HALF: usize = N_BUCKETS / 2;
const SINGLE: usize = HALF / 2;
/// Distances from here on share the last bucket.
const FURTHEST: f64 = 128.0;

/// What is added to the attention between two positions, by their distance and the head.
pub(crate) struct RelativeBias {
    /// *n_heads × (2 n − 1)*: from n − 1 places back to n − 1 ahead.
    distances: Array2<f32>,
}

impl RelativeBias {
    /// That of a network, if its architecture has one.
    ///
    /// # Errors
    /// If its tensor is missing, or of another shape than the configuration says.
    pub(crate) fn open(config: &Config, names: &Names, tensors: &NamedTensors) -> Result<Option<Self>> {
        let Some(name) = names.relative() else { return Ok(None) };
        let buckets = tensors.matrix(&name, [N_BUCKETS, config.n_heads])?;
        let n = config.longest();
        let distances = Array2::from_shape_fn((config.n_heads, 2 * n - 1), |(head, place)| {
            buckets[[bucket(n - 1, place), head]]
        });
        Ok(Some(Self { distances }))
    }

    /// The bias of a head between the positions of a query and a key.
    pub(crate) fn of(&self, head: usize, query: usize, key: usize) -> f32 {
        self.distances[[head, self.distances.ncols() / 2 + key - query]]
    }
}

/// The first half of the buckets is for keys before the query.
fn bucket(query: usize, key: usize) -> usize {
    let (side, distance) = if key > query { (HALF, key - query) } else { (0, query - key) };
    if distance < SINGLE {
        return side + distance;
    }
    let share = (distance as f64 / SINGLE as f64).ln() / (FURTHEST / SINGLE as f64).ln();
    side + (SINGLE + (share * (HALF - SINGLE) as f64) as usize).min(HALF - 1)
}

#[cfg(test)]
mod tests {
    use super::bucket;

    #[test]
    fn buckets_grow_with_distance() {
        let found = [(0, 0), (0, 7), (0, 8), (7, 0), (8, 0), (0, 11), (0, 12), (0, 127), (500, 0)]
            .map(|(query, key)| bucket(query, key));
        assert_eq!(found, [0, 23, 24, 7, 8, 24, 25, 31, 15]);
    }
}
