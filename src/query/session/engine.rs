//! The engine: what all sessions of the process share.

use std::{
    collections::HashMap,
    future::Future,
    sync::{
        Arc, OnceLock,
        atomic::{AtomicI32, Ordering},
    },
    time::Duration,
};

use datafusion::execution::memory_pool::{GreedyMemoryPool, MemoryPool};
use parking_lot::{Mutex, RwLock};

use super::{Session, activity::Activity, channels::Channels};
use crate::{
    base::{Oid, PgError, Result, clock, sqlstate},
    index::Indexes,
    ingest::{Committer, Locks, Sequences, WriteSet},
    query::{bind::TableRules, env::Env, exec::CancelToken},
    storage::{
        Store,
        catalog::{Catalog, Table},
    },
};

/// The limits that queries run under.
#[derive(Clone, Debug)]
pub struct EngineOptions {
    /// Bytes that all running queries may hold together.
    pub query_memory_bytes: usize,
    pub defaults: Defaults,
    pub connections_max: usize,
}

/// What may be changed while the process runs.
#[derive(Clone, Debug, Default)]
pub struct Defaults {
    /// What a new session's settings begin with: `(name, value)`.
    pub settings: Vec<(String, String)>,
    /// How long a statement may keep its snapshot open; zero is without end.
    pub snapshot_timeout: Duration,
}

impl Default for EngineOptions {
    fn default() -> Self {
        Self { query_memory_bytes: 2 << 30, defaults: Defaults::default(), connections_max: 100 }
    }
}

/// The process's one engine; cheap to clone.
#[derive(Clone)]
pub struct Engine {
    pub(in crate::query) shared: Arc<Shared>,
}

pub(in crate::query) struct Shared {
    pub store: Store,
    pub committer: Committer,
    pub locks: Locks,
    pub sequences: Sequences,
    pub indexes: Arc<Indexes>,
    pub options: EngineOptions,
    defaults: RwLock<Arc<Defaults>>,
    pub memory: Arc<dyn MemoryPool>,
    pub backends: Mutex<HashMap<i32, Backend>>,
    pub channels: Channels,
    /// Definitions as each database sees them, and the version they are of.
    catalogs: Mutex<HashMap<Oid, (u64, Arc<Catalog>)>>,
    rules: Mutex<HashMap<Oid, Arc<TableRules>>>,
    next_pid: AtomicI32,
    runtime: tokio::runtime::Handle,
    /// Ends a connection; the floor above sets it.
    pub terminate: OnceLock<Terminate>,
}

type Terminate = Box<dyn Fn(i32) + Send + Sync>;

/// A live session, as `pg_stat_activity` and cancel requests see it.
#[derive(Clone)]
pub struct Backend {
    pub pid: i32,
    pub user: String,
    pub database: String,
    pub application: String,
    /// Where the client is; `None` in tests.
    pub peer: Option<std::net::IpAddr>,
    pub cancel: CancelToken,
    pub query: Arc<str>,
    pub query_started: Option<i64>,
    pub activity: Arc<Activity>,
    /// Microseconds since 2000-01-01 UTC.
    pub started: i64,
}

/// Totals since the start, and the memory in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EngineStatistics {
    /// Reserved by running statements.
    pub memory_bytes: usize,
    pub lock_waits: u64,
    pub deadlocks: u64,
}

/// What a client asks for when it connects.
#[derive(Clone, Debug)]
pub struct SessionStart {
    pub user: String,
    pub database: String,
    pub options: Vec<(String, String)>,
    pub peer: Option<std::net::IpAddr>,
}

impl Engine {
    /// Call it inside the runtime that sessions will run on.
    pub fn new(
        store: Store,
        committer: Committer,
        indexes: Arc<Indexes>,
        options: EngineOptions,
    ) -> Self {
        let memory = Arc::new(GreedyMemoryPool::new(options.query_memory_bytes));
        let shared = Shared {
            sequences: Sequences::new(store.clone(), committer.clone()),
            store,
            committer,
            locks: Locks::new(),
            indexes,
            defaults: RwLock::new(Arc::new(options.defaults.clone())),
            options,
            memory,
            backends: Mutex::default(),
            channels: Channels::default(),
            catalogs: Mutex::default(),
            rules: Mutex::default(),
            next_pid: AtomicI32::new(1),
            runtime: tokio::runtime::Handle::current(),
            terminate: OnceLock::new(),
        };
        Self { shared: Arc::new(shared) }
    }

    /// Puts new defaults in force: for new sessions their settings, for new statements their limits.
    pub fn reconfigure(&self, defaults: Defaults) {
        *self.shared.defaults.write() = Arc::new(defaults);
    }

    /// Starts a session of an authenticated user.
    ///
    /// Errors: 28000 if there is no such role; 3D000 no such database; 22023 and its kin for a
    /// setting.
    pub fn session(&self, start: SessionStart) -> Result<Session> {
        let snapshot = self.shared.store.snapshot()?;
        let role = snapshot.catalog().role_named(&start.user).ok_or_else(|| {
            PgError::fatal(
                sqlstate::INVALID_AUTHORIZATION_SPECIFICATION,
                format!("role \"{}\" does not exist", start.user),
            )
        })?;
        let superuser = role.superuser;
        let database = snapshot.catalog().database_named(&start.database).ok_or_else(|| {
            PgError::fatal(
                sqlstate::INVALID_CATALOG_NAME,
                format!("database \"{}\" does not exist", start.database),
            )
        })?;
        let pid = self.shared.next_pid.fetch_add(1, Ordering::Relaxed);
        Session::start(self.clone(), pid, start, &database, superuser)
    }

    /// Drops what sessions of an earlier process left in their temporary schemas. Call it before
    /// the first session.
    pub async fn sweep(&self) -> Result<()> {
        self.shared.drop_temporary(|_| true).await
    }

    pub fn is_superuser(&self, user: &str) -> bool {
        self.shared
            .store
            .snapshot()
            .ok()
            .and_then(|snapshot| snapshot.catalog().role_named(user).map(|role| role.superuser))
            .unwrap_or(false)
    }

    /// A role's SCRAM verifier; `None` if there is no such role or it has no password.
    pub fn verifier(&self, user: &str) -> Option<String> {
        let snapshot = self.shared.store.snapshot().ok()?;
        snapshot.catalog().role_named(user).filter(|role| role.login)?.scram.clone()
    }

    /// Figures for metrics.
    pub fn statistics(&self) -> EngineStatistics {
        let (deadlocks, lock_waits) = self.shared.locks.statistics();
        EngineStatistics { memory_bytes: self.shared.memory.reserved(), lock_waits, deadlocks }
    }

    /// Has `pg_terminate_backend` end connections with `terminate`, which is given the pid.
    pub fn on_terminate(&self, terminate: impl Fn(i32) + Send + Sync + 'static) {
        let _ = self.shared.terminate.set(Box::new(terminate));
    }

    /// Stops every running statement with 57P01.
    pub fn shut_down(&self) {
        for backend in self.shared.backends.lock().values() {
            backend.cancel.shut_down();
        }
    }

    /// Writes back what sequences have reserved and not used. Call it before the Committer stops.
    pub async fn flush(&self) -> Result<()> {
        self.shared.sequences.flush().await
    }
}

impl Shared {
    pub fn defaults(&self) -> Arc<Defaults> {
        self.defaults.read().clone()
    }

    /// Waits for the Committer from a function's synchronous code: on a worker of the runtime the
    /// other tasks move away first, on a search thread the thread sleeps.
    pub fn wait<T>(&self, future: impl Future<Output = T>) -> T {
        match tokio::runtime::Handle::try_current() {
            Ok(_) => tokio::task::block_in_place(|| self.runtime.block_on(future)),
            Err(_) => self.runtime.block_on(future),
        }
    }

    /// The table's bound expressions, bound once for each version of its definition.
    pub fn rules(&self, env: &Env, table: &Arc<Table>) -> Result<Arc<TableRules>> {
        let indexes: Vec<_> = env.catalog.indexes_of(table).cloned().collect();
        if let Some(rules) = self.rules.lock().get(&table.oid)
            && rules.table == *table
            && rules.indexes.len() == indexes.len()
            && rules.indexes.iter().zip(&indexes).all(|(rule, index)| rule.index == *index)
        {
            return Ok(rules.clone());
        }
        let rules = Arc::new(TableRules::bind(env, table)?);
        self.rules.lock().insert(table.oid, rules.clone());
        Ok(rules)
    }

    /// Stops what a session runs, or the session; whether there is such a session.
    pub fn signal(&self, pid: i32, terminate: bool) -> bool {
        let found = self.backends.lock().get(&pid).map(|backend| backend.cancel.clone());
        let Some(cancel) = found else { return false };
        if terminate {
            cancel.shut_down();
            if let Some(end) = self.terminate.get() {
                end(pid);
            }
        } else {
            cancel.cancel();
        }
        true
    }

    /// Definitions as a session of `database` sees them.
    pub fn catalog_of(&self, whole: &Arc<Catalog>, database: Oid) -> Arc<Catalog> {
        let mut catalogs = self.catalogs.lock();
        match catalogs.get(&database) {
            Some((version, seen)) if *version == whole.version => seen.clone(),
            _ => {
                let seen = match whole.is_divided() {
                    true => Arc::new(whole.of_database(database)),
                    false => whole.clone(),
                };
                catalogs.insert(database, (whole.version, seen.clone()));
                seen
            }
        }
    }

    /// Drops the temporary schemas whose names `is_meant` tells, with all that is in them.
    pub async fn drop_temporary(&self, is_meant: impl Fn(&str) -> bool) -> Result<()> {
        let catalog = self.store.snapshot()?.catalog().clone();
        let drops: Vec<_> = catalog
            .schemas()
            .filter(|schema| schema.temporary && is_meant(&schema.name))
            .flat_map(|schema| catalog.drops_of_schema(schema.oid))
            .collect();
        if drops.is_empty() {
            return Ok(());
        }
        let set = WriteSet { catalog: drops, ..WriteSet::default() };
        self.committer.commit(set).await?;
        Ok(())
    }

    /// Runs what must still be done after a session's end.
    pub fn spawn(&self, future: impl Future<Output = ()> + Send + 'static) {
        self.runtime.spawn(future);
    }

    /// The schemas that `names` of a search path mean.
    pub fn schemas(catalog: &Catalog, names: &[String]) -> Vec<Oid> {
        names
            .iter()
            .filter_map(|name| catalog.schema_named(name).map(|schema| schema.oid))
            .collect()
    }
}

/// Now, in microseconds since 2000-01-01 UTC.
pub(in crate::query) fn now() -> i64 {
    clock::now_unix_us() - clock::POSTGRES_EPOCH_UNIX_US
}
