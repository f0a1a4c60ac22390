//! A Parquet file in, the rows of its columns of text and label out.
//!
//! Only those columns are read, row group by row group. The `parquet` crate reads the footer and the pages; what lies in
//! a page is decoded here, because its own decoders panic on damaged values.

mod columns;
mod pages;
mod runs;
#[cfg(test)]
mod tests;
mod values;

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use parquet::errors::ParquetError;
use parquet::file::metadata::{
    ParquetMetaData, ParquetMetaDataOptions, ParquetMetaDataReader, ParquetStatisticsPolicy,
};

use self::columns::Field;
use self::pages::{Column, Input};
use self::values::Value;
use crate::{Columns, Error, Result, Row};

/// What a Parquet file begins with.
pub(crate) const MAGIC: &[u8] = b"PAR1";

/// The file, if it is a Parquet file as it lies there, so that it can be read without holding it in memory.
pub(crate) fn plain_file(path: &Path) -> Option<File> {
    let mut file = File::open(path).ok()?;
    // Looking into a pipe would take bytes from whoever reads it next.
    if !file.metadata().ok()?.is_file() {
        return None;
    }
    let mut magic = [0; MAGIC.len()];
    file.read_exact(&mut magic).ok()?;
    (magic == MAGIC).then_some(file)
}

/// The rows of a Parquet file.
pub(crate) struct ParquetRows {
    input: Arc<Input>,
    metadata: ParquetMetaData,
    text: Field,
    label: Option<Field>,
    next_group: usize,
    group: Option<RowGroup>,
    row: u64,
}

/// The row group that is being read.
struct RowGroup {
    text: Column,
    label: Option<Column>,
    rows_left: u64,
}

impl ParquetRows {
    /// The rows of a file that can be read from any place.
    pub(crate) fn open(file: File, path: &Path, columns: &Columns) -> Result<Self> {
        Self::new(Input::File(file), path, columns)
    }

    /// The rows of a file that lies in memory.
    pub(crate) fn read(bytes: Vec<u8>, path: &Path, columns: &Columns) -> Result<Self> {
        Self::new(Input::Memory(Bytes::from(bytes)), path, columns)
    }

    fn new(input: Input, path: &Path, columns: &Columns) -> Result<Self> {
        let metadata = read_footer(&input).map_err(|error| damaged(path, &error))?;
        let schema = metadata.file_metadata().schema_descr();
        let text = columns::text(schema, path, &columns.text)?;
        let label = columns::label(schema, path, &columns.label)?;
        Ok(Self { input: Arc::new(input), metadata, text, label, next_group: 0, group: None, row: 0 })
    }

    /// An error if there is no column of labels.
    pub(crate) fn check_label(&self, path: &Path, columns: &Columns) -> Result<()> {
        match self.label {
            Some(_) => Ok(()),
            None => Err(columns::missing(self.metadata.file_metadata().schema_descr(), path, &columns.label)),
        }
    }

    /// The next row, which is counted from 1.
    pub(crate) fn next_row(&mut self, path: &Path, columns: &Columns) -> Result<Option<Row>> {
        let Some((text, label)) = self.next_values().map_err(|error| damaged(path, &error))? else {
            return Ok(None);
        };
        self.row += 1;
        let text = text.and_then(Value::into_string).ok_or_else(|| Error::Row {
            path: path.into(),
            line: self.row,
            expected: format!("a text in every row of the column {:?}", columns.text),
            found: "null".into(),
        })?;
        Ok(Some(Row { text, label: label.and_then(Value::into_string), is_utf8: true, line: self.row }))
    }

    fn next_values(&mut self) -> parquet::errors::Result<Option<(Option<Value>, Option<Value>)>> {
        loop {
            if let Some(group) = self.group.as_mut().filter(|group| group.rows_left > 0) {
                group.rows_left -= 1;
                let text = group.text.next_value()?;
                let label = group.label.as_mut().map(Column::next_value).transpose()?.flatten();
                return Ok(Some((text, label)));
            }
            if self.next_group == self.metadata.num_row_groups() {
                return Ok(None);
            }
            self.group = Some(self.open_group(self.next_group)?);
            self.next_group += 1;
        }
    }

    fn open_group(&self, index: usize) -> parquet::errors::Result<RowGroup> {
        let group = self.metadata.row_group(index);
        let open = |field: &Field| Column::open(&self.input, group.column(field.leaf), field);
        Ok(RowGroup {
            text: open(&self.text)?,
            label: self.label.as_ref().map(open).transpose()?,
            rows_left: u64::try_from(group.num_rows())?,
        })
    }
}

fn read_footer(input: &Input) -> parquet::errors::Result<ParquetMetaData> {
    let mut options = ParquetMetaDataOptions::new();
    options.set_column_stats_policy(ParquetStatisticsPolicy::SkipAll);
    options.set_encoding_stats_policy(ParquetStatisticsPolicy::SkipAll);
    options.set_size_stats_policy(ParquetStatisticsPolicy::SkipAll);
    ParquetMetaDataReader::new().with_metadata_options(Some(options)).parse_and_finish(input)
}

fn damaged(path: &Path, error: &ParquetError) -> Error {
    let found = match error {
        ParquetError::General(message) | ParquetError::NYI(message) | ParquetError::EOF(message) => {
            message.clone()
        }
        other => other.to_string(),
    };
    Error::Parquet { path: path.into(), found }
}
