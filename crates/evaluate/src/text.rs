//! A file of test items in, its text and lines out.

use std::io::Read;
use std::path::Path;

use wordferry_vectors::open_decompressed;

use crate::{Error, Result};

/// No test set is larger; without a limit, a stream that never ends would fill the memory.
const LARGEST: u64 = 1 << 28;

/// The text of a file, gz and zst unpacked, without its byte-order mark. Bytes that are not UTF-8 become U+FFFD.
pub(crate) fn read_text(path: &Path) -> Result<String> {
    let mut bytes = Vec::new();
    let reader = open_decompressed(path)?;
    reader
        .take(LARGEST + 1)
        .read_to_end(&mut bytes)
        .map_err(|error| wordferry_vectors::Error::reading(path, error))?;
    if bytes.len() as u64 > LARGEST {
        return Err(Error::TooLarge { path: path.into(), most: LARGEST });
    }
    let text = String::from_utf8_lossy(&bytes);
    Ok(text.strip_prefix('\u{feff}').unwrap_or(&text).to_owned())
}

/// Lines with their numbers, from 1. There are test sets whose lines end in a carriage return alone.
pub(crate) fn numbered_lines(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let lines = text.split('\n').flat_map(|line| line.strip_suffix('\r').unwrap_or(line).split('\r'));
    (1..).zip(lines)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_in_every_way() {
        for text in ["a\n\nb\n", "a\r\n\r\nb\r\n", "a\r\rb\r"] {
            let lines: Vec<_> = numbered_lines(text).filter(|(_, line)| !line.is_empty()).collect();
            assert_eq!(lines, [(1, "a"), (3, "b")], "{text:?}");
        }
    }
}
