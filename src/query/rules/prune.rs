//! Columns that nobody reads are not read from their tables, nor carried along.

use super::{
    columns::{each_column, remap},
    volatility::is_volatile,
};
use crate::query::ir::{Expr, Field, JoinKind, Node, Plan, Scan, SetExpr, SortKey};

/// Where each old output column of a plan is now; `None` if it is gone.
type Places = Vec<Option<usize>>;

/// The plan with the same output, reading less.
pub fn prune(plan: Plan) -> Plan {
    let all = vec![true; plan.fields.len()];
    let (plan, places) = narrow(plan, &all);
    debug_assert!(places.iter().enumerate().all(|(old, new)| *new == Some(old)));
    plan
}

fn same_places(width: usize) -> Places {
    (0..width).map(Some).collect()
}

fn need(needed: &mut [bool], expr: &Expr) {
    each_column(expr, &mut |column| {
        if let Some(needed) = needed.get_mut(column) {
            *needed = true;
        }
    });
}

fn moved(expr: &mut Expr, places: &Places, width: usize) {
    remap(expr, width, &|column| places[column].expect("a column that is read is kept"));
}

fn kept_fields(fields: &[Field], places: &Places, width: usize) -> Vec<Field> {
    let mut kept: Vec<Option<Field>> = vec![None; width];
    for (field, place) in fields.iter().zip(places) {
        if let Some(place) = place {
            kept[*place] = Some(field.clone());
        }
    }
    kept.into_iter().map(|field| field.expect("every kept column has a field")).collect()
}

/// The plan with at least the needed columns, which keep their order, and where they are.
fn narrow(plan: Plan, needed: &[bool]) -> (Plan, Places) {
    let fields = plan.fields;
    match plan.node {
        Node::Scan(mut scan) => {
            let (kept, places) = narrow_scan(&mut scan, &[], fields.len(), needed);
            let kept = kept_fields(&fields, &places, kept);
            (Plan::new(Node::Scan(scan), kept), places)
        }
        Node::Knn(mut knn) => {
            let last = fields.len() - 1;
            let key = [knn.key.clone()];
            let (mut width, mut places) =
                narrow_scan(&mut knn.scan, &key, fields.len() - usize::from(knn.measured), needed);
            moved(&mut knn.key, &places, width);
            knn.key_only = places
                .iter()
                .zip(needed)
                .filter(|(_, needed)| !**needed)
                .filter_map(|(p, _)| *p)
                .collect();
            if knn.measured {
                knn.measured = needed[last];
                places.push(knn.measured.then_some(width));
                width += usize::from(knn.measured);
            }
            let kept = kept_fields(&fields, &places, width);
            (Plan::new(Node::Knn(knn), kept), places)
        }
        Node::TextSearch(mut text) => {
            let last = fields.len() - 1;
            let (mut width, mut places) =
                narrow_scan(&mut text.scan, &[], fields.len() - usize::from(text.scored), needed);
            if text.scored {
                text.scored = needed[last];
                places.push(text.scored.then_some(width));
                width += usize::from(text.scored);
            }
            let kept = kept_fields(&fields, &places, width);
            (Plan::new(Node::TextSearch(text), kept), places)
        }
        Node::Filter { input, mut predicate } => {
            let mut wanted = needed.to_vec();
            need(&mut wanted, &predicate);
            let (input, places) = narrow(*input, &wanted);
            moved(&mut predicate, &places, input.fields.len());
            let kept = input.fields.clone();
            (
                Plan { node: Node::Filter { input: Box::new(input), predicate }, fields: kept },
                places,
            )
        }
        Node::Project { input, exprs } => {
            let mut wanted = vec![false; input.fields.len()];
            let mut places: Places = Vec::with_capacity(exprs.len());
            let mut kept = Vec::new();
            let mut kept_fields = Vec::new();
            for ((expr, needed), field) in exprs.into_iter().zip(needed).zip(fields.iter()) {
                // A volatile expression is evaluated whether or not its value is read.
                if *needed || is_volatile(&expr) {
                    need(&mut wanted, &expr);
                    places.push(Some(kept.len()));
                    kept.push(expr);
                    kept_fields.push(field.clone());
                } else {
                    places.push(None);
                }
            }
            let (input, below) = narrow(*input, &wanted);
            kept.iter_mut().for_each(|expr| moved(expr, &below, input.fields.len()));
            let node = Node::Project { input: Box::new(input), exprs: kept };
            (Plan::new(node, kept_fields), places)
        }
        Node::ProjectSet { input, mut exprs } => {
            let mut wanted = vec![false; input.fields.len()];
            for expr in &exprs {
                match expr {
                    SetExpr::Scalar(expr) => need(&mut wanted, expr),
                    SetExpr::Set(call) => {
                        call.args.iter().for_each(|arg| need(&mut wanted, arg));
                    }
                }
            }
            let (input, below) = narrow(*input, &wanted);
            let width = input.fields.len();
            for expr in &mut exprs {
                match expr {
                    SetExpr::Scalar(expr) => moved(expr, &below, width),
                    SetExpr::Set(call) => {
                        call.args.iter_mut().for_each(|arg| moved(arg, &below, width));
                    }
                }
            }
            let places = same_places(fields.len());
            (Plan { node: Node::ProjectSet { input: Box::new(input), exprs }, fields }, places)
        }
        Node::Join { left, right, kind, on, lateral } => {
            join((*left, *right), kind, on, lateral, needed)
        }
        Node::Aggregate { input, mut groups, sets, mut aggregates } => {
            let mut wanted = vec![false; input.fields.len()];
            groups.iter().for_each(|group| need(&mut wanted, group));
            for aggregate in &aggregates {
                aggregate.args.iter().for_each(|arg| need(&mut wanted, arg));
                aggregate.filter.iter().for_each(|filter| need(&mut wanted, filter));
                aggregate.order.iter().for_each(|key| need(&mut wanted, &key.expr));
            }
            let (input, below) = narrow(*input, &wanted);
            let width = input.fields.len();
            groups.iter_mut().for_each(|group| moved(group, &below, width));
            for aggregate in &mut aggregates {
                let keys = aggregate.order.iter_mut().map(|key| &mut key.expr);
                aggregate
                    .args
                    .iter_mut()
                    .chain(&mut aggregate.filter)
                    .chain(keys)
                    .for_each(|expr| moved(expr, &below, width));
            }
            let node = Node::Aggregate { input: Box::new(input), groups, sets, aggregates };
            let places = same_places(fields.len());
            (Plan { node, fields }, places)
        }
        Node::Window { input, mut calls } => {
            let old_width = input.fields.len();
            let mut wanted = needed[..old_width].to_vec();
            for call in &calls {
                let keys = call.order.iter().map(|key| &key.expr);
                call.args
                    .iter()
                    .chain(&call.filter)
                    .chain(&call.partition)
                    .chain(keys)
                    .for_each(|expr| need(&mut wanted, expr));
            }
            let (input, below) = narrow(*input, &wanted);
            let width = input.fields.len();
            for call in &mut calls {
                let keys = call.order.iter_mut().map(|key| &mut key.expr);
                call.args
                    .iter_mut()
                    .chain(&mut call.filter)
                    .chain(&mut call.partition)
                    .chain(keys)
                    .for_each(|expr| moved(expr, &below, width));
            }
            let mut places = below;
            places.extend((0..calls.len()).map(|call| Some(width + call)));
            let kept = kept_fields(&fields, &places, width + calls.len());
            (Plan::new(Node::Window { input: Box::new(input), calls }, kept), places)
        }
        Node::Sort { input, mut keys } => {
            let mut wanted = needed.to_vec();
            keys.iter().for_each(|key| need(&mut wanted, &key.expr));
            let (input, places) = narrow(*input, &wanted);
            move_keys(&mut keys, &places, input.fields.len());
            let kept = input.fields.clone();
            (Plan { node: Node::Sort { input: Box::new(input), keys }, fields: kept }, places)
        }
        Node::Limit { input, limit, offset, mut with_ties } => {
            let mut wanted = needed.to_vec();
            with_ties.iter().flatten().for_each(|key| need(&mut wanted, &key.expr));
            let (input, places) = narrow(*input, &wanted);
            if let Some(keys) = &mut with_ties {
                move_keys(keys, &places, input.fields.len());
            }
            let kept = input.fields.clone();
            let node = Node::Limit { input: Box::new(input), limit, offset, with_ties };
            (Plan { node, fields: kept }, places)
        }
        Node::DistinctOn { input, mut on } => {
            let mut wanted = needed.to_vec();
            on.iter().for_each(|expr| need(&mut wanted, expr));
            let (input, places) = narrow(*input, &wanted);
            on.iter_mut().for_each(|expr| moved(expr, &places, input.fields.len()));
            let kept = input.fields.clone();
            (Plan { node: Node::DistinctOn { input: Box::new(input), on }, fields: kept }, places)
        }
        Node::With { mut ctes, body } => {
            for cte in &mut ctes {
                prune_inside(&mut cte.plan);
                if let Some((term, _)) = &mut cte.recursive {
                    prune_inside(term);
                }
            }
            let (body, places) = narrow(*body, needed);
            let kept = body.fields.clone();
            (Plan { node: Node::With { ctes, body: Box::new(body) }, fields: kept }, places)
        }
        node => {
            let mut plan = Plan { node, fields };
            super::inputs_mut(&mut plan).into_iter().for_each(prune_inside);
            let places = same_places(plan.fields.len());
            (plan, places)
        }
    }
}

/// Drops the columns of a scan, `fields` wide, that are neither needed nor read by its filter or
/// `keys`. Returns how wide it is then, and where the columns are.
fn narrow_scan(scan: &mut Scan, keys: &[Expr], fields: usize, needed: &[bool]) -> (usize, Places) {
    let mut wanted = needed[..fields].to_vec();
    scan.filter.iter().chain(keys).for_each(|expr| need(&mut wanted, expr));
    let stored = scan.columns.len();
    if scan.row_id && !wanted[stored] && !wanted[stored + 1] {
        scan.row_id = false;
    }
    let mut places: Places = Vec::with_capacity(fields);
    let mut columns = Vec::new();
    for (position, column) in scan.columns.iter().enumerate() {
        places.push(wanted[position].then_some(columns.len()));
        if wanted[position] {
            columns.push(*column);
        }
    }
    for extra in 0..fields - stored {
        places.push(scan.row_id.then_some(columns.len() + extra));
    }
    scan.columns = columns;
    let width = scan.columns.len() + if scan.row_id { 2 } else { 0 };
    if let Some(filter) = &mut scan.filter {
        moved(filter, &places, width);
    }
    (width, places)
}

fn prune_inside(plan: &mut Plan) {
    let inner = std::mem::replace(plan, Plan::new(Node::Empty, vec![]));
    let fields = inner.fields.clone();
    *plan = prune(inner);
    plan.fields = fields;
}

fn move_keys(keys: &mut [SortKey], places: &Places, width: usize) {
    keys.iter_mut().for_each(|key| moved(&mut key.expr, places, width));
}

fn join(
    (left, mut right): (Plan, Plan),
    kind: JoinKind,
    mut on: Option<Expr>,
    lateral: bool,
    needed: &[bool],
) -> (Plan, Places) {
    let (left_width, right_width) = (left.fields.len(), right.fields.len());
    let mut wanted = needed.to_vec();
    wanted.resize(left_width + right_width, false);
    on.iter().for_each(|on| need(&mut wanted, on));
    if lateral {
        // What the right side reads of the left row.
        right.walk_mut(1, &mut |expr, level| {
            if let Expr::Outer { levels, column, .. } = expr
                && *levels == level
            {
                wanted[*column] = true;
            }
        });
    }
    let (left, left_places) = narrow(left, &wanted[..left_width]);
    if lateral {
        right.walk_mut(1, &mut |expr, level| {
            if let Expr::Outer { levels, column, .. } = expr
                && *levels == level
            {
                *column = left_places[*column].expect("a column that is read is kept");
            }
        });
    }
    let (right, right_places) = narrow(right, &wanted[left_width..]);
    let new_left = left.fields.len();
    let mut places = left_places;
    places.extend(right_places.into_iter().map(|place| place.map(|place| place + new_left)));
    let width = new_left + right.fields.len();
    on.iter_mut().for_each(|on| moved(on, &places, width));
    let mut kept: Vec<Field> = left.fields.to_vec();
    if matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti) {
        places.truncate(left_width);
    } else {
        kept.extend(right.fields.iter().cloned());
    }
    let node = Node::Join { left: Box::new(left), right: Box::new(right), kind, on, lateral };
    (Plan::new(node, kept), places)
}
