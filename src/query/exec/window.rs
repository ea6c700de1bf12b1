//! Window functions: every partition in memory, frames as PostgreSQL defines them.

mod frame;
mod ranking;

use self::frame::Frames;
use super::{
    constants::hoisted_keys,
    execution::{Ledger, row_bytes},
    keys::{KeyOrder, compare_rows},
    scope::{Row, Scope},
};
use crate::{
    base::{PgError, Result},
    query::{
        functions::{Accumulator, Body, Context},
        ir::{Expr, SortKey, WindowCall},
    },
    types::{Datum, PgType},
};

/// Appends one column for each call. Rows come out in the order of the last call's window.
pub fn compute(calls: &[WindowCall], mut rows: Vec<Row>, scope: &Scope) -> Result<Vec<Row>> {
    let mut ledger = Ledger::new(&scope.execution, "window functions");
    let width = rows.first().map_or(0, Vec::len);
    // Calls over one window share its sort; their columns keep the order of the calls.
    let mut windows: Vec<Vec<usize>> = Vec::new();
    for (position, call) in calls.iter().enumerate() {
        match windows.iter_mut().find(|window| same_window(&calls[window[0]], call)) {
            Some(window) => window.push(position),
            None => windows.push(vec![position]),
        }
    }
    for row in &mut rows {
        row.resize(width + calls.len(), Datum::Null);
    }
    for window in windows {
        let first = &calls[window[0]];
        let mut sorted = Sorted::new(first, rows, scope, &mut ledger)?;
        for range in sorted.partitions(first) {
            scope.execution.cancel.check()?;
            let mut partition =
                Partition::new(&sorted.rows[range.clone()], &sorted.keys[range.clone()], first);
            for position in &window {
                let values = evaluate(&calls[*position], &mut partition, width, scope)?;
                for (offset, value) in values.into_iter().enumerate() {
                    sorted.results.push((range.start + offset, width + position, value));
                }
            }
            for (row, column, value) in sorted.results.drain(..) {
                sorted.rows[row][column] = value;
            }
        }
        rows = sorted.rows;
    }
    Ok(rows)
}

/// Whether two calls have the same PARTITION BY and ORDER BY.
fn same_window(a: &WindowCall, b: &WindowCall) -> bool {
    // Bound expressions have no equality of their own; their printed form says all of them.
    let key = |key: &SortKey| format!("{:?} {} {}", key.expr, key.descending, key.nulls_first);
    a.partition.len() == b.partition.len()
        && a.order.len() == b.order.len()
        && a.partition.iter().zip(&b.partition).all(|(a, b)| format!("{a:?}") == format!("{b:?}"))
        && a.order.iter().zip(&b.order).all(|(a, b)| key(a) == key(b))
}

/// Rows in the order of one window, with their partition and order keys.
struct Sorted {
    rows: Vec<Row>,
    keys: Vec<Row>,
    results: Vec<(usize, usize, Datum)>,
}

impl Sorted {
    fn new(call: &WindowCall, rows: Vec<Row>, scope: &Scope, ledger: &mut Ledger) -> Result<Self> {
        let mut keyed = Vec::with_capacity(rows.len());
        let keys = hoisted_keys(&call.order, scope);
        for row in rows {
            let mut key = scope.evaluate_all(&call.partition, &row)?;
            for order in &*keys {
                key.push(scope.evaluate(&order.expr, &row)?);
            }
            ledger.grow(row_bytes(&key))?;
            keyed.push((key, row));
        }
        let mut orders: Vec<_> =
            call.partition.iter().map(|expr| KeyOrder::ascending(expr.ty().oid)).collect();
        orders.extend(KeyOrder::of(&call.order));
        if !orders.is_empty() {
            keyed.sort_by(|(a, _), (b, _)| compare_rows(a, b, &orders));
        }
        let (keys, rows) = keyed.into_iter().unzip();
        Ok(Self { rows, keys, results: Vec::new() })
    }

    fn partitions(&self, call: &WindowCall) -> Vec<std::ops::Range<usize>> {
        let orders: Vec<_> =
            call.partition.iter().map(|expr| KeyOrder::ascending(expr.ty().oid)).collect();
        let mut ranges = Vec::new();
        let mut start = 0;
        for position in 1..=self.rows.len() {
            if position == self.rows.len()
                || compare_rows(&self.keys[start], &self.keys[position], &orders).is_ne()
            {
                ranges.push(start..position);
                start = position;
            }
        }
        ranges
    }
}

/// One partition, in order, and where its peer groups lie.
pub struct Partition<'a> {
    pub rows: &'a [Row],
    /// Only the ORDER BY part.
    pub keys: Vec<&'a [Datum]>,
    pub orders: Vec<KeyOrder>,
    /// The peer group of each row.
    pub group: Vec<usize>,
    /// Where each peer group starts, and the end of the last one.
    pub starts: Vec<usize>,
}

impl<'a> Partition<'a> {
    fn new(rows: &'a [Row], keys: &'a [Row], call: &WindowCall) -> Self {
        let keys: Vec<&[Datum]> = keys.iter().map(|key| &key[call.partition.len()..]).collect();
        let orders = KeyOrder::of(&call.order);
        let mut group = Vec::with_capacity(rows.len());
        let mut starts = Vec::new();
        for (position, key) in keys.iter().enumerate() {
            if position == 0 || compare_rows(keys[position - 1], key, &orders).is_ne() {
                starts.push(position);
            }
            group.push(starts.len() - 1);
        }
        starts.push(rows.len());
        Self { rows, keys, orders, group, starts }
    }

    pub fn len(&self) -> usize {
        self.rows.len()
    }
}

fn evaluate(
    call: &WindowCall,
    partition: &mut Partition,
    width: usize,
    scope: &Scope,
) -> Result<Vec<Datum>> {
    match call.function.body {
        Body::Window => ranking::evaluate(call, partition, width, scope),
        Body::Aggregate(start) => aggregate(call, start, partition, width, scope),
        _ => Err(PgError::internal(format!("{} is not a window function", call.function.name))),
    }
}

/// An aggregate over each row's frame.
fn aggregate(
    call: &WindowCall,
    start: fn(&Context) -> Box<dyn Accumulator>,
    partition: &Partition,
    width: usize,
    scope: &Scope,
) -> Result<Vec<Datum>> {
    let arg_types: Vec<PgType> = call.args.iter().map(Expr::ty).collect();
    let context = Context { env: &scope.execution.env, arg_types: &arg_types, result: call.ty };
    // The arguments of each row; `None` if FILTER or strictness leaves it out.
    let mut args: Vec<Option<Row>> = Vec::with_capacity(partition.len());
    for row in partition.rows {
        let row = &row[..width];
        let included = match &call.filter {
            Some(filter) => scope.holds(filter, row)?,
            None => true,
        };
        let values = if included { Some(scope.evaluate_all(&call.args, row)?) } else { None };
        args.push(
            values.filter(|values| !(call.function.strict && values.iter().any(Datum::is_null))),
        );
    }
    let frames = Frames::new(call, partition, scope)?;
    if frames.excludes() {
        return (0..partition.len())
            .map(|row| {
                scope.execution.cancel.check()?;
                let mut accumulator = start(&context);
                for row in frames.runs_of(row)?.into_iter().flatten() {
                    if let Some(values) = &args[row] {
                        accumulator.add(&context, values)?;
                    }
                }
                accumulator.value(&context)
            })
            .collect();
    }
    let mut accumulator = start(&context);
    let (mut from, mut to) = (0, 0);
    let mut values: Vec<Datum> = Vec::with_capacity(partition.len());
    let mut last: Option<(usize, usize)> = None;
    for row in 0..partition.len() {
        if row % 4096 == 4095 {
            scope.execution.cancel.check()?;
        }
        let (start_row, end_row) = frames.of(row)?;
        if last == Some((start_row, end_row)) {
            values.push(values[row - 1].clone());
            continue;
        }
        last = Some((start_row, end_row));
        let mut moved = start_row >= from && end_row >= to && start_row <= to;
        if moved {
            for leaving in args[from..start_row].iter().flatten() {
                if !accumulator.remove(&context, leaving)? {
                    moved = false;
                    break;
                }
            }
        }
        if !moved {
            accumulator = start(&context);
            to = start_row;
        }
        for entering in args[to..end_row.max(to)].iter().flatten() {
            accumulator.add(&context, entering)?;
        }
        (from, to) = (start_row, end_row.max(to));
        values.push(accumulator.value(&context)?);
    }
    Ok(values)
}
