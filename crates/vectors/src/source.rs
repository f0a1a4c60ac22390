//! A file or a stream, decompressed, with its first bytes at hand.

use std::fs::File;
use std::io::{self, BufReader, Cursor, Read};
use std::path::Path;

use crate::bytes::Bytes;
use crate::error::{Error, Result, reading};

/// How much of a file is looked at to tell its format: more than the longest first line that was ever seen.
const HEAD: usize = 1 << 18;

/// A decompressed stream of bytes whose first ones can be seen before they are read.
pub(crate) struct Source<'a> {
    pub(crate) name: String,
    pub(crate) head: Vec<u8>,
    rest: Box<dyn Read + Send + 'a>,
    /// The number of bytes in all, where it is known: for a plain file.
    pub(crate) length: Option<u64>,
    /// The file itself, if it is a plain one.
    file: Option<File>,
}

impl<'a> Source<'a> {
    pub(crate) fn open(path: &Path) -> Result<Source<'static>> {
        let name = path.display().to_string();
        let (file, length) = open_file(path, &name)?;
        let again = file.try_clone().map_err(|source| Error::Read { name: name.clone(), source })?;
        let (source, compressed) = Source::look_into(file, &name)?;
        let length = length.filter(|_| !compressed);
        Ok(Source { length, file: length.map(|_| again), ..source })
    }

    pub(crate) fn new(reader: impl Read + Send + 'a, name: &str) -> Result<Self> {
        Self::look_into(reader, name).map(|(source, _)| source)
    }

    fn look_into(reader: impl Read + Send + 'a, name: &str) -> Result<(Self, bool)> {
        let (mut rest, compressed) = decompress(reader).map_err(|error| reading(name, error))?;
        let mut head = Vec::new();
        rest.by_ref().take(HEAD as u64).read_to_end(&mut head).map_err(|error| reading(name, error))?;
        if head.is_empty() {
            return Err(Error::Empty { name: name.to_owned() });
        }
        Ok((Self { name: name.to_owned(), head, rest, length: None, file: None }, compressed))
    }

    /// The whole stream from its start.
    pub(crate) fn into_reader(self) -> io::Chain<Cursor<Vec<u8>>, Box<dyn Read + Send + 'a>> {
        Cursor::new(self.head).chain(self.rest)
    }

    /// All bytes: mapped into memory if they are those of a plain file that can be, or else read.
    pub(crate) fn into_shared(mut self) -> Result<Bytes> {
        let mapped = self.file.take().and_then(|file| Bytes::map(file).ok());
        mapped.map_or_else(|| self.into_bytes().map(Bytes::from), Ok)
    }

    /// All bytes in memory.
    pub(crate) fn into_bytes(self) -> Result<Vec<u8>> {
        let Self { name, head: mut bytes, mut rest, length, .. } = self;
        if let Some(length) = length.and_then(|length| usize::try_from(length).ok()) {
            bytes.reserve_exact(length.saturating_sub(bytes.len()));
        }
        rest.read_to_end(&mut bytes).map_err(|error| reading(&name, error))?;
        Ok(bytes)
    }
}

/// The bytes of a file, as they are.
///
/// # Errors
///
/// [`Error::Read`] if the file is missing or closed; [`Error::Directory`] if it is one.
pub fn read_file(path: &Path) -> Result<Vec<u8>> {
    let name = path.display().to_string();
    let (mut file, _) = open_file(path, &name)?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes).map_err(|error| reading(&name, error))?;
    Ok(bytes)
}

/// Opens a plain, gzip (also of several members) or Zstandard file, told by its first bytes and not by its name, as a
/// stream of the decompressed bytes.
///
/// # Errors
///
/// [`Error::Read`] if the file is missing or closed; [`Error::Directory`] if it is one. Damaged compressed data shows
/// later, when the stream is read.
pub fn open_decompressed(path: &Path) -> Result<Box<dyn Read + Send>> {
    let name = path.display().to_string();
    let (file, _) = open_file(path, &name)?;
    decompress(file).map(|(reader, _)| reader).map_err(|error| reading(&name, error))
}

/// The file and, if it is a regular one, its length.
fn open_file(path: &Path, name: &str) -> Result<(File, Option<u64>)> {
    let failed = |source| Error::Read { name: name.to_owned(), source };
    let file = File::open(path).map_err(failed)?;
    let metadata = file.metadata().map_err(failed)?;
    if metadata.is_dir() {
        return Err(Error::Directory { name: name.to_owned() });
    }
    Ok((file, metadata.is_file().then_some(metadata.len())))
}

/// The reader itself, or one that decompresses it; and whether it does.
fn decompress<'a>(mut reader: impl Read + Send + 'a) -> io::Result<(Box<dyn Read + Send + 'a>, bool)> {
    let mut magic = Vec::with_capacity(4);
    reader.by_ref().take(4).read_to_end(&mut magic)?;
    let is_gzip = magic.starts_with(b"\x1f\x8b");
    let is_zstandard = magic.starts_with(b"\x28\xb5\x2f\xfd");
    let reader = Cursor::new(magic).chain(reader);
    if is_gzip {
        let reader = BufReader::with_capacity(1 << 16, reader);
        Ok((Box::new(flate2::bufread::MultiGzDecoder::new(reader)), true))
    } else if is_zstandard {
        Ok((Box::new(zstd::stream::read::Decoder::new(reader)?), true))
    } else {
        Ok((Box::new(reader), false))
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn gzip(bytes: &[u8]) -> Vec<u8> {
        let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        encoder.write_all(bytes).unwrap();
        encoder.finish().unwrap()
    }

    fn check(bytes: &[u8], expected: &[u8]) {
        let source = Source::new(bytes, "test").unwrap();
        assert_eq!(source.into_bytes().unwrap(), expected);
    }

    #[test]
    fn content_tells_the_compression() {
        check(b"abc", b"abc");
        check(&gzip(b"abc"), b"abc");
        check(&[gzip(b"abc"), gzip(b"def")].concat(), b"abcdef");
        check(&zstd::encode_all(b"abc".as_slice(), 1).unwrap(), b"abc");
        let frames = [
            zstd::encode_all(b"abc".as_slice(), 1).unwrap(),
            zstd::encode_all(b"def".as_slice(), 1).unwrap(),
        ];
        check(&frames.concat(), b"abcdef");
    }

    #[test]
    fn damage_is_told_from_an_empty_file() {
        assert!(matches!(Source::new(b"".as_slice(), "a"), Err(Error::Empty { .. })));
        assert!(matches!(Source::new(gzip(b"").as_slice(), "a"), Err(Error::Empty { .. })));
        let whole = gzip(&[7; 1000]);
        let cut = Source::new(&whole[..whole.len() - 9], "a").err().unwrap();
        assert!(cut.is_invalid_data(), "{cut}");
        assert!(cut.hint().is_some());
    }

    #[test]
    fn directories_are_refused() {
        let folder = tempfile::tempdir().unwrap();
        assert!(matches!(open_decompressed(folder.path()), Err(Error::Directory { .. })));
        assert!(matches!(open_decompressed(&folder.path().join("no")), Err(Error::Read { .. })));
    }
}
