//! WITH, and WITH RECURSIVE.

use std::sync::{
    Arc,
    atomic::{AtomicUsize, Ordering},
};

use super::{
    Binder, inner, required,
    scope::{CteBinding, Scope},
    step::refuse_below_top,
    strings,
    target::Unknowns,
};
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        ir::{Cte, Field, Node, Plan},
        parse::{NodeEnum, ast},
    },
    types::PgType,
};

/// A bound CTE and the counter of its scans, read once the body is bound.
pub(super) type PendingCte = (Cte, Arc<AtomicUsize>);

impl Binder<'_> {
    /// Binds the CTEs in order; each is put into `scope` for what follows.
    pub(super) fn with_clause(
        &self,
        with: &ast::WithClause,
        scope: &mut Scope,
        top: bool,
    ) -> Result<Vec<PendingCte>> {
        let writes = with.ctes.iter().any(is_writing);
        let mut ctes = Vec::new();
        let mut seen = std::collections::HashSet::new();
        for node in &with.ctes {
            let NodeEnum::CommonTableExpr(cte) = inner(node)? else {
                return Err(PgError::internal("CTE expected"));
            };
            if !seen.insert(cte.ctename.clone()) {
                return Err(PgError::new(
                    sqlstate::DUPLICATE_ALIAS,
                    format!("WITH query name \"{}\" specified more than once", cte.ctename),
                )
                .at(cte.location));
            }
            let query = inner(required(&cte.ctequery)?)?;
            let NodeEnum::SelectStmt(select) = query else {
                if !top {
                    return Err(refuse_below_top(cte));
                }
                let (action, returned) = self.writing_cte(cte, query, scope)?;
                let fields = returned.clone().unwrap_or_default();
                let fields = self.cte_fields(cte, &fields)?;
                let (id, references) = (self.new_cte_id(), Arc::new(AtomicUsize::new(0)));
                self.add_step(id, action, references.clone());
                let returns = returned.is_some();
                let binding = CteBinding { id, fields, references, returns, recursive: false };
                scope.ctes.insert(cte.ctename.clone(), binding);
                continue;
            };
            if cte.search_clause.is_some() || cte.cycle_clause.is_some() {
                return Err(PgError::unsupported("SEARCH and CYCLE").at(cte.location));
            }
            let pending = if with.recursive && mentions(select, &cte.ctename) {
                self.recursive_cte(cte, select, scope)?
            } else {
                self.plain_cte(cte, select, scope)?
            };
            scope.ctes.insert(
                cte.ctename.clone(),
                CteBinding {
                    id: pending.0.id,
                    fields: pending.0.plan.fields.clone(),
                    references: pending.1.clone(),
                    returns: true,
                    recursive: false,
                },
            );
            match writes {
                true => self.add_query_step(pending),
                false => ctes.push(pending),
            }
        }
        Ok(ctes)
    }

    /// Puts the With operator around `plan`.
    pub(super) fn wrap_ctes(&self, ctes: Vec<PendingCte>, plan: Plan) -> Plan {
        if ctes.is_empty() {
            return plan;
        }
        let ctes = ctes
            .into_iter()
            .map(|(cte, references)| Cte { references: references.load(Ordering::Relaxed), ..cte })
            .collect();
        Plan { fields: plan.fields.clone(), node: Node::With { ctes, body: Box::new(plan) } }
    }

    fn new_cte_id(&self) -> usize {
        let id = self.next_cte.get();
        self.next_cte.set(id + 1);
        id
    }

    fn new_cte(&self, cte: &ast::CommonTableExpr, plan: Plan) -> Result<PendingCte> {
        let id = self.new_cte_id();
        let materialized = match cte.ctematerialized() {
            ast::CteMaterialize::Always => Some(true),
            ast::CteMaterialize::Never => Some(false),
            _ => None,
        };
        let cte = Cte {
            id,
            name: cte.ctename.clone(),
            plan,
            recursive: None,
            references: 0,
            materialized,
        };
        Ok((cte, Arc::new(AtomicUsize::new(0))))
    }

    fn plain_cte(
        &self,
        cte: &ast::CommonTableExpr,
        select: &ast::SelectStmt,
        scope: &Scope,
    ) -> Result<PendingCte> {
        let mut plan = self.bind_select(select, &scope.sibling())?;
        plan.fields = self.cte_fields(cte, &plan.fields)?;
        self.new_cte(cte, plan)
    }

    /// Errors: 42P10 if the column list is too long.
    fn cte_fields(&self, cte: &ast::CommonTableExpr, fields: &[Field]) -> Result<Arc<[Field]>> {
        let names = strings(&cte.aliascolnames)?;
        if names.len() > fields.len() {
            return Err(PgError::new(
                sqlstate::INVALID_COLUMN_REFERENCE,
                format!(
                    "WITH query \"{}\" has {} columns available but {} columns specified",
                    cte.ctename,
                    fields.len(),
                    names.len()
                ),
            )
            .at(cte.location));
        }
        let mut fields = fields.to_vec();
        for (field, name) in fields.iter_mut().zip(names) {
            field.name = name.to_owned();
        }
        Ok(fields.into())
    }

    /// `first UNION [ALL] recursive`: the second term sees the first one's columns.
    fn recursive_cte(
        &self,
        cte: &ast::CommonTableExpr,
        select: &ast::SelectStmt,
        scope: &Scope,
    ) -> Result<PendingCte> {
        let shape_error = || {
            PgError::new(
                sqlstate::INVALID_RECURSION,
                format!(
                    "recursive query \"{}\" does not have the form non-recursive-term UNION [ALL] recursive-term",
                    cte.ctename
                ),
            )
            .at(cte.location)
        };
        if select.op() != ast::SetOperation::SetopUnion {
            return Err(shape_error());
        }
        let (Some(first), Some(second)) = (select.larg.as_deref(), select.rarg.as_deref()) else {
            return Err(shape_error());
        };
        if mentions(first, &cte.ctename) {
            return Err(PgError::new(
                sqlstate::INVALID_RECURSION,
                format!(
                    "recursive reference to query \"{}\" must not appear within its non-recursive term",
                    cte.ctename
                ),
            )
            .at(cte.location));
        }
        // Behind the whole UNION, or in parentheses behind its second term.
        if !select.locking_clause.is_empty() || !second.locking_clause.is_empty() {
            return Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                "FOR UPDATE/SHARE in a recursive query is not implemented",
            ));
        }
        if !select.sort_clause.is_empty()
            || select.limit_count.is_some()
            || select.limit_offset.is_some()
        {
            return Err(PgError::unsupported("ORDER BY or LIMIT in a recursive query"));
        }
        let mut around = Scope { bar: None, ..scope.sibling() };
        let inner_ctes = match &select.with_clause {
            Some(with) => self.with_clause(with, &mut around, false)?,
            None => vec![],
        };
        if !inner_ctes.is_empty() {
            return Err(PgError::unsupported("WITH inside a recursive query"));
        }
        let mut plan = self.bind_select(first, &around)?;
        plan.fields = self.cte_fields(cte, &plan.fields)?;
        let types: Vec<PgType> = plan.fields.iter().map(|field| field.ty).collect();
        let (mut bound, references) = self.new_cte(cte, plan)?;
        around.ctes.insert(
            cte.ctename.clone(),
            CteBinding {
                id: bound.id,
                fields: bound.plan.fields.clone(),
                references: Arc::new(AtomicUsize::new(0)),
                returns: true,
                recursive: true,
            },
        );
        let term = self.bind_query(second, &around, Unknowns::Keep)?;
        if term.fields.len() != types.len() {
            return err!(SYNTAX_ERROR, "each UNION query must have the same number of columns");
        }
        for (position, (field, ty)) in term.fields.iter().zip(&types).enumerate() {
            let overall = self.common_of(&[*ty, field.ty], "UNION")?;
            if overall.oid != ty.oid {
                return err!(
                    DATATYPE_MISMATCH,
                    "recursive query \"{}\" column {} has type {} in non-recursive term but type {} overall",
                    cte.ctename,
                    position + 1,
                    self.type_name(*ty),
                    self.type_name(overall)
                );
            }
        }
        let term = self.coerce_outputs(term, &types, "UNION")?;
        bound.recursive = Some((term, select.all));
        Ok((bound, references))
    }
}

fn is_writing(node: &ast::Node) -> bool {
    let Some(NodeEnum::CommonTableExpr(cte)) = &node.node else { return false };
    let query = cte.ctequery.as_deref().and_then(|query| query.node.as_ref());
    !matches!(query, Some(NodeEnum::SelectStmt(_)))
}

/// Whether a query names a relation that could be the CTE; the printed tree is enough to decide
/// which of the two ways to bind it, and a false alarm only costs the shape check.
fn mentions(select: &ast::SelectStmt, name: &str) -> bool {
    let tree = format!("{select:?}");
    tree.contains(&format!("relname: {name:?}"))
}
