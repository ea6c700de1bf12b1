//! What names mean at one place of a query.

use std::{
    cell::RefCell,
    collections::HashMap,
    rc::Rc,
    sync::{Arc, atomic::AtomicUsize},
};

use super::aggregate::Collected;
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::ir::{Expr, Field},
    storage::catalog::Table,
    types::PgType,
};

/// One column that a table alias offers.
#[derive(Clone, Debug)]
pub struct ScopeColumn {
    pub name: String,
    /// Position in the FROM clause's row.
    pub position: usize,
    pub ty: PgType,
    pub origin: Option<(Oid, i16)>,
}

/// One entry of the FROM clause as names see it.
#[derive(Clone, Debug)]
pub struct Item {
    pub alias: String,
    /// The schema, where the table was named without an alias.
    pub schema: Option<String>,
    pub columns: Vec<ScopeColumn>,
    /// Reachable as `alias.column`.
    pub qualified: bool,
    /// Reachable as a bare `column`; hidden behind a join's merged columns otherwise.
    pub bare: Vec<bool>,
    pub table: Option<Arc<Table>>,
    /// The relation whose rows these are, for `tableoid`.
    pub relation: Option<Oid>,
    /// A function that returns one scalar column: its alias names the value as well.
    pub scalar_function: bool,
    /// An outer join may not find a row of it.
    pub nullable: bool,
    /// Position of the scanned row id, for UPDATE and DELETE.
    pub row_id: Option<usize>,
}

impl Item {
    pub fn new(alias: impl Into<String>, columns: Vec<ScopeColumn>) -> Self {
        let bare = vec![true; columns.len()];
        Self {
            alias: alias.into(),
            schema: None,
            columns,
            qualified: true,
            bare,
            table: None,
            relation: None,
            scalar_function: false,
            nullable: false,
            row_id: None,
        }
    }

    /// The same columns `by` places further right.
    pub fn shifted(mut self, by: usize) -> Self {
        for column in &mut self.columns {
            column.position += by;
        }
        self.row_id = self.row_id.map(|position| position + by);
        self
    }
}

/// A CTE in sight.
#[derive(Clone, Debug)]
pub struct CteBinding {
    pub id: usize,
    pub fields: Arc<[Field]>,
    pub references: Arc<AtomicUsize>,
    /// `false` for a statement that writes and has no RETURNING: nothing can read it.
    pub returns: bool,
    /// The query itself, in its recursive term: it may be read once, and not everywhere.
    pub recursive: bool,
}

/// Aggregates are gathered by the query level they belong to.
pub type AggregateSink = Rc<RefCell<Collected>>;

/// What names mean at one place; the parent is the enclosing query, one row further out.
#[derive(Clone)]
pub struct Scope<'p> {
    pub parent: Option<&'p Scope<'p>>,
    pub items: Vec<Item>,
    pub ctes: HashMap<String, CteBinding>,
    /// Where aggregates, windows and sets go; `None` where they are not allowed.
    pub sink: Option<AggregateSink>,
    /// The clause being bound, for messages: `WHERE`, `GROUP BY`, ...
    pub clause: &'static str,
    /// Named windows.
    pub windows: Rc<HashMap<String, crate::query::parse::ast::WindowDef>>,
    /// Where a recursive term must not read its own query: `a subquery`, `an outer join`, ...
    pub bar: Option<&'static str>,
    /// Entries of FROM that stand here but cannot be seen, for messages.
    pub hidden: Rc<Hidden>,
}

/// Entries of FROM that cannot be seen from some place.
#[derive(Clone, Default)]
pub struct Hidden {
    pub items: Vec<Item>,
    /// Whether LATERAL would show them.
    pub lateral: bool,
}

/// A column that a name was resolved to.
pub enum Resolved<'s> {
    Column {
        levels: usize,
        column: &'s ScopeColumn,
    },
    /// The alias alone: the whole row.
    Row {
        levels: usize,
        item: &'s Item,
    },
}

impl<'p> Scope<'p> {
    pub fn root() -> Scope<'static> {
        Scope {
            parent: None,
            items: Vec::new(),
            ctes: HashMap::new(),
            sink: None,
            clause: "",
            windows: Rc::default(),
            bar: None,
            hidden: Rc::default(),
        }
    }

    /// A query below this one, whose rows see this one's row.
    pub fn child<'c>(&'c self) -> Scope<'c>
    where
        'p: 'c,
    {
        Scope { parent: Some(self), bar: self.bar, ..Scope::root() }
    }

    /// A query beside this one in FROM: it sees what this query sees around itself, not its items.
    pub fn sibling(&self) -> Scope<'p> {
        Scope {
            parent: self.parent,
            items: Vec::new(),
            ctes: self.ctes.clone(),
            sink: None,
            clause: "",
            windows: Rc::default(),
            bar: self.bar,
            hidden: self.hidden.clone(),
        }
    }

    /// The same names in another clause, where aggregates are not allowed.
    pub fn for_clause(&self, clause: &'static str) -> Scope<'p> {
        Scope { sink: None, clause, ..self.clone() }
    }

    /// The same names in a clause whose aggregates are gathered into `sink`.
    pub fn with_sink(&self, clause: &'static str, sink: AggregateSink) -> Scope<'p> {
        Scope { sink: Some(sink), clause, ..self.clone() }
    }

    /// The same, where `items` stand beside but cannot be seen.
    pub fn hiding(&self, items: &[Item], lateral: bool) -> Scope<'p> {
        let mut hidden = self.hidden.items.clone();
        hidden.extend_from_slice(items);
        Scope { hidden: Rc::new(Hidden { items: hidden, lateral }), ..self.clone() }
    }

    /// What is wrong with a reference to a FROM entry that is not in sight.
    pub fn missing(&self, schema: Option<&str>, alias: &str) -> PgError {
        let mut scope = Some(self);
        let invalid = || {
            PgError::new(
                sqlstate::UNDEFINED_TABLE,
                format!("invalid reference to FROM-clause entry for table \"{alias}\""),
            )
        };
        while let Some(current) = scope {
            let renamed = current.items.iter().find(|item| {
                item.qualified
                    && item.alias != alias
                    && item.table.as_ref().is_some_and(|table| table.name == alias)
            });
            if let (Some(item), None) = (renamed, schema) {
                return invalid().hint(format!(
                    "Perhaps you meant to reference the table alias \"{}\".",
                    item.alias
                ));
            }
            if current.hidden.items.iter().any(|item| item.qualified && item.alias == alias) {
                let error = invalid().detail(format!(
                    "There is an entry for table \"{alias}\", but it cannot be referenced from this part of the query."
                ));
                return match current.hidden.lateral {
                    true => error
                        .hint("To reference that table, you must mark this subquery with LATERAL."),
                    false => error,
                };
            }
            scope = current.parent;
        }
        let name = match schema {
            Some(schema) => format!("{schema}.{alias}"),
            None => alias.to_owned(),
        };
        PgError::new(
            sqlstate::UNDEFINED_TABLE,
            format!("missing FROM-clause entry for table \"{name}\""),
        )
    }

    pub fn cte(&self, name: &str) -> Option<CteBinding> {
        let mut scope = Some(self);
        while let Some(current) = scope {
            if let Some(cte) = current.ctes.get(name) {
                return Some(cte.clone());
            }
            scope = current.parent;
        }
        None
    }

    /// Resolves a bare name: the nearest query level that has it wins.
    ///
    /// Errors: 42702 if several entries of one level have it. `None` if no level does.
    pub fn bare(&self, name: &str) -> Result<Option<Resolved<'_>>> {
        let mut levels = 0;
        let mut scope = Some(self);
        while let Some(current) = scope {
            let mut found: Option<&ScopeColumn> = None;
            for item in &current.items {
                for (column, visible) in item.columns.iter().zip(&item.bare) {
                    if *visible && column.name == name {
                        if found.is_some_and(|other| other.position != column.position) {
                            return err!(
                                AMBIGUOUS_COLUMN,
                                "column reference \"{name}\" is ambiguous"
                            );
                        }
                        found = Some(column);
                    }
                }
            }
            if let Some(column) = found {
                return Ok(Some(Resolved::Column { levels, column }));
            }
            if let Some(item) =
                current.items.iter().find(|item| item.qualified && item.alias == name)
            {
                return Ok(Some(match item.columns.as_slice() {
                    [column] if item.scalar_function => Resolved::Column { levels, column },
                    _ => Resolved::Row { levels, item },
                }));
            }
            scope = current.parent;
            levels += 1;
        }
        Ok(None)
    }

    /// The entry named `alias`, and how many levels up it is.
    pub fn item(&self, schema: Option<&str>, alias: &str) -> Result<Option<(usize, &Item)>> {
        let mut levels = 0;
        let mut scope = Some(self);
        while let Some(current) = scope {
            let mut matches = current.items.iter().filter(|item| {
                item.qualified
                    && item.alias == alias
                    && schema.is_none_or(|schema| item.schema.as_deref() == Some(schema))
            });
            if let Some(item) = matches.next() {
                if matches.next().is_some() {
                    return err!(AMBIGUOUS_ALIAS, "table reference \"{alias}\" is ambiguous");
                }
                return Ok(Some((levels, item)));
            }
            scope = current.parent;
            levels += 1;
        }
        Ok(None)
    }
}

/// A column of this level's row, or of an enclosing one.
pub fn column_expr(levels: usize, column: &ScopeColumn) -> Expr {
    match levels {
        0 => Expr::Column(column.position, column.ty),
        levels => Expr::Outer { levels, column: column.position, ty: column.ty },
    }
}
