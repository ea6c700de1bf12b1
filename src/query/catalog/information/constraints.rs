//! Constraints by table and by column.

use crate::{
    base::Result,
    query::{
        catalog::{
            constraint::{Constraint, ConstraintKind, constraints},
            definition::{self, Form},
            listing::schema_name,
            relation::RowsFn,
            row::{NULL, row, yes},
        },
        env::Env,
        functions::strings::quoted_identifier,
    },
    types::Datum,
};

pub(in crate::query::catalog) const ROWS: &[(&str, RowsFn)] = &[
    ("table_constraints", table_constraints),
    ("key_column_usage", key_columns),
    ("constraint_column_usage", constrained_columns),
    ("constraint_table_usage", constrained_tables),
    ("check_constraints", checks),
];

fn is_key(constraint: &Constraint<'_>) -> bool {
    constraint.index.is_some()
}

/// The standard has NOT NULL among the checks.
fn table_constraints(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = constraints(&env.catalog).map(|constraint| {
        let schema = schema_name(env, constraint.table.schema);
        let nulls_distinct = match (constraint.kind, constraint.index) {
            (ConstraintKind::Unique, Some(index)) => Some(yes(!index.nulls_not_distinct)),
            _ => None,
        };
        row![
            &env.database,
            &schema,
            &constraint.name,
            &env.database,
            &schema,
            &constraint.table.name,
            match constraint.kind {
                ConstraintKind::PrimaryKey => "PRIMARY KEY",
                ConstraintKind::Unique => "UNIQUE",
                ConstraintKind::Check | ConstraintKind::NotNull => "CHECK",
            },
            "NO",
            "NO",
            "YES",
            nulls_distinct,
        ]
    });
    Ok(rows.collect())
}

fn key_columns(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    for constraint in constraints(&env.catalog).filter(is_key) {
        let schema = schema_name(env, constraint.table.schema);
        for (position, number) in constraint.columns.iter().zip(1..) {
            let Some(column) = constraint.table.columns.get(*position) else { continue };
            rows.push(row![
                &env.database,
                &schema,
                &constraint.name,
                &env.database,
                &schema,
                &constraint.table.name,
                &column.name,
                number,
                NULL,
            ]);
        }
    }
    Ok(rows)
}

fn constrained_columns(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    for constraint in constraints(&env.catalog) {
        let schema = schema_name(env, constraint.table.schema);
        for position in &constraint.columns {
            let Some(column) = constraint.table.columns.get(*position) else { continue };
            rows.push(row![
                &env.database,
                &schema,
                &constraint.table.name,
                &column.name,
                &env.database,
                &schema,
                &constraint.name,
            ]);
        }
    }
    Ok(rows)
}

fn constrained_tables(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = constraints(&env.catalog).filter(is_key).map(|constraint| {
        let schema = schema_name(env, constraint.table.schema);
        row![
            &env.database,
            &schema,
            &constraint.table.name,
            &env.database,
            &schema,
            &constraint.name,
        ]
    });
    Ok(rows.collect())
}

fn checks(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = constraints(&env.catalog).filter_map(|constraint| {
        let clause = match constraint.kind {
            ConstraintKind::NotNull => {
                let column = constraint.table.columns.get(*constraint.columns.first()?)?;
                format!("{} IS NOT NULL", quoted_identifier(&column.name))
            }
            ConstraintKind::Check => {
                let text = definition::constraint(&constraint, Form::Plain);
                let inner = text.strip_prefix("CHECK (")?.strip_suffix(')')?;
                inner.to_owned()
            }
            _ => return None,
        };
        let schema = schema_name(env, constraint.table.schema);
        Some(row![&env.database, schema, &constraint.name, clause])
    });
    Ok(rows.collect())
}
