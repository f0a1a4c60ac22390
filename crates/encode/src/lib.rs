//! Texts in, one row of features a text out.
//!
//! Everything that can do this is an [`Encoder`]. Rows of two encoders may be compared, and a classifier trained on
//! one may read the other, exactly if their spaces are equal.

mod encoder;
mod error;
mod frequency;
mod learned;
mod pooling;
mod reader;
mod segmenter;
mod sums;
mod tokenisation;
mod tokens;
mod word_encoder;

pub use encoder::{Coverage, Encoder};
pub use error::{Error, Result};
pub use pooling::Pooling;
pub use tokenisation::Tokenisation;
pub use word_encoder::WordEncoder;
