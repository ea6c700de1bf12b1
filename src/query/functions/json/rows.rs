//! The rows of `pg_proc` and `pg_operator` of `json` and `jsonb`.

use super::{build, casts, compare, edit, fields, path, record, sets};
use crate::{
    query::functions::{
        Family, ScalarFn, SetFn,
        table::{functions, operators},
    },
    types::{Datum, oid},
};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        3153 "array_to_json" (ANYARRAY) -> JSON [stable] scalar(build::to_json);
        3154 "array_to_json" (ANYARRAY BOOL) -> JSON [stable] scalar(build::to_json);
        3556 "bool" (JSONB) -> BOOL [] scalar(casts::boolean);
        3453 "float4" (JSONB) -> FLOAT4 [] scalar(casts::float4);
        2580 "float8" (JSONB) -> FLOAT8 [] scalar(casts::float8);
        3450 "int2" (JSONB) -> INT2 [] scalar(casts::int2);
        3451 "int4" (JSONB) -> INT4 [] scalar(casts::int4);
        3452 "int8" (JSONB) -> INT8 [] scalar(casts::int8);
        3949 "json_array_element" (JSON INT4) -> JSON [] scalar(fields::array_element);
        3950 "json_array_element_text" (JSON INT4) -> TEXT [] scalar(fields::array_element_text);
        3956 "json_array_length" (JSON) -> INT4 [] scalar(fields::array_length);
        3198 "json_build_array" (ANY) -> JSON [not_strict stable variadic] scalar(build::json_build_array);
        3199 "json_build_array" () -> JSON [not_strict stable] scalar(build::json_build_array);
        3200 "json_build_object" (ANY) -> JSON [not_strict stable variadic] scalar(build::json_build_object);
        3201 "json_build_object" () -> JSON [not_strict stable] scalar(build::json_build_object);
        3951 "json_extract_path" (JSON TEXT_ARRAY) -> JSON [variadic] scalar(fields::extract_path);
        3953 "json_extract_path_text" (JSON TEXT_ARRAY) -> TEXT [variadic] scalar(fields::extract_path_text);
        3202 "json_object" (TEXT_ARRAY) -> JSON [] scalar(build::json_object);
        3203 "json_object" (TEXT_ARRAY TEXT_ARRAY) -> JSON [] scalar(build::json_object);
        3947 "json_object_field" (JSON TEXT) -> JSON [] scalar(fields::object_field);
        3948 "json_object_field_text" (JSON TEXT) -> TEXT [] scalar(fields::object_field_text);
        3957 "json_object_keys" (JSON) -> TEXT [] set(sets::object_keys);
        3968 "json_typeof" (JSON) -> TEXT [] scalar(fields::type_of);
        3215 "jsonb_array_element" (JSONB INT4) -> JSONB [] scalar(fields::array_element);
        3216 "jsonb_array_element_text" (JSONB INT4) -> TEXT [] scalar(fields::array_element_text);
        3207 "jsonb_array_length" (JSONB) -> INT4 [] scalar(fields::array_length);
        3271 "jsonb_build_array" (ANY) -> JSONB [not_strict stable variadic] scalar(build::jsonb_build_array);
        3272 "jsonb_build_array" () -> JSONB [not_strict stable] scalar(build::jsonb_build_array);
        3273 "jsonb_build_object" (ANY) -> JSONB [not_strict stable variadic] scalar(build::jsonb_build_object);
        3274 "jsonb_build_object" () -> JSONB [not_strict stable] scalar(build::jsonb_build_object);
        3301 "jsonb_concat" (JSONB JSONB) -> JSONB [] scalar(edit::concat);
        4050 "jsonb_contained" (JSONB JSONB) -> BOOL [] columnar(fields::jsonb_contained, fields::contained_columns);
        4046 "jsonb_contains" (JSONB JSONB) -> BOOL [] columnar(fields::jsonb_contains, fields::contains_columns);
        3302 "jsonb_delete" (JSONB TEXT) -> JSONB [] scalar(edit::delete_key);
        3303 "jsonb_delete" (JSONB INT4) -> JSONB [] scalar(edit::delete_index);
        3343 "jsonb_delete" (JSONB TEXT_ARRAY) -> JSONB [variadic] scalar(edit::delete_keys);
        3304 "jsonb_delete_path" (JSONB TEXT_ARRAY) -> JSONB [] scalar(edit::delete_path);
        4043 "jsonb_eq" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_eq);
        4047 "jsonb_exists" (JSONB TEXT) -> BOOL [] columnar(fields::jsonb_exists, fields::exists_columns);
        4049 "jsonb_exists_all" (JSONB TEXT_ARRAY) -> BOOL [] scalar(fields::jsonb_exists_all);
        4048 "jsonb_exists_any" (JSONB TEXT_ARRAY) -> BOOL [] scalar(fields::jsonb_exists_any);
        3217 "jsonb_extract_path" (JSONB TEXT_ARRAY) -> JSONB [variadic] scalar(fields::extract_path);
        3940 "jsonb_extract_path_text" (JSONB TEXT_ARRAY) -> TEXT [variadic] scalar(fields::extract_path_text);
        4042 "jsonb_ge" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_ge);
        4040 "jsonb_gt" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_gt);
        4041 "jsonb_le" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_le);
        4039 "jsonb_lt" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_lt);
        4038 "jsonb_ne" (JSONB JSONB) -> BOOL [] scalar(compare::jsonb_ne);
        3263 "jsonb_object" (TEXT_ARRAY) -> JSONB [] scalar(build::jsonb_object);
        3264 "jsonb_object" (TEXT_ARRAY TEXT_ARRAY) -> JSONB [] scalar(build::jsonb_object);
        3478 "jsonb_object_field" (JSONB TEXT) -> JSONB [] columnar(fields::object_field, fields::object_field_columns);
        3214 "jsonb_object_field_text" (JSONB TEXT) -> TEXT [] columnar(fields::object_field_text, fields::object_field_text_columns);
        3931 "jsonb_object_keys" (JSONB) -> TEXT [] set(sets::object_keys);
        4010 "jsonb_path_exists_opr" (JSONB JSONPATH) -> BOOL [] scalar(path::exists_operator);
        4011 "jsonb_path_match_opr" (JSONB JSONPATH) -> BOOL [] scalar(path::match_operator);
        3306 "jsonb_pretty" (JSONB) -> TEXT [] scalar(edit::pretty);
        3210 "jsonb_typeof" (JSONB) -> TEXT [] scalar(fields::type_of);
        3449 "numeric" (JSONB) -> NUMERIC [] scalar(casts::numeric);
        3155 "row_to_json" (RECORD) -> JSON [stable] scalar(build::to_json);
        3156 "row_to_json" (RECORD BOOL) -> JSON [stable] scalar(build::to_json);
        3176 "to_json" (ANYELEMENT) -> JSON [stable] scalar(build::to_json);
        3787 "to_jsonb" (ANYELEMENT) -> JSONB [stable] scalar(build::to_jsonb);
    }
    with_defaults(family);
    members(family);
    operators! { family:
        "#-" JSONB TEXT_ARRAY JSONB "jsonb_delete_path";
        "#>" JSON TEXT_ARRAY JSON "json_extract_path";
        "#>" JSONB TEXT_ARRAY JSONB "jsonb_extract_path";
        "#>>" JSON TEXT_ARRAY TEXT "json_extract_path_text";
        "#>>" JSONB TEXT_ARRAY TEXT "jsonb_extract_path_text";
        "-" JSONB INT4 JSONB "jsonb_delete";
        "-" JSONB TEXT JSONB "jsonb_delete";
        "-" JSONB TEXT_ARRAY JSONB "jsonb_delete";
        "->" JSON INT4 JSON "json_array_element";
        "->" JSON TEXT JSON "json_object_field";
        "->" JSONB INT4 JSONB "jsonb_array_element";
        "->" JSONB TEXT JSONB "jsonb_object_field";
        "->>" JSON INT4 TEXT "json_array_element_text";
        "->>" JSON TEXT TEXT "json_object_field_text";
        "->>" JSONB INT4 TEXT "jsonb_array_element_text";
        "->>" JSONB TEXT TEXT "jsonb_object_field_text";
        "<" JSONB JSONB BOOL "jsonb_lt";
        "<=" JSONB JSONB BOOL "jsonb_le";
        "<>" JSONB JSONB BOOL "jsonb_ne";
        "<@" JSONB JSONB BOOL "jsonb_contained";
        "=" JSONB JSONB BOOL "jsonb_eq";
        ">" JSONB JSONB BOOL "jsonb_gt";
        ">=" JSONB JSONB BOOL "jsonb_ge";
        "?" JSONB TEXT BOOL "jsonb_exists";
        "?&" JSONB TEXT_ARRAY BOOL "jsonb_exists_all";
        "?|" JSONB TEXT_ARRAY BOOL "jsonb_exists_any";
        "@>" JSONB JSONB BOOL "jsonb_contains";
        "@?" JSONB JSONPATH BOOL "jsonb_path_exists_opr";
        "@@" JSONB JSONPATH BOOL "jsonb_path_match_opr";
        "||" JSONB JSONB JSONB "jsonb_concat";
    }
}

/// Defaults of the arguments that most calls leave out.
const TEXTS: crate::base::Oid = crate::base::Oid(1009);
static CREATE: [Datum; 1] = [Datum::Bool(true)];
static NO_FLAG: [Datum; 1] = [Datum::Bool(false)];

/// `create` and the treatment of NULL; a static cannot hold the latter's text.
fn lax_defaults() -> &'static [Datum] {
    static DEFAULTS: std::sync::LazyLock<[Datum; 2]> =
        std::sync::LazyLock::new(|| [Datum::Bool(true), Datum::text("use_json_null")]);
    &*DEFAULTS
}

/// No variables, and errors are not silent.
fn path_defaults() -> &'static [Datum] {
    static DEFAULTS: std::sync::LazyLock<[Datum; 2]> =
        std::sync::LazyLock::new(|| [Datum::Jsonb("{}".into()), Datum::Bool(false)]);
    &*DEFAULTS
}

fn with_defaults(family: &mut Family) {
    family
        .scalar("jsonb_set", &[oid::JSONB, TEXTS, oid::JSONB, oid::BOOL], oid::JSONB, edit::set)
        .oid(3305)
        .defaults(&CREATE);
    family
        .scalar(
            "jsonb_set_lax",
            &[oid::JSONB, TEXTS, oid::JSONB, oid::BOOL, oid::TEXT],
            oid::JSONB,
            edit::set_lax,
        )
        .oid(5054)
        .not_strict()
        .defaults(lax_defaults());
    family
        .scalar(
            "jsonb_insert",
            &[oid::JSONB, TEXTS, oid::JSONB, oid::BOOL],
            oid::JSONB,
            edit::insert,
        )
        .oid(3579)
        .defaults(&NO_FLAG);
    family
        .scalar("json_strip_nulls", &[oid::JSON, oid::BOOL], oid::JSON, edit::json_strip_nulls)
        .oid(3261)
        .defaults(&NO_FLAG);
    family
        .scalar("jsonb_strip_nulls", &[oid::JSONB, oid::BOOL], oid::JSONB, edit::jsonb_strip_nulls)
        .oid(3262)
        .defaults(&NO_FLAG);
    paths(family);
    records(family);
}

/// `jsonb_path_*`, each with a twin for values with a time zone.
fn paths(family: &mut Family) {
    const ARGS: &[crate::base::Oid] = &[oid::JSONB, oid::JSONPATH, oid::JSONB, oid::BOOL];
    let rows: &[(&str, u32, crate::base::Oid, ScalarFn)] = &[
        ("jsonb_path_exists", 4005, oid::BOOL, path::plain::exists),
        ("jsonb_path_match", 4009, oid::BOOL, path::plain::matches),
        ("jsonb_path_query_array", 4007, oid::JSONB, path::plain::query_array),
        ("jsonb_path_query_first", 4008, oid::JSONB, path::plain::query_first),
        ("jsonb_path_exists_tz", 1177, oid::BOOL, path::zoned::exists),
        ("jsonb_path_match_tz", 2030, oid::BOOL, path::zoned::matches),
        ("jsonb_path_query_array_tz", 1180, oid::JSONB, path::zoned::query_array),
        ("jsonb_path_query_first_tz", 2023, oid::JSONB, path::zoned::query_first),
    ];
    for (name, number, result, body) in rows {
        let row = family.scalar(name, ARGS, *result, *body).oid(*number);
        row.defaults(path_defaults());
        if name.ends_with("_tz") {
            row.stable();
        }
    }
    let query: SetFn = path::plain::query;
    family.set("jsonb_path_query", ARGS, oid::JSONB, query).oid(4006).defaults(path_defaults());
    family
        .set("jsonb_path_query_tz", ARGS, oid::JSONB, path::zoned::query)
        .oid(1179)
        .stable()
        .defaults(path_defaults());
}

/// JSON as rows, whose fields the call's type names.
fn records(family: &mut Family) {
    functions! { family:
        3204 "json_to_record" (JSON) -> RECORD [stable] scalar(record::to_record);
        3205 "json_to_recordset" (JSON) -> RECORD [stable not_strict] set(record::to_recordset);
        3490 "jsonb_to_record" (JSONB) -> RECORD [stable] scalar(record::to_record);
        3491 "jsonb_to_recordset" (JSONB) -> RECORD [stable not_strict] set(record::to_recordset);
        6338 "jsonb_populate_record_valid" (ANYELEMENT JSONB) -> BOOL [stable not_strict] scalar(record::populate_record_valid);
        3209 "jsonb_populate_record" (ANYELEMENT JSONB) -> ANYELEMENT [stable not_strict] scalar(record::populate_record);
        3475 "jsonb_populate_recordset" (ANYELEMENT JSONB) -> ANYELEMENT [stable not_strict] set(record::populate_recordset);
    }
    family
        .scalar(
            "json_populate_record",
            &[oid::ANYELEMENT, oid::JSON, oid::BOOL],
            oid::ANYELEMENT,
            record::populate_record,
        )
        .oid(3960)
        .not_strict()
        .stable()
        .defaults(&NO_FLAG);
    family
        .set(
            "json_populate_recordset",
            &[oid::ANYELEMENT, oid::JSON, oid::BOOL],
            oid::ANYELEMENT,
            record::populate_recordset,
        )
        .oid(3961)
        .not_strict()
        .stable()
        .defaults(&NO_FLAG);
}

/// `json_each` and its kin give a key and a value, `json_array_elements` and its kin a value.
fn members(family: &mut Family) {
    let elements: [(&str, u32, &[crate::base::Oid], &[(&str, crate::base::Oid)], SetFn); 4] = [
        ("json_array_elements", 3955, &[oid::JSON], &[("value", oid::JSON)], sets::array_elements),
        (
            "json_array_elements_text",
            3969,
            &[oid::JSON],
            &[("value", oid::TEXT)],
            sets::array_elements_text,
        ),
        (
            "jsonb_array_elements",
            3219,
            &[oid::JSONB],
            &[("value", oid::JSONB)],
            sets::array_elements,
        ),
        (
            "jsonb_array_elements_text",
            3465,
            &[oid::JSONB],
            &[("value", oid::TEXT)],
            sets::array_elements_text,
        ),
    ];
    for (name, number, args, columns, body) in elements {
        family.set(name, args, columns[0].1, body).oid(number).columns = columns;
    }
    family
        .set("json_each", &[oid::JSON], oid::RECORD, sets::each)
        .oid(3958)
        .columns(&[("key", oid::TEXT), ("value", oid::JSON)]);
    family
        .set("jsonb_each", &[oid::JSONB], oid::RECORD, sets::each)
        .oid(3208)
        .columns(&[("key", oid::TEXT), ("value", oid::JSONB)]);
    for (name, document, number) in
        [("json_each_text", oid::JSON, 3959), ("jsonb_each_text", oid::JSONB, 3932)]
    {
        let args = if document == oid::JSON { &[oid::JSON] } else { &[oid::JSONB] };
        family
            .set(name, args, oid::RECORD, sets::each_text)
            .oid(number)
            .columns(&[("key", oid::TEXT), ("value", oid::TEXT)]);
    }
}
