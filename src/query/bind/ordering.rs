//! ORDER BY, DISTINCT and LIMIT.

use super::{
    Binder,
    expr::location,
    inner, required,
    scope::{Item, Scope},
    target::Target,
    window::sort_key,
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        ir::{Expr, Node, Plan, SortKey},
        parse::{NodeEnum, ast},
    },
    types::PgType,
};

#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum NameRule {
    /// ORDER BY, DISTINCT ON: a name is an output's before it is an input column's.
    OutputFirst,
    /// GROUP BY: the other way round.
    InputFirst,
}

pub(super) enum DistinctKind {
    None,
    All,
    On(Vec<Expr>),
}

impl Binder<'_> {
    /// One ORDER BY item: an output's number or name, or an expression over the input.
    pub(super) fn order_item(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &mut Vec<Target>,
    ) -> Result<SortKey> {
        let NodeEnum::SortBy(sort) = inner(node)? else {
            return Err(PgError::internal("ORDER BY item expected"));
        };
        let position = self.output_position(
            required(&sort.node)?,
            scope,
            targets,
            "ORDER BY",
            NameRule::OutputFirst,
        )?;
        sort_key(Expr::Column(position, targets[position].expr.ty()), sort)
    }

    /// Finds or adds the target that an ORDER BY, GROUP BY or DISTINCT ON item means.
    fn output_position(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &mut Vec<Target>,
        clause: &str,
        rule: NameRule,
    ) -> Result<usize> {
        if let Some(position) = self.named_output(node, scope, targets, clause, rule)? {
            let expr = std::mem::replace(
                &mut targets[position].expr,
                Expr::Const(crate::types::Datum::Null, PgType::TEXT),
            );
            targets[position].expr = self.settle_unknown(expr)?;
            return Ok(position);
        }
        let expr = self.settle_unknown(self.expr(node, scope)?)?;
        if let Some(position) = targets.iter().position(|target| target.expr.same(&expr)) {
            return Ok(position);
        }
        targets.push(Target {
            expr,
            name: "?column?".into(),
            origin: None,
            hidden: true,
            location: location(node),
        });
        Ok(targets.len() - 1)
    }

    /// The output that a bare number or name stands for.
    ///
    /// Errors: 42P10 if the number is out of range; 42702 if the name fits different outputs.
    pub(super) fn named_output(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &[Target],
        clause: &str,
        rule: NameRule,
    ) -> Result<Option<usize>> {
        match inner(node)? {
            NodeEnum::AConst(constant) if !constant.isnull => {
                let Some(ast::a_const::Val::Ival(value)) = &constant.val else {
                    return Err(PgError::new(
                        sqlstate::SYNTAX_ERROR,
                        format!("non-integer constant in {clause}"),
                    )
                    .at(constant.location));
                };
                let visible = targets.iter().filter(|target| !target.hidden).count();
                if value.ival < 1 || value.ival as usize > visible {
                    return Err(PgError::new(
                        sqlstate::INVALID_COLUMN_REFERENCE,
                        format!("{clause} position {} is not in select list", value.ival),
                    )
                    .at(constant.location));
                }
                Ok(Some(value.ival as usize - 1))
            }
            NodeEnum::ColumnRef(column) if column.fields.len() == 1 => {
                let Ok(name) = super::string(&column.fields[0]) else { return Ok(None) };
                if rule == NameRule::InputFirst
                    && scope.bare(name).ok().flatten().is_some_and(|found| {
                        matches!(found, super::scope::Resolved::Column { levels: 0, .. })
                    })
                {
                    return Ok(None);
                }
                let mut found: Option<usize> = None;
                for (position, target) in targets.iter().enumerate() {
                    if target.hidden || target.name != name {
                        continue;
                    }
                    match found {
                        Some(other) if !targets[other].expr.same(&target.expr) => {
                            return Err(PgError::new(
                                sqlstate::AMBIGUOUS_COLUMN,
                                format!("{clause} \"{name}\" is ambiguous"),
                            )
                            .at(column.location));
                        }
                        Some(_) => {}
                        None => found = Some(position),
                    }
                }
                Ok(found)
            }
            _ => Ok(None),
        }
    }

    pub(super) fn distinct_clause(
        &self,
        select: &ast::SelectStmt,
        scope: &Scope,
        targets: &mut Vec<Target>,
        keys: &[SortKey],
    ) -> Result<DistinctKind> {
        match select.distinct_clause.as_slice() {
            [] => Ok(DistinctKind::None),
            // Plain DISTINCT is a list of one empty node.
            [only] if only.node.is_none() => {
                if let Some(hidden) = targets.iter().find(|target| target.hidden) {
                    return Err(PgError::new(
                        sqlstate::INVALID_COLUMN_REFERENCE,
                        "for SELECT DISTINCT, ORDER BY expressions must appear in select list",
                    )
                    .at(hidden.location));
                }
                Ok(DistinctKind::All)
            }
            nodes => {
                let scope = &Scope { clause: "DISTINCT ON", ..scope.clone() };
                let mut on = Vec::new();
                for node in nodes {
                    let position = self.output_position(
                        node,
                        scope,
                        targets,
                        "DISTINCT ON",
                        NameRule::OutputFirst,
                    )?;
                    on.push(Expr::Column(position, targets[position].expr.ty()));
                }
                let leads = keys
                    .iter()
                    .take(on.len())
                    .all(|key| on.iter().any(|expr| expr.same(&key.expr)));
                if !leads {
                    return Err(PgError::new(
                        sqlstate::INVALID_COLUMN_REFERENCE,
                        "SELECT DISTINCT ON expressions must match initial ORDER BY expressions",
                    ));
                }
                Ok(DistinctKind::On(on))
            }
        }
    }

    /// LIMIT, OFFSET and FETCH FIRST.
    pub(super) fn limit(
        &self,
        plan: Plan,
        select: &ast::SelectStmt,
        around: &Scope,
    ) -> Result<Plan> {
        let bound = |node: &Option<Box<ast::Node>>, clause: &'static str| -> Result<Option<Expr>> {
            let Some(node) = node.as_deref() else { return Ok(None) };
            let expr = self.expr(node, &around.for_clause(clause))?;
            let source = expr.ty();
            let expr = self
                .coerce(expr, PgType::INT8, crate::query::functions::CastContext::Assignment)?
                .ok_or_else(|| {
                    PgError::new(
                        sqlstate::DATATYPE_MISMATCH,
                        format!(
                            "argument of {clause} must be type bigint, not type {}",
                            self.type_name(source)
                        ),
                    )
                    .at(location(node))
                })?;
            if expr.any(&mut |expr| matches!(expr, Expr::Column(..))) {
                return Err(PgError::new(
                    sqlstate::INVALID_COLUMN_REFERENCE,
                    format!("argument of {clause} must not contain variables"),
                )
                .at(location(node)));
            }
            Ok(Some(expr))
        };
        let limit = bound(&select.limit_count, "LIMIT")?;
        let offset = bound(&select.limit_offset, "OFFSET")?;
        if limit.is_none() && offset.is_none() {
            return Ok(plan);
        }
        let with_ties = if select.limit_option() == ast::LimitOption::WithTies {
            match &plan.node {
                Node::Sort { keys, .. } => Some(keys.clone()),
                _ => {
                    return Err(PgError::new(
                        sqlstate::SYNTAX_ERROR,
                        "WITH TIES cannot be specified without ORDER BY clause",
                    ));
                }
            }
        } else {
            None
        };
        Ok(Plan {
            fields: plan.fields.clone(),
            node: Node::Limit { input: Box::new(plan), limit, offset, with_ties },
        })
    }

    /// ORDER BY and LIMIT of VALUES and set operations: outputs only, by name or number.
    pub(super) fn order_and_limit_outputs(
        &self,
        plan: Plan,
        select: &ast::SelectStmt,
        around: &Scope,
    ) -> Result<Plan> {
        let mut targets: Vec<Target> = plan
            .fields
            .iter()
            .enumerate()
            .map(|(position, field)| Target {
                expr: Expr::Column(position, field.ty),
                name: field.name.clone(),
                origin: field.origin,
                hidden: false,
                location: -1,
            })
            .collect();
        let width = targets.len();
        let scope = around.for_clause("ORDER BY");
        let mut keys = Vec::new();
        for node in &select.sort_clause {
            let NodeEnum::SortBy(sort) = inner(node)? else {
                return Err(PgError::internal("ORDER BY item expected"));
            };
            let item = required(&sort.node)?;
            let position =
                self.named_output(item, &scope, &targets, "ORDER BY", NameRule::OutputFirst)?;
            let Some(position) = position else {
                if select.values_lists.is_empty() {
                    return Err(PgError::new(
                        sqlstate::FEATURE_NOT_SUPPORTED,
                        "invalid UNION/INTERSECT/EXCEPT ORDER BY clause",
                    )
                    .detail("Only result column names can be used, not expressions or functions.")
                    .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.")
                    .at(location(item)));
                }
                let columns = Item::new("*VALUES*", super::from::columns_of(&plan.fields));
                let scope = Scope { items: vec![columns], ..scope.clone() };
                let position = self.output_position(
                    item,
                    &scope,
                    &mut targets,
                    "ORDER BY",
                    NameRule::OutputFirst,
                )?;
                keys.push(sort_key(targets[position].expr.clone(), sort)?);
                continue;
            };
            keys.push(sort_key(Expr::Column(position, targets[position].expr.ty()), sort)?);
        }
        targets.truncate(width);
        self.limit(sort(plan, keys), select, around)
    }
}

pub(super) fn sort(input: Plan, keys: Vec<SortKey>) -> Plan {
    // A constant orders nothing.
    if keys.is_empty() {
        return input;
    }
    Plan { fields: input.fields.clone(), node: Node::Sort { input: Box::new(input), keys } }
}
