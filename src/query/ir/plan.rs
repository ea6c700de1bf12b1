//! Relational operators.

use std::sync::Arc;

use super::{Call, Expr};
use crate::{
    base::TableId,
    ingest::locks::LockMode,
    query::{env::LockWait, functions::Function},
    storage::catalog::{Index, Table},
    types::{PgType, inverted::Strategy},
};

/// One output column of a plan.
#[derive(Clone, Debug, PartialEq)]
pub struct Field {
    pub name: String,
    pub ty: PgType,
    /// The table column it comes from unchanged (for RowDescription): table oid, attnum.
    pub origin: Option<(crate::base::Oid, i16)>,
}

impl Field {
    pub fn new(name: impl Into<String>, ty: PgType) -> Self {
        Self { name: name.into(), ty, origin: None }
    }
}

/// A relational operator and its output columns.
#[derive(Clone, Debug)]
pub struct Plan {
    pub node: Node,
    pub fields: Arc<[Field]>,
}

impl Plan {
    pub fn new(node: Node, fields: impl Into<Arc<[Field]>>) -> Self {
        Self { node, fields: fields.into() }
    }
}

#[derive(Clone, Debug)]
pub enum Node {
    /// One row of no columns.
    Empty,
    /// A stored table. Output: the columns named by `columns` (positions in the table), then, if
    /// `row_id`, the row's id as int8 and its csn as int8. `filter` is over that output.
    Scan(Scan),
    /// Rows computed elsewhere: pg_catalog, information_schema, set-returning functions in FROM
    /// whose arguments need no input row.
    Values(Vec<Vec<Expr>>),
    /// A system relation, made by name when it is run.
    System(&'static str),
    /// A set-returning function in FROM; arguments see `Outer` only.
    FunctionScan {
        call: Box<Call>,
        ordinality: bool,
    },
    Filter {
        input: Box<Plan>,
        predicate: Expr,
    },
    Project {
        input: Box<Plan>,
        exprs: Vec<Expr>,
    },
    /// `exprs` with set-returning calls in it: every row makes as many rows as its longest set.
    ProjectSet {
        input: Box<Plan>,
        exprs: Vec<SetExpr>,
    },
    /// Output: left columns, then right columns (left only for semi and anti joins).
    /// `on` is over left columns, then right columns. If `lateral`, the right side sees the left
    /// row as `Outer { levels: 1 }`.
    Join {
        left: Box<Plan>,
        right: Box<Plan>,
        kind: JoinKind,
        on: Option<Expr>,
        lateral: bool,
    },
    /// Output: the group expressions, then the aggregates, then (with several grouping sets) one
    /// int4 of GROUPING bits: bit i is set if group expression i is not in the row's set.
    Aggregate {
        input: Box<Plan>,
        groups: Vec<Expr>,
        /// Each set lists positions in `groups`; plain GROUP BY is one set of all.
        sets: Vec<Vec<usize>>,
        aggregates: Vec<Aggregate>,
    },
    /// Output: the input's columns, then one column a window call.
    Window {
        input: Box<Plan>,
        calls: Vec<WindowCall>,
    },
    Sort {
        input: Box<Plan>,
        keys: Vec<SortKey>,
    },
    /// `limit` and `offset` see no row; NULL means none. `with_ties` needs `Sort` below.
    Limit {
        input: Box<Plan>,
        limit: Option<Expr>,
        offset: Option<Expr>,
        with_ties: Option<Vec<SortKey>>,
    },
    Distinct {
        input: Box<Plan>,
    },
    /// Keeps the first row of each run with equal `on`; the input is sorted by it.
    DistinctOn {
        input: Box<Plan>,
        on: Vec<Expr>,
    },
    /// Output: the input's. Locks the tables' rows one by one and leaves out those to be skipped.
    LockRows {
        input: Box<Plan>,
        marks: Vec<RowMark>,
    },
    SetOp {
        left: Box<Plan>,
        right: Box<Plan>,
        op: SetOp,
        all: bool,
    },
    /// Runs `ctes` (in order, each may use the earlier ones), then `body`.
    With {
        ctes: Vec<Cte>,
        body: Box<Plan>,
    },
    /// Reads a CTE of an enclosing `With`, or the working table of the recursion.
    CteScan {
        id: usize,
    },
    /// INSERT, UPDATE or DELETE with RETURNING inside WITH is not a plan; see statements.
    /// A nearest-neighbour search that a rule put in place of Sort + Limit over a Scan.
    Knn(Box<Knn>),
    /// A text search that a rule put in place of a Scan with `@@`, perhaps ordered by `bm25_score`.
    TextSearch(Box<TextSearch>),
    /// A btree or primary-key lookup that a rule put in place of a Scan.
    IndexScan(Box<IndexScan>),
    /// Rows by what they contain, that a rule put in place of a Scan.
    InvertedScan(Box<InvertedScan>),
}

#[derive(Clone, Debug)]
pub struct Scan {
    pub table: Arc<Table>,
    pub columns: Vec<usize>,
    pub row_id: bool,
    pub filter: Option<Expr>,
}

/// Output as `scan`'s and perhaps the distance, closest first, at most `limit + offset` rows that pass `scan.filter`.
#[derive(Clone, Debug)]
pub struct Knn {
    pub scan: Scan,
    pub index: Arc<Index>,
    /// The distance function of the operator that was written.
    pub distance: Arc<Function>,
    /// The indexed vector, over the scan's output.
    pub key: Expr,
    /// Sees no row.
    pub query: Expr,
    /// Sees no row: how many rows are wanted, OFFSET included.
    pub limit: Expr,
    /// The distance is one more column of the output.
    pub measured: bool,
    /// Columns of the output that are there for the key alone. Where the distance is not wanted
    /// either they may stay NULL: the index has measured already.
    pub key_only: Vec<usize>,
}

/// Output as `scan`'s and perhaps the score: the rows that match `query` and pass `scan.filter`, which
/// has no need to say so again.
#[derive(Clone, Debug)]
pub struct TextSearch {
    pub scan: Scan,
    pub index: Arc<Index>,
    /// Sees no row; a tsquery.
    pub query: Expr,
    /// `Some(n)`: only the n best by BM25, best first. `None`: all matches, in any order.
    pub top: Option<Expr>,
    /// The score is one more column of the output; only with `top`.
    pub scored: bool,
}

#[derive(Clone, Debug)]
pub struct IndexScan {
    pub scan: Scan,
    pub index: Arc<Index>,
    /// `=` on the leading keys; the expressions see no row of this scan (`Outer` is allowed).
    pub equal: Vec<Expr>,
    /// The key after them equals any element of this array.
    pub any: Option<Expr>,
    /// Bounds on the key after them; not together with `any`.
    pub lower: Option<(Expr, bool)>,
    pub upper: Option<(Expr, bool)>,
    /// Only the first so many rows by the key after `equal` are wanted. More may come, in any order.
    pub first: Option<First>,
    /// What an inverted index says of other conditions: rows that it leaves out need not be read, and
    /// where it finds few, they are read instead.
    pub also: Option<Box<InvertedScan>>,
}

/// Output as `scan`'s: rows that inverted indexes lead to, each checked again by `scan.filter`.
#[derive(Clone, Debug)]
pub struct InvertedScan {
    pub scan: Scan,
    /// Which of the filter's conjuncts an index serves, by position, and what each asks.
    pub conditions: Vec<(usize, Asked)>,
    /// `enable_seqscan` is off: the table is read only if the indexes cannot tell.
    pub forced: bool,
}

#[derive(Clone, Debug)]
pub enum Asked {
    /// Of one key of an index; `query` sees no row of the scan (`Outer` is allowed).
    Key {
        index: Arc<Index>,
        column: usize,
        strategy: Strategy,
        query: Expr,
    },
    All(Vec<Asked>),
    Any(Vec<Asked>),
}

impl InvertedScan {
    pub fn queries(&self) -> impl Iterator<Item = &Expr> {
        self.conditions.iter().flat_map(|(_, asked)| asked.queries())
    }

    pub fn queries_mut(&mut self) -> impl Iterator<Item = &mut Expr> {
        self.conditions.iter_mut().flat_map(|(_, asked)| asked.queries_mut())
    }
}

impl Asked {
    pub fn indexes(&self) -> Vec<&Arc<Index>> {
        match self {
            Asked::Key { index, .. } => vec![index],
            Asked::All(parts) | Asked::Any(parts) => {
                parts.iter().flat_map(Asked::indexes).collect()
            }
        }
    }

    pub fn queries(&self) -> Vec<&Expr> {
        match self {
            Asked::Key { query, .. } => vec![query],
            Asked::All(parts) | Asked::Any(parts) => {
                parts.iter().flat_map(Asked::queries).collect()
            }
        }
    }

    pub fn queries_mut(&mut self) -> Vec<&mut Expr> {
        match self {
            Asked::Key { query, .. } => vec![query],
            Asked::All(parts) | Asked::Any(parts) => {
                parts.iter_mut().flat_map(Asked::queries_mut).collect()
            }
        }
    }
}

#[derive(Clone, Debug)]
pub struct First {
    /// Sees no row: how many, OFFSET included.
    pub wanted: Expr,
    pub descending: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
    /// EXISTS / IN
    LeftSemi,
    /// NOT EXISTS
    LeftAnti,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SetOp {
    Union,
    Intersect,
    Except,
}

#[derive(Clone, Debug)]
pub enum SetExpr {
    Scalar(Expr),
    Set(Box<Call>),
}

#[derive(Clone, Debug)]
pub struct Aggregate {
    pub function: Arc<Function>,
    pub args: Vec<Expr>,
    pub distinct: bool,
    pub filter: Option<Expr>,
    pub order: Vec<SortKey>,
    /// `percentile_cont(0.5) WITHIN GROUP (ORDER BY x)`: `args` are the direct ones.
    pub within_group: bool,
    pub ty: PgType,
}

#[derive(Clone, Debug)]
pub struct WindowCall {
    pub function: Arc<Function>,
    pub args: Vec<Expr>,
    pub filter: Option<Expr>,
    pub partition: Vec<Expr>,
    pub order: Vec<SortKey>,
    pub frame: Frame,
    pub ty: PgType,
    /// Byte offset in the query text; -1 if unknown.
    pub location: i32,
}

impl WindowCall {
    /// A call without arguments over all rows in the order they come.
    pub fn plain(function: Arc<Function>, ty: PgType) -> Self {
        Self {
            function,
            args: vec![],
            filter: None,
            partition: vec![],
            order: vec![],
            frame: Frame {
                unit: FrameUnit::Range,
                start: FrameBound::UnboundedPreceding,
                end: FrameBound::CurrentRow,
                exclude: FrameExclusion::Nothing,
            },
            ty,
            location: -1,
        }
    }
}

#[derive(Clone, Debug)]
pub struct Frame {
    pub unit: FrameUnit,
    pub start: FrameBound,
    pub end: FrameBound,
    pub exclude: FrameExclusion,
}

/// Which rows around the current one a frame leaves out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameExclusion {
    Nothing,
    CurrentRow,
    Group,
    /// The current row's peers, but not itself.
    Ties,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum FrameUnit {
    Rows,
    Range,
    Groups,
}

#[derive(Clone, Debug)]
pub enum FrameBound {
    UnboundedPreceding,
    Preceding(Expr),
    CurrentRow,
    Following(Expr),
    UnboundedFollowing,
}

#[derive(Clone, Debug)]
pub struct SortKey {
    pub expr: Expr,
    pub descending: bool,
    pub nulls_first: bool,
}

/// FOR UPDATE of one table.
#[derive(Clone, Debug)]
pub struct RowMark {
    pub table: TableId,
    /// The column of the row's id; that of its csn is the next. NULL: there is no row.
    pub row_id: usize,
    pub mode: LockMode,
    pub wait: LockWait,
}

#[derive(Clone, Debug)]
pub struct Cte {
    pub id: usize,
    pub name: String,
    pub plan: Plan,
    /// WITH RECURSIVE: `plan` is the first term, this one reads the working table by `CteScan`
    /// of the same id; `all` is UNION ALL.
    pub recursive: Option<(Plan, bool)>,
    /// How many scans read it; one that is read once and not MATERIALIZED is run in place.
    pub references: usize,
    pub materialized: Option<bool>,
}
