//! A table's definition in the making: what CREATE TABLE and ALTER TABLE put together from the
//! grammar's columns and constraints before it goes into the catalogue.

use std::sync::Arc;

use super::{
    foreign_key::Referrer,
    names::{check_free, generated_name},
};
use crate::{
    base::{Oid, PgError, Result, limits, sqlstate},
    err,
    query::{
        bind,
        catalog::spelling,
        env::Env,
        parse::{self, NodeEnum, ast},
        session::Session,
    },
    storage::catalog::{
        Check, Column, Identity, Index, IndexKey, IndexMethod, KeyConstraint, KeyTarget, Object,
        Sequence, Table,
    },
    types::{PgType, oid},
};

/// Everything one CREATE TABLE makes.
pub(super) struct Draft<'a> {
    pub session: &'a Session,
    pub env: &'a Env,
    pub table: Table,
    pub sequences: Vec<Sequence>,
    pub indexes: Vec<Index>,
    /// Expressions as the client wrote them, whose errors then stand where they are in its text.
    pub written: Vec<Written>,
    /// Whether errors tell where they are: PostgreSQL's do not for ALTER TABLE.
    pub placed: bool,
    /// FOREIGN KEYs and their columns, until the table's own keys are known.
    pub references: Vec<(ast::Constraint, Vec<usize>)>,
}

/// An expression of the statement.
pub(super) enum Written {
    Default(usize, ast::Node),
    /// Over the table's row, and what messages call its clause.
    Condition(ast::Node, &'static str),
}

impl Draft<'_> {
    pub fn columns(&mut self, elements: &[ast::Node]) -> Result<()> {
        for element in elements {
            match &element.node {
                Some(NodeEnum::ColumnDef(definition)) => self.column(definition)?,
                Some(NodeEnum::TableLikeClause(like)) => self.like_columns(like)?,
                _ => {}
            }
        }
        if self.table.columns.len() > limits::COLUMNS_MAX {
            return err!(
                TOO_MANY_COLUMNS,
                "tables can have at most {} columns",
                limits::COLUMNS_MAX
            );
        }
        Ok(())
    }

    pub fn column(&mut self, definition: &ast::ColumnDef) -> Result<()> {
        let name = &definition.colname;
        if self.table.columns.iter().any(|column| !column.dropped && column.name == *name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        if SYSTEM_COLUMNS.contains(&name.as_str()) {
            return err!(
                DUPLICATE_COLUMN,
                "column name \"{name}\" conflicts with a system column name"
            );
        }
        let type_name = definition
            .type_name
            .as_ref()
            .ok_or_else(|| PgError::internal("column without a type"))?;
        let serial = serial_type(type_name);
        let ty = match serial {
            Some(oid) => PgType::new(oid),
            None => bind::bind_type(type_name)?,
        };
        if oid::category(ty.oid) == 'P' || ty.oid == oid::UNKNOWN {
            return err!(
                INVALID_TABLE_DEFINITION,
                "column \"{name}\" has pseudo-type {}",
                crate::types::typmod::format_type(ty)
            );
        }
        super::declarations::check(definition, &self.table.name, serial.is_some())?;
        self.table.columns.push(Column {
            name: name.clone(),
            ty,
            not_null: serial.is_some() || definition.is_not_null,
            default: None,
            generated: None,
            identity: None,
            sequence: None,
            dropped: false,
            missing: None,
        });
        let position = self.table.columns.len() - 1;
        if serial.is_some() {
            let sequence = self.owned_sequence(position, &[])?;
            let column = &mut self.table.columns[position];
            column.sequence = Some(sequence.0);
            column.default = Some(format!("nextval('{}'::regclass)", sequence.1));
        }
        for constraint in &definition.constraints {
            let Some(NodeEnum::Constraint(constraint)) = &constraint.node else { continue };
            self.column_constraint(position, constraint)?;
        }
        Ok(())
    }

    /// The sequence behind a serial or identity column, and its name as SQL text.
    pub fn owned_sequence(
        &mut self,
        position: usize,
        options: &[ast::Node],
    ) -> Result<(Oid, String)> {
        let column = &self.table.columns[position];
        let names: Vec<String> = self.sequences.iter().map(|made| made.name.clone()).collect();
        let taken = |name: &str| names.iter().any(|other| other == name);
        let name = generated_name(
            self.env,
            self.table.schema,
            &self.table.name,
            &[&column.name],
            "seq",
            &taken,
        );
        let mut sequence = super::sequence::blank(
            self.session.shared().store.allocate_oid(),
            self.table.schema,
            &name,
            column.ty.oid,
        )?;
        super::sequence::apply_options(&mut sequence, options, super::sequence::Purpose::Create)?;
        sequence.owned_by = Some((self.table.oid, position));
        let schema = self.env.catalog.schema(self.table.schema);
        let schema = schema.map_or("public", |schema| schema.name.as_str());
        let quoted = crate::query::session::names::quoted;
        let shown = format!("{}.{}", quoted(schema), quoted(&name)).replace('\'', "''");
        let oid = sequence.oid;
        self.session.notice(PgError::debug(format!(
            "{} will create implicit sequence \"{name}\" for serial column \"{}.{}\"",
            self.statement(),
            self.table.name,
            self.table.columns[position].name
        )));
        self.sequences.push(sequence);
        Ok((oid, shown))
    }

    pub fn column_constraint(
        &mut self,
        position: usize,
        constraint: &ast::Constraint,
    ) -> Result<()> {
        use ast::ConstrType as Kind;
        match constraint.contype() {
            Kind::ConstrNull => {}
            Kind::ConstrNotnull => self.table.columns[position].not_null = true,
            Kind::ConstrDefault => {
                let expression = constraint.raw_expr.as_deref();
                let expression =
                    expression.ok_or_else(|| PgError::internal("DEFAULT without a value"))?;
                self.written.push(Written::Default(position, expression.clone()));
                let column = &mut self.table.columns[position];
                let default = parse::deparse_expression(expression)?;
                column.default = Some(spelling::default_with_schema(self.env, default));
            }
            Kind::ConstrIdentity => {
                let ty = self.table.columns[position].ty.oid;
                if !matches!(ty, oid::INT2 | oid::INT4 | oid::INT8) {
                    return err!(
                        INVALID_PARAMETER_VALUE,
                        "identity column type must be smallint, integer, or bigint"
                    );
                }
                let (sequence, _) = self.owned_sequence(position, &constraint.options)?;
                let column = &mut self.table.columns[position];
                column.identity = Some(match constraint.generated_when.as_str() {
                    "a" => Identity::Always,
                    _ => Identity::ByDefault,
                });
                column.sequence = Some(sequence);
                column.not_null = true;
            }
            Kind::ConstrGenerated => {
                if constraint.generated_kind == "v" {
                    return Err(PgError::unsupported("VIRTUAL generated columns"));
                }
                let expression = constraint.raw_expr.as_deref();
                let expression =
                    expression.ok_or_else(|| PgError::internal("generated column without one"))?;
                let text = parse::deparse_expression(expression)?;
                let clause = "column generation expressions";
                self.written.push(Written::Condition(expression.clone(), clause));
                self.table.columns[position].generated = Some(text);
            }
            Kind::ConstrCheck => {
                let column = self.table.columns[position].name.clone();
                self.check(constraint, &[&column])?;
            }
            Kind::ConstrPrimary => {
                self.key(constraint, vec![position], KeyConstraint::PrimaryKey)?
            }
            Kind::ConstrUnique => self.key(constraint, vec![position], KeyConstraint::Unique)?,
            Kind::ConstrForeign => self.references.push((constraint.clone(), vec![position])),
            // They follow the REFERENCES that they are of.
            Kind::ConstrAttrDeferrable | Kind::ConstrAttrDeferred => {
                if let Some((reference, _)) = self.references.last_mut() {
                    reference.deferrable = true;
                    reference.initdeferred |= constraint.contype() == Kind::ConstrAttrDeferred;
                }
            }
            Kind::ConstrExclusion => return Err(PgError::unsupported("EXCLUDE")),
            _ => {}
        }
        Ok(())
    }

    pub fn constraints(&mut self, elements: &[ast::Node]) -> Result<()> {
        use ast::ConstrType as Kind;
        for element in elements {
            let Some(NodeEnum::Constraint(constraint)) = &element.node else { continue };
            match constraint.contype() {
                Kind::ConstrCheck => self.check(constraint, &[])?,
                Kind::ConstrPrimary => {
                    let positions = self.positions(&constraint.keys, constraint.location)?;
                    self.key(constraint, positions, KeyConstraint::PrimaryKey)?;
                }
                Kind::ConstrUnique => {
                    let positions = self.positions(&constraint.keys, constraint.location)?;
                    self.key(constraint, positions, KeyConstraint::Unique)?;
                }
                Kind::ConstrForeign => {
                    let positions = self.positions(&constraint.fk_attrs, -1)?;
                    self.references.push(((**constraint).clone(), positions));
                }
                Kind::ConstrExclusion => return Err(PgError::unsupported("EXCLUDE")),
                Kind::ConstrNotnull => {
                    for position in self.positions(&constraint.keys, -1)? {
                        self.table.columns[position].not_null = true;
                    }
                }
                _ => {}
            }
        }
        Ok(())
    }

    fn place(&self, mut error: PgError) -> PgError {
        if !self.placed {
            error.fields.position = None;
        }
        error
    }

    /// Errors: those of [`Referrer::foreign_key`].
    pub fn foreign_keys(&mut self) -> Result<()> {
        for (constraint, columns) in std::mem::take(&mut self.references) {
            let oid = self.session.shared().store.allocate_oid();
            let known = self.table.indexes.iter().filter_map(|oid| self.env.catalog.index(*oid));
            let indexes: Vec<Index> =
                known.map(|index| (**index).clone()).chain(self.indexes.iter().cloned()).collect();
            let referrer = Referrer { env: self.env, table: &self.table, indexes: &indexes, oid };
            let key = referrer.foreign_key(&constraint, columns)?;
            self.table.foreign_keys.push(key);
        }
        Ok(())
    }

    /// Errors: 42703 `column "x" named in key does not exist`.
    pub fn positions(&self, keys: &[ast::Node], at: i32) -> Result<Vec<usize>> {
        keys.iter()
            .map(|key| {
                let name = super::names::constant_text(Some(key)).unwrap_or_default();
                self.table
                    .columns
                    .iter()
                    .position(|column| !column.dropped && column.name == name)
                    .ok_or_else(|| {
                        PgError::new(
                            sqlstate::UNDEFINED_COLUMN,
                            format!("column \"{name}\" named in key does not exist"),
                        )
                        .at(if self.placed { at } else { -1 })
                    })
            })
            .collect()
    }

    pub fn check(&mut self, constraint: &ast::Constraint, columns: &[&str]) -> Result<()> {
        let expression = constraint.raw_expr.as_deref();
        let expression =
            expression.ok_or_else(|| PgError::internal("CHECK without a condition"))?;
        let name = match constraint.conname.as_str() {
            "" => {
                let checks = &self.table.checks;
                let taken = |name: &str| checks.iter().any(|check| check.name == name);
                let table = &self.table.name;
                generated_name(self.env, self.table.schema, table, columns, "check", &taken)
            }
            name => name.to_owned(),
        };
        self.written.push(Written::Condition(expression.clone(), "check constraints"));
        self.table.checks.push(Check {
            oid: self.session.shared().store.allocate_oid(),
            name,
            expression: parse::deparse_expression(expression)?,
        });
        Ok(())
    }

    fn is_new(&self) -> bool {
        self.env.catalog.table(self.table.oid).is_none()
    }

    fn statement(&self) -> &'static str {
        if self.is_new() { "CREATE TABLE" } else { "ALTER TABLE" }
    }

    /// PRIMARY KEY or UNIQUE: a unique btree index.
    ///
    /// Errors: 42P16 `multiple primary keys for table "x" are not allowed`.
    pub fn key(
        &mut self,
        constraint: &ast::Constraint,
        positions: Vec<usize>,
        kind: KeyConstraint,
    ) -> Result<()> {
        if constraint.deferrable {
            return Err(PgError::unsupported("DEFERRABLE of PRIMARY KEY and UNIQUE"));
        }
        let primary = kind == KeyConstraint::PrimaryKey;
        let kept = self.table.indexes.iter().filter_map(|oid| self.env.catalog.index(*oid));
        let mut keys = self.indexes.iter().chain(kept.map(|index| index.as_ref()));
        if primary && keys.any(|index| index.constraint == Some(kind)) {
            return Err(PgError::new(
                sqlstate::INVALID_TABLE_DEFINITION,
                format!("multiple primary keys for table \"{}\" are not allowed", self.table.name),
            )
            .at(if self.placed { constraint.location } else { -1 }));
        }
        if primary {
            for position in &positions {
                self.table.columns[*position].not_null = true;
            }
        }
        let names: Vec<String> =
            positions.iter().map(|at| self.table.columns[*at].name.clone()).collect();
        let name = match constraint.conname.as_str() {
            "" => {
                let names: Vec<&str> =
                    if primary { vec![] } else { names.iter().map(String::as_str).collect() };
                let indexes = &self.indexes;
                let taken = |name: &str| indexes.iter().any(|index| index.name == name);
                let suffix = if primary { "pkey" } else { "key" };
                let table = &self.table.name;
                generated_name(self.env, self.table.schema, table, &names, suffix, &taken)
            }
            name => {
                check_free(self.session, self.env, self.table.schema, name, false)?;
                name.to_owned()
            }
        };
        let words = if primary { "PRIMARY KEY" } else { "UNIQUE" };
        let adding = if self.is_new() { "" } else { "ADD " };
        self.session.notice(PgError::debug(format!(
            "{} / {adding}{words} will create implicit index \"{name}\" for table \"{}\"",
            self.statement(),
            self.table.name
        )));
        self.indexes.push(Index {
            oid: self.session.shared().store.allocate_oid(),
            table: self.table.oid,
            name,
            method: IndexMethod::Btree,
            keys: positions
                .into_iter()
                .map(|position| IndexKey {
                    target: KeyTarget::Column(position),
                    ty: self.table.columns[position].ty,
                    opclass: String::new(),
                    descending: false,
                    nulls_first: false,
                })
                .collect(),
            unique: true,
            constraint: Some(kind),
            nulls_not_distinct: constraint.nulls_not_distinct,
            predicate: None,
            options: Default::default(),
            include: self.positions(&constraint.including, constraint.location)?,
            unfilled: false,
        });
        Ok(())
    }

    /// Binds every expression once, so that CREATE TABLE fails and not the first INSERT; the
    /// one-argument `to_tsvector(text)` gets the configuration of now, which is then fixed.
    pub fn check_expressions(&mut self) -> Result<bind::TableRules> {
        let mut catalog = (*self.env.catalog).clone();
        for sequence in &self.sequences {
            catalog.put(Object::Sequence(Arc::new(sequence.clone())));
        }
        let config = self.env.text_search_config.clone();
        for column in &mut self.table.columns {
            if let Some(sql) = &mut column.generated {
                *sql = super::create_index::fix_text_search_config(sql, &config)?;
            }
        }
        catalog.put(Object::Table(Arc::new(self.table.clone())));
        let table = Arc::new(self.table.clone());
        let env = self.env.with_catalog(Arc::new(catalog));
        let binder = bind::Binder::new(&env, &[]);
        for written in std::mem::take(&mut self.written) {
            let checked = match written {
                Written::Default(position, node) => {
                    binder.written_default(&node, &table.columns[position])
                }
                Written::Condition(node, clause) => {
                    binder.table_node(&table, &node, clause).map(drop)
                }
            };
            checked.map_err(|error| self.place(error))?;
        }
        let rules = bind::TableRules::bind(&env, &table)?;
        for (_, expr) in &rules.generated {
            if !bind::is_immutable(expr) {
                return err!(INVALID_OBJECT_DEFINITION, "generation expression is not immutable");
            }
        }
        Ok(rules)
    }
}

/// Names that every table's rows have already.
const SYSTEM_COLUMNS: &[&str] = &["tableoid", "cmax", "xmax", "cmin", "xmin", "ctid"];

/// serial, bigserial, smallserial.
fn serial_type(name: &ast::TypeName) -> Option<Oid> {
    let [only] = name.names.as_slice() else { return None };
    match super::names::constant_text(Some(only))?.as_str() {
        "serial" | "serial4" => Some(oid::INT4),
        "bigserial" | "serial8" => Some(oid::INT8),
        "smallserial" | "serial2" => Some(oid::INT2),
        _ => None,
    }
}
