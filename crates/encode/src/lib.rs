//! Texts in, one row of features a text out.
//!
//! Everything that can do this is an [`Encoder`]. Rows of two encoders may be compared, and a classifier trained on
//! one may read the other, exactly if their spaces are equal.

mod any;
mod bridge;
mod carry;
mod distil;
mod encoder;
mod error;
mod frequency;
mod latent;
mod learned;
mod lexical;
mod loader;
mod parallel;
mod pickle;
mod pool;
mod pooling;
mod reader;
mod segmenter;
mod shares;
mod snapshot;
mod static_encoder;
mod sums;
mod tokenisation;
mod tokenizer;
mod tokens;
mod transformer;
mod views;
mod word_encoder;

pub use any::{AnyEncoder, Surroundings};
pub use bridge::{Bridge, BridgeEvidence, BridgeMethod};
pub use carry::CarryEncoder;
pub use distil::{Distillation, Distilled, TokenWeights};
pub use encoder::{Coverage, Encoder};
pub use error::{Error, Result};
pub use latent::LatentEncoder;
pub use lexical::LexicalEncoder;
pub use loader::EncoderLoader;
pub use parallel::ParallelSentences;
pub use pooling::Pooling;
pub use shares::{Part, Share, Shares};
pub use snapshot::{HubFolders, absent_hub_models, hub_name};
pub use static_encoder::StaticEncoder;
pub use tokenisation::Tokenisation;
pub use tokenizer::Tokenizer;
pub use transformer::{
    Changes, Device, DeviceChoice, Engine, Precision, Product, ReadText, TransformerEncoder,
    TransformerLoader, Tuner,
};
pub use views::Views;
pub use word_encoder::WordEncoder;
