//! The rows of `pg_proc`, `pg_operator` and `pg_cast` over bit strings.

use super::*;
use crate::query::functions::table::{casts, functions, operators};

pub(super) fn add(family: &mut Family) {
    functions! { family:
        1683 "bit" (INT4 INT4) -> BIT [] scalar(integer_to_bit);
        2075 "bit" (INT8 INT4) -> BIT [] scalar(integer_to_bit);
        2242 "bit_and" (BIT) -> BIT [] aggregate(and_of);
        6162 "bit_count" (BIT) -> INT8 [] scalar(bit_count);
        1812 "bit_length" (BIT) -> INT4 [] scalar(bit_length);
        2243 "bit_or" (BIT) -> BIT [] aggregate(or_of);
        6167 "bit_xor" (BIT) -> BIT [] aggregate(xor_of);
        1673 "bitand" (BIT BIT) -> BIT [] scalar(bitand);
        1679 "bitcat" (VARBIT VARBIT) -> VARBIT [] scalar(bitcat);
        1596 "bitcmp" (BIT BIT) -> INT4 [] scalar(bitcmp);
        1581 "biteq" (BIT BIT) -> BOOL [] scalar(biteq);
        1592 "bitge" (BIT BIT) -> BOOL [] scalar(bitge);
        1593 "bitgt" (BIT BIT) -> BOOL [] scalar(bitgt);
        1594 "bitle" (BIT BIT) -> BOOL [] scalar(bitle);
        1595 "bitlt" (BIT BIT) -> BOOL [] scalar(bitlt);
        1582 "bitne" (BIT BIT) -> BOOL [] scalar(bitne);
        1676 "bitnot" (BIT) -> BIT [] scalar(bitnot);
        1674 "bitor" (BIT BIT) -> BIT [] scalar(bitor);
        1677 "bitshiftleft" (BIT INT4) -> BIT [] scalar(bitshiftleft);
        1678 "bitshiftright" (BIT INT4) -> BIT [] scalar(bitshiftright);
        1675 "bitxor" (BIT BIT) -> BIT [] scalar(bitxor);
        3032 "get_bit" (BIT INT4) -> INT4 [] scalar(bit_get);
        0 "hamming_distance" (BIT BIT) -> FLOAT8 [] scalar(hamming_distance);
        1684 "int4" (BIT) -> INT4 [] scalar(bit_to_int4);
        2076 "int8" (BIT) -> INT8 [] scalar(bit_to_int8);
        0 "jaccard_distance" (BIT BIT) -> FLOAT8 [] scalar(jaccard_distance);
        1681 "length" (BIT) -> INT4 [] scalar(bit_length);
        1682 "octet_length" (BIT) -> INT4 [] scalar(bit_octet_length);
        3031 "overlay" (BIT BIT INT4) -> BIT [] scalar(bit_overlay);
        3030 "overlay" (BIT BIT INT4 INT4) -> BIT [] scalar(bit_overlay);
        1698 "position" (BIT BIT) -> INT4 [] scalar(bit_position);
        3033 "set_bit" (BIT INT4 INT4) -> BIT [] scalar(bit_set);
        1699 "substring" (BIT INT4) -> BIT [] scalar(bit_substring);
        1680 "substring" (BIT INT4 INT4) -> BIT [] scalar(bit_substring);
        1672 "varbitcmp" (VARBIT VARBIT) -> INT4 [] scalar(bitcmp);
        1666 "varbiteq" (VARBIT VARBIT) -> BOOL [] scalar(biteq);
        1668 "varbitge" (VARBIT VARBIT) -> BOOL [] scalar(bitge);
        1669 "varbitgt" (VARBIT VARBIT) -> BOOL [] scalar(bitgt);
        1670 "varbitle" (VARBIT VARBIT) -> BOOL [] scalar(bitle);
        1671 "varbitlt" (VARBIT VARBIT) -> BOOL [] scalar(bitlt);
        1667 "varbitne" (VARBIT VARBIT) -> BOOL [] scalar(bitne);
    }
    operators! { family:
        "&" BIT BIT BIT "bitand";
        "|" BIT BIT BIT "bitor";
        "#" BIT BIT BIT "bitxor";
        "~" _ BIT BIT "bitnot";
        "<<" BIT INT4 BIT "bitshiftleft";
        ">>" BIT INT4 BIT "bitshiftright";
        "||" VARBIT VARBIT VARBIT "bitcat";
        "=" BIT BIT BOOL "biteq";
        "<>" BIT BIT BOOL "bitne";
        "<" BIT BIT BOOL "bitlt";
        "<=" BIT BIT BOOL "bitle";
        ">" BIT BIT BOOL "bitgt";
        ">=" BIT BIT BOOL "bitge";
        "=" VARBIT VARBIT BOOL "varbiteq";
        "<>" VARBIT VARBIT BOOL "varbitne";
        "<" VARBIT VARBIT BOOL "varbitlt";
        "<=" VARBIT VARBIT BOOL "varbitle";
        ">" VARBIT VARBIT BOOL "varbitgt";
        ">=" VARBIT VARBIT BOOL "varbitge";
        "<~>" BIT BIT FLOAT8 "hamming_distance";
        "<%>" BIT BIT FLOAT8 "jaccard_distance";
    }
    casts! { family:
        BIT VARBIT Implicit relabel;
        VARBIT BIT Implicit relabel;
        BIT INT4 Explicit bit_to_int4;
        BIT INT8 Explicit bit_to_int8;
        INT4 BIT Explicit integer_to_bit;
        INT8 BIT Explicit integer_to_bit;
    }
}
