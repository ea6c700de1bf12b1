//! The names of functions' arguments, for calls such as `make_interval(days => 10)`.

use crate::base::Oid;

/// `(oid, names)` of `pg_proc.proargnames`, by oid.
#[rustfmt::skip]
static NAMES: &[(u32, &[&str])] = &[
    (1177, &["target", "path", "vars", "silent"]), // jsonb_path_exists_tz
    (1179, &["target", "path", "vars", "silent"]), // jsonb_path_query_tz
    (1180, &["target", "path", "vars", "silent"]), // jsonb_path_query_array_tz
    (1268, &["str", "strict"]), // parse_ident
    (1689, &["acl"]), // aclexplode
    (2023, &["target", "path", "vars", "silent"]), // jsonb_path_query_first_tz
    (2030, &["target", "path", "vars", "silent"]), // jsonb_path_match_tz
    (2096, &["pid", "timeout"]), // pg_terminate_backend
    (2284, &["string", "pattern", "replacement"]), // regexp_replace
    (2285, &["string", "pattern", "replacement", "flags"]), // regexp_replace
    (2289, &["options_array"]), // pg_options_to_table
    (2763, &["string", "pattern"]), // regexp_matches
    (2764, &["string", "pattern", "flags"]), // regexp_matches
    (2765, &["string", "pattern"]), // regexp_split_to_table
    (2766, &["string", "pattern", "flags"]), // regexp_split_to_table
    (2767, &["string", "pattern"]), // regexp_split_to_array
    (2768, &["string", "pattern", "flags"]), // regexp_split_to_array
    (3078, &["sequence_oid"]), // pg_sequence_parameters
    (3208, &["from_json"]), // jsonb_each
    (3214, &["from_json", "field_name"]), // jsonb_object_field_text
    (3215, &["from_json", "element_index"]), // jsonb_array_element
    (3216, &["from_json", "element_index"]), // jsonb_array_element_text
    (3217, &["from_json", "path_elems"]), // jsonb_extract_path
    (3219, &["from_json"]), // jsonb_array_elements
    (3261, &["target", "strip_in_arrays"]), // json_strip_nulls
    (3262, &["target", "strip_in_arrays"]), // jsonb_strip_nulls
    (3305, &["jsonb_in", "path", "replacement", "create_if_missing"]), // jsonb_set
    (3322, &["tsvector"]), // unnest
    (3343, &["from_json", "path_elems"]), // jsonb_delete
    (3396, &["string", "pattern"]), // regexp_match
    (3397, &["string", "pattern", "flags"]), // regexp_match
    (3425, &["partitionid"]), // pg_partition_ancestors
    (3461, &["year", "month", "mday", "hour", "min", "sec"]), // make_timestamp
    (3462, &["year", "month", "mday", "hour", "min", "sec"]), // make_timestamptz
    (3463, &["year", "month", "mday", "hour", "min", "sec", "timezone"]), // make_timestamptz
    (3464, &["years", "months", "weeks", "days", "hours", "mins", "secs"]), // make_interval
    (3465, &["from_json"]), // jsonb_array_elements_text
    (3478, &["from_json", "field_name"]), // jsonb_object_field
    (3579, &["jsonb_in", "path", "replacement", "insert_after"]), // jsonb_insert
    (3713, &["parser_oid"]), // ts_token_type
    (3714, &["parser_name"]), // ts_token_type
    (3715, &["parser_oid", "txt"]), // ts_parse
    (3716, &["parser_name", "txt"]), // ts_parse
    (3846, &["year", "month", "day"]), // make_date
    (3847, &["hour", "min", "sec"]), // make_time
    (3932, &["from_json"]), // jsonb_each_text
    (3940, &["from_json", "path_elems"]), // jsonb_extract_path_text
    (3947, &["from_json", "field_name"]), // json_object_field
    (3948, &["from_json", "field_name"]), // json_object_field_text
    (3949, &["from_json", "element_index"]), // json_array_element
    (3950, &["from_json", "element_index"]), // json_array_element_text
    (3951, &["from_json", "path_elems"]), // json_extract_path
    (3953, &["from_json", "path_elems"]), // json_extract_path_text
    (3955, &["from_json"]), // json_array_elements
    (3958, &["from_json"]), // json_each
    (3959, &["from_json"]), // json_each_text
    (3969, &["from_json"]), // json_array_elements_text
    (4005, &["target", "path", "vars", "silent"]), // jsonb_path_exists
    (4006, &["target", "path", "vars", "silent"]), // jsonb_path_query
    (4007, &["target", "path", "vars", "silent"]), // jsonb_path_query_array
    (4008, &["target", "path", "vars", "silent"]), // jsonb_path_query_first
    (4009, &["target", "path", "vars", "silent"]), // jsonb_path_match
    (5054, &["jsonb_in", "path", "replacement", "create_if_missing", "null_value_treatment"]), // jsonb_set_lax
    (6183, &["config", "document"]), // ts_debug
    (6184, &["document"]), // ts_debug
    (6211, &["value", "type_name"]), // pg_input_error_info
    (6212, &["mean", "stddev"]), // random_normal
    (6251, &["string", "pattern", "replacement", "start", "N", "flags"]), // regexp_replace
    (6252, &["string", "pattern", "replacement", "start", "N"]), // regexp_replace
    (6253, &["string", "pattern", "replacement", "start"]), // regexp_replace
    (6254, &["string", "pattern"]), // regexp_count
    (6255, &["string", "pattern", "start"]), // regexp_count
    (6256, &["string", "pattern", "start", "flags"]), // regexp_count
    (6257, &["string", "pattern"]), // regexp_instr
    (6258, &["string", "pattern", "start"]), // regexp_instr
    (6259, &["string", "pattern", "start", "N"]), // regexp_instr
    (6260, &["string", "pattern", "start", "N", "endoption"]), // regexp_instr
    (6261, &["string", "pattern", "start", "N", "endoption", "flags"]), // regexp_instr
    (6262, &["string", "pattern", "start", "N", "endoption", "flags", "subexpr"]), // regexp_instr
    (6263, &["string", "pattern"]), // regexp_like
    (6264, &["string", "pattern", "flags"]), // regexp_like
    (6265, &["string", "pattern"]), // regexp_substr
    (6266, &["string", "pattern", "start"]), // regexp_substr
    (6267, &["string", "pattern", "start", "N"]), // regexp_substr
    (6268, &["string", "pattern", "start", "N", "flags"]), // regexp_substr
    (6269, &["string", "pattern", "start", "N", "flags", "subexpr"]), // regexp_substr
    (6339, &["min", "max"]), // random
    (6340, &["min", "max"]), // random
    (6341, &["min", "max"]), // random
    (6385, &["classid", "objid", "objsubid"]), // pg_get_acl
    (6389, &["array", "descending"]), // array_sort
    (6390, &["array", "descending", "nulls_first"]), // array_sort
    (6427, &["sequence_oid"]), // pg_get_sequence_data
    (6430, &["shift"]), // uuidv7
];

/// The input arguments' names, where PostgreSQL gives them names.
pub fn argument_names(function: Oid) -> Option<&'static [&'static str]> {
    let at = NAMES.binary_search_by_key(&function.0, |(oid, _)| *oid).ok()?;
    Some(NAMES[at].1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::query::functions::registry;

    #[test]
    fn names_are_sorted_and_as_many_as_arguments() {
        assert!(NAMES.is_sorted_by_key(|(oid, _)| *oid));
        for function in registry().all_functions() {
            if let Some(names) = argument_names(function.oid) {
                assert_eq!(names.len(), function.args.len(), "{}", function.name);
            }
        }
    }
}
