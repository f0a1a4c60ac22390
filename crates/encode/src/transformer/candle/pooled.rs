//! From a row a token to a row a text, with a gradient.

use candle_core::{D, Module, Tensor};
use candle_nn::Linear;

use super::place::Place;
use crate::transformer::head::{Dense, Pool, SentenceHead};
use crate::transformer::padding::longest;

/// What is added to a value that no maximum may be.
const NEVER: f32 = -1e30;
/// What is added to the square of a length, so that it can be divided by.
const TINY: f64 = 1e-24;

/// What follows the network; none of it is trained.
pub(super) struct Pooled {
    pools: Vec<Pool>,
    dense: Vec<(Linear, bool)>,
    is_unit: bool,
}

impl Pooled {
    pub(super) fn new(head: &SentenceHead, place: &Place) -> candle_core::Result<Self> {
        let dense = head.dense.iter().map(|dense| Ok((linear(dense, place)?, dense.is_tanh)));
        let dense = dense.collect::<candle_core::Result<_>>()?;
        Ok(Self { pools: head.pools.clone(), dense, is_unit: head.is_unit })
    }

    /// `rows` are *n_texts × length × size*; what comes is *n_texts × d*.
    pub(super) fn forward(
        &self,
        rows: &Tensor,
        lengths: &[usize],
        place: &Place,
    ) -> candle_core::Result<Tensor> {
        let pools = self.pools.iter().map(|pool| pooled(*pool, rows, lengths, place));
        let mut features = Tensor::cat(&pools.collect::<candle_core::Result<Vec<_>>>()?, 1)?;
        for (linear, is_tanh) in &self.dense {
            features = linear.forward(&features)?;
            if *is_tanh {
                features = features.tanh()?;
            }
        }
        if self.is_unit {
            let length = (features.sqr()?.sum_keepdim(D::Minus1)? + TINY)?.sqrt()?;
            features = features.broadcast_div(&length)?;
        }
        Ok(features)
    }
}

fn linear(dense: &Dense, place: &Place) -> candle_core::Result<Linear> {
    let weights = place.tensor(dense.weights.iter().copied().collect(), dense.weights.dim())?;
    let bias = dense.bias.as_ref().map(|bias| place.tensor(bias.to_vec(), bias.len()));
    Ok(Linear::new(weights, bias.transpose()?))
}

fn pooled(pool: Pool, rows: &Tensor, lengths: &[usize], place: &Place) -> candle_core::Result<Tensor> {
    let n = longest(lengths);
    let table = |value: &dyn Fn(usize, usize) -> f32| {
        lengths.iter().flat_map(|length| (0..n).map(|at| value(at, *length))).collect::<Vec<f32>>()
    };
    if pool == Pool::Max {
        let padding = place
            .tensor(table(&|at, length| if at < length { 0.0 } else { NEVER }), (lengths.len(), n, 1))?;
        return rows.broadcast_add(&padding)?.max(1);
    }
    let shares = place.tensor(table(&|at, length| share(pool, at, length)), (lengths.len(), 1, n))?;
    shares.matmul(rows)?.squeeze(1)
}

/// The share of the token at a place in its text's row.
fn share(pool: Pool, at: usize, length: usize) -> f32 {
    let n = length as f32;
    match pool {
        _ if at >= length => 0.0,
        Pool::First => f32::from(at == 0),
        Pool::Last => f32::from(at + 1 == length),
        Pool::Mean | Pool::Max => 1.0 / n,
        Pool::MeanSqrt => 1.0 / n.sqrt(),
        Pool::WeightedMean => (at + 1) as f32 / (n * (n + 1.0) / 2.0),
    }
}
