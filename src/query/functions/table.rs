//! The notation of the family tables: a line reads like a row of `pg_proc` or `pg_operator`.
//!
//! ```text
//! functions! { family:
//!     1397 "abs" (INT4) -> INT4 [] scalar(int4abs);
//!     3396 "regexp_match" (TEXT TEXT) -> TEXT_ARRAY [] scalar(regexp_match_no_flags);
//! }
//! operators! { family:
//!     "@" _ INT4 INT4 "int4abs";
//!     "+" INT4 INT4 INT4 "int4pl";
//! }
//! casts! { family:
//!     INT4 INT8 Implicit to_int8;
//! }
//! ```
//!
//! The number is `pg_proc.oid` (0: none that clients know). Between the brackets stand the names
//! of [`super::Function`]'s modifiers.

/// Type names as the tables write them: [`crate::types::oid`] and the array types.
pub mod ty {
    pub use crate::types::oid::*;

    macro_rules! arrays {
        ($($oid:literal $name:ident;)*) => { $(pub const $name: crate::base::Oid = crate::base::Oid($oid);)* };
    }

    arrays! {
        1002 CHAR_ARRAY;
        1003 NAME_ARRAY;
        1005 INT2_ARRAY;
        1007 INT4_ARRAY;
        1009 TEXT_ARRAY;
        1021 FLOAT4_ARRAY;
        1022 FLOAT8_ARRAY;
        1034 ACLITEM_ARRAY;
        1231 NUMERIC_ARRAY;
        3905 INT4RANGE_ARRAY;
        3907 NUMRANGE_ARRAY;
        3909 TSRANGE_ARRAY;
        3911 TSTZRANGE_ARRAY;
        3913 DATERANGE_ARRAY;
        3927 INT8RANGE_ARRAY;
    }
}

macro_rules! functions {
    ($family:ident: $(
        $oid:literal $name:literal ($($arg:ident)*) -> $result:ident [$($modifier:ident)*]
        $kind:ident($($body:expr),*);
    )*) => {{
        #[allow(unused_imports)]
        use $crate::query::functions::table::ty;
        $(
            let _row = $family.$kind($name, &[$(ty::$arg),*], ty::$result, $($body),*);
            _row.oid($oid)$(.$modifier())*;
        )*
    }};
}

macro_rules! operators {
    ($family:ident: $($name:literal $left:tt $right:ident $result:ident $function:literal;)*) => {{
        use $crate::query::functions::table::ty;
        $(operators!(@row $family $name $left $right $result $function);)*
    }};
    (@row $family:ident $name:literal _ $right:ident $result:ident $function:literal) => {
        $family.prefix($name, ty::$right, ty::$result, $function)
    };
    (@row $family:ident $name:literal $left:ident $right:ident $result:ident $function:literal) => {
        $family.operator($name, ty::$left, ty::$right, ty::$result, $function)
    };
}

/// `source target context how;` where `how` is `relabel` or a function.
macro_rules! casts {
    ($family:ident: $($source:ident $target:ident $context:ident $method:tt;)*) => {{
        use $crate::query::functions::{CastContext, table::ty};
        $($family.cast(ty::$source, ty::$target, CastContext::$context, casts!(@method $method));)*
    }};
    (@method relabel) => { $crate::query::functions::CastMethod::Relabel };
    (@method ($function:expr)) => { $crate::query::functions::CastMethod::Function($function) };
    (@method $function:ident) => { $crate::query::functions::CastMethod::Function($function) };
}

pub(super) use {casts, functions, operators};

impl super::Family {
    /// Adds a window function proper; the executor knows it by name.
    pub fn window(
        &mut self,
        name: &'static str,
        args: &'static [crate::base::Oid],
        result: crate::base::Oid,
    ) -> &mut super::Function {
        self.push(name, args, result, super::Body::Window)
    }
}
