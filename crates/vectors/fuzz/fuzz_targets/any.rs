//! Any bytes, in whatever format they look like: compressed and archived ones too.
#![no_main]

use libfuzzer_sys::fuzz_target;

mod read;

fuzz_target!(|bytes: &[u8]| read::read_all(bytes, None));
