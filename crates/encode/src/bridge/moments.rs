//! Rows of two sides in, the sums that an affine map from one to the other is fitted on out.
//!
//! Sums of parts add up, so that cross-validation goes through the rows once.

use faer::Side;
use ndarray::{Array1, Array2, ArrayView2, Axis};
use wordferry_vectors::map::{faer_view, multiply};

use crate::{Error, Result};

/// Directions of less variance, in units of the largest, are taken for none.
const LEAST_VARIANCE: f64 = 1e-12;

/// Sums over n pairs of rows x (of d values) and y (of D values).
#[derive(Clone)]
pub(super) struct Moments {
    n: f64,
    x: Array1<f64>,
    y: Array1<f64>,
    /// Σ x xᵀ, d × d.
    xx: Array2<f64>,
    /// Σ x yᵀ, d × D.
    xy: Array2<f64>,
    /// Σ ‖y‖².
    yy: f64,
}

/// x ↦ x·W + b, with W of d × D and b of D values.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Affine {
    pub(super) matrix: Array2<f64>,
    pub(super) offset: Array1<f64>,
}

impl Affine {
    /// Maps rows (n × d) to images (n × D).
    pub(super) fn apply(&self, rows: &Array2<f32>) -> Array2<f32> {
        let matrix = self.matrix.mapv(|value| value as f32);
        multiply(rows.view(), matrix.view()) + &self.offset.mapv(|value| value as f32)
    }
}

impl Moments {
    /// The sums of these rows, n × d and n × D.
    pub(super) fn of(x: ArrayView2<'_, f32>, y: ArrayView2<'_, f32>) -> Self {
        let (x, y) = (x.mapv(f64::from), y.mapv(f64::from));
        Self {
            n: x.nrows() as f64,
            x: x.sum_axis(Axis(0)),
            y: y.sum_axis(Axis(0)),
            xx: x.t().dot(&x),
            xy: x.t().dot(&y),
            yy: y.iter().map(|value| value * value).sum(),
        }
    }

    fn plus(&self, other: &Self) -> Self {
        Self {
            n: self.n + other.n,
            x: &self.x + &other.x,
            y: &self.y + &other.y,
            xx: &self.xx + &other.xx,
            xy: &self.xy + &other.xy,
            yy: self.yy + other.yy,
        }
    }

    /// The sums of all of these.
    pub(super) fn total<'a>(mut parts: impl Iterator<Item = &'a Self>) -> Option<Self> {
        let first = parts.next()?.clone();
        Some(parts.fold(first, |sum, part| sum.plus(part)))
    }

    /// Ridge regression (Hoerl and Kennard 1970): for each λ the W and b that minimise Σ ‖y − xW − b‖² + n λ v̄ ‖W‖², v̄ the
    /// mean variance of a value of x.
    ///
    /// # Errors
    /// If the decomposition does not converge.
    pub(super) fn ridge(&self, ridges: &[f64]) -> Result<Vec<Affine>> {
        let variances = self.xx_centred();
        let d = variances.nrows();
        let decomposed = faer_view(variances.view()).self_adjoint_eigen(Side::Lower);
        let decomposed = decomposed.map_err(|_| not_converged(d, d))?;
        let axes = Array2::from_shape_fn((d, d), |(i, j)| decomposed.U()[(i, j)]);
        let values: Array1<f64> = decomposed.S().column_vector().iter().copied().collect();
        let (mean, least) =
            (values.sum() / d.max(1) as f64, values.last().map_or(0.0, |v| v * LEAST_VARIANCE));
        let projected = axes.t().dot(&self.xy_centred());
        let with = |ridge: &f64| {
            let inverse = |value: f64| if value > least { (value + ridge * mean).recip() } else { 0.0 };
            let scales = values.mapv(inverse).insert_axis(Axis(1));
            self.affine(axes.dot(&(&projected * &scales)))
        };
        Ok(ridges.iter().map(with).collect())
    }

    /// Procrustes with a scale (Schönemann and Carroll 1970): the rotation, scaled and shifted, that minimises Σ ‖y − sxR − b‖². From fewer
    /// values into more, rows of R are orthonormal; from more into fewer, columns are.
    ///
    /// # Errors
    /// If the decomposition does not converge.
    pub(super) fn procrustes(&self) -> Result<Affine> {
        let (products, variances) = (self.xy_centred(), self.xx_centred());
        let svd = faer_view(products.view()).thin_svd();
        let svd = svd.map_err(|_| not_converged(products.nrows(), products.ncols()))?;
        let rotation = svd.U() * svd.V().transpose();
        let rotation = Array2::from_shape_fn(products.dim(), |(i, j)| rotation[(i, j)]);
        let along = (&rotation * &products).sum();
        let length = (&variances.dot(&rotation) * &rotation).sum();
        let scale = if length > 0.0 { along / length } else { 0.0 };
        Ok(self.affine(rotation * scale))
    }

    /// Σ ‖y − xW − b‖² of these pairs by a map fitted on others.
    pub(super) fn error_of(&self, map: &Affine) -> f64 {
        let Affine { matrix, offset } = map;
        let squares = (&self.xx.dot(matrix) * matrix).sum();
        let along = (&self.xy * matrix).sum();
        let image = self.x.dot(matrix);
        self.yy + squares + self.n * offset.dot(offset)
            - 2.0 * (along + offset.dot(&self.y) - offset.dot(&image))
    }

    /// The map of this matrix that leads the mean of x to the mean of y.
    fn affine(&self, matrix: Array2<f64>) -> Affine {
        let offset = (&self.y - &self.x.dot(&matrix)) / self.n.max(1.0);
        Affine { matrix, offset }
    }

    fn xx_centred(&self) -> Array2<f64> {
        &self.xx - &outer(&self.x, &self.x, self.n)
    }

    fn xy_centred(&self) -> Array2<f64> {
        &self.xy - &outer(&self.x, &self.y, self.n)
    }
}

/// a bᵀ / n.
fn outer(a: &Array1<f64>, b: &Array1<f64>, n: f64) -> Array2<f64> {
    Array2::from_shape_fn((a.len(), b.len()), |(i, j)| a[i] * b[j] / n.max(1.0))
}

fn not_converged(rows: usize, columns: usize) -> Error {
    Error::Decomposition { rows, columns }
}

#[cfg(test)]
mod tests {
    use ndarray::array;

    use super::*;

    fn rows(n: usize, d: usize, first: usize) -> Array2<f32> {
        Array2::from_shape_fn((n, d), |(i, j)| {
            ((first + i * 31 + j * 17 + i * i * j) % 101) as f32 / 50.0 - 0.9
        })
    }

    fn check(found: &Affine, matrix: &Array2<f64>, offset: &Array1<f64>) {
        let differences = (&found.matrix - matrix).into_iter().chain(&found.offset - offset);
        let worst = differences.fold(0.0, |worst: f64, difference| worst.max(difference.abs()));
        assert!(worst < 1e-5, "{found:?}");
    }

    fn image(x: &Array2<f32>, matrix: &Array2<f64>, offset: &Array1<f64>) -> Array2<f32> {
        (x.mapv(f64::from).dot(matrix) + offset).mapv(|value| value as f32)
    }

    #[test]
    fn ridge_has_its_closed_form() {
        // One value: W = Σ xy / (Σ x² + n λ v̄) of centred rows, v̄ their variance: slope 2 shrunk by 1 + λ.
        let (x, y) = (array![[0.0], [1.0], [2.0], [5.0]], array![[3.0], [5.0], [7.0], [13.0]]);
        let found = Moments::of(x.view(), y.view()).ridge(&[0.0, 1.0]).unwrap();
        check(&found[0], &array![[2.0]], &array![3.0]);
        check(&found[1], &array![[1.0]], &array![5.0]);
    }

    #[test]
    fn any_affine_map_is_found() {
        let x = rows(60, 4, 1);
        let (matrix, offset) = (rows(4, 3, 9).mapv(f64::from), array![1.0, -2.0, 0.5]);
        let moments = Moments::of(x.view(), image(&x, &matrix, &offset).view());
        let found = &moments.ridge(&[0.0]).unwrap()[0];
        check(found, &matrix, &offset);
        assert!(moments.error_of(found) < 1e-8);
    }

    #[test]
    fn a_scaled_rotation_is_found_into_more_values_too() {
        let x = rows(60, 2, 1);
        let offset = array![1.0, -2.0, 0.5];
        for matrix in [array![[0.0, 3.0, 0.0], [-3.0, 0.0, 0.0]], array![[0.0, 0.0, 2.0], [0.0, 2.0, 0.0]]] {
            let moments = Moments::of(x.view(), image(&x, &matrix, &offset).view());
            check(&moments.procrustes().unwrap(), &matrix, &offset);
        }
    }

    #[test]
    fn errors_are_those_of_the_rows() {
        let (x, y) = (rows(20, 4, 1), rows(20, 3, 5));
        let map = &Moments::of(rows(9, 4, 2).view(), rows(9, 3, 8).view()).ridge(&[0.1]).unwrap()[0];
        let expected =
            (y.mapv(f64::from) - image(&x, &map.matrix, &map.offset).mapv(f64::from)).mapv(|e| e * e).sum();
        let found = Moments::of(x.view(), y.view()).error_of(map);
        assert!((found - expected).abs() < 1e-4, "{found}, expected {expected}");
    }

    #[test]
    fn parts_add_up_and_little_to_fit_on_gives_finite_maps() {
        let (x, y) = (rows(3, 4, 1), rows(3, 2, 5));
        let part = |i: usize| Moments::of(x.slice(ndarray::s![i..=i, ..]), y.slice(ndarray::s![i..=i, ..]));
        let parts = [part(0), part(1), part(2)];
        let whole = Moments::total(parts.iter()).unwrap();
        assert_eq!(whole.n, 3.0);
        for moments in [whole, part(0), Moments::of(Array2::zeros((5, 4)).view(), rows(5, 2, 1).view())] {
            for map in moments.ridge(&[0.0, 0.1]).unwrap().into_iter().chain(moments.procrustes()) {
                assert!(map.matrix.iter().chain(&map.offset).all(|value| value.is_finite()));
            }
        }
    }
}
