//! The rows of `pg_proc` and `pg_operator` of arrays.

use super::{Family, build::*, change::*, search::*, sets::*, shape::*, sort::*};
use crate::query::functions::table::{functions, operators};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        378 "array_append" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE) -> ANYCOMPATIBLEARRAY [not_strict] scalar(array_append);
        383 "array_cat" (ANYCOMPATIBLEARRAY ANYCOMPATIBLEARRAY) -> ANYCOMPATIBLEARRAY [not_strict] scalar(array_cat);
        747 "array_dims" (ANYARRAY) -> TEXT [] scalar(array_dims);
        1193 "array_fill" (ANYELEMENT INT4_ARRAY) -> ANYARRAY [not_strict] scalar(array_fill);
        1286 "array_fill" (ANYELEMENT INT4_ARRAY INT4_ARRAY) -> ANYARRAY [not_strict] scalar(array_fill_with_lower_bounds);
        2176 "array_length" (ANYARRAY INT4) -> INT4 [] scalar(array_length);
        2091 "array_lower" (ANYARRAY INT4) -> INT4 [] scalar(array_lower);
        748 "array_ndims" (ANYARRAY) -> INT4 [] scalar(array_ndims);
        3277 "array_position" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE) -> INT4 [not_strict] scalar(array_position);
        3278 "array_position" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE INT4) -> INT4 [not_strict] scalar(array_position_start);
        3279 "array_positions" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE) -> INT4_ARRAY [not_strict] scalar(array_positions);
        379 "array_prepend" (ANYCOMPATIBLE ANYCOMPATIBLEARRAY) -> ANYCOMPATIBLEARRAY [not_strict] scalar(array_prepend);
        3167 "array_remove" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE) -> ANYCOMPATIBLEARRAY [not_strict] scalar(array_remove);
        3168 "array_replace" (ANYCOMPATIBLEARRAY ANYCOMPATIBLE ANYCOMPATIBLE) -> ANYCOMPATIBLEARRAY [not_strict] scalar(array_replace);
        6381 "array_reverse" (ANYARRAY) -> ANYARRAY [] scalar(array_reverse);
        6216 "array_sample" (ANYARRAY INT4) -> ANYARRAY [volatile] scalar(array_sample);
        6215 "array_shuffle" (ANYARRAY) -> ANYARRAY [volatile] scalar(array_shuffle);
        6388 "array_sort" (ANYARRAY) -> ANYARRAY [] scalar(array_sort);
        6389 "array_sort" (ANYARRAY BOOL) -> ANYARRAY [] scalar(array_sort_order);
        6390 "array_sort" (ANYARRAY BOOL BOOL) -> ANYARRAY [] scalar(array_sort_order_nulls_first);
        384 "array_to_string" (ANYARRAY TEXT TEXT) -> TEXT [not_strict stable] scalar(array_to_text_null);
        395 "array_to_string" (ANYARRAY TEXT) -> TEXT [stable] scalar(array_to_text);
        2092 "array_upper" (ANYARRAY INT4) -> INT4 [] scalar(array_upper);
        2749 "arraycontained" (ANYARRAY ANYARRAY) -> BOOL [] scalar(arraycontained);
        2748 "arraycontains" (ANYARRAY ANYARRAY) -> BOOL [] scalar(arraycontains);
        2747 "arrayoverlap" (ANYARRAY ANYARRAY) -> BOOL [] scalar(arrayoverlap);
        3179 "cardinality" (ANYARRAY) -> INT4 [] scalar(array_cardinality);
        1191 "generate_subscripts" (ANYARRAY INT4 BOOL) -> INT4 [] set(generate_subscripts);
        1192 "generate_subscripts" (ANYARRAY INT4) -> INT4 [] set(generate_subscripts_nodir);
        6172 "trim_array" (ANYARRAY INT4) -> ANYARRAY [] scalar(trim_array);
        2331 "unnest" (ANYARRAY) -> ANYELEMENT [] set(array_unnest);
    }
    operators! { family:
        "||" ANYCOMPATIBLEARRAY ANYCOMPATIBLE ANYCOMPATIBLEARRAY "array_append";
        "||" ANYCOMPATIBLEARRAY ANYCOMPATIBLEARRAY ANYCOMPATIBLEARRAY "array_cat";
        "||" ANYCOMPATIBLE ANYCOMPATIBLEARRAY ANYCOMPATIBLEARRAY "array_prepend";
        "<@" ANYARRAY ANYARRAY BOOL "arraycontained";
        "@>" ANYARRAY ANYARRAY BOOL "arraycontains";
        "&&" ANYARRAY ANYARRAY BOOL "arrayoverlap";
    }
}
