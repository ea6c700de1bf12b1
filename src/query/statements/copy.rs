//! COPY FROM STDIN, COPY TO STDOUT.

use std::sync::Arc;

use super::{
    names::constant_text,
    write::{RowWriter, lock_table},
};
use crate::{
    base::{PgError, Result, sqlstate},
    formats::{CopyColumn, CopyOption, CopyOptions, CopyTarget, Direction, OptionValue},
    ingest::locks::LockMode,
    query::{
        bind::{Binder, Relation},
        exec::{self, scope::Scope},
        ir::{Expr, Field, Node, Plan, Scan},
        parse::{NodeEnum, ast},
        session::{CopyIn, CopyOut, Outcome, Session, copy::CopyStart},
    },
    types::Datum,
};

/// Errors: 0A000 for files and programs of the server; 22023, 42601 for options; 42P01, 42703.
pub async fn copy(session: &mut Session, statement: &ast::CopyStmt) -> Result<Outcome> {
    if statement.is_program || !statement.filename.is_empty() {
        return Err(PgError::new(
            sqlstate::FEATURE_NOT_SUPPORTED,
            "COPY to or from a file or program of the server is not supported",
        )
        .hint("Use STDIN or STDOUT, or psql's \\copy."));
    }
    let direction = if statement.is_from { Direction::From } else { Direction::To };
    let options = options(&statement.options);
    let options = CopyOptions::parse(&options, direction)?;
    if statement.is_from {
        super::writable(session, "COPY FROM")?;
        copy_from(session, statement, options).await
    } else {
        copy_to(session, statement, options)
    }
}

fn options(nodes: &[ast::Node]) -> Vec<CopyOption> {
    nodes
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::DefElem(option)) => Some(CopyOption {
                name: option.defname.to_lowercase(),
                value: option_value(option.arg.as_deref()),
                location: option.location,
            }),
            _ => None,
        })
        .collect()
}

fn option_value(node: Option<&ast::Node>) -> OptionValue {
    match node.and_then(|node| node.node.as_ref()) {
        None => OptionValue::Absent,
        Some(NodeEnum::AStar(_)) => OptionValue::Star,
        Some(NodeEnum::Integer(value)) => OptionValue::Integer(i64::from(value.ival)),
        Some(NodeEnum::List(list)) => OptionValue::List(
            list.items.iter().filter_map(|item| constant_text(Some(item))).collect(),
        ),
        Some(_) => match constant_text(node) {
            Some(text) => OptionValue::Text(text),
            None => OptionValue::Absent,
        },
    }
}

async fn copy_from(
    session: &mut Session,
    statement: &ast::CopyStmt,
    options: CopyOptions,
) -> Result<Outcome> {
    let relation =
        statement.relation.as_ref().ok_or_else(|| PgError::internal("COPY without a table"))?;
    let (env, _) = session.environment()?;
    let table = Binder::new(&env, &[]).stored_table(relation)?;
    lock_table(session, &table, LockMode::RowExclusive).await?;
    let (env, view) = session.environment()?;
    let binder = Binder::new(&env, &[]);
    let table = binder.stored_table(relation)?;
    let columns = binder.copy_columns(&table, &statement.attlist)?;
    let filter = statement
        .where_clause
        .as_deref()
        .map(|node| binder.table_condition(&table, node))
        .transpose()?;
    let writer = RowWriter::new(session, env.clone(), &table)?;
    let target = CopyTarget {
        table: table.name.clone(),
        columns: columns
            .iter()
            .map(|position| CopyColumn {
                name: table.columns[*position].name.clone(),
                has_default: !matches!(
                    writer.rules.defaults[*position],
                    Expr::Const(Datum::Null, _)
                ),
            })
            .collect(),
    };
    let execution = session.execution(env, view, vec![]);
    let transaction = session.transaction();
    let start = CopyStart {
        owner: transaction.id,
        writes: transaction.writes.clone(),
        // Foreign keys look at rows before they are published.
        alone: !transaction.explicit
            && transaction.writes.is_empty()
            && writer.rules.table.foreign_keys.is_empty(),
        shared: session.shared().clone(),
        writer,
        scope: Scope::root(Arc::new(execution)),
        filter,
        slot: session.copied.clone(),
        options,
        target,
        columns,
    };
    Ok(Outcome::CopyIn(CopyIn::start(start)?))
}

fn copy_to(
    session: &mut Session,
    statement: &ast::CopyStmt,
    options: CopyOptions,
) -> Result<Outcome> {
    let (env, view) = session.environment()?;
    let binder = Binder::new(&env, &[]);
    let plan = match (&statement.relation, statement.query.as_deref()) {
        (Some(relation), _) => match binder.any_relation(relation)? {
            Relation::Table(table) => {
                let columns = binder.copy_columns(&table, &statement.attlist)?;
                let fields: Vec<Field> = columns
                    .iter()
                    .map(|position| {
                        let column = &table.columns[*position];
                        Field::new(column.name.clone(), column.ty)
                    })
                    .collect();
                Plan::new(Node::Scan(Scan { table, columns, row_id: false, filter: None }), fields)
            }
            Relation::View(view) => {
                return Err(PgError::new(
                    sqlstate::WRONG_OBJECT_TYPE,
                    format!("cannot copy from view \"{}\"", view.name),
                )
                .hint("Try the COPY (SELECT ...) TO variant."));
            }
            Relation::System(system) => {
                let fields: Vec<Field> = system
                    .columns
                    .iter()
                    .map(|(name, ty)| Field::new(*name, crate::types::PgType::new(*ty)))
                    .collect();
                Plan::new(Node::System(system.name), fields)
            }
        },
        (None, Some(query)) => match &query.node {
            Some(NodeEnum::SelectStmt(select)) => {
                let plan = binder.select(select)?;
                session.optimise(plan, &env, &view)
            }
            _ => return Err(PgError::unsupported("COPY of a data-modifying statement")),
        },
        (None, None) => return Err(PgError::internal("COPY of nothing")),
    };
    let style = env.style.clone();
    let execution = session.execution(env, view, vec![]);
    let fields = plan.fields.clone();
    let stream = exec::run(&Arc::new(plan), Arc::new(execution))?;
    let stream = super::select::attentive(session, stream);
    Ok(Outcome::CopyOut(CopyOut::new(stream, fields, options, style)?))
}
