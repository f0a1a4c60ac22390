//! Functions of one value that the compiler can make vectors of: no branches, calls or tables.

/// Added to a small number, this leaves the number rounded in the last bits of the sum.
pub(crate) const ROUND: f32 = 12_582_912.0;

/// eˣ to a few units in the last place, for x in −87 to 88; beyond, the nearer end's.
#[inline(always)]
pub(crate) fn exp(x: f32) -> f32 {
    const LN_2_HIGH: f32 = 0.693_359_4;
    const LN_2_LOW: f32 = -2.121_944_4e-4;
    let x = if x < -87.0 { -87.0 } else { x };
    let x = if x > 88.0 { 88.0 } else { x };
    let shifted = x * std::f32::consts::LOG2_E + ROUND;
    let power = shifted - ROUND;
    let r = x - power * LN_2_HIGH - power * LN_2_LOW;
    // Taylor's series: |r| ≤ ln 2 / 2, so that the first term left out is below 2e-7.
    let series = 1.0
        + r * (1.0 + r * (1.0 / 2.0 + r * (1.0 / 6.0 + r * (1.0 / 24.0 + r * (1.0 / 120.0 + r / 720.0)))));
    let exponent = shifted.to_bits().wrapping_sub(ROUND.to_bits()).wrapping_add(127) << 23;
    series * f32::from_bits(exponent)
}

/// x Φ(x), with the error function to 1.5e-7 (Abramowitz and Stegun 1964, 7.1.26).
#[inline(always)]
pub(crate) fn gelu(x: f32) -> f32 {
    let z = x.abs() * std::f32::consts::FRAC_1_SQRT_2;
    let t = 1.0 / (1.0 + 0.327_591_1 * z);
    let series =
        t * (0.254_829_6 + t * (-0.284_496_74 + t * (1.421_413_7 + t * (-1.453_152 + t * 1.061_405_4))));
    let tail = 0.5 * series * exp(-z * z);
    x * if x < 0.0 { tail } else { 1.0 - tail }
}

/// The approximation of [`gelu`] by tanh (Hendrycks and Gimpel 2016).
#[inline(always)]
pub(crate) fn gelu_tanh(x: f32) -> f32 {
    const FACTOR: f32 = 0.797_884_6;
    let z = FACTOR * (x + 0.044_715 * x * x * x);
    x / (1.0 + exp(-2.0 * z))
}

/// The sum of `of(value)` over a row, in 16 parts.
#[inline(always)]
pub(crate) fn sum(row: &[f32], of: impl Fn(f32) -> f32) -> f32 {
    let (parts, rest) = row.as_chunks::<16>();
    let mut sums = [0.0; 16];
    for part in parts {
        for (sum, value) in sums.iter_mut().zip(part) {
            *sum += of(*value);
        }
    }
    sums.iter().sum::<f32>() + rest.iter().map(|value| of(*value)).sum::<f32>()
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The greatest difference in steps of 1/1000 from −20 to 20, relative to `scale` of the true value.
    fn check(f: impl Fn(f32) -> f32, truth: impl Fn(f64) -> f64, scale: impl Fn(f64) -> f64, most: f64) {
        for step in -20_000..=20_000 {
            let x = step as f32 / 1000.0;
            let (found, expected) = (f64::from(f(x)), truth(f64::from(x)));
            let difference = (found - expected).abs() / scale(expected);
            assert!(difference <= most, "{x}: {found} instead of {expected}");
        }
    }

    #[test]
    fn exp_is_close() {
        check(exp, f64::exp, |expected| expected, 5e-7);
        assert!(exp(-1e30) < 2e-38 && exp(1e30).is_finite());
    }

    #[test]
    fn gelu_is_close() {
        check(gelu, |x| x * libm_normal(x), |_| 1.0, 1e-6);
        check(
            gelu_tanh,
            |x| 0.5 * x * (1.0 + (0.797_884_560_8 * (x + 0.044_715 * x * x * x)).tanh()),
            |_| 1.0,
            2e-6,
        );
    }

    /// Φ by Simpson's rule.
    fn libm_normal(x: f64) -> f64 {
        let n = 2000;
        let step = x / f64::from(n);
        let density = |x: f64| (-x * x / 2.0).exp() / (2.0 * std::f64::consts::PI).sqrt();
        let inner = (1..n).map(|i| density(f64::from(i) * step) * if i % 2 == 1 { 4.0 } else { 2.0 });
        0.5 + step / 3.0 * (density(0.0) + density(x) + inner.sum::<f64>())
    }
}
