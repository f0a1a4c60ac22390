//! Numbers of 32 bits in, units of two or four smaller ones out.

use super::instructions::vectorised;
use super::math::ROUND;
use super::tile::Kind;

/// The largest weight of a row is so many steps from zero.
const LARGEST: f32 = 127.0;
/// Steps between the least and the greatest activation of a row.
const STEPS: f32 = 255.0;
/// The last step, in this form.
const LAST: f32 = ROUND + STEPS;

/// Rows of activations in units.
pub(crate) struct Units {
    kind: Kind,
    units: Vec<u32>,
    /// Of bytes: what a step is worth, and which step is zero, a row.
    scales: Vec<(f32, i32)>,
}

impl Units {
    pub(crate) fn new(kind: Kind) -> Self {
        Self { kind, units: Vec::new(), scales: Vec::new() }
    }

    /// Takes rows of `n` values in the place of those there were.
    pub(crate) fn fill(&mut self, rows: &[f32], n: usize) {
        let n_units = n.div_ceil(self.kind.values());
        self.scales.clear();
        self.units.clear();
        if n == 0 {
            return;
        }
        self.units.resize(rows.len() / n * n_units, 0);
        convert(self.kind, rows, n, &mut self.units, &mut self.scales);
    }

    /// The units of all rows.
    pub(crate) fn all(&self) -> &[u32] {
        &self.units
    }

    /// Of bytes: what a step of this row is worth, and which step is zero.
    pub(crate) fn scale(&self, row: usize) -> (f32, i32) {
        self.scales[row]
    }
}

vectorised! {
    /// Units of all rows of `n` values; of bytes, what their steps are worth.
    fn convert(kind: Kind, rows: &[f32], n: usize, units: &mut [u32], scales: &mut Vec<(f32, i32)>) {
        for (row, units) in rows.chunks_exact(n).zip(units.chunks_exact_mut(n.div_ceil(kind.values()))) {
            match kind {
                Kind::F32 => bytemuck::cast_slice_mut(units).copy_from_slice(row),
                Kind::Bf16 => pairs(row, units),
                Kind::Int8 => scales.push(bytes(row, bytemuck::cast_slice_mut(units))),
            }
        }
    }
}

#[inline(always)]
fn pairs(row: &[f32], units: &mut [u32]) {
    let (twos, rest) = row.as_chunks::<2>();
    for (unit, two) in units.iter_mut().zip(twos) {
        *unit = rounded(two[0]) >> 16 | rounded(two[1]) & 0xffff_0000;
    }
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

/// Steps from the least to the greatest value, zero among them; what a step is worth, and which one is zero.
#[inline(always)]
fn bytes(row: &[f32], steps: &mut [u8]) -> (f32, i32) {
    let [least, greatest] = range(row);
    let scale = ((greatest - least) / STEPS).max(f32::MIN_POSITIVE);
    let by = 1.0 / scale;
    let zero = (-least * by + ROUND) - ROUND;
    for (step, value) in steps.iter_mut().zip(row) {
        let shifted = value * by + (zero + ROUND);
        // Scale and zero are rounded: the greatest value may come to lie half a step beyond the last.
        *step = (if shifted < LAST { shifted } else { LAST }).to_bits() as u8;
    }
    (scale, zero as i32)
}

/// The least and the greatest value, and zero.
#[inline(always)]
fn range(row: &[f32]) -> [f32; 2] {
    let (parts, rest) = row.as_chunks::<16>();
    let (mut least, mut greatest) = ([0.0_f32; 16], [0.0_f32; 16]);
    for part in parts {
        for i in 0..16 {
            least[i] = if part[i] < least[i] { part[i] } else { least[i] };
            greatest[i] = if part[i] > greatest[i] { part[i] } else { greatest[i] };
        }
    }
    [
        least.iter().chain(rest).copied().fold(0.0, f32::min),
        greatest.iter().chain(rest).copied().fold(0.0, f32::max),
    ]
}

/// Weights as steps from −127 to 127, and what a step is worth.
pub(crate) fn steps_of_weights(row: impl Iterator<Item = f32> + Clone) -> (Vec<i8>, f32) {
    let greatest = row.clone().fold(0.0, |most: f32, weight| most.max(weight.abs()));
    let scale = greatest.max(f32::MIN_POSITIVE) / LARGEST;
    (row.map(|weight| (weight / scale).round() as i8).collect(), scale)
}

#[cfg(test)]
mod tests {
    use half::bf16;

    use super::*;

    #[test]
    fn pairs_are_rounded_as_bf16_is() {
        let row = [1.0_f32, -0.1, 3.140_63, 1e-30, 1.003_906, -2.5, 7.0];
        let mut units = Units::new(Kind::Bf16);
        units.fill(&row, row.len());
        let halves = units.all().iter().flat_map(|unit| [*unit as u16, (unit >> 16) as u16]);
        let expected = row.iter().chain(&[0.0]).map(|value| bf16::from_f32(*value).to_bits());
        assert!(halves.eq(expected));
    }

    #[test]
    fn bytes_are_within_a_step() {
        for row in [
            vec![0.0; 5],
            vec![-3.0, 5.0, 0.0, 0.01, 4.99],
            vec![-101.5, 153.5],
            (0..40).map(|i| i as f32 * 0.37 - 3.0).collect(),
        ] {
            let mut units = Units::new(Kind::Int8);
            units.fill(&row, row.len());
            let (scale, zero) = units.scale(0);
            for (step, value) in bytemuck::cast_slice::<u32, u8>(units.all()).iter().zip(&row) {
                let found = (i32::from(*step) - zero) as f32 * scale;
                assert!((found - value).abs() <= scale * 1.01, "{found} instead of {value}");
            }
        }
    }
}
