use std::sync::Arc;

use super::*;
use crate::{
    query::{
        exec::fixture::{self, call, int4},
        ir::Subscript,
    },
    types::array::ArrayValue,
};

fn run(expr: &Expr, row: &[Datum]) -> Result<Datum> {
    let env = fixture::env();
    evaluate(expr, row, &EvalContext::new(&env))
}

fn null() -> Expr {
    Expr::Const(Datum::Null, PgType::BOOL)
}

fn bool(value: bool) -> Expr {
    Expr::Const(Datum::Bool(value), PgType::BOOL)
}

#[test]
fn and_or_are_three_valued_and_lazy() {
    let fails = Expr::IsNull { input: Box::new(call("fail", vec![])), negated: true };
    assert_eq!(run(&Expr::And(vec![bool(false), fails.clone()]), &[]), Ok(Datum::Bool(false)));
    assert_eq!(run(&Expr::Or(vec![bool(true), fails.clone()]), &[]), Ok(Datum::Bool(true)));
    assert_eq!(run(&Expr::And(vec![null(), bool(false)]), &[]), Ok(Datum::Bool(false)));
    assert_eq!(run(&Expr::And(vec![null(), bool(true)]), &[]), Ok(Datum::Null));
    assert_eq!(run(&Expr::Or(vec![null(), bool(true)]), &[]), Ok(Datum::Bool(true)));
    assert!(run(&Expr::And(vec![bool(true), fails]), &[]).is_err());
}

#[test]
fn case_evaluates_only_the_branch_it_takes() {
    let expr = Expr::Case {
        branches: vec![(bool(true), int4(1)), (call("fail", vec![]), int4(2))],
        otherwise: Some(Box::new(call("fail", vec![]))),
        ty: PgType::INT4,
    };
    assert_eq!(run(&expr, &[]), Ok(Datum::Int4(1)));
}

#[test]
fn any_of_an_empty_array_is_false_even_for_null() {
    let array = |elements| {
        let array = ArrayValue::of(oid::INT4, elements);
        Box::new(Expr::Const(Datum::Array(Arc::new(array)), PgType::new(Oid(1007))))
    };
    use crate::base::Oid;
    let any = |needle: Expr, elements: Vec<Datum>, all| {
        let Expr::Call(call) = call("eq", vec![needle, Expr::Column(0, PgType::INT4)]) else {
            unreachable!()
        };
        run(&Expr::AnyArray { call, array: array(elements), all }, &[])
    };
    let nothing = Expr::Const(Datum::Null, PgType::INT4);
    assert_eq!(any(nothing.clone(), vec![], false), Ok(Datum::Bool(false)));
    assert_eq!(any(nothing, vec![Datum::Int4(1)], false), Ok(Datum::Null));
    assert_eq!(any(int4(1), vec![Datum::Null, Datum::Int4(1)], false), Ok(Datum::Bool(true)));
    assert_eq!(any(int4(2), vec![Datum::Null, Datum::Int4(1)], false), Ok(Datum::Null));
    assert_eq!(any(int4(1), vec![Datum::Int4(1)], true), Ok(Datum::Bool(true)));
}

#[test]
fn subscripts_outside_the_bounds_are_null_and_slices_are_cut() {
    let elements = (1..=4).map(Datum::Int4).collect();
    let ty = PgType::new(oid::array_of(oid::INT4).unwrap());
    let array = Expr::Const(Datum::Array(Arc::new(ArrayValue::of(oid::INT4, elements))), ty);
    let at = |subscript, ty| {
        run(
            &Expr::Subscript { input: Box::new(array.clone()), subscripts: vec![subscript], ty },
            &[],
        )
    };
    assert_eq!(at(Subscript::Index(int4(2)), PgType::INT4), Ok(Datum::Int4(2)));
    assert_eq!(at(Subscript::Index(int4(5)), PgType::INT4), Ok(Datum::Null));
    let Ok(Datum::Array(slice)) = at(Subscript::Slice(Some(int4(3)), Some(int4(9))), ty) else {
        panic!("an array expected")
    };
    assert_eq!(*slice, ArrayValue::of(oid::INT4, vec![Datum::Int4(3), Datum::Int4(4)]));
}

#[test]
fn a_row_is_null_only_if_all_its_fields_are() {
    let row =
        Expr::Row(vec![int4(1), Expr::Const(Datum::Null, PgType::INT4)], PgType::new(oid::RECORD));
    for negated in [false, true] {
        let expr = Expr::IsNull { input: Box::new(row.clone()), negated };
        assert_eq!(run(&expr, &[]), Ok(Datum::Bool(false)));
    }
}
