use proptest::prelude::*;

use super::*;

fn text(value: &[u16]) -> String {
    let mut out = String::new();
    format(value, &mut out);
    out
}

#[test]
fn text_is_read_and_printed_as_pgvector_does() {
    for (input, output) in [
        ("[1,2,3]", "[1,2,3]"),
        (" [ 1.,\t+2 , .5 ] ", "[1,2,0.5]"),
        ("[65504,-65519,1e-8,0.1]", "[65504,-65504,0,0.099975586]"),
        ("[6e-8,5.97e-8,1e-7]", "[5.9604645e-08,5.9604645e-08,1.1920929e-07]"),
    ] {
        assert_eq!(text(&parse(input, -1).unwrap()), output, "{input}");
    }
}

#[test]
fn bad_text_has_pgvectors_errors() {
    for (input, code, message) in [
        ("[]", "22000", "halfvec must have at least 1 dimension"),
        ("[nan]", "22000", "NaN not allowed in halfvec"),
        ("[-inf]", "22000", "infinite value not allowed in halfvec"),
        ("[65520]", "22003", "\"65520\" is out of range for type halfvec"),
        ("[4e38]", "22003", "\"4e38\" is out of range for type halfvec"),
        ("[1,]", "22P02", "invalid input syntax for type halfvec: \"[1,]\""),
        ("[1,2]", "22000", "expected 3 dimensions, not 2"),
    ] {
        let mut out = vec![7];
        let error = parse_into(input, 3, &mut out).unwrap_err();
        assert_eq!((error.code.0, error.message.as_str()), (code, message), "{input}");
        assert_eq!(out, [7]);
    }
}

#[test]
fn every_half_survives_widening_and_is_nearest_to_itself() {
    for bits in (0..=u16::MAX).filter(|bits| half::is_finite(*bits)) {
        assert_eq!(half::narrow(half::widen(bits)), bits, "{bits:#x}");
    }
    assert!(half::is_infinite(half::narrow(f32::INFINITY)));
    assert!(half::is_nan(half::narrow(f32::NAN)));
}

proptest! {
    #[test]
    fn narrowing_finds_the_nearest_half_and_even_of_two(value in -65519f32..65519.0) {
        let found = half::narrow(value);
        let distance = |bits: u16| (f64::from(half::widen(bits)) - f64::from(value)).abs();
        for neighbour in [found.wrapping_sub(1), found.wrapping_add(1)] {
            if half::is_finite(neighbour) && neighbour >> 15 == found >> 15 {
                prop_assert!(distance(found) < distance(neighbour)
                    || distance(found) == distance(neighbour) && found & 1 == 0);
            }
        }
    }

    #[test]
    fn forms_round_trip(value in proptest::collection::vec(any::<u16>().prop_filter("finite", |bits| half::is_finite(*bits)), 1..50)) {
        prop_assert_eq!(&*parse(&text(&value), -1).unwrap(), &value[..]);
        let (mut stored, mut wire) = (Vec::new(), Vec::new());
        encode(&value, &mut stored);
        prop_assert_eq!(&*decode(&stored).unwrap(), &value[..]);
        send(&value, &mut wire);
        prop_assert_eq!(&*receive(&wire, value.len() as i32).unwrap(), &value[..]);
        let mut from_stored = String::new();
        format_stored(&stored, &mut from_stored);
        prop_assert_eq!(from_stored, text(&value));
    }
}
