//! How much a row of one domain tells of another.

use wordferry_vectors::{Features, Space};

use crate::{Examples, Head, Result, choose_l2, held_out_scores, softmax};

/// Weights below and above which a row would count for nothing, or for all.
const RANGE: (f32, f32) = (0.1, 10.0);

/// A weight for every row of `source`: how much likelier it is in the target than in the source, p / (1 − p) by a discriminator that did
/// not see the row (Bickel, Brückner and Scheffer 2007), cut to 0.1–10 and then of mean 1. `both` holds the rows of the source, then those of the target.
///
/// # Errors
/// If a side has fewer than two rows, a value is not finite, or the solver fails.
///
/// # Panics
/// If there are fewer rows than `n_source`.
pub fn importance_weights(both: &Features, n_source: usize, seed: u64) -> Result<Vec<f32>> {
    let n_target = both.n_rows().checked_sub(n_source).expect("rows of the source, then those of the target");
    let sides = ["source".to_owned(), "target".to_owned()];
    let labels: Vec<usize> = (0..both.n_rows()).map(|row| usize::from(row >= n_source)).collect();
    let examples = Examples::new(both, &labels, &sides)?;
    let l2 = choose_l2(Head::Logistic, &examples, seed)?.l2;
    let scores = match held_out_scores(Head::Logistic, &examples, l2, seed)? {
        Some(scores) => scores,
        None => Head::Logistic.fit(Space::of(&[b"sides"]), &examples, l2)?.scores(both),
    };
    let prior = n_source as f32 / n_target as f32;
    let of_row = |row: ndarray::ArrayView1<'_, f32>| (prior * row[1] / row[0]).clamp(RANGE.0, RANGE.1);
    let weights: Vec<f32> = softmax(scores.view()).rows().into_iter().take(n_source).map(of_row).collect();
    let mean = weights.iter().sum::<f32>() / n_source as f32;
    Ok(weights.into_iter().map(|weight| weight / mean).collect())
}

#[cfg(test)]
mod tests {
    use super::*;
    use ndarray::Array2;

    #[test]
    fn rows_that_are_like_the_target_count_more() {
        let rows = Array2::from_shape_fn((300, 1), |(i, _)| match i {
            0..200 => (i % 100) as f32 / 100.0,
            _ => 0.5 + (i % 50) as f32 / 100.0,
        });
        let weights = importance_weights(&rows.into(), 200, 42).unwrap();
        assert!(weights[95] > 2.0 * weights[5], "{} {}", weights[95], weights[5]);
        assert!((weights.iter().sum::<f32>() / 200.0 - 1.0).abs() < 1e-4);
    }
}
