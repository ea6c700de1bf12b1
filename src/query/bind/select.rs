//! SELECT: from its clauses to a tower of operators.

use std::{cell::RefCell, rc::Rc};

use super::{
    Binder,
    aggregate::{Collected, set_placeholder, sets_in, settle_sets, settle_windows},
    grouping::Groups,
    inner,
    locking::{check_lockable, check_unlocked, lock_rows},
    ordering::{DistinctKind, sort},
    scope::Scope,
    target::{Target, Unknowns},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        functions::Volatility,
        ir::{Call, Expr, Field, Node, Plan, SetExpr, SortKey},
        parse::{NodeEnum, ast},
    },
    types::oid,
};

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
        let top = self.is_top();
        if select.into_clause.is_some() {
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                "SELECT ... INTO is not allowed here",
            ));
        }
        let mut around = around.clone();
        let ctes = match &select.with_clause {
            Some(with) => self.with_clause(with, &mut around, top)?,
            None => vec![],
        };
        let plan = if !select.values_lists.is_empty() {
            check_unlocked(select, "VALUES")?;
            let plan = self.values(&select.values_lists, &around, unknowns)?;
            self.order_and_limit_outputs(plan, select, &around)?
        } else if select.op() != ast::SetOperation::SetopNone
            && select.op() != ast::SetOperation::Undefined
        {
            check_unlocked(select, "UNION/INTERSECT/EXCEPT")?;
            let plan = self.set_operation(select, &around)?;
            self.order_and_limit_outputs(plan, select, &around)?
        } else {
            self.simple_select(select, &around, unknowns)?
        };
        Ok(self.wrap_ctes(ctes, plan))
    }

    fn reads_itself(&self, from: &Plan, around: &Scope) -> bool {
        around.ctes.values().any(|cte| cte.recursive && joins_scan_of(from, cte.id))
    }

    fn simple_select(
        &self,
        select: &ast::SelectStmt,
        around: &Scope,
        unknowns: Unknowns,
    ) -> Result<Plan> {
        let (mut plan, items) = self.from_of(select, around)?;
        let recurses = self.reads_itself(&plan, around);
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
        if recurses && !collected.aggregates.is_empty() {
            return Err(PgError::new(
                sqlstate::INVALID_RECURSION,
                "aggregate functions are not allowed in a recursive query's recursive term",
            ));
        }
        let mut collected = collected;
        check_lockable(select, grouped, !collected.sets.is_empty())?;
        let marks = self.row_marks(select, &scope.items, &mut targets)?;
        if grouped {
            plan = sets_below(plan, &mut groups, &mut collected, &mut targets, &mut having);
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
            DistinctKind::None => lock_rows(sort(plan, keys), marks),
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
}

/// Whether the FROM of a recursive term reads the term's own query.
fn joins_scan_of(plan: &Plan, id: usize) -> bool {
    match &plan.node {
        Node::CteScan { id: scanned } => *scanned == id,
        Node::Join { left, right, .. } => joins_scan_of(left, id) || joins_scan_of(right, id),
        Node::Filter { input, .. } | Node::Project { input, .. } => joins_scan_of(input, id),
        _ => false,
    }
}

fn named_windows(nodes: &[ast::Node]) -> Result<std::collections::HashMap<String, ast::WindowDef>> {
    let mut windows = std::collections::HashMap::new();
    for node in nodes {
        let NodeEnum::WindowDef(window) = inner(node)? else {
            return Err(PgError::internal("window expected"));
        };
        if windows.insert(window.name.clone(), window.as_ref().clone()).is_some() {
            return Err(PgError::new(
                sqlstate::WINDOWING_ERROR,
                format!("window \"{}\" is already defined", window.name),
            )
            .at(window.location));
        }
    }
    Ok(windows)
}

pub(super) fn filter(input: Plan, predicate: Expr) -> Plan {
    Plan { fields: input.fields.clone(), node: Node::Filter { input: Box::new(input), predicate } }
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

/// The ProjectSet operators: a set among another set's arguments is made below it.
fn sets(plan: Plan, collected: Collected, targets: &mut [Target]) -> Plan {
    let levels = levels_of(&collected.sets);
    let (plan, columns) = expand(plan, &collected.sets, &levels, &|_| true);
    for target in targets {
        settle_sets(&mut target.expr, &|set| columns[set]);
    }
    plan
}

/// What GROUP BY groups by is there before the groups are: sets in it are made below them.
fn sets_below(
    plan: Plan,
    groups: &mut Groups,
    collected: &mut Collected,
    targets: &mut [Target],
    having: &mut Option<Expr>,
) -> Plan {
    let mut below = vec![false; collected.sets.len()];
    let mut open: Vec<usize> = groups.exprs_mut().iter().flat_map(sets_in).collect();
    while let Some(set) = open.pop() {
        if !std::mem::replace(&mut below[set], true) {
            open.extend(collected.sets[set].args.iter().flat_map(sets_in));
        }
    }
    if !below.contains(&true) {
        return plan;
    }
    let levels = levels_of(&collected.sets);
    let (plan, columns) = expand(plan, &collected.sets, &levels, &|set| below[set]);
    // The others move up.
    let mut places = columns;
    let mut kept = 0;
    for (set, below) in below.iter().enumerate() {
        if !below {
            places[set] = set_placeholder(kept);
            kept += 1;
        }
    }
    let place = |set: usize| places[set];
    let mut number = 0;
    collected.sets.retain(|_| {
        number += 1;
        !below[number - 1]
    });
    let calls = collected.sets.iter_mut().flat_map(|call| &mut call.args);
    let windows = collected.windows.iter_mut().flat_map(|call| {
        let order = call.order.iter_mut().map(|key| &mut key.expr);
        call.args.iter_mut().chain(&mut call.partition).chain(order)
    });
    let outputs = targets.iter_mut().map(|target| &mut target.expr);
    for expr in
        groups.exprs_mut().iter_mut().chain(outputs).chain(having).chain(calls).chain(windows)
    {
        settle_sets(expr, &place);
    }
    plan
}

/// How deep each set is among the arguments of others.
fn levels_of(sets: &[Call]) -> Vec<usize> {
    // Calls inside a call were gathered before it.
    let mut levels: Vec<usize> = Vec::new();
    for call in sets {
        let inside = call.args.iter().flat_map(sets_in).map(|set| levels[set] + 1).max();
        levels.push(inside.unwrap_or(0));
    }
    levels
}

/// The ProjectSet operators of the chosen sets, and the column of each.
fn expand(
    mut plan: Plan,
    sets: &[Call],
    levels: &[usize],
    chosen: &dyn Fn(usize) -> bool,
) -> (Plan, Vec<usize>) {
    let mut columns = vec![0; levels.len()];
    for level in 0..levels.iter().max().map_or(0, |top| top + 1) {
        if !(0..levels.len()).any(|set| levels[set] == level && chosen(set)) {
            continue;
        }
        let width = plan.fields.len();
        let mut fields = plan.fields.to_vec();
        let mut exprs: Vec<SetExpr> = plan
            .fields
            .iter()
            .enumerate()
            .map(|(position, field)| SetExpr::Scalar(Expr::Column(position, field.ty)))
            .collect();
        let of_level = (0..levels.len()).filter(|set| levels[*set] == level && chosen(*set));
        for (offset, set) in of_level.enumerate() {
            let mut call = sets[set].clone();
            for arg in &mut call.args {
                settle_sets(arg, &|set| columns[set]);
            }
            columns[set] = width + offset;
            fields.push(Field::new(call.function.name, call.ty));
            exprs.push(SetExpr::Set(Box::new(call)));
        }
        plan = Plan::new(Node::ProjectSet { input: Box::new(plan), exprs }, fields);
    }
    (plan, columns)
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
/// Whether the same arguments give the same value at any time and under any setting.
pub fn is_immutable(expr: &Expr) -> bool {
    !expr.any(&mut |expr| match expr {
        // It is a cast to text and `||` of texts.
        Expr::Call(call) if matches!(call.function.name, "anytextcat" | "textanycat") => {
            call.args.iter().any(|arg| shows_settings(arg.ty().oid))
        }
        Expr::Call(call) => call.function.volatility != Volatility::Immutable,
        Expr::CoerceViaText { input, ty } => {
            reads_settings(ty.oid) || shows_settings(input.ty().oid)
        }
        _ => false,
    })
}

/// Types whose input depends on the time, the time zone, the date style, or the catalogue.
fn reads_settings(type_oid: Oid) -> bool {
    shows_settings(type_oid) || matches!(type_oid, oid::TIME | oid::TIMETZ | oid::INTERVAL)
}

fn shows_settings(type_oid: Oid) -> bool {
    oid::is_array(type_oid)
        || matches!(
            type_oid,
            oid::DATE
                | oid::TIMESTAMP
                | oid::TIMESTAMPTZ
                | oid::RECORD
                | oid::REGCLASS
                | oid::REGTYPE
                | oid::REGPROC
                | oid::REGPROCEDURE
                | oid::REGCONFIG
        )
}

pub fn is_volatile(expr: &Expr) -> bool {
    expr.any(&mut |expr| {
        matches!(expr, Expr::Call(call) if call.function.volatility == Volatility::Volatile)
    })
}
