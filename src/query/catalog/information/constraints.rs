//! Constraints by table and by column.

use crate::{
    base::Result,
    query::{
        catalog::{
            constraint::{Constraint, ConstraintKind, Foreign, constraints},
            definition::{self, Form},
            listing::schema_name,
            relation::RowsFn,
            row::{row, yes},
        },
        env::Env,
        functions::strings::quoted_identifier,
    },
    storage::catalog::{KeyTarget, ReferenceAction},
    types::Datum,
};

pub(in crate::query::catalog) const ROWS: &[(&str, RowsFn)] = &[
    ("table_constraints", table_constraints),
    ("key_column_usage", key_columns),
    ("constraint_column_usage", constrained_columns),
    ("constraint_table_usage", constrained_tables),
    ("check_constraints", checks),
    ("referential_constraints", references),
];

fn is_key(constraint: &Constraint<'_>) -> bool {
    constraint.index.is_some() || constraint.foreign.is_some()
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
                ConstraintKind::Foreign => "FOREIGN KEY",
                ConstraintKind::Check | ConstraintKind::NotNull => "CHECK",
            },
            yes(constraint.foreign.is_some_and(|foreign| foreign.key.deferrable)),
            yes(constraint.foreign.is_some_and(|foreign| foreign.key.initially_deferred)),
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
                target_place(env, &constraint, number as usize - 1),
            ]);
        }
    }
    Ok(rows)
}

/// Which key column of its unique constraint the `at`-th column of a foreign key refers to.
fn target_place(env: &Env, constraint: &Constraint<'_>, at: usize) -> Option<i32> {
    let foreign = constraint.foreign?;
    let column = *foreign.key.target_columns.get(at)?;
    let index = env.catalog.index(foreign.key.index)?;
    let place = index.keys.iter().position(|key| key.target == KeyTarget::Column(column))?;
    Some(place as i32 + 1)
}

fn references(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rule = |action: ReferenceAction| match action {
        ReferenceAction::NoAction => "NO ACTION",
        ReferenceAction::Restrict => "RESTRICT",
        ReferenceAction::Cascade => "CASCADE",
        ReferenceAction::SetNull => "SET NULL",
        ReferenceAction::SetDefault => "SET DEFAULT",
    };
    let rows = constraints(&env.catalog).filter_map(|constraint| {
        let Foreign { key, target } = constraint.foreign?;
        let index = env.catalog.index(key.index)?;
        Some(row![
            &env.database,
            schema_name(env, constraint.table.schema),
            &constraint.name,
            &env.database,
            schema_name(env, target.schema),
            &index.name,
            if key.full { "FULL" } else { "NONE" },
            rule(key.on_update),
            rule(key.on_delete),
        ])
    });
    Ok(rows.collect())
}

fn constrained_columns(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    for constraint in constraints(&env.catalog) {
        let schema = schema_name(env, constraint.table.schema);
        // A foreign key uses the columns it refers to.
        let (table, columns) = match constraint.foreign {
            Some(foreign) => (foreign.target, &foreign.key.target_columns),
            None => (constraint.table, &constraint.columns),
        };
        let table_schema = schema_name(env, table.schema);
        for position in columns {
            let Some(column) = table.columns.get(*position) else { continue };
            rows.push(row![
                &env.database,
                &table_schema,
                &table.name,
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
        let table = constraint.foreign.map_or(constraint.table, |foreign| foreign.target);
        row![
            &env.database,
            schema_name(env, table.schema),
            &table.name,
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
                let text = definition::constraint(&constraint, Form::Plain, env);
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
