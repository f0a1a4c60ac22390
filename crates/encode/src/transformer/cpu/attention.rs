//! Attention within each text: queries, keys and values in, a mixture of the values out.

use super::instructions::vectorised;
use super::math::{exp, sum};
use super::packed::Packed;
use super::tile::{Kind, Rows, Sums, WIDTH};
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
    sums: Vec<Sums>,
}

impl Attention {
    pub(crate) fn new(heads: Heads) -> Self {
        let empty = || Packed::new(Kind::F32);
        Self {
            heads,
            keys: empty(),
            values: empty(),
            weights: Vec::new(),
            shares: Vec::new(),
            sums: Vec::new(),
        }
    }

    /// `projected` holds query, key and value of every token of a text, side by side; `mixed` gets their mixtures.
    pub(crate) fn of_text(&mut self, projected: &[f32], mixed: &mut [f32], bias: Option<&RelativeBias>) {
        let width = self.heads.width;
        let size = self.heads.n * width;
        let n = mixed.len() / size;
        if n == 0 {
            return;
        }
        for head in 0..self.heads.n {
            let start = head * width;
            self.keys.clear(n, width);
            self.values.clear(width, n);
            for (token, row) in projected.chunks_exact(3 * size).enumerate() {
                let part = |part: usize| bytemuck::cast_slice(&row[part * size + start..][..width]);
                self.keys.set_column(token, part(1));
                self.values.set_unit(token, part(2));
            }
            self.weigh(&projected[start..], n, 3 * size);
            if let Some(bias) = bias {
                for (query, row) in self.weights.chunks_exact_mut(n.next_multiple_of(WIDTH)).enumerate() {
                    row[..n]
                        .iter_mut()
                        .enumerate()
                        .for_each(|(key, weight)| *weight += bias.of(head, query, key));
                }
            }
            self.mix(&mut mixed[start..], n, size);
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
        self.keys.multiply(queries, &mut self.sums, |key, _, sums| {
            for (row, sums) in weights.chunks_exact_mut(row_length).zip(sums) {
                scaled(sums, scale, &mut row[key..key + WIDTH]);
            }
        });
    }

    /// Softmax of the weights, and the sums of the values by them.
    fn mix(&mut self, mixed: &mut [f32], n: usize, stride: usize) {
        let row_length = n.next_multiple_of(WIDTH);
        let (weights, shares) = (&mut self.weights, &mut self.shares);
        shares.resize(n, 0.0);
        softmax(weights, n, shares);
        let weights = Rows::new(bytemuck::cast_slice(weights), n, n, row_length);
        self.values.multiply(weights, &mut self.sums, |i, width, sums| {
            for ((mixed, sums), share) in mixed.chunks_mut(stride).zip(sums).zip(&*shares) {
                scaled(sums, *share, &mut mixed[i..i + width]);
            }
        });
    }
}

#[inline(always)]
fn scaled(sums: &Sums, scale: f32, values: &mut [f32]) {
    for (value, sum) in values.iter_mut().zip(sums) {
        *value = f32::from_bits(*sum) * scale;
    }
}

vectorised! {
    /// Turns the first `n` weights of each row into the exponents of their distances to the greatest, and each share into 1 over
    /// the sum of those.
    fn softmax(weights: &mut [f32], n: usize, shares: &mut [f32]) {
        for (row, share) in weights.chunks_exact_mut(n.next_multiple_of(WIDTH)).zip(shares) {
            *share = exponents(&mut row[..n]);
        }
    }
}

#[inline(always)]
fn exponents(row: &mut [f32]) -> f32 {
    let (parts, rest) = row.as_chunks::<16>();
    let mut greatest = [f32::NEG_INFINITY; 16];
    for part in parts {
        for i in 0..16 {
            greatest[i] = if part[i] > greatest[i] { part[i] } else { greatest[i] };
        }
    }
    let greatest = greatest.iter().chain(rest).copied().fold(f32::NEG_INFINITY, f32::max);
    for value in row.iter_mut() {
        *value = exp(*value - greatest);
    }
    1.0 / sum(row, |value| value)
}
