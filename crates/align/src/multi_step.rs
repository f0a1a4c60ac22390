//! The multi-step map (Artetxe, Labaka and Agirre 2018, AAAI): whiten, rotate, re-weight, de-whiten.
//!
//! With X and Z the seed rows of source and target, each side is whitened by its own covariance on the seeds, both are
//! rotated by the singular value decomposition of their cross-covariance, U S Vᵀ, so that shared directions come first and
//! are as strongly correlated as S says; those directions are weighted by S to a power, and the whitening is undone in the
//! rotated axes. Unlike Procrustes it moves the source side, too, and joins sides of different dimensions.

use faer::{Mat, Side};
use ndarray::{Array2, ArrayView2, Axis};
use wordferry_vectors::WordId;
use wordferry_vectors::map::faer_view;
use wordferry_vectors::normalise::Step;

use crate::{Aligner, Error, Matrices, Result};

/// The multi-step map on unit, centred, unit rows.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MultiStep {
    /// The power of the correlations that directions are weighted by, on either side; 0 for none.
    pub reweight: f64,
    /// What is added to every variance before whitening, in units of their mean: it keeps directions that the seeds say little
    /// about from being blown up, and makes whitening possible with fewer seeds than dimensions.
    pub ridge: f64,
}

impl Default for MultiStep {
    fn default() -> Self {
        Self { reweight: 0.4, ridge: 0.1 }
    }
}

impl Aligner for MultiStep {
    fn name(&self) -> &str {
        "multistep"
    }

    fn normalisation(&self) -> &[Step] {
        &Step::UNIT_CENTRE_UNIT
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
        Ok((of_source.matrix(svd.U(), &weights), of_target.matrix(svd.V(), &weights)))
    }
}

/// What makes the covariance of one side the identity, and what undoes it: both d × d and symmetric.
struct Whitening {
    whiten: Mat<f64>,
    undo: Mat<f64>,
}

impl Whitening {
    fn of(covariance: Mat<f64>, ridge: f64) -> Result<Self> {
        let d = covariance.nrows();
        let decomposed = covariance.self_adjoint_eigen(Side::Lower);
        let decomposed = decomposed.map_err(|_| Error::Decomposition { rows: d, columns: d })?;
        let variances: Vec<f64> = decomposed.S().column_vector().iter().copied().collect();
        let mean = variances.iter().sum::<f64>() / d.max(1) as f64;
        // Without a ridge, a direction without variance would be divided by zero.
        let least = (mean * 1e-9).max(f64::MIN_POSITIVE);
        let power = |power: f64| {
            let axes = decomposed.U();
            let scaled = Mat::from_fn(d, d, |i, j| {
                axes[(i, j)] * (variances[j] + ridge * mean).max(least).powf(power)
            });
            scaled * axes.transpose()
        };
        Ok(Self { whiten: power(-0.5), undo: power(0.5) })
    }

    /// whiten · axes · weights · (axesᵀ · undo · axes).
    fn matrix(&self, axes: faer::MatRef<'_, f64>, weights: &[f64]) -> Array2<f32> {
        let rotated = &self.whiten * axes;
        let weighted = Mat::from_fn(rotated.nrows(), rotated.ncols(), |i, j| rotated[(i, j)] * weights[j]);
        let matrix = weighted * (axes.transpose() * &self.undo * axes);
        Array2::from_shape_fn((matrix.nrows(), matrix.ncols()), |(i, j)| matrix[(i, j)] as f32)
    }
}

/// The chosen rows, in double precision.
pub(crate) fn gather(matrix: ArrayView2<'_, f32>, rows: impl Iterator<Item = WordId>) -> Array2<f64> {
    let rows: Vec<usize> = rows.map(WordId::index).collect();
    matrix.select(Axis(0), &rows).mapv(f64::from)
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
            let method = MultiStep { reweight: 0.5, ridge };
            let (source, target) = method.fit_rows(random(n, 12, 4).view(), random(n, 9, 5).view()).unwrap();
            assert_eq!((source.dim(), target.dim()), ((12, 9), (9, 9)));
            assert!(source.iter().chain(&target).all(|value| value.is_finite()), "{n} {ridge}");
        }
    }
}
