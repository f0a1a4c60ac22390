//! Rows that were held out in, rows as those of fresh texts out.
//!
//! An encoder that counted the n-grams of all training texts knows those that occur in a held-out text alone, and they take their part of the
//! row's length; of a fresh text it knows none of that kind. Scores of held-out rows would be nearer to 0 than those of fresh ones.

use ndarray::Axis;
use wordferry_vectors::{Block, Features, SparseRows};

use crate::examples::indices;

/// Some rows of features, without the sparse columns that none of the `others` has; each row keeps its length in each block.
pub(crate) fn as_fresh(features: &Features, rows: &[u32], others: &[u32]) -> Features {
    Features::beside(features.blocks().iter().map(|block| match block {
        Block::Dense(values) => values.select(Axis(0), &indices(rows)).into(),
        Block::Sparse(values) => known_from(values, rows, others).into(),
    }))
}

fn known_from(values: &SparseRows, rows: &[u32], others: &[u32]) -> SparseRows {
    let mut is_known = vec![false; values.n_columns()];
    for &other in others {
        values.row(other as usize).0.iter().for_each(|&column| is_known[column as usize] = true);
    }
    let mut known = SparseRows::new(values.n_columns());
    for &row in rows {
        let (columns, all) = values.row(row as usize);
        let kept = columns.iter().zip(all).filter(|(column, _)| is_known[**column as usize]);
        let factor = length(all.iter()) / length(kept.clone().map(|(_, value)| value)).max(f32::MIN_POSITIVE);
        known.push(kept.map(|(&column, &value)| (column, value * factor)));
    }
    known
}

fn length<'a>(values: impl Iterator<Item = &'a f32>) -> f32 {
    values.map(|value| value * value).sum::<f32>().sqrt()
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::array;

    #[test]
    fn what_a_row_alone_has_is_left_out() {
        let mut sparse = SparseRows::new(3);
        sparse.push([(0, 3.0), (1, 4.0)]);
        sparse.push([(0, 1.0)]);
        sparse.push([(2, 2.0)]);
        let features = Features::beside([sparse.into(), array![[7.0f32], [8.0], [9.0]].into()]);
        let found = as_fresh(&features, &[2, 0], &[1]);
        assert_eq!(found.n_rows(), 2);
        assert_eq!(found.entries(0).collect::<Vec<_>>(), [(3, 9.0)]);
        assert_eq!(found.entries(1).collect::<Vec<_>>(), [(0, 5.0), (3, 7.0)]);
        assert_eq!(as_fresh(&features, &[0, 1, 2], &[0, 1, 2]), features);
    }
}
