use proptest::prelude::*;

use super::*;
use crate::types::binary_io;

fn shown(value: &Datum, type_oid: Oid, style: &Style) -> String {
    let mut out = String::new();
    format(value, type_oid, style, &mut out);
    out
}

/// `text` read as `type_oid` and printed again.
fn echo(text: &str, type_oid: Oid) -> String {
    let style = Style::default();
    match parse(text, PgType::new(type_oid), &style) {
        Ok(value) => {
            let mut wire = Vec::new();
            binary_io::send(&value, type_oid, &mut wire);
            let received = binary_io::receive(&wire, PgType::new(type_oid)).unwrap();
            assert_eq!(shown(&received, type_oid, &style), shown(&value, type_oid, &style));
            shown(&value, type_oid, &style)
        }
        Err(error) => format!("{}: {}", error.code, error.message),
    }
}

#[test]
fn every_type_reads_and_prints_as_postgres_does() {
    for (type_oid, input, output) in [
        (oid::BOOL, " TrUe ", "t"),
        (oid::BOOL, "of", "f"),
        (oid::BOOL, "o", "22P02: invalid input syntax for type boolean: \"o\""),
        (oid::INT4, "1_000", "1000"),
        (oid::INT2, "0b11", "3"),
        (oid::INT4, "-0x80000000", "-2147483648"),
        (oid::INT8, " +5 ", "5"),
        (oid::INT4, "abcx", "22P02: invalid input syntax for type integer: \"abcx\""),
        (oid::INT4, "99999999999", "22003: value \"99999999999\" is out of range for type integer"),
        (oid::INT4, "2147483648", "22003: value \"2147483648\" is out of range for type integer"),
        (oid::INT2, "99999", "22003: value \"99999\" is out of range for type smallint"),
        (oid::INT8, "-9223372036854775808", "-9223372036854775808"),
        (
            oid::INT8,
            "9223372036854775808",
            "22003: value \"9223372036854775808\" is out of range for type bigint",
        ),
        (oid::INT4, "1__0", "22P02: invalid input syntax for type integer: \"1__0\""),
        (oid::INT4, "", "22P02: invalid input syntax for type integer: \"\""),
        (oid::INT4, "0x", "22P02: invalid input syntax for type integer: \"0x\""),
        (oid::OID, "-1", "4294967295"),
        (oid::OID, "0x1F", "31"),
        (oid::OID, "010", "8"),
        (oid::OID, "99999999999", "22003: value \"99999999999\" is out of range for type oid"),
        (oid::FLOAT4, "33554448", "3.3554448e+07"),
        (oid::FLOAT4, "1e6", "1e+06"),
        (oid::FLOAT4, "999999", "999999"),
        (oid::FLOAT4, "1.5e38", "1.5e+38"),
        (oid::FLOAT8, "147573952589676412928", "1.4757395258967641e+20"),
        (oid::FLOAT8, "1e15", "1e+15"),
        (oid::FLOAT8, "123456789012345", "123456789012345"),
        (oid::FLOAT8, "1e-4", "0.0001"),
        (oid::FLOAT8, "1e-5", "1e-05"),
        (oid::FLOAT8, "-0", "-0"),
        (oid::FLOAT8, "5e-324", "5e-324"),
        (oid::FLOAT8, "18014398509481990", "1.8014398509481992e+16"),
        (oid::FLOAT8, "0x1p3", "8"),
        (oid::FLOAT8, "+inf", "Infinity"),
        (oid::FLOAT8, "1e400", "22003: \"1e400\" is out of range for type double precision"),
        (oid::FLOAT8, "1e-400", "22003: \"1e-400\" is out of range for type double precision"),
        (oid::FLOAT4, "1e40 ", "22003: \"1e40\" is out of range for type real"),
        (oid::FLOAT4, "1.5x", "22P02: invalid input syntax for type real: \"1.5x\""),
        (oid::FLOAT8, "", "22P02: invalid input syntax for type double precision: \"\""),
        (oid::NUMERIC, "1.50", "1.50"),
        (oid::BYTEA, "\\x 41 42", "\\x4142"),
        (oid::BYTEA, "a\\\\b\\101", "\\x615c6241"),
        (oid::BYTEA, "\\xA", "22023: invalid hexadecimal data: odd number of digits"),
        (oid::BYTEA, "\\xAG", "22023: invalid hexadecimal digit: \"G\""),
        (oid::BYTEA, "a\\b", "22P02: invalid input syntax for type bytea"),
        (
            oid::UUID,
            "{A0EEBC99-9C0B4EF8-BB6D6BB9-BD380A11}",
            "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11",
        ),
        (oid::UUID, "a0eebc99", "22P02: invalid input syntax for type uuid: \"a0eebc99\""),
        (oid::CHAR, "\\303", "\\303"),
        (oid::CHAR, "é", "\\303"),
        (oid::CHAR, "abc", "a"),
        (oid::CHAR, "", ""),
        (oid::TID, "(0,1)", "(0,1)"),
        (oid::TID, "(1,99999)", "22P02: invalid input syntax for type tid: \"(1,99999)\""),
        (oid::PG_LSN, "0/016B3748", "0/16B3748"),
        (oid::PG_LSN, "0/", "22P02: invalid input syntax for type pg_lsn: \"0/\""),
        (oid::DATE, "2024-02-29", "2024-02-29"),
        (oid::TIME, "10:00:01.5", "10:00:01.5"),
        (oid::TIMETZ, "10:00+02", "10:00:00+02"),
        (oid::TIMESTAMP, "2024-02-29 10:00", "2024-02-29 10:00:00"),
        (oid::TIMESTAMPTZ, "2024-02-29 10:00+02", "2024-02-29 08:00:00+00"),
        (oid::INTERVAL, "1 day 2:00", "1 day 02:00:00"),
        (oid::JSON, " {\"a\":1}", " {\"a\":1}"),
        (oid::JSONB, "{\"b\":1,\"a\":[1, 2]}", "{\"a\": [1, 2], \"b\": 1}"),
        (oid::TSVECTOR, "b:2A a", "'a' 'b':2A"),
        (oid::TSQUERY, "a & !b:*", "'a' & !'b':*"),
        (oid::VECTOR, "[1, 2]", "[1,2]"),
        (oid::INT2VECTOR, "1 2 3", "1 2 3"),
        (oid::OIDVECTOR, "", ""),
        (oid::INT2VECTOR, "1,2", "22P02: invalid input syntax for type smallint: \"1,2\""),
        (oid::REGCLASS, "123456", "123456"),
        (oid::REGCLASS, "-", "-"),
        (oid::PG_NODE_TREE, "x", "0A000: cannot accept a value of type pg_node_tree"),
        (oid::RECORD, "(1)", "0A000: input of anonymous composite types is not implemented"),
    ] {
        assert_eq!(echo(input, type_oid), output, "{input:?} of {type_oid}");
    }
}

#[test]
fn few_digits_print_as_c_does() {
    let printed = |value: f64, digits| {
        let mut out = String::new();
        float::format_f64(value, digits, &mut out);
        out
    };
    assert_eq!(printed(0.1 + 0.2, 0), "0.3");
    assert_eq!(printed(1e15, 0), "1e+15");
    assert_eq!(printed(1e14, 0), "100000000000000");
    assert_eq!(printed(1e-5, 0), "1e-05");
    assert_eq!(printed(0.00123, 0), "0.00123");
    assert_eq!(printed(123456.789, -10), "1.2346e+05");
    let mut out = String::new();
    float::format_f32(1234567.8, 0, &mut out);
    assert_eq!(out, "1.23457e+06");
}

#[test]
fn records_quote_what_would_mislead() {
    let text = |value: &str| (PgType::TEXT, Datum::text(value));
    let record = |fields: Vec<(PgType, Datum)>| Datum::Record(fields.into());
    let inner = record(vec![(PgType::INT4, Datum::Int4(1)), text("x y")]);
    let value = record(vec![
        (PgType::INT4, Datum::Int4(1)),
        text("b c"),
        (PgType::TEXT, Datum::Null),
        text(""),
        text("a\"b\\"),
        (PgType::new(oid::RECORD), inner),
    ]);
    let printed = shown(&value, oid::RECORD, &Style::default());
    assert_eq!(printed, r#"(1,"b c",,"","a""b\\","(1,""x y"")")"#);
}

#[test]
fn escape_format_of_bytea() {
    let style = Style { bytea_escape: true, ..Style::default() };
    assert_eq!(
        shown(&Datum::Bytea([0, 65, 92, 255][..].into()), oid::BYTEA, &style),
        r"\000A\\\377"
    );
}

#[test]
fn cells_print_as_their_datums_do() {
    use crate::types::{ColumnBuilder, column::datum_at};
    let style = Style::default();
    for (type_oid, text) in [
        (oid::BOOL, "t"),
        (oid::INT2, "-7"),
        (oid::INT4, "7"),
        (oid::INT8, "70000000000"),
        (oid::FLOAT4, "1.5"),
        (oid::FLOAT8, "1e+100"),
        (oid::OID, "42"),
        (oid::TEXT, "text"),
        (oid::JSONB, "[1]"),
        (oid::NUMERIC, "1.20"),
        (oid::VECTOR, "[1,-2.5]"),
        (oid::UUID, "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11"),
        (oid::BYTEA, "\\x00ff"),
        (oid::DATE, "2024-01-01"),
        (oid::TIME, "01:02:03"),
        (oid::TIMESTAMP, "2024-01-01 00:00:00"),
        (oid::TIMESTAMPTZ, "2024-01-01 00:00:00+00"),
        (oid::INTERVAL, "1 mon"),
        (oid::TIMETZ, "01:02:03+00"),
        (oid::TSVECTOR, "'a'"),
        (Oid(1007), "{1,NULL}"),
    ] {
        let mut column = ColumnBuilder::new(type_oid, 1);
        column.push(&parse(text, PgType::new(type_oid), &style).unwrap()).unwrap();
        let column = column.finish();
        let (mut cell, mut wire, mut datum_wire) = (String::new(), Vec::new(), Vec::new());
        format_cell(&*column, type_oid, 0, &style, &mut cell).unwrap();
        assert_eq!(cell, text);
        binary_io::send_cell(&*column, type_oid, 0, &mut wire).unwrap();
        binary_io::send(&datum_at(&*column, type_oid, 0).unwrap(), type_oid, &mut datum_wire);
        assert_eq!(wire, datum_wire, "{type_oid}");
    }
}

proptest! {
    #[test]
    fn floats_read_back_exactly(wide in any::<f64>(), narrow in any::<f32>()) {
        prop_assume!(!wide.is_nan() && !narrow.is_nan());
        let mut out = String::new();
        float::format_shortest_f64(wide, &mut out);
        prop_assert_eq!(float::parse_f64(&out).unwrap().to_bits(), wide.to_bits());
        out.clear();
        float::format_shortest_f32(narrow, &mut out);
        prop_assert_eq!(float::parse_f32(&out).unwrap().to_bits(), narrow.to_bits());
    }

    #[test]
    fn integers_and_bytes_read_back(number in any::<i64>(), bytes in any::<Vec<u8>>()) {
        prop_assert_eq!(echo(&number.to_string(), oid::INT8), number.to_string());
        let value = Datum::Bytea(bytes.into());
        for bytea_escape in [false, true] {
            let style = Style { bytea_escape, ..Style::default() };
            let text = shown(&value, oid::BYTEA, &style);
            prop_assert_eq!(&parse(&text, PgType::new(oid::BYTEA), &style).unwrap(), &value);
        }
    }

    #[test]
    fn no_input_panics(text in ".{0,12}", hint in "[-+0-9eExX._pPinfaINFA()/,:\\[\\]{}\"\\\\ ]{0,14}") {
        for row in oid::TYPES {
            for text in [&text, &hint] {
                let _ = parse(text, PgType::new(row.oid), &Style::default());
                let _ = parse(text, PgType::new(row.array), &Style::default());
                let _ = binary_io::receive(text.as_bytes(), PgType::new(row.oid));
                let _ = binary_io::receive(text.as_bytes(), PgType::new(row.array));
            }
        }
    }
}
