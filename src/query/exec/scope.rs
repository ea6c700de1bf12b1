//! What an operator sees around it: the enclosing queries' rows, the common table expressions in
//! force, and the results of subqueries that were already run.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;

use super::{
    batches::row_at,
    eval::{self, EvalContext, OuterRow},
    execution::Execution,
    rows::Recursion,
    subqueries::SubqueryCache,
};
use crate::{
    base::{PgError, Result},
    query::ir::{Expr, Field},
    types::Datum,
};

pub type Row = Vec<Datum>;

/// A cheap, immutable handle; going into a subquery makes a new one.
#[derive(Clone)]
pub struct Scope {
    pub execution: Arc<Execution>,
    pub outer: Option<Arc<OuterRow>>,
    ctes: Option<Arc<CteFrame>>,
    pub(super) cache: Arc<SubqueryCache>,
}

struct CteFrame {
    id: usize,
    rows: CteRows,
    up: Option<Arc<CteFrame>>,
}

/// The rows of a common table expression: at hand as rows or batches, or made step by step as they
/// are read.
#[derive(Clone)]
pub enum CteRows {
    Ready(Arc<Vec<Row>>),
    Batches(Arc<Batches>),
    Growing(Arc<Recursion>),
}

/// Materialised batches, and the fields their columns have.
pub struct Batches {
    pub fields: Arc<[Field]>,
    pub batches: Vec<RecordBatch>,
}

impl Batches {
    pub fn rows(&self) -> usize {
        self.batches.iter().map(RecordBatch::num_rows).sum()
    }

    fn chunk(&self, at: usize, count: usize) -> Result<Vec<Row>> {
        let mut rows = Vec::new();
        let mut start = 0;
        for batch in &self.batches {
            let end = start + batch.num_rows();
            for position in at.max(start)..end.min(at.saturating_add(count)) {
                rows.push(row_at(batch, &self.fields, position - start)?);
            }
            start = end;
        }
        Ok(rows)
    }
}

impl CteRows {
    /// At most `count` rows from position `at`; none at the end.
    pub fn chunk(&self, at: usize, count: usize) -> Result<Vec<Row>> {
        match self {
            CteRows::Ready(rows) => {
                let end = rows.len().min(at.saturating_add(count));
                Ok(rows.get(at..end).unwrap_or_default().to_vec())
            }
            CteRows::Batches(batches) => batches.chunk(at, count),
            CteRows::Growing(recursion) => recursion.chunk(at, count),
        }
    }
}

impl Scope {
    /// The scope of a statement's outermost query.
    pub fn root(execution: Arc<Execution>) -> Self {
        let frames = execution.ctes.iter().fold(None, |up, (id, rows)| {
            Some(Arc::new(CteFrame { id: *id, rows: rows.clone(), up }))
        });
        Self { execution, outer: None, ctes: frames, cache: Arc::default() }
    }

    /// The scope inside a subquery or lateral plan that is run for `row`.
    pub fn inside(&self, row: Row) -> Self {
        self.within(Arc::new(OuterRow { row, up: self.outer.clone() }))
    }

    /// The scope inside a plan that sees `row` and the ones around it.
    pub fn within(&self, row: Arc<OuterRow>) -> Self {
        Self { outer: Some(row), ..self.clone() }
    }

    /// The scope in which the CTE `id` has these rows. Subqueries may read them, so what was kept
    /// of subqueries outside is not looked at inside.
    pub fn with_cte(&self, id: usize, rows: CteRows) -> Self {
        Self {
            ctes: Some(Arc::new(CteFrame { id, rows, up: self.ctes.clone() })),
            cache: Arc::default(),
            ..self.clone()
        }
    }

    /// Errors: XX000 if no enclosing WITH has it.
    pub fn cte(&self, id: usize) -> Result<CteRows> {
        let mut frame = self.ctes.as_deref();
        while let Some(found) = frame {
            if found.id == id {
                return Ok(found.rows.clone());
            }
            frame = found.up.as_deref();
        }
        Err(PgError::internal(format!("no common table expression {id} in scope")))
    }

    pub fn context(&self) -> EvalContext<'_> {
        EvalContext {
            env: &self.execution.env,
            params: &self.execution.params,
            outer: self.outer.as_deref(),
            subqueries: Some(self),
        }
    }

    pub fn evaluate(&self, expr: &Expr, row: &[Datum]) -> Result<Datum> {
        match expr {
            // The two commonest expressions, without the way through the context.
            Expr::Column(column, _) if *column < row.len() => Ok(row[*column].clone()),
            Expr::Const(value, _) => Ok(value.clone()),
            expr => eval::evaluate(expr, row, &self.context()),
        }
    }

    pub fn evaluate_all(&self, exprs: &[Expr], row: &[Datum]) -> Result<Row> {
        exprs.iter().map(|expr| self.evaluate(expr, row)).collect()
    }

    /// Whether a condition is true: not false and not unknown.
    pub fn holds(&self, predicate: &Expr, row: &[Datum]) -> Result<bool> {
        Ok(eval::truth(predicate, row, &self.context())? == Some(true))
    }

    /// A row count of LIMIT or a search; `None` for NULL.
    pub fn count(&self, expr: &Expr) -> Result<Option<i64>> {
        let value = self.evaluate(expr, &[])?;
        Ok(if value.is_null() { None } else { Some(value.as_i64()) })
    }
}
