//! Rows of the system views that only the running server knows.

use std::{collections::HashMap, sync::Arc};

use super::services::StatementServices;
use crate::{
    base::{Oid, Result},
    ingest::{TransactionId, locks::LockTarget},
    query::functions::advisory,
    storage::catalog::Object,
    types::{Datum, array::ArrayValue, oid},
};

/// One row of pg_locks.
struct LockShown {
    kind: &'static str,
    relation: Option<Oid>,
    class: Option<u32>,
    object: Option<u32>,
    part: Option<i16>,
    owner: Option<TransactionId>,
    pid: Option<i32>,
    mode: &'static str,
    granted: bool,
}

fn lock_row(lock: LockShown) -> Vec<Datum> {
    let oid = |value: Option<u32>| value.map_or(Datum::Null, Datum::Oid);
    let owner = lock.owner.map_or(Datum::Null, |owner| Datum::text(format!("{}/1", owner.0)));
    vec![
        Datum::text(lock.kind),
        Datum::Null,
        oid(lock.relation.map(|relation| relation.0)),
        Datum::Null,
        Datum::Null,
        Datum::Null,
        Datum::Null,
        oid(lock.class),
        oid(lock.object),
        lock.part.map_or(Datum::Null, Datum::Int2),
        owner,
        lock.pid.map_or(Datum::Null, Datum::Int4),
        Datum::text(lock.mode),
        Datum::Bool(lock.granted),
        Datum::Bool(false),
        Datum::Null,
    ]
}

impl StatementServices {
    /// pid, datname, usename, application_name, state, query, backend_start, client_addr,
    /// query_start, xact_start
    pub fn activity(&self) -> Vec<Vec<Datum>> {
        let mut backends: Vec<_> = self.shared.backends.lock().values().cloned().collect();
        backends.sort_by_key(|backend| backend.pid);
        let time = |at: Option<i64>| at.map_or(Datum::Null, Datum::TimestampTz);
        backends
            .into_iter()
            .map(|backend| {
                vec![
                    Datum::Int4(backend.pid),
                    Datum::text(&backend.database),
                    Datum::text(&backend.user),
                    Datum::text(&backend.application),
                    Datum::text(backend.activity.state().name()),
                    Datum::Text(backend.query.clone()),
                    Datum::TimestampTz(backend.started),
                    backend.peer.map_or(Datum::Null, |peer| Datum::text(peer.to_string())),
                    time(backend.query_started),
                    time(backend.activity.transaction().map(|(_, started)| started)),
                ]
            })
            .collect()
    }

    /// The columns of pg_locks: what the lock table has, and advisory locks.
    pub fn locks(&self) -> Vec<Vec<Datum>> {
        let owners: HashMap<TransactionId, i32> = {
            let backends = self.shared.backends.lock();
            let open = backends.values().filter_map(|backend| {
                backend.activity.transaction().map(|(owner, _)| (owner, backend.pid))
            });
            open.collect()
        };
        let held = self.shared.locks.list().into_iter().map(|lock| {
            let pid = owners.get(&lock.owner).copied();
            let (kind, relation, object) = match lock.target {
                LockTarget::Row(table, row) => ("tuple", Some(table), Some(row.0 as u32)),
                LockTarget::Key(index, _) => ("key", Some(index), None),
                LockTarget::Table(table) => ("relation", Some(table), None),
                LockTarget::Object(object, _) => ("object", None, Some(object.0)),
                LockTarget::Advisory(key) => ("advisory", None, Some(key as u32)),
            };
            lock_row(LockShown {
                kind,
                relation,
                class: None,
                object,
                part: None,
                owner: Some(lock.owner),
                pid,
                mode: lock.mode.name(),
                granted: lock.granted,
            })
        });
        let advisory = advisory::list().into_iter().map(|lock| {
            lock_row(LockShown {
                kind: "advisory",
                relation: None,
                class: Some(lock.class),
                object: Some(lock.object),
                part: Some(lock.part),
                owner: None,
                pid: Some(lock.pid),
                mode: lock.mode,
                granted: lock.granted,
            })
        });
        held.chain(advisory).collect()
    }

    /// name, statement, is_holdable, is_binary, is_scrollable, creation_time
    pub fn open_cursors(&self) -> Vec<Vec<Datum>> {
        let cursors = self.cursors.lock();
        cursors
            .iter()
            .map(|(name, cursor)| {
                vec![
                    Datum::text(name),
                    Datum::Text(cursor.sql.clone()),
                    Datum::Bool(cursor.hold),
                    Datum::Bool(cursor.binary),
                    Datum::Bool(cursor.scroll),
                    Datum::TimestampTz(cursor.since),
                ]
            })
            .collect()
    }

    /// The columns of pg_prepared_statements. A statement is planned once for all its parameters.
    pub fn prepared_statements(&self) -> Vec<Vec<Datum>> {
        let types = |types: &mut dyn Iterator<Item = Oid>| {
            let oids = types.map(|oid| Datum::Oid(oid.0)).collect();
            Datum::Array(Arc::new(ArrayValue::of(oid::REGTYPE, oids)))
        };
        let prepared = self.prepared.lock();
        let named = prepared.iter().filter(|(name, _)| !name.is_empty());
        named
            .map(|(name, named)| {
                let one = &named.prepared;
                let text = named.sql.clone().unwrap_or_else(|| one.inner.statement.text.clone());
                let fields = one.fields();
                let results = fields.map_or(Datum::Null, |fields| {
                    types(&mut fields.iter().map(|field| field.ty.oid))
                });
                vec![
                    Datum::text(name),
                    Datum::Text(text),
                    Datum::TimestampTz(named.since),
                    types(&mut one.params().iter().map(|ty| ty.oid)),
                    results,
                    Datum::Bool(named.sql.is_some()),
                    Datum::Int8(0),
                    Datum::Int8(0),
                ]
            })
            .collect()
    }

    /// relid, n_live_tup
    pub fn row_counts(&self) -> Result<Vec<Vec<Datum>>> {
        let snapshot = self.shared.store.snapshot()?;
        let tables = self.catalog.tables();
        tables
            .map(|table| {
                let rows = snapshot.row_count(table.oid)?;
                Ok(vec![Datum::Oid(table.oid.0), Datum::Int8(rows as i64)])
            })
            .collect()
    }

    /// Of each sequence: oid, last value, whether it has been given out.
    pub fn last_values(&self) -> Result<Vec<Vec<Datum>>> {
        let sequences = self.catalog.objects().filter_map(|object| match object {
            Object::Sequence(sequence) => Some(sequence),
            _ => None,
        });
        sequences
            .map(|sequence| {
                let state = self.shared.wait(self.shared.sequences.current(sequence))?;
                let (last, called) = (state.last_value, state.is_called);
                Ok(vec![Datum::Oid(sequence.oid.0), Datum::Int8(last), Datum::Bool(called)])
            })
            .collect()
    }

    /// name, setting, unit, short_desc
    pub fn settings_rows(&self) -> Vec<Vec<Datum>> {
        self.live
            .lock()
            .settings
            .all()
            .into_iter()
            .map(|(name, value, help)| vec![name.into(), value.into(), Datum::Null, help.into()])
            .collect()
    }
}
