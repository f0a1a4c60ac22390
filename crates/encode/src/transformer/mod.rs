//! Sentence encoders of the BERT family, from a Hugging Face or sentence-transformers folder as it is.

mod batches;
#[cfg(feature = "candle")]
mod candle;
#[cfg(not(feature = "candle"))]
#[path = "candle_absent.rs"]
mod candle;
mod changes;
mod config;
mod cpu;
mod device;
mod encoder;
mod engine;
mod files;
mod head;
mod loader;
mod names;
mod padding;
mod reading;
mod relative;
#[cfg(feature = "rust-bert")]
mod torch;
#[cfg(not(feature = "rust-bert"))]
#[path = "torch_absent.rs"]
mod torch;
mod tuner;

pub use changes::Changes;
pub use cpu::{Precision, Product};
pub use device::{Device, DeviceChoice};
pub use encoder::TransformerEncoder;
pub use engine::Engine;
pub use loader::TransformerLoader;
pub use tuner::{ReadText, Tuner};
