//! Operator classes of vector and text indexes, and what they ask of a key.

use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::catalog,
    storage::catalog::{IndexKey, IndexMethod},
    types::{PgType, oid, typmod},
};

/// Name, method, the type it is for, whether it is that type's default.
static OPERATOR_CLASSES: &[(&str, IndexMethod, Oid, bool)] = &[
    ("bit_hamming_ops", IndexMethod::Hnsw, oid::BIT, false),
    ("bit_jaccard_ops", IndexMethod::Hnsw, oid::BIT, false),
    ("halfvec_cosine_ops", IndexMethod::Hnsw, oid::HALFVEC, false),
    ("halfvec_ip_ops", IndexMethod::Hnsw, oid::HALFVEC, false),
    ("halfvec_l1_ops", IndexMethod::Hnsw, oid::HALFVEC, false),
    ("halfvec_l2_ops", IndexMethod::Hnsw, oid::HALFVEC, false),
    ("sparsevec_cosine_ops", IndexMethod::Hnsw, oid::SPARSEVEC, false),
    ("sparsevec_ip_ops", IndexMethod::Hnsw, oid::SPARSEVEC, false),
    ("sparsevec_l1_ops", IndexMethod::Hnsw, oid::SPARSEVEC, false),
    ("sparsevec_l2_ops", IndexMethod::Hnsw, oid::SPARSEVEC, false),
    ("vector_cosine_ops", IndexMethod::Hnsw, oid::VECTOR, false),
    ("vector_ip_ops", IndexMethod::Hnsw, oid::VECTOR, false),
    ("vector_l1_ops", IndexMethod::Hnsw, oid::VECTOR, false),
    ("vector_l2_ops", IndexMethod::Hnsw, oid::VECTOR, false),
    ("bit_hamming_ops", IndexMethod::IvfFlat, oid::BIT, false),
    ("halfvec_cosine_ops", IndexMethod::IvfFlat, oid::HALFVEC, false),
    ("halfvec_ip_ops", IndexMethod::IvfFlat, oid::HALFVEC, false),
    ("halfvec_l2_ops", IndexMethod::IvfFlat, oid::HALFVEC, false),
    ("vector_cosine_ops", IndexMethod::IvfFlat, oid::VECTOR, false),
    ("vector_ip_ops", IndexMethod::IvfFlat, oid::VECTOR, false),
    ("vector_l2_ops", IndexMethod::IvfFlat, oid::VECTOR, true),
    ("array_ops", IndexMethod::Gin, oid::ANYARRAY, true),
    ("jsonb_ops", IndexMethod::Gin, oid::JSONB, true),
    ("jsonb_path_ops", IndexMethod::Gin, oid::JSONB, false),
    ("tsvector_ops", IndexMethod::Gin, oid::TSVECTOR, true),
];

/// Operator classes of btree, by which nothing is ordered otherwise than its type is.
static BTREE_CLASSES: &[&str] = &[
    "array_ops",
    "bit_ops",
    "bool_ops",
    "bpchar_ops",
    "bpchar_pattern_ops",
    "bytea_ops",
    "char_ops",
    "date_ops",
    "float4_ops",
    "float8_ops",
    "halfvec_ops",
    "int2_ops",
    "int4_ops",
    "int8_ops",
    "interval_ops",
    "jsonb_ops",
    "multirange_ops",
    "name_ops",
    "numeric_ops",
    "oid_ops",
    "oidvector_ops",
    "pg_lsn_ops",
    "range_ops",
    "record_ops",
    "sparsevec_ops",
    "text_ops",
    "text_pattern_ops",
    "tid_ops",
    "time_ops",
    "timestamp_ops",
    "timestamptz_ops",
    "timetz_ops",
    "tsquery_ops",
    "tsvector_ops",
    "uuid_ops",
    "varbit_ops",
    "varchar_ops",
    "varchar_pattern_ops",
    "vector_ops",
];

/// pgvector's limit for bits; that of the types themselves holds for the others.
const INDEXED_BITS_MAX: usize = 64_000;

/// Errors: 42704 for an unknown class or none that is default; 42804 for another type's.
pub fn check_opclass(method: IndexMethod, opclass: &str, ty: PgType) -> Result<()> {
    let name = catalog::method_name(method);
    let shown = typmod::format_type(PgType::new(ty.oid));
    if method == IndexMethod::Btree {
        return match ty.oid {
            oid::JSON if opclass.is_empty() => err!(
                UNDEFINED_OBJECT,
                "data type {shown} has no default operator class for access method \"{name}\""
            ),
            _ if opclass.is_empty() || BTREE_CLASSES.contains(&opclass) => Ok(()),
            _ => err!(
                UNDEFINED_OBJECT,
                "operator class \"{opclass}\" does not exist for access method \"{name}\""
            ),
        };
    }
    if opclass.is_empty() {
        let default = OPERATOR_CLASSES.iter().any(|(_, of, for_type, default)| {
            *of == method && takes(*for_type, ty.oid) && *default
        });
        if default {
            return Ok(());
        }
        return Err(PgError::new(
            sqlstate::UNDEFINED_OBJECT,
            format!("data type {shown} has no default operator class for access method \"{name}\""),
        )
        .hint(
            "You must specify an operator class for the index or define a default operator class for the data type.",
        ));
    }
    // A `bit varying` is a `bit` of any length: the class takes it, the index does not.
    let input = if ty.oid == oid::VARBIT { oid::BIT } else { ty.oid };
    match OPERATOR_CLASSES.iter().find(|(class, of, ..)| *class == opclass && *of == method) {
        None => err!(
            UNDEFINED_OBJECT,
            "operator class \"{opclass}\" does not exist for access method \"{name}\""
        ),
        Some((_, _, for_type, _)) if !takes(*for_type, input) => err!(
            DATATYPE_MISMATCH,
            "operator class \"{opclass}\" does not accept data type {shown}"
        ),
        Some(_) => Ok(()),
    }
}

fn takes(class: Oid, ty: Oid) -> bool {
    class == ty || class == oid::ANYARRAY && oid::is_array(ty)
}

/// A vector index needs to know the dimension.
///
/// Errors: 0A000 `type not supported for hnsw index`; 22023 `column does not have dimensions`; 54000
/// past the limit.
pub fn check_dimensions(method: IndexMethod, key: &IndexKey) -> Result<()> {
    if !matches!(method, IndexMethod::Hnsw | IndexMethod::IvfFlat) {
        return Ok(());
    }
    let name = catalog::method_name(method);
    if key.ty.oid == oid::VARBIT {
        return err!(FEATURE_NOT_SUPPORTED, "type not supported for {name} index");
    }
    let Some(dimensions) = typmod::vector_dimensions(key.ty.typmod) else {
        return err!(INVALID_PARAMETER_VALUE, "column does not have dimensions");
    };
    if key.ty.oid == oid::BIT && dimensions > INDEXED_BITS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "column cannot have more than {INDEXED_BITS_MAX} dimensions for {name} index"
        );
    }
    Ok(())
}
