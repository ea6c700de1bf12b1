//! A type as `information_schema` takes it apart.

use crate::{
    base::Oid,
    query::catalog::{
        fixed,
        row::{Cell, NULL, row},
    },
    storage::catalog::PG_CATALOG,
    types::{Datum, PgType, oid, typmod},
};

/// Bytes of a character in UTF-8, at most.
const CHARACTER_BYTES_MAX: i32 = 4;
/// The longest text, as PostgreSQL gives it. Bytes.
const TEXT_BYTES_MAX: i32 = 1 << 30;
/// `name`'s collation: the bytes' order.
const C: Oid = Oid(950);
/// Digits after the second where nothing else is said.
const FRACTION_DIGITS: i32 = 6;
/// An interval's modifier without a precision.
const INTERVAL_PRECISION_FULL: i32 = 0xffff;

/// The parts of a type, each as a cell.
pub(super) struct DataType {
    pub name: Datum,
    /// Maximal length in characters and in bytes.
    pub lengths: [Datum; 2],
    /// Precision, radix, scale.
    pub numeric: [Datum; 3],
    /// datetime_precision, interval_type, interval_precision
    pub datetime: [Datum; 3],
    /// Database, schema and name of a collation that is not the default.
    pub collation: [Datum; 3],
    /// Database, schema and name of the type.
    pub udt: [Datum; 3],
}

impl DataType {
    pub fn of(ty: PgType, database: &Datum) -> Self {
        let storage = fixed::storage(ty.oid);
        let schema = |namespace: Oid| {
            if namespace == PG_CATALOG { "pg_catalog" } else { "public" }
        };
        let namespace = storage.map_or(PG_CATALOG, |storage| storage.namespace);
        let is_array = oid::is_array(ty.oid) && !oid::is_blank_separated(ty.oid);
        let name = if is_array {
            "ARRAY".cell()
        } else if namespace == PG_CATALOG {
            typmod::format_type(PgType::new(ty.oid)).cell()
        } else {
            "USER-DEFINED".cell()
        };
        let collation = match storage {
            Some(storage) if storage.collation == C => {
                [database.clone(), "pg_catalog".cell(), "C".cell()]
            }
            _ => [NULL, NULL, NULL],
        };
        let udt_name = storage.map_or(NULL, |storage| storage.name.cell());
        Self {
            name,
            lengths: lengths(ty),
            numeric: numeric(ty),
            datetime: datetime(ty),
            collation,
            udt: [database.clone(), schema(namespace).cell(), udt_name],
        }
    }

    /// data_type, lengths, character set and collation, numeric and datetime parts: the order that
    /// `element_types`, `parameters` and `routines` have.
    pub fn by_group(&self) -> Vec<Datum> {
        let mut row = vec![self.name.clone()];
        row.extend(self.lengths.clone());
        row.extend(row![NULL, NULL, NULL]);
        row.extend(self.collation.clone());
        row.extend(self.numeric.clone());
        row.extend(self.datetime.clone());
        row
    }
}

fn lengths(ty: PgType) -> [Datum; 2] {
    match (ty.oid, typmod::characters(ty.typmod)) {
        (oid::VARCHAR | oid::BPCHAR, Some(characters)) => {
            let characters = characters as i32;
            [characters.cell(), (characters * CHARACTER_BYTES_MAX).cell()]
        }
        (oid::TEXT | oid::VARCHAR | oid::BPCHAR, _) => [NULL, TEXT_BYTES_MAX.cell()],
        _ => [NULL, NULL],
    }
}

fn numeric(ty: PgType) -> [Datum; 3] {
    let binary = |bits: i32, scale: Datum| [bits.cell(), 2.cell(), scale];
    match ty.oid {
        oid::INT2 => binary(16, 0.cell()),
        oid::INT4 => binary(32, 0.cell()),
        oid::INT8 => binary(64, 0.cell()),
        oid::FLOAT4 => binary(24, NULL),
        oid::FLOAT8 => binary(53, NULL),
        oid::NUMERIC => {
            let parts = typmod::numeric_parts(ty.typmod);
            [
                parts.map(|(precision, _)| precision).cell(),
                10.cell(),
                parts.map(|(_, scale)| scale).cell(),
            ]
        }
        _ => [NULL, NULL, NULL],
    }
}

fn datetime(ty: PgType) -> [Datum; 3] {
    let digits = |typmod: i32| if typmod < 0 { FRACTION_DIGITS } else { typmod };
    match ty.oid {
        oid::DATE => [0.cell(), NULL, NULL],
        oid::TIME | oid::TIMETZ | oid::TIMESTAMP | oid::TIMESTAMPTZ => {
            [digits(ty.typmod).cell(), NULL, NULL]
        }
        oid::INTERVAL => {
            let precision = match ty.typmod {
                typmod if typmod < 0 => FRACTION_DIGITS,
                typmod if typmod & INTERVAL_PRECISION_FULL == INTERVAL_PRECISION_FULL => {
                    FRACTION_DIGITS
                }
                typmod => typmod & INTERVAL_PRECISION_FULL,
            };
            let shown = typmod::format_type(ty);
            let fields = shown
                .strip_prefix("interval ")
                .map(|fields| fields.split('(').next().unwrap_or(fields).to_uppercase());
            [precision.cell(), fields.cell(), NULL]
        }
        _ => [NULL, NULL, NULL],
    }
}
