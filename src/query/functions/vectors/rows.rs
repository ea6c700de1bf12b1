//! pgvector's rows of `pg_proc`, `pg_operator` and `pg_cast`. Extensions' oids are not fixed.

use super::{Family, aggregate::*, arithmetic::*, cast::*, distance::*, element::Half, sparse};
use crate::query::functions::table::{casts, functions, operators};

pub(super) fn add(family: &mut Family) {
    dense(family);
    sparse_rows(family);
    conversions(family);
}

fn dense(family: &mut Family) {
    functions! { family:
        0 "avg" (VECTOR) -> VECTOR [] aggregate(vector_avg::<f32>);
        0 "binary_quantize" (VECTOR) -> BIT [] scalar(binary_quantize::<f32>);
        0 "cosine_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(cosine_distance::<f32>, cosine_distance_columns::<f32>);
        0 "inner_product" (VECTOR VECTOR) -> FLOAT8 [] columnar(inner_product::<f32>, inner_product_columns::<f32>);
        0 "l1_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(l1_distance::<f32>, l1_distance_columns::<f32>);
        0 "l2_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(l2_distance::<f32>, l2_distance_columns::<f32>);
        0 "l2_normalize" (VECTOR) -> VECTOR [] scalar(l2_normalize::<f32>);
        0 "vector_norm" (VECTOR) -> FLOAT8 [] scalar(vector_norm::<f32>);
        0 "subvector" (VECTOR INT4 INT4) -> VECTOR [] scalar(subvector::<f32>);
        0 "sum" (VECTOR) -> VECTOR [] aggregate(vector_sum::<f32>);
        0 "vector_dims" (VECTOR) -> INT4 [] scalar(vector_dims::<f32>);
        0 "vector_accum" (FLOAT8_ARRAY VECTOR) -> FLOAT8_ARRAY [] scalar(accum::<f32>);
        0 "vector_avg" (FLOAT8_ARRAY) -> VECTOR [] scalar(finish::<f32>);
        0 "vector_combine" (FLOAT8_ARRAY FLOAT8_ARRAY) -> FLOAT8_ARRAY [] scalar(combine);
        0 "vector_add" (VECTOR VECTOR) -> VECTOR [] scalar(vector_add::<f32>);
        0 "vector_concat" (VECTOR VECTOR) -> VECTOR [] scalar(vector_concat::<f32>);
        0 "vector_mul" (VECTOR VECTOR) -> VECTOR [] scalar(vector_mul::<f32>);
        0 "vector_sub" (VECTOR VECTOR) -> VECTOR [] scalar(vector_sub::<f32>);
        0 "vector_cmp" (VECTOR VECTOR) -> INT4 [] scalar(vector_cmp);
        0 "vector_eq" (VECTOR VECTOR) -> BOOL [] scalar(vector_eq);
        0 "vector_ge" (VECTOR VECTOR) -> BOOL [] scalar(vector_ge);
        0 "vector_gt" (VECTOR VECTOR) -> BOOL [] scalar(vector_gt);
        0 "vector_le" (VECTOR VECTOR) -> BOOL [] scalar(vector_le);
        0 "vector_lt" (VECTOR VECTOR) -> BOOL [] scalar(vector_lt);
        0 "vector_ne" (VECTOR VECTOR) -> BOOL [] scalar(vector_ne);
        0 "vector_l2_squared_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_l2_squared_distance::<f32>, vector_l2_squared_distance_columns::<f32>);
        0 "vector_negative_inner_product" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_negative_inner_product::<f32>, vector_negative_inner_product_columns::<f32>);
        0 "vector_spherical_distance" (VECTOR VECTOR) -> FLOAT8 [] columnar(vector_spherical_distance::<f32>, vector_spherical_distance_columns::<f32>);
        0 "avg" (HALFVEC) -> HALFVEC [] aggregate(vector_avg::<Half>);
        0 "binary_quantize" (HALFVEC) -> BIT [] scalar(binary_quantize::<Half>);
        0 "cosine_distance" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(cosine_distance::<Half>, cosine_distance_columns::<Half>);
        0 "inner_product" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(inner_product::<Half>, inner_product_columns::<Half>);
        0 "l1_distance" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(l1_distance::<Half>, l1_distance_columns::<Half>);
        0 "l2_distance" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(l2_distance::<Half>, l2_distance_columns::<Half>);
        0 "l2_normalize" (HALFVEC) -> HALFVEC [] scalar(l2_normalize::<Half>);
        0 "l2_norm" (HALFVEC) -> FLOAT8 [] scalar(vector_norm::<Half>);
        0 "subvector" (HALFVEC INT4 INT4) -> HALFVEC [] scalar(subvector::<Half>);
        0 "sum" (HALFVEC) -> HALFVEC [] aggregate(vector_sum::<Half>);
        0 "vector_dims" (HALFVEC) -> INT4 [] scalar(vector_dims::<Half>);
        0 "halfvec_accum" (FLOAT8_ARRAY HALFVEC) -> FLOAT8_ARRAY [] scalar(accum::<Half>);
        0 "halfvec_avg" (FLOAT8_ARRAY) -> HALFVEC [] scalar(finish::<Half>);
        0 "halfvec_combine" (FLOAT8_ARRAY FLOAT8_ARRAY) -> FLOAT8_ARRAY [] scalar(combine);
        0 "halfvec_add" (HALFVEC HALFVEC) -> HALFVEC [] scalar(vector_add::<Half>);
        0 "halfvec_concat" (HALFVEC HALFVEC) -> HALFVEC [] scalar(vector_concat::<Half>);
        0 "halfvec_mul" (HALFVEC HALFVEC) -> HALFVEC [] scalar(vector_mul::<Half>);
        0 "halfvec_sub" (HALFVEC HALFVEC) -> HALFVEC [] scalar(vector_sub::<Half>);
        0 "halfvec_cmp" (HALFVEC HALFVEC) -> INT4 [] scalar(vector_cmp);
        0 "halfvec_eq" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_eq);
        0 "halfvec_ge" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_ge);
        0 "halfvec_gt" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_gt);
        0 "halfvec_le" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_le);
        0 "halfvec_lt" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_lt);
        0 "halfvec_ne" (HALFVEC HALFVEC) -> BOOL [] scalar(vector_ne);
        0 "halfvec_l2_squared_distance" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(vector_l2_squared_distance::<Half>, vector_l2_squared_distance_columns::<Half>);
        0 "halfvec_negative_inner_product" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(vector_negative_inner_product::<Half>, vector_negative_inner_product_columns::<Half>);
        0 "halfvec_spherical_distance" (HALFVEC HALFVEC) -> FLOAT8 [] columnar(vector_spherical_distance::<Half>, vector_spherical_distance_columns::<Half>);
    }
    operators! { family:
        "<=>" VECTOR VECTOR FLOAT8 "cosine_distance";
        "<+>" VECTOR VECTOR FLOAT8 "l1_distance";
        "<->" VECTOR VECTOR FLOAT8 "l2_distance";
        "<#>" VECTOR VECTOR FLOAT8 "vector_negative_inner_product";
        "+" VECTOR VECTOR VECTOR "vector_add";
        "-" VECTOR VECTOR VECTOR "vector_sub";
        "*" VECTOR VECTOR VECTOR "vector_mul";
        "||" VECTOR VECTOR VECTOR "vector_concat";
        "=" VECTOR VECTOR BOOL "vector_eq";
        "<>" VECTOR VECTOR BOOL "vector_ne";
        "<" VECTOR VECTOR BOOL "vector_lt";
        "<=" VECTOR VECTOR BOOL "vector_le";
        ">" VECTOR VECTOR BOOL "vector_gt";
        ">=" VECTOR VECTOR BOOL "vector_ge";
        "<=>" HALFVEC HALFVEC FLOAT8 "cosine_distance";
        "<+>" HALFVEC HALFVEC FLOAT8 "l1_distance";
        "<->" HALFVEC HALFVEC FLOAT8 "l2_distance";
        "<#>" HALFVEC HALFVEC FLOAT8 "halfvec_negative_inner_product";
        "+" HALFVEC HALFVEC HALFVEC "halfvec_add";
        "-" HALFVEC HALFVEC HALFVEC "halfvec_sub";
        "*" HALFVEC HALFVEC HALFVEC "halfvec_mul";
        "||" HALFVEC HALFVEC HALFVEC "halfvec_concat";
        "=" HALFVEC HALFVEC BOOL "halfvec_eq";
        "<>" HALFVEC HALFVEC BOOL "halfvec_ne";
        "<" HALFVEC HALFVEC BOOL "halfvec_lt";
        "<=" HALFVEC HALFVEC BOOL "halfvec_le";
        ">" HALFVEC HALFVEC BOOL "halfvec_gt";
        ">=" HALFVEC HALFVEC BOOL "halfvec_ge";
    }
}

fn sparse_rows(family: &mut Family) {
    functions! { family:
        0 "cosine_distance" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::cosine_distance);
        0 "inner_product" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::inner_product);
        0 "l1_distance" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::l1_distance);
        0 "l2_distance" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::l2_distance);
        0 "l2_norm" (SPARSEVEC) -> FLOAT8 [] scalar(sparse::l2_norm);
        0 "l2_normalize" (SPARSEVEC) -> SPARSEVEC [] scalar(sparse::l2_normalize);
        0 "sparsevec_cmp" (SPARSEVEC SPARSEVEC) -> INT4 [] scalar(vector_cmp);
        0 "sparsevec_eq" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_eq);
        0 "sparsevec_ge" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_ge);
        0 "sparsevec_gt" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_gt);
        0 "sparsevec_le" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_le);
        0 "sparsevec_lt" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_lt);
        0 "sparsevec_ne" (SPARSEVEC SPARSEVEC) -> BOOL [] scalar(vector_ne);
        0 "sparsevec_l2_squared_distance" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::l2_squared_distance);
        0 "sparsevec_negative_inner_product" (SPARSEVEC SPARSEVEC) -> FLOAT8 [] scalar(sparse::negative_inner_product);
    }
    operators! { family:
        "<=>" SPARSEVEC SPARSEVEC FLOAT8 "cosine_distance";
        "<+>" SPARSEVEC SPARSEVEC FLOAT8 "l1_distance";
        "<->" SPARSEVEC SPARSEVEC FLOAT8 "l2_distance";
        "<#>" SPARSEVEC SPARSEVEC FLOAT8 "sparsevec_negative_inner_product";
        "=" SPARSEVEC SPARSEVEC BOOL "sparsevec_eq";
        "<>" SPARSEVEC SPARSEVEC BOOL "sparsevec_ne";
        "<" SPARSEVEC SPARSEVEC BOOL "sparsevec_lt";
        "<=" SPARSEVEC SPARSEVEC BOOL "sparsevec_le";
        ">" SPARSEVEC SPARSEVEC BOOL "sparsevec_gt";
        ">=" SPARSEVEC SPARSEVEC BOOL "sparsevec_ge";
    }
}

fn conversions(family: &mut Family) {
    functions! { family:
        0 "array_to_vector" (INT4_ARRAY INT4 BOOL) -> VECTOR [] scalar(array_to_vector::<f32>);
        0 "array_to_halfvec" (INT4_ARRAY INT4 BOOL) -> HALFVEC [] scalar(array_to_vector::<Half>);
        0 "array_to_sparsevec" (INT4_ARRAY INT4 BOOL) -> SPARSEVEC [] scalar(array_to_sparsevec);
        0 "array_to_vector" (FLOAT4_ARRAY INT4 BOOL) -> VECTOR [] scalar(array_to_vector::<f32>);
        0 "array_to_halfvec" (FLOAT4_ARRAY INT4 BOOL) -> HALFVEC [] scalar(array_to_vector::<Half>);
        0 "array_to_sparsevec" (FLOAT4_ARRAY INT4 BOOL) -> SPARSEVEC [] scalar(array_to_sparsevec);
        0 "array_to_vector" (FLOAT8_ARRAY INT4 BOOL) -> VECTOR [] scalar(array_to_vector::<f32>);
        0 "array_to_halfvec" (FLOAT8_ARRAY INT4 BOOL) -> HALFVEC [] scalar(array_to_vector::<Half>);
        0 "array_to_sparsevec" (FLOAT8_ARRAY INT4 BOOL) -> SPARSEVEC [] scalar(array_to_sparsevec);
        0 "array_to_vector" (NUMERIC_ARRAY INT4 BOOL) -> VECTOR [] scalar(array_to_vector::<f32>);
        0 "array_to_halfvec" (NUMERIC_ARRAY INT4 BOOL) -> HALFVEC [] scalar(array_to_vector::<Half>);
        0 "array_to_sparsevec" (NUMERIC_ARRAY INT4 BOOL) -> SPARSEVEC [] scalar(array_to_sparsevec);
        0 "vector" (VECTOR INT4 BOOL) -> VECTOR [] scalar(redimension);
        0 "halfvec" (HALFVEC INT4 BOOL) -> HALFVEC [] scalar(redimension);
        0 "sparsevec" (SPARSEVEC INT4 BOOL) -> SPARSEVEC [] scalar(redimension);
        0 "vector_to_float4" (VECTOR INT4 BOOL) -> FLOAT4_ARRAY [] scalar(vector_to_float4::<f32>);
        0 "halfvec_to_float4" (HALFVEC INT4 BOOL) -> FLOAT4_ARRAY [] scalar(vector_to_float4::<Half>);
        0 "vector_to_halfvec" (VECTOR INT4 BOOL) -> HALFVEC [] scalar(vector_to_halfvec);
        0 "halfvec_to_vector" (HALFVEC INT4 BOOL) -> VECTOR [] scalar(halfvec_to_vector);
        0 "vector_to_sparsevec" (VECTOR INT4 BOOL) -> SPARSEVEC [] scalar(vector_to_sparsevec::<f32>);
        0 "halfvec_to_sparsevec" (HALFVEC INT4 BOOL) -> SPARSEVEC [] scalar(vector_to_sparsevec::<Half>);
        0 "sparsevec_to_vector" (SPARSEVEC INT4 BOOL) -> VECTOR [] scalar(sparsevec_to_vector::<f32>);
        0 "sparsevec_to_halfvec" (SPARSEVEC INT4 BOOL) -> HALFVEC [] scalar(sparsevec_to_vector::<Half>);
    }
    casts! { family:
        INT4_ARRAY VECTOR Assignment (array_to_vector::<f32>);
        INT4_ARRAY HALFVEC Assignment (array_to_vector::<Half>);
        INT4_ARRAY SPARSEVEC Assignment array_to_sparsevec;
        FLOAT4_ARRAY VECTOR Assignment (array_to_vector::<f32>);
        FLOAT4_ARRAY HALFVEC Assignment (array_to_vector::<Half>);
        FLOAT4_ARRAY SPARSEVEC Assignment array_to_sparsevec;
        FLOAT8_ARRAY VECTOR Assignment (array_to_vector::<f32>);
        FLOAT8_ARRAY HALFVEC Assignment (array_to_vector::<Half>);
        FLOAT8_ARRAY SPARSEVEC Assignment array_to_sparsevec;
        NUMERIC_ARRAY VECTOR Assignment (array_to_vector::<f32>);
        NUMERIC_ARRAY HALFVEC Assignment (array_to_vector::<Half>);
        NUMERIC_ARRAY SPARSEVEC Assignment array_to_sparsevec;
        VECTOR FLOAT4_ARRAY Implicit (vector_to_float4::<f32>);
        HALFVEC FLOAT4_ARRAY Assignment (vector_to_float4::<Half>);
        VECTOR HALFVEC Implicit vector_to_halfvec;
        HALFVEC VECTOR Assignment halfvec_to_vector;
        VECTOR SPARSEVEC Implicit (vector_to_sparsevec::<f32>);
        HALFVEC SPARSEVEC Implicit (vector_to_sparsevec::<Half>);
        SPARSEVEC VECTOR Assignment (sparsevec_to_vector::<f32>);
        SPARSEVEC HALFVEC Assignment (sparsevec_to_vector::<Half>);
        // A cast to the type itself checks the dimension that the target declares.
        VECTOR VECTOR Implicit redimension;
        HALFVEC HALFVEC Implicit redimension;
        SPARSEVEC SPARSEVEC Implicit redimension;
    }
}
