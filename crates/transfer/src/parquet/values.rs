//! The bytes of a page in, its values out, whatever their encoding.

use std::sync::Arc;

use bytes::Bytes;
use parquet::basic::Encoding;
use parquet::errors::Result;

use super::columns::Kind;
use super::runs::{Deltas, Runs, fault, little_endian, take};

/// A value that is not null.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Value {
    Bytes(Bytes),
    Boolean(bool),
    Integer(i64),
    Unsigned(u64),
    Float(f32),
    Double(f64),
}

impl Value {
    /// The value as JSON would have it, without quotation marks. NaN and the infinities, which JSON has not, are `None`.
    pub(super) fn into_string(self) -> Option<String> {
        match self {
            Self::Bytes(bytes) => Some(String::from_utf8_lossy(&bytes).into_owned()),
            Self::Boolean(value) => Some(value.to_string()),
            Self::Integer(value) => Some(value.to_string()),
            Self::Unsigned(value) => Some(value.to_string()),
            Self::Float(value) => value.is_finite().then(|| format!("{value:?}")),
            Self::Double(value) => value.is_finite().then(|| format!("{value:?}")),
        }
    }

    fn integer(value: i64, kind: Kind) -> Self {
        match kind {
            Kind::UInt32 => Self::Integer(i64::from(value as u32)),
            Kind::Int32 => Self::Integer(i64::from(value as i32)),
            Kind::UInt64 => Self::Unsigned(value as u64),
            _ => Self::Integer(value),
        }
    }
}

/// The values of a dictionary, which are stored one after the other.
pub(super) fn dictionary(data: Bytes, n_values: u32, kind: Kind) -> Result<Arc<[Value]>> {
    let mut values = Plain { data, bit: 0, kind };
    // Not all at once: the number is only claimed.
    let mut entries = Vec::new();
    for _ in 0..n_values {
        entries.push(values.next_value()?);
    }
    Ok(entries.into())
}

/// The values of a page that are not null.
pub(super) enum Values {
    Plain(Plain),
    Dictionary { entries: Arc<[Value]>, indices: Runs },
    Booleans(Runs),
    Integers { deltas: Deltas, kind: Kind },
    Strings(Strings),
    Prefixed { prefixes: Deltas, suffixes: Strings, previous: Vec<u8> },
}

impl Values {
    pub(super) fn new(
        encoding: Encoding,
        kind: Kind,
        mut data: Bytes,
        dictionary: Option<Arc<[Value]>>,
    ) -> Result<Self> {
        match (encoding, kind) {
            (Encoding::PLAIN, _) => Ok(Self::Plain(Plain { data, bit: 0, kind })),
            (Encoding::RLE_DICTIONARY | Encoding::PLAIN_DICTIONARY, _) => {
                let entries = dictionary.ok_or_else(|| fault("a page without its dictionary"))?;
                // A page of nulls may have no bytes at all.
                let width = take(&mut data, 1).map_or(0, |width| width[0]);
                Ok(Self::Dictionary { entries, indices: Runs::new(data, width)? })
            }
            (Encoding::RLE, Kind::Boolean) => {
                let length = u32::from_le_bytes(little_endian(&mut data)?);
                Ok(Self::Booleans(Runs::new(take(&mut data, length as usize)?, 1)?))
            }
            (Encoding::DELTA_BINARY_PACKED, Kind::Int32 | Kind::UInt32 | Kind::Int64 | Kind::UInt64) => {
                Ok(Self::Integers { deltas: Deltas::new(data)?, kind })
            }
            (Encoding::DELTA_LENGTH_BYTE_ARRAY, Kind::Bytes) => Ok(Self::Strings(Strings::new(data)?)),
            (Encoding::DELTA_BYTE_ARRAY, Kind::Bytes) => {
                let prefixes = Deltas::new(data)?;
                let suffixes = Strings::new(prefixes.rest()?)?;
                Ok(Self::Prefixed { prefixes, suffixes, previous: Vec::new() })
            }
            _ => Err(fault(format!("values in the encoding {encoding}"))),
        }
    }

    pub(super) fn next_value(&mut self) -> Result<Value> {
        match self {
            Self::Plain(plain) => plain.next_value(),
            Self::Dictionary { entries, indices } => {
                let index = indices.next_value()? as usize;
                entries.get(index).cloned().ok_or_else(|| {
                    fault(format!("entry {index} of a dictionary of {} entries", entries.len()))
                })
            }
            Self::Booleans(runs) => Ok(Value::Boolean(runs.next_value()? == 1)),
            Self::Integers { deltas, kind } => Ok(Value::integer(deltas.next_value()?, *kind)),
            Self::Strings(strings) => strings.next_value().map(Value::Bytes),
            Self::Prefixed { prefixes, suffixes, previous } => {
                let shared = usize::try_from(prefixes.next_value()?)?;
                if shared > previous.len() {
                    return Err(fault("a prefix that is longer than the value before it"));
                }
                previous.truncate(shared);
                previous.extend_from_slice(&suffixes.next_value()?);
                Ok(Value::Bytes(Bytes::copy_from_slice(previous)))
            }
        }
    }
}

/// Values one after the other.
pub(super) struct Plain {
    data: Bytes,
    /// The next bit of the first byte, for booleans.
    bit: u8,
    kind: Kind,
}

impl Plain {
    fn next_value(&mut self) -> Result<Value> {
        let data = &mut self.data;
        Ok(match self.kind {
            Kind::Bytes => {
                let length = u32::from_le_bytes(little_endian(data)?);
                Value::Bytes(take(data, length as usize)?)
            }
            Kind::Boolean => self.next_boolean()?,
            Kind::Int32 | Kind::UInt32 => {
                Value::integer(i32::from_le_bytes(little_endian(data)?).into(), self.kind)
            }
            Kind::Int64 | Kind::UInt64 => Value::integer(i64::from_le_bytes(little_endian(data)?), self.kind),
            Kind::Float => Value::Float(f32::from_le_bytes(little_endian(data)?)),
            Kind::Double => Value::Double(f64::from_le_bytes(little_endian(data)?)),
        })
    }

    fn next_boolean(&mut self) -> Result<Value> {
        let byte = *self.data.first().ok_or_else(|| fault("fewer booleans than values"))?;
        let value = byte >> self.bit & 1 == 1;
        self.bit = (self.bit + 1) % 8;
        if self.bit == 0 {
            take(&mut self.data, 1)?;
        }
        Ok(Value::Boolean(value))
    }
}

/// Strings whose lengths are stored before them.
pub(super) struct Strings {
    lengths: Deltas,
    data: Bytes,
}

impl Strings {
    fn new(data: Bytes) -> Result<Self> {
        let lengths = Deltas::new(data)?;
        Ok(Self { data: lengths.rest()?, lengths })
    }

    fn next_value(&mut self) -> Result<Bytes> {
        let length = usize::try_from(self.lengths.next_value()?)?;
        take(&mut self.data, length)
    }
}
