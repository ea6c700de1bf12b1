//! What access methods, indexes and their columns can do.

use super::oid_of;
use crate::{
    base::Result,
    query::{
        catalog,
        functions::{Context, args::int4},
    },
    storage::catalog::IndexMethod,
    types::Datum,
};

const METHODS: &[IndexMethod] =
    &[IndexMethod::Btree, IndexMethod::Hnsw, IndexMethod::IvfFlat, IndexMethod::Gin];

/// A property that a method has or has not; NULL for a name that is none.
fn has(of: IndexMethod, methods: &[IndexMethod]) -> Datum {
    Datum::Bool(methods.contains(&of))
}

pub(super) fn pg_indexam_has_property(_: &Context, args: &[Datum]) -> Result<Datum> {
    use IndexMethod::*;
    let oid = oid_of(&args[0]);
    let Some(method) = METHODS.iter().copied().find(|method| catalog::method_oid(*method) == oid)
    else {
        return Ok(Datum::Null);
    };
    Ok(match args[1].as_str().to_ascii_lowercase().as_str() {
        "can_order" | "can_unique" | "can_include" | "can_exclude" => has(method, &[Btree]),
        "can_multi_col" => has(method, &[Btree, Gin]),
        _ => Datum::Null,
    })
}

pub(super) fn pg_index_has_property(context: &Context, args: &[Datum]) -> Result<Datum> {
    use IndexMethod::*;
    let Some(index) = context.env.catalog.index(oid_of(&args[0])) else {
        return Ok(Datum::Null);
    };
    Ok(match args[1].as_str().to_ascii_lowercase().as_str() {
        "clusterable" | "backward_scan" => has(index.method, &[Btree]),
        "index_scan" => has(index.method, &[Btree, Hnsw, IvfFlat]),
        "bitmap_scan" => has(index.method, &[Btree, Gin]),
        _ => Datum::Null,
    })
}

/// Columns count from 1; included ones have none of the properties but `returnable`.
pub(super) fn pg_index_column_has_property(context: &Context, args: &[Datum]) -> Result<Datum> {
    use IndexMethod::*;
    let Some(index) = context.env.catalog.index(oid_of(&args[0])) else {
        return Ok(Datum::Null);
    };
    let Ok(position) = usize::try_from(int4(&args[1]) - 1) else { return Ok(Datum::Null) };
    let name = args[2].as_str().to_ascii_lowercase();
    let Some(key) = index.keys.get(position) else {
        let included = position < index.keys.len() + index.include.len();
        return Ok(match name.as_str() {
            "returnable" if included => Datum::Bool(true),
            "orderable" | "distance_orderable" | "search_array" | "search_nulls" if included => {
                Datum::Bool(false)
            }
            _ => Datum::Null,
        });
    };
    Ok(match name.as_str() {
        // Where nothing is in order, there is no direction.
        "asc" | "desc" | "nulls_first" | "nulls_last" if index.method != Btree => Datum::Null,
        "asc" => Datum::Bool(!key.descending),
        "desc" => Datum::Bool(key.descending),
        "nulls_first" => Datum::Bool(key.nulls_first),
        "nulls_last" => Datum::Bool(!key.nulls_first),
        "orderable" | "returnable" | "search_array" | "search_nulls" => has(index.method, &[Btree]),
        "distance_orderable" => has(index.method, &[Hnsw, IvfFlat]),
        _ => Datum::Null,
    })
}
