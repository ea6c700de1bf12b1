//! `bm25_score(tsvector, tsquery)`: the binder adds the oid of the GIN index on the first argument,
//! whose statistics the score rests on.

use std::{cell::RefCell, sync::Arc};

use super::{query, vector};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    fulltext::bm25::{self, Collection},
    query::{
        env::{Services, TextStatistics},
        functions::Context,
    },
    types::{Datum, tsquery::TsQuery},
};

/// The two-argument form is only met where the binder found no index.
pub fn without_index(_: &Context, _: &[Datum]) -> Result<Datum> {
    Err(needs_index())
}

pub fn score(context: &Context, args: &[Datum]) -> Result<Datum> {
    let index = match args[2] {
        Datum::Oid(0) => return Err(needs_index()),
        Datum::Oid(index) => Oid(index),
        ref other => unreachable!("oid expected, found {other:?}"),
    };
    with_statistics(context, index, query(&args[1]), |known| {
        let collection = Collection {
            documents: known.statistics.documents,
            mean_length: known.statistics.mean_length,
            frequencies: &known.statistics.frequencies,
        };
        Datum::Float8(bm25::score(vector(&args[0]), &known.terms, &collection))
    })
}

fn needs_index() -> PgError {
    PgError::new(
        sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE,
        "bm25_score needs a GIN index on its first argument",
    )
    .hint("Create one with CREATE INDEX ... USING gin, and name its column or expression here.")
}

/// Statistics of one statement's query; they are the same for every row.
struct Known {
    services: Arc<dyn Services>,
    statement_time: i64,
    index: Oid,
    query: TsQuery,
    terms: Vec<(String, bool)>,
    statistics: TextStatistics,
}

thread_local! {
    static KNOWN: RefCell<Option<Known>> = const { RefCell::new(None) };
}

fn with_statistics(
    context: &Context,
    index: Oid,
    query: &TsQuery,
    use_known: impl FnOnce(&Known) -> Datum,
) -> Result<Datum> {
    let env = context.env;
    KNOWN.with_borrow_mut(|slot| {
        let fits = |known: &Known| {
            Arc::ptr_eq(&known.services, &env.services)
                && known.statement_time == env.statement_time
                && known.index == index
                && known.query == *query
        };
        if let Some(known) = slot.as_ref().filter(|known| fits(known)) {
            return Ok(use_known(known));
        }
        let terms = bm25::terms(query);
        let statistics = env.services.text_statistics(index, &terms)?;
        let known = slot.insert(Known {
            services: env.services.clone(),
            statement_time: env.statement_time,
            index,
            query: query.clone(),
            terms,
            statistics,
        });
        Ok(use_known(known))
    })
}
