use proptest::prelude::*;

use super::*;

fn bits(text: &str) -> BitString {
    (*parse(text).unwrap()).clone()
}

fn text(value: &BitString) -> String {
    let mut out = String::new();
    format(value, &mut out);
    out
}

#[test]
fn digits_are_read_in_both_bases() {
    assert_eq!(text(&bits("b101")), "101");
    assert_eq!(text(&bits("X1fA")), "000111111010");
    assert_eq!(text(&bits("")), "");
    let message = |text: &str| parse(text).unwrap_err().message;
    assert_eq!(message("102"), "\"2\" is not a valid binary digit");
    assert_eq!(message("xg"), "\"g\" is not a valid hexadecimal digit");
}

#[test]
fn operations_answer_as_postgres_does() {
    let value = bits("1100101");
    assert_eq!(text(&value.complement()), "0011010");
    assert_eq!(text(&value.shifted(3)), "0101000");
    assert_eq!(text(&value.shifted(-3)), "0001100");
    assert_eq!(text(&value.concat(&bits("011"))), "1100101011");
    assert_eq!(text(&value.substring(3, Some(4)).unwrap()), "0010");
    assert_eq!(text(&value.substring(-1, Some(3)).unwrap()), "1");
    assert_eq!(text(&value.overlay(&bits("111"), 3, 2).unwrap()), "11111101");
    assert_eq!(value.position(&bits("101")), 5);
    assert_eq!(value.position(&bits("111")), 0);
    assert_eq!(text(&value.set(2, 1).unwrap()), "1110101");
    assert_eq!(value.get(7).unwrap_err().message, "bit index 7 out of valid range (0..6)");
    assert_eq!(value.combine(&bits("1"), "AND", |a, b| a & b).unwrap_err().code.0, "22026");
    assert_eq!(text(&BitString::of_integer(-4, 70)), format!("{}00", "1".repeat(68)));
    assert_eq!(BitString::of_integer(-4, 32).to_integer(32, "integer").unwrap() as i32, -4);
}

#[test]
fn shorter_strings_come_first_among_equal_beginnings() {
    let mut values = ["1", "10", "01", "0", "", "011111111", "01111111"].map(bits);
    values.sort_by(BitString::compare);
    assert_eq!(
        values.map(|value| text(&value)),
        ["", "0", "01", "01111111", "011111111", "1", "10"]
    );
}

#[test]
fn jaccard_is_one_where_nothing_is_shared() {
    assert_eq!(bits("1111").jaccard(&bits("1110")), 0.25);
    assert_eq!(bits("1111").jaccard(&bits("0000")), 1.0);
    assert_eq!(bits("").jaccard(&bits("")), 1.0);
}

proptest! {
    #[test]
    fn forms_round_trip(digits in "[01]{0,70}") {
        let value = bits(&digits);
        prop_assert_eq!(text(&value), digits);
        let (mut stored, mut wire) = (Vec::new(), Vec::new());
        value.encode(&mut stored);
        prop_assert_eq!(&BitString::decode(&stored).unwrap(), &value);
        value.send(&mut wire);
        prop_assert_eq!(&*BitString::receive(&wire).unwrap(), &value);
    }

    #[test]
    fn differing_bits_are_counted(digits in "[01]{0,70}", other in "[01]{70}") {
        let other = &other[..digits.len()];
        let expected = digits.bytes().zip(other.bytes()).filter(|(a, b)| a != b).count();
        prop_assert_eq!(bits(&digits).hamming(&bits(other)), expected as u64);
    }
}
