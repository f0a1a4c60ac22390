//! Sentence encoders of the BERT family, from a Hugging Face or sentence-transformers folder as it is.

mod config;
mod cpu;
mod encoder;
mod files;
mod head;
mod names;
mod relative;

pub use cpu::Precision;
pub use encoder::{TransformerEncoder, TransformerLoader};
