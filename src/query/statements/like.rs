//! LIKE in CREATE TABLE: another relation's columns, and on demand what belongs to them.

use super::{
    draft::Draft,
    names::{find_relation, generated_name},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::parse::{NodeEnum, ast},
    storage::catalog::{Check, Column, Index, KeyConstraint, KeyTarget, Object, Table},
};

/// INCLUDING, bit by bit as the grammar has it.
const COMMENTS: u32 = 1;
const CONSTRAINTS: u32 = 1 << 2;
const DEFAULTS: u32 = 1 << 3;
const GENERATED: u32 = 1 << 4;
const IDENTITY: u32 = 1 << 5;
const INDEXES: u32 = 1 << 6;

impl Draft<'_> {
    /// The columns alone, where the clause stands.
    ///
    /// Errors: 42P01; 42809 for what has no columns; 42701.
    pub fn like_columns(&mut self, clause: &ast::TableLikeClause) -> Result<()> {
        let columns = match self.like_source(clause)? {
            Object::View(view) => view
                .columns
                .iter()
                .map(|(name, ty)| Column {
                    name: name.clone(),
                    ty: *ty,
                    not_null: false,
                    default: None,
                    generated: None,
                    identity: None,
                    sequence: None,
                    dropped: false,
                    missing: None,
                })
                .collect(),
            Object::Table(table) => table.columns.clone(),
            _ => vec![],
        };
        for source in columns.iter().filter(|column| !column.dropped) {
            self.like_column(source, clause.options)?;
        }
        Ok(())
    }

    fn like_column(&mut self, source: &Column, options: u32) -> Result<()> {
        if self.table.columns.iter().any(|column| column.name == source.name) {
            return Err(PgError::new(
                sqlstate::DUPLICATE_COLUMN,
                format!("column \"{}\" specified more than once", source.name),
            ));
        }
        let generated = source.generated.clone().filter(|_| options & GENERATED != 0);
        let default = source.default.clone().filter(|_| options & DEFAULTS != 0);
        self.table.columns.push(Column {
            name: source.name.clone(),
            ty: source.ty,
            not_null: source.not_null,
            default,
            generated,
            identity: None,
            sequence: None,
            dropped: false,
            missing: None,
        });
        if let (Some(identity), Some(sequence)) = (source.identity, source.sequence)
            && options & IDENTITY != 0
        {
            let position = self.table.columns.len() - 1;
            let (made, _) = self.owned_sequence(position, &[])?;
            if let Some(Object::Sequence(old)) = self.env.catalog.object(sequence)
                && let Some(new) = self.sequences.last_mut()
            {
                new.ty = old.ty;
                (new.start, new.increment) = (old.start, old.increment);
                (new.min, new.max) = (old.min, old.max);
                (new.cache, new.cycle) = (old.cache, old.cycle);
            }
            let column = &mut self.table.columns[position];
            (column.identity, column.sequence) = (Some(identity), Some(made));
        }
        Ok(())
    }

    /// Checks, keys, indexes and comments, once all columns are there. The comments are returned.
    pub fn like_rest(&mut self, elements: &[ast::Node]) -> Result<Vec<Object>> {
        let mut comments = Vec::new();
        for element in elements {
            let Some(NodeEnum::TableLikeClause(clause)) = &element.node else { continue };
            let Object::Table(source) = self.like_source(clause)? else { continue };
            if clause.options & CONSTRAINTS != 0 {
                self.like_checks(&source, clause.options, &mut comments);
            }
            if clause.options & COMMENTS != 0 {
                for (position, column) in source.columns.iter().enumerate() {
                    if let Some(own) = self.own_position(&column.name) {
                        let from = (source.oid, position as i32 + 1);
                        self.copy_comment(from, (self.table.oid, own as i32 + 1), &mut comments);
                    }
                }
            }
            if clause.options & INDEXES != 0 {
                let indexes: Vec<Index> =
                    self.env.catalog.indexes_of(&source).map(|index| (**index).clone()).collect();
                for index in indexes {
                    self.like_index(&source, index, clause.options, &mut comments)?;
                }
            }
        }
        Ok(comments)
    }

    fn like_checks(&mut self, source: &Table, options: u32, comments: &mut Vec<Object>) {
        for check in &source.checks {
            let oid = self.session.shared().store.allocate_oid();
            if options & COMMENTS != 0 {
                self.copy_comment((check.oid, 0), (oid, 0), comments);
            }
            self.table.checks.push(Check { oid, ..check.clone() });
        }
    }

    fn like_index(
        &mut self,
        source: &Table,
        mut index: Index,
        options: u32,
        comments: &mut Vec<Object>,
    ) -> Result<()> {
        let primary = index.constraint == Some(KeyConstraint::PrimaryKey);
        if primary && self.indexes.iter().any(|other| other.constraint == index.constraint) {
            return Err(PgError::new(
                sqlstate::INVALID_TABLE_DEFINITION,
                format!("multiple primary keys for table \"{}\" are not allowed", self.table.name),
            ));
        }
        let mut names = Vec::new();
        for key in &mut index.keys {
            match &mut key.target {
                KeyTarget::Column(position) => {
                    let name = &source.columns[*position].name;
                    names.push(name.clone());
                    *position = self.own_position(name).ok_or_else(lost)?;
                }
                KeyTarget::Expression(sql) => {
                    names.push(super::create_index::expression_name(sql)?)
                }
            }
        }
        for position in &mut index.include {
            let name = &source.columns[*position].name;
            names.push(name.clone());
            *position = self.own_position(name).ok_or_else(lost)?;
        }
        let suffix = match index.constraint {
            Some(KeyConstraint::PrimaryKey) => "pkey",
            Some(KeyConstraint::Unique) => "key",
            None => "idx",
        };
        let names: Vec<&str> = match primary {
            true => vec![],
            false => names.iter().map(String::as_str).collect(),
        };
        let taken = |name: &str| self.indexes.iter().any(|other| other.name == name);
        let table = &self.table.name;
        let name = generated_name(self.env, self.table.schema, table, &names, suffix, &taken);
        let oid = self.session.shared().store.allocate_oid();
        if options & COMMENTS != 0 {
            self.copy_comment((index.oid, 0), (oid, 0), comments);
        }
        self.indexes.push(Index { oid, table: self.table.oid, name, ..index });
        Ok(())
    }

    fn own_position(&self, name: &str) -> Option<usize> {
        self.table.columns.iter().position(|column| !column.dropped && column.name == name)
    }

    fn copy_comment(&self, from: (Oid, i32), to: (Oid, i32), comments: &mut Vec<Object>) {
        let found = self.env.catalog.objects().find_map(|object| match object {
            Object::Comment { object, column, text, .. } if (*object, *column) == from => {
                Some(text.clone())
            }
            _ => None,
        });
        if let Some(text) = found {
            let oid = self.session.shared().store.allocate_oid();
            comments.push(Object::Comment { oid, object: to.0, column: to.1, text });
        }
    }

    fn like_source(&self, clause: &ast::TableLikeClause) -> Result<Object> {
        let name =
            clause.relation.as_ref().ok_or_else(|| PgError::internal("LIKE without a name"))?;
        let Some(found) = find_relation(self.env, &name.schemaname, &name.relname) else {
            let shown = match name.schemaname.as_str() {
                "" => name.relname.clone(),
                schema => format!("{schema}.{}", name.relname),
            };
            return Err(PgError::new(
                sqlstate::UNDEFINED_TABLE,
                format!("relation \"{shown}\" does not exist"),
            )
            .at(name.location));
        };
        let kind = match found {
            Object::Table(_) | Object::View(_) => return Ok(found.clone()),
            Object::Sequence(_) => "sequences",
            _ => "indexes",
        };
        Err(PgError::new(
            sqlstate::WRONG_OBJECT_TYPE,
            format!("relation \"{}\" is invalid in LIKE clause", name.relname),
        )
        .detail(format!("This operation is not supported for {kind}."))
        .at(name.location))
    }
}

fn lost() -> PgError {
    PgError::internal("a column of LIKE is missing")
}
