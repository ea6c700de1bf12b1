use proptest::prelude::*;

use super::*;

fn text(query: &TsQuery) -> String {
    let mut out = String::new();
    query.format(&mut out);
    out
}

#[test]
fn text_form_is_postgres() {
    let cases = [
        ("", ""),
        ("fat & (rat|!cat)", "'fat' & ( 'rat' | !'cat' )"),
        ("a&b|c&d<->e", "'a' & 'b' | 'c' & 'd' <-> 'e'"),
        ("a<->(b<2>c)", "'a' <-> ( 'b' <2> 'c' )"),
        ("!!a & !(b|c)", "!!'a' & !( 'b' | 'c' )"),
        ("'a b':*ABx", "syntax error in tsquery: \"'a b':*ABx\""),
        ("a:bA*d|it''s", "'a':*ABD | 'it''''s'"),
        ("(a & b) & (c & d)", "'a' & 'b' & 'c' & 'd'"),
        ("a <0> b <16384> c", "'a' <0> 'b' <16384> 'c'"),
        (r"\!a & '\\'", r"'!a' & '\\'"),
    ];
    for (input, output) in cases {
        let got = TsQuery::parse(input).map_or_else(|error| error.message, |query| text(&query));
        assert_eq!(got, output, "{input}");
    }
}

#[test]
fn errors_are_postgres() {
    let cases = [
        ("a b", "42601", "syntax error in tsquery: \"a b\""),
        ("()", "42601", "syntax error in tsquery: \"()\""),
        ("a)", "42601", "syntax error in tsquery: \"a)\""),
        ("(a", "42601", "syntax error in tsquery: \"(a\""),
        ("a &", "42601", "no operand in tsquery: \"a &\""),
        ("!", "42601", "no operand in tsquery: \"!\""),
        (":a", "42601", "syntax error in tsquery: \":a\""),
        ("a <", "42601", "syntax error in tsquery: \"a <\""),
        ("a <->", "42601", "syntax error in tsquery: \"a <->\""),
        ("a <-> ", "42601", "no operand in tsquery: \"a <-> \""),
        (
            "a <16385> b",
            "22023",
            "distance in phrase operator must be an integer value between zero and 16384 inclusive",
        ),
    ];
    for (input, code, message) in cases {
        let error = TsQuery::parse(input).unwrap_err();
        assert_eq!((error.code.0, error.message.as_str()), (code, message), "{input}");
    }
    assert_eq!(TsQuery::parse(&"!".repeat(100_000)).unwrap_err().code.0, "54001");
    assert_eq!(TsQuery::parse(&"(".repeat(100_000)).unwrap_err().code.0, "54001");
}

fn nodes() -> impl Strategy<Value = QueryNode> {
    let leaf = ("[a-c' \\\\é:]{1,4}", any::<bool>(), 0u8..16)
        .prop_map(|(word, prefix, weights)| QueryNode::Lexeme { word, prefix, weights });
    leaf.prop_recursive(5, 32, 2, |inner| {
        let pair = (inner.clone().prop_map(Box::new), inner.clone().prop_map(Box::new));
        prop_oneof![
            inner.prop_map(|node| QueryNode::Not(Box::new(node))),
            pair.clone().prop_map(|(a, b)| QueryNode::And(a, b)),
            pair.clone().prop_map(|(a, b)| QueryNode::Or(a, b)),
            (pair, 0u16..16_385).prop_map(|((a, b), distance)| QueryNode::Phrase(a, b, distance)),
        ]
    })
}

proptest! {
    #[test]
    fn every_form_round_trips(root in nodes()) {
        let query = TsQuery::new(root).unwrap();
        let printed = text(&query);
        prop_assert_eq!(text(&TsQuery::parse(&printed).unwrap()), printed);
        let mut bytes = vec![];
        query.encode(&mut bytes);
        prop_assert_eq!(&TsQuery::decode(&bytes).unwrap(), &query);
        bytes.clear();
        query.send(&mut bytes);
        prop_assert_eq!(&TsQuery::receive(&bytes).unwrap(), &query);
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = TsQuery::decode(&bytes);
        let _ = TsQuery::receive(&bytes);
    }
}

#[test]
fn long_queries_are_not_deep() {
    let words =
        |operator: &str| (0..5_000).map(|n| format!("w{n}")).collect::<Vec<_>>().join(operator);
    let query = TsQuery::parse(&words(" | ")).unwrap();
    assert_eq!(query.count(), 9_999);
    assert!(query.root.as_ref().unwrap().depth() < 20);
    assert_eq!(TsQuery::parse(&text(&query)).unwrap(), query);
    // A phrase has no other shape.
    assert_eq!(TsQuery::parse(&words(" <-> ")).unwrap_err().code.0, "54001");
    assert!(TsQuery::parse(&format!("{}a", "!".repeat(DEPTH_MAX - 1))).is_ok());
}
