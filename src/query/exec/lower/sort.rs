//! ORDER BY: DataFusion's sort over columns or, where Arrow's order is not PostgreSQL's, over keys.

use std::sync::Arc;

use datafusion::{
    arrow::compute::SortOptions,
    physical_expr::{LexOrdering, PhysicalSortExpr},
    physical_plan::sorts::sort::SortExec,
};

use super::{Exec, expr};
use crate::{
    base::Result,
    query::{exec::scope::Scope, ir::SortKey},
};

/// All rows in order, or the first `keep`.
pub fn lower(input: Exec, keys: &[SortKey], keep: Option<usize>, scope: &Scope) -> Result<Exec> {
    let keys = keys.iter().map(|key| {
        let options = SortOptions { descending: key.descending, nulls_first: key.nulls_first };
        let expr = expr::comparable(&key.expr, key.expr.ty().oid, scope);
        PhysicalSortExpr::new(expr, options)
    });
    Ok(match LexOrdering::new(keys) {
        Some(ordering) => Arc::new(SortExec::new(ordering, input).with_fetch(keep)),
        None => input,
    })
}
