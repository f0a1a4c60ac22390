//! A schema and the name of a column in, where the column lies and how its values are stored out.

use std::path::Path;

use parquet::basic::{ConvertedType, LogicalType, Type};
use parquet::schema::types::{ColumnDescriptor, SchemaDescriptor};

use crate::rows::missing_column;
use crate::{Error, Result};

/// How the values of a column are stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Bytes,
    Boolean,
    Int32,
    UInt32,
    Int64,
    UInt64,
    Float,
    Double,
}

/// A column that can be read.
pub(super) struct Field {
    /// Its place among the columns that hold values.
    pub(super) leaf: usize,
    pub(super) kind: Kind,
    /// Whether its values may be null.
    pub(super) optional: bool,
}

/// The column of the texts, which has to be there.
pub(super) fn text(schema: &SchemaDescriptor, path: &Path, name: &str) -> Result<Field> {
    let field = find(schema, path, name, "strings")?.ok_or_else(|| missing(schema, path, name))?;
    match field.kind {
        Kind::Bytes => Ok(field),
        _ => Err(wrong(schema, path, name, "strings")),
    }
}

/// That a column is not there.
pub(super) fn missing(schema: &SchemaDescriptor, path: &Path, name: &str) -> Error {
    missing_column(path, name, names(schema).map(String::from).collect())
}

/// The column of the labels, if there is one.
pub(super) fn label(schema: &SchemaDescriptor, path: &Path, name: &str) -> Result<Option<Field>> {
    find(schema, path, name, "strings, numbers or booleans")
}

fn names(schema: &SchemaDescriptor) -> impl Iterator<Item = &str> {
    schema.root_schema().get_fields().iter().map(|field| field.name())
}

fn find(schema: &SchemaDescriptor, path: &Path, name: &str, expected: &str) -> Result<Option<Field>> {
    if names(schema).all(|found| found != name) {
        return Ok(None);
    }
    let read = leaf(schema, name).and_then(|leaf| {
        let column = &schema.columns()[leaf];
        Some(Field { leaf, kind: kind(column)?, optional: column.max_def_level() == 1 })
    });
    read.map(Some).ok_or_else(|| wrong(schema, path, name, expected))
}

/// The index of a column that is neither in a group nor repeated.
fn leaf(schema: &SchemaDescriptor, name: &str) -> Option<usize> {
    schema.columns().iter().position(|column| column.path().parts() == [name] && column.max_rep_level() == 0)
}

fn kind(column: &ColumnDescriptor) -> Option<Kind> {
    use ConvertedType as C;
    let unsigned = match column.logical_type_ref() {
        None | Some(LogicalType::String | LogicalType::Enum | LogicalType::Json | LogicalType::Unknown) => {
            false
        }
        Some(LogicalType::Integer(integer)) => !integer.is_signed,
        // Dates, times and decimals are numbers of something else than what they would be printed as.
        Some(_) => return None,
    };
    match (column.physical_type(), column.converted_type()) {
        (Type::BYTE_ARRAY, C::NONE | C::UTF8 | C::ENUM | C::JSON) => Some(Kind::Bytes),
        (Type::BOOLEAN, C::NONE) => Some(Kind::Boolean),
        (Type::INT32, C::UINT_8 | C::UINT_16 | C::UINT_32) => Some(Kind::UInt32),
        (Type::INT32, C::NONE) if unsigned => Some(Kind::UInt32),
        (Type::INT32, C::NONE | C::INT_8 | C::INT_16 | C::INT_32) => Some(Kind::Int32),
        (Type::INT64, C::UINT_64) => Some(Kind::UInt64),
        (Type::INT64, C::NONE) if unsigned => Some(Kind::UInt64),
        (Type::INT64, C::NONE | C::INT_64) => Some(Kind::Int64),
        (Type::FLOAT, C::NONE) => Some(Kind::Float),
        (Type::DOUBLE, C::NONE) => Some(Kind::Double),
        _ => None,
    }
}

fn wrong(schema: &SchemaDescriptor, path: &Path, name: &str, expected: &str) -> Error {
    let found = leaf(schema, name).map_or_else(
        || "a group or a list".into(),
        |leaf| {
            let column = &schema.columns()[leaf];
            match column.converted_type() {
                ConvertedType::NONE => column.physical_type().to_string(),
                converted => format!("{} as {converted}", column.physical_type()),
            }
        },
    );
    Error::WrongColumn { path: path.into(), column: name.into(), expected: expected.into(), found }
}
