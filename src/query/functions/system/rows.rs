//! The rows of `pg_proc` that tell of the session, the catalogue and the server.

use super::{
    Family, catalog::*, constants::*, input::*, inspect::*, names::*, sequence::*, server::*,
    session::*, size::*,
};
use crate::{
    query::functions::table::functions,
    types::{Datum, oid},
};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        1216 "col_description" (OID INT4) -> TEXT [stable] scalar(col_description);
        861 "current_database" () -> NAME [stable] scalar(current_database);
        1402 "current_schema" () -> NAME [stable] scalar(current_schema);
        2077 "current_setting" (TEXT) -> TEXT [stable] scalar(current_setting);
        3294 "current_setting" (TEXT BOOL) -> TEXT [stable] scalar(current_setting);
        1403 "current_schemas" (BOOL) -> NAME_ARRAY [stable] scalar(current_schemas);
        745 "current_user" () -> NAME [stable] scalar(current_user);
        1575 "currval" (REGCLASS) -> INT8 [volatile] scalar(currval);
        1081 "format_type" (OID INT4) -> TEXT [not_strict stable] scalar(format_type);
        2197 "inet_client_port" () -> INT4 [not_strict stable] scalar(unknown);
        2199 "inet_server_port" () -> INT4 [not_strict stable] scalar(unknown);
        2559 "lastval" () -> INT8 [volatile] scalar(lastval);
        1574 "nextval" (REGCLASS) -> INT8 [volatile] scalar(nextval);
        440 "num_nonnulls" (ANY) -> INT4 [not_strict variadic] scalar(num_nonnulls);
        438 "num_nulls" (ANY) -> INT4 [not_strict variadic] scalar(num_nulls);
        1215 "obj_description" (OID NAME) -> TEXT [stable] scalar(obj_description);
        1348 "obj_description" (OID) -> TEXT [stable] scalar(obj_description);
        2026 "pg_backend_pid" () -> INT4 [stable] scalar(pg_backend_pid);
        2561 "pg_blocking_pids" (INT4) -> INT4_ARRAY [volatile] scalar(pg_blocking_pids);
        2171 "pg_cancel_backend" (INT4) -> BOOL [volatile] scalar(pg_cancel_backend);
        1264 "pg_char_to_encoding" (NAME) -> INT4 [stable] scalar(pg_char_to_encoding);
        810 "pg_client_encoding" () -> NAME [stable] scalar(pg_client_encoding);
        3162 "pg_collation_for" (ANY) -> TEXT [not_strict stable] scalar(pg_collation_for);
        3815 "pg_collation_is_visible" (OID) -> BOOL [stable] scalar(always);
        3843 "pg_column_is_updatable" (REGCLASS INT2 BOOL) -> BOOL [stable] scalar(always);
        1269 "pg_column_size" (ANY) -> INT4 [stable] scalar(pg_column_size);
        2093 "pg_conversion_is_visible" (OID) -> BOOL [stable] scalar(always);
        2168 "pg_database_size" (NAME) -> INT8 [volatile] scalar(database_size);
        2324 "pg_database_size" (OID) -> INT8 [volatile] scalar(database_size);
        2319 "pg_encoding_max_length" (INT4) -> INT4 [] scalar(pg_encoding_max_length);
        1597 "pg_encoding_to_char" (INT4) -> NAME [stable] scalar(pg_encoding_to_char);
        2081 "pg_function_is_visible" (OID) -> BOOL [stable] scalar(always);
        1665 "pg_get_serial_sequence" (TEXT TEXT) -> TEXT [stable] scalar(pg_get_serial_sequence);
        1642 "pg_get_userbyid" (OID) -> NAME [stable] scalar(pg_get_userbyid);
        2998 "pg_indexes_size" (REGCLASS) -> INT8 [volatile] scalar(indexes_size);
        6210 "pg_input_is_valid" (TEXT TEXT) -> BOOL [stable] scalar(pg_input_is_valid);
        3810 "pg_is_in_recovery" () -> BOOL [volatile] scalar(never);
        2855 "pg_is_other_temp_schema" (OID) -> BOOL [stable] scalar(pg_is_other_temp_schema);
        315 "pg_jit_available" () -> BOOL [volatile] scalar(never);
        2854 "pg_my_temp_schema" () -> OID [stable] scalar(pg_my_temp_schema);
        3296 "pg_notification_queue_usage" () -> FLOAT8 [volatile] scalar(nothing_queued);
        3036 "pg_notify" (TEXT TEXT) -> VOID [not_strict volatile] scalar(pg_notify);
        2083 "pg_opclass_is_visible" (OID) -> BOOL [stable] scalar(always);
        2082 "pg_operator_is_visible" (OID) -> BOOL [stable] scalar(always);
        3829 "pg_opfamily_is_visible" (OID) -> BOOL [stable] scalar(always);
        2560 "pg_postmaster_start_time" () -> TIMESTAMPTZ [stable] scalar(pg_postmaster_start_time);
        6121 "pg_relation_is_publishable" (REGCLASS) -> BOOL [stable] scalar(never);
        3842 "pg_relation_is_updatable" (REGCLASS BOOL) -> INT4 [stable] scalar(relation_events);
        2325 "pg_relation_size" (REGCLASS) -> INT8 [volatile] scalar(relation_size);
        2332 "pg_relation_size" (REGCLASS TEXT) -> INT8 [volatile] scalar(relation_size);
        3334 "pg_size_bytes" (TEXT) -> INT8 [] scalar(pg_size_bytes);
        2288 "pg_size_pretty" (INT8) -> TEXT [] scalar(size_pretty);
        3166 "pg_size_pretty" (NUMERIC) -> TEXT [] scalar(size_pretty_numeric);
        2626 "pg_sleep" (FLOAT8) -> VOID [volatile] scalar(pg_sleep);
        3403 "pg_statistics_obj_is_visible" (OID) -> BOOL [stable] scalar(always);
        2079 "pg_table_is_visible" (OID) -> BOOL [stable] scalar(pg_table_is_visible);
        2997 "pg_table_size" (REGCLASS) -> INT8 [volatile] scalar(relation_size);
        3778 "pg_tablespace_location" (OID) -> TEXT [stable] scalar(empty_text);
        2322 "pg_tablespace_size" (OID) -> INT8 [volatile] scalar(database_size);
        2323 "pg_tablespace_size" (NAME) -> INT8 [volatile] scalar(database_size);
        2096 "pg_terminate_backend" (INT4 INT8) -> BOOL [volatile] scalar(pg_terminate_backend);
        2286 "pg_total_relation_size" (REGCLASS) -> INT8 [volatile] scalar(total_relation_size);
        3163 "pg_trigger_depth" () -> INT4 [stable] scalar(zero);
        3758 "pg_ts_config_is_visible" (OID) -> BOOL [stable] scalar(always);
        3757 "pg_ts_dict_is_visible" (OID) -> BOOL [stable] scalar(always);
        3756 "pg_ts_parser_is_visible" (OID) -> BOOL [stable] scalar(always);
        3768 "pg_ts_template_is_visible" (OID) -> BOOL [stable] scalar(always);
        2080 "pg_type_is_visible" (OID) -> BOOL [stable] scalar(always);
        1619 "pg_typeof" (ANY) -> REGTYPE [not_strict stable] scalar(pg_typeof);
        3298 "row_security_active" (OID) -> BOOL [stable] scalar(never);
        3299 "row_security_active" (TEXT) -> BOOL [stable] scalar(never);
        746 "session_user" () -> NAME [stable] scalar(session_user);
        2078 "set_config" (TEXT TEXT BOOL) -> TEXT [not_strict volatile] scalar(set_config);
        1576 "setval" (REGCLASS INT8) -> INT8 [volatile] scalar(setval);
        1765 "setval" (REGCLASS INT8 BOOL) -> INT8 [volatile] scalar(setval);
        1993 "shobj_description" (OID NAME) -> TEXT [stable] scalar(obj_description);
        3495 "to_regclass" (TEXT) -> REGCLASS [stable] scalar(to_reg);
        4195 "to_regcollation" (TEXT) -> REGCOLLATION [stable] scalar(to_reg);
        4086 "to_regnamespace" (TEXT) -> REGNAMESPACE [stable] scalar(to_reg);
        3492 "to_regoper" (TEXT) -> REGOPER [stable] scalar(to_reg);
        3494 "to_regproc" (TEXT) -> REGPROC [stable] scalar(to_reg);
        3479 "to_regprocedure" (TEXT) -> REGPROCEDURE [stable] scalar(to_reg);
        4093 "to_regrole" (TEXT) -> REGROLE [stable] scalar(to_reg);
        3493 "to_regtype" (TEXT) -> REGTYPE [stable] scalar(to_reg);
        89 "version" () -> TEXT [stable] scalar(version);
        1716 "pg_get_expr" (PG_NODE_TREE OID) -> TEXT [stable] scalar(pg_get_expr);
        2509 "pg_get_expr" (PG_NODE_TREE OID BOOL) -> TEXT [stable] scalar(pg_get_expr);
        0 "pg_get_expr" (TEXT OID) -> TEXT [stable] scalar(pg_get_expr);
        0 "pg_get_expr" (TEXT OID BOOL) -> TEXT [stable] scalar(pg_get_expr);
        0 "current_catalog" () -> NAME [stable] scalar(current_database);
        0 "user" () -> NAME [stable] scalar(current_user);
        0 "current_role" () -> NAME [stable] scalar(current_user);
        2196 "inet_client_addr" () -> TEXT [not_strict stable] scalar(unknown);
        2198 "inet_server_addr" () -> TEXT [not_strict stable] scalar(unknown);
    }
    family
        .set("pg_input_error_info", &[oid::TEXT, oid::TEXT], oid::RECORD, pg_input_error_info)
        .oid(6211)
        .stable()
        .columns(&[
            ("message", oid::TEXT),
            ("detail", oid::TEXT),
            ("hint", oid::TEXT),
            ("sql_error_code", oid::TEXT),
        ]);
    let terminate = family.functions.iter_mut().find(|row| row.name == "pg_terminate_backend");
    terminate.expect("it is in the table").defaults(&[Datum::Int8(0)]);
}
