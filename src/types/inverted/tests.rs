use std::sync::Arc;

use super::*;
use crate::types::{array::ArrayValue, json};

fn document(text: &str) -> Datum {
    Datum::Jsonb(json::canonical(text).unwrap().into())
}

fn array(elements: &[Option<i32>]) -> Datum {
    let elements = elements.iter().map(|element| element.map_or(Datum::Null, Datum::Int4));
    Datum::Array(Arc::new(ArrayValue::of(oid::INT4, elements.collect())))
}

fn names(names: &[&str]) -> Datum {
    let names = names.iter().map(|name| Datum::text(*name)).collect();
    Datum::Array(Arc::new(ArrayValue::of(oid::TEXT, names)))
}

fn keys(class: Class, value: &Datum) -> Vec<u8> {
    let mut keys = Vec::new();
    class.keys(0, value, &mut keys);
    settle(&mut keys);
    keys
}

/// Whether a row with that value is among those that the index gives.
fn found(class: Class, value: &Datum, strategy: Strategy, query: &Datum, type_oid: Oid) -> bool {
    assert!(class.serves(strategy));
    let keys = keys(class, value);
    fn has(keys: &[Key], wanted: &Wanted) -> bool {
        match wanted {
            Wanted::Key(key) => keys.contains(key),
            Wanted::All(parts) => parts.iter().all(|part| has(keys, part)),
            Wanted::Any(parts) => parts.iter().any(|part| has(keys, part)),
        }
    }
    let wanted = class.wanted(0, strategy, query, type_oid);
    wanted.is_none_or(|wanted| has(keys.as_chunks().0, &wanted))
}

#[test]
fn names_are_keys_of_objects_and_strings_in_arrays() {
    let value = document(r#"{"a": "b", "tags": ["x", {"deep": [1.50, null]}]}"#);
    let holds =
        |name: &str| found(Class::Jsonb, &value, Strategy::Exists, &Datum::text(name), oid::TEXT);
    assert!(["a", "tags", "x", "deep"].into_iter().all(holds));
    assert!(!["b", "y", "1.50", "null"].into_iter().any(holds));
    // a, "b", tags, x, deep, 1.5, null
    assert_eq!(keys(Class::Jsonb, &value).len(), 7 * KEY_BYTES);
    let all = |names: Datum, strategy| found(Class::Jsonb, &value, strategy, &names, oid::TEXT);
    assert!(all(names(&["a", "x"]), Strategy::ExistsAll));
    assert!(!all(names(&["a", "y"]), Strategy::ExistsAll));
    assert!(all(names(&["a", "y"]), Strategy::ExistsAny));
    assert!(!all(names(&[]), Strategy::ExistsAny));
    assert!(all(names(&[]), Strategy::ExistsAll));
}

#[test]
fn a_document_is_found_by_what_it_contains() {
    let value =
        document(r#"{"a": "b", "n": 1.50, "tags": ["x", {"deep": [null, true]}], "e": {}}"#);
    let parts = [
        r#"{"a": "b"}"#,
        r#"{"n": 1.5}"#,
        r#"{"n": 15e-1}"#,
        r#"{"tags": ["x"]}"#,
        r#"{"tags": [{"deep": [true]}]}"#,
        r#"{"e": {}}"#,
        "{}",
    ];
    let others = [r#"{"a": "c"}"#, r#"{"n": "1.5"}"#, r#"{"tags": ["y"]}"#, r#"{"a": ["z"]}"#];
    for class in [Class::Jsonb, Class::JsonbPath] {
        let holds =
            |query: &str| found(class, &value, Strategy::Contains, &document(query), oid::JSONB);
        for part in parts {
            assert!(holds(part), "{class:?} {part}");
        }
        for other in others {
            assert!(!holds(other), "{class:?} {other}");
        }
    }
    // Only the path tells where a value stands.
    let moved = document(r#"{"n": "b"}"#);
    let by = |class| found(class, &value, Strategy::Contains, &moved, oid::JSONB);
    assert!(by(Class::Jsonb) && !by(Class::JsonbPath));
    let scalars = document(r#"[1, "x"]"#);
    for class in [Class::Jsonb, Class::JsonbPath] {
        for query in ["1", r#""x""#, "[1.0]", "[]"] {
            let query = document(query);
            assert!(found(class, &scalars, Strategy::Contains, &query, oid::JSONB));
        }
    }
}

#[test]
fn paths_ask_for_their_names_and_values() {
    let value = document(r#"{"a": {"b": [1, 2, "x"]}, "flag": true, "s": "t"}"#);
    let cases = [
        (Strategy::PathExists, "$.a.b", true, true),
        (Strategy::PathExists, "$.a.c", false, true),
        (Strategy::PathExists, "$.a ? (@.b == 2)", true, true),
        (Strategy::PathExists, "$.a ? (@.b == 3)", false, false),
        (Strategy::PathExists, r#"$.a.b[*] ? (@ == "x" || @ == "y")"#, true, true),
        (Strategy::PathExists, r#"$.a.b[*] ? (@ == "z" || @ == "y")"#, false, false),
        (Strategy::PathExists, "$.** ? (@ == 3)", false, true),
        (Strategy::PathMatches, "$.a.b == 1 && $.s == \"t\"", true, true),
        (Strategy::PathMatches, "$.a.b == 1 && $.s == \"u\"", false, false),
        (Strategy::PathMatches, "$.s == \"x\"", true, false),
        (Strategy::PathMatches, "!($.s == \"x\")", true, true),
        (Strategy::PathMatches, "$.a.b.size() == 3", true, true),
        (Strategy::PathMatches, "$.a.c > 3", false, true),
        (Strategy::PathMatches, "$.flag", true, true),
        (Strategy::PathMatches, "exists($.nowhere)", false, true),
        (Strategy::PathMatches, "$.a.b == -1", false, false),
    ];
    for (strategy, path, by_names, by_paths) in cases {
        let query = Datum::text(json::path::canonical(path).unwrap());
        let by = |class| found(class, &value, strategy, &query, oid::JSONPATH);
        assert_eq!((by(Class::Jsonb), by(Class::JsonbPath)), (by_names, by_paths), "{path}");
    }
}

#[test]
fn arrays_are_found_by_their_elements() {
    let values = [
        array(&[]),
        array(&[Some(1), Some(2), Some(2)]),
        array(&[Some(1), None]),
        array(&[None]),
        array(&[Some(7)]),
    ];
    let which = |strategy, query: &Datum, type_oid| -> Vec<usize> {
        let finds = |at: &usize| found(Class::Array, &values[*at], strategy, query, type_oid);
        (0..values.len()).filter(finds).collect()
    };
    let by = |strategy, query: &[Option<i32>]| which(strategy, &array(query), oid::INT4);
    assert_eq!(by(Strategy::Contains, &[Some(1)]), [1, 2]);
    assert_eq!(by(Strategy::Contains, &[Some(2), Some(1)]), [1]);
    assert_eq!(by(Strategy::Contains, &[Some(1), None]), [0; 0]);
    assert_eq!(by(Strategy::Contains, &[]), [0, 1, 2, 3, 4]);
    assert_eq!(by(Strategy::Overlaps, &[Some(2), Some(7), None]), [1, 4]);
    assert_eq!(by(Strategy::Overlaps, &[]), [0; 0]);
    assert_eq!(by(Strategy::ContainedBy, &[Some(7)]), [0, 4]);
    assert_eq!(by(Strategy::Equals, &[]), [0]);
    assert_eq!(by(Strategy::Equals, &[None]), [2, 3]);
    assert_eq!(which(Strategy::Holds, &Datum::Int4(7), oid::INT4), [4]);
    assert_eq!(which(Strategy::Holds, &Datum::Null, oid::INT4), [0; 0]);
}

#[test]
fn columns_have_keys_of_their_own() {
    let (mut first, mut second) = (Vec::new(), Vec::new());
    Class::Array.keys(0, &array(&[Some(1)]), &mut first);
    Class::Array.keys(1, &array(&[Some(1)]), &mut second);
    assert_ne!(first, second);
}

#[test]
fn what_two_rows_share_is_no_difference() {
    let packed = |numbers: &[u64]| -> Vec<u8> {
        numbers.iter().flat_map(|number| number.to_be_bytes()).collect()
    };
    let mut unordered = packed(&[5, 1, 5, 3]);
    settle(&mut unordered);
    assert_eq!(unordered, packed(&[1, 3, 5]));
    assert_eq!(differences(&unordered, &packed(&[2, 3, 6])), (packed(&[1, 5]), packed(&[2, 6])));
    assert_eq!(differences(&[], &packed(&[2])), (vec![], packed(&[2])));
}

/// They are on disks.
#[test]
fn keys_stay_what_they_are() {
    let is = |class, value: &Datum, expected: &[u64]| {
        let keys = keys(class, value);
        let (keys, _) = keys.as_chunks();
        let keys: Vec<u64> = keys.iter().map(|key| u64::from_be_bytes(*key)).collect();
        assert_eq!(keys, expected);
    };
    is(Class::Jsonb, &document("1"), &[0xe77e_87f7_5f7c_7f25]);
    is(Class::Jsonb, &document(r#"{"a": "b"}"#), &[0x1dd5_d1d0_27cc_9e4b, 0xa82f_b3c9_0b8d_e2ff]);
    is(Class::JsonbPath, &document(r#"{"a": [1.0]}"#), &[0x04e2_1617_4cff_28be]);
    is(Class::Array, &array(&[Some(1)]), &[0x7c72_cbfb_d74f_d2bb]);
    is(Class::Array, &array(&[]), &[0x0832_8007_b4eb_6255]);
}
