//! CREATE TABLE AS and SELECT INTO.

use std::sync::Arc;

use super::{
    Given, command,
    create_table::on_commit,
    names::{check_free, creation_place},
};
use crate::{
    base::{PgError, Result},
    err,
    query::{
        bind::Binder,
        exec,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Column, Object, SUPERUSER, Table},
    },
    types::{oid, shape::fields_of},
};

/// SELECT ... INTO is CREATE TABLE AS. Errors: 42601 for INTO elsewhere than in the first SELECT.
pub fn select_into(select: &ast::SelectStmt) -> Result<ast::CreateTableAsStmt> {
    let mut query = select.clone();
    let into = query.into_clause.take();
    Ok(ast::CreateTableAsStmt {
        query: Some(Box::new(ast::Node { node: Some(NodeEnum::SelectStmt(Box::new(query))) })),
        into,
        objtype: ast::ObjectType::ObjectTable as i32,
        is_select_into: true,
        if_not_exists: false,
    })
}

/// CREATE TABLE ... AS query. Errors: as CREATE TABLE, and the query's.
pub async fn create_table_as(
    session: &mut Session,
    statement: &ast::CreateTableAsStmt,
    given: Given<'_>,
) -> Result<Outcome> {
    if statement.objtype() == ast::ObjectType::ObjectMatview {
        return Err(PgError::unsupported("CREATE MATERIALIZED VIEW"));
    }
    let into = statement.into.as_deref().ok_or_else(|| PgError::internal("INTO is missing"))?;
    let relation = into.rel.as_ref().ok_or_else(|| PgError::internal("INTO without a name"))?;
    let query = statement.query.as_deref().and_then(|query| query.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = query else {
        return Err(PgError::unsupported("CREATE TABLE AS EXECUTE"));
    };
    let (schema, temporary) = creation_place(session, relation)?;
    let on_commit = on_commit(into.on_commit(), temporary)?;
    let (env, view) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE TABLE AS");
    }
    let plan = Binder::new(&env, given.types).select(select)?;
    let names: Vec<String> = into
        .col_names
        .iter()
        .map(|name| super::names::constant_text(Some(name)).unwrap_or_default())
        .collect();
    if names.len() > plan.fields.len() {
        return err!(SYNTAX_ERROR, "too many column names were specified");
    }
    let mut columns: Vec<Column> = Vec::new();
    for (position, field) in plan.fields.iter().enumerate() {
        let name = names.get(position).unwrap_or(&field.name).clone();
        if columns.iter().any(|column| column.name == name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        if field.ty.oid == oid::RECORD {
            return match fields_of(field.ty) {
                Some(_) => Err(PgError::unsupported("a column of a row type")),
                None => {
                    err!(INVALID_TABLE_DEFINITION, "column \"{name}\" has pseudo-type record")
                }
            };
        }
        columns.push(Column {
            name,
            ty: field.ty,
            not_null: false,
            default: None,
            generated: None,
            identity: None,
            sequence: None,
            dropped: false,
            missing: None,
        });
    }
    let table = Arc::new(Table {
        oid: session.shared().store.allocate_oid(),
        schema,
        name: relation.relname.clone(),
        owner: SUPERUSER,
        columns,
        checks: vec![],
        indexes: vec![],
        temporary,
        foreign_keys: vec![],
    });
    if let Some(act) = on_commit {
        session.on_commit.insert(table.oid, act);
    }
    let rows = if into.skip_data {
        vec![]
    } else {
        let plan = session.optimise(plan, &env, &view);
        let execution = session.execution(env.clone(), view, given.values);
        exec::rows(&plan, execution.into()).await?
    };
    let change = CatalogChange::Put(Object::Table(table.clone()));
    session.transaction().writes.change(&env.catalog, change);
    let (env, _) = session.environment()?;
    let writer = super::write::RowWriter::new(session, env, &table)?;
    let count = rows.len();
    super::insert::plain(session, &writer, rows).await?;
    match into.skip_data {
        true => command("CREATE TABLE AS"),
        false => command(format!("SELECT {count}")),
    }
}
