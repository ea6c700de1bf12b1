use std::{collections::BTreeMap, sync::Arc};

use super::*;
use crate::{
    base::Oid,
    query::{
        exec::fixture::{self, ascending, column, function, int4, plan, scan, table},
        ir::{
            Cte, Frame, FrameBound, FrameExclusion, FrameUnit, JoinKind, Node, Subquery,
            SubqueryKind, WindowCall,
        },
    },
    storage::catalog::{Catalog, IndexKey, IndexMethod, KeyConstraint, KeyTarget, Object},
    types::{Datum, PgType, oid},
};

struct Sizes(u64);

impl Facts for Sizes {
    fn row_count(&self, _: TableId) -> u64 {
        self.0
    }
    fn index_key(&self, _: &Table, _: &Index, _: usize) -> Option<Expr> {
        None
    }
    fn index_predicate(&self, _: &Table, _: &Index) -> Option<Expr> {
        None
    }
}

fn index(oid: u32, table: &Table, method: IndexMethod, column: usize, opclass: &str) -> Index {
    Index {
        oid: Oid(oid),
        table: table.oid,
        name: format!("i{oid}"),
        method,
        keys: vec![IndexKey {
            target: KeyTarget::Column(column),
            ty: table.columns[column].ty,
            opclass: opclass.into(),
            descending: false,
            nulls_first: false,
        }],
        unique: method == IndexMethod::Btree,
        constraint: (method == IndexMethod::Btree).then_some(KeyConstraint::PrimaryKey),
        nulls_not_distinct: false,
        predicate: None,
        options: BTreeMap::new(),
        include: vec![],
        unfilled: false,
    }
}

/// `docs (id int4 primary key, kind int4, embedding vector, tsv tsvector)` with its indexes.
fn docs() -> (Arc<Table>, Env) {
    let columns = [
        ("id", oid::INT4),
        ("kind", oid::INT4),
        ("embedding", oid::VECTOR),
        ("tsv", oid::TSVECTOR),
    ];
    let mut docs = Table::clone(&table(40_000, &columns));
    docs.indexes = vec![Oid(40_001), Oid(40_002), Oid(40_003)];
    let docs = Arc::new(docs);
    let mut catalog = Catalog::bootstrap();
    catalog.put(Object::Table(docs.clone()));
    for index in [
        index(40_001, &docs, IndexMethod::Btree, 0, ""),
        index(40_002, &docs, IndexMethod::Hnsw, 2, "vector_cosine_ops"),
        index(40_003, &docs, IndexMethod::Gin, 3, ""),
    ] {
        catalog.put(Object::Index(Arc::new(index)));
    }
    let mut env = fixture::env();
    env.catalog = Arc::new(catalog);
    (docs, env)
}

fn optimised(plan: Plan, env: &Env) -> Plan {
    optimise(plan, &Rules { env, facts: &Sizes(100_000), scans: Scans::default() })
}

/// The node names from the top, one input after the other.
fn shape(plan: &Plan) -> String {
    let name = match &plan.node {
        Node::Join { kind, lateral, .. } => {
            format!("{kind:?}{}", if *lateral { "Lateral" } else { "Join" })
        }
        node => format!("{node:?}").split(['(', ' ', '{']).next().unwrap_or_default().to_owned(),
    };
    let inputs: Vec<_> = volatility::inputs(plan).into_iter().map(shape).collect();
    if inputs.is_empty() { name } else { format!("{name}({})", inputs.join(", ")) }
}

fn over(node: impl FnOnce(Box<Plan>) -> Node, input: Plan) -> Plan {
    let fields = input.fields.clone();
    Plan { node: node(Box::new(input)), fields }
}

fn filter(input: Plan, predicate: Expr) -> Plan {
    over(|input| Node::Filter { input, predicate }, input)
}

fn limit(input: Plan, count: i64) -> Plan {
    let limit = Some(Expr::Const(Datum::Int8(count), PgType::INT8));
    over(|input| Node::Limit { input, limit, offset: None, with_ties: None }, input)
}

fn distance(at: usize) -> Expr {
    let query = Expr::Const(Datum::Vector(Arc::from([1.0, 2.0])), PgType::new(oid::VECTOR));
    function("cosine_distance", vec![column(at, oid::VECTOR), query])
}

/// SELECT id, embedding <=> q AS d FROM input ORDER BY d LIMIT 10
fn nearest(input: Plan) -> Plan {
    let exprs = vec![column(0, oid::INT4), distance(2)];
    let projected =
        plan(Node::Project { input: Box::new(input), exprs }, &[oid::INT4, oid::FLOAT8]);
    let keys = vec![ascending(column(1, oid::FLOAT8))];
    limit(over(|input| Node::Sort { input, keys }, projected), 10)
}

#[test]
fn an_order_by_distance_with_a_limit_is_a_search() {
    let (docs, env) = docs();
    let plan = optimised(nearest(scan(&docs)), &env);
    assert_eq!(shape(&plan), "Limit(Project(Knn))");
    let kind = function("int4eq", vec![column(1, oid::INT4), int4(3)]);
    let plan = optimised(nearest(filter(scan(&docs), kind)), &env);
    assert_eq!(shape(&plan), "Limit(Project(Knn))");
    let rules =
        Rules { env: &env, facts: &Sizes(1), scans: Scans { index: false, ..Scans::default() } };
    assert_eq!(shape(&optimise(nearest(scan(&docs)), &rules)), "Limit(Sort(Project(Scan)))");
}

/// SELECT id, row_number() OVER (ORDER BY embedding <=> q) AS rank FROM docs LIMIT 100, with or
/// without ORDER BY rank.
fn ranked(input: Plan, ordered: bool) -> Plan {
    let row_number = crate::query::functions::registry().exact("row_number", &[]).unwrap().clone();
    let call = WindowCall {
        function: row_number,
        args: vec![],
        filter: None,
        partition: vec![],
        order: vec![ascending(distance(2))],
        frame: Frame {
            unit: FrameUnit::Range,
            start: FrameBound::UnboundedPreceding,
            end: FrameBound::CurrentRow,
            exclude: FrameExclusion::Nothing,
        },
        ty: PgType::INT8,
        location: -1,
    };
    let types = [oid::INT4, oid::INT4, oid::VECTOR, oid::TSVECTOR, oid::INT8];
    let window = plan(Node::Window { input: Box::new(input), calls: vec![call] }, &types);
    let exprs = vec![column(0, oid::INT4), column(4, oid::INT8)];
    let mut ranked =
        plan(Node::Project { input: Box::new(window), exprs }, &[oid::INT4, oid::INT8]);
    if ordered {
        let keys = vec![ascending(column(1, oid::INT8))];
        ranked = over(|input| Node::Sort { input, keys }, ranked);
    }
    limit(ranked, 100)
}

#[test]
fn a_ranking_over_the_distance_is_a_search_and_its_join_back_looks_rows_up() {
    let (docs, env) = docs();
    for ordered in [false, true] {
        let plan = optimised(ranked(scan(&docs), ordered), &env);
        assert_eq!(shape(&plan), "Limit(Project(Window(Knn)))", "ordered: {ordered}");
    }
    let scan_of = |id| plan(Node::CteScan { id }, &[oid::INT4, oid::INT8]);
    let same_id = function("int4eq", vec![column(0, oid::INT4), column(2, oid::INT4)]);
    let cte = |id| Cte {
        id,
        name: format!("c{id}"),
        plan: ranked(scan(&docs), false),
        recursive: None,
        references: 1,
        materialized: None,
    };
    let fused = plan(
        Node::Join {
            left: Box::new(scan_of(1)),
            right: Box::new(scan_of(2)),
            kind: JoinKind::Full,
            on: Some(same_id.clone()),
            lateral: false,
        },
        &[oid::INT4, oid::INT8, oid::INT4, oid::INT8],
    );
    let types = [
        oid::INT4,
        oid::INT4,
        oid::VECTOR,
        oid::TSVECTOR,
        oid::INT4,
        oid::INT8,
        oid::INT4,
        oid::INT8,
    ];
    let back = plan(
        Node::Join {
            left: Box::new(scan(&docs)),
            right: Box::new(fused),
            kind: JoinKind::Inner,
            on: Some(function("int4eq", vec![column(0, oid::INT4), column(4, oid::INT4)])),
            lateral: false,
        },
        &types,
    );
    let hybrid = over(|body| Node::With { ctes: vec![cte(1), cte(2)], body }, back);
    let leg = "Limit(Project(Window(Knn)))";
    assert_eq!(
        shape(&optimised(hybrid, &env)),
        format!("Project(InnerLateral(FullJoin({leg}, {leg}), IndexScan))")
    );
}

#[test]
fn filters_reach_the_tables_and_find_their_indexes() {
    let (docs, env) = docs();
    let by_key = filter(scan(&docs), function("int4eq", vec![column(0, oid::INT4), int4(7)]));
    assert_eq!(shape(&optimised(by_key, &env)), "IndexScan");
    let query = Expr::Const(Datum::TsQuery(Arc::default()), PgType::new(oid::TSQUERY));
    let words = function("ts_match_vq", vec![column(3, oid::TSVECTOR), query]);
    assert_eq!(shape(&optimised(filter(scan(&docs), words), &env)), "TextSearch");
    let join = |kind| {
        let on = function("int4eq", vec![column(1, oid::INT4), column(5, oid::INT4)]);
        let types: Vec<Oid> =
            docs.columns.iter().chain(&docs.columns).map(|column| column.ty.oid).collect();
        let (left, right) = (Box::new(scan(&docs)), Box::new(scan(&docs)));
        let joined = plan(Node::Join { left, right, kind, on: Some(on), lateral: false }, &types);
        filter(joined, function("int4eq", vec![column(5, oid::INT4), int4(1)]))
    };
    // Over the null-extended side of an outer join the filter must stay.
    assert_eq!(shape(&optimised(join(JoinKind::Inner), &env)), "InnerJoin(Scan, Scan)");
    assert_eq!(shape(&optimised(join(JoinKind::Left), &env)), "Filter(LeftJoin(Scan, Scan))");
}

#[test]
fn scans_read_only_what_is_used() {
    let (docs, env) = docs();
    let filtered = filter(scan(&docs), function("int4gt", vec![column(1, oid::INT4), int4(7)]));
    let node = Node::Project { input: Box::new(filtered), exprs: vec![column(0, oid::INT4)] };
    let Node::Project { input, .. } = optimised(plan(node, &[oid::INT4]), &env).node else {
        panic!("a projection expected")
    };
    let Node::Scan(scan) = input.node else { panic!("a scan expected") };
    assert_eq!(scan.columns, [0, 1]);
}

#[test]
fn exists_and_in_become_semi_joins_and_not_in_does_not() {
    let (docs, env) = docs();
    let outer = Expr::Outer { levels: 1, column: 1, ty: PgType::INT4 };
    let inner = filter(scan(&docs), function("int4eq", vec![column(1, oid::INT4), outer]));
    let exists = Expr::Subquery(Arc::new(Subquery {
        kind: SubqueryKind::Exists,
        plan: inner,
        correlated: true,
        ty: PgType::BOOL,
    }));
    let plan = optimised(filter(scan(&docs), exists.clone()), &env);
    assert_eq!(shape(&plan), "LeftSemiJoin(Scan, Scan)");
    let plan = optimised(filter(scan(&docs), Expr::Not(Box::new(exists))), &env);
    assert_eq!(shape(&plan), "LeftAntiJoin(Scan, Scan)");
    let any = || {
        let test = function("int4eq", vec![column(1, oid::INT4), column(4, oid::INT4)]);
        let exprs = vec![column(1, oid::INT4)];
        Expr::Subquery(Arc::new(Subquery {
            kind: SubqueryKind::Any { test: Box::new(test), outer_width: 4 },
            plan: fixture::plan(
                Node::Project { input: Box::new(scan(&docs)), exprs },
                &[oid::INT4],
            ),
            correlated: false,
            ty: PgType::BOOL,
        }))
    };
    let plan = optimised(filter(scan(&docs), any()), &env);
    assert_eq!(shape(&plan), "LeftSemiJoin(Scan, Project(Scan))");
    let plan = optimised(filter(scan(&docs), Expr::Not(Box::new(any()))), &env);
    assert_eq!(shape(&plan), "Scan");
}

#[test]
fn constants_are_folded_and_errors_wait() {
    let (docs, env) = docs();
    let sum = function("int4pl", vec![int4(1), int4(2)]);
    let fails = function("int4div", vec![int4(1), int4(0)]);
    let node = Node::Project { input: Box::new(scan(&docs)), exprs: vec![sum, fails] };
    let Node::Project { exprs, .. } = optimised(plan(node, &[oid::INT4, oid::INT4]), &env).node
    else {
        panic!("a projection expected")
    };
    assert!(exprs[0].same(&int4(3)));
    assert!(matches!(exprs[1], Expr::Call(_)));
}
