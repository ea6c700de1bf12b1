//! FOREIGN KEY and REFERENCES: from the grammar's constraint to a definition.

use super::names::{find_table, generated_name};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        bind::Binder,
        env::Env,
        parse::{self, ast},
    },
    storage::catalog::{
        ForeignKey, Index, IndexMethod, KeyConstraint, KeyTarget, ReferenceAction, Table,
    },
    types::typmod,
};

/// The table that refers, with the indexes it will have: a key may refer to the table itself.
pub struct Referrer<'a> {
    pub env: &'a Env,
    pub table: &'a Table,
    pub indexes: &'a [Index],
    pub oid: Oid,
}

impl Referrer<'_> {
    /// Errors: 42830 if the target has no such unique key; 42704 no primary key; 42804 for types
    /// that do not compare; 42P01, 42703, 42P16.
    pub fn foreign_key(
        &self,
        constraint: &ast::Constraint,
        columns: Vec<usize>,
    ) -> Result<ForeignKey> {
        let (target, indexes) = self.target(constraint)?;
        let (index, target_columns) = target_key(&target, &indexes, constraint)?;
        if target_columns.len() != columns.len() {
            return err!(
                INVALID_FOREIGN_KEY,
                "number of referencing and referenced columns for foreign key disagree"
            );
        }
        self.check_persistence(&target)?;
        let name = match constraint.conname.as_str() {
            "" => {
                let names: Vec<&str> =
                    columns.iter().map(|at| self.table.columns[*at].name.as_str()).collect();
                let keys = &self.table.foreign_keys;
                let taken = |name: &str| keys.iter().any(|key| key.name == name);
                let (schema, table) = (self.table.schema, &self.table.name);
                generated_name(self.env, schema, table, &names, "fkey", &taken)
            }
            name => name.to_owned(),
        };
        for (column, target_column) in columns.iter().zip(&target_columns) {
            self.check_types(&name, *column, &target, *target_column)?;
        }
        let mut set_columns = Vec::new();
        for node in &constraint.fk_del_set_cols {
            let column = super::names::constant_text(Some(node)).unwrap_or_default();
            let position = position(self.table, &column)?;
            if !columns.contains(&position) {
                return err!(
                    INVALID_COLUMN_REFERENCE,
                    "column \"{column}\" referenced in ON DELETE SET action must be part of foreign key"
                );
            }
            set_columns.push(position);
        }
        if constraint.fk_matchtype == "p" {
            return Err(PgError::unsupported("MATCH PARTIAL"));
        }
        Ok(ForeignKey {
            oid: self.oid,
            name,
            columns,
            target: target.oid,
            target_columns,
            index,
            on_delete: action(&constraint.fk_del_action),
            on_update: action(&constraint.fk_upd_action),
            set_columns,
            full: constraint.fk_matchtype == "f",
            deferrable: constraint.deferrable,
            initially_deferred: constraint.initdeferred,
        })
    }

    /// The table referred to and its indexes.
    fn target(&self, constraint: &ast::Constraint) -> Result<(Table, Vec<Index>)> {
        let name = constraint
            .pktable
            .as_ref()
            .ok_or_else(|| PgError::internal("FOREIGN KEY without a table"))?;
        let schema = self.env.catalog.schema(self.table.schema);
        let own_schema = schema.is_some_and(|schema| schema.name == name.schemaname);
        let known = self.env.catalog.table(self.table.oid).is_some();
        if name.relname == self.table.name && (name.schemaname.is_empty() || own_schema) && !known {
            return Ok((self.table.clone(), self.indexes.to_vec()));
        }
        let table = find_table(self.env, name)?;
        if table.oid == self.table.oid {
            return Ok((self.table.clone(), self.indexes.to_vec()));
        }
        let indexes = self.env.catalog.indexes_of(&table).map(|index| (**index).clone()).collect();
        Ok(((*table).clone(), indexes))
    }

    fn check_persistence(&self, target: &Table) -> Result<()> {
        match (self.table.temporary, target.temporary) {
            (true, false) => err!(
                INVALID_TABLE_DEFINITION,
                "constraints on temporary tables may reference only temporary tables"
            ),
            (false, true) => err!(
                INVALID_TABLE_DEFINITION,
                "constraints on permanent tables may reference only permanent tables"
            ),
            _ => Ok(()),
        }
    }

    fn check_types(&self, name: &str, column: usize, target: &Table, other: usize) -> Result<()> {
        let (own, other) = (&self.table.columns[column], &target.columns[other]);
        let (left, right) = (typmod::format_type(own.ty), typmod::format_type(other.ty));
        let tree = parse::parse_expression(&format!("(NULL::{right}) = (NULL::{left})"))?;
        if Binder::new(self.env, &[]).constant_expression(&tree, None).is_ok() {
            return Ok(());
        }
        Err(PgError::new(
            sqlstate::DATATYPE_MISMATCH,
            format!("foreign key constraint \"{name}\" cannot be implemented"),
        )
        .detail(format!(
            "Key columns \"{}\" of the referencing table and \"{}\" of the referenced table are of incompatible types: {left} and {right}.",
            own.name, other.name
        )))
    }
}

/// The unique index that is referred to, and the columns in the order they were named.
fn target_key(
    target: &Table,
    indexes: &[Index],
    constraint: &ast::Constraint,
) -> Result<(Oid, Vec<usize>)> {
    let columns_of = |index: &Index| -> Option<Vec<usize>> {
        index
            .keys
            .iter()
            .map(|key| match key.target {
                KeyTarget::Column(position) => Some(position),
                KeyTarget::Expression(_) => None,
            })
            .collect()
    };
    if constraint.pk_attrs.is_empty() {
        let primary =
            indexes.iter().find(|index| index.constraint == Some(KeyConstraint::PrimaryKey));
        let found = primary.and_then(|index| Some((index.oid, columns_of(index)?)));
        return found.ok_or_else(|| {
            PgError::new(
                sqlstate::UNDEFINED_OBJECT,
                format!("there is no primary key for referenced table \"{}\"", target.name),
            )
        });
    }
    let mut named = Vec::new();
    for node in &constraint.pk_attrs {
        let column = super::names::constant_text(Some(node)).unwrap_or_default();
        named.push(target.columns.iter().position(|one| !one.dropped && one.name == column).ok_or_else(
            || {
                PgError::new(
                    sqlstate::UNDEFINED_COLUMN,
                    format!("column \"{column}\" referenced in foreign key constraint does not exist"),
                )
            },
        )?);
    }
    let fits = |index: &&Index| {
        let mut columns = columns_of(index).unwrap_or_default();
        let mut wanted = named.clone();
        columns.sort_unstable();
        wanted.sort_unstable();
        index.unique
            && index.method == IndexMethod::Btree
            && index.predicate.is_none()
            && columns == wanted
    };
    match indexes.iter().find(fits) {
        Some(index) => Ok((index.oid, named)),
        None => err!(
            INVALID_FOREIGN_KEY,
            "there is no unique constraint matching given keys for referenced table \"{}\"",
            target.name
        ),
    }
}

fn position(table: &Table, name: &str) -> Result<usize> {
    table.columns.iter().position(|column| !column.dropped && column.name == name).ok_or_else(
        || {
            PgError::new(
                sqlstate::UNDEFINED_COLUMN,
                format!("column \"{name}\" referenced in foreign key constraint does not exist"),
            )
        },
    )
}

fn action(letter: &str) -> ReferenceAction {
    match letter {
        "r" => ReferenceAction::Restrict,
        "c" => ReferenceAction::Cascade,
        "n" => ReferenceAction::SetNull,
        "d" => ReferenceAction::SetDefault,
        _ => ReferenceAction::NoAction,
    }
}
