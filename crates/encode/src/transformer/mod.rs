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
mod files;
mod head;
mod loader;
mod names;
mod reading;
mod relative;
mod tuner;

pub use changes::Changes;
pub use cpu::Precision;
pub use device::{Device, DeviceChoice};
pub use encoder::TransformerEncoder;
pub use loader::TransformerLoader;
pub use tuner::{ReadText, Tuner};
