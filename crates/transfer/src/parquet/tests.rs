use std::io::Write;
use std::path::Path;
use std::sync::Arc;

use parquet::basic::{Compression, Encoding};
use parquet::data_type::{
    BoolType, ByteArray, ByteArrayType, DataType, DoubleType, FloatType, Int32Type, Int64Type,
};
use parquet::file::properties::{WriterProperties, WriterPropertiesBuilder, WriterVersion};
use parquet::file::writer::{SerializedFileWriter, SerializedRowGroupWriter};
use parquet::schema::parser::parse_message_type;

use crate::{Columns, Error, Result, Row, Rows};

const TEXTS: [&str; 5] = ["", "schön", "schöner", "a longer text, and a longer text", "schön"];

/// How a file is written.
#[derive(Clone, Copy, Debug)]
struct Form {
    codec: Compression,
    version: WriterVersion,
    /// `None` for a dictionary.
    encoding: Option<Encoding>,
}

const PLAIN: Form = Form {
    codec: Compression::UNCOMPRESSED,
    version: WriterVersion::PARQUET_1_0,
    encoding: Some(Encoding::PLAIN),
};

fn forms() -> Vec<Form> {
    let codecs = [
        Compression::UNCOMPRESSED,
        Compression::SNAPPY,
        Compression::GZIP(Default::default()),
        Compression::LZ4,
        Compression::LZ4_RAW,
        Compression::ZSTD(Default::default()),
    ];
    let versions = [WriterVersion::PARQUET_1_0, WriterVersion::PARQUET_2_0];
    let encodings = [
        None,
        Some(Encoding::PLAIN),
        Some(Encoding::DELTA_LENGTH_BYTE_ARRAY),
        Some(Encoding::DELTA_BYTE_ARRAY),
    ];
    let mut forms = Vec::new();
    for codec in codecs {
        for version in versions {
            forms.extend(encodings.map(|encoding| Form { codec, version, encoding }));
        }
    }
    forms
}

fn properties(form: Form) -> WriterPropertiesBuilder {
    let properties = WriterProperties::builder()
        .set_compression(form.codec)
        .set_writer_version(form.version)
        .set_dictionary_enabled(form.encoding.is_none());
    match form.encoding {
        Some(encoding) => properties.set_column_encoding("text".into(), encoding),
        None => properties,
    }
}

type Group<'a> = SerializedRowGroupWriter<'a, Vec<u8>>;

/// A file of this schema, with row groups that `write` fills.
fn file(
    schema: &str,
    properties: WriterPropertiesBuilder,
    n_groups: usize,
    write: impl Fn(&mut Group<'_>),
) -> Vec<u8> {
    let schema = Arc::new(parse_message_type(&format!("message rows {{ {schema} }}")).unwrap());
    let mut writer = SerializedFileWriter::new(Vec::new(), schema, Arc::new(properties.build())).unwrap();
    for _ in 0..n_groups {
        let mut group = writer.next_row_group().unwrap();
        write(&mut group);
        group.close().unwrap();
    }
    writer.into_inner().unwrap()
}

/// Fills the next column; `levels` are 1 where a value is not null.
fn column<T: DataType>(group: &mut Group<'_>, values: &[T::T], levels: Option<&[i16]>) {
    let mut column = group.next_column().unwrap().unwrap();
    column.typed::<T>().write_batch(values, levels, None).unwrap();
    column.close().unwrap();
}

fn strings(values: &[&str]) -> Vec<ByteArray> {
    values.iter().map(|&value| ByteArray::from(value)).collect()
}

/// Two row groups of the texts, each labelled by an integer or null, and a column that is of no use.
fn sample(form: Form) -> Vec<u8> {
    let schema = "required binary id (UTF8); optional binary text (UTF8); optional int64 label;";
    file(schema, properties(form), 2, |group| {
        column::<ByteArrayType>(group, &strings(&TEXTS), None);
        column::<ByteArrayType>(group, &strings(&TEXTS), Some(&[1; 5]));
        column::<Int64Type>(group, &[1, -2, 1, 1], Some(&[1, 1, 0, 1, 1]));
    })
}

fn read(bytes: Vec<u8>) -> Result<Vec<Row>> {
    Rows::read(Box::new(std::io::Cursor::new(bytes)), Path::new("a"), &Columns::default())?.collect()
}

fn sample_rows() -> Vec<Row> {
    let labels = [Some("1"), Some("-2"), None, Some("1"), Some("1")];
    let rows = TEXTS.iter().zip(labels).cycle().take(10).zip(1..);
    rows.map(|((&text, label), line)| Row {
        text: text.into(),
        label: label.map(Into::into),
        is_utf8: true,
        line,
    })
    .collect()
}

#[test]
fn codecs_versions_and_encodings() {
    for form in forms() {
        assert_eq!(read(sample(form)).unwrap(), sample_rows(), "{form:?}");
    }
}

#[test]
fn a_file_without_labels_says_which_columns_it_has() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("a.parquet");
    std::fs::write(&path, sample(PLAIN)).unwrap();
    let columns = Columns { label: "stars".into(), ..Columns::default() };
    assert!(Rows::open(&path, &columns).is_ok());
    let refused = Rows::open_labelled(&path, &columns).err().unwrap().to_string();
    assert!(refused.contains(r#"expected a column "stars", found the columns id, text, label"#), "{refused}");
}

#[test]
fn plain_and_compressed_files() {
    let folder = tempfile::tempdir().unwrap();
    let open = |name: &str, bytes: &[u8]| {
        let path = folder.path().join(name);
        std::fs::write(&path, bytes).unwrap();
        Rows::open(&path, &Columns::default()).unwrap().collect::<Result<Vec<Row>>>().unwrap()
    };
    let bytes = sample(PLAIN);
    assert_eq!(open("a.parquet", &bytes), sample_rows());
    assert_eq!(open("a.csv", &bytes), sample_rows(), "told by the content, not by the name");
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&bytes).unwrap();
    assert_eq!(open("a.parquet.gz", &gzip.finish().unwrap()), sample_rows());
    assert_eq!(open("a", &zstd::encode_all(bytes.as_slice(), 1).unwrap()), sample_rows());
}

/// The labels that a column of this type and with these three values has.
fn check_labels<T: DataType>(label: &str, values: &[T::T], expected: [Option<&str>; 3]) {
    for encoding in [None, Some(Encoding::PLAIN)] {
        let schema = format!("required binary text; required {label};");
        let bytes = file(&schema, properties(Form { encoding, ..PLAIN }), 1, |group| {
            column::<ByteArrayType>(group, &strings(&["a", "b", "c"]), None);
            column::<T>(group, values, None);
        });
        let labels: Vec<Option<String>> = read(bytes).unwrap().into_iter().map(|row| row.label).collect();
        assert_eq!(labels, expected.map(|label| label.map(String::from)), "{label} {encoding:?}");
    }
}

#[test]
fn types_of_labels() {
    check_labels::<ByteArrayType>(
        "binary label (UTF8)",
        &strings(&["x", "", "é"]),
        [Some("x"), Some(""), Some("é")],
    );
    check_labels::<BoolType>(
        "boolean label",
        &[true, false, true],
        [Some("true"), Some("false"), Some("true")],
    );
    check_labels::<Int32Type>("int32 label", &[1, -1, 0], [Some("1"), Some("-1"), Some("0")]);
    check_labels::<Int32Type>(
        "int32 label (INTEGER(32,false))",
        &[1, -1, 0],
        [Some("1"), Some("4294967295"), Some("0")],
    );
    check_labels::<Int64Type>(
        "int64 label",
        &[1, i64::MIN, 0],
        [Some("1"), Some("-9223372036854775808"), Some("0")],
    );
    check_labels::<Int64Type>(
        "int64 label (UINT_64)",
        &[1, -1, 0],
        [Some("1"), Some("18446744073709551615"), Some("0")],
    );
    check_labels::<FloatType>("float label", &[0.1, 1.0, f32::NAN], [Some("0.1"), Some("1.0"), None]);
    check_labels::<DoubleType>("double label", &[0.1, 1e300, f64::NAN], [Some("0.1"), Some("1e300"), None]);
}

#[test]
fn integers_as_differences_and_booleans_as_runs() {
    let labels: Vec<i64> = (0..1000).map(|i| i * i % 77 - 5).collect();
    let texts = vec![ByteArray::from("a"); labels.len()];
    let delta = properties(PLAIN).set_column_encoding("label".into(), Encoding::DELTA_BINARY_PACKED);
    let bytes = file("required binary text; required int64 label;", delta, 1, |group| {
        column::<ByteArrayType>(group, &texts, None);
        column::<Int64Type>(group, &labels, None);
    });
    let expected = |label: &str| Row { text: "a".into(), label: Some(label.into()), is_utf8: true, line: 0 };
    for (row, label) in read(bytes).unwrap().into_iter().zip(&labels) {
        assert_eq!(Row { line: 0, ..row }, expected(&label.to_string()));
    }
    let flags: Vec<bool> = labels.iter().map(|label| label % 3 == 0).collect();
    let runs = properties(PLAIN).set_column_encoding("label".into(), Encoding::RLE);
    let bytes = file("required binary text; required boolean label;", runs, 1, |group| {
        column::<ByteArrayType>(group, &texts, None);
        column::<BoolType>(group, &flags, None);
    });
    for (row, flag) in read(bytes).unwrap().into_iter().zip(&flags) {
        assert_eq!(Row { line: 0, ..row }, expected(&flag.to_string()));
    }
}

/// The message for a file of one row group.
fn check_error(schema: &str, write: impl Fn(&mut Group<'_>), expected: &str) {
    let message = read(file(schema, properties(PLAIN), 1, write)).unwrap_err().to_string();
    assert!(message.contains(expected), "{message}");
}

#[test]
fn columns_that_do_not_fit() {
    check_error(
        "required binary body; required int32 id;",
        |group| {
            column::<ByteArrayType>(group, &strings(&["a"]), None);
            column::<Int32Type>(group, &[1], None);
        },
        "expected a column \"text\", found the columns body, id, in a",
    );
    let number = |group: &mut Group<'_>| column::<Int32Type>(group, &[1], None);
    check_error("required int32 text;", number, "expected strings in the column \"text\", found INT32, in a");
    check_error("required int32 text (DATE);", number, "found INT32 as DATE, in a");
    check_error("required group text { required int32 x; }", number, "found a group or a list, in a");
    check_error(
        "required binary text; required int32 label (DATE);",
        |group| {
            column::<ByteArrayType>(group, &strings(&["a"]), None);
            column::<Int32Type>(group, &[1], None);
        },
        "expected strings, numbers or booleans in the column \"label\", found INT32 as DATE",
    );
    check_error(
        "optional binary text;",
        |group| column::<ByteArrayType>(group, &strings(&["a"]), Some(&[1, 0])),
        "expected a text in every row of the column \"text\", found null, in a, line 2",
    );
}

/// Cut anywhere and changed anywhere, a file gives rows or an error, never a panic.
#[test]
fn damage_is_an_error() {
    let mut n_errors = 0;
    // Every fifth: all codecs, versions and encodings, though not all together.
    for form in forms().into_iter().step_by(5) {
        let whole = sample(form);
        for end in (0..whole.len()).step_by(7) {
            assert!(
                end < 4 || matches!(read(whole[..end].to_vec()), Err(Error::Parquet { .. })),
                "{form:?} {end}"
            );
        }
        for place in 0..whole.len() {
            for change in [1, 0x10, 0x80, 0xff] {
                let mut bytes = whole.clone();
                bytes[place] ^= change;
                n_errors += usize::from(read(bytes).is_err());
            }
        }
    }
    assert!(n_errors > 1000, "{n_errors}");
}

/// A page of a few bytes that claims gigabytes is refused before room is made for it.
#[test]
fn claims_are_not_believed() {
    for codec in [Compression::SNAPPY, Compression::LZ4_RAW, Compression::GZIP(Default::default())] {
        let text = ByteArray::from("a".repeat(300).as_str());
        let bytes = file("required binary text;", properties(Form { codec, ..PLAIN }), 1, |group| {
            column::<ByteArrayType>(group, std::slice::from_ref(&text), None);
        });
        // The page's header lies at the file's start: type 0, then 304 bytes as a zigzag integer of two.
        assert_eq!(bytes[4..9], [0x15, 0, 0x15, 0xe0, 0x04], "{codec:?}");
        let claim = [&bytes[..7], &[0xfe, 0xff, 0xff, 0xff, 0x0f], &bytes[12..]].concat();
        let message = read(claim).unwrap_err().to_string();
        assert!(message.contains("that claims to hold 2147483647"), "{codec:?}: {message}");
    }
}
