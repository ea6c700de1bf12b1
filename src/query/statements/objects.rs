//! CREATE SCHEMA, SEQUENCE, EXTENSION and VIEW.

use super::{
    command,
    names::{check_free, constant_text, creation_place, creation_schema},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err, pg_error,
    query::{
        bind::Binder,
        ir::{Node, Plan},
        parse::{self, NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Extension, Object, SUPERUSER, Schema, Sequence, View},
    },
    types::oid,
};

/// Errors: 42P06 `schema "x" already exists`; 42939 for a `pg_` name.
pub fn create_schema(session: &mut Session, statement: &ast::CreateSchemaStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let name = match statement.schemaname.as_str() {
        "" => session.user.clone(),
        name => name.to_owned(),
    };
    if name.starts_with("pg_") {
        return Err(PgError::new(
            sqlstate::RESERVED_NAME,
            format!("unacceptable schema name \"{name}\""),
        )
        .detail("The prefix \"pg_\" is reserved for system schemas."));
    }
    if !statement.schema_elts.is_empty() {
        return Err(PgError::unsupported("CREATE SCHEMA with elements"));
    }
    if env.catalog.schema_named(&name).is_some() {
        let message = format!("schema \"{name}\" already exists");
        if statement.if_not_exists {
            session.notice(PgError::notice(format!("{message}, skipping")));
            return command("CREATE SCHEMA");
        }
        return err!(DUPLICATE_SCHEMA, "{message}");
    }
    let oid = session.shared().store.allocate_oid();
    let database = session.database_oid;
    let schema = Schema { oid, name, owner: SUPERUSER, database, temporary: false };
    let change = CatalogChange::Put(Object::Schema(schema.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE SCHEMA")
}

/// `vector` and `plpgsql` are built in; CREATE EXTENSION makes them known.
///
/// Errors: 0A000 for any other; 42710 if it exists.
pub fn create_extension(
    session: &mut Session,
    statement: &ast::CreateExtensionStmt,
) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    let name = statement.extname.clone();
    let version = match name.as_str() {
        "vector" => "0.8.5",
        "plpgsql" => "1.0",
        _ => {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("extension \"{name}\" is not available"),
            )
            .hint(
                "The extension must first be installed on the system where PostgreSQL is running.",
            ));
        }
    };
    if env.catalog.extension_named(&name).is_some() {
        let message = format!("extension \"{name}\" already exists");
        if statement.if_not_exists {
            session.notice(PgError::notice(format!("{message}, skipping")));
            return command("CREATE EXTENSION");
        }
        return err!(DUPLICATE_OBJECT, "{message}");
    }
    let oid = session.shared().store.allocate_oid();
    let schema = env.catalog.schema_named("public").map(|schema| schema.oid);
    let schema = schema.map_or_else(|| creation_schema(&env, ""), Ok)?;
    let extension = Extension { oid, name, schema, version: version.into() };
    let change = CatalogChange::Put(Object::Extension(extension.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE EXTENSION")
}

/// Errors: 42P07, 22023 for options that contradict each other.
pub fn create_sequence(session: &mut Session, statement: &ast::CreateSeqStmt) -> Result<Outcome> {
    let relation = statement
        .sequence
        .as_ref()
        .ok_or_else(|| PgError::internal("CREATE SEQUENCE without a name"))?;
    let (schema, _) = creation_place(session, relation)?;
    let (env, _) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE SEQUENCE");
    }
    let mut ty = oid::INT8;
    for option in &statement.options {
        if let Some(NodeEnum::DefElem(option)) = &option.node
            && option.defname == "as"
            && let Some(NodeEnum::TypeName(name)) =
                option.arg.as_deref().and_then(|arg| arg.node.as_ref())
        {
            ty = crate::query::bind::bind_type(name)?.oid;
        }
    }
    let oid = session.shared().store.allocate_oid();
    let mut sequence = new_sequence(oid, schema, &relation.relname, ty)?;
    apply_sequence_options(&mut sequence, &statement.options)?;
    let change = CatalogChange::Put(Object::Sequence(sequence.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE SEQUENCE")
}

/// An ascending sequence over a type's positive range.
///
/// Errors: 22023 `sequence type must be smallint, integer, or bigint`.
pub fn new_sequence(oid: Oid, schema: Oid, name: &str, ty: Oid) -> Result<Sequence> {
    let max = match ty {
        oid::INT2 => i64::from(i16::MAX),
        oid::INT4 => i64::from(i32::MAX),
        oid::INT8 => i64::MAX,
        _ => {
            return err!(
                INVALID_PARAMETER_VALUE,
                "sequence type must be smallint, integer, or bigint"
            );
        }
    };
    Ok(Sequence {
        oid,
        schema,
        name: name.to_owned(),
        owner: SUPERUSER,
        ty,
        start: 1,
        increment: 1,
        min: 1,
        max,
        cache: 1,
        cycle: false,
        owned_by: None,
    })
}

/// START, INCREMENT, MINVALUE, MAXVALUE, CACHE, CYCLE.
pub fn apply_sequence_options(sequence: &mut Sequence, options: &[ast::Node]) -> Result<()> {
    let (mut start, mut min, mut max) = (None, None, None);
    for node in options {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let text = constant_text(option.arg.as_deref());
        let number = || -> Result<i64> {
            let text = text.clone().unwrap_or_default();
            text.parse().map_err(|_| {
                pg_error!(
                    INVALID_PARAMETER_VALUE,
                    "invalid value for \"{}\": {text}",
                    option.defname
                )
            })
        };
        match option.defname.as_str() {
            "start" | "restart" => start = Some(number()?),
            "increment" => {
                sequence.increment = number()?;
                if sequence.increment == 0 {
                    return err!(INVALID_PARAMETER_VALUE, "INCREMENT must not be zero");
                }
            }
            "minvalue" if option.arg.is_some() => min = Some(number()?),
            "maxvalue" if option.arg.is_some() => max = Some(number()?),
            "cache" => sequence.cache = number()?,
            "cycle" => sequence.cycle = text.as_deref() != Some("false"),
            _ => {}
        }
    }
    if sequence.increment < 0 {
        let (low, _) = (-sequence.max - 1, sequence.max);
        sequence.min = low;
        sequence.max = -1;
    }
    sequence.min = min.unwrap_or(sequence.min);
    sequence.max = max.unwrap_or(sequence.max);
    if sequence.min >= sequence.max {
        return err!(
            INVALID_PARAMETER_VALUE,
            "MINVALUE ({}) must be less than MAXVALUE ({})",
            sequence.min,
            sequence.max
        );
    }
    let default = if sequence.increment > 0 { sequence.min } else { sequence.max };
    sequence.start = start.unwrap_or(default);
    if sequence.start < sequence.min {
        return err!(
            INVALID_PARAMETER_VALUE,
            "START value ({}) cannot be less than MINVALUE ({})",
            sequence.start,
            sequence.min
        );
    }
    if sequence.start > sequence.max {
        return err!(
            INVALID_PARAMETER_VALUE,
            "START value ({}) cannot be greater than MAXVALUE ({})",
            sequence.start,
            sequence.max
        );
    }
    Ok(())
}

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
    let plan = Binder::new(&env, &[]).select(select)?;
    let names: Vec<String> =
        statement.aliases.iter().filter_map(|alias| constant_text(Some(alias))).collect();
    let mut columns = Vec::new();
    for (position, field) in plan.fields.iter().enumerate() {
        let name = names.get(position).unwrap_or(&field.name).clone();
        if columns.iter().any(|(other, _)| *other == name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        columns.push((name, field.ty));
    }
    let mut reads = Vec::new();
    relations_read(&plan, &mut reads);
    let of_temporary = |oid: &Oid| env.catalog.table(*oid).is_some_and(|table| table.temporary);
    if !temporary && reads.iter().any(of_temporary) {
        let name = &relation.relname;
        session.notice(PgError::notice(format!("view \"{name}\" will be a temporary view")));
        schema = session.temporary_schema()?;
        env = session.environment()?.0;
    }
    let replaced = match env.catalog.relation(schema, &relation.relname) {
        Some(Object::View(old)) if statement.replace => {
            let same = old.columns.len() <= columns.len()
                && old.columns.iter().zip(&columns).all(|(old, new)| old == new);
            if !same {
                return err!(INVALID_TABLE_DEFINITION, "cannot drop columns from view");
            }
            Some(old.oid)
        }
        _ => {
            check_free(session, &env, schema, &relation.relname, false)?;
            None
        }
    };
    let view = View {
        oid: replaced.unwrap_or_else(|| session.shared().store.allocate_oid()),
        schema,
        name: relation.relname.clone(),
        owner: SUPERUSER,
        query: parse::deparse(NodeEnum::SelectStmt(select.clone()))?,
        columns,
        reads,
    };
    let change = CatalogChange::Put(Object::View(view.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE VIEW")
}

/// The stored tables a plan reads.
fn relations_read(plan: &Plan, out: &mut Vec<Oid>) {
    super::visit(plan, &mut |plan| {
        if let Node::Scan(scan) = &plan.node
            && !out.contains(&scan.table.oid)
        {
            out.push(scan.table.oid);
        }
    });
}
