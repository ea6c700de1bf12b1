//! Functions over the rows of a query that is given as text: `ts_stat`, `ts_rewrite`. A literal is
//! bound where it stands, as a subquery whose rows are an argument.

use super::{
    Binder, inner, required,
    scope::Scope,
    subquery::{array_of_rows, only_column_array},
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        functions::{rewrite_by_rows, word_statistics},
        ir::{Call, Expr, Field, Node, Plan},
        parse::{self, NodeEnum, ast},
    },
    types::{Datum, PgType, oid, shape},
};

impl Binder<'_> {
    /// `ts_rewrite(query, 'SELECT target, substitute ...')`; `None` if the text is no literal.
    pub(super) fn rewrite_by_query(
        &self,
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Option<Expr>> {
        let Some(plan) = self.query_of_text(&call.args[1])? else { return Ok(None) };
        let query =
            self.coerce_implicit(self.expr(&call.args[0], scope)?, PgType::new(oid::TSQUERY))?;
        if plan.fields.len() != 2 || plan.fields.iter().any(|field| field.ty.oid != oid::TSQUERY) {
            return Err(PgError::new(
                sqlstate::INVALID_PARAMETER_VALUE,
                "ts_rewrite query must return two tsquery columns",
            ));
        }
        let ty = PgType::new(oid::RECORD);
        let row = Expr::Row(
            plan.fields.iter().enumerate().map(|(at, field)| Expr::Column(at, field.ty)).collect(),
            ty,
        );
        let rows = Plan::new(
            Node::Project { input: Box::new(plan), exprs: vec![row] },
            vec![Field::new("row", ty)],
        );
        Ok(Some(Expr::Call(Box::new(Call {
            function: rewrite_by_rows(),
            args: vec![query, array_of_rows(rows)],
            ty: PgType::new(oid::TSQUERY),
            location: call.location,
            spread: false,
        }))))
    }

    /// `ts_stat('SELECT vector ...' [, weights])`; `None` if the text is no literal.
    pub(super) fn statistics_of_query(
        &self,
        call: &ast::FuncCall,
        scope: &Scope,
    ) -> Result<Option<Expr>> {
        let Some(plan) = self.query_of_text(&call.args[0])? else { return Ok(None) };
        if plan.fields.len() != 1 || plan.fields[0].ty.oid != oid::TSVECTOR {
            return Err(PgError::new(
                sqlstate::INVALID_PARAMETER_VALUE,
                "ts_stat query must return one tsvector column",
            ));
        }
        let weights = match call.args.get(1) {
            Some(weights) => self.coerce_implicit(self.expr(weights, scope)?, PgType::TEXT)?,
            None => Expr::Const(Datum::text(""), PgType::TEXT),
        };
        let function = word_statistics();
        let columns = function.columns.iter();
        let ty = shape::record_of(columns.map(|(name, ty)| ((*name).to_owned(), PgType::new(*ty))));
        let call = Call {
            function,
            args: vec![only_column_array(plan, oid::TSVECTOR), weights],
            ty,
            location: call.location,
            spread: false,
        };
        self.set_call(call, scope).map(Some)
    }

    /// The query of a literal, bound on its own.
    ///
    /// Errors: the parser's and the binder's; 42601 for another statement.
    fn query_of_text(&self, node: &ast::Node) -> Result<Option<Plan>> {
        let text = match inner(node)? {
            NodeEnum::TypeCast(cast) => required(&cast.arg)?,
            _ => node,
        };
        let NodeEnum::AConst(constant) = inner(text)? else { return Ok(None) };
        let Some(ast::a_const::Val::Sval(text)) = &constant.val else { return Ok(None) };
        let statements = parse::parse(&text.sval).map_err(PgError::displaced)?;
        let Some(NodeEnum::SelectStmt(select)) =
            statements.first().map(|statement| statement.node.as_ref())
        else {
            return Err(PgError::new(sqlstate::SYNTAX_ERROR, "a query is expected"));
        };
        let plan = self.untraced(|| self.bind_select(select, &Scope::root()));
        let plan = plan.map_err(PgError::displaced)?;
        self.settle_unknown_outputs(plan).map(Some)
    }
}
