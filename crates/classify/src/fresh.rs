//! Rows that were held out in, rows as those of fresh texts out.
//!
//! An encoder that counted the n-grams of all training texts knows those that occur in a held-out text alone, and they take their part of the
//! row's length; of a fresh text it knows none of that kind. Scores of held-out rows would be nearer to 0 than those of fresh ones.

use wordferry_vectors::{Block, Features, SparseRows};

/// The same features without the sparse columns that none of `rows` has; each row keeps its length in each block.
pub(crate) fn as_fresh(features: &Features, rows: &[u32]) -> Features {
    let is_sparse = |block: &Block| matches!(block, Block::Sparse(_));
    if !features.blocks().iter().any(is_sparse) {
        return features.clone();
    }
    Features::beside(features.blocks().iter().map(|block| match block {
        Block::Dense(values) => Features::from(values.clone()),
        Block::Sparse(values) => known_from(values, rows).into(),
    }))
}

fn known_from(values: &SparseRows, rows: &[u32]) -> SparseRows {
    let mut is_known = vec![false; values.n_columns()];
    for &row in rows {
        values.row(row as usize).0.iter().for_each(|&column| is_known[column as usize] = true);
    }
    let length = |values: &[(u32, f32)]| values.iter().map(|(_, value)| value * value).sum::<f32>().sqrt();
    let mut known = SparseRows::new(values.n_columns());
    for row in 0..values.n_rows() {
        let (columns, values) = values.row(row);
        let all: Vec<(u32, f32)> = columns.iter().copied().zip(values.iter().copied()).collect();
        let kept: Vec<(u32, f32)> =
            all.iter().copied().filter(|(column, _)| is_known[*column as usize]).collect();
        let factor = length(&all) / length(&kept).max(f32::MIN_POSITIVE);
        known.push(kept.into_iter().map(|(column, value)| (column, value * factor)));
    }
    known
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
        let found = as_fresh(&features, &[1]);
        assert_eq!(found.entries(0).collect::<Vec<_>>(), [(0, 5.0), (3, 7.0)]);
        assert_eq!(found.entries(2).collect::<Vec<_>>(), [(3, 9.0)]);
        assert_eq!(as_fresh(&features, &[0, 1, 2]), features);
    }
}
