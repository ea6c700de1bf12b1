//! The binder: from PostgreSQL's syntax tree to the typed [`ir`](super::ir).
//!
//! Names, types and overloads are resolved by PostgreSQL's rules (documentation, chapter 10, "Type
//! Conversion"); every implicit cast is written out, so that nothing below has to guess.

mod absent;
mod aggregate;
mod assign;
mod coerce;
mod conflict;
mod constant;
mod cte;
mod expr;
mod from;
mod from_function;
mod function;
mod grouping;
mod insert;
mod locking;
mod modify;
mod naming;
mod operator;
mod ordering;
mod record;
mod relation;
mod resolve;
mod returning;
mod scope;
mod select;
mod setop;
mod special;
mod sql_json;
mod step;
mod subquery;
mod table;
mod target;
mod text_query;
mod trace;
mod types;
mod values;
mod window;

use std::{
    cell::{Cell, RefCell},
    collections::HashMap,
};

pub use coerce::{Coercion, can_coerce};
pub use conflict::{Conflict, ConflictAction};
pub use insert::Insert;
pub use modify::{Delete, Update};
pub use naming::output_name;
pub use relation::Relation;
pub use returning::Returning;
pub use select::{is_immutable, is_volatile};
pub use step::{Action, Step};
pub use table::{IndexRules, TableRules, column_position};
pub use trace::{Mention, Trace};
pub use types::{bind_type, type_by_name};

use self::step::PendingStep;
use super::{
    env::Env,
    ir::{Expr, Plan},
    parse::{NodeEnum, ast},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    types::PgType,
};

/// Binds one statement: its session, its parameters, and what is unique within it.
pub struct Binder<'a> {
    pub env: &'a Env,
    params: RefCell<Vec<PgType>>,
    next_cte: Cell<usize>,
    /// Tables of the FROM that is being bound carry their row ids.
    row_ids: Cell<bool>,
    /// Whether the statement locks rows by FOR UPDATE or its kin.
    locks: Cell<bool>,
    /// Data-modifying WITH: whether the next WITH may hold it, and what was gathered of it.
    top: Cell<bool>,
    steps: RefCell<Vec<PendingStep>>,
    /// The relations that the text itself names; not those of the views among them.
    relations: RefCell<Vec<Oid>>,
    /// Where string literals stand in the text, by the address of their value.
    literals: RefCell<HashMap<usize, i32>>,
    /// What names were resolved to, where a definition's text is about to be spelled anew.
    trace: RefCell<Option<Trace>>,
}

impl<'a> Binder<'a> {
    /// `params`: the types the client declared; `UNKNOWN` where it left them open.
    pub fn new(env: &'a Env, params: &[PgType]) -> Self {
        Self {
            env,
            params: RefCell::new(params.to_vec()),
            next_cte: Cell::new(0),
            row_ids: Cell::new(false),
            locks: Cell::new(false),
            top: Cell::new(false),
            steps: RefCell::default(),
            relations: RefCell::default(),
            literals: RefCell::default(),
            trace: RefCell::new(None),
        }
    }

    /// The tables and views that what was bound reads, each once.
    pub fn relations_read(&self) -> Vec<Oid> {
        let mut relations = self.relations.borrow().clone();
        relations.sort();
        relations.dedup();
        relations
    }

    /// Whether what was bound locks rows.
    pub fn locks_rows(&self) -> bool {
        self.locks.get()
    }

    /// For a statement that runs its steps: WITH may insert, update and delete.
    pub fn with_steps(self) -> Self {
        self.top.set(true);
        self
    }

    /// A SELECT or VALUES statement.
    pub fn select(&self, statement: &ast::SelectStmt) -> Result<Plan> {
        let mut plan = self.bind_select(statement, &scope::Scope::root())?;
        plan = self.settle_unknown_outputs(plan)?;
        subquery::settle_tests(&mut plan);
        Ok(plan)
    }

    /// Binds the query inside of another statement (EXPLAIN, DECLARE CURSOR, CREATE TABLE AS) for the
    /// types of its parameters alone.
    pub fn infer(&self, query: &NodeEnum) -> Result<()> {
        match query {
            NodeEnum::SelectStmt(select) => self.select(select).map(drop),
            NodeEnum::InsertStmt(insert) => self.insert(insert).map(drop),
            NodeEnum::UpdateStmt(update) => self.update(update).map(drop),
            NodeEnum::DeleteStmt(delete) => self.delete(delete).map(drop),
            _ => Ok(()),
        }
    }

    /// The parameters' types, once everything is bound. Errors: 42P18 if one stayed open.
    pub fn params(&self) -> Result<Vec<PgType>> {
        let params = self.params.borrow();
        if let Some(index) = params.iter().position(|ty| *ty == PgType::UNKNOWN) {
            return Err(PgError::new(
                sqlstate::INDETERMINATE_DATATYPE,
                format!("could not determine data type of parameter ${}", index + 1),
            ));
        }
        Ok(params.clone())
    }

    /// An expression that sees no row: SET values, EXECUTE arguments, LIMIT of FETCH.
    pub fn constant_expression(&self, node: &ast::Node, target: Option<PgType>) -> Result<Expr> {
        let scope = scope::Scope::root();
        let expr = self.expr(node, &scope.for_clause("EXECUTE"))?;
        let mut expr = match target {
            Some(target) => self.coerce_assign(expr, target, "parameter"),
            None => self.settle_unknown(expr),
        }?;
        subquery::settle_expr(&mut expr, 0);
        Ok(expr)
    }
}

/// The node inside, or XX000: libpg_query never leaves one out where the grammar has it.
pub(super) fn inner(node: &ast::Node) -> Result<&NodeEnum> {
    node.node.as_ref().ok_or_else(|| PgError::internal("empty syntax node"))
}

/// The node inside an optional box.
pub(super) fn required(node: &Option<Box<ast::Node>>) -> Result<&ast::Node> {
    node.as_deref().ok_or_else(|| PgError::internal("missing syntax node"))
}

/// The text of a `String` node.
pub(super) fn string(node: &ast::Node) -> Result<&str> {
    match inner(node)? {
        NodeEnum::String(value) => Ok(&value.sval),
        other => Err(PgError::internal(format!("name expected, found {other:?}"))),
    }
}

/// Every name of a qualified name.
pub(super) fn strings(nodes: &[ast::Node]) -> Result<Vec<&str>> {
    nodes.iter().map(string).collect()
}
