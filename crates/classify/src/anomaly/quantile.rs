//! Scores in, the one that few exceed out.

/// The smallest score such that a further one of the same kind exceeds it with a probability of at most `share`: the
/// ⌈(n + 1)(1 − share)⌉th of n scores. `None` if it takes more scores than there are.
pub(super) fn upper_quantile(scores: &[f32], share: f64) -> Option<f32> {
    let mut sorted = scores.to_vec();
    sorted.sort_by(f32::total_cmp);
    // A hair less, so that (n + 1)(1 − share) is not rounded above the whole number that it is.
    let place = ((sorted.len() + 1) as f64 * (1.0 - share) - 1e-9).ceil();
    sorted.get((place as usize).max(1) - 1).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_more_score_is_counted_in() {
        let scores: Vec<f32> = (1..=99).rev().map(|score| score as f32).collect();
        let check = |share: f64, expected: Option<f32>| assert_eq!(upper_quantile(&scores, share), expected);
        check(0.05, Some(95.0));
        check(0.01, Some(99.0));
        check(0.009, None);
        check(1.0, Some(1.0));
        assert_eq!(upper_quantile(&[], 0.5), None);
    }
}
