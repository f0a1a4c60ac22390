//! Two lists of numbers in, how far they agree out.

use crate::Interval;
use crate::scores::Z_95;

/// The product-moment correlation, −1 to 1; `None` if either list is constant or empty.
pub(crate) fn pearson(x: &[f64], y: &[f64]) -> Option<f64> {
    if is_constant(x) || is_constant(y) {
        return None;
    }
    let (mean_x, mean_y) = (mean(x), mean(y));
    let (mut xx, mut yy, mut xy) = (0.0, 0.0, 0.0);
    for (x, y) in x.iter().zip(y) {
        let (x, y) = (x - mean_x, y - mean_y);
        xx += x * x;
        yy += y * y;
        xy += x * y;
    }
    let scale = (xx * yy).sqrt();
    (scale > 0.0).then(|| (xy / scale).clamp(-1.0, 1.0))
}

/// The correlation of the ranks, −1 to 1 (Spearman 1904); equal values share the mean of their ranks.
pub(crate) fn spearman(x: &[f64], y: &[f64]) -> Option<f64> {
    pearson(&ranks(x), &ranks(y))
}

/// The 95 % interval of a rank correlation over `n` pairs: Fisher's z with the variance (1 + r² / 2) / (n − 3) (Bonett and
/// Wright 2000). Three pairs or fewer tell nothing.
pub(crate) fn spearman_interval(r: f64, n: usize) -> Interval {
    if n <= 3 {
        return Interval(-1.0, 1.0);
    }
    let half = Z_95 * ((1.0 + r * r / 2.0) / (n - 3) as f64).sqrt();
    Interval((r.atanh() - half).tanh(), (r.atanh() + half).tanh())
}

/// Whether all values are one: their correlation with anything is undefined.
pub(crate) fn is_constant(values: &[f64]) -> bool {
    values.iter().all(|value| Some(value) == values.first())
}

fn mean(values: &[f64]) -> f64 {
    values.iter().sum::<f64>() / values.len() as f64
}

fn ranks(values: &[f64]) -> Vec<f64> {
    let mut order: Vec<usize> = (0..values.len()).collect();
    order.sort_by(|&a, &b| values[a].total_cmp(&values[b]));
    let mut ranks = vec![0.0; values.len()];
    let mut n_lower = 0;
    for equal in order.chunk_by(|&a, &b| values[a] == values[b]) {
        let shared = n_lower as f64 + (equal.len() + 1) as f64 / 2.0;
        equal.iter().for_each(|&i| ranks[i] = shared);
        n_lower += equal.len();
    }
    ranks
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let check = |x: &[f64], y: &[f64], expected: Option<(f64, f64)>| {
            let found = pearson(x, y).zip(spearman(x, y));
            let close = |found: (f64, f64), expected: (f64, f64)| {
                (found.0 - expected.0).abs() < 1e-12 && (found.1 - expected.1).abs() < 1e-12
            };
            assert!(
                match (found, expected) {
                    (Some(found), Some(expected)) => close(found, expected),
                    (found, expected) => found == expected,
                },
                "{x:?} {y:?}: {found:?}"
            );
        };
        check(&[1.0, 2.0, 3.0], &[2.0, 4.0, 6.0], Some((1.0, 1.0)));
        check(&[1.0, 2.0, 3.0], &[3.0, 2.0, 1.0], Some((-1.0, -1.0)));
        check(&[1.0, 2.0, 3.0], &[1.0, 3.0, 2.0], Some((0.5, 0.5)));
        // Values 0, 1, 1, 2 have the variance 2 / 4, those of 0, 1, 2, 3 have 5 / 4; ranks 1, 2.5, 2.5, 4 have 4.5 / 4.
        let expected = (3.0 / 10.0_f64.sqrt(), 4.5 / 22.5_f64.sqrt());
        check(&[0.0, 1.0, 1.0, 2.0], &[0.0, 1.0, 2.0, 3.0], Some(expected));
        check(&[1.0, 1.0], &[1.0, 2.0], None);
        check(&[0.1; 3], &[1.0, 2.0, 3.0], None);
        check(&[], &[], None);
    }

    #[test]
    fn intervals() {
        let Interval(low, high) = spearman_interval(0.5, 100);
        // atanh 0.5 = 0.5493, half the width 1.96 · √(1.125 / 97) = 0.2111.
        assert!((low - 0.3382_f64.tanh()).abs() < 1e-4 && (high - 0.7604_f64.tanh()).abs() < 1e-4);
        assert_eq!(spearman_interval(0.5, 3), Interval(-1.0, 1.0));
        assert_eq!(spearman_interval(1.0, 10), Interval(1.0, 1.0));
    }
}
