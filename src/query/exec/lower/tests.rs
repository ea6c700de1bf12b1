//! Every plan here runs twice, row by row and over batches, and must give the same rows.

use std::sync::Arc;

use super::*;
use crate::{
    base::sqlstate,
    query::{
        exec::{
            batches::push_rows,
            execution::Execution,
            fixture::{
                Tables, ascending, call, column, execution, function, int4, plan, scan, table,
                total,
            },
            rows::{collect, open},
            run::drive,
            scope::Row,
        },
        ir::{
            Frame, FrameBound, FrameExclusion, FrameUnit, JoinKind, SetOp, SortKey, Subquery,
            SubqueryKind, WindowCall,
        },
    },
    storage::catalog::Table,
    types::{Datum, PgType, oid},
};

const INT4: crate::base::Oid = oid::INT4;

struct Setup {
    execution: Arc<Execution>,
    big: Arc<Table>,
    small: Arc<Table>,
}

/// `big (n int4, mod int4, name text)` with 10,000 rows, `small (n int4, half float8)` with 10; a
/// NULL in each.
fn setup() -> Setup {
    let big = table(30_000, &[("n", INT4), ("mod", INT4), ("name", oid::TEXT)]);
    let small = table(30_001, &[("n", INT4), ("half", oid::FLOAT8)]);
    let mut tables = Tables::default();
    for n in 0..10_000 {
        let modulo = if n == 17 { Datum::Null } else { Datum::Int4(n % 100) };
        tables.insert(&big, &[Datum::Int4(n), modulo, Datum::text(format!("name {}", n % 7))]);
    }
    for n in 0..10 {
        let value = if n == 3 { Datum::Null } else { Datum::Int4(n * 11) };
        tables.insert(&small, &[value, Datum::Float8(f64::from(n) / 2.0)]);
    }
    Setup { execution: execution(tables), big, small }
}

fn by_batches(plan: &Plan, execution: &Arc<Execution>) -> Result<Vec<Row>> {
    let scope = Scope::root(execution.clone());
    let mut stream = stream(plan, &scope)?;
    drive(async {
        let mut rows = Vec::new();
        while let Some(batch) = stream.try_next().await? {
            push_rows(&batch, &plan.fields, &mut rows)?;
        }
        Ok(rows)
    })
}

fn by_rows(plan: &Plan, execution: &Arc<Execution>) -> Result<Vec<Row>> {
    let scope = Scope::root(execution.clone());
    collect(&mut *open(plan, &scope)?, &scope, "a test")
}

/// The rows of both engines, which are the same; sorted by their printed form unless `ordered`.
fn both(plan: &Plan, execution: &Arc<Execution>, ordered: bool) -> Vec<Row> {
    let sort = |mut rows: Vec<Row>| {
        if !ordered {
            rows.sort_by_key(|row| format!("{row:?}"));
        }
        rows
    };
    let rows = sort(by_rows(plan, execution).unwrap());
    assert_eq!(sort(by_batches(plan, execution).unwrap()), rows);
    rows
}

fn filter(input: Plan, predicate: Expr) -> Plan {
    let fields = input.fields.clone();
    Plan::new(Node::Filter { input: Box::new(input), predicate }, fields)
}

#[test]
fn filters_run_in_scans_and_above_them() {
    let setup = setup();
    let predicate = function("int4eq", vec![column(1, INT4), int4(5)]);
    let above = filter(scan(&setup.big), predicate.clone());
    assert_eq!(both(&above, &setup.execution, true).len(), 100);
    let mut inside = scan(&setup.big);
    let Node::Scan(node) = &mut inside.node else { unreachable!() };
    node.filter = Some(predicate);
    assert_eq!(both(&inside, &setup.execution, true).len(), 100);
}

#[test]
fn a_decided_row_does_not_evaluate_the_rest_of_a_condition() {
    let setup = setup();
    let divides = function("int4div", vec![int4(1), column(0, INT4)]);
    let predicate = Expr::And(vec![
        function("int4gt", vec![column(0, INT4), int4(0)]),
        function("int4eq", vec![divides.clone(), int4(1)]),
    ]);
    let plan = filter(scan(&setup.big), predicate);
    assert_eq!(both(&plan, &setup.execution, true).len(), 1);
    let fails = filter(scan(&setup.big), function("int4eq", vec![divides, int4(1)]));
    for result in [by_rows(&fails, &setup.execution), by_batches(&fails, &setup.execution)] {
        assert_eq!(result.unwrap_err().code, sqlstate::DIVISION_BY_ZERO);
    }
}

#[test]
fn joins_of_every_kind_agree_by_hash_and_by_loop() {
    let setup = setup();
    let equal = function("int4eq", vec![column(1, INT4), column(3, INT4)]);
    let near = Expr::And(vec![
        function("int4lt", vec![column(0, INT4), column(3, INT4)]),
        function("int4ge", vec![column(1, INT4), int4(90)]),
    ]);
    let few = |input| filter(input, function("int4lt", vec![column(0, INT4), int4(300)]));
    for on in [
        equal.clone(),
        near,
        Expr::And(vec![equal, call("eq", vec![column(0, INT4), column(1, INT4)])]),
    ] {
        for kind in [
            JoinKind::Inner,
            JoinKind::Left,
            JoinKind::Right,
            JoinKind::Full,
            JoinKind::LeftSemi,
            JoinKind::LeftAnti,
        ] {
            let narrow = matches!(kind, JoinKind::LeftSemi | JoinKind::LeftAnti);
            let types = [INT4, INT4, oid::TEXT, INT4, oid::FLOAT8];
            let node = Node::Join {
                left: Box::new(few(scan(&setup.big))),
                right: Box::new(scan(&setup.small)),
                kind,
                on: Some(on.clone()),
                lateral: false,
            };
            both(&plan(node, &types[..if narrow { 3 } else { 5 }]), &setup.execution, false);
        }
    }
}

#[test]
fn null_joins_nothing_and_groups_with_itself() {
    let setup = setup();
    let on = function("int4eq", vec![column(0, INT4), column(2, INT4)]);
    let node = Node::Join {
        left: Box::new(scan(&setup.small)),
        right: Box::new(scan(&setup.small)),
        kind: JoinKind::Inner,
        on: Some(on),
        lateral: false,
    };
    let join = plan(node, &[INT4, oid::FLOAT8, INT4, oid::FLOAT8]);
    assert_eq!(both(&join, &setup.execution, false).len(), 9);
    let mut filtered = total(column(0, INT4));
    filtered.filter = Some(function("int4lt", vec![column(0, INT4), int4(100)]));
    let mut distinct = total(column(1, INT4));
    distinct.distinct = true;
    let node = Node::Aggregate {
        input: Box::new(scan(&setup.big)),
        groups: vec![column(1, INT4)],
        sets: vec![vec![0], vec![]],
        aggregates: vec![total(column(0, INT4)), filtered, distinct],
    };
    let grouped = plan(node, &[INT4, oid::INT8, oid::INT8, oid::INT8, INT4]);
    let rows = both(&grouped, &setup.execution, false);
    assert_eq!(rows.len(), 102);
    let all = rows.iter().find(|row| row[4] == Datum::Int4(1)).unwrap();
    assert_eq!(all[1..4], [Datum::Int8(49_995_000), Datum::Int8(4950), Datum::Int8(4950)]);
}

#[test]
fn sort_limit_distinct_and_sets() {
    let setup = setup();
    let sort = |keys: Vec<SortKey>| {
        let input = scan(&setup.big);
        let fields = input.fields.clone();
        Plan::new(Node::Sort { input: Box::new(input), keys }, fields)
    };
    let down = SortKey { expr: column(1, INT4), descending: true, nulls_first: true };
    let limited = |limit, with_ties| {
        let input = sort(vec![down.clone(), ascending(column(0, INT4))]);
        let fields = input.fields.clone();
        let node = Node::Limit {
            input: Box::new(input),
            limit: Some(Expr::Const(Datum::Int8(limit), PgType::INT8)),
            offset: Some(Expr::Const(Datum::Int8(1), PgType::INT8)),
            with_ties,
        };
        Plan::new(node, fields)
    };
    let rows = both(&limited(3, None), &setup.execution, true);
    let first: Vec<_> = rows.iter().map(|row| row[0].as_i64()).collect();
    assert_eq!(first, [99, 199, 299]);
    assert_eq!(both(&limited(1, Some(vec![down.clone()])), &setup.execution, true).len(), 100);
    for run in [by_rows, by_batches] {
        let error = run(&limited(-1, None), &setup.execution).unwrap_err();
        assert_eq!(error.message, "LIMIT must not be negative");
    }
    let numbers = |table: &Arc<Table>, at| {
        let exprs = vec![column(at, INT4)];
        plan(Node::Project { input: Box::new(scan(table)), exprs }, &[INT4])
    };
    for (op, all, count) in [
        (SetOp::Union, false, 101),
        (SetOp::Union, true, 10_010),
        (SetOp::Intersect, false, 10),
        (SetOp::Except, false, 91),
        (SetOp::Except, true, 9_990),
    ] {
        let node = Node::SetOp {
            left: Box::new(numbers(&setup.big, 1)),
            right: Box::new(numbers(&setup.small, 0)),
            op,
            all,
        };
        let rows = both(&plan(node, &[INT4]), &setup.execution, false);
        assert_eq!(rows.len(), count, "{op:?} {all}");
    }
    let node = Node::Distinct { input: Box::new(numbers(&setup.big, 1)) };
    assert_eq!(both(&plan(node, &[INT4]), &setup.execution, false).len(), 101);
}

#[test]
fn windows_and_laterals_borrow_the_row_executor() {
    let setup = setup();
    let aggregate = total(column(0, INT4));
    let window = WindowCall {
        function: aggregate.function,
        args: aggregate.args,
        filter: None,
        partition: vec![column(1, INT4)],
        order: vec![ascending(column(0, INT4))],
        frame: Frame {
            unit: FrameUnit::Rows,
            start: FrameBound::Preceding(Expr::Const(Datum::Int8(1), PgType::INT8)),
            end: FrameBound::CurrentRow,
            exclude: FrameExclusion::Nothing,
        },
        ty: PgType::INT8,
        location: -1,
    };
    let node = Node::Window { input: Box::new(scan(&setup.big)), calls: vec![window] };
    let rows = both(&plan(node, &[INT4, INT4, oid::TEXT, oid::INT8]), &setup.execution, false);
    let row = rows.iter().find(|row| row[0] == Datum::Int4(205)).unwrap();
    assert_eq!(row[3], Datum::Int8(310));

    let outer = Expr::Outer { levels: 1, column: 0, ty: PgType::INT4 };
    let right = filter(scan(&setup.big), function("int4eq", vec![column(0, INT4), outer]));
    let node = Node::Join {
        left: Box::new(scan(&setup.small)),
        right: Box::new(right),
        kind: JoinKind::Left,
        on: None,
        lateral: true,
    };
    let lateral = plan(node, &[INT4, oid::FLOAT8, INT4, INT4, oid::TEXT]);
    assert_eq!(both(&lateral, &setup.execution, false).len(), 10);
}

#[test]
fn subqueries_run_once_or_once_for_each_outer_value() {
    let setup = setup();
    let any = |table: &Arc<Table>| {
        let test = function("int4eq", vec![column(1, INT4), column(3, INT4)]);
        let subquery = Subquery {
            kind: SubqueryKind::Any { test: Box::new(test), outer_width: 3 },
            plan: scan(table),
            correlated: false,
            ty: PgType::BOOL,
        };
        Expr::Subquery(Arc::new(subquery))
    };
    let within = filter(scan(&setup.big), any(&setup.small));
    assert_eq!(both(&within, &setup.execution, false).len(), 900);
    // The NULL among the values makes "not in" unknown.
    let without = filter(scan(&setup.big), Expr::Not(Box::new(any(&setup.small))));
    assert_eq!(both(&without, &setup.execution, false).len(), 0);

    let outer = Expr::Outer { levels: 1, column: 1, ty: PgType::INT4 };
    let exists = Expr::Subquery(Arc::new(Subquery {
        kind: SubqueryKind::Exists,
        plan: filter(scan(&setup.small), function("int4eq", vec![column(0, INT4), outer])),
        correlated: true,
        ty: PgType::BOOL,
    }));
    assert_eq!(both(&filter(scan(&setup.big), exists), &setup.execution, false).len(), 900);
}
