//! What a search has measured, its distances or scores, as a column of its own: nothing above has
//! to compute it again, or to read what it was computed from.

use crate::{
    query::{
        ir::{Expr, Field, Node, Plan, WindowCall},
        rules::columns::{has_subquery, remap},
    },
    types::PgType,
};

/// Marks a place while other columns move.
const MARK: usize = 1 << 39;

/// A column that was added to a plan's output.
pub struct Measure {
    /// Its place; what stood there and after it has moved up by one.
    pub at: usize,
    /// What it is instead of, over the plan's output without it.
    pub expr: Expr,
    pub ty: PgType,
}

impl Measure {
    /// Adds the column behind a search's own.
    pub fn add(plan: &mut Plan, expr: Expr) -> Option<Self> {
        if has_subquery(&expr) {
            return None;
        }
        let name = match &mut plan.node {
            Node::Knn(knn) => {
                knn.measured = true;
                "distance"
            }
            Node::TextSearch(text) => {
                text.scored = true;
                "score"
            }
            _ => return None,
        };
        let (at, ty) = (plan.fields.len(), expr.ty());
        plan.fields = plan.fields.iter().cloned().chain([Field::new(name, ty)]).collect();
        Some(Self { at, expr, ty })
    }

    /// Makes an expression over the plan as it was one over the plan as it is, `width` wide.
    pub fn rewrite(&self, expr: &mut Expr, width: usize) {
        self.replace(expr);
        remap(expr, width, &|column| match column {
            MARK => self.at,
            column if column >= self.at => column + 1,
            column => column,
        });
    }

    fn replace(&self, expr: &mut Expr) {
        if expr.same(&self.expr) {
            *expr = Expr::Column(MARK, self.ty);
        } else if !matches!(expr, Expr::Subquery(_)) {
            expr.children_mut(&mut |child| self.replace(child));
        }
    }

    pub fn rewrite_calls(&self, calls: &mut [WindowCall], width: usize) {
        for call in calls {
            let keys = call.order.iter_mut().map(|key| &mut key.expr);
            let parts = call.args.iter_mut().chain(&mut call.filter).chain(&mut call.partition);
            parts.chain(keys).for_each(|expr| self.rewrite(expr, width));
        }
    }

    /// Takes the column out again, above a plan whose other columns are all wanted.
    pub fn leave(self, plan: &mut Plan) {
        let kept = |at: &usize| *at != self.at;
        let places: Vec<usize> = (0..plan.fields.len()).filter(kept).collect();
        let fields: Vec<Field> = places.iter().map(|at| plan.fields[*at].clone()).collect();
        let exprs = places.iter().map(|at| Expr::Column(*at, plan.fields[*at].ty)).collect();
        let input = std::mem::replace(plan, Plan::new(Node::Empty, vec![]));
        *plan = Plan::new(Node::Project { input: Box::new(input), exprs }, fields);
    }
}
