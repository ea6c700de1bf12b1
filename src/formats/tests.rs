use proptest::prelude::*;

use super::*;
use crate::base::PgError;

fn option(name: &str, value: &str) -> CopyOption {
    let value = match value {
        "*" => OptionValue::Star,
        value => OptionValue::Text(value.to_owned()),
    };
    CopyOption { name: name.to_owned(), value, location: -1 }
}

fn options(list: &[(&str, &str)], direction: Direction) -> crate::base::Result<CopyOptions> {
    let list: Vec<_> = list.iter().map(|(name, value)| option(name, value)).collect();
    CopyOptions::parse(&list, direction)
}

fn target(columns: usize) -> CopyTarget {
    let names = ["a", "b", "c", "d"];
    let column = |name: &&str| CopyColumn { name: (*name).to_owned(), has_default: *name != "a" };
    CopyTarget { table: "t".into(), columns: names[..columns].iter().map(column).collect() }
}

/// Rows as text: `~` for NULL, `^` for DEFAULT, fields between bars; or the error.
fn decode(
    list: &[(&str, &str)],
    columns: usize,
    input: &[u8],
    cut: usize,
) -> (Vec<String>, String) {
    let options = options(list, Direction::From).unwrap();
    let mut decoder = Decoder::new(options, target(columns)).unwrap();
    let mut rows = Vec::new();
    let mut run = || -> Result<(), PgError> {
        let mut take = |decoder: &mut Decoder| -> Result<(), PgError> {
            while decoder.next_row()? {
                let field = |index| match decoder.field(index) {
                    Field::Null => "~".to_owned(),
                    Field::Default => "^".to_owned(),
                    Field::Text(text) => text.to_owned(),
                    Field::Binary(bytes) => format!("{bytes:?}"),
                };
                let fields: Vec<_> = (0..decoder.field_count()).map(field).collect();
                rows.push(fields.join("|"));
            }
            Ok(())
        };
        for piece in input.chunks(cut.max(1)) {
            decoder.push(piece)?;
            take(&mut decoder)?;
        }
        decoder.finish();
        take(&mut decoder)
    };
    let error = run().err();
    let error = error.map_or(String::new(), |error| {
        format!("{} {} / {}", error.code, error.message, error.fields.context.unwrap_or_default())
    });
    (rows, error)
}

/// Every way to cut the input gives the same.
fn check(list: &[(&str, &str)], columns: usize, input: &[u8], rows: &[&str], error: &str) {
    for cut in [1, 2, 3, 7, 1_000] {
        let (got, got_error) = decode(list, columns, input, cut);
        assert_eq!(
            (got, got_error.as_str()),
            (rows.iter().map(|row| row.to_string()).collect(), error),
            "{input:?} cut at {cut}"
        );
    }
}

#[test]
fn text_rows() {
    check(&[], 2, b"1\tx\n2\t\\N\n", &["1|x", "2|~"], "");
    check(&[], 2, b"1\tx\r\n2\ty\r\n", &["1|x", "2|y"], "");
    check(&[], 2, b"1\tx\r2\ty", &["1|x", "2|y"], "");
    check(&[], 1, b"\n\n", &["", ""], "");
    check(&[], 1, b"a\\tb\\\\\\x41\\101\\q\\\nz\n", &["a\tb\\AAq\nz"], "");
    check(&[], 1, "\\303\\251 \u{e9}\n".as_bytes(), &["\u{e9} \u{e9}"], "");
    check(&[], 1, b"a\n\\.\nrest", &["a"], "");
    check(&[], 2, b"1\t\\\\N\n", &["1|\\N"], "");
    check(&[("delimiter", "|"), ("null", "")], 2, b"1|\n|x\\|y\n", &["1|~", "~|x|y"], "");
    check(&[("header", "on")], 1, b"name\n1\n", &["1"], "");
    check(&[("header", "match")], 2, b"a\tb\n1\t2\n", &["1|2"], "");
    check(&[("default", "\\D")], 2, b"1\t\\D\n", &["1|^"], "");
}

#[test]
fn text_errors() {
    // From PostgreSQL 18, contexts included.
    check(
        &[],
        2,
        b"1\tx\n2\n",
        &["1|x"],
        "22P04 missing data for column \"b\" / COPY t, line 2: \"2\"",
    );
    check(
        &[],
        1,
        b"1\t2\n",
        &[],
        "22P04 extra data after last expected column / COPY t, line 1: \"1\t2\"",
    );
    check(
        &[],
        1,
        b"1\n2\r3\n",
        &["1"],
        "22P04 literal carriage return found in data / COPY t, line 2",
    );
    check(&[], 1, b"1\r\n2\n", &["1"], "22P04 literal newline found in data / COPY t, line 2");
    check(
        &[],
        1,
        b"1\\.\n",
        &[],
        "22P04 end-of-copy marker is not alone on its line / COPY t, line 1",
    );
    check(
        &[],
        1,
        b"1\n\\.x\n",
        &["1"],
        "22P04 end-of-copy marker is not alone on its line / COPY t, line 2",
    );
    check(
        &[],
        1,
        b"1\n\\.\r\n",
        &["1"],
        "22P04 end-of-copy marker does not match previous newline style / COPY t, line 2",
    );
    check(
        &[],
        1,
        b"ok\na\xff\n",
        &["ok"],
        "22021 invalid byte sequence for encoding \"UTF8\": 0xff / COPY t, line 2",
    );
    check(
        &[],
        1,
        b"\\000\n",
        &[],
        "22021 invalid byte sequence for encoding \"UTF8\": 0x00 / COPY t, line 1: \"\\000\"",
    );
    check(
        &[("header", "match")],
        2,
        b"a\tx\n",
        &[],
        "22P04 column name mismatch in header line field 2: got \"x\", expected \"b\" / COPY t, line 1: \"a\tx\"",
    );
    check(
        &[("header", "match")],
        2,
        b"a\n",
        &[],
        "22P04 wrong number of fields in header line: got 1, expected 2 / COPY t, line 1: \"a\"",
    );
    check(
        &[("default", "\\D")],
        1,
        b"\\D\n",
        &[],
        "22P04 unexpected default marker in COPY data / COPY t, line 1: \"\\D\"",
    );
}

#[test]
fn csv_rows() {
    let csv = ("format", "csv");
    check(&[csv], 2, b"1,x\n2,\n3,\"\"\n", &["1|x", "2|~", "3|"], "");
    check(&[csv], 2, b"\"a,\"\"b\"\"\",\"x\ny\"\nz,w\n", &["a,\"b\"|x\ny", "z|w"], "");
    check(&[csv], 2, b"a\"b,c\"d,\"e\" \n", &["ab,cd|e "], "");
    check(&[csv], 2, b"1,x\r\n2,\"y\r\nz\"\r\n", &["1|x", "2|y\r\nz"], "");
    check(&[csv, ("escape", "\\")], 1, b"\"a\\\"b\\\\c\\d\"\n", &["a\"b\\c\\d"], "");
    check(&[csv, ("quote", "'"), ("delimiter", ";")], 2, b"'a;b';c\n", &["a;b|c"], "");
    check(&[csv, ("force_not_null", "*")], 2, b",x\n", &["|x"], "");
    check(&[csv, ("force_null", "*")], 2, b"\"\",x\n", &["~|x"], "");
    check(&[csv, ("header", "true")], 1, b"\"na\nme\"\n1\n", &["1"], "");
    check(&[csv], 1, b"\\.\n", &["\\."], "");
}

#[test]
fn csv_errors() {
    let csv = ("format", "csv");
    check(
        &[csv],
        2,
        b"1,x\n2,\"y\n",
        &["1|x"],
        "22P04 unterminated CSV quoted field / COPY t, line 3: \"2,\"y\n\"",
    );
    check(
        &[csv],
        1,
        b"1\n2\r\n",
        &["1"],
        "22P04 unquoted carriage return found in data / COPY t, line 2",
    );
    check(&[csv], 1, b"1\r\n2\n", &["1"], "22P04 unquoted newline found in data / COPY t, line 2");
    check(
        &[csv],
        3,
        b"1,2\n",
        &[],
        "22P04 missing data for column \"c\" / COPY t, line 1: \"1,2\"",
    );
}

#[test]
fn binary_errors() {
    let binary = ("format", "binary");
    let mut good = b"PGCOPY\n\xff\r\n\0".to_vec();
    good.extend([0; 8]);
    good.extend([0, 1, 0, 0, 0, 2, 7, 8, 0, 1, 0xff, 0xff, 0xff, 0xff]);
    check(&[binary], 1, &good, &["[7, 8]", "~"], "");
    let mut trailed = good.clone();
    trailed.extend([0xff, 0xff]);
    check(&[binary], 1, &trailed, &["[7, 8]", "~"], "");
    trailed.push(1);
    check(
        &[binary],
        1,
        &trailed,
        &["[7, 8]", "~"],
        "22P04 received copy data after EOF marker / COPY t, line 3",
    );
    check(&[binary], 2, &good, &[], "22P04 row field count is 1, expected 2 / COPY t, line 1");
    check(&[binary], 1, &good[..24], &[], "22P04 unexpected EOF in COPY data / COPY t, line 1");
    check(
        &[binary],
        1,
        b"PGCOPX",
        &[],
        "22P04 COPY file signature not recognized / COPY t, line 0",
    );
    check(&[binary], 1, b"", &[], "22P04 COPY file signature not recognized / COPY t, line 0");
}

#[test]
fn options_are_checked() {
    use Direction::{From, To};
    type Case<'a> = (&'a [(&'a str, &'a str)], Direction, &'a str);
    let cases: &[Case] = &[
        (&[("format", "xml")], From, "22023 COPY format \"xml\" not recognized"),
        (&[("format", "csv"), ("format", "csv")], From, "42601 conflicting or redundant options"),
        (&[("frmat", "csv")], From, "42601 option \"frmat\" not recognized"),
        (&[("delimiter", "ab")], From, "0A000 COPY delimiter must be a single one-byte character"),
        (&[("delimiter", "a")], From, "22023 COPY delimiter cannot be \"a\""),
        (
            &[("format", "binary"), ("delimiter", ",")],
            From,
            "42601 cannot specify DELIMITER in BINARY mode",
        ),
        (
            &[("format", "binary"), ("header", "on")],
            From,
            "0A000 cannot specify HEADER in BINARY mode",
        ),
        (&[("quote", "'")], From, "0A000 COPY QUOTE requires CSV mode"),
        (
            &[("format", "csv"), ("quote", ",")],
            From,
            "22023 COPY delimiter and quote must be different",
        ),
        (
            &[("format", "csv"), ("force_quote", "*")],
            From,
            "0A000 COPY FORCE_QUOTE cannot be used with COPY FROM",
        ),
        (
            &[("format", "csv"), ("force_null", "*")],
            To,
            "22023 COPY FORCE_NULL cannot be used with COPY TO",
        ),
        (&[("header", "match")], To, "0A000 cannot use \"match\" with HEADER in COPY TO"),
        (&[("header", "7")], To, "42601 header requires a Boolean value or \"match\""),
        (
            &[("null", "a\tb")],
            From,
            "22023 COPY delimiter character must not appear in the NULL specification",
        ),
        (
            &[("null", "x"), ("default", "x")],
            From,
            "0A000 NULL specification and DEFAULT specification cannot be the same",
        ),
        (
            &[("encoding", "euc_tw")],
            From,
            "0A000 conversion between EUC_TW and UTF8 is not supported",
        ),
    ];
    for (list, direction, expected) in cases {
        let error = options(list, *direction).unwrap_err();
        assert_eq!(format!("{} {}", error.code, error.message), *expected);
    }
    let unknown = CopyOptions {
        format: CopyFormat::Csv,
        force_null: ColumnSet::Named(vec!["z".into()]),
        ..CopyOptions::default()
    };
    let error = Decoder::new(unknown, target(1)).unwrap_err();
    assert_eq!(
        (error.code.0, error.message.as_str()),
        ("42P10", "FORCE_NULL column \"z\" not referenced by COPY")
    );
}

fn encode(options: &CopyOptions, columns: usize, rows: &[Vec<Option<String>>]) -> Vec<u8> {
    let names = target(columns).columns.into_iter().map(|column| column.name).collect();
    let mut encoder = Encoder::new(options.clone(), names).unwrap();
    let mut out = Vec::new();
    encoder.start(&mut out);
    for row in rows {
        encoder.begin_row(&mut out);
        for field in row {
            encoder.field(field.as_deref().map_or(Field::Null, Field::Text), &mut out);
        }
        encoder.end_row(&mut out);
    }
    encoder.finish(&mut out);
    out
}

#[test]
fn encoded_text_is_postgres() {
    let row = |fields: &[Option<&str>]| {
        vec![fields.iter().map(|field| field.map(str::to_owned)).collect::<Vec<_>>()]
    };
    let text = options(&[], Direction::To).unwrap();
    let out = encode(&text, 2, &row(&[Some("a\tb\\c\n\r\u{8}\u{b}\u{c}\u{1}"), None]));
    assert_eq!(out, b"a\\tb\\\\c\\n\\r\\b\\v\\f\x01\t\\N\n");
    let csv = options(&[("format", "csv"), ("header", "on")], Direction::To).unwrap();
    let out = encode(&csv, 3, &row(&[Some(""), None, Some("say \"hi\", you")]));
    assert_eq!(out, b"a,b,c\n\"\",,\"say \"\"hi\"\", you\"\n");
    assert_eq!(
        encode(&options(&[("format", "csv")], Direction::To).unwrap(), 1, &row(&[Some("\\.")])),
        b"\"\\.\"\n"
    );
    let forced = options(&[("format", "csv"), ("force_quote", "*")], Direction::To).unwrap();
    assert_eq!(encode(&forced, 2, &row(&[Some("x"), None])), b"\"x\",\n");
}

fn formats() -> impl Strategy<Value = CopyOptions> {
    let text = prop_oneof![Just(b'\t'), Just(b'|'), Just(b',')]
        .prop_map(|delimiter| CopyOptions { delimiter, ..CopyOptions::default() });
    let csv =
        (prop_oneof![Just(b','), Just(b';')], prop_oneof![Just(b'"'), Just(b'\\')], any::<bool>())
            .prop_map(|(delimiter, escape, header)| CopyOptions {
                format: CopyFormat::Csv,
                null: String::new(),
                header: if header { Header::Match } else { Header::Absent },
                delimiter,
                escape,
                ..CopyOptions::default()
            });
    let binary = Just(CopyOptions { format: CopyFormat::Binary, ..CopyOptions::default() });
    prop_oneof![text, csv, binary]
}

proptest! {
    #[test]
    fn rows_round_trip_however_cut(
        options in formats(),
        rows in prop::collection::vec(
            prop::collection::vec(prop::option::of("[a\u{e9}\u{65e5}N.,;|\"\\\\\n\r\t\u{8}x]{0,6}"), 3), 0..6),
        cuts in prop::collection::vec(1usize..9, 1..20),
    ) {
        let bytes = encode(&options, 3, &rows);
        let mut decoder = Decoder::new(options, target(3)).unwrap();
        let mut got = Vec::new();
        let (mut rest, mut turn) = (&bytes[..], 0);
        loop {
            while decoder.next_row().unwrap() {
                let field = |index| match decoder.field(index) {
                    Field::Null | Field::Default => None,
                    Field::Text(text) => Some(text.to_owned()),
                    Field::Binary(bytes) => Some(String::from_utf8(bytes.to_vec()).unwrap()),
                };
                got.push((0..3).map(field).collect::<Vec<_>>());
            }
            if rest.is_empty() {
                if turn == usize::MAX {
                    break;
                }
                decoder.finish();
                turn = usize::MAX;
                continue;
            }
            let (piece, left) = rest.split_at(cuts[turn % cuts.len()].min(rest.len()));
            decoder.push(piece).unwrap();
            rest = left;
            turn += 1;
        }
        prop_assert_eq!(got, rows);
    }

    #[test]
    fn no_bytes_panic(
        options in formats(),
        bytes in prop::collection::vec(prop_oneof![any::<u8>(), Just(b'\\'), Just(b'"'), Just(b'\n'), Just(b'.')], 0..80),
        cut in 1usize..9,
    ) {
        let mut decoder = Decoder::new(options, target(2)).unwrap();
        for piece in bytes.chunks(cut) {
            if decoder.push(piece).is_err() || !matches!(drain(&mut decoder), Ok(())) {
                return Ok(());
            }
        }
        decoder.finish();
        let _ = drain(&mut decoder);
    }
}

fn drain(decoder: &mut Decoder) -> Result<(), PgError> {
    while decoder.next_row()? {
        for index in 0..decoder.field_count() {
            decoder.field(index);
            decoder.column_context(index);
        }
    }
    Ok(())
}
