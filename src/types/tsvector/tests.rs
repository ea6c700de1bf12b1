use std::cmp::Ordering;

use proptest::prelude::*;

use super::*;

fn text(vector: &TsVector) -> String {
    let mut out = String::new();
    vector.format(&mut out);
    out
}

#[test]
fn text_form_is_postgres() {
    let cases = [
        ("", ""),
        ("  a fat cat a ", "'a' 'cat' 'fat'"),
        ("b:3,1A,2b a:99999 b:1", "'a':16383 'b':1A,2B,3"),
        (r"'it''s' \\x a\ b 'q\'q'", r"'\\x' 'a b' 'it''s' 'q''q'"),
        ("a:1*,2c,3d", "'a':1A,2C,3"),
        (":a 'x y':7", "':a' 'x y':7"),
        ("aab:1 b:2 aa:3 ab:4 ä:1 zz:3 a:1", "'a':1 'aa':3 'aab':1 'ab':4 'b':2 'zz':3 'ä':1"),
    ];
    for (input, output) in cases {
        assert_eq!(text(&TsVector::parse(input).unwrap()), output, "{input}");
    }
}

#[test]
fn errors_are_postgres() {
    let cases = [
        ("'a", "syntax error in tsvector: \"'a\""),
        ("''", "syntax error in tsvector: \"''\""),
        ("a:", "syntax error in tsvector: \"a:\""),
        ("a:b", "syntax error in tsvector: \"a:b\""),
        ("a:1AB", "syntax error in tsvector: \"a:1AB\""),
        ("a:0", "wrong position info in tsvector: \"a:0\""),
        ("a\\", "there is no escaped character: \"a\\\""),
    ];
    for (input, message) in cases {
        let error = TsVector::parse(input).unwrap_err();
        assert_eq!((error.message.as_str(), error.code.0), (message, "42601"), "{input}");
    }
    let error = TsVector::parse(&"x".repeat(2047)).unwrap_err();
    assert_eq!(error.message, "word is too long (2047 bytes, max 2046 bytes)");
    assert_eq!(error.code.0, "54000");
}

#[test]
fn order_is_postgres() {
    // From PostgreSQL 18: shorter first, positions before none, later positions first.
    let sorted = ["", "a", "b", "aa", "bb", "a:1", "a b", "a:3,4", "a:1,2"];
    for (index, a) in sorted.iter().enumerate() {
        for (other, b) in sorted.iter().enumerate() {
            let (a, b) = (TsVector::parse(a).unwrap(), TsVector::parse(b).unwrap());
            let (mut key_a, mut key_b) = (vec![], vec![]);
            a.order_key(&mut key_a);
            b.order_key(&mut key_b);
            assert_eq!(a.compare(&b), key_a.cmp(&key_b));
            if index == other {
                assert_eq!(a.compare(&b), Ordering::Equal);
            }
        }
    }
}

prop_compose! {
    fn vectors()(lexemes in prop::collection::vec(
        ("[a-c' \\\\é:]{1,4}", prop::collection::vec((1u16..20_000, 0usize..4), 0..5)), 0..8,
    )) -> TsVector {
        let lexemes = lexemes.into_iter().map(|(word, positions)| Lexeme {
            word,
            positions: positions.into_iter().map(|(at, weight)| Position {
                weight: Weight::ALL[weight], ..Position::new(usize::from(at))
            }).collect(),
        });
        TsVector::from_lexemes(lexemes.collect()).unwrap()
    }
}

proptest! {
    #[test]
    fn every_form_round_trips(vector in vectors(), other in vectors()) {
        prop_assert_eq!(&TsVector::parse(&text(&vector)).unwrap(), &vector);
        let mut bytes = vec![];
        vector.encode(&mut bytes);
        prop_assert_eq!(&TsVector::decode(&bytes).unwrap(), &vector);
        bytes.clear();
        vector.send(&mut bytes);
        prop_assert_eq!(&TsVector::receive(&bytes).unwrap(), &vector);
        let (mut a, mut b) = (vec![], vec![]);
        vector.order_key(&mut a);
        other.order_key(&mut b);
        prop_assert_eq!(vector.compare(&other), a.cmp(&b));
    }

    #[test]
    fn no_bytes_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
        let _ = TsVector::decode(&bytes);
        let _ = TsVector::receive(&bytes);
    }
}
