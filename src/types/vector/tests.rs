use proptest::prelude::*;

use super::{distance::*, *};

fn text(value: &[f32]) -> String {
    let mut out = String::new();
    format(value, &mut out);
    out
}

#[test]
fn text_is_read_and_printed_as_pgvector_does() {
    for (input, output) in [
        ("[1,2,3]", "[1,2,3]"),
        (" [ 1.,\t+2 , .5 ] ", "[1,2,0.5]"),
        ("[0x1p3,-0,1e-46,1.5e38]", "[8,-0,0,1.5e+38]"),
        ("[123456,1234567,0.0001,0.00001]", "[123456,1.234567e+06,0.0001,1e-05]"),
        ("[0.000000000000000000001,123456789012345678]", "[1e-21,1.2345679e+17]"),
    ] {
        assert_eq!(text(&parse(input, -1).unwrap()), output, "{input}");
    }
}

#[test]
fn bad_text_has_pgvectors_errors() {
    let syntax = |input: &str| format!("invalid input syntax for type vector: \"{input}\"");
    for input in
        ["[1,2", "[1,]", "[,1]", "[1 2]", "[a]", "[1", "[1e]", "[1,,2]", "[", "[-]", "[1.2.3]"]
    {
        let error = parse(input, -1).unwrap_err();
        assert_eq!((error.message, error.code.0), (syntax(input), "22P02"), "{input}");
    }
    for (input, code, message) in [
        ("[]", "22000", "vector must have at least 1 dimension"),
        ("[nan]", "22000", "NaN not allowed in vector"),
        ("[nan(1)]", "22000", "NaN not allowed in vector"),
        ("[-inf]", "22000", "infinite value not allowed in vector"),
        ("[4e38]", "22003", "\"4e38\" is out of range for type vector"),
        ("[1,2]", "22000", "expected 3 dimensions, not 2"),
    ] {
        let mut out = vec![7];
        let error = parse_into(input, 3, &mut out).unwrap_err();
        assert_eq!((error.code.0, error.message.as_str()), (code, message), "{input}");
        assert_eq!(out, [7]);
    }
    let detail = |input| parse(input, -1).unwrap_err().fields.detail.unwrap();
    assert_eq!(detail("1"), "Vector contents must start with \"[\".");
    assert_eq!(detail("[1]x"), "Junk after closing right brace.");
    assert_eq!(parse(&format!("[{}1]", "1,".repeat(16_000)), -1).unwrap_err().code.0, "54000");
}

#[test]
fn wire_form_is_checked() {
    let mut wire = Vec::new();
    send(&[1.0, -2.5], &mut wire);
    assert_eq!(wire, [0, 2, 0, 0, 0x3f, 0x80, 0, 0, 0xc0, 0x20, 0, 0]);
    assert_eq!(&*receive(&wire, 2).unwrap(), [1.0, -2.5]);
    let mut again = Vec::new();
    let mut stored = Vec::new();
    encode(&[1.0, -2.5], &mut stored);
    send_stored(&stored, &mut again);
    assert_eq!(wire, again);
    assert_eq!(receive(&wire, 3).unwrap_err().message, "expected 3 dimensions, not 2");
    assert_eq!(receive(&wire[..9], -1).unwrap_err().code.0, "08P01");
    assert_eq!(receive(&[0, 1, 0, 0, 0x7f, 0xc0, 0, 0], -1).unwrap_err().code.0, "22000");
}

#[test]
fn a_zero_vector_has_no_cosine() {
    let (zero, one) = ([0.0f32; 3], [1.0f32; 3]);
    assert!(cosine(&zero[..], &one[..]).is_nan());
    assert_eq!(cosine(&one[..], &one[..]), 0.0);
}

proptest! {
    #[test]
    fn text_and_stored_forms_round_trip(value in proptest::collection::vec(proptest::num::f32::NORMAL | proptest::num::f32::SUBNORMAL | proptest::num::f32::ZERO, 1..50)) {
        let read = parse(&text(&value), -1).unwrap();
        let bits = |value: &[f32]| value.iter().map(|x| x.to_bits()).collect::<Vec<_>>();
        prop_assert_eq!(bits(&read), bits(&value));
        let mut stored = Vec::new();
        encode(&value, &mut stored);
        prop_assert_eq!(bits(&decode(&stored).unwrap()), bits(&value));
        let mut from_stored = String::new();
        format_stored(&stored, &mut from_stored);
        prop_assert_eq!(from_stored, text(&value));
    }

    #[test]
    fn short_decimals_are_read_as_exactly_as_long_ones(digits in "-?[0-9]{1,9}\\.[0-9]{0,12}(e-?[0-9]{1,2})?") {
        let expected: f32 = digits.parse().unwrap();
        prop_assume!(expected.is_finite());
        prop_assert_eq!(parse(&format!("[{digits}]"), -1).unwrap()[0].to_bits(), expected.to_bits());
    }

    #[test]
    fn kernels_agree_with_sums_in_f64(pairs in proptest::collection::vec((-1.0f32..1.0, -1.0f32..1.0), 1..200), shift in 0usize..4) {
        let (a, b): (Vec<f32>, Vec<f32>) = pairs.into_iter().unzip();
        let mut bytes = vec![0; shift];
        encode(&b, &mut bytes);
        let stored = Stored(&bytes[shift..]);
        let sum = |f: fn(f64, f64) -> f64| a.iter().zip(&b).map(|(x, y)| f(f64::from(*x), f64::from(*y))).sum::<f64>();
        let near = |found: f64, expected: f64| (found - expected).abs() < 1e-4;
        prop_assert!(near(f64::from(l2_squared(&a[..], stored)), sum(|x, y| (x - y) * (x - y))));
        prop_assert!(near(f64::from(inner_product(&a[..], stored)), sum(|x, y| x * y)));
        prop_assert!(near(f64::from(l1(stored, &a[..])), sum(|x, y| (x - y).abs())));
        prop_assert_eq!(inner_product(&a[..], stored), inner_product(&a[..], &b[..]));
    }
}
