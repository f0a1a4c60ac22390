//! Orthogonal Procrustes (Schönemann 1966; Xing et al. 2015): the rotation that brings the seeds closest together.
//!
//! With X and Z the seed rows of source and target, and the singular value decomposition Zᵀ X = U S Vᵀ, W = U Vᵀ
//! minimises ‖Z W − X‖ among all orthogonal matrices. Only the sum Zᵀ X is ever held, d × d.

use ndarray::{Array2, ArrayView2};
use wordferry_vectors::WordId;
use wordferry_vectors::map::faer_view;

use crate::symmetric::{gather, to_array};
use crate::{Aligner, Error, Matrices, Result};

/// Orthogonal Procrustes.
#[derive(Clone, Copy, Debug, Default)]
pub struct Procrustes;

impl Aligner for Procrustes {
    fn name(&self) -> &str {
        "procrustes"
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices> {
        equal_dimensions(source, target)?;
        let x = gather(source, seeds.iter().map(|pair| pair.0));
        let z = gather(target, seeds.iter().map(|pair| pair.1));
        Ok(Matrices { source: None, target: Some(rotation(z.view(), x.view())?) })
    }
}

/// An error unless both sides have one dimension, as a rotation needs.
pub(crate) fn equal_dimensions(source: ArrayView2<'_, f32>, target: ArrayView2<'_, f32>) -> Result<()> {
    let (source_dimension, target_dimension) = (source.ncols(), target.ncols());
    match source_dimension == target_dimension {
        true => Ok(()),
        false => Err(Error::Dimensions { source_dimension, target_dimension }),
    }
}

/// The orthogonal matrix W (d × d) that minimises ‖A W − B‖ for A and B of n × d.
pub(crate) fn rotation(a: ArrayView2<'_, f64>, b: ArrayView2<'_, f64>) -> Result<Array2<f32>> {
    let d = a.ncols();
    let product = faer_view(a).transpose() * faer_view(b);
    let svd = product.svd().map_err(|_| Error::Decomposition { rows: d, columns: d })?;
    Ok(to_array((svd.U() * svd.V().transpose()).as_ref()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    fn random(rows: usize, columns: usize, seed: u64) -> Array2<f64> {
        let mut rng = ChaCha8Rng::seed_from_u64(seed);
        Array2::from_shape_fn((rows, columns), |_| rng.random_range(-1.0..1.0))
    }

    #[test]
    fn recovers_a_random_rotation() {
        let a = random(200, 20, 1);
        let some_rotation = rotation(random(40, 20, 2).view(), random(40, 20, 3).view()).unwrap();
        let b = a.dot(&some_rotation.mapv(f64::from));
        let found = rotation(a.view(), b.view()).unwrap();
        let worst = (&found - &some_rotation).mapv(f32::abs).fold(0.0, |worst: f32, &x| worst.max(x));
        assert!(worst < 1e-5, "{worst}");
    }

    #[test]
    fn is_orthogonal_even_when_the_seeds_lack_rank() {
        let w = rotation(random(3, 20, 4).view(), random(3, 20, 5).view()).unwrap();
        let product = w.t().dot(&w);
        let worst =
            (product - Array2::<f32>::eye(20)).mapv(f32::abs).fold(0.0, |worst: f32, &x| worst.max(x));
        assert!(worst < 1e-5, "{worst}");
    }

    #[test]
    fn refuses_two_dimensions() {
        let (source, target) = (Array2::<f32>::zeros((3, 4)), Array2::<f32>::zeros((3, 5)));
        let seeds = [(WordId(0), WordId(0))];
        let error = Procrustes.fit(source.view(), target.view(), &seeds).unwrap_err();
        assert!(matches!(error, Error::Dimensions { source_dimension: 4, target_dimension: 5 }));
    }
}
