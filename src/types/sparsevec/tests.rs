use proptest::prelude::*;

use super::*;

fn text(value: &SparseVector) -> String {
    let mut out = String::new();
    format(value, &mut out);
    out
}

#[test]
fn text_is_read_and_printed_as_pgvector_does() {
    for (input, output) in [
        ("{1:1.5,3:3.5}/5", "{1:1.5,3:3.5}/5"),
        (" { 3 : 3.5 , 1 : 1e0 } / 5 ", "{1:1,3:3.5}/5"),
        ("{1:0,2:-0}/2", "{}/2"),
        ("{}/1000000000", "{}/1000000000"),
    ] {
        assert_eq!(text(&parse(input, -1).unwrap()), output, "{input}");
    }
}

#[test]
fn bad_text_has_pgvectors_errors() {
    for (input, code, message) in [
        ("{1:1,1:1}/2", "22000", "sparsevec indices must not contain duplicates"),
        ("{0:1}/1", "22000", "sparsevec index out of bounds"),
        ("{2:1}/1", "22000", "sparsevec index out of bounds"),
        ("{-99999999999:1}/1", "22000", "sparsevec index out of bounds"),
        ("{1:nan}/1", "22000", "NaN not allowed in sparsevec"),
        ("{1:-inf}/1", "22000", "infinite value not allowed in sparsevec"),
        ("{1:1e-46}/1", "22003", "\"1e-46\" is out of range for type sparsevec"),
        ("{1:4e38}/1", "22003", "\"4e38\" is out of range for type sparsevec"),
        ("{}/0", "22000", "sparsevec must have at least 1 dimension"),
        ("{}/1000000001", "54000", "sparsevec cannot have more than 1000000000 dimensions"),
        ("{}/", "22P02", "invalid input syntax for type sparsevec: \"{}/\""),
        ("{1}/1", "22P02", "invalid input syntax for type sparsevec: \"{1}/1\""),
        ("{1:}/1", "22P02", "invalid input syntax for type sparsevec: \"{1:}/1\""),
        ("", "22P02", "invalid input syntax for type sparsevec: \"\""),
    ] {
        let error = parse(input, -1).unwrap_err();
        assert_eq!((error.code.0, error.message.as_str()), (code, message), "{input}");
    }
    assert_eq!(parse("{}/3", 2).unwrap_err().message, "expected 2 dimensions, not 3");
    assert_eq!(parse(&",".repeat(16_000), -1).unwrap_err().code.0, "54000");
}

#[test]
fn wire_form_is_checked() {
    let wire = |words: &[i32]| words.iter().flat_map(|word| word.to_be_bytes()).collect::<Vec<_>>();
    let one = 1.0f32.to_bits() as i32;
    assert_eq!(*receive(&wire(&[3, 1, 0, 2, one])).unwrap(), *parse("{3:1}/3", -1).unwrap());
    for (words, code) in [
        (&[3, 1, 0, 3, one][..], "22000"),
        (&[3, 2, 0, 1, 0, one, one], "22000"),
        (&[3, 1, 0, 0, 0], "22000"),
        (&[3, 1, 1, 0, one], "22000"),
        (&[3, 4, 0], "54000"),
        (&[3, -1, 0], "22000"),
        (&[3, 1, 0, 0], "08P01"),
        (&[3, 1, 0, 0, one, 0], "22P03"),
        (&[3], "08P01"),
    ] {
        assert_eq!(receive(&wire(words)).unwrap_err().code.0, code, "{words:?}");
    }
}

fn receive(bytes: &[u8]) -> Result<Arc<SparseVector>> {
    SparseVector::receive(bytes, -1)
}

fn dense() -> impl Strategy<Value = Vec<f32>> {
    let element =
        prop_oneof![3 => Just(0.0f32), 1 => Just(-1.5), 1 => Just(2.0), 1 => -1e3f32..1e3];
    proptest::collection::vec(element, 1..12)
}

fn sparse(dense: &[f32]) -> SparseVector {
    SparseVector::of_dense(dense.iter().copied()).unwrap()
}

proptest! {
    #[test]
    fn forms_round_trip(elements in dense()) {
        let value = sparse(&elements);
        prop_assert_eq!(&*parse(&text(&value), -1).unwrap(), &value);
        let (mut stored, mut wire) = (Vec::new(), Vec::new());
        value.encode(&mut stored);
        prop_assert_eq!(&SparseVector::decode(&stored).unwrap(), &value);
        value.send(&mut wire);
        prop_assert_eq!(&*receive(&wire).unwrap(), &value);
        prop_assert_eq!(value.to_dense(), elements.iter().map(|x| x + 0.0).collect::<Vec<_>>());
    }

    #[test]
    fn order_is_that_of_the_dense_vectors(a in dense(), b in dense(), common in 0usize..12) {
        let mut b = b;
        let common = common.min(a.len()).min(b.len());
        b[..common].copy_from_slice(&a[..common]);
        let key = |v: &[f32]| v.iter().map(|x| ordered_f32(*x)).collect::<Vec<_>>();
        prop_assert_eq!(sparse(&a).compare(&sparse(&b)), key(&a).cmp(&key(&b)));
    }

    #[test]
    fn distances_are_those_of_the_dense_vectors(pairs in proptest::collection::vec((dense(), dense()), 1..3)) {
        for (mut a, mut b) in pairs {
            let length = a.len().max(b.len());
            a.resize(length, 0.0);
            b.resize(length, 0.0);
            let (x, y) = (sparse(&a), sparse(&b));
            let sum = |f: fn(f64, f64) -> f64| a.iter().zip(&b).map(|(x, y)| f(f64::from(*x), f64::from(*y))).sum::<f64>();
            let near = |found: f32, expected: f64| (f64::from(found) - expected).abs() <= expected.abs() * 1e-4 + 0.5;
            prop_assert!(near(distance::l2_squared(&x, &y), sum(|x, y| (x - y) * (x - y))));
            prop_assert!(near(distance::inner_product(&x, &y), sum(|x, y| x * y)));
            prop_assert!(near(distance::l1(&x, &y), sum(|x, y| (x - y).abs())));
        }
    }
}
