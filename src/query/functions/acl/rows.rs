//! The rows of `pg_proc` about privileges.

use super::{Family, held::*, items::*};
use crate::query::functions::table::{functions, operators, ty};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        1037 "aclcontains" (ACLITEM_ARRAY ACLITEM) -> BOOL [] scalar(aclcontains);
        3943 "acldefault" (CHAR OID) -> ACLITEM_ARRAY [] scalar(acldefault);
        1035 "aclinsert" (ACLITEM_ARRAY ACLITEM) -> ACLITEM_ARRAY [] scalar(aclinsert);
        1062 "aclitemeq" (ACLITEM ACLITEM) -> BOOL [] scalar(aclitemeq);
        1036 "aclremove" (ACLITEM_ARRAY ACLITEM) -> ACLITEM_ARRAY [] scalar(aclremove);
        1365 "makeaclitem" (OID OID TEXT BOOL) -> ACLITEM [] scalar(makeaclitem);
        6385 "pg_get_acl" (OID OID INT4) -> ACLITEM_ARRAY [stable] scalar(pg_get_acl);
        3024 "has_any_column_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3025 "has_any_column_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3026 "has_any_column_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3027 "has_any_column_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3028 "has_any_column_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3029 "has_any_column_privilege" (OID TEXT) -> BOOL [stable] scalar(has_any_column_privilege);
        3012 "has_column_privilege" (NAME TEXT TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3013 "has_column_privilege" (NAME TEXT INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3014 "has_column_privilege" (NAME OID TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3015 "has_column_privilege" (NAME OID INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3016 "has_column_privilege" (OID TEXT TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3017 "has_column_privilege" (OID TEXT INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3018 "has_column_privilege" (OID OID TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3019 "has_column_privilege" (OID OID INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3020 "has_column_privilege" (TEXT TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3021 "has_column_privilege" (TEXT INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3022 "has_column_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_column_privilege);
        3023 "has_column_privilege" (OID INT2 TEXT) -> BOOL [stable] scalar(has_column_privilege);
        2250 "has_database_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_database_privilege);
        2251 "has_database_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_database_privilege);
        2252 "has_database_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_database_privilege);
        2253 "has_database_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_database_privilege);
        2254 "has_database_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_database_privilege);
        2255 "has_database_privilege" (OID TEXT) -> BOOL [stable] scalar(has_database_privilege);
        3000 "has_foreign_data_wrapper_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        3001 "has_foreign_data_wrapper_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        3002 "has_foreign_data_wrapper_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        3003 "has_foreign_data_wrapper_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        3004 "has_foreign_data_wrapper_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        3005 "has_foreign_data_wrapper_privilege" (OID TEXT) -> BOOL [stable] scalar(has_foreign_data_wrapper_privilege);
        2256 "has_function_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2257 "has_function_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2258 "has_function_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2259 "has_function_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2260 "has_function_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2261 "has_function_privilege" (OID TEXT) -> BOOL [stable] scalar(has_function_privilege);
        2262 "has_language_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_language_privilege);
        2263 "has_language_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_language_privilege);
        2264 "has_language_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_language_privilege);
        2265 "has_language_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_language_privilege);
        2266 "has_language_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_language_privilege);
        2267 "has_language_privilege" (OID TEXT) -> BOOL [stable] scalar(has_language_privilege);
        6348 "has_largeobject_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_largeobject_privilege);
        6349 "has_largeobject_privilege" (OID TEXT) -> BOOL [stable] scalar(has_largeobject_privilege);
        6350 "has_largeobject_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_largeobject_privilege);
        6205 "has_parameter_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_parameter_privilege);
        6206 "has_parameter_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_parameter_privilege);
        6207 "has_parameter_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_parameter_privilege);
        2268 "has_schema_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2269 "has_schema_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2270 "has_schema_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2271 "has_schema_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2272 "has_schema_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2273 "has_schema_privilege" (OID TEXT) -> BOOL [stable] scalar(has_schema_privilege);
        2181 "has_sequence_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        2182 "has_sequence_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        2183 "has_sequence_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        2184 "has_sequence_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        2185 "has_sequence_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        2186 "has_sequence_privilege" (OID TEXT) -> BOOL [stable] scalar(has_sequence_privilege);
        3006 "has_server_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_server_privilege);
        3007 "has_server_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_server_privilege);
        3008 "has_server_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_server_privilege);
        3009 "has_server_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_server_privilege);
        3010 "has_server_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_server_privilege);
        3011 "has_server_privilege" (OID TEXT) -> BOOL [stable] scalar(has_server_privilege);
        1922 "has_table_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_table_privilege);
        1923 "has_table_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_table_privilege);
        1924 "has_table_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_table_privilege);
        1925 "has_table_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_table_privilege);
        1926 "has_table_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_table_privilege);
        1927 "has_table_privilege" (OID TEXT) -> BOOL [stable] scalar(has_table_privilege);
        2390 "has_tablespace_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        2391 "has_tablespace_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        2392 "has_tablespace_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        2393 "has_tablespace_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        2394 "has_tablespace_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        2395 "has_tablespace_privilege" (OID TEXT) -> BOOL [stable] scalar(has_tablespace_privilege);
        3138 "has_type_privilege" (NAME TEXT TEXT) -> BOOL [stable] scalar(has_type_privilege);
        3139 "has_type_privilege" (NAME OID TEXT) -> BOOL [stable] scalar(has_type_privilege);
        3140 "has_type_privilege" (OID TEXT TEXT) -> BOOL [stable] scalar(has_type_privilege);
        3141 "has_type_privilege" (OID OID TEXT) -> BOOL [stable] scalar(has_type_privilege);
        3142 "has_type_privilege" (TEXT TEXT) -> BOOL [stable] scalar(has_type_privilege);
        3143 "has_type_privilege" (OID TEXT) -> BOOL [stable] scalar(has_type_privilege);
        2705 "pg_has_role" (NAME NAME TEXT) -> BOOL [stable] scalar(pg_has_role);
        2706 "pg_has_role" (NAME OID TEXT) -> BOOL [stable] scalar(pg_has_role);
        2707 "pg_has_role" (OID NAME TEXT) -> BOOL [stable] scalar(pg_has_role);
        2708 "pg_has_role" (OID OID TEXT) -> BOOL [stable] scalar(pg_has_role);
        2709 "pg_has_role" (NAME TEXT) -> BOOL [stable] scalar(pg_has_role);
        2710 "pg_has_role" (OID TEXT) -> BOOL [stable] scalar(pg_has_role);
    }
    operators! { family:
        "=" ACLITEM ACLITEM BOOL "aclitemeq";
        "@>" ACLITEM_ARRAY ACLITEM BOOL "aclcontains";
        "~" ACLITEM_ARRAY ACLITEM BOOL "aclcontains";
    }
    family
        .set("aclexplode", &[ty::ACLITEM_ARRAY], ty::RECORD, aclexplode)
        .oid(1689)
        .stable()
        .columns(&[
            ("grantor", ty::OID),
            ("grantee", ty::OID),
            ("privilege_type", ty::TEXT),
            ("is_grantable", ty::BOOL),
        ]);
}
