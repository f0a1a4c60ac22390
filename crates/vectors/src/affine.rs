//! Rows and where a map leads them in, the affine map that comes nearest to it in direction out.
//!
//! x ↦ x·A + b commutes with taking a mean, which a map that normalises does not. A is fitted by least squares, and since cosines
//! do not see lengths, images may be of any: in turn, A and b are fitted to images of given lengths, and each image is given
//! the length at which the fit comes nearest to it. This begins with the images as they are, so a map that is affine is found
//! exactly. Without the free lengths the fit spends itself on them: they change at random where the map divides by a length.

use faer::linalg::solvers::{PartialPivLu, Solve};
use ndarray::{Array1, Array2, ArrayView2, Axis, Zip};

use crate::map::{faer_view, multiply};

/// Three serve for trained vectors; those whose lengths differ more take longer.
const ROUNDS: usize = 10;

/// What is added to each variance, in units of their mean: directions that no row has then have no weight either.
const RIDGE: f64 = 1e-8;

/// x ↦ x·A + b, with A of d × d′ and b of d′ values.
pub(crate) struct AffineMap {
    matrix: Array2<f32>,
    offset: Array1<f32>,
}

impl AffineMap {
    /// The map that leads `rows` (n × d) nearest to the directions of `images` (n × d′).
    pub(crate) fn fit(rows: &Array2<f64>, images: &Array2<f64>) -> Self {
        let centre = mean(rows);
        let centred = rows - &centre;
        let variances = decomposed_variances(&centred);
        let fit = |targets: &Array2<f64>| {
            let weights = solve(&variances, centred.t().dot(targets).view());
            (weights, mean(targets))
        };
        let (mut weights, mut level) = fit(images);
        for _ in 1..ROUNDS {
            let found = centred.dot(&weights) + &level;
            (weights, level) = fit(&nearest_lengths(images, &found));
        }
        let offset = level - centre.dot(&weights);
        Self { matrix: weights.mapv(|weight| weight as f32), offset: offset.mapv(|value| value as f32) }
    }

    /// Maps every row of `rows` (n × d) to one of d′ values.
    pub(crate) fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        multiply(rows, self.matrix.view()) + &self.offset
    }
}

/// `images`, each of the length at which it is nearest to its row of `found`; on average as long as they were.
fn nearest_lengths(images: &Array2<f64>, found: &Array2<f64>) -> Array2<f64> {
    // No length of a row of zeros is nearer than another, and 0/0 is not above 0.
    let scale = |image: f64, along: f64| (along / image).max(0.0);
    let scales = Zip::from(images.rows())
        .and(found.rows())
        .map_collect(|image, found| scale(image.dot(&image), image.dot(&found)));
    match scales.mean() {
        Some(mean) if mean > 0.0 => images * &(scales / mean).insert_axis(Axis(1)),
        _ => images.clone(),
    }
}

fn mean(rows: &Array2<f64>) -> Array1<f64> {
    rows.sum_axis(Axis(0)) / rows.nrows().max(1) as f64
}

fn decomposed_variances(centred: &Array2<f64>) -> PartialPivLu<f64> {
    let mut variances = centred.t().dot(centred);
    let d = variances.nrows().max(1) as f64;
    let ridge = (variances.diag().sum() / d * RIDGE).max(f64::MIN_POSITIVE);
    variances.diag_mut().mapv_inplace(|variance| variance + ridge);
    faer_view(variances.view()).partial_piv_lu()
}

fn solve(variances: &PartialPivLu<f64>, right: ArrayView2<'_, f64>) -> Array2<f64> {
    let solution = variances.solve(faer_view(right));
    Array2::from_shape_fn(right.dim(), |(i, j)| solution[(i, j)])
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(n: usize, d: usize, first: usize) -> Array2<f64> {
        Array2::from_shape_fn((n, d), |(i, j)| {
            ((first + i * 31 + j * 17 + i * i * j) % 101) as f64 / 50.0 - 0.9
        })
    }

    fn cosines(fitted: &AffineMap, rows: &Array2<f64>, images: &Array2<f64>) -> Vec<f64> {
        let found = fitted.apply(rows.mapv(|value| value as f32).view()).mapv(f64::from);
        let pairs = found.rows().into_iter().zip(images.rows());
        pairs.map(|(a, b)| a.dot(&b) / (a.dot(&a) * b.dot(&b)).sqrt()).collect()
    }

    #[test]
    fn an_affine_map_is_found() {
        let (matrix, offset) = (rows(5, 3, 7), rows(1, 3, 40));
        let image = |rows: &Array2<f64>| rows.dot(&matrix) + &offset;
        let fitted = AffineMap::fit(&rows(60, 5, 1), &image(&rows(60, 5, 1)));
        let unseen = rows(20, 5, 5);
        let difference =
            fitted.apply(unseen.mapv(|value| value as f32).view()).mapv(f64::from) - image(&unseen);
        assert!(difference.iter().all(|value| value.abs() < 1e-5), "{difference}");
    }

    #[test]
    fn lengths_are_free() {
        let (matrix, offset) = (rows(5, 5, 7), rows(1, 5, 40));
        let image = |rows: &Array2<f64>| {
            let mut images = rows.dot(&matrix) + &offset;
            images.rows_mut().into_iter().for_each(|mut row| row /= row.dot(&row).sqrt());
            images
        };
        let fitted = AffineMap::fit(&rows(90, 5, 1), &image(&rows(90, 5, 1)));
        let unseen = rows(20, 5, 5);
        let cosines = cosines(&fitted, &unseen, &image(&unseen));
        assert!(cosines.iter().all(|cosine| *cosine > 0.98), "{cosines:?}");
    }

    #[test]
    fn little_to_fit_on_gives_finite_maps() {
        for n in [0, 1, 2] {
            for (rows, images) in
                [(rows(n, 4, 1), rows(n, 2, 3)), (Array2::zeros((n, 4)), Array2::zeros((n, 2)))]
            {
                let fitted = AffineMap::fit(&rows, &images);
                assert!(fitted.matrix.iter().chain(&fitted.offset).all(|value| value.is_finite()));
            }
        }
    }
}
