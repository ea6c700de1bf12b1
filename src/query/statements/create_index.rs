//! CREATE INDEX: the entries of btree, and of gin over jsonb and arrays, are written with the commit;
//! hnsw, ivfflat and gin over tsvector are built from the change log, and every query is answered
//! exactly meanwhile.

use std::{collections::BTreeMap, sync::Arc};

use super::{
    command,
    index_fill::{check, fill},
    names::{check_free, constant_text, find_table, generated_name},
    operator_class::{check_dimensions, check_opclass},
    write::{RowWriter, lock_table},
};
use crate::{
    base::{Notice, PgError, Result, sqlstate},
    err,
    ingest::locks::LockMode,
    query::{
        bind::{self, Binder, output_name},
        catalog,
        env::Env,
        exec::source::Source,
        ir::Expr,
        parse::{self, NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Index, IndexKey, IndexMethod, KeyTarget, Object, Table},
    },
    types::{oid, row::Row},
};

/// Errors: 42P07, 42703, 42704 (access method, operator class), 22023 (options), 23505.
pub async fn create_index(session: &mut Session, statement: &ast::IndexStmt) -> Result<Outcome> {
    let relation =
        statement.relation.as_ref().ok_or_else(|| PgError::internal("index without a table"))?;
    let (env, _) = session.environment()?;
    let table = find_table(&env, relation)?;
    // Writers end first; their rows are then in the snapshot below.
    lock_table(session, &table, LockMode::Share).await?;
    let (env, view) = session.environment()?;
    let table = find_table(&env, relation)?;
    let method = method(&statement.access_method)?;
    let keys = statement
        .index_params
        .iter()
        .map(|node| key(&env, &table, method, node))
        .collect::<Result<Vec<_>>>()?;
    let name = match statement.idxname.as_str() {
        "" => {
            let mut names: Vec<String> =
                keys.iter().map(|key| key_name(&table, key)).collect::<Result<_>>()?;
            let included = included(&table, &statement.index_including_params)?;
            names.extend(included.iter().map(|at| table.columns[*at].name.clone()));
            let names: Vec<&str> = names.iter().map(String::as_str).collect();
            generated_name(&env, table.schema, &table.name, &names, "idx", &|_| false)
        }
        name => name.to_owned(),
    };
    if !check_free(session, &env, table.schema, &name, statement.if_not_exists)? {
        return command("CREATE INDEX");
    }
    let options = options(method, &statement.options)?;
    check_shape(method, &keys, statement)?;
    let predicate = match statement.where_clause.as_deref() {
        None => None,
        Some(node) => {
            let predicate = Binder::new(&env, &[]).table_node(&table, node, "index predicates")?;
            if !bind::is_immutable(&predicate) {
                return err!(
                    INVALID_OBJECT_DEFINITION,
                    "functions in index predicate must be marked IMMUTABLE"
                );
            }
            Some(parse::deparse_expression(node)?)
        }
    };
    let index = Arc::new(Index {
        oid: session.shared().store.allocate_oid(),
        table: table.oid,
        name,
        method,
        keys,
        unique: statement.unique,
        constraint: None,
        nulls_not_distinct: statement.nulls_not_distinct,
        predicate,
        options,
        include: included(&table, &statement.index_including_params)?,
        unfilled: false,
    });
    let mut changed = (*table).clone();
    changed.indexes.push(index.oid);
    let changed = Arc::new(changed);
    let transaction = session.transaction();
    let alone = !transaction.explicit && transaction.writes.is_empty();
    let writes = &mut transaction.writes;
    writes.change(&env.catalog, CatalogChange::Put(Object::Index(index.clone())));
    writes.change(&env.catalog, CatalogChange::Put(Object::Table(changed.clone())));
    if let Some(notice) = little_data(&index, &table, &*view.rows)? {
        session.notice(notice);
    }
    if index.sees_writes() {
        let (env, _) = session.environment()?;
        let writer = RowWriter::new(session, env, &changed)?;
        match index.has_entries() {
            true => fill(session, &writer, &*view.rows, &index, alone).await?,
            false => check(session, &writer, &*view.rows, &index)?,
        }
    }
    command("CREATE INDEX")
}

/// pgvector's NOTICE where an ivfflat index is to have more lists than there are vectors. Here it
/// has fewer lists then, and is trained again as it grows.
fn little_data(index: &Index, table: &Table, view: &dyn Source) -> Result<Option<Notice>> {
    if index.method != IndexMethod::IvfFlat {
        return Ok(None);
    }
    let lists = index.options.get("lists").and_then(|lists| lists.parse().ok()).unwrap_or(100);
    let mut vectors = 0;
    view.scan(table.oid, None, &mut |_, _, bytes| {
        vectors += match index.keys[0].target {
            KeyTarget::Column(column) => usize::from(has_value(table, bytes, column)?),
            KeyTarget::Expression(_) => 1,
        };
        Ok(vectors < lists)
    })?;
    Ok((vectors < lists).then(|| {
        PgError::notice("ivfflat index created with little data")
            .detail("This will cause low recall.")
            .hint("Drop the index until the table has more data.")
    }))
}

fn has_value(table: &Table, bytes: &[u8], column: usize) -> Result<bool> {
    let row = Row::new(bytes)?;
    Ok(match column < row.columns() {
        true => row.stored(column)?.is_some(),
        false => table.columns[column].missing.is_some(),
    })
}

/// Errors: 42704 `access method "x" does not exist`.
fn method(name: &str) -> Result<IndexMethod> {
    match name {
        "" | "btree" => Ok(IndexMethod::Btree),
        "hnsw" => Ok(IndexMethod::Hnsw),
        "gin" => Ok(IndexMethod::Gin),
        "ivfflat" => Ok(IndexMethod::IvfFlat),
        "hash" | "gist" | "spgist" | "brin" | "bm25" => {
            Err(PgError::unsupported(format!("access method \"{name}\"")))
        }
        other => err!(UNDEFINED_OBJECT, "access method \"{other}\" does not exist"),
    }
}

fn key(env: &Env, table: &Table, method: IndexMethod, node: &ast::Node) -> Result<IndexKey> {
    let Some(NodeEnum::IndexElem(element)) = &node.node else {
        return Err(PgError::internal("index element expected"));
    };
    let binder = Binder::new(env, &[]);
    let (target, ty) = match element.expr.as_deref() {
        None => {
            let position = table
                .columns
                .iter()
                .position(|column| !column.dropped && column.name == element.name)
                .ok_or_else(|| {
                    PgError::new(
                        sqlstate::UNDEFINED_COLUMN,
                        format!("column \"{}\" does not exist", element.name),
                    )
                })?;
            (KeyTarget::Column(position), table.columns[position].ty)
        }
        Some(node) => {
            let sql = parse::deparse_expression(node)?;
            let sql = fix_text_search_config(&sql, &env.text_search_config)?;
            binder.table_node(table, node, "index expressions")?;
            let expr = binder.table_expression(table, &sql)?;
            if !bind::is_immutable(&expr) {
                return err!(
                    INVALID_OBJECT_DEFINITION,
                    "functions in index expression must be marked IMMUTABLE"
                );
            }
            match &expr {
                Expr::Column(position, ty) => (KeyTarget::Column(*position), *ty),
                expr => (KeyTarget::Expression(sql), expr.ty()),
            }
        }
    };
    let opclass = match element.opclass.last() {
        Some(node) => constant_text(Some(node)).unwrap_or_default(),
        None => String::new(),
    };
    if ty.oid == crate::types::oid::RECORD {
        return err!(INVALID_TABLE_DEFINITION, "column \"row\" has pseudo-type record");
    }
    check_opclass(method, &opclass, ty)?;
    check_order(method, element)?;
    Ok(IndexKey {
        target,
        ty,
        opclass,
        descending: element.ordering() == ast::SortByDir::SortbyDesc,
        nulls_first: match element.nulls_ordering() {
            ast::SortByNulls::SortbyNullsFirst => true,
            ast::SortByNulls::SortbyNullsLast => false,
            _ => element.ordering() == ast::SortByDir::SortbyDesc,
        },
    })
}

/// Only a btree is in order. Errors: 0A000.
fn check_order(method: IndexMethod, element: &ast::IndexElem) -> Result<()> {
    let name = catalog::method_name(method);
    let refuse = |what: &str| {
        err!(FEATURE_NOT_SUPPORTED, "access method \"{name}\" does not support {what} options")
    };
    if method == IndexMethod::Btree {
        return Ok(());
    }
    if element.ordering() != ast::SortByDir::SortbyDefault {
        return refuse("ASC/DESC");
    }
    if element.nulls_ordering() != ast::SortByNulls::SortbyNullsDefault {
        return refuse("NULLS FIRST/LAST");
    }
    Ok(())
}

/// PostgreSQL names an expression as a target list would; `expr` is its name for what has none.
fn key_name(table: &Table, key: &IndexKey) -> Result<String> {
    Ok(match &key.target {
        KeyTarget::Column(position) => table.columns[*position].name.clone(),
        KeyTarget::Expression(sql) => expression_name(sql)?,
    })
}

pub(super) fn expression_name(sql: &str) -> Result<String> {
    Ok(match output_name(&parse::parse_expression(sql)?) {
        name if name == "?column?" => "expr".to_owned(),
        name => name,
    })
}

/// What each method asks of its keys.
///
/// Errors: 0A000, 22023 `column does not have dimensions`, 54000.
fn check_shape(method: IndexMethod, keys: &[IndexKey], statement: &ast::IndexStmt) -> Result<()> {
    let name = catalog::method_name(method);
    if method == IndexMethod::Btree {
        return Ok(());
    }
    if statement.unique {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "access method \"{name}\" does not support unique indexes"
        );
    }
    if !statement.index_including_params.is_empty() {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "access method \"{name}\" does not support included columns"
        );
    }
    if method == IndexMethod::Gin && keys.len() > 1 {
        return match keys.iter().any(|key| key.ty.oid == oid::TSVECTOR) {
            true => Err(PgError::unsupported("a gin index of several columns with a tsvector")),
            false => Ok(()),
        };
    }
    let [key] = keys else {
        return err!(
            FEATURE_NOT_SUPPORTED,
            "access method \"{name}\" does not support multicolumn indexes"
        );
    };
    check_dimensions(method, key)
}

/// WITH (...). Errors: 22023 for an unknown option or a value out of range.
fn options(method: IndexMethod, nodes: &[ast::Node]) -> Result<BTreeMap<String, String>> {
    let mut options = BTreeMap::new();
    let known: &[(&str, i64, i64)] = match method {
        IndexMethod::Hnsw => &[("m", 2, 100), ("ef_construction", 4, 1000)],
        IndexMethod::IvfFlat => &[("lists", 1, 32_768)],
        IndexMethod::Gin => &[("fastupdate", 0, 1), ("gin_pending_list_limit", 64, i64::MAX)],
        IndexMethod::Btree => &[("fillfactor", 10, 100), ("deduplicate_items", 0, 1)],
    };
    for node in nodes {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let name = option.defname.as_str();
        let value = constant_text(option.arg.as_deref()).unwrap_or_default();
        let Some((_, min, max)) = known.iter().find(|(known, ..)| *known == name) else {
            return err!(INVALID_PARAMETER_VALUE, "unrecognized parameter \"{name}\"");
        };
        let number = match value.as_str() {
            "on" | "true" | "" => Some(1),
            "off" | "false" => Some(0),
            text => text.parse::<i64>().ok(),
        };
        match number {
            None => {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "invalid value for integer option \"{name}\": {value}"
                );
            }
            Some(number) if number < *min || number > *max => {
                return Err(PgError::new(
                    sqlstate::INVALID_PARAMETER_VALUE,
                    format!("value {number} out of bounds for option \"{name}\""),
                )
                .detail(format!("Valid values are between \"{min}\" and \"{max}\".")));
            }
            // As it was written: `off` is shown so.
            Some(_) if !value.is_empty() => options.insert(name.to_owned(), value),
            Some(_) => options.insert(name.to_owned(), "true".to_owned()),
        };
    }
    if method == IndexMethod::Hnsw {
        let value = |name: &str, default: i64| {
            options.get(name).and_then(|value| value.parse().ok()).unwrap_or(default)
        };
        if value("ef_construction", 64) < 2 * value("m", 16) {
            return err!(
                INVALID_PARAMETER_VALUE,
                "ef_construction must be greater than or equal to 2 * m"
            );
        }
    }
    Ok(options)
}

fn included(table: &Table, nodes: &[ast::Node]) -> Result<Vec<usize>> {
    nodes
        .iter()
        .map(|node| {
            let name = match &node.node {
                Some(NodeEnum::IndexElem(element)) => element.name.clone(),
                _ => String::new(),
            };
            table.columns.iter().position(|column| column.name == name).ok_or_else(|| {
                PgError::new(
                    sqlstate::UNDEFINED_COLUMN,
                    format!("column \"{name}\" does not exist"),
                )
            })
        })
        .collect()
}

/// A stored expression must not change with `default_text_search_config`: the one-argument
/// `to_tsvector(x)` gets the configuration of now.
pub fn fix_text_search_config(sql: &str, config: &str) -> Result<String> {
    if !sql.contains("to_tsvector") {
        return Ok(sql.to_owned());
    }
    let mut node = parse::parse_expression(sql)?;
    fix_node(&mut node, config);
    parse::deparse_expression(&node)
}

fn fix_node(node: &mut ast::Node, config: &str) {
    match &mut node.node {
        Some(NodeEnum::FuncCall(call)) => {
            call.args.iter_mut().for_each(|arg| fix_node(arg, config));
            let name = constant_text(call.funcname.last());
            if name.as_deref() == Some("to_tsvector") && call.args.len() == 1 {
                let sval = ast::String { sval: config.to_owned() };
                let constant = ast::AConst {
                    val: Some(ast::a_const::Val::Sval(sval)),
                    isnull: false,
                    location: -1,
                };
                let constant = ast::Node { node: Some(NodeEnum::AConst(constant)) };
                call.args.insert(0, constant);
            }
        }
        Some(NodeEnum::AExpr(expr)) => {
            for side in expr.lexpr.iter_mut().chain(&mut expr.rexpr) {
                fix_node(side, config);
            }
        }
        Some(NodeEnum::TypeCast(cast)) => cast.arg.iter_mut().for_each(|arg| fix_node(arg, config)),
        Some(NodeEnum::CoalesceExpr(coalesce)) => {
            coalesce.args.iter_mut().for_each(|arg| fix_node(arg, config));
        }
        _ => {}
    }
}
