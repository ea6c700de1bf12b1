//! The types' own input, output and send functions: `int4in`, `textout`, `float8send`, `array_send`.

use super::{Context, Family};
use crate::{
    base::{Oid, Result},
    types::{Datum, binary_io, oid, text_io},
};

/// Of each type: `pg_proc.oid` and name of its input, output and send function.
#[rustfmt::skip]
static TYPES: &[(Oid, [(u32, &str); 3])] = &[
    (oid::BOOL, [(1242, "boolin"), (1243, "boolout"), (2437, "boolsend")]),
    (oid::BYTEA, [(1244, "byteain"), (31, "byteaout"), (2413, "byteasend")]),
    (oid::CHAR, [(1245, "charin"), (33, "charout"), (2435, "charsend")]),
    (oid::INT8, [(460, "int8in"), (461, "int8out"), (2409, "int8send")]),
    (oid::INT2, [(38, "int2in"), (39, "int2out"), (2405, "int2send")]),
    (oid::INT4, [(42, "int4in"), (43, "int4out"), (2407, "int4send")]),
    (oid::TEXT, [(46, "textin"), (47, "textout"), (2415, "textsend")]),
    (oid::OID, [(1798, "oidin"), (1799, "oidout"), (2419, "oidsend")]),
    (oid::TID, [(48, "tidin"), (49, "tidout"), (2439, "tidsend")]),
    (oid::XID, [(50, "xidin"), (51, "xidout"), (2441, "xidsend")]),
    (oid::CID, [(52, "cidin"), (53, "cidout"), (2443, "cidsend")]),
    (oid::JSON, [(321, "json_in"), (322, "json_out"), (324, "json_send")]),
    (oid::FLOAT4, [(200, "float4in"), (201, "float4out"), (2425, "float4send")]),
    (oid::FLOAT8, [(214, "float8in"), (215, "float8out"), (2427, "float8send")]),
    (oid::BPCHAR, [(1044, "bpcharin"), (1045, "bpcharout"), (2431, "bpcharsend")]),
    (oid::VARCHAR, [(1046, "varcharin"), (1047, "varcharout"), (2433, "varcharsend")]),
    (oid::DATE, [(1084, "date_in"), (1085, "date_out"), (2469, "date_send")]),
    (oid::TIME, [(1143, "time_in"), (1144, "time_out"), (2471, "time_send")]),
    (oid::TIMESTAMP, [(1312, "timestamp_in"), (1313, "timestamp_out"), (2475, "timestamp_send")]),
    (oid::TIMESTAMPTZ, [(1150, "timestamptz_in"), (1151, "timestamptz_out"), (2477, "timestamptz_send")]),
    (oid::INTERVAL, [(1160, "interval_in"), (1161, "interval_out"), (2479, "interval_send")]),
    (oid::TIMETZ, [(1350, "timetz_in"), (1351, "timetz_out"), (2473, "timetz_send")]),
    (oid::BIT, [(1564, "bit_in"), (1565, "bit_out"), (2457, "bit_send")]),
    (oid::VARBIT, [(1579, "varbit_in"), (1580, "varbit_out"), (2459, "varbit_send")]),
    (oid::NUMERIC, [(1701, "numeric_in"), (1702, "numeric_out"), (2461, "numeric_send")]),
    (oid::REGCLASS, [(2218, "regclassin"), (2219, "regclassout"), (2453, "regclasssend")]),
    (oid::REGTYPE, [(2220, "regtypein"), (2221, "regtypeout"), (2455, "regtypesend")]),
    (oid::UUID, [(2952, "uuid_in"), (2953, "uuid_out"), (2962, "uuid_send")]),
    (oid::PG_LSN, [(3229, "pg_lsn_in"), (3230, "pg_lsn_out"), (3239, "pg_lsn_send")]),
    (oid::TSVECTOR, [(3610, "tsvectorin"), (3611, "tsvectorout"), (3638, "tsvectorsend")]),
    (oid::TSQUERY, [(3612, "tsqueryin"), (3613, "tsqueryout"), (3640, "tsquerysend")]),
    (oid::JSONB, [(3806, "jsonb_in"), (3804, "jsonb_out"), (3803, "jsonb_send")]),
    (oid::JSONPATH, [(4001, "jsonpath_in"), (4003, "jsonpath_out"), (4004, "jsonpath_send")]),
    (oid::VECTOR, [(0, "vector_in"), (0, "vector_out"), (0, "vector_send")]),
    (oid::HALFVEC, [(0, "halfvec_in"), (0, "halfvec_out"), (0, "halfvec_send")]),
    (oid::SPARSEVEC, [(0, "sparsevec_in"), (0, "sparsevec_out"), (0, "sparsevec_send")]),
];

pub fn family() -> Family {
    let mut family = Family::default();
    for (type_oid, [input, output, send]) in TYPES {
        let own: &'static [Oid] = std::slice::from_ref(type_oid);
        let depends = matches!(oid::category(*type_oid), 'D' | 'T') || oid::is_reg(*type_oid);
        let rows: [(_, &'static [Oid], _, super::ScalarFn); 3] = [
            (input, &[oid::CSTRING], *type_oid, read),
            (output, own, oid::CSTRING, show),
            (send, own, oid::BYTEA, wire),
        ];
        for ((number, name), args, result, body) in rows {
            let function = family.scalar(name, args, result, body).oid(*number);
            if depends {
                function.stable();
            }
        }
    }
    family.scalar("array_out", &[oid::ANYARRAY], oid::CSTRING, show).oid(751).stable();
    family.scalar("array_send", &[oid::ANYARRAY], oid::BYTEA, wire).oid(2401).stable();
    family
}

fn read(context: &Context, args: &[Datum]) -> Result<Datum> {
    text_io::parse(args[0].as_str(), context.result, &context.env.style)
}

fn show(context: &Context, args: &[Datum]) -> Result<Datum> {
    let mut text = String::new();
    text_io::format(&args[0], context.arg_types[0].oid, &context.env.style, &mut text);
    Ok(Datum::from(text))
}

fn wire(context: &Context, args: &[Datum]) -> Result<Datum> {
    let mut bytes = Vec::new();
    binary_io::send(&args[0], context.arg_types[0].oid, &mut bytes);
    Ok(Datum::Bytea(bytes.into()))
}
