//! What EXPLAIN says of each node. Projections are not shown, as PostgreSQL does not; what they
//! compute shows where it is used.

use std::{collections::HashMap, sync::Arc};

use super::{Described, ExplainOptions};
use crate::{
    query::{
        exec::{
            deparse::{Names, symbol},
            profile::Profile,
            rows::Condition,
        },
        ir::{
            Expr, Field, IndexScan, InvertedScan, JoinKind, Node, Plan, Scan, SetExpr, SetOp,
            Subquery,
        },
        rules::columns::{conjuncts, remap},
    },
    storage::catalog::{Index, KeyTarget},
    types::{PgType, oid},
};

pub fn describe(plan: &Plan, options: &ExplainOptions) -> Described {
    let mut describer = Describer { options, outer: Vec::new(), ctes: HashMap::new(), subplans: 0 };
    describer.node(plan, None)
}

struct Describer<'a> {
    options: &'a ExplainOptions<'a>,
    /// Column names of enclosing rows, the nearest first.
    outer: Vec<Vec<String>>,
    ctes: HashMap<usize, String>,
    subplans: usize,
}

/// Collects one node's details; subqueries met on the way become plans below it.
struct Details<'a, 'b> {
    describer: &'b mut Describer<'a>,
    columns: Vec<String>,
    lines: Vec<(String, String)>,
    subqueries: Vec<Arc<Subquery>>,
}

impl Details<'_, '_> {
    fn with<T>(&mut self, print: impl FnOnce(&mut Names) -> T) -> T {
        let mut found = Vec::new();
        let mut names = Names {
            style: &self.describer.options.env.style,
            columns: &self.columns,
            outer: &self.describer.outer,
            subplans: &mut found,
        };
        let printed = print(&mut names);
        self.subqueries.append(&mut found);
        printed
    }

    fn line(&mut self, key: &str, print: impl FnOnce(&mut Names) -> String) {
        let value = self.with(print);
        self.lines.push((key.into(), value));
    }
}

impl<'a> Describer<'a> {
    fn details(&mut self, columns: Vec<String>) -> Details<'a, '_> {
        Details { describer: self, columns, lines: vec![], subqueries: vec![] }
    }

    /// `filter` is a condition of a Filter node above, which PostgreSQL shows in its input.
    fn node(&mut self, plan: &Plan, filter: Option<&Expr>) -> Described {
        match &plan.node {
            Node::Project { input, .. } if filter.is_none() => {
                let mut described = self.node(input, None);
                described.width = width(&plan.fields);
                if self.options.profile.is_some() && described.kind == "Result" {
                    described.measured = self.measured(plan);
                }
                self.add_projected_subqueries(plan, &mut described);
                described
            }
            Node::Filter { input, predicate } if filter.is_none() && !filters(input) => {
                let mut described = self.node(input, Some(predicate));
                // The node shown produces what passes the filter.
                if let Some(Some(measured)) = self.measured(plan)
                    && let Some(Some(below)) = &mut described.measured
                {
                    below.rows = measured.rows;
                    below.filtered += measured.filtered;
                }
                described
            }
            Node::With { ctes, body } => {
                let mut below = Vec::new();
                for cte in ctes {
                    self.ctes.insert(cte.id, cte.name.clone());
                    let plan = match &cte.recursive {
                        None => self.node(&cte.plan, None),
                        Some((term, _)) => {
                            let sides = vec![
                                (None, self.node(&cte.plan, None)),
                                (None, self.node(term, None)),
                            ];
                            self.bare("Recursive Union", "Recursive Union", &cte.plan, sides)
                        }
                    };
                    below.push((Some(format!("CTE {}", cte.name)), plan));
                }
                let mut described = self.node(body, filter);
                below.append(&mut described.below);
                described.below = below;
                described
            }
            _ => self.shown(plan, filter),
        }
    }

    fn bare(
        &self,
        title: &str,
        kind: &str,
        plan: &Plan,
        below: Vec<(Option<String>, Described)>,
    ) -> Described {
        Described {
            title: title.into(),
            kind: kind.into(),
            details: vec![],
            rows: self.rows(plan),
            width: width(&plan.fields),
            measured: self.measured(plan),
            below,
        }
    }

    fn measured(&self, plan: &Plan) -> Option<Option<crate::query::exec::profile::NodeProfile>> {
        self.options.profile.map(|profile: &Profile| profile.node(plan))
    }

    fn add_projected_subqueries(&mut self, plan: &Plan, described: &mut Described) {
        let Node::Project { input, exprs } = &plan.node else { return };
        let columns = self.output(input);
        let mut details = self.details(columns);
        details.with(|names| {
            names.list(exprs);
        });
        let subqueries = std::mem::take(&mut details.subqueries);
        let columns = std::mem::take(&mut details.columns);
        self.subplans_below(subqueries, columns, described);
    }

    fn subplans_below(
        &mut self,
        subqueries: Vec<Arc<Subquery>>,
        columns: Vec<String>,
        described: &mut Described,
    ) {
        for subquery in subqueries {
            self.subplans += 1;
            let kind = if subquery.correlated { "SubPlan" } else { "InitPlan" };
            let label = format!("{kind} {}", self.subplans);
            self.outer.insert(0, columns.clone());
            let plan = self.node(&subquery.plan, None);
            self.outer.remove(0);
            described.below.push((Some(label), plan));
        }
    }

    fn shown(&mut self, plan: &Plan, filter: Option<&Expr>) -> Described {
        let (title, kind) = self.title(plan);
        let columns = self.input_columns(plan);
        let output = filter.map(|_| self.output(plan));
        let mut details = self.details(columns);
        lines(plan, &mut details);
        if let (Some(filter), Some(output)) = (filter, output) {
            details.columns = output;
            details.line("Filter", |names| names.expr(filter));
        }
        let Details { columns, lines, subqueries, .. } = details;
        let mut described = self.bare(&title, kind, plan, vec![]);
        described.details = lines;
        described.below = self.inputs(plan);
        self.subplans_below(subqueries, columns, &mut described);
        described
    }

    fn inputs(&mut self, plan: &Plan) -> Vec<(Option<String>, Described)> {
        match &plan.node {
            Node::Join { left, right, lateral, .. } => {
                let left_side = self.node(left, None);
                if *lateral {
                    let columns = self.output(left);
                    self.outer.insert(0, columns);
                }
                let mut right_side = self.node(right, None);
                if *lateral {
                    self.outer.remove(0);
                }
                if hashed(plan) {
                    let mut hash = self.bare("Hash", "Hash", right, vec![]);
                    hash.below = vec![(None, right_side)];
                    right_side = hash;
                }
                vec![(None, left_side), (None, right_side)]
            }
            Node::SetOp { left, right, op, all } => {
                let sides = vec![(None, self.node(left, None)), (None, self.node(right, None))];
                if *op == SetOp::Union && !all {
                    vec![(None, self.bare("Append", "Append", plan, sides))]
                } else {
                    sides
                }
            }
            Node::InvertedScan(found) => vec![(None, self.bitmap(found, plan))],
            Node::IndexScan(index) => {
                let also = index.also.iter();
                also.map(|also| (None, self.bitmap(also, plan))).collect()
            }
            _ => crate::query::rules::volatility::inputs(plan)
                .into_iter()
                .map(|input| (None, self.node(input, None)))
                .collect(),
        }
    }

    /// PostgreSQL shows each look into an index as a node of its own.
    fn bitmap(&mut self, found: &InvertedScan, plan: &Plan) -> Described {
        let mut looks: Vec<(Vec<&Arc<Index>>, Vec<Expr>)> = Vec::new();
        for ((_, asked), condition) in found.conditions.iter().zip(served(found)) {
            let mut indexes = asked.indexes();
            indexes.dedup();
            let same = looks.iter_mut().find(|(other, _)| indexes.len() == 1 && *other == indexes);
            match same {
                Some((_, conditions)) => conditions.push(condition),
                None => looks.push((indexes, vec![condition])),
            }
        }
        let mut nodes = Vec::new();
        for (indexes, conditions) in looks {
            nodes.push(match indexes.as_slice() {
                [index] => self.look(index, &conditions, plan),
                several => {
                    let below = several.iter().map(|index| self.look(index, &[], plan));
                    let below = below.map(|look| (None, look)).collect();
                    self.bitmap_of("BitmapOr", below, plan)
                }
            });
        }
        match nodes.len() {
            1 => nodes.remove(0),
            _ => {
                let below = nodes.into_iter().map(|node| (None, node)).collect();
                self.bitmap_of("BitmapAnd", below, plan)
            }
        }
    }

    fn look(&mut self, index: &Index, conditions: &[Expr], plan: &Plan) -> Described {
        let mut details = self.details(field_names(&plan.fields));
        if !conditions.is_empty() {
            details.line("Index Cond", |names| names.all(conditions));
        }
        let lines = details.lines;
        let title = format!("Bitmap Index Scan on {}", index.name);
        let mut described = self.bare(&title, "Bitmap Index Scan", plan, vec![]);
        (described.details, described.width, described.measured) = (lines, 0, None);
        described
    }

    fn bitmap_of(
        &self,
        kind: &str,
        below: Vec<(Option<String>, Described)>,
        plan: &Plan,
    ) -> Described {
        let mut described = self.bare(kind, kind, plan, below);
        (described.width, described.measured) = (0, None);
        described
    }

    fn title(&self, plan: &Plan) -> (String, &'static str) {
        let plain = |kind: &'static str| (kind.to_owned(), kind);
        let indexed = |index: &str, scan: &Scan| {
            (format!("Index Scan using {index} on {}", scan.table.name), "Index Scan")
        };
        match &plan.node {
            Node::Empty => plain("Result"),
            Node::Scan(scan) => (format!("Seq Scan on {}", scan.table.name), "Seq Scan"),
            Node::Values(_) => ("Values Scan on \"*VALUES*\"".into(), "Values Scan"),
            Node::System(name) => (format!("Seq Scan on {name}"), "Seq Scan"),
            Node::FunctionScan { call, .. } => {
                (format!("Function Scan on {}", call.function.name), "Function Scan")
            }
            Node::Filter { .. } | Node::Project { .. } => plain("Result"),
            Node::ProjectSet { .. } => plain("ProjectSet"),
            Node::Join { kind, .. } => {
                let kind_name = match kind {
                    JoinKind::Inner => "",
                    JoinKind::Left => " Left",
                    JoinKind::Right => " Right",
                    JoinKind::Full => " Full",
                    JoinKind::LeftSemi => " Semi",
                    JoinKind::LeftAnti => " Anti",
                };
                match (hashed(plan), kind) {
                    (true, _) => (format!("Hash{kind_name} Join"), "Hash Join"),
                    (false, JoinKind::Inner) => plain("Nested Loop"),
                    (false, _) => (format!("Nested Loop{kind_name} Join"), "Nested Loop"),
                }
            }
            Node::Aggregate { groups, sets, .. } => match (groups.is_empty(), sets.len()) {
                (true, 0 | 1) => plain("Aggregate"),
                (_, 0 | 1) => ("HashAggregate".into(), "Aggregate"),
                _ => ("MixedAggregate".into(), "Aggregate"),
            },
            Node::Window { .. } => plain("WindowAgg"),
            Node::Sort { .. } => plain("Sort"),
            Node::Limit { .. } => plain("Limit"),
            Node::LockRows { .. } => plain("LockRows"),
            Node::Distinct { .. } => ("HashAggregate".into(), "Aggregate"),
            Node::DistinctOn { .. } => plain("Unique"),
            Node::SetOp { op, all, .. } => {
                let all_name = if *all { " All" } else { "" };
                match op {
                    SetOp::Union if *all => plain("Append"),
                    SetOp::Union => ("HashAggregate".into(), "Aggregate"),
                    SetOp::Intersect => (format!("HashSetOp Intersect{all_name}"), "SetOp"),
                    SetOp::Except => (format!("HashSetOp Except{all_name}"), "SetOp"),
                }
            }
            Node::With { .. } => plain("Result"),
            Node::CteScan { id } => {
                let name = self.ctes.get(id).map_or("?", String::as_str);
                (format!("CTE Scan on {name}"), "CTE Scan")
            }
            Node::InvertedScan(found) => {
                (format!("Bitmap Heap Scan on {}", found.scan.table.name), "Bitmap Heap Scan")
            }
            Node::Knn(knn) => indexed(&knn.index.name, &knn.scan),
            Node::TextSearch(text) => indexed(&text.index.name, &text.scan),
            Node::IndexScan(index) => {
                let (title, kind) = indexed(&index.index.name, &index.scan);
                match &index.first {
                    Some(first) if first.descending => {
                        (title.replacen("Index Scan", "Index Scan Backward", 1), kind)
                    }
                    _ => (title, kind),
                }
            }
        }
    }

    /// The names of the columns that the node's own expressions read.
    fn input_columns(&mut self, plan: &Plan) -> Vec<String> {
        match &plan.node {
            Node::Join { left, right, .. } => {
                let mut columns = self.output(left);
                columns.extend(self.output(right));
                columns
            }
            Node::Scan(_)
            | Node::Knn(_)
            | Node::TextSearch(_)
            | Node::IndexScan(_)
            | Node::InvertedScan(_) => field_names(&plan.fields),
            _ => match crate::query::rules::volatility::inputs(plan).first() {
                Some(input) => self.output(input),
                None => vec![],
            },
        }
    }

    /// What each output column of a plan is, as text.
    fn output(&mut self, plan: &Plan) -> Vec<String> {
        match &plan.node {
            Node::Project { input, exprs } => {
                let columns = self.output(input);
                let mut details = self.details(columns);
                exprs.iter().map(|expr| details.with(|names| names.expr(expr))).collect()
            }
            Node::Join { left, right, kind, .. } => {
                let mut columns = self.output(left);
                if !matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti) {
                    columns.extend(self.output(right));
                }
                columns
            }
            Node::Aggregate { input, groups, aggregates, .. } => {
                let columns = self.output(input);
                let mut details = self.details(columns);
                let mut output: Vec<String> =
                    groups.iter().map(|group| details.with(|names| names.expr(group))).collect();
                for aggregate in aggregates {
                    output.push(details.with(|names| names.aggregate(aggregate)));
                }
                output.resize(plan.fields.len(), "GROUPING".into());
                output
            }
            Node::Window { input, calls } => {
                let columns = self.output(input);
                let mut details = self.details(columns.clone());
                let mut output = columns;
                for call in calls {
                    output.push(details.with(|names| names.window(call)));
                }
                output
            }
            Node::Filter { input, .. }
            | Node::Sort { input, .. }
            | Node::Limit { input, .. }
            | Node::Distinct { input }
            | Node::DistinctOn { input, .. }
            | Node::LockRows { input, .. } => self.output(input),
            Node::With { body, .. } => self.output(body),
            _ => field_names(&plan.fields),
        }
    }

    /// How many rows the node is expected to make.
    fn rows(&self, plan: &Plan) -> u64 {
        let of = |plan: &Plan| self.rows(plan);
        let count = |expr: &Expr| match expr {
            Expr::Const(value, _) if !value.is_null() => value.as_i64().max(0) as u64,
            _ => 100,
        };
        match &plan.node {
            Node::Empty => 1,
            Node::Scan(scan) => {
                let rows = (self.options.row_count)(scan.table.oid);
                if scan.filter.is_some() { (rows / 3).max(1) } else { rows.max(1) }
            }
            Node::Values(rows) => rows.len() as u64,
            Node::Knn(knn) => count(&knn.limit).min((self.options.row_count)(knn.scan.table.oid)),
            Node::TextSearch(text) => text
                .top
                .as_ref()
                .map_or((self.options.row_count)(text.scan.table.oid) / 100, count)
                .max(1),
            Node::IndexScan(index) => {
                let unique = index.index.unique && index.equal.len() == index.index.keys.len();
                let rows = (self.options.row_count)(index.scan.table.oid);
                if unique { 1 } else { (rows / 100).max(1) }
            }
            Node::InvertedScan(found) => {
                ((self.options.row_count)(found.scan.table.oid) / 100).max(1)
            }
            Node::Limit { input, limit: Some(limit), .. } => of(input).min(count(limit)),
            Node::Aggregate { input, groups, .. } => {
                if groups.is_empty() {
                    1
                } else {
                    (of(input) / 10).max(1)
                }
            }
            Node::Filter { input, .. } => (of(input) / 3).max(1),
            Node::Join { left, right, .. } => of(left).max(of(right)),
            Node::SetOp { left, right, .. } => of(left).saturating_add(of(right)),
            Node::With { body, .. } => of(body),
            _ => {
                crate::query::rules::volatility::inputs(plan).first().map_or(100, |input| of(input))
            }
        }
    }
}

/// Whether the node shows a filter of its own already.
fn filters(plan: &Plan) -> bool {
    match &plan.node {
        Node::Scan(scan) => scan.filter.is_some(),
        Node::Knn(_) | Node::TextSearch(_) | Node::IndexScan(_) | Node::InvertedScan(_) => true,
        Node::Filter { .. } => true,
        Node::Project { .. } | Node::With { .. } => true,
        _ => false,
    }
}

fn hashed(plan: &Plan) -> bool {
    match &plan.node {
        Node::Join { left, on, lateral: false, .. } => {
            crate::query::exec::rows::has_equality(on.as_ref(), left.fields.len())
        }
        _ => false,
    }
}

fn field_names(fields: &[Field]) -> Vec<String> {
    fields.iter().map(|field| field.name.clone()).collect()
}

/// PostgreSQL's guess of a row's bytes.
fn width(fields: &[Field]) -> u64 {
    fields.iter().map(|field| type_width(field.ty)).sum()
}

fn type_width(ty: PgType) -> u64 {
    match oid::row(ty.oid) {
        Some(row) if row.len > 0 => row.len as u64,
        _ if ty.oid == oid::VECTOR && ty.typmod > 0 => ty.typmod as u64 * 4 + 8,
        _ if ty.oid == oid::HALFVEC && ty.typmod > 0 => ty.typmod as u64 * 2 + 8,
        _ => 32,
    }
}

/// The detail lines of a node.
fn lines(plan: &Plan, details: &mut Details) {
    match &plan.node {
        Node::Scan(scan) => filter_line(scan, &[], details),
        Node::Filter { predicate, .. } => details.line("Filter", |names| names.expr(predicate)),
        Node::ProjectSet { exprs, .. } => details.with(|names| {
            for expr in exprs {
                if let SetExpr::Scalar(expr) = expr {
                    names.expr(expr);
                }
            }
        }),
        Node::Join { left, on, .. } => join_lines(left, on.as_ref(), hashed(plan), details),
        Node::Aggregate { groups, sets, aggregates, .. } => {
            if let [set] = sets.as_slice()
                && !set.is_empty()
            {
                details.line("Group Key", |names| names.list(groups));
            }
            if sets.len() > 1 {
                for set in sets {
                    let keys: Vec<Expr> = set.iter().map(|key| groups[*key].clone()).collect();
                    if keys.is_empty() {
                        details.line("Group Key", |_| "()".into());
                    } else {
                        details.line("Group Key", |names| names.list(&keys));
                    }
                }
            }
            details.with(|names| {
                for aggregate in aggregates {
                    names.aggregate(aggregate);
                }
            });
        }
        Node::Window { calls, .. } => {
            for call in calls {
                details.line("Window", |names| names.window(call));
            }
        }
        Node::Sort { keys, .. } => details.line("Sort Key", |names| names.keys(keys)),
        Node::Distinct { .. } => {
            let columns = details.columns.join(", ");
            details.line("Group Key", |_| columns);
        }
        Node::DistinctOn { on, .. } => details.line("Unique Key", |names| names.list(on)),
        Node::Knn(knn) => {
            let symbol = symbol(&knn.distance).unwrap_or("<->");
            details.line("Order By", |names| {
                format!("({} {symbol} {})", names.expr(&knn.key), names.expr(&knn.query))
            });
            filter_line(&knn.scan, &[], details);
        }
        Node::TextSearch(text) => {
            let key = key_name(&text.index, &text.scan, 0);
            details.line("Index Cond", |names| format!("({key} @@ {})", names.expr(&text.query)));
            if let Some(top) = &text.top {
                details.line("Top by BM25", |names| names.expr(top));
            }
            filter_line(&text.scan, &[], details);
        }
        Node::IndexScan(index) => index_lines(index, details),
        Node::InvertedScan(found) => {
            let served = served(found);
            details.line("Recheck Cond", |names| names.all(&served));
            filter_line(&found.scan, &served, details);
        }
        _ => {}
    }
}

/// The conditions of the filter that an inverted index serves.
fn served(found: &InvertedScan) -> Vec<Expr> {
    let mut all = Vec::new();
    if let Some(filter) = &found.scan.filter {
        conjuncts(filter.clone(), &mut all);
    }
    found.conditions.iter().filter_map(|(at, _)| all.get(*at).cloned()).collect()
}

/// The scan's filter without the conditions that the index answers.
fn filter_line(scan: &Scan, served: &[Expr], details: &mut Details) {
    let Some(filter) = &scan.filter else { return };
    let mut conditions = Vec::new();
    conjuncts(filter.clone(), &mut conditions);
    conditions.retain(|condition| !served.iter().any(|served| served.same(condition)));
    if let Some(filter) = crate::query::rules::columns::conjunction(conditions) {
        details.line("Filter", |names| names.expr(&filter));
    }
}

/// A key of an index: its column, or its expression.
fn key_name(index: &Index, scan: &Scan, key: usize) -> String {
    match index.keys.get(key).map(|key| &key.target) {
        Some(KeyTarget::Column(column)) => {
            scan.table.columns.get(*column).map_or_else(|| "?".into(), |column| column.name.clone())
        }
        Some(KeyTarget::Expression(text)) => format!("({text})"),
        None => "?".into(),
    }
}

fn index_lines(index: &IndexScan, details: &mut Details) {
    let name = |key: usize| key_name(&index.index, &index.scan, key);
    let mut conditions = Vec::new();
    for (position, value) in index.equal.iter().enumerate() {
        conditions.push(format!(
            "({} = {})",
            name(position),
            details.with(|names| names.expr(value))
        ));
    }
    let next = name(index.equal.len());
    if let Some(array) = &index.any {
        conditions.push(format!("({next} = ANY ({}))", details.with(|names| names.expr(array))));
    }
    for (bound, symbol) in [(&index.lower, ">"), (&index.upper, "<")] {
        if let Some((value, inclusive)) = bound {
            let equal = if *inclusive { "=" } else { "" };
            let value = details.with(|names| names.expr(value));
            conditions.push(format!("({next} {symbol}{equal} {value})"));
        }
    }
    let condition = match conditions.as_slice() {
        [only] => only.clone(),
        several => format!("({})", several.join(" AND ")),
    };
    if !conditions.is_empty() {
        details.line("Index Cond", |_| condition);
    }
    let mut served = Vec::new();
    if let Some(filter) = &index.scan.filter {
        let mut all = Vec::new();
        conjuncts(filter.clone(), &mut all);
        for expr in all {
            let text = details.with(|names| names.expr(&expr));
            if conditions.contains(&text) {
                served.push(expr);
            }
        }
    }
    filter_line(&index.scan, &served, details);
}

fn join_lines(left: &Plan, on: Option<&Expr>, hashed: bool, details: &mut Details) {
    let width = left.fields.len();
    let condition = Condition::new(on, width);
    if hashed {
        let conditions: Vec<String> = condition
            .equal
            .iter()
            .map(|(left, right, _)| {
                let mut right = right.clone();
                remap(&mut right, width, &|column| column + width);
                details.with(|names| format!("({} = {})", names.expr(left), names.expr(&right)))
            })
            .collect();
        let text = match conditions.as_slice() {
            [only] => only.clone(),
            several => format!("({})", several.join(" AND ")),
        };
        details.line("Hash Cond", |_| text);
        if let Some(rest) = &condition.rest {
            details.line("Join Filter", |names| names.expr(rest));
        }
    } else if let Some(on) = on {
        details.line("Join Filter", |names| names.expr(on));
    }
}
