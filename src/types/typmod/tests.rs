use super::*;
use crate::types::{Datum, numeric::Numeric, text_io, text_io::Style};

fn name(type_oid: Oid, arguments: &[i32]) -> String {
    format_type(PgType::with_typmod(type_oid, encode(type_oid, arguments).unwrap()))
}

#[test]
fn types_are_named_as_format_type_names_them() {
    for (type_oid, arguments, expected) in [
        (oid::VARCHAR, &[10][..], "character varying(10)"),
        (oid::BPCHAR, &[5], "character(5)"),
        (oid::BPCHAR, &[], "character"),
        (oid::NUMERIC, &[8, 2], "numeric(8,2)"),
        (oid::NUMERIC, &[8, -2], "numeric(8,-2)"),
        (oid::NUMERIC, &[8], "numeric(8,0)"),
        (oid::TIMESTAMP, &[3], "timestamp(3) without time zone"),
        (oid::TIMESTAMPTZ, &[9], "timestamp(6) with time zone"),
        (oid::TIME, &[2], "time(2) without time zone"),
        (oid::INTERVAL, &[INTERVAL_FIELDS_ALL, 3], "interval(3)"),
        (oid::INTERVAL, &[1 << 2 | 1 << 1], "interval year to month"),
        (oid::INTERVAL, &[1 << 2], "interval year"),
        (oid::INTERVAL, &[1 << 12, 2], "interval second(2)"),
        (oid::INTERVAL, &[1 << 3 | 1 << 10 | 1 << 11 | 1 << 12], "interval day to second"),
        (oid::VECTOR, &[384], "vector(384)"),
        (Oid(1015), &[10], "character varying(10)[]"),
        (Oid(1007), &[], "integer[]"),
        (oid::INT2VECTOR, &[], "int2vector"),
        (oid::CHAR, &[], "\"char\""),
        (Oid(99999), &[], "???"),
    ] {
        assert_eq!(name(type_oid, arguments), expected);
    }
    assert_eq!(format_type_given(PgType::new(oid::BPCHAR)), "bpchar");
}

#[test]
fn bad_modifiers_have_the_errors_of_postgres() {
    for (type_oid, arguments, message) in [
        (oid::VARCHAR, &[0][..], "length for type varchar must be at least 1"),
        (oid::BPCHAR, &[0], "length for type char must be at least 1"),
        (oid::VARCHAR, &[99_999_999], "length for type varchar cannot exceed 10485760"),
        (oid::NUMERIC, &[0], "NUMERIC precision 0 must be between 1 and 1000"),
        (oid::NUMERIC, &[1, 2000], "NUMERIC scale 2000 must be between -1000 and 1000"),
        (oid::NUMERIC, &[1, 2, 3], "invalid NUMERIC type modifier"),
        (oid::TIMETZ, &[1, 2], "invalid type modifier"),
        (oid::VECTOR, &[0], "dimensions for type vector must be at least 1"),
        (oid::VECTOR, &[20_000], "dimensions for type vector cannot exceed 16000"),
        (oid::TEXT, &[3], "type modifier is not allowed for type \"text\""),
    ] {
        assert_eq!(encode(type_oid, arguments).unwrap_err().message, message);
    }
}

fn fitted(text: &str, type_oid: Oid, arguments: &[i32], explicit: bool) -> String {
    let target = PgType::with_typmod(type_oid, encode(type_oid, arguments).unwrap());
    let style = Style::default();
    let value = text_io::parse(text, PgType::new(type_oid), &style).unwrap();
    match coerce(value, target, explicit) {
        Ok(value) => {
            let mut out = String::new();
            text_io::format(&value, type_oid, &style, &mut out);
            out
        }
        Err(error) => format!("{}: {}", error.code, error.message),
    }
}

#[test]
fn lengths_are_kept_cut_padded_and_rounded() {
    for (text, type_oid, arguments, assigned, cast) in [
        (
            "abcd",
            oid::VARCHAR,
            &[3][..],
            "22001: value too long for type character varying(3)",
            "abc",
        ),
        ("abc   ", oid::VARCHAR, &[3], "abc", "abc"),
        ("ééé", oid::VARCHAR, &[3], "ééé", "ééé"),
        ("abcd", oid::BPCHAR, &[3], "22001: value too long for type character(3)", "abc"),
        ("é", oid::BPCHAR, &[3], "é  ", "é  "),
        (
            "{abcd,ef}",
            Oid(1015),
            &[3],
            "22001: value too long for type character varying(3)",
            "{abc,ef}",
        ),
        ("1.25", oid::NUMERIC, &[3, 1], "1.3", "1.3"),
        (
            "123.45",
            oid::NUMERIC,
            &[3, 1],
            "22003: numeric field overflow",
            "22003: numeric field overflow",
        ),
        (
            "2024-01-01 00:00:00.555",
            oid::TIMESTAMP,
            &[1],
            "2024-01-01 00:00:00.6",
            "2024-01-01 00:00:00.6",
        ),
        (
            "[1,2]",
            oid::VECTOR,
            &[3],
            "22000: expected 3 dimensions, not 2",
            "22000: expected 3 dimensions, not 2",
        ),
        ("1 year 2 mons 3 days", oid::INTERVAL, &[1 << 2], "1 year", "1 year"),
    ] {
        assert_eq!(fitted(text, type_oid, arguments, false), assigned);
        assert_eq!(fitted(text, type_oid, arguments, true), cast);
    }
    let three = Numeric::from_i64(3);
    let target = PgType::with_typmod(oid::NUMERIC, -1);
    assert_eq!(coerce(Datum::Numeric(three.clone()), target, false), Ok(Datum::Numeric(three)));
}
