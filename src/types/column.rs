//! How a SQL type lies in an Arrow column, and the way between cells and [`Datum`]s.
//!
//! Nine physical kinds carry every SQL type. Strings and byte strings are *view* arrays: filters,
//! joins and sorts move 16-byte views and never copy a document or an embedding.

use std::sync::Arc;

use datafusion::arrow::{
    array::{
        Array, ArrayRef, AsArray, BinaryViewBuilder, BooleanBuilder, Float32Builder,
        Float64Builder, Int16Builder, Int32Builder, Int64Builder, StringViewBuilder, UInt32Builder,
        new_null_array,
    },
    datatypes::{DataType, Float32Type, Float64Type, Int16Type, Int32Type, Int64Type, UInt32Type},
};

use super::{Datum, oid, stored};
use crate::base::{Oid, PgError, Result};

/// The Arrow kind of a column.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Physical {
    Bool,
    Int16,
    /// int4 and date
    Int32,
    /// int8, time, timestamp, timestamptz
    Int64,
    Float32,
    Float64,
    /// oid and the reg types
    UInt32,
    /// every textual type, json and jsonb
    Utf8,
    /// everything else, in its stored bytes
    Binary,
}

impl Physical {
    pub fn of(type_oid: Oid) -> Physical {
        match type_oid {
            oid::BOOL => Physical::Bool,
            oid::INT2 => Physical::Int16,
            oid::INT4 | oid::DATE => Physical::Int32,
            oid::INT8 | oid::TIME | oid::TIMESTAMP | oid::TIMESTAMPTZ => Physical::Int64,
            oid::FLOAT4 => Physical::Float32,
            oid::FLOAT8 => Physical::Float64,
            oid::OID | oid::XID | oid::CID => Physical::UInt32,
            type_oid if oid::is_reg(type_oid) => Physical::UInt32,
            type_oid if oid::is_textual(type_oid) => Physical::Utf8,
            _ => Physical::Binary,
        }
    }

    pub fn arrow(self) -> DataType {
        match self {
            Physical::Bool => DataType::Boolean,
            Physical::Int16 => DataType::Int16,
            Physical::Int32 => DataType::Int32,
            Physical::Int64 => DataType::Int64,
            Physical::Float32 => DataType::Float32,
            Physical::Float64 => DataType::Float64,
            Physical::UInt32 => DataType::UInt32,
            Physical::Utf8 => DataType::Utf8View,
            Physical::Binary => DataType::BinaryView,
        }
    }
}

/// The Arrow data type of a SQL type.
pub fn arrow_type(type_oid: Oid) -> DataType {
    Physical::of(type_oid).arrow()
}

/// Reads one cell. `array` must have the physical kind of `type_oid`.
pub fn datum_at(array: &dyn Array, type_oid: Oid, row: usize) -> Result<Datum> {
    if array.is_null(row) {
        return Ok(Datum::Null);
    }
    Ok(match Physical::of(type_oid) {
        Physical::Bool => Datum::Bool(array.as_boolean().value(row)),
        Physical::Int16 => Datum::Int2(array.as_primitive::<Int16Type>().value(row)),
        Physical::Int32 => {
            let value = array.as_primitive::<Int32Type>().value(row);
            if type_oid == oid::DATE { Datum::Date(value) } else { Datum::Int4(value) }
        }
        Physical::Int64 => {
            let value = array.as_primitive::<Int64Type>().value(row);
            match type_oid {
                oid::TIME => Datum::Time(value),
                oid::TIMESTAMP => Datum::Timestamp(value),
                oid::TIMESTAMPTZ => Datum::TimestampTz(value),
                _ => Datum::Int8(value),
            }
        }
        Physical::Float32 => Datum::Float4(array.as_primitive::<Float32Type>().value(row)),
        Physical::Float64 => Datum::Float8(array.as_primitive::<Float64Type>().value(row)),
        Physical::UInt32 => Datum::Oid(array.as_primitive::<UInt32Type>().value(row)),
        Physical::Utf8 => {
            let value = array.as_string_view().value(row);
            if type_oid == oid::JSONB {
                Datum::Jsonb(value.into())
            } else {
                Datum::Text(value.into())
            }
        }
        Physical::Binary => stored::decode(type_oid, array.as_binary_view().value(row))?,
    })
}

/// A column of `rows` equal cells.
pub fn constant(value: &Datum, type_oid: Oid, rows: usize) -> Result<ArrayRef> {
    if value.is_null() {
        return Ok(new_null_array(&arrow_type(type_oid), rows));
    }
    let mut builder = ColumnBuilder::new(type_oid, rows);
    for _ in 0..rows {
        builder.push(value)?;
    }
    Ok(builder.finish())
}

/// Builds one Arrow column from datums or from stored bytes.
pub struct ColumnBuilder {
    cells: Cells,
    scratch: Vec<u8>,
}

enum Cells {
    Bool(BooleanBuilder),
    Int16(Int16Builder),
    Int32(Int32Builder),
    Int64(Int64Builder),
    Float32(Float32Builder),
    Float64(Float64Builder),
    UInt32(UInt32Builder),
    Utf8(StringViewBuilder),
    Binary(BinaryViewBuilder),
}

impl ColumnBuilder {
    pub fn new(type_oid: Oid, capacity: usize) -> Self {
        let cells = match Physical::of(type_oid) {
            Physical::Bool => Cells::Bool(BooleanBuilder::with_capacity(capacity)),
            Physical::Int16 => Cells::Int16(Int16Builder::with_capacity(capacity)),
            Physical::Int32 => Cells::Int32(Int32Builder::with_capacity(capacity)),
            Physical::Int64 => Cells::Int64(Int64Builder::with_capacity(capacity)),
            Physical::Float32 => Cells::Float32(Float32Builder::with_capacity(capacity)),
            Physical::Float64 => Cells::Float64(Float64Builder::with_capacity(capacity)),
            Physical::UInt32 => Cells::UInt32(UInt32Builder::with_capacity(capacity)),
            Physical::Utf8 => Cells::Utf8(StringViewBuilder::with_capacity(capacity)),
            Physical::Binary => Cells::Binary(BinaryViewBuilder::with_capacity(capacity)),
        };
        Self { cells, scratch: Vec::new() }
    }

    pub fn push_null(&mut self) {
        match &mut self.cells {
            Cells::Bool(cells) => cells.append_null(),
            Cells::Int16(cells) => cells.append_null(),
            Cells::Int32(cells) => cells.append_null(),
            Cells::Int64(cells) => cells.append_null(),
            Cells::Float32(cells) => cells.append_null(),
            Cells::Float64(cells) => cells.append_null(),
            Cells::UInt32(cells) => cells.append_null(),
            Cells::Utf8(cells) => cells.append_null(),
            Cells::Binary(cells) => cells.append_null(),
        }
    }

    /// Errors: XX000 if the datum is not of the column's kind.
    pub fn push(&mut self, value: &Datum) -> Result<()> {
        match (&mut self.cells, value) {
            (_, Datum::Null) => self.push_null(),
            (Cells::Bool(cells), Datum::Bool(value)) => cells.append_value(*value),
            (Cells::Int16(cells), Datum::Int2(value)) => cells.append_value(*value),
            (Cells::Int32(cells), Datum::Int4(value) | Datum::Date(value)) => {
                cells.append_value(*value)
            }
            (
                Cells::Int64(cells),
                Datum::Int8(value)
                | Datum::Time(value)
                | Datum::Timestamp(value)
                | Datum::TimestampTz(value),
            ) => cells.append_value(*value),
            (Cells::Float32(cells), Datum::Float4(value)) => cells.append_value(*value),
            (Cells::Float64(cells), Datum::Float8(value)) => cells.append_value(*value),
            (Cells::UInt32(cells), Datum::Oid(value)) => cells.append_value(*value),
            (Cells::Utf8(cells), Datum::Text(value) | Datum::Jsonb(value)) => {
                cells.append_value(value.as_ref())
            }
            (Cells::Binary(cells), value) => {
                self.scratch.clear();
                stored::encode(value, &mut self.scratch);
                cells.append_value(&self.scratch);
            }
            (_, value) => {
                return Err(PgError::internal(format!("{value:?} does not fit its column")));
            }
        }
        Ok(())
    }

    /// Appends a value in its stored bytes, as rows hold it, without making a datum.
    pub fn push_stored(&mut self, bytes: &[u8]) -> Result<()> {
        fn number<const N: usize>(bytes: &[u8]) -> Result<[u8; N]> {
            bytes.try_into().map_err(|_| stored::corrupt())
        }
        match &mut self.cells {
            Cells::Bool(cells) => cells.append_value(bytes == [1]),
            Cells::Int16(cells) => cells.append_value(i16::from_le_bytes(number(bytes)?)),
            Cells::Int32(cells) => cells.append_value(i32::from_le_bytes(number(bytes)?)),
            Cells::Int64(cells) => cells.append_value(i64::from_le_bytes(number(bytes)?)),
            Cells::Float32(cells) => cells.append_value(f32::from_le_bytes(number(bytes)?)),
            Cells::Float64(cells) => cells.append_value(f64::from_le_bytes(number(bytes)?)),
            Cells::UInt32(cells) => cells.append_value(u32::from_le_bytes(number(bytes)?)),
            Cells::Utf8(cells) => {
                cells.append_value(std::str::from_utf8(bytes).map_err(|_| stored::corrupt())?)
            }
            Cells::Binary(cells) => cells.append_value(bytes),
        }
        Ok(())
    }

    pub fn finish(&mut self) -> ArrayRef {
        match &mut self.cells {
            Cells::Bool(cells) => Arc::new(cells.finish()),
            Cells::Int16(cells) => Arc::new(cells.finish()),
            Cells::Int32(cells) => Arc::new(cells.finish()),
            Cells::Int64(cells) => Arc::new(cells.finish()),
            Cells::Float32(cells) => Arc::new(cells.finish()),
            Cells::Float64(cells) => Arc::new(cells.finish()),
            Cells::UInt32(cells) => Arc::new(cells.finish()),
            Cells::Utf8(cells) => Arc::new(cells.finish()),
            Cells::Binary(cells) => Arc::new(cells.finish()),
        }
    }
}
