//! The same networks on candle's tensors: for other devices than the processor, and for gradients.
//!
//! Every part has a backward pass; candle's own layer normalisation, a fused operation, has none and passes no gradient on, so
//! that a network would seem to train and not change. Texts of a batch are padded to the longest, and attention is
//! masked; a row may therefore differ in its last bits with the texts beside it.

mod adam;
mod layer;
mod network;
mod pairs;
mod place;
mod pooled;
#[cfg(test)]
mod tests;
mod training;

pub(crate) use network::{Network, TOKENS_PER_BATCH};
pub(crate) use place::check;
pub(crate) use training::Training;
