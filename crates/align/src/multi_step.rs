//! The multi-step map (Artetxe, Labaka and Agirre 2018, AAAI): whiten, rotate, re-weight, de-whiten.
//!
//! With X and Z the seed rows of source and target, each side is whitened by its own covariance on the seeds, both are
//! rotated by the singular value decomposition of their cross-covariance, U S Vᵀ, so that shared directions come first and
//! are as strongly correlated as S says; those directions are weighted by S to a power, and the whitening is undone in the
//! rotated axes. Unlike Procrustes it moves the source side, too, and joins sides of different dimensions.

use faer::Mat;
use ndarray::{Array2, ArrayView2};
use wordferry_vectors::WordId;
use wordferry_vectors::map::faer_view;

use crate::symmetric::{Symmetric, gather, to_array};
use crate::{Aligner, Error, Matrices, Result};

/// The multi-step map.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiStep {
    /// The power of the correlations that directions are weighted by, on either side; 0 for none.
    pub reweight: f64,
    /// What is added to every variance before whitening, in units of their mean: it keeps directions that the seeds say little
    /// about from being blown up, and makes whitening possible with fewer seeds than dimensions.
    pub ridge: f64,
    /// Whether the whitening is undone at the end. If not, and without weights, this is canonical correlation analysis
    /// (Faruqui and Dyer 2014).
    pub dewhiten: bool,
}

impl Default for MultiStep {
    fn default() -> Self {
        Self { reweight: 0.4, ridge: 0.1, dewhiten: true }
    }
}

impl MultiStep {
    /// Canonical correlation analysis: whitened, rotated, and left so.
    pub const CCA: Self = Self { reweight: 0.0, ridge: 0.1, dewhiten: false };
}

impl Aligner for MultiStep {
    fn name(&self) -> &str {
        if self.dewhiten { "multistep" } else { "cca" }
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices> {
        let x = gather(source, seeds.iter().map(|pair| pair.0));
        let z = gather(target, seeds.iter().map(|pair| pair.1));
        let (source, target) = self.fit_rows(x.view(), z.view())?;
        Ok(Matrices { source: Some(source), target: Some(target) })
    }
}

impl MultiStep {
    /// The matrices, d_source × d and d_target × d with *d* the smaller dimension, for rows that are translations of each
    /// other.
    fn fit_rows(&self, x: ArrayView2<'_, f64>, z: ArrayView2<'_, f64>) -> Result<(Array2<f32>, Array2<f32>)> {
        let (x, z) = (faer_view(x), faer_view(z));
        let scale = 1.0 / x.nrows().max(1) as f64;
        let of_source = Whitening::of(x.transpose() * x * faer::Scale(scale), self.ridge)?;
        let of_target = Whitening::of(z.transpose() * z * faer::Scale(scale), self.ridge)?;
        let cross = &of_source.whiten * (x.transpose() * z * faer::Scale(scale)) * &of_target.whiten;
        let decomposition = || Error::Decomposition { rows: cross.nrows(), columns: cross.ncols() };
        let svd = cross.thin_svd().map_err(|_| decomposition())?;
        let weights: Vec<f64> =
            svd.S().column_vector().iter().map(|s| s.max(0.0).powf(self.reweight)).collect();
        Ok((
            of_source.matrix(svd.U(), &weights, self.dewhiten),
            of_target.matrix(svd.V(), &weights, self.dewhiten),
        ))
    }
}

/// What makes the covariance of one side the identity, and what undoes it: both d × d and symmetric.
struct Whitening {
    whiten: Mat<f64>,
    undo: Mat<f64>,
}

impl Whitening {
    fn of(covariance: Mat<f64>, ridge: f64) -> Result<Self> {
        let variances = Symmetric::of(covariance.as_ref())?;
        let mean = variances.mean();
        // Without a ridge, a direction without variance would be divided by zero.
        let least = (mean * 1e-9).max(f64::MIN_POSITIVE);
        let power = |power: f64| variances.with(|variance| (variance + ridge * mean).max(least).powf(power));
        Ok(Self { whiten: power(-0.5), undo: power(0.5) })
    }

    /// whiten · axes · weights, and after it axesᵀ · undo · axes if the whitening is to be undone.
    fn matrix(&self, axes: faer::MatRef<'_, f64>, weights: &[f64], undo: bool) -> Array2<f32> {
        let rotated = &self.whiten * axes;
        let weighted = Mat::from_fn(rotated.nrows(), rotated.ncols(), |i, j| rotated[(i, j)] * weights[j]);
        match undo {
            true => to_array((weighted * (axes.transpose() * &self.undo * axes)).as_ref()),
            false => to_array(weighted.as_ref()),
        }
    }
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
    fn a_rotation_is_undone() {
        let x = random(500, 8, 1).dot(&random(8, 8, 2));
        let turned = random(8, 8, 3);
        let svd = faer_view(turned.view()).thin_svd().unwrap();
        let rotation = svd.U() * svd.V().transpose();
        let z = x.dot(&Array2::from_shape_fn((8, 8), |(i, j)| rotation[(i, j)]));
        let (source, target) = MultiStep::default().fit_rows(x.view(), z.view()).unwrap();
        let (x, z) = (x.dot(&source.mapv(f64::from)), z.dot(&target.mapv(f64::from)));
        let largest = x.iter().fold(0.0, |largest: f64, value| largest.max(value.abs()));
        assert!(x.iter().zip(&z).all(|(a, b)| (a - b).abs() < 1e-4 * largest));
    }

    #[test]
    fn few_seeds_and_two_dimensions_give_finite_matrices() {
        for (n, ridge) in [(1, 0.0), (2, 0.1), (3, 0.0), (40, 0.1)] {
            let method = MultiStep { reweight: 0.5, ridge, ..MultiStep::default() };
            let (source, target) = method.fit_rows(random(n, 12, 4).view(), random(n, 9, 5).view()).unwrap();
            assert_eq!((source.dim(), target.dim()), ((12, 9), (9, 9)));
            assert!(source.iter().chain(&target).all(|value| value.is_finite()), "{n} {ridge}");
        }
    }
}
