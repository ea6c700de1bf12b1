use super::*;
use crate::types::{
    PgType,
    binary_io::{self},
    stored,
    text_io::{self, Style},
};

fn parsed(text: &str, ty: Oid) -> Result<Datum> {
    text_io::parse(text, PgType::new(ty), &Style::default())
}

fn shown(value: &Datum, ty: Oid) -> String {
    let mut text = String::new();
    text_io::format(value, ty, &Style::default(), &mut text);
    text
}

/// Expectations are PostgreSQL 18's.
#[test]
fn texts_are_read_and_printed_as_postgresql_does() {
    for (ty, text, canonical) in [
        (oid::INT4RANGE, " [1,5] ", "[1,6)"),
        (oid::INT4RANGE, "(1,2)", "empty"),
        (oid::INT4RANGE, "(,5]", "(,6)"),
        (oid::INT8RANGE, "[1,]", "[1,)"),
        (oid::NUMRANGE, "[1.5,2.50]", "[1.5,2.50]"),
        (oid::NUMRANGE, "[1,1)", "empty"),
        (oid::NUMRANGE, "EMPTY", "empty"),
        (oid::DATERANGE, "[2020-01-01,2020-01-31]", "[2020-01-01,2020-02-01)"),
        (
            oid::TSRANGE,
            "[\"2020-01-01 10:00\",2020-01-02)",
            "[\"2020-01-01 10:00:00\",\"2020-01-02 00:00:00\")",
        ),
        (oid::INT4MULTIRANGE, "{ [5,7), [1,3) ,[2,4], empty }", "{[1,7)}"),
        (oid::INT4MULTIRANGE, "{}", "{}"),
        (oid::NUMMULTIRANGE, "{[1,2],(3,)}", "{[1,2],(3,)}"),
    ] {
        let value = parsed(text, ty).expect(text);
        assert_eq!(shown(&value, ty), canonical, "{text}");
        let (mut bytes, mut wire) = (Vec::new(), Vec::new());
        stored::encode(&value, &mut bytes);
        assert_eq!(stored::decode(ty, &bytes).expect(text), value);
        binary_io::send(&value, ty, &mut wire);
        assert_eq!(binary_io::receive(&wire, PgType::new(ty)).expect(text), value);
    }
    for (ty, text, detail) in [
        (oid::INT4RANGE, "x", "Missing left parenthesis or bracket."),
        (oid::INT4RANGE, "[1,2", "Unexpected end of input."),
        (oid::INT4RANGE, "[1]", "Missing comma after lower bound."),
        (oid::INT4RANGE, "[1,2,3]", "Too many commas."),
        (oid::INT4RANGE, "[1,2]x", "Junk after right parenthesis or bracket."),
        (oid::INT4MULTIRANGE, "x", "Missing left brace."),
        (oid::INT4MULTIRANGE, "{[1,2", "Unexpected end of input."),
        (oid::INT4MULTIRANGE, "{[1,2]} x", "Junk after closing right brace."),
    ] {
        let error = parsed(text, ty).expect_err(text);
        assert_eq!(error.fields.detail.as_deref(), Some(detail), "{text}");
    }
    assert!(parsed("[5,1]", oid::INT4RANGE).is_err());
}

#[test]
fn keys_compare_as_ranges_do() {
    let texts = ["empty", "(,1)", "(,)", "[1,2)", "[1,5)", "[1,)", "[2,3)"];
    let values: Vec<Datum> =
        texts.iter().map(|text| parsed(text, oid::INT4RANGE).expect(text)).collect();
    let key = |value: &Datum| {
        let mut key = Vec::new();
        order::key(value, oid::INT4RANGE, &mut key);
        key
    };
    for pair in values.windows(2) {
        assert_eq!(order::compare(&pair[0], &pair[1], oid::INT4RANGE), Ordering::Less);
        assert!(key(&pair[0]) < key(&pair[1]), "{pair:?}");
    }
}

#[test]
fn differences_may_leave_two_sides() {
    let range = |text: &str| match parsed(text, oid::NUMRANGE).expect(text) {
        Datum::Range(range) => (*range).clone(),
        other => unreachable!("{other:?}"),
    };
    let (whole, part) = (range("[1,10]"), range("(3,5]"));
    assert!(whole.difference(&part).is_err());
    let left = subtract_all(std::slice::from_ref(&whole), std::slice::from_ref(&part));
    assert_eq!(left.as_ref(), [range("[1,3]"), range("(5,10]")]);
    assert_eq!(range("[1,4]").difference(&part).expect("one side"), range("[1,3]"));
    assert!(range("[1,3)").union(&range("[4,5]")).is_err());
    assert_eq!(range("[1,3)").union(&range("[3,5]")).expect("they touch"), range("[1,5]"));
    assert!(adjacent(&[range("[1,3)")], &[range("[3,4]")]));
    assert!(!overlap(&[range("[1,3)")], &[range("[3,4]")]));
}
