//! The rows of `pg_proc` and `pg_operator` of strings and byte strings.

use super::{
    Family, bytes::*, case::*, charset::*, codec::*, concat::*, format::*, ident::*, length::*,
    normalize::*, number_format::*, pad::*, quote::*, search::*, slice::*, split::*, trim::*,
    unicode::*, uuid::*,
};
use crate::{
    query::functions::{
        ScalarFn,
        table::{functions, operators},
    },
    types::{Datum, oid},
};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        2004 "anytextcat" (ANYNONARRAY TEXT) -> TEXT [stable] scalar(anytextcat);
        1620 "ascii" (TEXT) -> INT4 [] scalar(ascii);
        1810 "bit_length" (BYTEA) -> INT4 [] scalar(bit_length);
        1811 "bit_length" (TEXT) -> INT4 [] scalar(bit_length);
        884 "btrim" (TEXT TEXT) -> TEXT [] scalar(btrim);
        885 "btrim" (TEXT) -> TEXT [] scalar(btrim1);
        2015 "btrim" (BYTEA BYTEA) -> BYTEA [] scalar(byteatrim);
        2011 "byteacat" (BYTEA BYTEA) -> BYTEA [] scalar(byteacat);
        6412 "casefold" (TEXT) -> TEXT [] scalar(casefold);
        1372 "char_length" (BPCHAR) -> INT4 [] scalar(bpcharlen);
        1381 "char_length" (TEXT) -> INT4 [] scalar(textlen);
        1367 "character_length" (BPCHAR) -> INT4 [] scalar(bpcharlen);
        1369 "character_length" (TEXT) -> INT4 [] scalar(textlen);
        1621 "chr" (INT4) -> TEXT [] scalar(chr);
        3058 "concat" (ANY) -> TEXT [not_strict stable variadic] scalar(text_concat);
        3059 "concat_ws" (TEXT ANY) -> TEXT [not_strict stable variadic] scalar(text_concat_ws);
        1813 "convert" (BYTEA NAME NAME) -> BYTEA [stable] scalar(pg_convert);
        1714 "convert_from" (BYTEA NAME) -> TEXT [stable] scalar(pg_convert_from);
        1717 "convert_to" (TEXT NAME) -> BYTEA [stable] scalar(pg_convert_to);
        6364 "crc32" (BYTEA) -> INT8 [] scalar(crc32_bytea);
        6365 "crc32c" (BYTEA) -> INT8 [] scalar(crc32c_bytea);
        1947 "decode" (TEXT TEXT) -> BYTEA [] scalar(binary_decode);
        1946 "encode" (BYTEA TEXT) -> TEXT [] scalar(binary_encode);
        3539 "format" (TEXT ANY) -> TEXT [not_strict stable variadic] scalar(text_format);
        3540 "format" (TEXT) -> TEXT [not_strict stable] scalar(text_format_nv);
        3432 "gen_random_uuid" () -> UUID [volatile] scalar(gen_random_uuid);
        723 "get_bit" (BYTEA INT8) -> INT4 [] scalar(byteagetbit);
        721 "get_byte" (BYTEA INT4) -> INT4 [] scalar(byteagetbyte);
        1039 "getdatabaseencoding" () -> NAME [stable] scalar(getdatabaseencoding);
        872 "initcap" (TEXT) -> TEXT [] scalar(initcap);
        3060 "left" (TEXT INT4) -> TEXT [] scalar(text_left);
        1317 "length" (TEXT) -> INT4 [] scalar(textlen);
        1318 "length" (BPCHAR) -> INT4 [] scalar(bpcharlen);
        1713 "length" (BYTEA NAME) -> INT4 [stable] scalar(length_in_encoding);
        2010 "length" (BYTEA) -> INT4 [] scalar(byteaoctetlen);
        870 "lower" (TEXT) -> TEXT [] scalar(lower);
        873 "lpad" (TEXT INT4 TEXT) -> TEXT [] scalar(lpad);
        879 "lpad" (TEXT INT4) -> TEXT [] scalar(lpad);
        875 "ltrim" (TEXT TEXT) -> TEXT [] scalar(ltrim);
        881 "ltrim" (TEXT) -> TEXT [] scalar(ltrim1);
        6195 "ltrim" (BYTEA BYTEA) -> BYTEA [] scalar(bytealtrim);
        2311 "md5" (TEXT) -> TEXT [] scalar(md5_text);
        2321 "md5" (BYTEA) -> TEXT [] scalar(md5_bytea);
        720 "octet_length" (BYTEA) -> INT4 [] scalar(byteaoctetlen);
        1374 "octet_length" (TEXT) -> INT4 [] scalar(textoctetlen);
        1375 "octet_length" (BPCHAR) -> INT4 [] scalar(bpcharoctetlen);
        749 "overlay" (BYTEA BYTEA INT4 INT4) -> BYTEA [] scalar(byteaoverlay);
        752 "overlay" (BYTEA BYTEA INT4) -> BYTEA [] scalar(byteaoverlay_no_len);
        1404 "overlay" (TEXT TEXT INT4 INT4) -> TEXT [] scalar(textoverlay);
        1405 "overlay" (TEXT TEXT INT4) -> TEXT [] scalar(textoverlay_no_len);
        1268 "parse_ident" (TEXT BOOL) -> TEXT_ARRAY [] scalar(parse_ident);
        849 "position" (TEXT TEXT) -> INT4 [] scalar(textpos);
        2014 "position" (BYTEA BYTEA) -> INT4 [] scalar(byteapos);
        1282 "quote_ident" (TEXT) -> TEXT [] scalar(quote_ident);
        1283 "quote_literal" (TEXT) -> TEXT [] scalar(quote_literal);
        1285 "quote_literal" (ANYELEMENT) -> TEXT [stable] scalar(quote_literal_any);
        1289 "quote_nullable" (TEXT) -> TEXT [not_strict] scalar(quote_nullable);
        1290 "quote_nullable" (ANYELEMENT) -> TEXT [not_strict stable] scalar(quote_nullable_any);
        1622 "repeat" (TEXT INT4) -> TEXT [] scalar(repeat);
        2087 "replace" (TEXT TEXT TEXT) -> TEXT [] scalar(replace_text);
        3062 "reverse" (TEXT) -> TEXT [] scalar(text_reverse);
        6382 "reverse" (BYTEA) -> BYTEA [] scalar(bytea_reverse);
        3061 "right" (TEXT INT4) -> TEXT [] scalar(text_right);
        874 "rpad" (TEXT INT4 TEXT) -> TEXT [] scalar(rpad);
        880 "rpad" (TEXT INT4) -> TEXT [] scalar(rpad);
        876 "rtrim" (TEXT TEXT) -> TEXT [] scalar(rtrim);
        882 "rtrim" (TEXT) -> TEXT [] scalar(rtrim1);
        6196 "rtrim" (BYTEA BYTEA) -> BYTEA [] scalar(byteartrim);
        724 "set_bit" (BYTEA INT8 INT4) -> BYTEA [] scalar(byteasetbit);
        722 "set_byte" (BYTEA INT4 INT4) -> BYTEA [] scalar(byteasetbyte);
        3419 "sha224" (BYTEA) -> BYTEA [] scalar(sha224_bytea);
        3420 "sha256" (BYTEA) -> BYTEA [] scalar(sha256_bytea);
        3421 "sha384" (BYTEA) -> BYTEA [] scalar(sha384_bytea);
        3422 "sha512" (BYTEA) -> BYTEA [] scalar(sha512_bytea);
        2088 "split_part" (TEXT TEXT INT4) -> TEXT [] scalar(split_part);
        3696 "starts_with" (TEXT TEXT) -> BOOL [] scalar(text_starts_with);
        376 "string_to_array" (TEXT TEXT TEXT) -> TEXT_ARRAY [not_strict] scalar(text_to_array_null);
        394 "string_to_array" (TEXT TEXT) -> TEXT_ARRAY [not_strict] scalar(text_to_array);
        6160 "string_to_table" (TEXT TEXT) -> TEXT [not_strict] set(text_to_table);
        6161 "string_to_table" (TEXT TEXT TEXT) -> TEXT [not_strict] set(text_to_table_null);
        868 "strpos" (TEXT TEXT) -> INT4 [] scalar(textpos);
        877 "substr" (TEXT INT4 INT4) -> TEXT [] scalar(text_substr);
        883 "substr" (TEXT INT4) -> TEXT [] scalar(text_substr_no_len);
        2085 "substr" (BYTEA INT4 INT4) -> BYTEA [] scalar(bytea_substr);
        2086 "substr" (BYTEA INT4) -> BYTEA [] scalar(bytea_substr_no_len);
        936 "substring" (TEXT INT4 INT4) -> TEXT [] scalar(text_substr);
        937 "substring" (TEXT INT4) -> TEXT [] scalar(text_substr_no_len);
        2012 "substring" (BYTEA INT4 INT4) -> BYTEA [] scalar(bytea_substr);
        2013 "substring" (BYTEA INT4) -> BYTEA [] scalar(bytea_substr_no_len);
        2003 "textanycat" (TEXT ANYNONARRAY) -> TEXT [stable] scalar(textanycat);
        1258 "textcat" (TEXT TEXT) -> TEXT [] scalar(textcat);
        1257 "textlen" (TEXT) -> INT4 [] scalar(textlen);
        6330 "to_bin" (INT4) -> TEXT [] scalar(to_bin32);
        6331 "to_bin" (INT8) -> TEXT [] scalar(to_bin64);
        1772 "to_char" (NUMERIC TEXT) -> TEXT [stable] scalar(numeric_to_char);
        1773 "to_char" (INT4 TEXT) -> TEXT [stable] scalar(int4_to_char);
        1774 "to_char" (INT8 TEXT) -> TEXT [stable] scalar(int8_to_char);
        1775 "to_char" (FLOAT4 TEXT) -> TEXT [stable] scalar(float4_to_char);
        1776 "to_char" (FLOAT8 TEXT) -> TEXT [stable] scalar(float8_to_char);
        2089 "to_hex" (INT4) -> TEXT [] scalar(to_hex32);
        2090 "to_hex" (INT8) -> TEXT [] scalar(to_hex64);
        1777 "to_number" (TEXT TEXT) -> NUMERIC [stable] scalar(numeric_to_number);
        6332 "to_oct" (INT4) -> TEXT [] scalar(to_oct32);
        6333 "to_oct" (INT8) -> TEXT [] scalar(to_oct64);
        878 "translate" (TEXT TEXT TEXT) -> TEXT [] scalar(translate);
        6198 "unistr" (TEXT) -> TEXT [] scalar(unistr);
        871 "upper" (TEXT) -> TEXT [] scalar(upper);
        4549 "unicode_version" () -> TEXT [] scalar(unicode_version);
        6342 "uuid_extract_timestamp" (UUID) -> TIMESTAMPTZ [] scalar(uuid_extract_timestamp);
        6343 "uuid_extract_version" (UUID) -> INT2 [] scalar(uuid_extract_version);
        6428 "uuidv4" () -> UUID [volatile] scalar(gen_random_uuid);
        6429 "uuidv7" () -> UUID [volatile] scalar(uuidv7);
        6430 "uuidv7" (INTERVAL) -> UUID [volatile] scalar(uuidv7_interval);
    }
    operators! { family:
        "||" ANYNONARRAY TEXT TEXT "anytextcat";
        "||" BYTEA BYTEA BYTEA "byteacat";
        "^@" TEXT TEXT BOOL "starts_with";
        "||" TEXT ANYNONARRAY TEXT "textanycat";
        "||" TEXT TEXT TEXT "textcat";
    }
    for (name, number, result, body) in [
        ("normalize", 4350, oid::TEXT, normalize as ScalarFn),
        ("is_normalized", 4351, oid::BOOL, is_normalized),
    ] {
        family
            .scalar(name, &[oid::TEXT, oid::TEXT], result, body)
            .oid(number)
            .defaults(usual_form());
    }
    let parse_ident = family.functions.iter_mut().find(|function| function.name == "parse_ident");
    parse_ident.expect("it is in the table").defaults(&[Datum::Bool(true)]);
}
