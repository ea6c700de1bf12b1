//! The rows of `pg_proc` and `pg_operator` of mathematics.

use super::{Family, buckets::*, degrees::*, float::*, integer::*, numeric::*, random::*};
use crate::{
    query::functions::table::{functions, operators},
    types::{Datum, oid},
};

/// Mean and deviation of `random_normal()`.
static STANDARD: [Datum; 2] = [Datum::Float8(0.0), Datum::Float8(1.0)];

pub(super) fn add(family: &mut Family) {
    functions! { family:
        1601 "acos" (FLOAT8) -> FLOAT8 [] scalar(dacos);
        2732 "acosd" (FLOAT8) -> FLOAT8 [] scalar(dacosd);
        2466 "acosh" (FLOAT8) -> FLOAT8 [] scalar(dacosh);
        1600 "asin" (FLOAT8) -> FLOAT8 [] scalar(dasin);
        2731 "asind" (FLOAT8) -> FLOAT8 [] scalar(dasind);
        2465 "asinh" (FLOAT8) -> FLOAT8 [] scalar(dasinh);
        1602 "atan" (FLOAT8) -> FLOAT8 [] scalar(datan);
        1603 "atan2" (FLOAT8 FLOAT8) -> FLOAT8 [] scalar(datan2);
        2734 "atan2d" (FLOAT8 FLOAT8) -> FLOAT8 [] scalar(datan2d);
        2733 "atand" (FLOAT8) -> FLOAT8 [] scalar(datand);
        2467 "atanh" (FLOAT8) -> FLOAT8 [] scalar(datanh);
        6163 "bit_count" (BYTEA) -> INT8 [] scalar(bytea_bit_count);
        1345 "cbrt" (FLOAT8) -> FLOAT8 [] scalar(dcbrt);
        1711 "ceil" (NUMERIC) -> NUMERIC [] scalar(numeric_ceil);
        2308 "ceil" (FLOAT8) -> FLOAT8 [] scalar(dceil);
        2167 "ceiling" (NUMERIC) -> NUMERIC [] scalar(numeric_ceil);
        2320 "ceiling" (FLOAT8) -> FLOAT8 [] scalar(dceil);
        1605 "cos" (FLOAT8) -> FLOAT8 [] scalar(dcos);
        2736 "cosd" (FLOAT8) -> FLOAT8 [] scalar(dcosd);
        2463 "cosh" (FLOAT8) -> FLOAT8 [] scalar(dcosh);
        1607 "cot" (FLOAT8) -> FLOAT8 [] scalar(dcot);
        2738 "cotd" (FLOAT8) -> FLOAT8 [] scalar(dcotd);
        231 "dcbrt" (FLOAT8) -> FLOAT8 [] scalar(dcbrt);
        1608 "degrees" (FLOAT8) -> FLOAT8 [] scalar(degrees);
        233 "dexp" (FLOAT8) -> FLOAT8 [] scalar(dexp);
        234 "dlog1" (FLOAT8) -> FLOAT8 [] scalar(dlog1);
        1339 "dlog10" (FLOAT8) -> FLOAT8 [] scalar(dlog10);
        232 "dpow" (FLOAT8 FLOAT8) -> FLOAT8 [] scalar(dpow);
        228 "dround" (FLOAT8) -> FLOAT8 [] scalar(dround);
        230 "dsqrt" (FLOAT8) -> FLOAT8 [] scalar(dsqrt);
        229 "dtrunc" (FLOAT8) -> FLOAT8 [] scalar(dtrunc);
        1347 "exp" (FLOAT8) -> FLOAT8 [] scalar(dexp);
        1732 "exp" (NUMERIC) -> NUMERIC [] scalar(numeric_exp);
        1376 "factorial" (INT8) -> NUMERIC [] scalar(numeric_fac);
        1712 "floor" (NUMERIC) -> NUMERIC [] scalar(numeric_floor);
        2309 "floor" (FLOAT8) -> FLOAT8 [] scalar(dfloor);
        5044 "gcd" (INT4 INT4) -> INT4 [] scalar(int4gcd);
        5045 "gcd" (INT8 INT8) -> INT8 [] scalar(int8gcd);
        5048 "gcd" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_gcd);
        5046 "lcm" (INT4 INT4) -> INT4 [] scalar(int4lcm);
        5047 "lcm" (INT8 INT8) -> INT8 [] scalar(int8lcm);
        5049 "lcm" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_lcm);
        1341 "ln" (FLOAT8) -> FLOAT8 [] scalar(dlog1);
        1734 "ln" (NUMERIC) -> NUMERIC [] scalar(numeric_ln);
        1340 "log" (FLOAT8) -> FLOAT8 [] scalar(dlog10);
        1736 "log" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_log);
        1741 "log" (NUMERIC) -> NUMERIC [] scalar(numeric_log10);
        1194 "log10" (FLOAT8) -> FLOAT8 [] scalar(dlog10);
        1481 "log10" (NUMERIC) -> NUMERIC [] scalar(numeric_log10);
        5042 "min_scale" (NUMERIC) -> INT4 [] scalar(numeric_min_scale);
        1733 "numeric_exp" (NUMERIC) -> NUMERIC [] scalar(numeric_exp);
        1735 "numeric_ln" (NUMERIC) -> NUMERIC [] scalar(numeric_ln);
        1737 "numeric_log" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_log);
        1739 "numeric_power" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_power);
        1731 "numeric_sqrt" (NUMERIC) -> NUMERIC [] scalar(numeric_sqrt);
        1610 "pi" () -> FLOAT8 [] scalar(dpi);
        1346 "pow" (FLOAT8 FLOAT8) -> FLOAT8 [] scalar(dpow);
        1764 "numeric_inc" (NUMERIC) -> NUMERIC [] scalar(numeric_inc);
        6219 "erf" (FLOAT8) -> FLOAT8 [] scalar(derf);
        6220 "erfc" (FLOAT8) -> FLOAT8 [] scalar(derfc);
        6383 "gamma" (FLOAT8) -> FLOAT8 [] scalar(dgamma);
        6384 "lgamma" (FLOAT8) -> FLOAT8 [] scalar(dlgamma);
        1738 "pow" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_power);
        1368 "power" (FLOAT8 FLOAT8) -> FLOAT8 [] scalar(dpow);
        2169 "power" (NUMERIC NUMERIC) -> NUMERIC [] scalar(numeric_power);
        1609 "radians" (FLOAT8) -> FLOAT8 [] scalar(radians);
        1598 "random" () -> FLOAT8 [volatile] scalar(drandom);
        6339 "random" (INT4 INT4) -> INT4 [volatile] scalar(int4random);
        6340 "random" (INT8 INT8) -> INT8 [volatile] scalar(int8random);
        6341 "random" (NUMERIC NUMERIC) -> NUMERIC [volatile] scalar(numeric_random);
        1342 "round" (FLOAT8) -> FLOAT8 [] scalar(dround);
        1707 "round" (NUMERIC INT4) -> NUMERIC [] scalar(numeric_round);
        1708 "round" (NUMERIC) -> NUMERIC [] scalar(numeric_round_whole);
        3281 "scale" (NUMERIC) -> INT4 [] scalar(numeric_scale);
        1599 "setseed" (FLOAT8) -> VOID [volatile] scalar(setseed);
        1706 "sign" (NUMERIC) -> NUMERIC [] scalar(numeric_sign);
        2310 "sign" (FLOAT8) -> FLOAT8 [] scalar(dsign);
        1604 "sin" (FLOAT8) -> FLOAT8 [] scalar(dsin);
        2735 "sind" (FLOAT8) -> FLOAT8 [] scalar(dsind);
        2462 "sinh" (FLOAT8) -> FLOAT8 [] scalar(dsinh);
        1344 "sqrt" (FLOAT8) -> FLOAT8 [] scalar(dsqrt);
        1730 "sqrt" (NUMERIC) -> NUMERIC [] scalar(numeric_sqrt);
        1606 "tan" (FLOAT8) -> FLOAT8 [] scalar(dtan);
        2737 "tand" (FLOAT8) -> FLOAT8 [] scalar(dtand);
        2464 "tanh" (FLOAT8) -> FLOAT8 [] scalar(dtanh);
        5043 "trim_scale" (NUMERIC) -> NUMERIC [] scalar(numeric_trim_scale);
        1343 "trunc" (FLOAT8) -> FLOAT8 [] scalar(dtrunc);
        1709 "trunc" (NUMERIC INT4) -> NUMERIC [] scalar(numeric_trunc);
        1710 "trunc" (NUMERIC) -> NUMERIC [] scalar(numeric_trunc_whole);
        320 "width_bucket" (FLOAT8 FLOAT8 FLOAT8 INT4) -> INT4 [] scalar(width_bucket_float8);
        2170 "width_bucket" (NUMERIC NUMERIC NUMERIC INT4) -> INT4 [] scalar(width_bucket_numeric);
        3218 "width_bucket" (ANYCOMPATIBLE ANYCOMPATIBLEARRAY) -> INT4 [] scalar(width_bucket_array);
    }
    family
        .scalar("random_normal", &[oid::FLOAT8, oid::FLOAT8], oid::FLOAT8, drandom_normal)
        .oid(6212)
        .volatile()
        .defaults(&STANDARD);
    operators! { family:
        "||/" _ FLOAT8 FLOAT8 "dcbrt";
        "^" FLOAT8 FLOAT8 FLOAT8 "dpow";
        "|/" _ FLOAT8 FLOAT8 "dsqrt";
        "^" NUMERIC NUMERIC NUMERIC "numeric_power";
    }
}
