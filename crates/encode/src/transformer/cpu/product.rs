//! A product by itself, so that the forward pass can be measured against it.

use ndarray::{Array2, ArrayView2};
use rayon::prelude::*;

use super::Precision;
use super::linear::{Linear, Then};

/// Rows that a core takes at a time.
const ROWS_PER_TASK: usize = 192;

/// A matrix laid out for the products that a transformer is computed with on the processor.
pub struct Product {
    weights: Linear,
    n_out: usize,
}

impl Product {
    /// Lays out weights, *n_out × n_in*.
    pub fn new(weights: ArrayView2<'_, f32>, precision: Precision) -> Self {
        let n_out = weights.nrows();
        Self { weights: Linear::new(weights, &vec![0.0; n_out], precision), n_out }
    }

    /// *x Wᵀ* on all cores, *n × n_out*.
    ///
    /// # Panics
    /// If the rows have another number of columns than the weights.
    pub fn apply(&self, rows: ArrayView2<'_, f32>) -> Array2<f32> {
        assert_eq!(rows.ncols(), self.weights.n_in(), "as many columns as the weights have");
        let (rows, n) = (rows.as_standard_layout(), rows.nrows());
        let mut outputs = vec![0.0; n * self.n_out];
        if !outputs.is_empty() && rows.ncols() > 0 {
            let rows = rows.as_slice().expect("rows that lie one after the other");
            let rows = rows.par_chunks(ROWS_PER_TASK * self.weights.n_in());
            let outputs = outputs.par_chunks_mut(ROWS_PER_TASK * self.n_out);
            rows.zip(outputs).for_each(|(rows, outputs)| self.weights.apply(rows, outputs, Then::Set));
        }
        Array2::from_shape_vec((n, self.n_out), outputs).expect("a row a row")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_that_of_ndarray() {
        for (n, n_in, n_out) in [(500, 17, 5), (1, 1, 1), (0, 3, 2), (3, 0, 2), (3, 2, 0)] {
            let rows = Array2::from_shape_fn((n, n_in), |(i, j)| ((i * 7 + j * 3) % 11) as f32 - 5.0);
            let weights = Array2::from_shape_fn((n_out, n_in), |(i, j)| ((i * 5 + j * 2) % 7) as f32 - 3.0);
            // Of whole numbers, sums are exact in any order.
            let found = Product::new(weights.view(), Precision::F32).apply(rows.view());
            assert_eq!(found, rows.dot(&weights.t()));
        }
    }
}
