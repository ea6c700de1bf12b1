//! RETURNING: expressions over the rows a statement wrote.

use std::sync::Arc;

use super::{
    Binder,
    expr::location,
    inner,
    scope::{Item, Scope},
    subquery::settle_expr,
    table::full_row,
    target::{Target, Unknowns},
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Expr, Field},
        parse::{NodeEnum, ast},
    },
    storage::catalog::Table,
};

/// RETURNING: expressions over the written row, its other version, and the rows of FROM or USING.
#[derive(Clone, Debug)]
pub struct Returning {
    pub exprs: Vec<Expr>,
    pub fields: Arc<[Field]>,
    /// How wide the row is that `exprs` see; what a statement does not give is NULL.
    pub width: usize,
}

/// Where RETURNING finds a row before and after the write. A row that is not there (what an INSERT
/// replaced, what a DELETE left) is NULL in every column.
pub(super) struct Versions {
    pub old: usize,
    pub new: usize,
    pub may_lack: Option<Version>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Version {
    Old,
    New,
}

impl Version {
    fn word(self) -> &'static str {
        match self {
            Version::Old => "old",
            Version::New => "new",
        }
    }
}

impl Binder<'_> {
    /// FROM entries as RETURNING sees them: the written row, then the others.
    pub(super) fn returning_items(
        &self,
        table: &Table,
        relation: &ast::RangeVar,
        items: &[Item],
        row_id: usize,
        from_at: usize,
    ) -> Vec<Item> {
        let mut row = full_row(table);
        row.relation = Some(table.oid);
        if let Some(alias) = &relation.alias {
            row.alias = alias.aliasname.clone();
        }
        let others = items[1..].iter().cloned().map(|mut item| {
            for column in &mut item.columns {
                column.position = column.position - (row_id + 2) + from_at;
            }
            item
        });
        [row].into_iter().chain(others).collect()
    }

    /// `hidden` are entries that the statement has and RETURNING does not see.
    pub(super) fn returning(
        &self,
        clause: Option<&ast::ReturningClause>,
        table: &Table,
        mut items: Vec<Item>,
        versions: &Versions,
        hidden: &[Item],
    ) -> Result<Option<Returning>> {
        let Some(clause) = clause.filter(|clause| !clause.exprs.is_empty()) else {
            return Ok(None);
        };
        let names = version_names(clause, &items)?;
        for (version, at) in [(Version::Old, versions.old), (Version::New, versions.new)] {
            let Some(name) = &names[version as usize] else { continue };
            let mut item = full_row(table).shifted(at);
            item.alias = name.clone();
            item.relation = Some(table.oid);
            item.nullable = versions.may_lack == Some(version);
            item.bare.iter_mut().for_each(|bare| *bare = false);
            items.push(item);
        }
        let width = items
            .iter()
            .flat_map(|item| &item.columns)
            .map(|column| column.position + 1)
            .max()
            .unwrap_or(0);
        let scope = Scope { items, ..Scope::root() }.hiding(hidden, false);
        let mut targets: Vec<Target> =
            self.targets(&clause.exprs, &scope.for_clause("RETURNING"), Unknowns::Settle)?;
        if targets.is_empty() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "RETURNING must have at least one column",
            )
            .at(clause.exprs.first().map_or(-1, location)));
        }
        for target in &mut targets {
            settle_expr(&mut target.expr, width);
        }
        let fields: Vec<Field> = targets
            .iter()
            .map(|target| Field {
                name: target.name.clone(),
                ty: target.expr.ty(),
                origin: target.origin,
            })
            .collect();
        let exprs = targets.into_iter().map(|target| target.expr).collect();
        Ok(Some(Returning { exprs, fields: fields.into(), width }))
    }
}

/// What the row before and the row after are called: as WITH says, else `old` and `new` where no
/// other entry has that name.
///
/// Errors: 42601 for a version named twice; 42712 for a name that is taken.
fn version_names(clause: &ast::ReturningClause, items: &[Item]) -> Result<[Option<String>; 2]> {
    let mut names = [None, None];
    let taken = |name: &str| items.iter().any(|item| item.qualified && item.alias == name);
    for node in &clause.options {
        let NodeEnum::ReturningOption(option) = inner(node)? else {
            return Err(PgError::internal("option of RETURNING expected"));
        };
        let (version, word) = match option.option() {
            ast::ReturningOptionKind::ReturningOptionOld => (Version::Old, "OLD"),
            _ => (Version::New, "NEW"),
        };
        if names[version as usize].is_some() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                format!("{word} cannot be specified multiple times"),
            )
            .at(option.location));
        }
        if taken(&option.value) || names.contains(&Some(option.value.clone())) {
            return Err(PgError::new(
                sqlstate::DUPLICATE_ALIAS,
                format!("table name \"{}\" specified more than once", option.value),
            )
            .at(option.location));
        }
        names[version as usize] = Some(option.value.clone());
    }
    for version in [Version::Old, Version::New] {
        let name = version.word().to_owned();
        if names[version as usize].is_none()
            && !taken(&name)
            && !names.contains(&Some(name.clone()))
        {
            names[version as usize] = Some(name);
        }
    }
    Ok(names)
}
