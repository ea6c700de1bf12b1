//! CREATE VIEW.

use super::{
    command,
    names::{check_free, constant_text, creation_place},
    respell::without_stars,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        bind::Binder,
        catalog::spelling,
        parse::{self, NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Object, SUPERUSER, View},
    },
    types::{PgType, oid, shape::fields_of, typmod},
};

/// Errors: 42P07 without OR REPLACE; 42P16 if the replacement's columns differ.
pub fn create_view(session: &mut Session, statement: &ast::ViewStmt) -> Result<Outcome> {
    let relation =
        statement.view.as_ref().ok_or_else(|| PgError::internal("CREATE VIEW without a name"))?;
    let query = statement.query.as_deref().and_then(|query| query.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = query else {
        return Err(PgError::internal("CREATE VIEW without a query"));
    };
    let (mut schema, temporary) = creation_place(session, relation)?;
    let (mut env, _) = session.environment()?;
    let binder = Binder::new(&env, &[]);
    let plan = binder.select(select)?;
    let reads = binder.relations_read();
    let names: Vec<String> =
        statement.aliases.iter().filter_map(|alias| constant_text(Some(alias))).collect();
    if names.len() > plan.fields.len() {
        return err!(SYNTAX_ERROR, "CREATE VIEW specifies more column names than columns");
    }
    check_options(&statement.options)?;
    let mut columns = Vec::new();
    for (position, field) in plan.fields.iter().enumerate() {
        let name = names.get(position).unwrap_or(&field.name).clone();
        if columns.iter().any(|(other, _)| *other == name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        if field.ty.oid == oid::RECORD && fields_of(field.ty).is_none() {
            return err!(INVALID_TABLE_DEFINITION, "column \"{name}\" has pseudo-type record");
        }
        // The number of a row's shape is of this process only.
        let ty = if fields_of(field.ty).is_some() { PgType::new(field.ty.oid) } else { field.ty };
        columns.push((name, ty));
    }
    let of_temporary = |oid: &Oid| env.catalog.table(*oid).is_some_and(|table| table.temporary);
    if !temporary && reads.iter().any(of_temporary) {
        let name = &relation.relname;
        session.notice(PgError::notice(format!("view \"{name}\" will be a temporary view")));
        schema = session.temporary_schema()?;
        env = session.environment()?.0;
    }
    let replaced = match env.catalog.relation(schema, &relation.relname) {
        Some(Object::View(old)) if statement.replace => {
            check_replacement(&old.columns, &columns)?;
            Some(old.oid)
        }
        _ => {
            check_free(session, &env, schema, &relation.relname, false)?;
            None
        }
    };
    let query = parse::deparse(NodeEnum::SelectStmt(select.clone()))?;
    let query = without_stars(&env, &query)?;
    let query = spelling::with_schemas(&env, &query)?;
    let view = View {
        oid: replaced.unwrap_or_else(|| session.shared().store.allocate_oid()),
        schema,
        name: relation.relname.clone(),
        owner: SUPERUSER,
        query,
        columns,
        reads,
    };
    let change = CatalogChange::Put(Object::View(view.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE VIEW")
}

/// Errors: 42P16 if the columns of before are not the first of now.
fn check_replacement(old: &[(String, PgType)], new: &[(String, PgType)]) -> Result<()> {
    if new.len() < old.len() {
        return err!(INVALID_TABLE_DEFINITION, "cannot drop columns from view");
    }
    for ((old_name, old_type), (new_name, new_type)) in old.iter().zip(new) {
        if old_name != new_name {
            return Err(PgError::new(
                sqlstate::INVALID_TABLE_DEFINITION,
                format!("cannot change name of view column \"{old_name}\" to \"{new_name}\""),
            )
            .hint("Use ALTER VIEW ... RENAME COLUMN ... to change name of view column instead."));
        }
        if old_type != new_type {
            return err!(
                INVALID_TABLE_DEFINITION,
                "cannot change data type of view column \"{old_name}\" from {} to {}",
                typmod::format_type(*old_type),
                typmod::format_type(*new_type)
            );
        }
    }
    Ok(())
}

/// WITH (...), which changes nothing where all may read everything and views take no writes.
///
/// Errors: 22023 for an unknown option or value.
fn check_options(options: &[ast::Node]) -> Result<()> {
    for node in options {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let name = option.defname.as_str();
        let value = constant_text(option.arg.as_deref()).unwrap_or_else(|| "true".into());
        match name {
            "security_barrier" | "security_invoker" => {
                let boolean = matches!(
                    value.to_ascii_lowercase().as_str(),
                    "true" | "false" | "on" | "off" | "yes" | "no" | "1" | "0"
                );
                if !boolean {
                    return err!(
                        INVALID_PARAMETER_VALUE,
                        "invalid value for boolean option \"{name}\": {value}"
                    );
                }
            }
            "check_option" => {
                if !matches!(value.as_str(), "local" | "cascaded") {
                    return Err(PgError::new(
                        sqlstate::INVALID_PARAMETER_VALUE,
                        format!("invalid value for enum option \"check_option\": {value}"),
                    )
                    .detail("Valid values are \"local\" and \"cascaded\"."));
                }
            }
            _ => return err!(INVALID_PARAMETER_VALUE, "unrecognized parameter \"{name}\""),
        }
    }
    Ok(())
}
