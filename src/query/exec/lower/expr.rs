//! Our expressions as DataFusion's: one kind that runs the columnar evaluator, one that turns values
//! into keys which compare as bytes.

use std::{
    fmt,
    hash::{Hash, Hasher},
    sync::Arc,
};

use datafusion::{
    arrow::{
        datatypes::{DataType, Field, FieldRef, Schema},
        record_batch::RecordBatch,
    },
    error::Result as DataFusionResult,
    logical_expr::ColumnarValue,
    physical_expr::{PhysicalExpr, expressions::Column},
};

use super::from_pg;
use crate::{
    base::Oid,
    query::{
        exec::{columnar, constants::hoisted, scope::Scope},
        ir::Expr,
    },
    types::{column::arrow_type, order},
};

/// A plain column is DataFusion's own; anything else is evaluated by us.
pub fn lower(expr: &Expr, scope: &Scope) -> Arc<dyn PhysicalExpr> {
    match expr {
        Expr::Column(column, _) => Arc::new(Column::new(&format!("c{column}"), *column)),
        expr => Arc::new(Evaluated {
            expr: Arc::new(hoisted(expr, scope).into_owned()),
            scope: scope.clone(),
            key: None,
        }),
    }
}

/// The expression such that Arrow's order and equality are those of `type_oid`.
pub fn comparable(expr: &Expr, type_oid: Oid, scope: &Scope) -> Arc<dyn PhysicalExpr> {
    if expr.ty().oid == type_oid && order::is_native(type_oid) {
        return lower(expr, scope);
    }
    Arc::new(Evaluated {
        expr: Arc::new(hoisted(expr, scope).into_owned()),
        scope: scope.clone(),
        key: Some(type_oid),
    })
}

/// An IR expression; with `key`, the memcomparable key of its value as that type.
#[derive(Clone)]
struct Evaluated {
    expr: Arc<Expr>,
    scope: Scope,
    key: Option<Oid>,
}

impl PhysicalExpr for Evaluated {
    fn evaluate(&self, batch: &RecordBatch) -> DataFusionResult<ColumnarValue> {
        let rows = batch.num_rows();
        let context = self.scope.context();
        let column = columnar::evaluate_column(&self.expr, batch.columns(), rows, &context)
            .and_then(|column| match self.key {
                None => Ok(column),
                Some(type_oid) => columnar::key_column(&column, self.expr.ty().oid, type_oid),
            })
            .map_err(from_pg)?;
        Ok(ColumnarValue::Array(column))
    }

    fn return_field(&self, _: &Schema) -> DataFusionResult<FieldRef> {
        let data_type = match self.key {
            None => arrow_type(self.expr.ty().oid),
            Some(_) => DataType::BinaryView,
        };
        Ok(Arc::new(Field::new("expr", data_type, true)))
    }

    fn children(&self) -> Vec<&Arc<dyn PhysicalExpr>> {
        vec![]
    }

    fn with_new_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn PhysicalExpr>>,
    ) -> DataFusionResult<Arc<dyn PhysicalExpr>> {
        Ok(self)
    }

    fn fmt_sql(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl fmt::Display for Evaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(if self.key.is_some() { "key" } else { "expr" })
    }
}

impl fmt::Debug for Evaluated {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.expr)
    }
}

// Two are the same only if they share the expression: DataFusion asks when it looks for orderings
// it may reuse, and "no" is always right.
impl PartialEq for Evaluated {
    fn eq(&self, other: &Self) -> bool {
        Arc::ptr_eq(&self.expr, &other.expr) && self.key == other.key
    }
}

impl Eq for Evaluated {}

impl Hash for Evaluated {
    fn hash<H: Hasher>(&self, state: &mut H) {
        (Arc::as_ptr(&self.expr) as usize).hash(state);
    }
}
