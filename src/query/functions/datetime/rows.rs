//! The rows of `pg_proc` and `pg_operator` of dates and times, but for comparisons.

use super::{arithmetic, casts, clock, fields, make, overlaps, series, templates, zones};
use crate::{
    query::functions::{
        Family,
        table::{functions, operators},
    },
    types::{Datum, oid},
};

/// `make_interval` without arguments is zero.
static NO_INTERVAL: [Datum; 7] = [
    Datum::Int4(0),
    Datum::Int4(0),
    Datum::Int4(0),
    Datum::Int4(0),
    Datum::Int4(0),
    Datum::Int4(0),
    Datum::Float8(0.0),
];

pub(super) fn add(family: &mut Family) {
    functions! { family:
        1199 "age" (TIMESTAMPTZ TIMESTAMPTZ) -> INTERVAL [] scalar(fields::age);
        1386 "age" (TIMESTAMPTZ) -> INTERVAL [stable] scalar(fields::age);
        2058 "age" (TIMESTAMP TIMESTAMP) -> INTERVAL [] scalar(fields::age);
        2059 "age" (TIMESTAMP) -> INTERVAL [stable] scalar(fields::age);
        2649 "clock_timestamp" () -> TIMESTAMPTZ [volatile] scalar(clock::clock_timestamp);
        1178 "date" (TIMESTAMPTZ) -> DATE [stable] scalar(casts::date);
        2029 "date" (TIMESTAMP) -> DATE [] scalar(casts::date);
        6221 "date_add" (TIMESTAMPTZ INTERVAL) -> TIMESTAMPTZ [stable] scalar(arithmetic::add_in_zone);
        6222 "date_add" (TIMESTAMPTZ INTERVAL TEXT) -> TIMESTAMPTZ [] scalar(arithmetic::add_in_zone);
        6177 "date_bin" (INTERVAL TIMESTAMP TIMESTAMP) -> TIMESTAMP [] scalar(fields::date_bin);
        6178 "date_bin" (INTERVAL TIMESTAMPTZ TIMESTAMPTZ) -> TIMESTAMPTZ [] scalar(fields::date_bin);
        1140 "date_mi" (DATE DATE) -> INT4 [] scalar(arithmetic::difference);
        2072 "date_mi_interval" (DATE INTERVAL) -> TIMESTAMP [] scalar(arithmetic::difference);
        1142 "date_mii" (DATE INT4) -> DATE [] scalar(arithmetic::difference);
        1171 "date_part" (TEXT TIMESTAMPTZ) -> FLOAT8 [stable] scalar(fields::date_part);
        1172 "date_part" (TEXT INTERVAL) -> FLOAT8 [] scalar(fields::date_part);
        1273 "date_part" (TEXT TIMETZ) -> FLOAT8 [] scalar(fields::date_part);
        1384 "date_part" (TEXT DATE) -> FLOAT8 [] scalar(fields::date_part);
        1385 "date_part" (TEXT TIME) -> FLOAT8 [] scalar(fields::date_part);
        2021 "date_part" (TEXT TIMESTAMP) -> FLOAT8 [] scalar(fields::date_part);
        2071 "date_pl_interval" (DATE INTERVAL) -> TIMESTAMP [] scalar(arithmetic::sum);
        1141 "date_pli" (DATE INT4) -> DATE [] scalar(arithmetic::sum);
        6223 "date_subtract" (TIMESTAMPTZ INTERVAL) -> TIMESTAMPTZ [stable] scalar(arithmetic::subtract_in_zone);
        6273 "date_subtract" (TIMESTAMPTZ INTERVAL TEXT) -> TIMESTAMPTZ [] scalar(arithmetic::subtract_in_zone);
        1217 "date_trunc" (TEXT TIMESTAMPTZ) -> TIMESTAMPTZ [stable] scalar(fields::date_trunc);
        1218 "date_trunc" (TEXT INTERVAL) -> INTERVAL [] scalar(fields::date_trunc);
        1284 "date_trunc" (TEXT TIMESTAMPTZ TEXT) -> TIMESTAMPTZ [] scalar(fields::date_trunc);
        2020 "date_trunc" (TEXT TIMESTAMP) -> TIMESTAMP [] scalar(fields::date_trunc);
        1272 "datetime_pl" (DATE TIME) -> TIMESTAMP [] scalar(arithmetic::sum);
        1297 "datetimetz_pl" (DATE TIMETZ) -> TIMESTAMPTZ [] scalar(arithmetic::sum);
        6199 "extract" (TEXT DATE) -> NUMERIC [] scalar(fields::extract);
        6200 "extract" (TEXT TIME) -> NUMERIC [] scalar(fields::extract);
        6201 "extract" (TEXT TIMETZ) -> NUMERIC [] scalar(fields::extract);
        6202 "extract" (TEXT TIMESTAMP) -> NUMERIC [] scalar(fields::extract);
        6203 "extract" (TEXT TIMESTAMPTZ) -> NUMERIC [stable] scalar(fields::extract);
        6204 "extract" (TEXT INTERVAL) -> NUMERIC [] scalar(fields::extract);
        938 "generate_series" (TIMESTAMP TIMESTAMP INTERVAL) -> TIMESTAMP [] series(series::generate_series);
        939 "generate_series" (TIMESTAMPTZ TIMESTAMPTZ INTERVAL) -> TIMESTAMPTZ [stable] series(series::generate_series);
        6274 "generate_series" (TIMESTAMPTZ TIMESTAMPTZ INTERVAL TEXT) -> TIMESTAMPTZ [] series(series::generate_series);
        2550 "integer_pl_date" (INT4 DATE) -> DATE [] scalar(arithmetic::sum);
        1200 "interval" (INTERVAL INT4) -> INTERVAL [] scalar(casts::interval);
        1370 "interval" (TIME) -> INTERVAL [] scalar(casts::interval);
        1326 "interval_div" (INTERVAL FLOAT8) -> INTERVAL [] scalar(arithmetic::divide);
        1170 "interval_mi" (INTERVAL INTERVAL) -> INTERVAL [] scalar(arithmetic::difference);
        1618 "interval_mul" (INTERVAL FLOAT8) -> INTERVAL [] scalar(arithmetic::multiply);
        1169 "interval_pl" (INTERVAL INTERVAL) -> INTERVAL [] scalar(arithmetic::sum);
        2546 "interval_pl_date" (INTERVAL DATE) -> TIMESTAMP [] scalar(arithmetic::sum);
        1848 "interval_pl_time" (INTERVAL TIME) -> TIME [] scalar(arithmetic::sum);
        2548 "interval_pl_timestamp" (INTERVAL TIMESTAMP) -> TIMESTAMP [] scalar(arithmetic::sum);
        2549 "interval_pl_timestamptz" (INTERVAL TIMESTAMPTZ) -> TIMESTAMPTZ [stable] scalar(arithmetic::sum);
        2547 "interval_pl_timetz" (INTERVAL TIMETZ) -> TIMETZ [] scalar(arithmetic::sum);
        1168 "interval_um" (INTERVAL) -> INTERVAL [] scalar(arithmetic::minus);
        1373 "isfinite" (DATE) -> BOOL [] scalar(fields::isfinite);
        1389 "isfinite" (TIMESTAMPTZ) -> BOOL [] scalar(fields::isfinite);
        1390 "isfinite" (INTERVAL) -> BOOL [] scalar(fields::isfinite);
        2048 "isfinite" (TIMESTAMP) -> BOOL [] scalar(fields::isfinite);
        1295 "justify_days" (INTERVAL) -> INTERVAL [] scalar(fields::justify_days);
        1175 "justify_hours" (INTERVAL) -> INTERVAL [] scalar(fields::justify_hours);
        2711 "justify_interval" (INTERVAL) -> INTERVAL [] scalar(fields::justify_interval);
        3846 "make_date" (INT4 INT4 INT4) -> DATE [] scalar(make::make_date);
        3847 "make_time" (INT4 INT4 FLOAT8) -> TIME [] scalar(make::make_time);
        3461 "make_timestamp" (INT4 INT4 INT4 INT4 INT4 FLOAT8) -> TIMESTAMP [] scalar(make::make_timestamp);
        3462 "make_timestamptz" (INT4 INT4 INT4 INT4 INT4 FLOAT8) -> TIMESTAMPTZ [stable] scalar(make::make_timestamptz);
        3463 "make_timestamptz" (INT4 INT4 INT4 INT4 INT4 FLOAT8 TEXT) -> TIMESTAMPTZ [stable] scalar(make::make_timestamptz);
        1624 "mul_d_interval" (FLOAT8 INTERVAL) -> INTERVAL [] scalar(arithmetic::multiply);
        1299 "now" () -> TIMESTAMPTZ [stable] scalar(clock::now);
        1271 "overlaps" (TIMETZ TIMETZ TIMETZ TIMETZ) -> BOOL [not_strict] scalar(overlaps::overlaps);
        1304 "overlaps" (TIMESTAMPTZ TIMESTAMPTZ TIMESTAMPTZ TIMESTAMPTZ) -> BOOL [not_strict] scalar(overlaps::overlaps);
        1305 "overlaps" (TIMESTAMPTZ INTERVAL TIMESTAMPTZ INTERVAL) -> BOOL [not_strict stable] scalar(overlaps::overlaps);
        1306 "overlaps" (TIMESTAMPTZ TIMESTAMPTZ TIMESTAMPTZ INTERVAL) -> BOOL [not_strict stable] scalar(overlaps::overlaps);
        1307 "overlaps" (TIMESTAMPTZ INTERVAL TIMESTAMPTZ TIMESTAMPTZ) -> BOOL [not_strict stable] scalar(overlaps::overlaps);
        1308 "overlaps" (TIME TIME TIME TIME) -> BOOL [not_strict] scalar(overlaps::overlaps);
        1309 "overlaps" (TIME INTERVAL TIME INTERVAL) -> BOOL [not_strict] scalar(overlaps::overlaps);
        1310 "overlaps" (TIME TIME TIME INTERVAL) -> BOOL [not_strict] scalar(overlaps::overlaps);
        1311 "overlaps" (TIME INTERVAL TIME TIME) -> BOOL [not_strict] scalar(overlaps::overlaps);
        2041 "overlaps" (TIMESTAMP TIMESTAMP TIMESTAMP TIMESTAMP) -> BOOL [not_strict] scalar(overlaps::overlaps);
        2042 "overlaps" (TIMESTAMP INTERVAL TIMESTAMP INTERVAL) -> BOOL [not_strict] scalar(overlaps::overlaps);
        2043 "overlaps" (TIMESTAMP TIMESTAMP TIMESTAMP INTERVAL) -> BOOL [not_strict] scalar(overlaps::overlaps);
        2044 "overlaps" (TIMESTAMP INTERVAL TIMESTAMP TIMESTAMP) -> BOOL [not_strict] scalar(overlaps::overlaps);
        2648 "statement_timestamp" () -> TIMESTAMPTZ [stable] scalar(clock::statement_timestamp);
        1316 "time" (TIMESTAMP) -> TIME [] scalar(casts::time);
        1419 "time" (INTERVAL) -> TIME [] scalar(casts::time);
        1968 "time" (TIME INT4) -> TIME [] scalar(casts::time);
        2019 "time" (TIMESTAMPTZ) -> TIME [stable] scalar(casts::time);
        2046 "time" (TIMETZ) -> TIME [] scalar(casts::time);
        1748 "time_mi_interval" (TIME INTERVAL) -> TIME [] scalar(arithmetic::difference);
        1690 "time_mi_time" (TIME TIME) -> INTERVAL [] scalar(arithmetic::difference);
        1747 "time_pl_interval" (TIME INTERVAL) -> TIME [] scalar(arithmetic::sum);
        1296 "timedate_pl" (TIME DATE) -> TIMESTAMP [] scalar(arithmetic::sum);
        274 "timeofday" () -> TEXT [volatile] scalar(clock::timeofday);
        1961 "timestamp" (TIMESTAMP INT4) -> TIMESTAMP [] scalar(casts::timestamp);
        2024 "timestamp" (DATE) -> TIMESTAMP [] scalar(casts::timestamp);
        2025 "timestamp" (DATE TIME) -> TIMESTAMP [] scalar(casts::timestamp);
        2027 "timestamp" (TIMESTAMPTZ) -> TIMESTAMP [stable] scalar(casts::timestamp);
        2031 "timestamp_mi" (TIMESTAMP TIMESTAMP) -> INTERVAL [] scalar(arithmetic::difference);
        2033 "timestamp_mi_interval" (TIMESTAMP INTERVAL) -> TIMESTAMP [] scalar(arithmetic::difference);
        2032 "timestamp_pl_interval" (TIMESTAMP INTERVAL) -> TIMESTAMP [] scalar(arithmetic::sum);
        1174 "timestamptz" (DATE) -> TIMESTAMPTZ [stable] scalar(casts::timestamptz);
        1176 "timestamptz" (DATE TIME) -> TIMESTAMPTZ [stable] scalar(casts::timestamptz);
        1359 "timestamptz" (DATE TIMETZ) -> TIMESTAMPTZ [] scalar(casts::timestamptz);
        1967 "timestamptz" (TIMESTAMPTZ INT4) -> TIMESTAMPTZ [] scalar(casts::timestamptz);
        2028 "timestamptz" (TIMESTAMP) -> TIMESTAMPTZ [stable] scalar(casts::timestamptz);
        1188 "timestamptz_mi" (TIMESTAMPTZ TIMESTAMPTZ) -> INTERVAL [] scalar(arithmetic::difference);
        1190 "timestamptz_mi_interval" (TIMESTAMPTZ INTERVAL) -> TIMESTAMPTZ [stable] scalar(arithmetic::difference);
        1189 "timestamptz_pl_interval" (TIMESTAMPTZ INTERVAL) -> TIMESTAMPTZ [stable] scalar(arithmetic::sum);
        1388 "timetz" (TIMESTAMPTZ) -> TIMETZ [stable] scalar(casts::timetz);
        1969 "timetz" (TIMETZ INT4) -> TIMETZ [] scalar(casts::timetz);
        2047 "timetz" (TIME) -> TIMETZ [stable] scalar(casts::timetz);
        1750 "timetz_mi_interval" (TIMETZ INTERVAL) -> TIMETZ [] scalar(arithmetic::difference);
        1749 "timetz_pl_interval" (TIMETZ INTERVAL) -> TIMETZ [] scalar(arithmetic::sum);
        1298 "timetzdate_pl" (TIMETZ DATE) -> TIMESTAMPTZ [] scalar(arithmetic::sum);
        1026 "timezone" (INTERVAL TIMESTAMPTZ) -> TIMESTAMP [] scalar(zones::timezone);
        1159 "timezone" (TEXT TIMESTAMPTZ) -> TIMESTAMP [] scalar(zones::timezone);
        2037 "timezone" (TEXT TIMETZ) -> TIMETZ [stable] scalar(zones::timezone);
        2038 "timezone" (INTERVAL TIMETZ) -> TIMETZ [] scalar(zones::timezone);
        2069 "timezone" (TEXT TIMESTAMP) -> TIMESTAMPTZ [] scalar(zones::timezone);
        2070 "timezone" (INTERVAL TIMESTAMP) -> TIMESTAMPTZ [] scalar(zones::timezone);
        6334 "timezone" (TIMESTAMPTZ) -> TIMESTAMP [stable] scalar(zones::timezone);
        6335 "timezone" (TIMESTAMP) -> TIMESTAMPTZ [stable] scalar(zones::timezone);
        6336 "timezone" (TIMETZ) -> TIMETZ [stable] scalar(zones::timezone);
        1768 "to_char" (INTERVAL TEXT) -> TEXT [stable] scalar(templates::to_char);
        1770 "to_char" (TIMESTAMPTZ TEXT) -> TEXT [stable] scalar(templates::to_char);
        2049 "to_char" (TIMESTAMP TEXT) -> TEXT [stable] scalar(templates::to_char);
        1780 "to_date" (TEXT TEXT) -> DATE [stable] scalar(templates::to_date);
        1158 "to_timestamp" (FLOAT8) -> TIMESTAMPTZ [] scalar(make::of_unix_seconds);
        1778 "to_timestamp" (TEXT TEXT) -> TIMESTAMPTZ [stable] scalar(templates::to_timestamp);
        2647 "transaction_timestamp" () -> TIMESTAMPTZ [stable] scalar(clock::now);
        0 "current_date" () -> DATE [stable] scalar(clock::current_date);
        0 "current_time" () -> TIMETZ [stable] scalar(clock::current_time);
        0 "current_time" (INT4) -> TIMETZ [stable] scalar(clock::current_time);
        0 "current_timestamp" () -> TIMESTAMPTZ [stable] scalar(clock::current_timestamp);
        0 "current_timestamp" (INT4) -> TIMESTAMPTZ [stable] scalar(clock::current_timestamp);
        0 "localtime" () -> TIME [stable] scalar(clock::localtime);
        0 "localtime" (INT4) -> TIME [stable] scalar(clock::localtime);
        0 "localtimestamp" () -> TIMESTAMP [stable] scalar(clock::localtimestamp);
        0 "localtimestamp" (INT4) -> TIMESTAMP [stable] scalar(clock::localtimestamp);
    }
    family
        .scalar(
            "make_interval",
            &[oid::INT4, oid::INT4, oid::INT4, oid::INT4, oid::INT4, oid::INT4, oid::FLOAT8],
            oid::INTERVAL,
            make::make_interval,
        )
        .oid(3464)
        .defaults(&NO_INTERVAL);
    operators! { family:
        "*" FLOAT8 INTERVAL INTERVAL "mul_d_interval";
        "*" INTERVAL FLOAT8 INTERVAL "interval_mul";
        "+" INT4 DATE DATE "integer_pl_date";
        "+" DATE INT4 DATE "date_pli";
        "+" DATE TIME TIMESTAMP "datetime_pl";
        "+" DATE INTERVAL TIMESTAMP "date_pl_interval";
        "+" DATE TIMETZ TIMESTAMPTZ "datetimetz_pl";
        "+" TIME DATE TIMESTAMP "timedate_pl";
        "+" TIME INTERVAL TIME "time_pl_interval";
        "+" TIMESTAMP INTERVAL TIMESTAMP "timestamp_pl_interval";
        "+" TIMESTAMPTZ INTERVAL TIMESTAMPTZ "timestamptz_pl_interval";
        "+" INTERVAL DATE TIMESTAMP "interval_pl_date";
        "+" INTERVAL TIME TIME "interval_pl_time";
        "+" INTERVAL TIMESTAMP TIMESTAMP "interval_pl_timestamp";
        "+" INTERVAL TIMESTAMPTZ TIMESTAMPTZ "interval_pl_timestamptz";
        "+" INTERVAL INTERVAL INTERVAL "interval_pl";
        "+" INTERVAL TIMETZ TIMETZ "interval_pl_timetz";
        "+" TIMETZ DATE TIMESTAMPTZ "timetzdate_pl";
        "+" TIMETZ INTERVAL TIMETZ "timetz_pl_interval";
        "-" _ INTERVAL INTERVAL "interval_um";
        "-" DATE INT4 DATE "date_mii";
        "-" DATE DATE INT4 "date_mi";
        "-" DATE INTERVAL TIMESTAMP "date_mi_interval";
        "-" TIME TIME INTERVAL "time_mi_time";
        "-" TIME INTERVAL TIME "time_mi_interval";
        "-" TIMESTAMP TIMESTAMP INTERVAL "timestamp_mi";
        "-" TIMESTAMP INTERVAL TIMESTAMP "timestamp_mi_interval";
        "-" TIMESTAMPTZ TIMESTAMPTZ INTERVAL "timestamptz_mi";
        "-" TIMESTAMPTZ INTERVAL TIMESTAMPTZ "timestamptz_mi_interval";
        "-" INTERVAL INTERVAL INTERVAL "interval_mi";
        "-" TIMETZ INTERVAL TIMETZ "timetz_mi_interval";
        "/" INTERVAL FLOAT8 INTERVAL "interval_div";
    }
}
