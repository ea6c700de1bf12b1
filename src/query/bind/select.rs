//! SELECT: from its clauses to a tower of operators.

use std::{cell::RefCell, rc::Rc, sync::Arc};

use super::{
    Binder,
    aggregate::{Collected, Grouping, settle_sets, settle_windows},
    expr::location,
    inner, naming, required,
    scope::{Item, Scope},
    special::is_star,
    window::sort_key,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        functions::Volatility,
        ir::{Expr, Field, Node, Plan, SetExpr, SortKey},
        parse::{NodeEnum, ast},
    },
    types::{PgType, oid},
};

/// What becomes of string literals that nothing gave a type.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Unknowns {
    /// They are text.
    Settle,
    /// They wait for an INSERT's column or a UNION's other side.
    Keep,
}

/// One entry of the target list, or a hidden one for ORDER BY and DISTINCT ON.
pub(super) struct Target {
    pub expr: Expr,
    pub name: String,
    pub origin: Option<(Oid, i16)>,
    pub hidden: bool,
    pub location: i32,
}

impl Binder<'_> {
    /// Binds a query whose surroundings are `around` (a scope without items).
    pub(super) fn bind_select(&self, select: &ast::SelectStmt, around: &Scope) -> Result<Plan> {
        self.bind_query(select, around, Unknowns::Settle)
    }

    pub(super) fn bind_query(
        &self,
        select: &ast::SelectStmt,
        around: &Scope,
        unknowns: Unknowns,
    ) -> Result<Plan> {
        if select.into_clause.is_some() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "SELECT ... INTO is not allowed here",
            ));
        }
        if !select.locking_clause.is_empty() {
            return Err(PgError::unsupported("SELECT ... FOR UPDATE"));
        }
        let mut around = around.clone();
        let ctes = match &select.with_clause {
            Some(with) => self.with_clause(with, &mut around)?,
            None => vec![],
        };
        let plan = if !select.values_lists.is_empty() {
            let plan = self.values(&select.values_lists, &around, unknowns)?;
            self.order_and_limit_outputs(plan, select, &around)?
        } else if select.op() != ast::SetOperation::SetopNone
            && select.op() != ast::SetOperation::Undefined
        {
            let plan = self.set_operation(select, &around)?;
            self.order_and_limit_outputs(plan, select, &around)?
        } else {
            self.simple_select(select, &around, unknowns)?
        };
        Ok(self.wrap_ctes(ctes, plan))
    }

    fn simple_select(
        &self,
        select: &ast::SelectStmt,
        around: &Scope,
        unknowns: Unknowns,
    ) -> Result<Plan> {
        let (mut plan, items) = self.from_clause(&select.from_clause, around)?;
        let mut scope = Scope { items, ..around.clone() };
        scope.windows = Rc::new(named_windows(&select.window_clause)?);
        if let Some(condition) = select.where_clause.as_deref() {
            let predicate = self.condition(condition, &scope.for_clause("WHERE"), "WHERE")?;
            plan = filter(plan, predicate);
        }
        let sink = Rc::new(RefCell::new(Collected::default()));
        let scope = scope.with_sink("SELECT", sink.clone());
        let unknowns = if select.distinct_clause.is_empty() { unknowns } else { Unknowns::Settle };
        let mut targets = self.targets(&select.target_list, &scope, unknowns)?;
        let mut groups = self.group_clause(&select.group_clause, &scope, &targets)?;
        let mut having = select
            .having_clause
            .as_deref()
            .map(|node| self.condition(node, &scope.with_sink("HAVING", sink.clone()), "HAVING"))
            .transpose()?;
        let order_scope = scope.with_sink("ORDER BY", sink.clone());
        let mut keys = Vec::new();
        for node in &select.sort_clause {
            keys.push(self.order_item(node, &order_scope, &mut targets)?);
        }
        let distinct = self.distinct_clause(select, &order_scope, &mut targets, &keys)?;
        drop((scope.sink.clone(), order_scope));
        let collected = sink.take();

        let grouped = !select.group_clause.is_empty()
            || !collected.aggregates.is_empty()
            || !collected.groupings.is_empty()
            || having.is_some();
        let mut collected = collected;
        if grouped {
            let exprs = targets.iter().map(|target| &target.expr).chain(&having);
            self.add_dependent_columns(&mut groups, exprs, &scope.items);
            plan =
                self.aggregate(plan, &groups, &mut collected, &mut targets, &mut having, &scope)?;
        }
        if let Some(predicate) = having {
            plan = filter(plan, predicate);
        }
        plan = windows(plan, &mut collected, &mut targets);
        plan = sets(plan, collected, &mut targets);
        plan = project(plan, &targets);
        plan = match distinct {
            DistinctKind::None => sort(plan, keys),
            DistinctKind::All => sort(
                Plan {
                    fields: plan.fields.clone(),
                    node: Node::Distinct { input: Box::new(plan) },
                },
                keys,
            ),
            DistinctKind::On(on) => {
                // Rows with equal expressions must stand together: they lead the order.
                let mut all = Vec::new();
                for expr in &on {
                    if !keys.iter().take(on.len()).any(|key| key.expr.same(expr)) {
                        all.push(SortKey {
                            expr: expr.clone(),
                            descending: false,
                            nulls_first: false,
                        });
                    }
                }
                all.extend(keys);
                let sorted = sort(plan, all);
                Plan {
                    fields: sorted.fields.clone(),
                    node: Node::DistinctOn { input: Box::new(sorted), on },
                }
            }
        };
        plan = self.limit(plan, select, around)?;
        Ok(drop_hidden(plan, &targets))
    }

    /// The target list, stars expanded.
    pub(super) fn targets(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
        unknowns: Unknowns,
    ) -> Result<Vec<Target>> {
        let mut targets = Vec::new();
        for node in nodes {
            let NodeEnum::ResTarget(target) = inner(node)? else {
                return Err(PgError::internal("target expected"));
            };
            let value = required(&target.val)?;
            if let Some(star) = is_star(value) {
                for (expr, name, origin) in self.expand_star(star, scope)? {
                    targets.push(Target {
                        expr,
                        name,
                        origin,
                        hidden: false,
                        location: star.location,
                    });
                }
                continue;
            }
            let mut expr = self.expr(value, scope)?;
            if unknowns == Unknowns::Settle {
                expr = self.settle_unknown(expr)?;
            }
            let name = match target.name.as_str() {
                "" => naming::output_name(value),
                name => name.to_owned(),
            };
            let origin = self.origin_of(&expr, scope);
            targets.push(Target { expr, name, origin, hidden: false, location: location(value) });
        }
        Ok(targets)
    }

    /// The table column an expression is, unchanged.
    fn origin_of(&self, expr: &Expr, scope: &Scope) -> Option<(Oid, i16)> {
        let Expr::Column(at, _) = expr else { return None };
        scope
            .items
            .iter()
            .flat_map(|item| &item.columns)
            .find(|column| column.position == *at)
            .and_then(|column| column.origin)
    }

    /// One ORDER BY item: an output's number or name, or an expression over the input.
    fn order_item(
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
    fn named_output(
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

    fn distinct_clause(
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
    fn order_and_limit_outputs(
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

    /// PostgreSQL's functional dependency: grouping by a primary key groups its table's columns.
    fn add_dependent_columns<'e>(
        &self,
        groups: &mut Groups,
        exprs: impl Iterator<Item = &'e Expr>,
        items: &[Item],
    ) {
        if groups.sets.len() != 1 {
            return;
        }
        let grouped = |position: usize, groups: &Groups| {
            groups.exprs.iter().any(|group| matches!(group, Expr::Column(at, _) if *at == position))
        };
        let keyed: Vec<&Item> = items
            .iter()
            .filter(|item| {
                item.table.as_ref().is_some_and(|table| {
                    super::table::primary_key(&self.env.catalog, table).is_some_and(|key| {
                        key.iter().all(|position| {
                            let name = &table.columns[*position].name;
                            item.columns.iter().any(|column| {
                                column.name == *name && grouped(column.position, groups)
                            })
                        })
                    })
                })
            })
            .collect();
        if keyed.is_empty() {
            return;
        }
        for expr in exprs {
            expr.walk(&mut |inner, level| {
                let at = match inner {
                    Expr::Column(at, _) if level == 0 => *at,
                    Expr::Outer { levels, column, .. } if *levels == level && level > 0 => *column,
                    _ => return,
                };
                let column = keyed
                    .iter()
                    .flat_map(|item| &item.columns)
                    .find(|column| column.position == at);
                if let Some(column) = column
                    && !grouped(at, groups)
                {
                    groups.sets[0].push(groups.exprs.len());
                    groups.exprs.push(Expr::Column(at, column.ty));
                }
            });
        }
    }

    /// Puts the Aggregate operator on `plan` and moves the expressions above it.
    fn aggregate(
        &self,
        plan: Plan,
        groups: &Groups,
        collected: &mut Collected,
        targets: &mut [Target],
        having: &mut Option<Expr>,
        scope: &Scope,
    ) -> Result<Plan> {
        let name_of = |position: usize| {
            scope
                .items
                .iter()
                .flat_map(|item| item.columns.iter().map(move |column| (item, column)))
                .find(|(_, column)| column.position == position)
                .map(|(item, column)| match item.alias.as_str() {
                    "" => column.name.clone(),
                    alias => format!("{alias}.{}", column.name),
                })
                .unwrap_or_default()
        };
        let grouping = Grouping {
            groups: &groups.exprs,
            aggregates: collected.aggregates.len(),
            groupings: &collected.groupings,
            name_of: &name_of,
        };
        for target in targets.iter_mut() {
            grouping.settle(&mut target.expr, target.location)?;
        }
        if let Some(having) = having {
            grouping.settle(having, -1)?;
        }
        for call in &mut collected.windows {
            let keys = call.order.iter_mut().map(|key| &mut key.expr);
            for expr in
                call.args.iter_mut().chain(&mut call.partition).chain(keys).chain(&mut call.filter)
            {
                grouping.settle(expr, -1)?;
            }
        }
        for call in &mut collected.sets {
            for arg in &mut call.args {
                grouping.settle(arg, call.location)?;
            }
        }
        let aggregates = std::mem::take(&mut collected.aggregates);
        let mut fields: Vec<Field> = groups
            .exprs
            .iter()
            .map(|expr| Field::new("group", expr.ty()))
            .chain(aggregates.iter().map(|call| Field::new(call.function.name, call.ty)))
            .collect();
        if groups.sets.len() > 1 {
            fields.push(Field::new("grouping", PgType::INT4));
        } else if !collected.groupings.is_empty() {
            // With one set nothing is ever missing: GROUPING is 0.
            let zero = Expr::Const(crate::types::Datum::Int4(0), PgType::INT4);
            let width = groups.exprs.len() + aggregates.len();
            for target in targets {
                replace_column(&mut target.expr, width, &zero);
            }
            if let Some(having) = having {
                replace_column(having, width, &zero);
            }
        }
        Ok(Plan::new(
            Node::Aggregate {
                input: Box::new(plan),
                groups: groups.exprs.clone(),
                sets: groups.sets.clone(),
                aggregates,
            },
            fields,
        ))
    }

    fn group_clause(
        &self,
        nodes: &[ast::Node],
        scope: &Scope,
        targets: &[Target],
    ) -> Result<Groups> {
        let mut groups = Groups { exprs: vec![], sets: vec![vec![]] };
        let scope = scope.for_clause("GROUP BY");
        for node in nodes {
            let sets = self.grouping_element(node, &scope, targets, &mut groups.exprs)?;
            // Several elements multiply.
            groups.sets = groups
                .sets
                .iter()
                .flat_map(|left| {
                    sets.iter().map(move |right| {
                        let mut both = left.clone();
                        both.extend(right.iter().filter(|index| !left.contains(index)));
                        both
                    })
                })
                .collect();
        }
        Ok(groups)
    }

    /// The grouping sets of one element, as positions in `exprs`.
    fn grouping_element(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &[Target],
        exprs: &mut Vec<Expr>,
    ) -> Result<Vec<Vec<usize>>> {
        let NodeEnum::GroupingSet(set) = inner(node)? else {
            if let NodeEnum::RowExpr(row) = inner(node)? {
                let mut all = Vec::new();
                for item in &row.args {
                    all.push(self.group_item(item, scope, targets, exprs)?);
                }
                return Ok(vec![all]);
            }
            return Ok(vec![vec![self.group_item(node, scope, targets, exprs)?]]);
        };
        let mut parts = Vec::new();
        for item in &set.content {
            parts.push(self.grouping_element(item, scope, targets, exprs)?);
        }
        use ast::GroupingSetKind as Kind;
        let joined = |range: &[Vec<Vec<usize>>]| -> Vec<usize> {
            range.iter().flat_map(|part| part[0].iter().copied()).collect()
        };
        Ok(match set.kind() {
            Kind::GroupingSetEmpty | Kind::Undefined => vec![vec![]],
            Kind::GroupingSetSimple => vec![joined(&parts)],
            Kind::GroupingSetRollup => {
                (0..=parts.len()).rev().map(|count| joined(&parts[..count])).collect()
            }
            Kind::GroupingSetCube => {
                if parts.len() > 12 {
                    return Err(PgError::new(
                        sqlstate::TOO_MANY_COLUMNS,
                        "CUBE is limited to 12 elements",
                    ));
                }
                (0..1usize << parts.len())
                    .rev()
                    .map(|mask| {
                        parts
                            .iter()
                            .enumerate()
                            .filter(|(index, _)| mask & (1 << (parts.len() - 1 - index)) != 0)
                            .flat_map(|(_, part)| part[0].iter().copied())
                            .collect()
                    })
                    .collect()
            }
            Kind::GroupingSetSets => parts.into_iter().flatten().collect(),
        })
    }

    fn group_item(
        &self,
        node: &ast::Node,
        scope: &Scope,
        targets: &[Target],
        exprs: &mut Vec<Expr>,
    ) -> Result<usize> {
        let named = self.named_output(node, scope, targets, "GROUP BY", NameRule::InputFirst)?;
        let expr = match named {
            Some(position) => {
                let expr = targets[position].expr.clone();
                if expr.any(&mut |expr| matches!(expr, Expr::Column(at, _) if *at >= 1 << 32)) {
                    return Err(PgError::new(
                        sqlstate::GROUPING_ERROR,
                        "aggregate functions are not allowed in GROUP BY",
                    )
                    .at(targets[position].location));
                }
                expr
            }
            None => self.expr(node, scope)?,
        };
        let expr = self.settle_unknown(expr)?;
        if let Some(known) = exprs.iter().position(|other| other.same(&expr)) {
            return Ok(known);
        }
        exprs.push(expr);
        Ok(exprs.len() - 1)
    }

    /// Every unknown output as text.
    pub(super) fn settle_unknown_outputs(&self, plan: Plan) -> Result<Plan> {
        if plan.fields.iter().all(|field| field.ty.oid != oid::UNKNOWN) {
            return Ok(plan);
        }
        let types: Vec<PgType> = plan
            .fields
            .iter()
            .map(|field| if field.ty.oid == oid::UNKNOWN { PgType::TEXT } else { field.ty })
            .collect();
        self.coerce_outputs(plan, &types, "SELECT")
    }

    /// The plan's columns as `types`, which the caller knows to be possible.
    pub(super) fn coerce_outputs(
        &self,
        plan: Plan,
        types: &[PgType],
        construct: &str,
    ) -> Result<Plan> {
        if plan.fields.iter().zip(types).all(|(field, ty)| field.ty == *ty) {
            return Ok(plan);
        }
        let fields: Arc<[Field]> = plan
            .fields
            .iter()
            .zip(types)
            .map(|(field, ty)| Field { ty: *ty, ..field.clone() })
            .collect();
        let node = match plan.node {
            // Literals can still be read as the wanted type where they stand.
            Node::Project { input, exprs } => Node::Project {
                input,
                exprs: exprs
                    .into_iter()
                    .zip(types)
                    .map(|(expr, ty)| self.coerce_common(expr, *ty, construct))
                    .collect::<Result<_>>()?,
            },
            Node::Values(rows) => Node::Values(
                rows.into_iter()
                    .map(|row| {
                        row.into_iter()
                            .zip(types)
                            .map(|(expr, ty)| self.coerce_common(expr, *ty, construct))
                            .collect::<Result<Vec<_>>>()
                    })
                    .collect::<Result<_>>()?,
            ),
            node => {
                let exprs = plan
                    .fields
                    .iter()
                    .enumerate()
                    .zip(types)
                    .map(|((position, field), ty)| {
                        self.coerce_common(Expr::Column(position, field.ty), *ty, construct)
                    })
                    .collect::<Result<_>>()?;
                Node::Project { input: Box::new(Plan { node, fields: plan.fields.clone() }), exprs }
            }
        };
        Ok(Plan { node, fields })
    }
}

/// GROUP BY, bound.
pub(super) struct Groups {
    exprs: Vec<Expr>,
    sets: Vec<Vec<usize>>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum NameRule {
    /// ORDER BY, DISTINCT ON: a name is an output's before it is an input column's.
    OutputFirst,
    /// GROUP BY: the other way round.
    InputFirst,
}

enum DistinctKind {
    None,
    All,
    On(Vec<Expr>),
}

fn named_windows(nodes: &[ast::Node]) -> Result<std::collections::HashMap<String, ast::WindowDef>> {
    nodes
        .iter()
        .map(|node| match inner(node)? {
            NodeEnum::WindowDef(window) => Ok((window.name.clone(), window.as_ref().clone())),
            _ => Err(PgError::internal("window expected")),
        })
        .collect()
}

fn replace_column(expr: &mut Expr, position: usize, with: &Expr) {
    expr.walk_mut(0, &mut |expr, level| {
        if level == 0 && matches!(expr, Expr::Column(at, _) if *at == position) {
            *expr = with.clone();
        }
    });
}

pub(super) fn filter(input: Plan, predicate: Expr) -> Plan {
    Plan { fields: input.fields.clone(), node: Node::Filter { input: Box::new(input), predicate } }
}

pub(super) fn sort(input: Plan, keys: Vec<SortKey>) -> Plan {
    // A constant orders nothing.
    if keys.is_empty() {
        return input;
    }
    Plan { fields: input.fields.clone(), node: Node::Sort { input: Box::new(input), keys } }
}

fn windows(plan: Plan, collected: &mut Collected, targets: &mut [Target]) -> Plan {
    if collected.windows.is_empty() {
        return plan;
    }
    let width = plan.fields.len();
    for target in targets {
        settle_windows(&mut target.expr, width);
    }
    for call in &mut collected.sets {
        for arg in &mut call.args {
            settle_windows(arg, width);
        }
    }
    let calls = std::mem::take(&mut collected.windows);
    let fields: Vec<Field> = plan
        .fields
        .iter()
        .cloned()
        .chain(calls.iter().map(|call| Field::new(call.function.name, call.ty)))
        .collect();
    Plan::new(Node::Window { input: Box::new(plan), calls }, fields)
}

fn sets(plan: Plan, collected: Collected, targets: &mut [Target]) -> Plan {
    if collected.sets.is_empty() {
        return plan;
    }
    let width = plan.fields.len();
    for target in targets {
        settle_sets(&mut target.expr, width);
    }
    let fields: Vec<Field> = plan
        .fields
        .iter()
        .cloned()
        .chain(collected.sets.iter().map(|call| Field::new(call.function.name, call.ty)))
        .collect();
    let mut exprs: Vec<SetExpr> = plan
        .fields
        .iter()
        .enumerate()
        .map(|(position, field)| SetExpr::Scalar(Expr::Column(position, field.ty)))
        .collect();
    for mut call in collected.sets {
        // A set inside a set's arguments would need an operator of its own.
        for arg in &mut call.args {
            settle_sets(arg, width);
        }
        exprs.push(SetExpr::Set(Box::new(call)));
    }
    Plan::new(Node::ProjectSet { input: Box::new(plan), exprs }, fields)
}

fn project(plan: Plan, targets: &[Target]) -> Plan {
    let fields: Vec<Field> = targets
        .iter()
        .map(|target| Field {
            name: target.name.clone(),
            ty: target.expr.ty(),
            origin: target.origin,
        })
        .collect();
    let exprs = targets.iter().map(|target| target.expr.clone()).collect();
    Plan::new(Node::Project { input: Box::new(plan), exprs }, fields)
}

fn drop_hidden(plan: Plan, targets: &[Target]) -> Plan {
    if targets.iter().all(|target| !target.hidden) {
        return plan;
    }
    let kept: Vec<usize> = (0..targets.len()).filter(|index| !targets[*index].hidden).collect();
    let fields: Vec<Field> = kept.iter().map(|index| plan.fields[*index].clone()).collect();
    let exprs = kept.iter().map(|index| Expr::Column(*index, plan.fields[*index].ty)).collect();
    Plan::new(Node::Project { input: Box::new(plan), exprs }, fields)
}

/// Whether an expression must not be evaluated more or less often than it was written.
pub fn is_volatile(expr: &Expr) -> bool {
    expr.any(&mut |expr| {
        matches!(expr, Expr::Call(call) if call.function.volatility == Volatility::Volatile)
    })
}
