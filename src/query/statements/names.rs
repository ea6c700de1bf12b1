//! Names in statements that change definitions: where an object goes, and what a name means.

use std::sync::Arc;

use crate::{
    base::{Oid, PgError, Result, limits, sqlstate},
    query::{
        env::Env,
        parse::{NodeEnum, ast},
        session::Session,
    },
    storage::catalog::{Object, Table},
};

/// The schema that a new object of this name goes to.
///
/// Errors: 3F000 for an unknown schema; 42501 for `pg_catalog`.
pub fn creation_schema(env: &Env, schema: &str) -> Result<Oid> {
    if schema.is_empty() {
        let lasting = |oid: &&Oid| env.catalog.schema(**oid).is_none_or(|of| !of.temporary);
        return env.search_path.iter().find(lasting).copied().ok_or_else(|| {
            PgError::new(sqlstate::INVALID_SCHEMA_NAME, "no schema has been selected to create in")
        });
    }
    let found = env.catalog.schema_named(schema).ok_or_else(|| {
        PgError::new(sqlstate::INVALID_SCHEMA_NAME, format!("schema \"{schema}\" does not exist"))
    })?;
    if matches!(schema, "pg_catalog" | "information_schema") {
        return Err(PgError::new(
            sqlstate::INSUFFICIENT_PRIVILEGE,
            format!("permission denied to create in schema \"{schema}\""),
        )
        .detail("System catalog modifications are currently disallowed."));
    }
    Ok(found.oid)
}

/// The schema that a relation goes to, and whether it is the session's temporary one, which is made
/// if there is none.
///
/// Errors: as [`creation_schema`]; 42P16 for a temporary relation elsewhere.
pub fn creation_place(session: &mut Session, relation: &ast::RangeVar) -> Result<(Oid, bool)> {
    let named = relation.schemaname.as_str();
    if relation.relpersistence == "t" || named == "pg_temp" {
        if !matches!(named, "" | "pg_temp") {
            return Err(PgError::new(
                sqlstate::INVALID_TABLE_DEFINITION,
                "cannot create temporary relation in non-temporary schema",
            )
            .at(relation.location));
        }
        return Ok((session.temporary_schema()?, true));
    }
    let (env, _) = session.environment()?;
    Ok((creation_schema(&env, named)?, false))
}

/// Whether the relation name is free. `Ok(false)` after the NOTICE of IF NOT EXISTS.
///
/// Errors: 42P07 `relation "x" already exists`.
pub fn check_free(
    session: &Session,
    env: &Env,
    schema: Oid,
    name: &str,
    if_not_exists: bool,
) -> Result<bool> {
    if env.catalog.relation(schema, name).is_none() {
        return Ok(true);
    }
    let message = format!("relation \"{name}\" already exists");
    if if_not_exists {
        let mut notice = PgError::notice(format!("{message}, skipping"));
        notice.code = sqlstate::DUPLICATE_TABLE;
        session.notice(notice);
        return Ok(false);
    }
    Err(PgError::new(sqlstate::DUPLICATE_TABLE, message))
}

/// The object of a relation name, by the search path.
pub fn find_relation<'e>(env: &'e Env, schema: &str, name: &str) -> Option<&'e Object> {
    match schema {
        "" => env.search_path.iter().find_map(|schema| env.catalog.relation(*schema, name)),
        schema => {
            let schema = env.catalog.schema_named_on(&env.search_path, schema)?;
            env.catalog.relation(schema.oid, name)
        }
    }
}

/// Errors: 42P01, 42809 `"x" is not a table`.
pub fn find_table(env: &Env, name: &ast::RangeVar) -> Result<Arc<Table>> {
    match find_relation(env, &name.schemaname, &name.relname) {
        Some(Object::Table(table)) => Ok(table.clone()),
        Some(_) => Err(PgError::new(
            sqlstate::WRONG_OBJECT_TYPE,
            format!("\"{}\" is not a table", name.relname),
        )),
        None => {
            let shown = match name.schemaname.as_str() {
                "" => name.relname.clone(),
                schema => format!("{schema}.{}", name.relname),
            };
            Err(PgError::new(
                sqlstate::UNDEFINED_TABLE,
                format!("relation \"{shown}\" does not exist"),
            ))
        }
    }
}

/// A name for an index or sequence made from its table and columns: `docs_id_seq`, numbered if it
/// is taken, shortened to PostgreSQL's 63 bytes.
pub fn generated_name(
    env: &Env,
    schema: Oid,
    table: &str,
    columns: &[&str],
    suffix: &str,
    taken: &dyn Fn(&str) -> bool,
) -> String {
    let middle = columns.join("_");
    for number in 0.. {
        let tail = if number == 0 { suffix.to_owned() } else { format!("{suffix}{number}") };
        let (mut first, mut second) = (table.to_owned(), middle.clone());
        let separators = 1 + usize::from(!second.is_empty());
        // The longer of the two parts gives way.
        while first.len() + second.len() + tail.len() + separators > limits::IDENTIFIER_BYTES_MAX {
            if first.len() >= second.len() {
                first.pop()
            } else {
                second.pop()
            };
        }
        let name = match second.as_str() {
            "" => format!("{first}_{tail}"),
            second => format!("{first}_{second}_{tail}"),
        };
        if env.catalog.relation(schema, &name).is_none() && !taken(&name) {
            return name;
        }
    }
    unreachable!("numbers do not end")
}

/// A constant of the grammar as text: option values.
pub fn constant_text(node: Option<&ast::Node>) -> Option<String> {
    use ast::a_const::Val;
    match node?.node.as_ref()? {
        NodeEnum::AConst(constant) => Some(match constant.val.as_ref()? {
            Val::Ival(value) => value.ival.to_string(),
            Val::Fval(value) => value.fval.clone(),
            Val::Boolval(value) => if value.boolval { "true" } else { "false" }.to_owned(),
            Val::Sval(value) => value.sval.clone(),
            Val::Bsval(value) => value.bsval.clone(),
        }),
        NodeEnum::String(value) => Some(value.sval.clone()),
        NodeEnum::Integer(value) => Some(value.ival.to_string()),
        NodeEnum::Float(value) => Some(value.fval.clone()),
        NodeEnum::Boolean(value) => Some(value.boolval.to_string()),
        NodeEnum::TypeCast(cast) => constant_text(cast.arg.as_deref()),
        NodeEnum::TypeName(name) => constant_text(name.names.last()),
        NodeEnum::ColumnRef(column) => constant_text(column.fields.last()),
        NodeEnum::List(list) => {
            let all: Option<Vec<String>> =
                list.items.iter().map(|item| constant_text(Some(item))).collect();
            Some(all?.join(", "))
        }
        _ => None,
    }
}

/// `(schema, name)` of an object's list of names.
pub fn split_qualified(node: &ast::Node) -> Result<(String, String)> {
    let parts: Vec<String> = match &node.node {
        Some(NodeEnum::List(list)) => {
            list.items.iter().filter_map(|item| constant_text(Some(item))).collect()
        }
        Some(NodeEnum::String(name)) => vec![name.sval.clone()],
        Some(NodeEnum::TypeName(name)) => {
            name.names.iter().filter_map(|item| constant_text(Some(item))).collect()
        }
        _ => vec![],
    };
    match parts.as_slice() {
        [name] => Ok((String::new(), name.clone())),
        [schema, name] | [_, schema, name] => Ok((schema.clone(), name.clone())),
        _ => Err(PgError::new(
            sqlstate::SYNTAX_ERROR,
            "improper qualified name (too many dotted names)",
        )),
    }
}
