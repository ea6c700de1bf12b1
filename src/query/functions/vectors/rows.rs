//! pgvector's rows of `pg_proc`, `pg_operator` and `pg_cast`. Extensions' oids are not fixed.

use super::{Family, aggregate::*, arithmetic::*, cast::*, distance::*};
use crate::query::functions::table::{casts, functions, operators};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        0 "array_to_vector" (INT4_ARRAY INT4 BOOL) -> VECTOR [] scalar(to_vector);
        0 "array_to_vector" (FLOAT4_ARRAY INT4 BOOL) -> VECTOR [] scalar(to_vector);
        0 "array_to_vector" (FLOAT8_ARRAY INT4 BOOL) -> VECTOR [] scalar(to_vector);
        0 "array_to_vector" (NUMERIC_ARRAY INT4 BOOL) -> VECTOR [] scalar(to_vector);
        0 "avg" (VECTOR) -> VECTOR [] aggregate(vector_avg);
        0 "cosine_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(cosine_distance, cosine_distance_columns);
        0 "inner_product" (VECTOR VECTOR) -> FLOAT8 [] columnar(inner_product, inner_product_columns);
        0 "l1_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(l1_distance, l1_distance_columns);
        0 "l2_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(l2_distance, l2_distance_columns);
        0 "l2_normalize" (VECTOR) -> VECTOR [] scalar(l2_normalize);
        0 "subvector" (VECTOR INT4 INT4) -> VECTOR [] scalar(subvector);
        0 "sum" (VECTOR) -> VECTOR [] aggregate(vector_sum);
        0 "vector" (VECTOR INT4 BOOL) -> VECTOR [] scalar(redimension);
        0 "vector_add" (VECTOR VECTOR) -> VECTOR [] scalar(vector_add);
        0 "vector_cmp" (VECTOR VECTOR) -> INT4 [] scalar(vector_cmp);
        0 "vector_concat" (VECTOR VECTOR) -> VECTOR [] scalar(vector_concat);
        0 "vector_dims" (VECTOR) -> INT4 [] scalar(vector_dims);
        0 "vector_eq" (VECTOR VECTOR) -> BOOL [] scalar(vector_eq);
        0 "vector_ge" (VECTOR VECTOR) -> BOOL [] scalar(vector_ge);
        0 "vector_gt" (VECTOR VECTOR) -> BOOL [] scalar(vector_gt);
        0 "vector_l2_squared_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_l2_squared_distance, vector_l2_squared_distance_columns);
        0 "vector_le" (VECTOR VECTOR) -> BOOL [] scalar(vector_le);
        0 "vector_lt" (VECTOR VECTOR) -> BOOL [] scalar(vector_lt);
        0 "vector_mul" (VECTOR VECTOR) -> VECTOR [] scalar(vector_mul);
        0 "vector_ne" (VECTOR VECTOR) -> BOOL [] scalar(vector_ne);
        0 "vector_negative_inner_product" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_negative_inner_product, vector_negative_inner_product_columns);
        0 "vector_norm" (VECTOR) -> FLOAT8 [] scalar(vector_norm);
        0 "vector_spherical_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_spherical_distance, vector_spherical_distance_columns);
        0 "vector_sub" (VECTOR VECTOR) -> VECTOR [] scalar(vector_sub);
        0 "vector_to_float4" (VECTOR INT4 BOOL) -> FLOAT4_ARRAY [] scalar(vector_to_float4);
    }
    operators! { family:
        "<=>" VECTOR VECTOR FLOAT8 "cosine_distance";
        "<+>" VECTOR VECTOR FLOAT8 "l1_distance";
        "<->" VECTOR VECTOR FLOAT8 "l2_distance";
        "+" VECTOR VECTOR VECTOR "vector_add";
        "||" VECTOR VECTOR VECTOR "vector_concat";
        "=" VECTOR VECTOR BOOL "vector_eq";
        ">=" VECTOR VECTOR BOOL "vector_ge";
        ">" VECTOR VECTOR BOOL "vector_gt";
        "<=" VECTOR VECTOR BOOL "vector_le";
        "<" VECTOR VECTOR BOOL "vector_lt";
        "*" VECTOR VECTOR VECTOR "vector_mul";
        "<>" VECTOR VECTOR BOOL "vector_ne";
        "<#>" VECTOR VECTOR FLOAT8 "vector_negative_inner_product";
        "-" VECTOR VECTOR VECTOR "vector_sub";
    }
    casts! { family:
        INT4_ARRAY VECTOR Assignment to_vector;
        FLOAT4_ARRAY VECTOR Assignment to_vector;
        FLOAT8_ARRAY VECTOR Assignment to_vector;
        NUMERIC_ARRAY VECTOR Assignment to_vector;
        VECTOR FLOAT4_ARRAY Implicit vector_to_float4;
    }
}
