//! Attention within each text: queries, keys and values in, a mixture of the values out.

use std::ops::Range;

use super::instructions::vectorised;
use super::math::{exp, sum};
use super::packed::Packed;
use super::tile::{Kind, Rows, Sums, WIDTH};
use crate::transformer::relative::RelativeBias;

/// Queries that are weighed against all keys at once, so that room does not grow with the square of a text's length; a multiple of the
/// rows of a tile.
const QUERIES: usize = 240;

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
            for first in (0..n).step_by(QUERIES) {
                let queries = first..n.min(first + QUERIES);
                self.weigh(&projected[3 * first * size + start..], queries.len(), n);
                if let Some(bias) = bias {
                    self.add_bias(bias, head, queries.clone(), n);
                }
                self.mix(&mut mixed[first * size + start..], queries.len(), n);
            }
        }
    }

    fn add_bias(&mut self, bias: &RelativeBias, head: usize, queries: Range<usize>, n: usize) {
        for (query, row) in queries.zip(self.weights.chunks_exact_mut(n.next_multiple_of(WIDTH))) {
            row[..n].iter_mut().enumerate().for_each(|(key, weight)| *weight += bias.of(head, query, key));
        }
    }

    /// The products of so many queries and all `n` keys, scaled.
    fn weigh(&mut self, queries: &[f32], n_queries: usize, n: usize) {
        let Heads { n: n_heads, width } = self.heads;
        let scale = 1.0 / (width as f32).sqrt();
        let row_length = n.next_multiple_of(WIDTH);
        self.weights.clear();
        self.weights.resize(n_queries * row_length, 0.0);
        let weights = &mut self.weights;
        let queries = Rows::new(bytemuck::cast_slice(queries), n_queries, width, 3 * n_heads * width);
        self.keys.multiply(queries, &mut self.sums, |key, _, sums| {
            for (row, sums) in weights.chunks_exact_mut(row_length).zip(sums) {
                scaled(sums, scale, &mut row[key..key + WIDTH]);
            }
        });
    }

    /// Softmax of the weights of so many queries, and the sums of the `n` values by them.
    fn mix(&mut self, mixed: &mut [f32], n_queries: usize, n: usize) {
        let row_length = n.next_multiple_of(WIDTH);
        let stride = self.heads.n * self.heads.width;
        let (weights, shares) = (&mut self.weights, &mut self.shares);
        shares.resize(n_queries, 0.0);
        softmax(weights, n, shares);
        let weights = Rows::new(bytemuck::cast_slice(weights), n_queries, n, row_length);
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_part_by_part_find_what_all_find() {
        let (heads, n) = (Heads { n: 2, width: 8 }, 2 * QUERIES + 7);
        let size = heads.n * heads.width;
        let value = |i: usize| ((i * 31 + i * i * 7) % 101) as f32 / 50.0 - 1.0;
        let projected: Vec<f32> = (0..3 * n * size).map(value).collect();
        let mut mixed = vec![0.0; n * size];
        Attention::new(heads).of_text(&projected, &mut mixed, None);
        for query in [0, 1, QUERIES - 1, QUERIES, 2 * QUERIES, n - 1] {
            for head in 0..heads.n {
                let part = |token: usize, part: usize| {
                    &projected[(token * 3 + part) * size + head * heads.width..][..heads.width]
                };
                let weight = |key: usize| -> f64 {
                    let pairs = part(query, 0).iter().zip(part(key, 1));
                    let product: f64 = pairs.map(|(a, b)| f64::from(a * b)).sum();
                    (product / (heads.width as f64).sqrt()).exp()
                };
                let sum: f64 = (0..n).map(weight).sum();
                for i in 0..heads.width {
                    let expected =
                        (0..n).map(|key| weight(key) * f64::from(part(key, 2)[i])).sum::<f64>() / sum;
                    let found = f64::from(mixed[query * size + head * heads.width + i]);
                    assert!((found - expected).abs() < 1e-5, "{query}, {head}, {i}: {found}, {expected}");
                }
            }
        }
    }
}
