//! A linear layer, *x Wᵀ + b*, with its weights laid out for the product once.
//!
//! In [`Precision::Int8`] every row of activations has its own scale and zero point, found when it comes, and every
//! output its own scale: what is lost is the rounding of both to 8 bits, and the sums of their products are exact.

use half::bf16;
use ndarray::ArrayView2;

use super::Precision;
use super::tile::{Kind, LINE, Line, Rows, WIDTH, multiply};

/// Rows that go through all panels before the next ones do, so that they stay in the cache.
const ROWS_AT_A_TIME: usize = 96;
/// The largest weight of a row becomes this.
const LARGEST: f32 = 127.0;
/// Steps between the least and the greatest activation of a row.
const STEPS: f32 = 255.0;

/// Columns by panels of 32: for every unit, the unit of each column. What is missing of the last panel is zero.
pub(crate) struct Packed {
    kind: Kind,
    n_units: usize,
    n_columns: usize,
    lines: Vec<Line>,
}

impl Packed {
    /// Packs `n_columns` columns of `n_units` units, `unit(column, number)` being one of them.
    pub(crate) fn new(
        kind: Kind,
        [n_columns, n_units]: [usize; 2],
        unit: impl Fn(usize, usize) -> u32,
    ) -> Self {
        let mut packed = Self { kind, n_units, n_columns, lines: Vec::new() };
        packed.fill([n_columns, n_units], unit);
        packed
    }

    /// The same in the room of what was packed before.
    pub(crate) fn fill(&mut self, [n_columns, n_units]: [usize; 2], unit: impl Fn(usize, usize) -> u32) {
        (self.n_columns, self.n_units) = (n_columns, n_units);
        self.lines.clear();
        for first in (0..n_columns).step_by(WIDTH) {
            for number in 0..n_units {
                for start in (first..first + WIDTH).step_by(LINE) {
                    let column = |i: usize| if start + i < n_columns { unit(start + i, number) } else { 0 };
                    self.lines.push(Line(std::array::from_fn(column)));
                }
            }
        }
    }

    /// Hands `take` the sums of every row by every panel: the row, the panel's first column, and as many sums as it has
    /// columns.
    #[inline(always)]
    pub(crate) fn multiply(&self, rows: Rows<'_>, mut take: impl FnMut(usize, usize, &[u32])) {
        for (panel, lines) in self.lines.chunks_exact((self.n_units * WIDTH / LINE).max(1)).enumerate() {
            let column = panel * WIDTH;
            let n = WIDTH.min(self.n_columns - column);
            multiply(self.kind, rows, lines, |row, sums| take(row, column, &sums[..n]));
        }
    }
}

/// What becomes of the outputs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Then {
    /// They take the place of what was there.
    Set,
    /// They are added to what was there.
    Add,
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
        let mut linear = Self {
            n_in,
            n_out,
            packed: Packed::new(Kind::F32, [0, 0], |_, _| 0),
            bias: bias.to_vec(),
            scales: Vec::new(),
            totals: Vec::new(),
        };
        let at = |output: usize, input: usize| if input < n_in { weights[[output, input]] } else { 0.0 };
        linear.packed = match precision {
            Precision::F32 => Packed::new(Kind::F32, [n_out, n_in], |output, input| at(output, input).to_bits()),
            Precision::Bf16 => Packed::new(Kind::Bf16, [n_out, n_in.div_ceil(2)], |output, unit| {
                pair([at(output, 2 * unit), at(output, 2 * unit + 1)])
            }),
            Precision::Int8 => {
                let greatest = |output: usize| weights.row(output).fold(0.0, |most: f32, x| most.max(x.abs()));
                linear.scales = (0..n_out).map(|output| greatest(output).max(f32::MIN_POSITIVE) / LARGEST).collect();
                let scales = &linear.scales;
                let step = |output: usize, input: usize| (at(output, input) / scales[output]).round() as i8;
                linear.totals =
                    (0..n_out).map(|output| (0..n_in).map(|input| i32::from(step(output, input))).sum()).collect();
                Packed::new(Kind::Int8, [n_out, n_in.div_ceil(4)], |output, unit| {
                    u32::from_le_bytes(std::array::from_fn(|i| step(output, 4 * unit + i).cast_unsigned()))
                })
            }
        };
        linear
    }

    /// Takes rows of `n_in` values to rows of `n_out`.
    pub(crate) fn apply(&self, rows: &[f32], outputs: &mut [f32], then: Then) {
        let mut units = Units::default();
        let parts = rows.chunks(ROWS_AT_A_TIME * self.n_in).zip(outputs.chunks_mut(ROWS_AT_A_TIME * self.n_out));
        for (rows, outputs) in parts {
            let n = rows.len() / self.n_in;
            let packed = match self.packed.kind {
                Kind::F32 => bytemuck::cast_slice(rows),
                kind => {
                    units.fill(kind, rows, self.n_in);
                    &units.units
                }
            };
            let packed = Rows::new(packed, n, self.packed.n_units, self.packed.n_units);
            self.packed.multiply(packed, |row, column, sums| {
                let outputs = &mut outputs[row * self.n_out + column..][..sums.len()];
                let bias = &self.bias[column..][..sums.len()];
                match self.packed.kind {
                    Kind::F32 | Kind::Bf16 => {
                        let values = sums.iter().zip(bias).map(|(sum, bias)| f32::from_bits(*sum) + bias);
                        put(values, outputs, then);
                    }
                    Kind::Int8 => {
                        let (scale, zero) = units.scales[row];
                        let columns = self.scales[column..].iter().zip(&self.totals[column..]);
                        let values = sums.iter().zip(bias).zip(columns).map(|((sum, bias), (by, total))| {
                            let steps = sum.cast_signed().wrapping_sub(zero.wrapping_mul(*total));
                            steps as f32 * (scale * by) + bias
                        });
                        put(values, outputs, then);
                    }
                }
            });
        }
    }
}

#[inline(always)]
fn put(values: impl Iterator<Item = f32>, outputs: &mut [f32], then: Then) {
    match then {
        Then::Set => outputs.iter_mut().zip(values).for_each(|(output, value)| *output = value),
        Then::Add => outputs.iter_mut().zip(values).for_each(|(output, value)| *output += value),
    }
}

/// Activations in units of less than 32 bits a value.
#[derive(Default)]
struct Units {
    units: Vec<u32>,
    /// Of bytes: what a step is worth, and which step is zero, a row.
    scales: Vec<(f32, i32)>,
}

impl Units {
    fn fill(&mut self, kind: Kind, rows: &[f32], n_in: usize) {
        let n_units = n_in.div_ceil(kind.values());
        self.scales.clear();
        self.units.clear();
        self.units.resize(rows.len() / n_in * n_units, 0);
        for (row, units) in rows.chunks_exact(n_in).zip(self.units.chunks_exact_mut(n_units)) {
            match kind {
                Kind::F32 => bytemuck::cast_slice_mut(units).copy_from_slice(row),
                Kind::Bf16 => pulp::Arch::new().dispatch(|| pairs(row, units)),
                Kind::Int8 => self.scales.push(pulp::Arch::new().dispatch(|| bytes(row, bytemuck::cast_slice_mut(units)))),
            }
        }
    }
}

#[inline(always)]
fn pairs(row: &[f32], units: &mut [u32]) {
    let (twos, rest) = row.as_chunks::<2>();
    units.iter_mut().zip(twos).for_each(|(unit, two)| *unit = rounded(two[0]) >> 16 | rounded(two[1]) & 0xffff_0000);
    if let ([last], Some(unit)) = (rest, units.last_mut()) {
        *unit = rounded(*last) >> 16;
    }
}

/// The bits of a finite `f32` that is rounded to `bf16` in the upper half, to the nearest and then the even one.
#[inline(always)]
fn rounded(value: f32) -> u32 {
    let bits = value.to_bits();
    bits.wrapping_add(0x7fff + (bits >> 16 & 1))
}

fn pair(values: [f32; 2]) -> u32 {
    let [low, high] = values.map(|value| u32::from(bf16::from_f32(value).to_bits()));
    low | high << 16
}

/// Steps from the least to the greatest value, zero among them; what a step is worth, and which one is zero.
#[inline(always)]
fn bytes(row: &[f32], steps: &mut [u8]) -> (f32, i32) {
    let (mut least, mut greatest) = ([0.0_f32; LINE], [0.0_f32; LINE]);
    for values in row.chunks(LINE) {
        for (i, value) in values.iter().enumerate() {
            least[i] = if *value < least[i] { *value } else { least[i] };
            greatest[i] = if *value > greatest[i] { *value } else { greatest[i] };
        }
    }
    let least = least.into_iter().fold(0.0, f32::min);
    let greatest = greatest.into_iter().fold(0.0, f32::max);
    let scale = ((greatest - least) / STEPS).max(f32::MIN_POSITIVE);
    let zero = (-least / scale).round();
    let by = 1.0 / scale;
    for (step, value) in steps.iter_mut().zip(row) {
        *step = (value * by + zero + 0.5) as i32 as u8;
    }
    (scale, zero as i32)
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
        assert!(int8 < 3e-2, "{int8}");
    }
}
