//! Window functions proper. The executor computes them by name; here are their signatures.

use super::{Family, table::functions};

pub fn family() -> Family {
    let mut family = Family::default();
    let rows = &mut family;
    functions! { rows:
        3100 "row_number" () -> INT8 [not_strict] window();
        3101 "rank" () -> INT8 [not_strict] window();
        3102 "dense_rank" () -> INT8 [not_strict] window();
        3103 "percent_rank" () -> FLOAT8 [not_strict] window();
        3104 "cume_dist" () -> FLOAT8 [not_strict] window();
        3105 "ntile" (INT4) -> INT4 [] window();
        3106 "lag" (ANYELEMENT) -> ANYELEMENT [] window();
        3107 "lag" (ANYELEMENT INT4) -> ANYELEMENT [] window();
        3108 "lag" (ANYCOMPATIBLE INT4 ANYCOMPATIBLE) -> ANYCOMPATIBLE [] window();
        3109 "lead" (ANYELEMENT) -> ANYELEMENT [] window();
        3110 "lead" (ANYELEMENT INT4) -> ANYELEMENT [] window();
        3111 "lead" (ANYCOMPATIBLE INT4 ANYCOMPATIBLE) -> ANYCOMPATIBLE [] window();
        3112 "first_value" (ANYELEMENT) -> ANYELEMENT [] window();
        3113 "last_value" (ANYELEMENT) -> ANYELEMENT [] window();
        3114 "nth_value" (ANYELEMENT INT4) -> ANYELEMENT [] window();
    }
    family
}
