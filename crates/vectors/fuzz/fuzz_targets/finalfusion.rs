//! Any bytes, read as this format.
#![no_main]

use libfuzzer_sys::fuzz_target;
use wordferry_vectors::Format;

mod read;

fuzz_target!(|bytes: &[u8]| read::read_all(bytes, Some(Format::Finalfusion)));
