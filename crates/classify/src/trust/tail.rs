//! What a count among n tells of a share: the binomial's tail, and its inverse.

const HALVINGS: usize = 60;

/// The probability of `k` hits or more in `n` trials of probability `p`, 0 to 1.
fn at_least(k: usize, n: usize, p: f64) -> f64 {
    if k == 0 || p >= 1.0 {
        return 1.0;
    }
    if p <= 0.0 {
        return 0.0;
    }
    let odds = p.ln() - (-p).ln_1p();
    let mut term = n as f64 * (-p).ln_1p();
    let mut terms = Vec::with_capacity(k);
    for hits in 0..k {
        terms.push(term);
        term += ((n - hits) as f64 / (hits + 1) as f64).ln() + odds;
    }
    let highest = terms.iter().copied().fold(f64::NEG_INFINITY, f64::max);
    let fewer = terms.iter().map(|term| (term - highest).exp()).sum::<f64>() * highest.exp();
    (1.0 - fewer).clamp(0.0, 1.0)
}

/// The central 95 % of a Beta(k, n + 1 − k), 1 ≤ k ≤ n: of the share of a continuous distribution that lies above the k-th
/// largest of n values drawn from it.
pub(super) fn share_above(k: usize, n: usize) -> (f64, f64) {
    (quantile(k, n, 0.025), quantile(k, n, 0.975))
}

/// The share p at which `k` hits or more in `n` have the probability `of`.
fn quantile(k: usize, n: usize, of: f64) -> f64 {
    let (mut low, mut high) = (0.0, 1.0);
    for _ in 0..HALVINGS {
        let middle = (low + high) / 2.0;
        match at_least(k, n, middle) < of {
            true => low = middle,
            false => high = middle,
        }
    }
    (low + high) / 2.0
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn by_hand() {
        let check = |found: f64, expected: f64| assert!((found - expected).abs() < 1e-9, "{found}");
        check(at_least(1, 3, 0.5), 7.0 / 8.0);
        check(at_least(2, 3, 0.5), 0.5);
        check(at_least(3, 3, 0.1), 1e-3);
        check(at_least(0, 3, 0.1), 1.0);
        // Above the largest of n lies a share x with the density n (1 − x)ⁿ⁻¹.
        let (low, high) = share_above(1, 20);
        check(low, 1.0 - 0.975_f64.powf(1.0 / 20.0));
        check(high, 1.0 - 0.025_f64.powf(1.0 / 20.0));
    }

    #[test]
    fn many_trials_do_not_underflow() {
        let (low, high) = share_above(5000, 1_000_000);
        let deviation = (0.005_f64 * 0.995 / 1e6).sqrt();
        assert!((low - (0.005 - 1.96 * deviation)).abs() < 1e-6, "{low}");
        assert!((high - (0.005 + 1.96 * deviation)).abs() < 1e-6, "{high}");
    }
}
