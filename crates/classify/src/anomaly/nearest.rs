//! Normal rows in, the mean distance to the nearest of them out.
//!
//! Products come tile by tile, so that memory grows with neither the number of rows nor that of threads beyond a tile each.

use ndarray::{Array2, ArrayView2, Axis};

use super::in_blocks;

/// Normal rows that a block of rows is multiplied with at a time.
const ROWS_PER_TILE: usize = 4096;

/// The normal rows.
#[derive(Clone, Debug)]
pub(super) struct Nearest {
    /// n × d
    rows: Array2<f32>,
    /// Their squared lengths, n.
    squares: Vec<f32>,
    k: usize,
}

impl Nearest {
    /// `k` is at least 1 and less than the number of rows.
    pub(super) fn new(rows: Array2<f32>, k: usize) -> Self {
        let squares = squares(rows.view());
        Self { rows, squares, k }
    }

    pub(super) fn scores(&self, features: ArrayView2<'_, f32>) -> Vec<f32> {
        in_blocks(features, |_, block| self.score_block(block, |_| None))
    }

    /// A row is no neighbour of itself here.
    pub(super) fn scores_of_own_rows(&self) -> Vec<f32> {
        in_blocks(self.rows.view(), |first, block| self.score_block(block, |i| Some(first + i)))
    }

    /// `own` tells which normal row is a row of the block itself.
    fn score_block(&self, block: ArrayView2<'_, f32>, own: impl Fn(usize) -> Option<usize>) -> Vec<f32> {
        let lengths = squares(block);
        let mut nearest = vec![Vec::with_capacity(self.k + 1); block.nrows()];
        for (tile, normal) in self.rows.axis_chunks_iter(Axis(0), ROWS_PER_TILE).enumerate() {
            let products = block.dot(&normal.t());
            for (i, (row, nearest)) in products.rows().into_iter().zip(&mut nearest).enumerate() {
                let own = own(i);
                for (j, product) in (tile * ROWS_PER_TILE..).zip(row) {
                    if Some(j) != own {
                        self.keep(nearest, lengths[i] + self.squares[j] - 2.0 * product);
                    }
                }
            }
        }
        let mean = |nearest: &Vec<f32>| {
            nearest.iter().map(|square| square.max(0.0).sqrt()).sum::<f32>() / nearest.len() as f32
        };
        nearest.iter().map(mean).collect()
    }

    /// Keeps the `k` smallest squares, in ascending order.
    fn keep(&self, nearest: &mut Vec<f32>, square: f32) {
        if nearest.len() == self.k && nearest[self.k - 1] <= square {
            return;
        }
        nearest.insert(nearest.partition_point(|&other| other <= square), square);
        nearest.truncate(self.k);
    }
}

fn squares(rows: ArrayView2<'_, f32>) -> Vec<f32> {
    rows.rows().into_iter().map(|row| row.dot(&row)).collect()
}
