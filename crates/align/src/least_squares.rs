//! Least squares (Mikolov, Le and Sutskever 2013) and ridge regression (Dinu, Lazaridou and Baroni 2015): the linear map that
//! brings the target's seeds nearest to the source's, without any restriction.

use ndarray::ArrayView2;
use wordferry_vectors::WordId;
use wordferry_vectors::map::faer_view;

use crate::symmetric::{Symmetric, gather, to_array};
use crate::{Aligner, Matrices, Result};

/// The map W that minimises ‖Z W − X‖² + n λ v̄ ‖W‖² for X and Z the seeds' source and target rows and v̄ the mean variance of a
/// dimension of Z. It joins sides of different dimensions.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct LeastSquares {
    /// λ; 0 for plain least squares, whose shortest solution is taken where there are many.
    pub ridge: f64,
}

impl LeastSquares {
    /// A ridge that served English to Spanish and German well.
    pub const RIDGE: Self = Self { ridge: 0.3 };
}

impl Aligner for LeastSquares {
    fn name(&self) -> &str {
        if self.ridge > 0.0 { "ridge" } else { "least-squares" }
    }

    fn fit(
        &self,
        source: ArrayView2<'_, f32>,
        target: ArrayView2<'_, f32>,
        seeds: &[(WordId, WordId)],
    ) -> Result<Matrices> {
        let x = gather(source, seeds.iter().map(|pair| pair.0));
        let z = gather(target, seeds.iter().map(|pair| pair.1));
        let (x, z) = (faer_view(x.view()), faer_view(z.view()));
        let products = Symmetric::of((z.transpose() * z).as_ref())?;
        let ridge = self.ridge * products.mean();
        let least = products.values.last().copied().unwrap_or(0.0) * 1e-9;
        let inverse = products.with(|value| if value > least { (value + ridge).recip() } else { 0.0 });
        Ok(Matrices { source: None, target: Some(to_array((inverse * (z.transpose() * x)).as_ref())) })
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::{Array2, array};

    fn seeds(n: u32) -> Vec<(WordId, WordId)> {
        (0..n).map(|i| (WordId(i), WordId(i))).collect()
    }

    #[test]
    fn any_linear_map_is_found() {
        let z = Array2::from_shape_fn((30, 3), |(i, j)| ((i * 7 + j * 5) % 11) as f32 - 5.0);
        let map = array![[1.0, -2.0], [0.5, 0.0], [3.0, 1.0]];
        let x = z.dot(&map);
        let found = LeastSquares::default().fit(x.view(), z.view(), &seeds(30)).unwrap();
        let found = found.target.unwrap();
        assert!((&found - &map).iter().all(|difference: &f32| difference.abs() < 1e-4), "{found}");
        let shrunk = LeastSquares { ridge: 10.0 }.fit(x.view(), z.view(), &seeds(30)).unwrap();
        let length = |map: &Array2<f32>| map.iter().map(|value| value * value).sum::<f32>();
        assert!(length(&shrunk.target.unwrap()) < length(&found));
    }

    #[test]
    fn few_seeds_give_finite_maps() {
        let z = array![[1.0, 2.0, 3.0], [2.0, 4.0, 6.0]];
        for method in [LeastSquares::default(), LeastSquares::RIDGE] {
            let found = method.fit(z.view(), z.view(), &seeds(2)).unwrap();
            assert!(found.target.unwrap().iter().all(|value| value.is_finite()));
        }
    }
}
