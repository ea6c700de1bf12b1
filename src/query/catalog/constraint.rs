//! Constraints: `pg_constraint`, and the list of them that `information_schema` reads.

use std::sync::Arc;

use super::{
    operator::equality,
    relation::RowsFn,
    row::{NONE, NULL, array, row},
    synthetic::column_oid,
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{
        Catalog, ForeignKey, Index, KeyConstraint, KeyTarget, ReferenceAction, Table,
    },
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[("pg_constraint", rows)];

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ConstraintKind {
    PrimaryKey,
    Unique,
    Check,
    NotNull,
    Foreign,
}

/// A constraint of a table, wherever its definition is kept.
#[derive(Clone, Debug)]
pub struct Constraint<'a> {
    /// For a key, that of its index: they are numbered apart.
    pub oid: Oid,
    pub name: String,
    pub kind: ConstraintKind,
    pub table: &'a Arc<Table>,
    /// The index behind a key.
    pub index: Option<&'a Arc<Index>>,
    /// Positions, in the key's order.
    pub columns: Vec<usize>,
    /// Of a check
    pub expression: Option<&'a str>,
    pub foreign: Option<Foreign<'a>>,
}

/// A foreign key and the table it refers to.
#[derive(Clone, Copy, Debug)]
pub struct Foreign<'a> {
    pub key: &'a ForeignKey,
    pub target: &'a Arc<Table>,
}

/// All constraints: a table's checks, NOT NULLs and keys, table by table.
pub fn constraints(catalog: &Catalog) -> impl Iterator<Item = Constraint<'_>> {
    catalog.tables().flat_map(|table| constraints_of(catalog, table))
}

/// The constraint with that `pg_constraint.oid`.
pub fn constraint_by_oid(catalog: &Catalog, oid: Oid) -> Option<Constraint<'_>> {
    constraints(catalog).find(|constraint| constraint.oid == oid)
}

fn constraints_of<'a>(
    catalog: &'a Catalog,
    table: &'a Arc<Table>,
) -> impl Iterator<Item = Constraint<'a>> {
    let checks = table.checks.iter().map(move |check| Constraint {
        oid: check.oid,
        name: check.name.clone(),
        kind: ConstraintKind::Check,
        table,
        index: None,
        columns: mentioned(table, &check.expression),
        expression: Some(&check.expression),
        foreign: None,
    });
    let columns = table.columns.iter().enumerate();
    let not_null = columns.filter(|(_, column)| column.not_null && !column.dropped);
    let not_null = not_null.map(move |(position, column)| Constraint {
        oid: column_oid(table.oid, position),
        name: format!("{}_{}_not_null", table.name, column.name),
        kind: ConstraintKind::NotNull,
        table,
        index: None,
        columns: vec![position],
        expression: None,
        foreign: None,
    });
    let keys = catalog.indexes_of(table).filter_map(move |index| {
        let kind = match index.constraint? {
            KeyConstraint::PrimaryKey => ConstraintKind::PrimaryKey,
            KeyConstraint::Unique => ConstraintKind::Unique,
        };
        let columns = index.keys.iter().filter_map(|key| match key.target {
            KeyTarget::Column(position) => Some(position),
            KeyTarget::Expression(_) => None,
        });
        Some(Constraint {
            oid: index.oid,
            name: index.name.clone(),
            kind,
            table,
            index: Some(index),
            columns: columns.collect(),
            expression: None,
            foreign: None,
        })
    });
    let foreign = table.foreign_keys.iter().filter_map(move |key| {
        Some(Constraint {
            oid: key.oid,
            name: key.name.clone(),
            kind: ConstraintKind::Foreign,
            table,
            index: None,
            columns: key.columns.clone(),
            expression: None,
            foreign: Some(Foreign { key, target: catalog.table(key.target)? }),
        })
    });
    checks.chain(not_null).chain(keys).chain(foreign)
}

/// The columns that an expression names, in the table's order: every name in it outside of string
/// constants that is a column's.
fn mentioned(table: &Table, expression: &str) -> Vec<usize> {
    let names = names_in(expression);
    let columns = table.columns.iter().enumerate();
    columns
        .filter(|(_, column)| !column.dropped && names.contains(&column.name))
        .map(|(position, _)| position)
        .collect()
}

/// Identifiers, quoted ones without their quotes.
fn names_in(expression: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = expression.chars().peekable();
    while let Some(c) = rest.next() {
        match c {
            '\'' | '"' => {
                let mut name = String::new();
                while let Some(inner) = rest.next() {
                    if inner == c && rest.next_if_eq(&c).is_none() {
                        break;
                    }
                    name.push(inner);
                }
                if c == '"' {
                    names.push(name);
                }
            }
            c if c.is_alphabetic() || c == '_' => {
                let mut name = String::from(c);
                while let Some(next) =
                    rest.next_if(|next| next.is_alphanumeric() || matches!(next, '_' | '$'))
                {
                    name.push(next);
                }
                names.push(name.to_lowercase());
            }
            _ => {}
        }
    }
    names
}

fn action_letter(action: ReferenceAction) -> char {
    match action {
        ReferenceAction::NoAction => 'a',
        ReferenceAction::Restrict => 'r',
        ReferenceAction::Cascade => 'c',
        ReferenceAction::SetNull => 'n',
        ReferenceAction::SetDefault => 'd',
    }
}

fn rows(env: &Env) -> Result<Vec<Vec<Datum>>> {
    Ok(constraints(&env.catalog).map(|constraint| constraint_row(&constraint)).collect())
}

fn constraint_row(constraint: &Constraint<'_>) -> Vec<Datum> {
    let columns = constraint.columns.iter().map(|position| *position as i16 + 1);
    let is_key = constraint.index.is_some();
    let foreign = constraint.foreign.map(|foreign| foreign.key);
    let action = |action: Option<ReferenceAction>| action.map_or(' ', action_letter);
    let numbers = |positions: &[usize]| {
        array(oid::INT2, positions.iter().map(|position| *position as i16 + 1))
    };
    let operators = |constraint: &Constraint<'_>| {
        let types =
            constraint.columns.iter().map(|position| constraint.table.columns[*position].ty);
        array(oid::OID, types.map(|ty| equality(ty.oid)))
    };
    let (mut target_columns, mut equal, mut set) = (NULL, NULL, NULL);
    if let Some(key) = foreign {
        target_columns = numbers(&key.target_columns);
        equal = operators(constraint);
        if !key.set_columns.is_empty() {
            set = numbers(&key.set_columns);
        }
    }
    row![
        constraint.oid,
        &constraint.name,
        constraint.table.schema,
        match constraint.kind {
            ConstraintKind::PrimaryKey => 'p',
            ConstraintKind::Unique => 'u',
            ConstraintKind::Check => 'c',
            ConstraintKind::NotNull => 'n',
            ConstraintKind::Foreign => 'f',
        },
        foreign.is_some_and(|key| key.deferrable),
        foreign.is_some_and(|key| key.initially_deferred),
        true,
        true,
        constraint.table.oid,
        NONE,
        constraint.index.map(|index| index.oid).or(foreign.map(|key| key.index)).unwrap_or(NONE),
        NONE,
        foreign.map_or(NONE, |key| key.target),
        action(foreign.map(|key| key.on_update)),
        action(foreign.map(|key| key.on_delete)),
        foreign.map_or(' ', |key| if key.full { 'f' } else { 's' }),
        true,
        0_i16,
        is_key,
        false,
        array(oid::INT2, columns),
        target_columns,
        equal.clone(),
        equal.clone(),
        equal,
        set,
        NULL,
        constraint.expression,
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_found_outside_of_strings() {
        assert_eq!(
            names_in("Price > 0 AND \"My \"\"x\" <> 'it''s name'"),
            ["price", "and", "My \"x"]
        );
    }
}
