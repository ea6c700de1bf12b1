//! Stored texts as a session reads them: what its search path would not find has its schema.
//!
//! Texts of views are kept with the schemas of all relations (CREATE VIEW writes them), so that
//! they mean the same to every session; what the search path finds is printed without. Types,
//! functions and operators of pgvector stand in `public`.

use std::ops::Range;

use super::definition::qualified;
use crate::{
    base::{Oid, Result},
    query::{
        bind::{Binder, Mention, Trace},
        env::Env,
        functions::strings::{quoted_identifier, quoted_literal},
    },
    storage::catalog::{Object, Table, View},
    types::oid,
};

/// The name of a relation, with its schema if the search path does not find it.
pub fn relation_name(env: &Env, relation: Oid) -> Option<String> {
    let (schema, name) = env.catalog.object(relation)?.relation_name(&env.catalog)?;
    let found = env.search_path.iter().find_map(|schema| env.catalog.relation(*schema, &name));
    Some(match found.map(Object::oid) == Some(relation) {
        true => quoted_identifier(&name).into_owned(),
        false => qualified(&env.catalog, schema, &name),
    })
}

/// `public.` before what stands there, if the search path does not find it.
pub fn public_prefix(env: &Env) -> &'static str {
    let public = env.catalog.schema_named("public").map(|schema| schema.oid);
    if public.is_some_and(|oid| env.search_path.contains(&oid)) { "" } else { "public." }
}

/// What stands before the name of a type.
pub fn type_prefix(env: &Env, ty: Oid) -> &'static str {
    match oid::is_vector(oid::element_of(ty).unwrap_or(ty)) {
        true => public_prefix(env),
        false => "",
    }
}

/// The query of a view.
pub fn view_query(env: &Env, view: &View) -> String {
    let trace = Binder::new(env, &[]).trace_query(&view.query);
    // A view that no longer binds is shown as it is kept.
    let mut edits =
        trace.as_ref().map_or_else(|_| vec![], |trace| extended(env, &view.query, trace));
    for (at, mention) in trace.unwrap_or_default() {
        if let Mention::Relation { oid, .. } = mention
            && let Some(name) = relation_name(env, oid)
        {
            edits.push((whole_name(&view.query, at), name));
        }
    }
    replaced(&view.query, edits)
}

/// An expression over a table's row.
pub fn expression(env: &Env, table: &Table, sql: &str) -> String {
    if public_prefix(env).is_empty() {
        return sql.to_owned();
    }
    let trace = Binder::new(env, &[]).trace_expression(table, sql).unwrap_or_default();
    replaced(sql, extended(env, sql, &trace))
}

/// The sequence of a default that is `nextval('name'::regclass)`.
pub fn sequence_of(env: &Env, default: &str) -> Option<Oid> {
    let literal = default.trim().strip_prefix("nextval('")?;
    let literal = literal.strip_suffix("'::regclass)").or_else(|| literal.strip_suffix("')"))?;
    let found = env.style.names.as_ref()?.object_of(oid::REGCLASS, &literal.replace("''", "'"));
    found.ok().filter(|oid| env.catalog.sequence(*oid).is_some())
}

/// A default as it is kept: a sequence is named with its schema, so that every session finds it.
pub fn default_with_schema(env: &Env, default: String) -> String {
    let named = sequence_of(env, &default).and_then(|oid| {
        let (schema, name) = env.catalog.object(oid)?.relation_name(&env.catalog)?;
        Some(qualified(&env.catalog, schema, &name))
    });
    named.map_or(default, |name| format!("nextval({}::regclass)", quoted_literal(&name)))
}

/// A query with the schema of every relation that it reads.
///
/// Errors: the binder's.
pub fn with_schemas(env: &Env, sql: &str) -> Result<String> {
    let mut edits = Vec::new();
    for (at, mention) in Binder::new(env, &[]).trace_query(sql)? {
        if let Mention::Relation { oid, .. } = mention
            && let Some(object) = env.catalog.object(oid)
            && let Some((schema, name)) = object.relation_name(&env.catalog)
        {
            edits.push((whole_name(sql, at), qualified(&env.catalog, schema, &name)));
        }
    }
    Ok(replaced(sql, edits))
}

/// What must be said of pgvector's names where the search path does not find them.
fn extended(env: &Env, sql: &str, trace: &Trace) -> Vec<(Range<usize>, String)> {
    if public_prefix(env).is_empty() {
        return vec![];
    }
    let edits = trace.iter().filter_map(|(at, mention)| match mention {
        Mention::Extended => {
            (name_parts(sql, *at).len() == 1).then(|| (*at..*at, "public.".to_owned()))
        }
        Mention::Operator => {
            let symbol = operator_at(sql, *at)?;
            Some((*at..*at + symbol.len(), format!("OPERATOR(public.{symbol})")))
        }
        _ => None,
    });
    edits.collect()
}

/// The operator that begins at `at`. `None` for one that binds otherwise once it is qualified
/// (`+`, `<`), which stays as it is, and for one that is qualified.
fn operator_at(sql: &str, at: usize) -> Option<&str> {
    let rest = sql.get(at..)?;
    let end = rest.find(|c: char| !"+-*/<>=~!@#%^&|`?".contains(c)).unwrap_or(rest.len());
    let symbol = &rest[..end];
    let plain = ["", "+", "-", "*", "/", "%", "^", "<", ">", "=", "<=", ">=", "<>", "!="];
    (!plain.contains(&symbol)).then_some(symbol)
}

fn whole_name(sql: &str, at: usize) -> Range<usize> {
    at..name_parts(sql, at).last().map_or(at, |last| last.end)
}

/// The parts of the dotted name that begins at `at`.
pub fn name_parts(sql: &str, at: usize) -> Vec<Range<usize>> {
    let bytes = sql.as_bytes();
    let mut parts = Vec::new();
    let mut start = at;
    loop {
        let mut end = start;
        if bytes.get(start) == Some(&b'"') {
            end += 1;
            while end < bytes.len() {
                if bytes[end] != b'"' {
                    end += 1;
                } else if bytes.get(end + 1) == Some(&b'"') {
                    end += 2;
                } else {
                    end += 1;
                    break;
                }
            }
        } else {
            while bytes.get(end).is_some_and(|byte| {
                byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"_$*".contains(byte)
            }) {
                end += 1;
            }
        }
        parts.push(start..end);
        if bytes.get(end) != Some(&b'.') {
            return parts;
        }
        start = end + 1;
    }
}

/// The text with other words at some places, which do not overlap.
pub fn replaced(sql: &str, mut edits: Vec<(Range<usize>, String)>) -> String {
    edits.sort_by_key(|(range, _)| std::cmp::Reverse(range.start));
    let mut text = sql.to_owned();
    for (range, with) in edits {
        text.replace_range(range, &with);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_operators_end_where_they_end() {
        let sql = "SELECT \"a.\"\"b\".c <-> d";
        let parts: Vec<&str> = name_parts(sql, 7).into_iter().map(|part| &sql[part]).collect();
        assert_eq!(parts, ["\"a.\"\"b\"", "c"]);
        assert_eq!(operator_at(sql, 17), Some("<->"));
        assert_eq!(operator_at("a + b", 2), None);
        assert_eq!(operator_at("a OPERATOR(public.<->) b", 2), None);
    }
}
