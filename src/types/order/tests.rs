use std::sync::Arc;

use proptest::prelude::*;

use super::*;
use crate::types::datum::PgType;

fn bytes(value: &Datum, type_oid: Oid) -> Vec<u8> {
    let mut out = Vec::new();
    key(value, type_oid, &mut out);
    out
}

/// The values are in ascending order, each strictly below the next.
fn ascending(type_oid: Oid, values: &[Datum]) {
    for (i, a) in values.iter().enumerate() {
        for (j, b) in values.iter().enumerate() {
            assert_eq!(compare(a, b, type_oid), i.cmp(&j), "{a:?} {b:?}");
            let (a_key, b_key) = (bytes(a, type_oid), bytes(b, type_oid));
            assert_eq!(a_key.cmp(&b_key), i.cmp(&j), "keys of {a:?} {b:?}");
            assert!(i == j || !b_key.starts_with(&a_key), "{a:?} is a prefix of {b:?}");
        }
    }
}

#[test]
fn floats_have_one_zero_and_nan_is_greatest() {
    ascending(
        oid::FLOAT8,
        &[f64::NEG_INFINITY, -1.5, 0.0, 1e-300, 2.0, f64::INFINITY, f64::NAN].map(Datum::Float8),
    );
    assert_eq!(bytes(&Datum::Float8(-0.0), oid::FLOAT8), bytes(&Datum::Float8(0.0), oid::FLOAT8));
    assert!(compare(&Datum::Float4(-f32::NAN), &Datum::Float4(f32::NAN), oid::FLOAT4).is_eq());
}

#[test]
fn numerics_compare_by_value() {
    let texts = [
        "-inf", "-100", "-99.5", "-9.95", "-0.001", "0", "0.0009", "0.001", "1", "1.01", "9", "10",
        "1e30", "inf", "nan",
    ];
    ascending(oid::NUMERIC, &texts.map(|text| Datum::Numeric(Numeric::parse(text).unwrap())));
    let value = |text| Datum::Numeric(Numeric::parse(text).unwrap());
    assert_eq!(bytes(&value("1.500"), oid::NUMERIC), bytes(&value("1.5"), oid::NUMERIC));
    assert_eq!(hash(&value("-100.0"), oid::NUMERIC), hash(&value("-1e2"), oid::NUMERIC));
}

#[test]
fn trailing_blanks_of_char_do_not_count() {
    let (a, b) = (Datum::text("ab  "), Datum::text("ab"));
    assert!(compare(&a, &b, oid::BPCHAR).is_eq() && compare(&a, &b, oid::TEXT).is_gt());
    assert_eq!(bytes(&a, oid::BPCHAR), bytes(&b, oid::BPCHAR));
}

#[test]
fn a_month_is_thirty_days() {
    let interval = |months, days, micros| Datum::Interval(Interval { months, days, micros });
    ascending(
        oid::INTERVAL,
        &[interval(-1, 0, 0), interval(0, 29, 0), interval(1, 0, 0), interval(1, 0, 1)],
    );
    let (a, b) = (interval(1, 0, 0), interval(0, 29, 86_400_000_000));
    assert_eq!(bytes(&a, oid::INTERVAL), bytes(&b, oid::INTERVAL));
}

#[test]
fn jsonb_has_the_order_of_its_btree() {
    let texts = [
        "[]",
        "null",
        "\"\"",
        "\"a\"",
        "\"a\\\"\"",
        "\"b\"",
        "-1",
        "0",
        "2",
        "10.5",
        "false",
        "true",
        "[null]",
        "[1]",
        "[\"a\", []]",
        "[1, 2]",
        "[1, []]",
        "[1, [2]]",
        "{}",
        "{\"b\": 1}",
        "{\"b\": 2}",
        "{\"c\": 0}",
        "{\"a\": 1, \"b\": 2}",
    ];
    ascending(oid::JSONB, &texts.map(|text| Datum::Jsonb(text.into())));
    let value = |text: &str| Datum::Jsonb(text.into());
    assert_eq!(bytes(&value("[1.0]"), oid::JSONB), bytes(&value("[1]"), oid::JSONB));
    assert_eq!(bytes(&value("\"\\u0001\""), oid::JSONB), [2, 1, 0]);
}

#[test]
fn arrays_compare_elements_then_shape_and_null_is_greatest() {
    let array = |elements: &[Option<i32>]| {
        let elements = elements.iter().map(|e| e.map_or(Datum::Null, Datum::Int4)).collect();
        Datum::Array(Arc::new(ArrayValue::of(oid::INT4, elements)))
    };
    let shifted = Datum::Array(Arc::new(ArrayValue {
        element: oid::INT4,
        dimensions: vec![(1, 2)],
        elements: vec![Datum::Int4(1)],
    }));
    let int_array = Oid(1007);
    ascending(
        int_array,
        &[
            array(&[]),
            array(&[Some(1)]),
            shifted,
            array(&[Some(1), Some(-1)]),
            array(&[Some(1), None]),
            array(&[Some(2)]),
            array(&[None]),
        ],
    );
}

#[test]
fn vectors_compare_elements_then_length() {
    let vector = |elements: &[f32]| Datum::Vector(elements.into());
    ascending(
        oid::VECTOR,
        &[
            vector(&[-1.0, 5.0]),
            vector(&[0.0]),
            vector(&[0.0, -9.0]),
            vector(&[0.0, 1.0]),
            vector(&[1.0]),
        ],
    );
}

#[test]
fn records_addresses_and_bytes_compare_part_by_part() {
    let record = |a: i32, b: Datum| {
        Datum::Record([(PgType::INT4, Datum::Int4(a)), (PgType::TEXT, b)].into())
    };
    ascending(oid::RECORD, &[record(1, "a".into()), record(1, Datum::Null), record(2, "a".into())]);
    ascending(oid::PG_LSN, &["0/F", "0/10", "1/0", "A/1"].map(Datum::from));
    ascending(oid::TID, &["(0,9)", "(0,10)", "(2,1)", "(10,1)"].map(Datum::from));
    let blob = |bytes: &[u8]| Datum::Bytea(bytes.into());
    ascending(oid::BYTEA, &[blob(b""), blob(b"\0"), blob(b"\0\0"), blob(b"\0\x01"), blob(b"\x01")]);
    ascending(
        oid::TIMETZ,
        &[Datum::TimeTz(0, -3600), Datum::TimeTz(0, 0), Datum::TimeTz(3_600_000_000, 0)],
    );
}

fn any_number() -> impl Strategy<Value = Datum> {
    ("-?[0-9]{1,12}", 0i64..12).prop_map(|(digits, scale)| {
        Datum::Numeric(Numeric::new(digits.parse().unwrap(), scale).unwrap())
    })
}

proptest! {
    #[test]
    fn keys_order_as_values_do(
        (a, b) in (any_number(), any_number()),
        (x, y) in (any::<f64>(), any::<f64>()),
        (s, t) in ("[a-c ]{0,4}", "[a-c ]{0,4}"),
        (i, j) in (any::<[i32; 3]>(), any::<[i32; 3]>()),
    ) {
        let interval = |[months, days, micros]: [i32; 3]| Datum::Interval(Interval { months: months % 50, days: days % 1000, micros: i64::from(micros) });
        for (a, b, type_oid) in [
            (a, b, oid::NUMERIC),
            (Datum::Float8(x), Datum::Float8(y), oid::FLOAT8),
            (Datum::Float4(x as f32), Datum::Float4(y as f32), oid::FLOAT4),
            (Datum::text(&s), Datum::text(&t), oid::TEXT),
            (Datum::text(&s), Datum::text(&t), oid::BPCHAR),
            (Datum::Bytea(s.as_bytes().into()), Datum::Bytea(t.as_bytes().into()), oid::BYTEA),
            (Datum::Int4(i[0]), Datum::Int4(j[0]), oid::INT4),
            (interval(i), interval(j), oid::INTERVAL),
        ] {
            prop_assert_eq!(bytes(&a, type_oid).cmp(&bytes(&b, type_oid)), compare(&a, &b, type_oid));
        }
    }
}
