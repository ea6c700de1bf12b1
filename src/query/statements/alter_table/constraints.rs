//! ADD, DROP and VALIDATE CONSTRAINT.

use std::sync::Arc;

use super::Alteration;
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::parse::{NodeEnum, ast},
    storage::catalog::{IndexMethod, KeyConstraint, KeyTarget, Object},
};

impl Alteration<'_> {
    /// Errors: 42710 for a name that is taken; those of the constraint.
    pub(super) fn add_constraint(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        use ast::ConstrType as Kind;
        let Some(NodeEnum::Constraint(constraint)) =
            command.def.as_deref().and_then(|def| def.node.as_ref())
        else {
            return Err(PgError::internal("constraint expected"));
        };
        if !constraint.conname.is_empty() && self.has_constraint(&constraint.conname) {
            return err!(
                DUPLICATE_OBJECT,
                "constraint \"{}\" for relation \"{}\" already exists",
                constraint.conname,
                self.draft.table.name
            );
        }
        match constraint.contype() {
            Kind::ConstrCheck => {
                let known = self.draft.table.checks.len();
                self.draft.check(constraint, &[])?;
                if !constraint.skip_validation {
                    let added = self.draft.table.checks[known..].iter();
                    self.checks.extend(added.map(|check| check.name.clone()));
                }
            }
            Kind::ConstrPrimary | Kind::ConstrUnique if !constraint.indexname.is_empty() => {
                self.take_index(constraint)?;
            }
            Kind::ConstrPrimary => {
                let positions = self.draft.positions(&constraint.keys, constraint.location)?;
                self.not_null.extend(&positions);
                self.draft.key(constraint, positions, KeyConstraint::PrimaryKey)?;
            }
            Kind::ConstrUnique => {
                let positions = self.draft.positions(&constraint.keys, constraint.location)?;
                self.draft.key(constraint, positions, KeyConstraint::Unique)?;
            }
            Kind::ConstrNotnull => {
                for position in self.draft.positions(&constraint.keys, constraint.location)? {
                    self.draft.table.columns[position].not_null = true;
                    self.not_null.push(position);
                }
            }
            Kind::ConstrForeign => {
                let positions = self.draft.positions(&constraint.fk_attrs, -1)?;
                self.draft.references.push(((**constraint).clone(), positions));
                let known = self.draft.table.foreign_keys.len();
                self.draft.foreign_keys()?;
                if constraint.skip_validation {
                    let added = self.draft.table.foreign_keys[known..].iter();
                    self.unchecked.extend(added.map(|key| key.name.clone()));
                }
            }
            Kind::ConstrExclusion => return Err(PgError::unsupported("EXCLUDE")),
            _ => return Err(PgError::unsupported("this constraint")),
        }
        Ok(())
    }

    fn has_constraint(&self, name: &str) -> bool {
        let table = &self.draft.table;
        table.checks.iter().any(|check| check.name == name)
            || table.foreign_keys.iter().any(|key| key.name == name)
            || self.draft.indexes.iter().any(|index| index.name == name)
            || self
                .kept_indexes()
                .iter()
                .any(|index| index.constraint.is_some() && index.name == name)
    }

    pub(super) fn add_index_constraint(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        self.add_constraint(command)
    }

    /// `ADD [CONSTRAINT name] UNIQUE | PRIMARY KEY USING INDEX i`.
    ///
    /// Errors: 42704, 42809.
    fn take_index(&mut self, constraint: &ast::Constraint) -> Result<()> {
        let name = &constraint.indexname;
        let Some(index) = self.kept_indexes().into_iter().find(|index| index.name == *name) else {
            return err!(UNDEFINED_OBJECT, "index \"{name}\" does not exist");
        };
        if index.constraint.is_some() {
            return err!(
                OBJECT_NOT_IN_PREREQUISITE_STATE,
                "index \"{name}\" is already associated with a constraint"
            );
        }
        let refuse = |reason: &str| {
            Err(PgError::new(sqlstate::WRONG_OBJECT_TYPE, format!("\"{name}\" is {reason}"))
                .detail("Cannot create a primary key or unique constraint using such an index."))
        };
        if !index.unique || index.method != IndexMethod::Btree {
            return refuse("not a unique index");
        }
        if index.predicate.is_some() {
            return refuse("a partial index");
        }
        let mut changed = (*index).clone();
        let kind = match constraint.contype() {
            ast::ConstrType::ConstrPrimary => KeyConstraint::PrimaryKey,
            _ => KeyConstraint::Unique,
        };
        for key in &changed.keys {
            let KeyTarget::Column(position) = key.target else {
                return Err(PgError::new(
                    sqlstate::WRONG_OBJECT_TYPE,
                    format!("index \"{name}\" contains expressions"),
                )
                .detail("Cannot create a primary key or unique constraint using such an index."));
            };
            if kind == KeyConstraint::PrimaryKey {
                self.draft.table.columns[position].not_null = true;
                self.not_null.push(position);
            }
        }
        if kind == KeyConstraint::PrimaryKey
            && self.kept_indexes().iter().any(|other| other.constraint == Some(kind))
        {
            return err!(
                INVALID_TABLE_DEFINITION,
                "multiple primary keys for table \"{}\" are not allowed",
                self.draft.table.name
            );
        }
        changed.constraint = Some(kind);
        if !constraint.conname.is_empty() && constraint.conname != *name {
            self.notice(format!(
                "ALTER TABLE / ADD CONSTRAINT USING INDEX will rename index \"{name}\" to \"{}\"",
                constraint.conname
            ));
            changed.name = constraint.conname.clone();
        }
        self.puts.push(Object::Index(Arc::new(changed)));
        Ok(())
    }

    /// Errors: 42704 `constraint "x" of relation "t" does not exist`.
    pub(super) fn drop_constraint(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let name = &command.name;
        let table = &mut self.draft.table;
        if let Some(at) = table.checks.iter().position(|check| check.name == *name) {
            table.checks.remove(at);
            return Ok(());
        }
        if let Some(at) = table.foreign_keys.iter().position(|key| key.name == *name) {
            table.foreign_keys.remove(at);
            return Ok(());
        }
        let not_null = (0..table.columns.len()).find(|at| {
            let column = &table.columns[*at];
            column.not_null
                && !column.dropped
                && format!("{}_{}_not_null", table.name, column.name) == *name
        });
        if let Some(position) = not_null {
            self.refuse_key_column(position)?;
            self.draft.table.columns[position].not_null = false;
            return Ok(());
        }
        let index = self
            .kept_indexes()
            .into_iter()
            .find(|index| index.constraint.is_some() && index.name == *name);
        if let Some(index) = index {
            let what = format!("constraint {name} on table {}", self.draft.table.name);
            let cascade = command.behavior() == ast::DropBehavior::DropCascade;
            let referring = self.keys_over(|key| key.index == index.oid);
            self.drop_keys(&what, &format!("index {name}"), &referring, cascade)?;
            self.drop_index(index.oid);
            return Ok(());
        }
        self.no_constraint(name, command.missing_ok)
    }

    fn no_constraint(&self, name: &str, missing_ok: bool) -> Result<()> {
        let message = format!(
            "constraint \"{name}\" of relation \"{}\" does not exist",
            self.draft.table.name
        );
        if missing_ok {
            self.notice(format!("{message}, skipping"));
            return Ok(());
        }
        Err(PgError::new(sqlstate::UNDEFINED_OBJECT, message))
    }

    /// Errors: 42704; 23514 if a stored row does not pass.
    pub(super) fn validate_constraint(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        let name = &command.name;
        if self.draft.table.checks.iter().any(|check| check.name == *name) {
            self.checks.push(name.clone());
            return Ok(());
        }
        if self.has_constraint(name) {
            return Ok(());
        }
        self.no_constraint(name, false)
    }

    /// Errors: 42P16 `column "a" is in a primary key`.
    pub(super) fn refuse_key_column(&self, position: usize) -> Result<()> {
        let in_key = self.kept_indexes().iter().any(|index| {
            index.constraint == Some(KeyConstraint::PrimaryKey)
                && index.keys.iter().any(|key| key.target == KeyTarget::Column(position))
        });
        if in_key {
            return err!(
                INVALID_TABLE_DEFINITION,
                "column \"{}\" is in a primary key",
                self.draft.table.columns[position].name
            );
        }
        Ok(())
    }
}
