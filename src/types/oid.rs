//! The built-in types: one table with PostgreSQL's oids, sizes, categories and array types.
//!
//! Source: PostgreSQL's `pg_type.dat`; pgvector's types have oids of ours above 16384.

use crate::base::Oid;

/// A row of `pg_type` that is built in.
#[derive(Clone, Copy, Debug)]
pub struct TypeRow {
    pub oid: Oid,
    /// `pg_type.typname`
    pub name: &'static str,
    /// `format_type`'s spelling, e.g. `timestamp with time zone`
    pub sql_name: &'static str,
    /// `pg_type.typlen`: bytes, -1 varlena, -2 cstring
    pub len: i16,
    /// `pg_type.typcategory`
    pub category: char,
    pub preferred: bool,
    /// The array type over this one, or 0.
    pub array: Oid,
    /// For an array type, the element type, or 0.
    pub element: Oid,
}

macro_rules! types {
    ($($oid:literal $konst:ident $name:literal $sql:literal $len:literal $cat:literal $pref:literal $array:literal;)*) => {
        $(pub const $konst: Oid = Oid($oid);)*

        /// Scalar and pseudo types, sorted by oid; array types follow from the last column.
        pub static TYPES: &[TypeRow] = &[$(TypeRow {
            oid: Oid($oid), name: $name, sql_name: $sql, len: $len, category: $cat,
            preferred: $pref == 1, array: Oid($array), element: Oid(0),
        },)*];
    };
}

types! {
    // oid  const          typname            format_type                   len  cat  pref array
    16    BOOL           "bool"             "boolean"                       1   'B' 1 1000;
    17    BYTEA          "bytea"            "bytea"                        -1   'U' 0 1001;
    18    CHAR           "char"             "\"char\""                      1   'Z' 0 1002;
    19    NAME           "name"             "name"                         64   'S' 0 1003;
    20    INT8           "int8"             "bigint"                        8   'N' 0 1016;
    21    INT2           "int2"             "smallint"                      2   'N' 0 1005;
    22    INT2VECTOR     "int2vector"       "int2vector"                   -1   'A' 0 1006;
    23    INT4           "int4"             "integer"                       4   'N' 0 1007;
    24    REGPROC        "regproc"          "regproc"                       4   'N' 0 1008;
    25    TEXT           "text"             "text"                         -1   'S' 1 1009;
    26    OID            "oid"              "oid"                           4   'N' 1 1028;
    27    TID            "tid"              "tid"                           6   'U' 0 1010;
    28    XID            "xid"              "xid"                           4   'U' 0 1011;
    29    CID            "cid"              "cid"                           4   'U' 0 1012;
    30    OIDVECTOR      "oidvector"        "oidvector"                    -1   'A' 0 1013;
    114   JSON           "json"             "json"                         -1   'U' 0 199;
    194   PG_NODE_TREE   "pg_node_tree"     "pg_node_tree"                 -1   'Z' 0 0;
    700   FLOAT4         "float4"           "real"                          4   'N' 0 1021;
    701   FLOAT8         "float8"           "double precision"              8   'N' 1 1022;
    705   UNKNOWN        "unknown"          "unknown"                      -2   'X' 0 0;
    1033  ACLITEM        "aclitem"          "aclitem"                      16   'U' 0 1034;
    1042  BPCHAR         "bpchar"           "character"                    -1   'S' 0 1014;
    1043  VARCHAR        "varchar"          "character varying"            -1   'S' 0 1015;
    1082  DATE           "date"             "date"                          4   'D' 0 1182;
    1083  TIME           "time"             "time without time zone"        8   'D' 0 1183;
    1114  TIMESTAMP      "timestamp"        "timestamp without time zone"   8   'D' 0 1115;
    1184  TIMESTAMPTZ    "timestamptz"      "timestamp with time zone"      8   'D' 1 1185;
    1186  INTERVAL       "interval"         "interval"                     16   'T' 1 1187;
    1266  TIMETZ         "timetz"           "time with time zone"          12   'D' 0 1270;
    1560  BIT            "bit"              "bit"                          -1   'V' 0 1561;
    1562  VARBIT         "varbit"           "bit varying"                  -1   'V' 1 1563;
    1700  NUMERIC        "numeric"          "numeric"                      -1   'N' 0 1231;
    2202  REGPROCEDURE   "regprocedure"     "regprocedure"                  4   'N' 0 2207;
    2203  REGOPER        "regoper"          "regoper"                       4   'N' 0 2208;
    2205  REGCLASS       "regclass"         "regclass"                      4   'N' 0 2210;
    2206  REGTYPE        "regtype"          "regtype"                       4   'N' 0 2211;
    2249  RECORD         "record"           "record"                       -1   'P' 0 2287;
    2275  CSTRING        "cstring"          "cstring"                      -2   'P' 0 1263;
    2276  ANY            "any"              "\"any\""                       4   'P' 0 0;
    2277  ANYARRAY       "anyarray"         "anyarray"                     -1   'P' 0 0;
    2278  VOID           "void"             "void"                          4   'P' 0 0;
    2279  TRIGGER        "trigger"          "trigger"                       4   'P' 0 0;
    2281  INTERNAL       "internal"         "internal"                      8   'P' 0 0;
    2283  ANYELEMENT     "anyelement"       "anyelement"                    4   'P' 0 0;
    2776  ANYNONARRAY    "anynonarray"      "anynonarray"                   4   'P' 0 0;
    2950  UUID           "uuid"             "uuid"                         16   'U' 0 2951;
    3220  PG_LSN         "pg_lsn"           "pg_lsn"                        8   'U' 0 3221;
    3614  TSVECTOR       "tsvector"         "tsvector"                     -1   'U' 0 3643;
    3615  TSQUERY        "tsquery"          "tsquery"                      -1   'U' 0 3645;
    3734  REGCONFIG      "regconfig"        "regconfig"                     4   'N' 0 3735;
    3769  REGDICTIONARY  "regdictionary"    "regdictionary"                 4   'N' 0 3770;
    3802  JSONB          "jsonb"            "jsonb"                        -1   'U' 0 3807;
    3831  ANYRANGE       "anyrange"         "anyrange"                     -1   'P' 0 0;
    3904  INT4RANGE      "int4range"        "int4range"                    -1   'R' 0 3905;
    3906  NUMRANGE       "numrange"         "numrange"                     -1   'R' 0 3907;
    3908  TSRANGE        "tsrange"          "tsrange"                      -1   'R' 0 3909;
    3910  TSTZRANGE      "tstzrange"        "tstzrange"                    -1   'R' 0 3911;
    3912  DATERANGE      "daterange"        "daterange"                    -1   'R' 0 3913;
    3926  INT8RANGE      "int8range"        "int8range"                    -1   'R' 0 3927;
    4072  JSONPATH       "jsonpath"         "jsonpath"                     -1   'U' 0 4073;
    4089  REGNAMESPACE   "regnamespace"     "regnamespace"                  4   'N' 0 4090;
    4096  REGROLE        "regrole"          "regrole"                       4   'N' 0 4097;
    4191  REGCOLLATION   "regcollation"     "regcollation"                  4   'N' 0 4192;
    4451  INT4MULTIRANGE "int4multirange"   "int4multirange"               -1   'R' 0 6150;
    4532  NUMMULTIRANGE  "nummultirange"    "nummultirange"                -1   'R' 0 6151;
    4533  TSMULTIRANGE   "tsmultirange"     "tsmultirange"                 -1   'R' 0 6152;
    4534  TSTZMULTIRANGE "tstzmultirange"   "tstzmultirange"               -1   'R' 0 6153;
    4535  DATEMULTIRANGE "datemultirange"   "datemultirange"               -1   'R' 0 6155;
    4536  INT8MULTIRANGE "int8multirange"   "int8multirange"               -1   'R' 0 6157;
    4537  ANYMULTIRANGE  "anymultirange"    "anymultirange"                -1   'P' 0 0;
    5077  ANYCOMPATIBLE  "anycompatible"    "anycompatible"                 4   'P' 0 0;
    5078  ANYCOMPATIBLEARRAY "anycompatiblearray" "anycompatiblearray"     -1   'P' 0 0;
    16385 VECTOR         "vector"           "vector"                       -1   'U' 0 16386;
    16387 HALFVEC        "halfvec"          "halfvec"                      -1   'U' 0 16388;
    16389 SPARSEVEC      "sparsevec"        "sparsevec"                    -1   'U' 0 16390;
}

/// `record[]`
pub const RECORD_ARRAY: Oid = Oid(2287);

/// The built-in row of `type_oid`; array types are found through their element.
pub fn row(type_oid: Oid) -> Option<&'static TypeRow> {
    TYPES.binary_search_by_key(&type_oid, |row| row.oid).ok().map(|index| &TYPES[index])
}

/// Array types with their element types, sorted by the array's oid.
static ARRAYS: [(Oid, Oid); ARRAY_COUNT] = arrays();

const ARRAY_COUNT: usize = {
    let (mut count, mut index) = (0, 0);
    while index < TYPES.len() {
        count += (TYPES[index].array.0 != 0) as usize;
        index += 1;
    }
    count
};

const fn arrays() -> [(Oid, Oid); ARRAY_COUNT] {
    let mut sorted = [(Oid(0), Oid(0)); ARRAY_COUNT];
    let (mut count, mut index) = (0, 0);
    while index < TYPES.len() {
        let (array, element) = (TYPES[index].array, TYPES[index].oid);
        index += 1;
        if array.0 == 0 {
            continue;
        }
        let mut place = count;
        while place > 0 && sorted[place - 1].0.0 > array.0 {
            sorted[place] = sorted[place - 1];
            place -= 1;
        }
        sorted[place] = (array, element);
        count += 1;
    }
    sorted
}

/// The element type of an array type.
pub fn element_of(array: Oid) -> Option<Oid> {
    match array {
        INT2VECTOR => Some(INT2),
        OIDVECTOR => Some(OID),
        _ => ARRAYS
            .binary_search_by_key(&array, |(array, _)| *array)
            .ok()
            .map(|index| ARRAYS[index].1),
    }
}

/// The array type over `element`.
pub fn array_of(element: Oid) -> Option<Oid> {
    row(element).map(|row| row.array).filter(|array| array.0 != 0)
}

/// `int2vector` and `oidvector`: arrays that print as `1 2 3` and count from 0.
pub fn is_blank_separated(type_oid: Oid) -> bool {
    matches!(type_oid, INT2VECTOR | OIDVECTOR)
}

pub fn is_array(type_oid: Oid) -> bool {
    element_of(type_oid).is_some()
}

/// The object-identifier alias types, whose text form is a name.
pub fn is_reg(type_oid: Oid) -> bool {
    matches!(
        type_oid,
        REGPROC
            | REGPROCEDURE
            | REGOPER
            | REGCLASS
            | REGTYPE
            | REGCONFIG
            | REGDICTIONARY
            | REGNAMESPACE
            | REGROLE
            | REGCOLLATION
    )
}

/// Range types: the range, what it is of, and the multirange of it.
pub const RANGES: &[(Oid, Oid, Oid)] = &[
    (INT4RANGE, INT4, INT4MULTIRANGE),
    (INT8RANGE, INT8, INT8MULTIRANGE),
    (NUMRANGE, NUMERIC, NUMMULTIRANGE),
    (TSRANGE, TIMESTAMP, TSMULTIRANGE),
    (TSTZRANGE, TIMESTAMPTZ, TSTZMULTIRANGE),
    (DATERANGE, DATE, DATEMULTIRANGE),
];

/// What a range is of.
pub fn range_element(range: Oid) -> Option<Oid> {
    RANGES.iter().find(|(of, ..)| *of == range).map(|(_, element, _)| *element)
}

/// What the ranges of a multirange are of.
pub fn multirange_element(multirange: Oid) -> Option<Oid> {
    RANGES.iter().find(|(.., of)| *of == multirange).map(|(_, element, _)| *element)
}

/// The range type over an element's, and the multirange type.
pub fn ranges_over(element: Oid) -> Option<(Oid, Oid)> {
    let found = RANGES.iter().find(|(_, of, _)| *of == element);
    found.map(|(range, _, multirange)| (*range, *multirange))
}

/// pgvector's types, which live in `public`.
pub fn is_vector(type_oid: Oid) -> bool {
    matches!(type_oid, VECTOR | HALFVEC | SPARSEVEC)
}

/// `bit` and `bit varying`.
pub fn is_bits(type_oid: Oid) -> bool {
    matches!(type_oid, BIT | VARBIT)
}

/// Types whose value is a UTF-8 string.
pub fn is_textual(type_oid: Oid) -> bool {
    matches!(
        type_oid,
        TEXT | VARCHAR
            | BPCHAR
            | NAME
            | CHAR
            | JSON
            | JSONB
            | UNKNOWN
            | CSTRING
            | PG_NODE_TREE
            | ACLITEM
            | JSONPATH
            | TID
            | PG_LSN
            | VOID
    )
}

/// `pg_type.typcategory`; arrays are `A`, what is unknown to the table is `U`.
pub fn category(type_oid: Oid) -> char {
    match row(type_oid) {
        Some(row) => row.category,
        None if is_array(type_oid) => 'A',
        None => 'U',
    }
}

pub fn is_preferred(type_oid: Oid) -> bool {
    row(type_oid).is_some_and(|row| row.preferred)
}

/// The type of this `typname` (`int4`, `_int4` for the array over it).
pub fn by_name(name: &str) -> Option<Oid> {
    if let Some(row) = TYPES.iter().find(|row| row.name == name) {
        return Some(row.oid);
    }
    let element =
        TYPES.iter().find(|row| row.name == name.strip_prefix('_').unwrap_or_default())?;
    (element.array.0 != 0).then_some(element.array)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oids_are_sorted_and_array_types_are_unique() {
        assert!(TYPES.windows(2).all(|pair| pair[0].oid < pair[1].oid));
        let mut arrays: Vec<_> =
            TYPES.iter().map(|row| row.array).filter(|oid| oid.0 != 0).collect();
        let count = arrays.len();
        arrays.sort();
        arrays.dedup();
        assert_eq!(arrays.len(), count);
        for row in TYPES.iter().filter(|row| row.array.0 != 0) {
            assert_eq!(element_of(row.array), Some(row.oid));
        }
    }
}
