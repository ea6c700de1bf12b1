//! Making tsqueries, combining and matching them.

use std::sync::{Arc, LazyLock};

use super::{comparisons, configured, notify, query, vector};

use crate::{
    base::{Oid, PgError, Result},
    fulltext::{
        Config, document, edit,
        matching::matches,
        query::{QueryForm, to_tsquery as read},
        rewrite,
    },
    query::functions::{
        Body, Context, Function, FunctionRef, Volatility,
        args::{array, int4},
    },
    types::{Datum, oid, tsquery::QueryNode},
};

fn make(context: &Context, args: &[Datum], form: QueryForm) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    let (query, notices) = read(config, form, args[0].as_str())?;
    notify(context, notices);
    Ok(query.into())
}

pub fn to_tsquery(context: &Context, args: &[Datum]) -> Result<Datum> {
    make(context, args, QueryForm::Operators)
}

pub fn plainto_tsquery(context: &Context, args: &[Datum]) -> Result<Datum> {
    make(context, args, QueryForm::Plain)
}

pub fn phraseto_tsquery(context: &Context, args: &[Datum]) -> Result<Datum> {
    make(context, args, QueryForm::Phrase)
}

pub fn websearch_to_tsquery(context: &Context, args: &[Datum]) -> Result<Datum> {
    make(context, args, QueryForm::Web)
}

pub fn and(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::join(query(&args[0]), query(&args[1]), QueryNode::And)?.into())
}

pub fn or(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::join(query(&args[0]), query(&args[1]), QueryNode::Or)?.into())
}

pub fn not(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(edit::not(query(&args[0]))?.into())
}

pub fn phrase(_: &Context, args: &[Datum]) -> Result<Datum> {
    let distance = args.get(2).map_or(1, |distance| i64::from(int4(distance)));
    Ok(edit::phrase(query(&args[0]), query(&args[1]), distance)?.into())
}

pub fn contains(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(edit::contains(query(&args[0]), query(&args[1]))))
}

pub fn contained(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(edit::contains(query(&args[1]), query(&args[0]))))
}

pub fn numnode(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(query(&args[0]).count() as i32))
}

pub fn querytree(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut out = String::new();
    match edit::searchable(query(&args[0])) {
        Some(query) => query.format(&mut out),
        None => out.push('T'),
    }
    Ok(out.into())
}

pub fn ts_rewrite(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(rewrite::ts_rewrite(query(&args[0]), query(&args[1]), query(&args[2]))?.into())
}

/// `ts_rewrite(query, 'SELECT ...')` runs a statement from within a function.
pub fn ts_rewrite_query(_: &Context, _: &[Datum]) -> Result<Datum> {
    Err(PgError::unsupported("ts_rewrite with a query text"))
}

/// `(query, rows)`, each row a target and its substitute: what the binder makes of a query's text.
pub fn rewrite_by_rows() -> FunctionRef {
    static REWRITE: LazyLock<FunctionRef> = LazyLock::new(|| {
        Arc::new(Function {
            oid: Oid(0),
            name: "ts_rewrite",
            args: &[oid::TSQUERY, oid::RECORD_ARRAY],
            defaults: &[],
            variadic: false,
            result: oid::TSQUERY,
            columns: &[],
            strict: true,
            volatility: Volatility::Stable,
            body: Body::Scalar(ts_rewrite_rows),
        })
    });
    REWRITE.clone()
}

fn ts_rewrite_rows(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut rewritten = args[0].clone();
    for row in &array(&args[1]).elements {
        if let Datum::Record(fields) = row
            && let [(_, target @ Datum::TsQuery(_)), (_, substitute @ Datum::TsQuery(_))] =
                &fields[..]
        {
            rewritten =
                rewrite::ts_rewrite(query(&rewritten), query(target), query(substitute))?.into();
        }
    }
    // Each row leaves the query sorted.
    Ok(rewrite::sorted(query(&rewritten))?.into())
}

pub fn vector_matches(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(matches(vector(&args[0]), query(&args[1]))))
}

pub fn query_matches(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(matches(vector(&args[1]), query(&args[0]))))
}

/// `to_tsvector(a) @@ plainto_tsquery(b)`
pub fn texts_match(context: &Context, args: &[Datum]) -> Result<Datum> {
    let config = Config::by_name(&context.env.text_search_config)?;
    let (vector, mut notices) = document::to_tsvector(config, args[0].as_str())?;
    let (query, more) = read(config, QueryForm::Plain, args[1].as_str())?;
    notices.extend(more);
    notify(context, notices);
    Ok(Datum::Bool(matches(&vector, &query)))
}

pub fn text_matches(context: &Context, args: &[Datum]) -> Result<Datum> {
    let config = Config::by_name(&context.env.text_search_config)?;
    let (vector, notices) = document::to_tsvector(config, args[0].as_str())?;
    notify(context, notices);
    Ok(Datum::Bool(matches(&vector, query(&args[1]))))
}

comparisons!(query: equal differ less less_or_equal greater greater_or_equal order);
