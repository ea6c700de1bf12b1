//! Canonical text, errors, order and scanning.

use std::cmp::Ordering;

use super::*;

#[test]
fn canonical_text_is_postgresql_s() {
    for (input, expected) in [
        (
            r#"{"bb":1,"a":2,"c":{"zz":[1,2],"y":true}}"#,
            r#"{"a": 2, "c": {"y": true, "zz": [1, 2]}, "bb": 1}"#,
        ),
        (r#"{"a":1,"a":2,"b":3,"a":4}"#, r#"{"a": 4, "b": 3}"#),
        ("[1e5, 1.50e1, -0, -0.0, 1.10, 1E-3]", "[100000, 15.0, 0, 0.0, 1.10, 0.001]"),
        (r#""\u00e9\u0041\b\/\\\"\u0001""#, r#""éA\b/\\\"\u0001""#),
        (r#""\ud83d\ude04""#, "\"😄\""),
        ("  {  }", "{}"),
    ] {
        assert_eq!(canonical(input).unwrap(), expected, "{input}");
    }
}

#[test]
fn errors_name_the_token_and_the_line() {
    for (input, detail, context) in [
        ("{\"a\":1,}", "Expected string, but found \"}\".", "JSON data, line 1: {\"a\":1,}"),
        ("[1 2]", "Expected \",\" or \"]\", but found \"2\".", "JSON data, line 1: [1 2..."),
        ("", "The input string ended unexpectedly.", "JSON data, line 1: "),
        ("[1,\n  tru]", "Token \"tru\" is invalid.", "JSON data, line 2:   tru..."),
        ("\"\\x\"", "Escape sequence \"\\x\" is invalid.", "JSON data, line 1: \"\\x..."),
    ] {
        let error = validate(input).unwrap_err();
        assert_eq!(error.message, "invalid input syntax for type json");
        assert_eq!(error.fields.detail.as_deref(), Some(detail));
        assert_eq!(error.fields.context.as_deref(), Some(context));
    }
    let zero = canonical("\"\\u0000\"").unwrap_err();
    assert_eq!(zero.code.0, "22P05");
    assert!(canonical(&"[".repeat(10_000)).unwrap_err().code.0 == "54001");
}

#[test]
fn keys_order_as_values_do() {
    let ascending = [
        "[]",
        "null",
        r#""""#,
        r#""a""#,
        r#""ab""#,
        r#""b""#,
        "-10",
        "-1.5",
        "-0.001",
        "0",
        "0.0001",
        "0.01",
        "1",
        "1.5",
        "2",
        "10",
        "100",
        "false",
        "true",
        "[null]",
        "[1]",
        "[1, 1]",
        "[2, 1]",
        "{}",
        r#"{"a": 1}"#,
        r#"{"a": 2}"#,
        r#"{"b": 1}"#,
        r#"{"a": 1, "b": 2}"#,
    ];
    for (i, a) in ascending.iter().enumerate() {
        for (j, b) in ascending.iter().enumerate() {
            let (mut a_key, mut b_key) = (Vec::new(), Vec::new());
            key(a, &mut a_key);
            key(b, &mut b_key);
            assert_eq!(compare(a, b), i.cmp(&j), "{a} {b}");
            assert_eq!(a_key.cmp(&b_key), i.cmp(&j), "{a} {b} by key");
        }
    }
    assert_eq!(compare("1.0", "1.00"), Ordering::Equal);
}

#[test]
fn scanning_finds_what_a_tree_would() {
    let text = r#"{"a": {"b": [1, "x]", {"c": null}]}, "k\"q": "v\n", "num": -1.5}"#;
    assert_eq!(scan::get_field(text, "num"), Some("-1.5"));
    assert_eq!(scan::get_field(text, "k\"q"), Some(r#""v\n""#));
    assert_eq!(scan::as_text(scan::get_field(text, "k\"q").unwrap()).unwrap(), "v\n");
    let array = scan::get_field(scan::get_field(text, "a").unwrap(), "b").unwrap();
    assert_eq!(scan::get_index(array, -1), Some(r#"{"c": null}"#));
    assert_eq!(scan::get_index(array, 1), Some(r#""x]""#));
    assert_eq!(scan::get_index(array, 3), None);
    let written = "{ \"a\" :1 ,\n\"a\": [ 2 ] }";
    assert_eq!(scan::Key::new("a").find_in_json(written), Some("[ 2 ]"));
}
