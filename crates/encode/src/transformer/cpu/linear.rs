//! A linear layer, *x Wᵀ + b*, with its weights laid out for the product once.
//!
//! In [`Precision::Int8`] every row of activations has its own scale and zero point, found when it comes, and every
//! output its own scale: what is lost is the rounding of both to 8 bits; the sums of their products are exact, for
//! less than 2¹⁶ inputs.

use std::ops::Range;

use ndarray::ArrayView2;

use super::Precision;
use super::instructions::vectorised;
use super::math::{gelu, gelu_tanh};
use super::packed::Packed;
use super::tile::{Kind, Rows, Sums};
use super::units::{Units, steps_of_weights};
use crate::transformer::config::Activation;

/// Rows that go through all panels before the next ones do, so that they stay in the cache.
const ROWS_AT_A_TIME: usize = 96;

/// What becomes of the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// They take the place of what was there.
    Set,
    /// They are added to what was there.
    Add,
    /// They take its place after a function.
    Activate(Activation),
}

/// The weights and the bias of a layer.
pub(crate) struct Linear {
    n_in: usize,
    n_out: usize,
    packed: Packed,
    bias: Vec<f32>,
    /// Of whole numbers: how much a step is worth, an output.
    scales: Vec<f32>,
    /// Of whole numbers: the sum of the weights, an output.
    totals: Vec<i32>,
}

impl Linear {
    /// From weights *n_out × n_in* and a bias.
    pub(crate) fn new(weights: ArrayView2<'_, f32>, bias: &[f32], precision: Precision) -> Self {
        let (n_out, n_in) = weights.dim();
        let kind = match precision {
            Precision::F32 => Kind::F32,
            Precision::Bf16 => Kind::Bf16,
            Precision::Int8 => Kind::Int8,
        };
        let mut packed = Packed::new(kind);
        packed.clear(n_out, n_in.div_ceil(kind.values()));
        let (mut scales, mut totals, mut units) = (Vec::new(), Vec::new(), Units::new(kind));
        for (output, row) in weights.outer_iter().enumerate() {
            if kind == Kind::Int8 {
                let (steps, scale) = steps_of_weights(row.iter().copied());
                scales.push(scale);
                totals.push(steps.iter().map(|step| i32::from(*step)).sum());
                let whole = steps.chunks(4).map(|four| {
                    u32::from_le_bytes(std::array::from_fn(|i| {
                        four.get(i).map_or(0, |step| step.cast_unsigned())
                    }))
                });
                packed.set_column(output, &whole.collect::<Vec<_>>());
            } else {
                units.fill(&row.to_vec(), n_in);
                packed.set_column(output, units.all());
            }
        }
        Self { n_in, n_out, packed, bias: bias.to_vec(), scales, totals }
    }

    pub(crate) fn n_in(&self) -> usize {
        self.n_in
    }

    /// Takes rows of `n_in` values to rows of `n_out`.
    pub(crate) fn apply(&self, rows: &[f32], outputs: &mut [f32], then: Then) {
        let (mut units, mut room) = (Units::new(self.packed.kind()), Vec::new());
        let parts =
            rows.chunks(ROWS_AT_A_TIME * self.n_in).zip(outputs.chunks_mut(ROWS_AT_A_TIME * self.n_out));
        for (rows, outputs) in parts {
            let n_rows = rows.len() / self.n_in;
            let packed = match self.packed.kind() {
                Kind::F32 => bytemuck::cast_slice(rows),
                Kind::Bf16 | Kind::Int8 => {
                    units.fill(rows, self.n_in);
                    units.all()
                }
            };
            let rows = Rows::new(packed, n_rows, self.packed.n_units(), self.packed.n_units());
            self.packed.multiply(rows, &mut room, |column, n, sums| {
                finish(self, column..column + n, sums, &units, outputs, then);
            });
        }
    }
}

vectorised! {
    /// Makes outputs of the sums of some columns.
    fn finish(layer: &Linear, columns: Range<usize>, sums: &[Sums], units: &Units, outputs: &mut [f32], then: Then) {
        let bias = &layer.bias[columns.clone()];
        for (row, (sums, outputs)) in sums.iter().zip(outputs.chunks_exact_mut(layer.n_out)).enumerate() {
            let (sums, outputs) = (&sums[..bias.len()], &mut outputs[columns.clone()]);
            if layer.packed.kind() == Kind::Int8 {
                let (scale, zero) = units.scale(row);
                let columns = layer.scales[columns.clone()].iter().zip(&layer.totals[columns.clone()]);
                let values = sums.iter().zip(bias).zip(columns).map(|((sum, bias), (by, total))| {
                    let steps = sum.cast_signed().wrapping_sub(zero.wrapping_mul(*total));
                    steps as f32 * (scale * by) + bias
                });
                put(values, outputs, then);
            } else {
                put(sums.iter().zip(bias).map(|(sum, bias)| f32::from_bits(*sum) + bias), outputs, then);
            }
        }
    }
}

#[inline(always)]
fn put(values: impl Iterator<Item = f32>, outputs: &mut [f32], then: Then) {
    match then {
        Then::Set => put_by(values, outputs, |_, value| value),
        Then::Add => put_by(values, outputs, |before, value| before + value),
        Then::Activate(Activation::Gelu) => put_by(values, outputs, |_, value| gelu(value)),
        Then::Activate(Activation::GeluTanh) => put_by(values, outputs, |_, value| gelu_tanh(value)),
        Then::Activate(Activation::Relu) => {
            put_by(values, outputs, |_, value| if value > 0.0 { value } else { 0.0 });
        }
    }
}

// A loop and not `for_each`, which would be compiled by itself, for any processor.
#[inline(always)]
fn put_by(values: impl Iterator<Item = f32>, outputs: &mut [f32], of: impl Fn(f32, f32) -> f32) {
    for (output, value) in outputs.iter_mut().zip(values) {
        *output = of(*output, value);
    }
}

#[cfg(test)]
mod tests {
    use ndarray::Array2;
    use rand::{Rng, SeedableRng};
    use rand_chacha::ChaCha8Rng;

    use super::*;

    /// The greatest difference from the product in `f64`, for all shapes of rows and panels.
    fn greatest_difference(precision: Precision) -> f64 {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let mut most: f64 = 0.0;
        for (n_rows, n_in, n_out) in [(1, 1, 1), (2, 7, 33), (11, 16, 32), (100, 48, 70), (12, 33, 31)] {
            let mut random = |n, d| Array2::from_shape_simple_fn((n, d), || rng.random_range(-1.0_f32..1.0));
            let (x, w) = (random(n_rows, n_in), random(n_out, n_in));
            let bias = random(1, n_out);
            let linear = Linear::new(w.view(), bias.as_slice().unwrap(), precision);
            let mut found = vec![1.0; n_rows * n_out];
            linear.apply(x.as_slice().unwrap(), &mut found, Then::Add);
            let expected = x.mapv(f64::from).dot(&w.t().mapv(f64::from)) + &bias.mapv(f64::from) + 1.0;
            let differences = expected.iter().zip(&found).map(|(a, b)| (a - f64::from(*b)).abs());
            most = differences.fold(most, f64::max);
        }
        most
    }

    #[test]
    fn products_agree_with_those_of_f64() {
        let (f32, bf16, int8) = (
            greatest_difference(Precision::F32),
            greatest_difference(Precision::Bf16),
            greatest_difference(Precision::Int8),
        );
        assert!(f32 < 1e-5, "{f32}");
        assert!(bf16 < 3e-2, "{bf16}");
        assert!(int8 < 0.1, "{int8}");
    }
}
