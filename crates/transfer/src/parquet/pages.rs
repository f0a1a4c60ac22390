//! A column of a row group in, its values one by one out, page by page.
//!
//! The sizes in headers are checked here before the `parquet` crate sees them, as it allocates what they ask for.

use std::fs::File;
use std::io::Read;
use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::{Compression, Encoding};
use parquet::column::page::{Page, PageReader};
use parquet::errors::Result;
use parquet::file::metadata::ColumnChunkMetaData;
use parquet::file::reader::{ChunkReader, Length};
use parquet::file::serialized_reader::SerializedPageReader;

use super::columns::{Field, Kind};
use super::runs::{Runs, fault, little_endian, take, zigzag};
use super::values::{Value, Values, dictionary};

/// A file, on disk or in memory.
pub(super) enum Input {
    File(File),
    Memory(Bytes),
}

impl Length for Input {
    fn len(&self) -> u64 {
        match self {
            Self::File(file) => Length::len(file),
            Self::Memory(bytes) => Length::len(bytes),
        }
    }
}

impl ChunkReader for Input {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        Ok(match self {
            Self::File(file) => Box::new(file.get_read(start)?),
            Self::Memory(bytes) => Box::new(bytes.get_read(start)?),
        })
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        match start.checked_add(length as u64) {
            Some(end) if end <= self.len() => {}
            _ => return Err(fault("a part that ends after the file's end")),
        }
        match self {
            Self::File(file) => file.get_bytes(start, length),
            Self::Memory(bytes) => bytes.get_bytes(start, length),
        }
    }
}

/// The file as a reader of pages sees it: it asks for a reader once a page, at the page's header.
struct Pages {
    input: Arc<Input>,
    /// The most bytes that one compressed byte can stand for.
    expansion: u64,
}

impl Length for Pages {
    fn len(&self) -> u64 {
        self.input.len()
    }
}

impl ChunkReader for Pages {
    type T = Box<dyn Read>;

    fn get_read(&self, start: u64) -> Result<Self::T> {
        let mut head = Vec::new();
        self.input.get_read(start)?.take(LONGEST_SIZES).read_to_end(&mut head)?;
        let (uncompressed, compressed) = sizes(Bytes::from(head))?;
        let most = u64::from(compressed).saturating_mul(self.expansion).saturating_add(LEAST_EXPANDED);
        if u64::from(uncompressed) > most {
            return Err(fault(format!("a page of {compressed} bytes that claims to hold {uncompressed}")));
        }
        self.input.get_read(start)
    }

    fn get_bytes(&self, start: u64, length: usize) -> Result<Bytes> {
        self.input.get_bytes(start, length)
    }
}

/// The first three fields of a page's header, a byte of tag and at most five of value each.
const LONGEST_SIZES: u64 = 18;
/// What a page may hold however few bytes it has.
const LEAST_EXPANDED: u64 = 1024;

/// The uncompressed and the compressed size of a page, from the first bytes of its header. Thrift's compact protocol
/// writes the fields in order: page type, uncompressed size, compressed size, each a 32-bit integer.
fn sizes(mut header: Bytes) -> Result<(u32, u32)> {
    const NEXT_FIELD_I32: u8 = 0x15;
    let mut fields = [0; 3];
    for field in &mut fields {
        if take(&mut header, 1)?[0] != NEXT_FIELD_I32 {
            return Err(fault("a page's header that does not begin with its type and sizes"));
        }
        *field = zigzag(&mut header)?;
    }
    Ok((u32::try_from(fields[1])?, u32::try_from(fields[2])?))
}

/// The format's own limit: what the shortest code can repeat.
fn expansion(codec: Compression) -> u64 {
    match codec {
        // The crate does not look at the other size then.
        Compression::UNCOMPRESSED => u64::MAX,
        Compression::SNAPPY => 32,
        Compression::LZ4 | Compression::LZ4_RAW => 256,
        Compression::GZIP(_) => 1040,
        // A block of 128 KiB in four bytes; room is reserved for it and touched only as it is filled.
        _ => 1 << 15,
    }
}

/// A column of one row group.
pub(super) struct Column {
    pages: SerializedPageReader<Pages>,
    kind: Kind,
    optional: bool,
    dictionary: Option<Arc<[Value]>>,
    page: Option<DataPage>,
}

impl Column {
    pub(super) fn open(input: &Arc<Input>, chunk: &ColumnChunkMetaData, field: &Field) -> Result<Self> {
        let start = chunk.dictionary_page_offset().unwrap_or_else(|| chunk.data_page_offset());
        // The crate asserts that they are not negative.
        let (start, length) = (u64::try_from(start)?, u64::try_from(chunk.compressed_size())?);
        if start.checked_add(length).is_none_or(|end| end > input.len()) {
            return Err(fault("a column that ends after the file's end"));
        }
        let pages = Pages { input: Arc::clone(input), expansion: expansion(chunk.compression()) };
        // The number of rows serves an index of pages, which is not read.
        let pages = SerializedPageReader::new(Arc::new(pages), chunk, 0, None)?;
        Ok(Self { pages, kind: field.kind, optional: field.optional, dictionary: None, page: None })
    }

    /// The next value, or `None` for null. There is a value for every row, and it is an error to ask for more.
    pub(super) fn next_value(&mut self) -> Result<Option<Value>> {
        loop {
            if let Some(page) = self.page.as_mut().filter(|page| page.values_left > 0) {
                return page.next_value();
            }
            let page = self.pages.get_next_page()?;
            match page.ok_or_else(|| fault("fewer values than rows"))? {
                Page::DictionaryPage { buf, num_values, .. } => {
                    self.dictionary = Some(dictionary(buf, num_values, self.kind)?);
                }
                page => self.page = Some(self.open_page(page)?),
            }
        }
    }

    fn open_page(&self, page: Page) -> Result<DataPage> {
        let (n_values, encoding) = (page.num_values(), page.encoding());
        let (levels, data) = split_levels(page, self.optional)?;
        Ok(DataPage {
            values_left: n_values,
            present: levels.map(|levels| Runs::new(levels, 1)).transpose()?,
            values: Values::new(encoding, self.kind, data, self.dictionary.clone())?,
        })
    }
}

/// The definition levels, if the column is optional, and the values.
fn split_levels(page: Page, optional: bool) -> Result<(Option<Bytes>, Bytes)> {
    match page {
        Page::DataPage { mut buf, def_level_encoding, .. } => {
            if optional && def_level_encoding != Encoding::RLE {
                return Err(fault(format!("levels in the encoding {def_level_encoding}")));
            }
            let levels = optional.then(|| {
                let length = u32::from_le_bytes(little_endian(&mut buf)?);
                take(&mut buf, length as usize)
            });
            Ok((levels.transpose()?, buf))
        }
        Page::DataPageV2 { mut buf, rep_levels_byte_len, def_levels_byte_len, .. } => {
            take(&mut buf, rep_levels_byte_len as usize)?;
            let levels = take(&mut buf, def_levels_byte_len as usize)?;
            Ok((optional.then_some(levels), buf))
        }
        Page::DictionaryPage { .. } => Err(fault("a second dictionary")),
    }
}

struct DataPage {
    values_left: u32,
    /// 1 for every value that is not null.
    present: Option<Runs>,
    values: Values,
}

impl DataPage {
    fn next_value(&mut self) -> Result<Option<Value>> {
        self.values_left -= 1;
        let present = self.present.as_mut().map_or(Ok(1), Runs::next_value)?;
        (present == 1).then(|| self.values.next_value()).transpose()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(header: &[u8], expected: Option<(u32, u32)>) {
        assert_eq!(sizes(Bytes::copy_from_slice(header)).ok(), expected, "{header:?}");
    }

    #[test]
    fn sizes_are_the_second_and_third_field() {
        check(&[0x15, 0, 0x15, 0x80, 0x01, 0x15, 6, 0x2c], Some((64, 3)));
        check(&[0x15, 0, 0x15, 1, 0x15, 6], None);
        check(&[0x15, 0, 0x15, 6], None);
        check(&[0x15, 0, 0x25, 6, 0x15, 6], None);
        check(&[0x15, 0, 0x15, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff], None);
    }
}
