use proptest::prelude::*;

use super::*;
use crate::types::{PgType, oid, text_io::Style};

fn echo(text: &str, element: Oid) -> String {
    match ArrayValue::parse(text, PgType::new(element), &Style::default()) {
        Ok(value) => {
            let mut out = String::new();
            value.format(&Style::default(), &mut out);
            out
        }
        Err(error) => error.fields.detail.unwrap_or(error.message),
    }
}

#[test]
fn arrays_read_and_print_as_postgres_does() {
    for (input, output) in [
        ("{a b , c d }", "{\"a b\",\"c d\"}"),
        ("{\"a\" , \"b\"}", "{a,b}"),
        ("{null, NULL, \"null\"}", "{NULL,NULL,\"null\"}"),
        ("{a\\\"b, \\{ }", "{\"a\\\"b\",\"{\"}"),
        ("[1:2][0:1]={{a,b},{c,d}}", "[1:2][0:1]={{a,b},{c,d}}"),
        ("[2:4]={1,2,3}", "[2:4]={1,2,3}"),
        ("[3]={1,2,3}", "{1,2,3}"),
        ("{{},{}}", "{}"),
        (" { {1,2} , {3,4} } ", "{{1,2},{3,4}}"),
        ("{\"\",x\\ }", "{\"\",\"x \"}"),
        ("{\"a\"", "Unexpected end of input."),
        ("{\"a\"b}", "Incorrectly quoted array element."),
        ("{a\"b\"}", "Incorrectly quoted array element."),
        ("{a,,b}", "Unexpected \",\" character."),
        ("{a,}", "Unexpected \"}\" character."),
        ("{,a}", "Unexpected \",\" character."),
        ("{a,b}}", "Junk after closing right brace."),
        ("{a{b}", "Unexpected \"{\" character."),
        ("{{a},b}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("{{a},{b,c}}", "Multidimensional arrays must have sub-arrays with matching dimensions."),
        ("[1:2]={a}", "Specified array dimensions do not match array contents."),
        ("[1:1]={}", "Specified array dimensions do not match array contents."),
        ("[1:2]{a,b}", "Missing \"=\" after array dimensions."),
        ("[2:1]={}", "upper bound cannot be less than lower bound"),
        ("[1", "Missing \"]\" after array dimensions."),
        ("[1:]={a}", "Missing array dimension value."),
        ("[]={a}", "\"[\" must introduce explicitly-specified array dimensions."),
        ("[1:2]=a", "Array contents must start with \"{\"."),
        ("a", "Array value must start with \"{\" or dimension information."),
        ("{a", "Unexpected end of input."),
        ("{a,b\\", "Unexpected end of input."),
        ("{{{{{{{a}}}}}}}", "number of array dimensions exceeds the maximum allowed (6)"),
        ("[99999999999:2]={1}", "array bound is out of integer range"),
        ("[1:2147483647]={1}", "array upper bound is too large: 2147483647"),
    ] {
        assert_eq!(echo(input, oid::TEXT), output, "{input}");
    }
    assert_eq!(echo("{1 2}", oid::INT4), "invalid input syntax for type integer: \"1 2\"");
    let malformed = ArrayValue::parse("{", PgType::TEXT, &Style::default()).unwrap_err();
    assert_eq!(
        (malformed.code.0, &*malformed.message),
        ("22P02", "malformed array literal: \"{\"")
    );
}

proptest! {
    #[test]
    fn text_wire_and_stored_forms_round_trip(
        words in proptest::collection::vec(proptest::option::of("[a-zA-Z{},\"\\\\ \t]{0,5}|null|NULL"), 6..=6),
        columns in 1usize..=3,
        lower in -5i32..5,
    ) {
        let elements = words.into_iter().map(|word| word.map_or(Datum::Null, Datum::from)).collect();
        let value = ArrayValue { element: oid::TEXT, dimensions: vec![(6 / columns, lower), (columns, 1)], elements };
        let style = Style::default();
        let mut text = String::new();
        value.format(&style, &mut text);
        prop_assert_eq!(&ArrayValue::parse(&text, PgType::TEXT, &style).unwrap(), &value);
        let mut wire = Vec::new();
        value.send(&mut wire);
        prop_assert_eq!(&ArrayValue::receive(&wire, PgType::TEXT).unwrap(), &value);
        let mut stored = Vec::new();
        value.encode(&mut stored);
        prop_assert_eq!(&ArrayValue::decode(&stored).unwrap(), &value);
    }
}
