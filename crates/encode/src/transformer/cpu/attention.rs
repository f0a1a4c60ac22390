//! Attention within each text: queries, keys and values in, a mixture of the values out.

use super::linear::Packed;
use super::math::{exp, sum};
use super::tile::{Kind, Rows, WIDTH};
use crate::transformer::relative::RelativeBias;

/// The numbers of heads and of values a head.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Heads {
    pub(crate) n: usize,
    pub(crate) width: usize,
}

/// Room that is used again for every text and head.
pub(crate) struct Attention {
    heads: Heads,
    keys: Packed,
    values: Packed,
    weights: Vec<f32>,
    shares: Vec<f32>,
}

impl Attention {
    pub(crate) fn new(heads: Heads) -> Self {
        let empty = || Packed::new(Kind::F32, [0, 0], |_, _| 0);
        Self { heads, keys: empty(), values: empty(), weights: Vec::new(), shares: Vec::new() }
    }

    /// `projected` holds query, key and value of every token of a text, side by side; `mixed` gets their mixtures.
    pub(crate) fn of_text(
        &mut self,
        projected: &[f32],
        mixed: &mut [f32],
        bias: Option<&RelativeBias>,
    ) {
        let size = self.heads.n * self.heads.width;
        let n = mixed.len() / size;
        for head in 0..self.heads.n {
            let (start, width) = (head * self.heads.width, self.heads.width);
            let at = |token: usize, part: usize, i: usize| projected[token * 3 * size + part * size + start + i];
            self.keys.fill([n, width], |token, i| at(token, 1, i).to_bits());
            self.values.fill([width, n], |i, token| at(token, 2, i).to_bits());
            self.weigh(&projected[start..], n, 3 * size);
            if let Some(bias) = bias {
                let stride = n.next_multiple_of(WIDTH);
                for (query, row) in self.weights.chunks_exact_mut(stride).enumerate() {
                    row[..n].iter_mut().enumerate().for_each(|(key, weight)| *weight += bias.of(head, query, key));
                }
            }
            self.mix(mixed, start, n);
        }
    }

    /// The products of all queries and keys, scaled.
    fn weigh(&mut self, queries: &[f32], n: usize, stride: usize) {
        let scale = 1.0 / (self.heads.width as f32).sqrt();
        let row_length = n.next_multiple_of(WIDTH);
        self.weights.clear();
        self.weights.resize(n * row_length, 0.0);
        let weights = &mut self.weights;
        let queries = Rows::new(bytemuck::cast_slice(queries), n, self.heads.width, stride);
        self.keys.multiply(queries, |query, key, sums| {
            let weights = &mut weights[query * row_length + key..][..sums.len()];
            weights.iter_mut().zip(sums).for_each(|(weight, sum)| *weight = f32::from_bits(*sum) * scale);
        });
    }

    /// Softmax of the weights, and the sums of the values by them.
    fn mix(&mut self, mixed: &mut [f32], start: usize, n: usize) {
        let (size, row_length) = (self.heads.n * self.heads.width, n.next_multiple_of(WIDTH));
        self.shares.clear();
        for row in self.weights.chunks_exact_mut(row_length) {
            self.shares.push(pulp::Arch::new().dispatch(|| exponents(&mut row[..n])));
        }
        let (weights, shares) = (Rows::new(bytemuck::cast_slice(&self.weights), n, n, row_length), &self.shares);
        self.values.multiply(weights, |token, i, sums| {
            let mixed = &mut mixed[token * size + start + i..][..sums.len()];
            mixed.iter_mut().zip(sums).for_each(|(mixed, sum)| *mixed = f32::from_bits(*sum) * shares[token]);
        });
    }
}

/// Turns weights into the exponents of their distances to the greatest; 1 over the sum of those.
#[inline(always)]
fn exponents(row: &mut [f32]) -> f32 {
    let mut greatest = [f32::NEG_INFINITY; 16];
    for values in row.chunks(16) {
        for (greatest, value) in greatest.iter_mut().zip(values) {
            *greatest = if *value > *greatest { *value } else { *greatest };
        }
    }
    let greatest = greatest.into_iter().fold(f32::NEG_INFINITY, f32::max);
    row.iter_mut().for_each(|value| *value = exp(*value - greatest));
    1.0 / sum(row, |value| value)
}
