//! Rows that were held out in, rows as those of fresh texts out.
//!
//! An encoder that counted the n-grams of all training texts knows those that occur in held-out texts alone, and they take their part of the
//! rows' length; of a fresh text it knows none of that kind. Scores of held-out rows would be nearer to 0 than those of fresh ones.

use ndarray::Axis;
use wordferry_vectors::{Block, Features, SparseRows};

use crate::examples::indices;

/// Some rows of features, without the sparse columns that are known from them alone: none of the `others` has them, nor was any other text counted.
/// Each row keeps its length in each block, unless nothing of it is known.
pub(crate) fn as_fresh(features: &Features, rows: &[u32], others: &[u32]) -> Features {
    Features::beside(features.blocks().iter().map(|block| match block {
        Block::Dense(values) => values.select(Axis(0), &indices(rows)).into(),
        Block::Sparse(values) => known_from(values, rows, others).into(),
    }))
}

fn known_from(values: &SparseRows, rows: &[u32], others: &[u32]) -> SparseRows {
    let n_with = |rows: &[u32]| {
        let mut counts = vec![0u64; values.n_columns()];
        for &row in rows {
            values.row(row as usize).0.iter().for_each(|&column| counts[column as usize] += 1);
        }
        counts
    };
    let (here, there) = (n_with(rows), n_with(others));
    let is_known = |column: u32| {
        let column = column as usize;
        there[column] > 0 || values.n_with().is_some_and(|all| all[column] > here[column])
    };
    let mut known = SparseRows::new(values.n_columns());
    for &row in rows {
        let (columns, all) = values.row(row as usize);
        let kept = columns.iter().zip(all).filter(|(column, _)| is_known(**column));
        let of_kept = length(kept.clone().map(|(_, value)| value));
        let factor = if of_kept > 0.0 { (length(all.iter()) / of_kept) as f32 } else { 1.0 };
        known.push(kept.map(|(&column, &value)| (column, value * factor)));
    }
    known
}

fn length<'a>(values: impl Iterator<Item = &'a f32>) -> f64 {
    values.map(|&value| f64::from(value).powi(2)).sum::<f64>().sqrt()
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

    #[test]
    fn what_other_texts_had_is_known() {
        let mut sparse = SparseRows::new(3);
        sparse.push([(0, 3.0), (1, 4.0), (2, 0.0)]);
        sparse.push([(2, 1.0)]);
        // The second column was found in a text that is not here.
        let features = Features::from(sparse.counted(&[1, 2, 2].into()));
        assert_eq!(as_fresh(&features, &[0], &[1]).entries(0).collect::<Vec<_>>(), [(1, 5.0), (2, 0.0)]);
    }
}
