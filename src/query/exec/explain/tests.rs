use super::*;
use crate::{
    query::{
        exec::fixture::{ascending, column, env, function, int4, plan, scan, table},
        ir::{Expr, JoinKind, Node, Plan},
    },
    types::{Datum, PgType, oid},
};

fn options(env: &Env) -> ExplainOptions<'_> {
    ExplainOptions {
        env,
        costs: false,
        profile: None,
        timing: false,
        planning: None,
        execution: None,
        row_count: &|_| 1000,
    }
}

fn join() -> Plan {
    let left = table(50_000, &[("a", oid::INT4), ("b", oid::TEXT)]);
    let right = table(50_001, &[("c", oid::INT4)]);
    let mut filtered = scan(&left);
    if let Node::Scan(node) = &mut filtered.node {
        let name = Expr::Const(Datum::text("it's"), PgType::TEXT);
        node.filter = Some(function("texteq", vec![column(1, oid::TEXT), name]));
    }
    let joined = Node::Join {
        left: Box::new(filtered),
        right: Box::new(scan(&right)),
        kind: JoinKind::Left,
        on: Some(function("int4eq", vec![column(0, oid::INT4), column(2, oid::INT4)])),
        lateral: false,
    };
    let joined = plan(joined, &[oid::INT4, oid::TEXT, oid::INT4]);
    let fields = joined.fields.clone();
    let keys = vec![ascending(function("int4pl", vec![column(2, oid::INT4), int4(1)]))];
    let sorted =
        Plan { node: Node::Sort { input: Box::new(joined), keys }, fields: fields.clone() };
    let limit = Some(Expr::Const(Datum::Int8(5), PgType::INT8));
    let node = Node::Limit { input: Box::new(sorted), limit, offset: None, with_ties: None };
    Plan { node, fields }
}

#[test]
fn the_tree_is_printed_as_postgresql_prints_it() {
    let env = env();
    let expected = "\
Limit
  ->  Sort
        Sort Key: (c + 1)
        ->  Hash Left Join
              Hash Cond: (a = c)
              ->  Seq Scan on t50000
                    Filter: (b = 'it''s'::text)
              ->  Hash
                    ->  Seq Scan on t50001";
    assert_eq!(explain(&join(), &options(&env)).join("\n"), expected);
    let with_costs = ExplainOptions { costs: true, ..options(&env) };
    assert_eq!(explain(&join(), &with_costs)[0], "Limit  (cost=0.00..0.00 rows=5 width=40)");
}

#[test]
fn json_nests_plans() {
    let env = env();
    let json: serde_json::Value =
        serde_json::from_str(&explain_json(&join(), &options(&env))).unwrap();
    assert_eq!(json[0]["Plan"]["Plans"][0]["Plans"][0]["Node Type"], "Hash Join");
}
