//! The running server: sessions, and what a session has open. Time zones, as it knows them.

use chrono_tz::TZ_VARIANTS;

use super::{
    relation::{RowsFn, system_relation},
    row::{NULL, row},
};
use crate::{
    base::Result,
    query::env::Env,
    storage::catalog::PG_CATALOG,
    types::{
        Datum,
        datetime::{TimeZone, abbreviations},
        interval::Interval,
    },
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_stat_activity", sessions),
    ("pg_stat_ssl", encryption),
    ("pg_stat_database", databases),
    ("pg_locks", |env| Ok(told(env, "pg_locks"))),
    ("pg_cursors", |env| Ok(told(env, "pg_cursors"))),
    ("pg_prepared_statements", |env| Ok(told(env, "pg_prepared_statements"))),
    ("pg_timezone_names", zones),
    ("pg_timezone_abbrevs", zone_abbreviations),
];

/// The rows as the server gives them; none if it gives none or other columns.
fn told(env: &Env, name: &str) -> Vec<Vec<Datum>> {
    let width = system_relation(PG_CATALOG, name).map_or(0, |relation| relation.columns.len());
    let mut rows = env.services.system_rows(name).unwrap_or_default();
    rows.retain(|row| row.len() == width);
    rows
}

/// One connection, of what the server tells: pid, datname, usename, application_name, state, query,
/// backend_start, client_addr, query_start, xact_start.
type Backend = [Datum; 10];

fn backends(env: &Env) -> impl Iterator<Item = Backend> {
    let rows = env.services.system_rows("pg_stat_activity").unwrap_or_default();
    rows.into_iter().filter_map(|row| Backend::try_from(row).ok())
}

fn sessions(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let user_oid = |name: &Datum| match name {
        Datum::Text(name) => env.catalog.role_named(name).map(|role| role.oid),
        _ => None,
    };
    let database_oid = |name: &Datum| match name {
        Datum::Text(name) => env.catalog.database_named(name).map(|database| database.oid),
        _ => None,
    };
    let rows = backends(env).map(|backend| {
        let [pid, database, user, application, state, query, start, peer, query_start, xact_start] =
            backend;
        row![
            database_oid(&database),
            database,
            pid,
            NULL,
            user_oid(&user),
            user,
            application,
            peer,
            NULL,
            NULL,
            start,
            xact_start,
            query_start.clone(),
            query_start,
            NULL,
            NULL,
            state,
            NULL,
            NULL,
            NULL,
            query,
            "client backend",
        ]
    });
    Ok(rows.collect())
}

/// Connections are not encrypted by this process.
fn encryption(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = backends(env).map(|[pid, ..]| row![pid, false, NULL, NULL, NULL, NULL, NULL, NULL]);
    Ok(rows.collect())
}

/// Counters of PostgreSQL's storage have no meaning here: only the connections are counted.
fn databases(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let width = system_relation(PG_CATALOG, "pg_stat_database")
        .map_or(0, |relation| relation.columns.len());
    let rows = env.catalog.databases().into_iter().map(|database| {
        let inside = |backend: &Backend| backend[1] == Datum::text(&database.name);
        let count = backends(env).filter(inside).count() as i32;
        let mut row = row![database.oid, &database.name, count];
        row.resize(width, NULL);
        row
    });
    Ok(rows.collect())
}

fn seconds(offset: i32) -> Datum {
    Datum::Interval(Interval { months: 0, days: 0, micros: i64::from(offset) * 1_000_000 })
}

fn zones(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let now = env.statement_time;
    let rows = TZ_VARIANTS.iter().map(|tz| {
        let zone = TimeZone::Named(*tz);
        let abbreviation = zone.abbreviation_at(now).into_owned();
        row![tz.name(), abbreviation, seconds(zone.offset_at(now)), zone.is_dst_at(now)]
    });
    Ok(rows.collect())
}

fn zone_abbreviations(_: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = abbreviations::all()
        .iter()
        .map(|(name, offset, summer)| row![name.to_uppercase(), seconds(*offset), *summer]);
    Ok(rows.collect())
}
