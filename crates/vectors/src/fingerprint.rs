//! A file in, what it is known again by out.

use std::fs::File;
use std::io::{Read, Seek, SeekFrom};
use std::path::Path;

use crate::{Error, Result, Space};

/// How much of a file's beginning and of its end is looked at.
const SAMPLE: u64 = 1 << 20;

/// What a file is known again by: 32 hexadecimal digits, a hash of its length and of its first and last MiB, so that it costs the same for any
/// file.
///
/// # Errors
///
/// [`Error::Read`] if the file cannot be read.
pub fn fingerprint_of_file(path: &Path) -> Result<String> {
    let reading = |error| Error::reading(path, error);
    let mut file = File::open(path).map_err(reading)?;
    let length = file.metadata().map_err(reading)?.len();
    let mut sample = Vec::new();
    (&mut file).take(SAMPLE).read_to_end(&mut sample).map_err(reading)?;
    file.seek(SeekFrom::Start(length.saturating_sub(SAMPLE))).map_err(reading)?;
    file.take(SAMPLE).read_to_end(&mut sample).map_err(reading)?;
    Ok(Space::of(&[&length.to_le_bytes(), &sample]).to_hex())
}
