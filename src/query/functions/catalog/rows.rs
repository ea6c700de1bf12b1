//! The rows of `pg_proc` about definitions.

use super::{Family, describe::*, nothing, property::*, signature::*, text::*};
use crate::query::functions::table::functions;

pub(super) fn add(family: &mut Family) {
    functions! { family:
        3537 "pg_describe_object" (OID OID INT4) -> TEXT [stable] scalar(pg_describe_object);
        1387 "pg_get_constraintdef" (OID) -> TEXT [stable] scalar(pg_get_constraintdef);
        2508 "pg_get_constraintdef" (OID BOOL) -> TEXT [stable] scalar(pg_get_constraintdef);
        3808 "pg_get_function_arg_default" (OID INT4) -> TEXT [stable] scalar(nothing);
        2162 "pg_get_function_arguments" (OID) -> TEXT [stable] scalar(pg_get_function_arguments);
        2232 "pg_get_function_identity_arguments" (OID) -> TEXT [stable] scalar(pg_get_function_arguments);
        2165 "pg_get_function_result" (OID) -> TEXT [stable] scalar(pg_get_function_result);
        6197 "pg_get_function_sqlbody" (OID) -> TEXT [stable] scalar(nothing);
        2098 "pg_get_functiondef" (OID) -> TEXT [stable] scalar(pg_get_functiondef);
        1643 "pg_get_indexdef" (OID) -> TEXT [stable] scalar(pg_get_indexdef);
        2507 "pg_get_indexdef" (OID INT4 BOOL) -> TEXT [stable] scalar(pg_get_indexdef);
        3408 "pg_get_partition_constraintdef" (OID) -> TEXT [stable] scalar(nothing);
        3352 "pg_get_partkeydef" (OID) -> TEXT [stable] scalar(nothing);
        6120 "pg_get_replica_identity_index" (REGCLASS) -> REGCLASS [stable] scalar(pg_get_replica_identity_index);
        1573 "pg_get_ruledef" (OID) -> TEXT [stable] scalar(pg_get_ruledef);
        2504 "pg_get_ruledef" (OID BOOL) -> TEXT [stable] scalar(pg_get_ruledef);
        3415 "pg_get_statisticsobjdef" (OID) -> TEXT [stable] scalar(nothing);
        6174 "pg_get_statisticsobjdef_columns" (OID) -> TEXT [stable] scalar(nothing);
        6173 "pg_get_statisticsobjdef_expressions" (OID) -> TEXT_ARRAY [stable] scalar(nothing);
        1662 "pg_get_triggerdef" (OID) -> TEXT [stable] scalar(nothing);
        2730 "pg_get_triggerdef" (OID BOOL) -> TEXT [stable] scalar(nothing);
        1640 "pg_get_viewdef" (TEXT) -> TEXT [stable] scalar(pg_get_viewdef_named);
        2505 "pg_get_viewdef" (TEXT BOOL) -> TEXT [stable] scalar(pg_get_viewdef_named);
        1641 "pg_get_viewdef" (OID) -> TEXT [stable] scalar(pg_get_viewdef);
        2506 "pg_get_viewdef" (OID BOOL) -> TEXT [stable] scalar(pg_get_viewdef);
        3159 "pg_get_viewdef" (OID INT4) -> TEXT [stable] scalar(pg_get_viewdef);
        638 "pg_index_column_has_property" (REGCLASS INT4 TEXT) -> BOOL [stable] scalar(pg_index_column_has_property);
        637 "pg_index_has_property" (REGCLASS TEXT) -> BOOL [stable] scalar(pg_index_has_property);
        636 "pg_indexam_has_property" (OID TEXT) -> BOOL [stable] scalar(pg_indexam_has_property);
        3424 "pg_partition_root" (REGCLASS) -> REGCLASS [] scalar(nothing);
        4032 "pg_sequence_last_value" (REGCLASS) -> INT8 [volatile] scalar(pg_sequence_last_value);
    }
}
