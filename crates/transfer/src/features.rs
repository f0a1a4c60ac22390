//! Rows of features in, a file of them out: `.npy`, safetensors or Parquet.
//!
//! Rows are written as they come, so that memory does not grow with their number. Headers that say how many there are
//! get their numbers at the end.

use std::fs::File;
use std::io::{self, BufWriter, Seek, SeekFrom, Write};
use std::path::Path;
use std::sync::Arc;

use ndarray::Array2;
use parquet::basic::{ConvertedType, Repetition, Type as PhysicalType};
use parquet::data_type::{ByteArray, ByteArrayType, FloatType};
use parquet::errors::ParquetError;
use parquet::file::properties::WriterProperties;
use parquet::file::writer::SerializedFileWriter;
use parquet::schema::types::{Type, TypePtr};
use wordferry_vectors::write_atomically;

use crate::{Error, Result};

/// Room for the header of an `.npy` or safetensors file.
const HEADER: usize = 128;

/// A format of files of features.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FeatureFormat {
    /// numpy's, a matrix *n × d* of `f32`.
    Npy,
    /// One tensor `embeddings`, *n × d* of `f32`.
    Safetensors,
    /// A column `text`, and a column `embedding` of lists of `f32`.
    Parquet,
}

impl FeatureFormat {
    /// Every format.
    pub const ALL: [Self; 3] = [Self::Npy, Self::Safetensors, Self::Parquet];

    /// The name, which is also the ending of such files.
    pub fn name(self) -> &'static str {
        match self {
            Self::Npy => "npy",
            Self::Safetensors => "safetensors",
            Self::Parquet => "parquet",
        }
    }

    /// The format of this name.
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|format| format.name() == name)
    }
}

/// Texts and their rows, one after the other: *n × d*.
pub type Encoded = (Vec<String>, Array2<f32>);

/// Writes what `next` gives until it gives nothing more, rows of `dimension` features, atomically; and how many.
///
/// # Errors
/// If the file cannot be written, or `next` fails.
pub fn write_features(
    path: &Path,
    format: FeatureFormat,
    dimension: usize,
    mut next: impl FnMut() -> Result<Option<Encoded>>,
) -> Result<usize> {
    let (mut n, mut failure) = (0, None);
    let written = write_atomically(path, |file| {
        let mut sink = Sink::new(format, file, dimension)?;
        loop {
            match next() {
                Ok(None) => return sink.close(n),
                Ok(Some((texts, rows))) => {
                    n += rows.nrows();
                    sink.write(&texts, &rows)?;
                }
                Err(error) => {
                    failure = Some(error);
                    return Err(io::ErrorKind::Other.into());
                }
            }
        }
    });
    match failure {
        Some(error) => Err(error),
        None => written.map(|()| n).map_err(Error::from),
    }
}

enum Sink<'a> {
    Matrix { format: FeatureFormat, file: &'a mut BufWriter<File>, dimension: usize },
    Parquet(SerializedFileWriter<&'a mut BufWriter<File>>),
}

impl<'a> Sink<'a> {
    fn new(format: FeatureFormat, file: &'a mut BufWriter<File>, dimension: usize) -> io::Result<Self> {
        if format == FeatureFormat::Parquet {
            let schema = schema().map_err(io::Error::other)?;
            let writer = SerializedFileWriter::new(file, schema, Arc::new(WriterProperties::default()));
            return writer.map(Self::Parquet).map_err(io::Error::other);
        }
        file.write_all(&[0; HEADER])?;
        Ok(Self::Matrix { format, file, dimension })
    }

    fn write(&mut self, texts: &[String], rows: &Array2<f32>) -> io::Result<()> {
        match self {
            Self::Matrix { file, .. } => {
                rows.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
            }
            Self::Parquet(writer) => write_group(writer, texts, rows).map_err(io::Error::other),
        }
    }

    fn close(self, n: usize) -> io::Result<()> {
        match self {
            Self::Parquet(writer) => writer.close().map(drop).map_err(io::Error::other),
            Self::Matrix { format, file, dimension } => {
                let header = match format {
                    FeatureFormat::Safetensors => safetensors_header(n, dimension),
                    FeatureFormat::Npy | FeatureFormat::Parquet => npy_header(n, dimension),
                };
                file.seek(SeekFrom::Start(0))?;
                file.write_all(&header)
            }
        }
    }
}

/// The header of numpy's format, version 1.0.
fn npy_header(n: usize, d: usize) -> Vec<u8> {
    let text = format!("{{'descr': '<f4', 'fortran_order': False, 'shape': ({n}, {d}), }}");
    let mut header = b"\x93NUMPY\x01\x00".to_vec();
    header.extend(((HEADER - 10) as u16).to_le_bytes());
    header.extend(format!("{text:<width$}\n", width = HEADER - 11).into_bytes());
    header
}

fn safetensors_header(n: usize, d: usize) -> Vec<u8> {
    let text =
        format!(r#"{{"embeddings":{{"dtype":"F32","shape":[{n},{d}],"data_offsets":[0,{}]}}}}"#, n * d * 4);
    let mut header = ((HEADER - 8) as u64).to_le_bytes().to_vec();
    header.extend(format!("{text:<width$}", width = HEADER - 8).into_bytes());
    header
}

/// `text` and `embedding`, a list as the format wants it: a group of that name around a repeated one.
fn schema() -> Result<TypePtr, ParquetError> {
    let text = Type::primitive_type_builder("text", PhysicalType::BYTE_ARRAY)
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::UTF8)
        .build()?;
    let element = Type::primitive_type_builder("element", PhysicalType::FLOAT)
        .with_repetition(Repetition::REQUIRED)
        .build()?;
    let list = Type::group_type_builder("list")
        .with_repetition(Repetition::REPEATED)
        .with_fields(vec![Arc::new(element)])
        .build()?;
    let embedding = Type::group_type_builder("embedding")
        .with_repetition(Repetition::REQUIRED)
        .with_converted_type(ConvertedType::LIST)
        .with_fields(vec![Arc::new(list)])
        .build()?;
    let fields = vec![Arc::new(text), Arc::new(embedding)];
    Ok(Arc::new(Type::group_type_builder("features").with_fields(fields).build()?))
}

fn write_group<W: Write + Send>(
    writer: &mut SerializedFileWriter<W>,
    texts: &[String],
    rows: &Array2<f32>,
) -> Result<(), ParquetError> {
    let mut group = writer.next_row_group()?;
    if let Some(mut column) = group.next_column()? {
        let texts: Vec<ByteArray> = texts.iter().map(|text| text.as_bytes().to_vec().into()).collect();
        column.typed::<ByteArrayType>().write_batch(&texts, None, None)?;
        column.close()?;
    }
    if let Some(mut column) = group.next_column()? {
        let values: Vec<f32> = rows.iter().copied().collect();
        // A value begins a row where its place in the row is the first.
        let repeated: Vec<i16> = (0..values.len()).map(|at| i16::from(at % rows.ncols() != 0)).collect();
        column.typed::<FloatType>().write_batch(&values, Some(&vec![1; values.len()]), Some(&repeated))?;
        column.close()?;
    }
    group.close().map(drop)
}

#[cfg(test)]
mod tests {
    use ndarray::array;
    use wordferry_vectors::NamedTensors;

    use super::*;

    fn write(format: FeatureFormat) -> (tempfile::TempDir, std::path::PathBuf) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(format!("a.{}", format.name()));
        let mut batches = vec![
            (vec!["b".to_owned()], array![[5.0, 6.0]]),
            (vec!["a".to_owned(), "ä".to_owned()], array![[1.0, 2.0], [3.0, 4.0]]),
        ];
        assert_eq!(write_features(&path, format, 2, || Ok(batches.pop())).unwrap(), 3);
        (folder, path)
    }

    #[test]
    fn matrices_are_whole() {
        let (_folder, path) = write(FeatureFormat::Safetensors);
        let rows = NamedTensors::open(&[&path]).unwrap().matrix("embeddings", [3, 2]).unwrap();
        assert_eq!(rows, array![[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]);
        let (_folder, path) = write(FeatureFormat::Npy);
        let bytes = std::fs::read(path).unwrap();
        assert!(bytes[10..].starts_with(b"{'descr': '<f4', 'fortran_order': False, 'shape': (3, 2), }"));
        assert_eq!(bytes.len(), HEADER + 24);
        assert_eq!(bytes[HEADER - 1], b'\n');
        assert_eq!(bytes[HEADER + 4..HEADER + 8], 2.0_f32.to_le_bytes());
    }

    #[test]
    fn tables_are_read_back() {
        let (_folder, path) = write(FeatureFormat::Parquet);
        let texts: Vec<_> = crate::Rows::open(&path, &crate::Columns::default())
            .unwrap()
            .map(|row| row.unwrap().text)
            .collect();
        assert_eq!(texts, ["a", "ä", "b"]);
    }

    #[test]
    fn a_failure_leaves_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("a.npy");
        let failure = || Err(Error::NothingKnown { n_texts: 1, n_tokens: 1, kind: "words" });
        assert!(matches!(
            write_features(&path, FeatureFormat::Npy, 2, failure),
            Err(Error::NothingKnown { .. })
        ));
        assert!(!path.exists());
    }
}
