//! Full-text search in SQL: the functions and operators of tsvector and tsquery, BM25 included.

use crate::{
    base::{Notice, Oid},
    fulltext::Config,
    query::functions::{
        Context, Family,
        table::{functions, operators},
    },
    types::{Datum, tsquery::TsQuery, tsvector::TsVector},
};

mod bm25;
mod documents;
mod edit;
mod queries;
mod rank;
mod statistics;
mod tokens;

pub use queries::rewrite_by_rows;
pub use statistics::word_statistics;

#[cfg(test)]
mod tests;

#[rustfmt::skip]
pub fn family() -> Family {
    let mut family = Family::default();
    functions! { family:
        3749 "to_tsvector" (TEXT) -> TSVECTOR [stable] scalar(documents::to_tsvector);
        3745 "to_tsvector" (REGCONFIG TEXT) -> TSVECTOR [] scalar(documents::to_tsvector);
        4209 "to_tsvector" (JSONB) -> TSVECTOR [stable] scalar(documents::strings_to_tsvector);
        4210 "to_tsvector" (JSON) -> TSVECTOR [stable] scalar(documents::strings_to_tsvector);
        4211 "to_tsvector" (REGCONFIG JSONB) -> TSVECTOR [] scalar(documents::strings_to_tsvector);
        4212 "to_tsvector" (REGCONFIG JSON) -> TSVECTOR [] scalar(documents::strings_to_tsvector);
        4213 "jsonb_to_tsvector" (JSONB JSONB) -> TSVECTOR [stable] scalar(documents::values_to_tsvector);
        4214 "jsonb_to_tsvector" (REGCONFIG JSONB JSONB) -> TSVECTOR [] scalar(documents::values_to_tsvector);
        4215 "json_to_tsvector" (JSON JSONB) -> TSVECTOR [stable] scalar(documents::values_to_tsvector);
        4216 "json_to_tsvector" (REGCONFIG JSON JSONB) -> TSVECTOR [] scalar(documents::values_to_tsvector);
        3755 "ts_headline" (TEXT TSQUERY) -> TEXT [stable] scalar(documents::ts_headline);
        3754 "ts_headline" (TEXT TSQUERY TEXT) -> TEXT [stable] scalar(documents::ts_headline);
        4208 "ts_headline" (JSON TSQUERY) -> JSON [stable] scalar(documents::json_headline);
        4207 "ts_headline" (JSON TSQUERY TEXT) -> JSON [stable] scalar(documents::json_headline);
        4206 "ts_headline" (REGCONFIG JSON TSQUERY) -> JSON [] scalar(documents::json_headline);
        4205 "ts_headline" (REGCONFIG JSON TSQUERY TEXT) -> JSON [] scalar(documents::json_headline);
        4204 "ts_headline" (JSONB TSQUERY) -> JSONB [stable] scalar(documents::json_headline);
        4203 "ts_headline" (JSONB TSQUERY TEXT) -> JSONB [stable] scalar(documents::json_headline);
        4202 "ts_headline" (REGCONFIG JSONB TSQUERY) -> JSONB [] scalar(documents::json_headline);
        4201 "ts_headline" (REGCONFIG JSONB TSQUERY TEXT) -> JSONB [] scalar(documents::json_headline);
        3744 "ts_headline" (REGCONFIG TEXT TSQUERY) -> TEXT [] scalar(documents::ts_headline);
        3743 "ts_headline" (REGCONFIG TEXT TSQUERY TEXT) -> TEXT [] scalar(documents::ts_headline);

        3750 "to_tsquery" (TEXT) -> TSQUERY [stable] scalar(queries::to_tsquery);
        3746 "to_tsquery" (REGCONFIG TEXT) -> TSQUERY [] scalar(queries::to_tsquery);
        3751 "plainto_tsquery" (TEXT) -> TSQUERY [stable] scalar(queries::plainto_tsquery);
        3747 "plainto_tsquery" (REGCONFIG TEXT) -> TSQUERY [] scalar(queries::plainto_tsquery);
        5001 "phraseto_tsquery" (TEXT) -> TSQUERY [stable] scalar(queries::phraseto_tsquery);
        5006 "phraseto_tsquery" (REGCONFIG TEXT) -> TSQUERY [] scalar(queries::phraseto_tsquery);
        5009 "websearch_to_tsquery" (TEXT) -> TSQUERY [stable] scalar(queries::websearch_to_tsquery);
        5007 "websearch_to_tsquery" (REGCONFIG TEXT) -> TSQUERY [] scalar(queries::websearch_to_tsquery);
        3669 "tsquery_and" (TSQUERY TSQUERY) -> TSQUERY [] scalar(queries::and);
        3670 "tsquery_or" (TSQUERY TSQUERY) -> TSQUERY [] scalar(queries::or);
        3671 "tsquery_not" (TSQUERY) -> TSQUERY [] scalar(queries::not);
        5003 "tsquery_phrase" (TSQUERY TSQUERY) -> TSQUERY [] scalar(queries::phrase);
        5004 "tsquery_phrase" (TSQUERY TSQUERY INT4) -> TSQUERY [] scalar(queries::phrase);
        3691 "tsq_mcontains" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::contains);
        3692 "tsq_mcontained" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::contained);
        3672 "numnode" (TSQUERY) -> INT4 [] scalar(queries::numnode);
        3673 "querytree" (TSQUERY) -> TEXT [] scalar(queries::querytree);
        3684 "ts_rewrite" (TSQUERY TSQUERY TSQUERY) -> TSQUERY [] scalar(queries::ts_rewrite);
        3685 "ts_rewrite" (TSQUERY TEXT) -> TSQUERY [volatile] scalar(queries::ts_rewrite_query);

        3634 "ts_match_vq" (TSVECTOR TSQUERY) -> BOOL [] scalar(queries::vector_matches);
        3635 "ts_match_qv" (TSQUERY TSVECTOR) -> BOOL [] scalar(queries::query_matches);
        3760 "ts_match_tt" (TEXT TEXT) -> BOOL [stable] scalar(queries::texts_match);
        3761 "ts_match_tq" (TEXT TSQUERY) -> BOOL [stable] scalar(queries::text_matches);

        3706 "ts_rank" (TSVECTOR TSQUERY) -> FLOAT4 [] scalar(rank::ts_rank);
        3705 "ts_rank" (TSVECTOR TSQUERY INT4) -> FLOAT4 [] scalar(rank::ts_rank);
        3704 "ts_rank" (FLOAT4_ARRAY TSVECTOR TSQUERY) -> FLOAT4 [] scalar(rank::ts_rank);
        3703 "ts_rank" (FLOAT4_ARRAY TSVECTOR TSQUERY INT4) -> FLOAT4 [] scalar(rank::ts_rank);
        3710 "ts_rank_cd" (TSVECTOR TSQUERY) -> FLOAT4 [] scalar(rank::ts_rank_cd);
        3709 "ts_rank_cd" (TSVECTOR TSQUERY INT4) -> FLOAT4 [] scalar(rank::ts_rank_cd);
        3708 "ts_rank_cd" (FLOAT4_ARRAY TSVECTOR TSQUERY) -> FLOAT4 [] scalar(rank::ts_rank_cd);
        3707 "ts_rank_cd" (FLOAT4_ARRAY TSVECTOR TSQUERY INT4) -> FLOAT4 [] scalar(rank::ts_rank_cd);
        0 "bm25_score" (TSVECTOR TSQUERY) -> FLOAT8 [stable] scalar(bm25::without_index);
        0 "bm25_score" (TSVECTOR TSQUERY OID) -> FLOAT8 [stable] scalar(bm25::score);

        3711 "length" (TSVECTOR) -> INT4 [] scalar(edit::length);
        3623 "strip" (TSVECTOR) -> TSVECTOR [] scalar(edit::strip);
        3624 "setweight" (TSVECTOR CHAR) -> TSVECTOR [] scalar(edit::setweight);
        3320 "setweight" (TSVECTOR CHAR TEXT_ARRAY) -> TSVECTOR [] scalar(edit::setweight);
        3625 "tsvector_concat" (TSVECTOR TSVECTOR) -> TSVECTOR [] scalar(edit::concat);
        3321 "ts_delete" (TSVECTOR TEXT) -> TSVECTOR [] scalar(edit::ts_delete);
        3323 "ts_delete" (TSVECTOR TEXT_ARRAY) -> TSVECTOR [] scalar(edit::ts_delete);
        3319 "ts_filter" (TSVECTOR CHAR_ARRAY) -> TSVECTOR [] scalar(edit::ts_filter);
        3326 "tsvector_to_array" (TSVECTOR) -> TEXT_ARRAY [] scalar(edit::tsvector_to_array);
        3327 "array_to_tsvector" (TEXT_ARRAY) -> TSVECTOR [] scalar(edit::array_to_tsvector);

        3618 "tsvector_eq" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vectors_equal);
        3619 "tsvector_ne" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vectors_differ);
        3616 "tsvector_lt" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vector_less);
        3617 "tsvector_le" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vector_less_or_equal);
        3621 "tsvector_gt" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vector_greater);
        3620 "tsvector_ge" (TSVECTOR TSVECTOR) -> BOOL [] scalar(edit::vector_greater_or_equal);
        3622 "tsvector_cmp" (TSVECTOR TSVECTOR) -> INT4 [] scalar(edit::vector_order);
        3664 "tsquery_eq" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::equal);
        3665 "tsquery_ne" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::differ);
        3662 "tsquery_lt" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::less);
        3663 "tsquery_le" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::less_or_equal);
        3667 "tsquery_gt" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::greater);
        3666 "tsquery_ge" (TSQUERY TSQUERY) -> BOOL [] scalar(queries::greater_or_equal);
        3668 "tsquery_cmp" (TSQUERY TSQUERY) -> INT4 [] scalar(queries::order);

        3759 "get_current_ts_config" () -> REGCONFIG [stable] scalar(tokens::get_current_ts_config);
        3723 "ts_lexize" (REGDICTIONARY TEXT) -> TEXT_ARRAY [] scalar(tokens::ts_lexize);
    }
    operators! { family:
        "@@" TSVECTOR TSQUERY BOOL "ts_match_vq";
        "@@" TSQUERY TSVECTOR BOOL "ts_match_qv";
        "@@" TEXT TEXT BOOL "ts_match_tt";
        "@@" TEXT TSQUERY BOOL "ts_match_tq";
        "@@@" TSVECTOR TSQUERY BOOL "ts_match_vq";
        "@@@" TSQUERY TSVECTOR BOOL "ts_match_qv";
        "||" TSVECTOR TSVECTOR TSVECTOR "tsvector_concat";
        "=" TSVECTOR TSVECTOR BOOL "tsvector_eq";
        "<>" TSVECTOR TSVECTOR BOOL "tsvector_ne";
        "<" TSVECTOR TSVECTOR BOOL "tsvector_lt";
        "<=" TSVECTOR TSVECTOR BOOL "tsvector_le";
        ">" TSVECTOR TSVECTOR BOOL "tsvector_gt";
        ">=" TSVECTOR TSVECTOR BOOL "tsvector_ge";
        "&&" TSQUERY TSQUERY TSQUERY "tsquery_and";
        "||" TSQUERY TSQUERY TSQUERY "tsquery_or";
        "!!" _ TSQUERY TSQUERY "tsquery_not";
        "<->" TSQUERY TSQUERY TSQUERY "tsquery_phrase";
        "@>" TSQUERY TSQUERY BOOL "tsq_mcontains";
        "<@" TSQUERY TSQUERY BOOL "tsq_mcontained";
        "=" TSQUERY TSQUERY BOOL "tsquery_eq";
        "<>" TSQUERY TSQUERY BOOL "tsquery_ne";
        "<" TSQUERY TSQUERY BOOL "tsquery_lt";
        "<=" TSQUERY TSQUERY BOOL "tsquery_le";
        ">" TSQUERY TSQUERY BOOL "tsquery_gt";
        ">=" TSQUERY TSQUERY BOOL "tsquery_ge";
    }
    tokens::sets(&mut family);
    family
}

/// The configuration that comes first among the arguments, or the session's, and the others.
/// Errors: 42704.
fn configured<'a>(
    context: &Context,
    args: &'a [Datum],
) -> crate::base::Result<(Config, &'a [Datum])> {
    match args {
        [Datum::Oid(oid), rest @ ..] => Ok((Config::by_oid(Oid(*oid))?, rest)),
        args => Ok((Config::by_name(&context.env.text_search_config)?, args)),
    }
}

fn notify(context: &Context, notices: Vec<Notice>) {
    for notice in notices {
        context.env.services.notice(notice);
    }
}

fn vector(value: &Datum) -> &TsVector {
    match value {
        Datum::TsVector(value) => value,
        other => unreachable!("tsvector expected, found {other:?}"),
    }
}

fn query(value: &Datum) -> &TsQuery {
    match value {
        Datum::TsQuery(value) => value,
        other => unreachable!("tsquery expected, found {other:?}"),
    }
}

impl From<TsVector> for Datum {
    fn from(value: TsVector) -> Self {
        Datum::TsVector(value.into())
    }
}

impl From<TsQuery> for Datum {
    fn from(value: TsQuery) -> Self {
        Datum::TsQuery(value.into())
    }
}

/// The six comparisons and the order of a type that has a `compare`.
macro_rules! comparisons {
    ($of:ident: $equal:ident $differ:ident $less:ident $less_or_equal:ident $greater:ident
     $greater_or_equal:ident $order:ident) => {
        comparisons!(@one $of $equal is_eq);
        comparisons!(@one $of $differ is_ne);
        comparisons!(@one $of $less is_lt);
        comparisons!(@one $of $less_or_equal is_le);
        comparisons!(@one $of $greater is_gt);
        comparisons!(@one $of $greater_or_equal is_ge);

        pub fn $order(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Int4($of(&args[0]).compare($of(&args[1])) as i32))
        }
    };
    (@one $of:ident $name:ident $test:ident) => {
        pub fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool($of(&args[0]).compare($of(&args[1])).$test()))
        }
    };
}

use comparisons;
