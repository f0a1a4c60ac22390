//! Sparse rows in, the directions of their largest share out.
//!
//! Subspace iteration from random signs (Halko, Martinsson and Tropp 2011): X and its transpose are multiplied by a few columns
//! at a time, and the matrix of all products is never made.

use faer::Side;
use ndarray::{Array1, Array2, ArrayViewMut1};
use rand::{Rng, SeedableRng};
use rand_chacha::ChaCha8Rng;
use rayon::prelude::*;
use wordferry_vectors::map::{faer_view, multiply};
use wordferry_vectors::normalise::sum_of_products;
use wordferry_vectors::{Features, SparseRows};

/// Columns beyond those that are asked for: they catch what the others have not found yet.
const SPARE: usize = 10;
const ROUNDS: usize = 5;
/// Singular values below this share of the largest are rounding's.
const LEAST_SHARE: f64 = 1e-4;
const SEED: u64 = 42;

/// The first `k` right singular vectors of features (n × d), or fewer if there are no more: d × k. A vector's sign is the one that makes
/// its largest value positive.
pub(super) fn principal_directions(features: &Features, k: usize) -> Array2<f32> {
    let (n, d) = (features.n_rows(), features.n_columns());
    let transposed = transposed(features);
    let n_columns = (k + SPARE).min(n).min(d);
    let mut rng = ChaCha8Rng::seed_from_u64(SEED);
    let sign = || if rng.random::<bool>() { 1.0 } else { -1.0 };
    let mut of_rows = orthonormal(Array2::from_shape_simple_fn((n, n_columns), sign));
    for _ in 0..ROUNDS {
        let of_columns = times(&transposed, &of_rows);
        of_rows = orthonormal(times_features(features, &of_columns));
    }
    let of_columns = times(&transposed, &of_rows);
    turned(&of_columns, k)
}

/// What spans the same as the columns of `spanning` (d × l), of the largest length first, each of unit length: d × k.
fn turned(spanning: &Array2<f32>, k: usize) -> Array2<f32> {
    let l = spanning.ncols();
    let products = sum_of_products(spanning);
    let Ok(decomposed) = faer_view(products.view()).self_adjoint_eigen(Side::Lower) else {
        return Array2::zeros((spanning.nrows(), 0));
    };
    // Eigenvalues ascend.
    let lengths: Vec<f64> =
        decomposed.S().column_vector().iter().rev().map(|value| value.max(0.0).sqrt()).collect();
    let least = LEAST_SHARE * lengths.first().copied().unwrap_or(0.0);
    let k = lengths.iter().take(k).take_while(|&&length| length > least).count();
    let turn = Array2::from_shape_fn((l, k), |(i, j)| (decomposed.U()[(i, l - 1 - j)] / lengths[j]) as f32);
    let mut found = multiply(spanning.view(), turn.view());
    found.columns_mut().into_iter().for_each(with_its_sign);
    found
}

fn with_its_sign(mut column: ArrayViewMut1<'_, f32>) {
    let largest = column.iter().fold(0.0_f32, |a, b| if b.abs() > a.abs() { *b } else { a });
    if largest < 0.0 {
        column.mapv_inplace(|value| -value);
    }
}

/// Xᵀ of sparse features.
fn transposed(features: &Features) -> SparseRows {
    let mut of_column: Vec<Vec<(u32, f32)>> = vec![Vec::new(); features.n_columns()];
    for row in 0..features.n_rows() {
        features.entries(row).for_each(|(column, value)| of_column[column].push((row as u32, value)));
    }
    let mut all = SparseRows::new(features.n_rows());
    of_column.into_iter().for_each(|entries| all.push(entries));
    all
}

/// A product of sparse rows (n × d) and a matrix (d × l), n × l, each row by one thread.
fn times(rows: &SparseRows, matrix: &Array2<f32>) -> Array2<f32> {
    product(rows.n_rows(), matrix, |row, add| {
        let (columns, values) = rows.row(row);
        columns.iter().zip(values).for_each(|(&column, &value)| add(column as usize, value));
    })
}

fn times_features(features: &Features, matrix: &Array2<f32>) -> Array2<f32> {
    product(features.n_rows(), matrix, |row, add| {
        features.entries(row).for_each(|(column, value)| add(column, value));
    })
}

fn product(
    n_rows: usize,
    matrix: &Array2<f32>,
    entries: impl Fn(usize, &mut dyn FnMut(usize, f32)) + Sync,
) -> Array2<f32> {
    let l = matrix.ncols();
    let mut all = Array2::zeros((n_rows, l));
    if l > 0 {
        let rows = all.as_slice_mut().expect("a new matrix is in standard layout");
        rows.par_chunks_mut(l).enumerate().for_each(|(row, out)| {
            let mut out = ndarray::aview_mut1(out);
            entries(row, &mut |column, value| out.scaled_add(value, &matrix.row(column)));
        });
    }
    all
}

/// Columns that span the same and are of unit length and at right angles to each other (Gram and Schmidt, twice); zeros for one that adds
/// nothing.
fn orthonormal(matrix: Array2<f32>) -> Array2<f32> {
    let mut columns: Vec<Array1<f64>> =
        matrix.columns().into_iter().map(|column| column.mapv(f64::from)).collect();
    for at in 0..columns.len() {
        let (before, rest) = columns.split_at_mut(at);
        let column = &mut rest[0];
        let length = column.dot(column).sqrt();
        for _ in 0..2 {
            for other in &*before {
                let shared = column.dot(other);
                column.scaled_add(-shared, other);
            }
        }
        let left = column.dot(column).sqrt();
        let factor = if left > 1e-6 * length { 1.0 / left } else { 0.0 };
        column.mapv_inplace(|value| factor * value);
    }
    Array2::from_shape_fn(matrix.dim(), |(row, column)| columns[column][row] as f32)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_largest_directions_are_found() {
        // X = Σ σ u vᵀ with known directions v: columns 0 and 1 together, then column 2, then column 3.
        let rows = [[3.0, 3.0, 0.0, 0.0], [3.0, 3.0, 0.0, 0.0], [0.0, 0.0, 4.0, 0.0], [0.0, 0.0, 0.0, 1.0]];
        let mut sparse = SparseRows::new(4);
        for row in rows {
            sparse.push((0..4).zip(row).filter(|(_, value)| *value != 0.0));
        }
        let found = principal_directions(&sparse.into(), 3);
        let half = 0.5_f32.sqrt();
        let expected = ndarray::array![[half, 0.0, 0.0], [half, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]];
        assert!((&found - &expected).iter().all(|difference| difference.abs() < 1e-4), "{found}");
    }

    #[test]
    fn there_are_no_more_directions_than_the_rank() {
        let mut sparse = SparseRows::new(3);
        (0..5).for_each(|row| sparse.push([(0, 1.0 + row as f32), (2, 2.0 + 2.0 * row as f32)]));
        assert_eq!(principal_directions(&sparse.into(), 9).dim(), (3, 1));
        assert_eq!(principal_directions(&SparseRows::new(0).into(), 9).dim(), (0, 0));
    }
}
