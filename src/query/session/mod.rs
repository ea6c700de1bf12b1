//! A session: one client's settings, transaction, prepared statements and cursors.
//!
//! The wire calls it statement by statement: [`Session::prepare`] binds, [`Session::execute`] runs.
//! A statement outside of BEGIN has a transaction of its own, which the wire ends with
//! [`Session::end_implicit`] (after a simple query, or at Sync).

pub mod activity;
pub mod channels;
pub mod copy;
pub mod cursor;
pub mod ending;
pub mod engine;
mod filling;
mod hooks;
pub mod names;
pub mod prepared;
pub mod references;
mod row_locks;
mod rows;
mod running;
pub mod services;
mod sight;
mod steps;
mod surroundings;
pub mod transaction;
pub(super) mod view;
pub mod writes;

use std::{collections::HashMap, sync::Arc, time::Duration};

use datafusion::arrow::record_batch::RecordBatch;
use futures::stream::BoxStream;
use parking_lot::Mutex;

pub use copy::{CopyIn, CopyOut};
pub use engine::{Backend, Defaults, Engine, EngineOptions, EngineStatistics, SessionStart};
pub use hooks::{CommitterSink, IndexKeys};
pub use prepared::Prepared;
pub(super) use steps::Steps;

/// What has a name in the session; its system views read it while a statement runs.
pub(super) type Shelf<T> = Arc<Mutex<HashMap<String, T>>>;

use self::{
    activity::{Activity, State},
    channels::Inbox,
    cursor::Cursor,
    ending::OnCommits,
    engine::{Shared, now},
    prepared::{Bound, Named, PreparedInner},
    references::Questions,
    services::Live,
    surroundings::{Seen, ViewFacts},
    transaction::{Isolation, Transaction},
    view::View,
};
use super::{
    bind::Binder,
    env::Env,
    exec::{CancelToken, TransactionTimer},
    ir::Field,
    parse::{self, NodeEnum, Statement},
    rules::{self, Rules},
    settings::Settings,
    statements,
};
use crate::{
    base::{Notice, Oid, PgError, Result, sqlstate},
    storage::{
        CatalogChange,
        catalog::{Database, Object, SUPERUSER, Schema},
    },
    types::PgType,
};

/// What ReadyForQuery tells.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum TransactionStatus {
    Idle,
    InTransaction,
    Failed,
}

/// What a statement answers.
pub enum Outcome {
    Rows {
        fields: Arc<[Field]>,
        stream: BoxStream<'static, Result<RecordBatch>>,
        tag: Tag,
    },
    /// A whole command tag.
    Command(String),
    CopyIn(CopyIn),
    CopyOut(CopyOut),
    Empty,
}

/// The command tag of a statement that returns rows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Tag {
    /// `SELECT` becomes `SELECT 5`, `INSERT 0` becomes `INSERT 0 5`.
    Counted(&'static str),
    Fixed(String),
}

impl Tag {
    /// As CommandComplete tells it.
    pub fn text(&self, rows: u64) -> String {
        match self {
            Tag::Counted(prefix) => format!("{prefix} {rows}"),
            Tag::Fixed(tag) => tag.clone(),
        }
    }
}

/// One connection's session. An error leaves it usable; the caller then calls [`Session::fail`].
pub struct Session {
    pub(super) engine: Engine,
    pub(super) pid: i32,
    pub(super) user: Arc<str>,
    pub(super) database: Arc<str>,
    pub(super) database_oid: Oid,
    /// A temporary schema has been made, and goes with the session.
    pub(super) temporary: bool,
    /// While a statement runs in steps.
    pub(super) steps: Option<Steps>,
    pub(super) on_commit: OnCommits,
    pub(super) live: Arc<Mutex<Live>>,
    pub(super) transaction: Option<Transaction>,
    pub(super) prepared: Shelf<Named>,
    pub(super) cursors: Shelf<Cursor>,
    pub(super) activity: Arc<Activity>,
    /// What a finished COPY left; taken into the transaction before anything else happens.
    pub(super) copied: copy::CopySlot,
    /// The statements of foreign keys, bound.
    questions: Questions,
    cancel: CancelToken,
    /// The same, with the running statement's deadline.
    running: CancelToken,
    /// Notifications on their way to the client.
    inbox: Arc<Inbox>,
    reported: HashMap<String, String>,
    /// What the statement was found to be bound against, for its first [`Session::environment`].
    opened: Option<(Arc<Env>, Arc<View>)>,
    /// The names that the last statement saw.
    seen: Mutex<Option<Seen>>,
}

/// Reaches a running statement from another connection.
#[derive(Clone)]
pub struct CancelHandle(CancelToken);

impl CancelHandle {
    pub fn cancel(&self) {
        self.0.cancel();
    }
}

impl Session {
    fn start(
        engine: Engine,
        pid: i32,
        start: SessionStart,
        database: &Database,
        superuser: bool,
    ) -> Result<Self> {
        let mut settings = Settings::default();
        settings.fix("session_authorization", start.user.clone());
        settings.fix("is_superuser", if superuser { "on" } else { "off" });
        settings.fix("max_connections", engine.shared.options.connections_max.to_string());
        for (name, value) in &engine.shared.defaults().settings {
            settings.set_default(name, value)?;
        }
        for (name, value) in &database.settings {
            settings.set_default(name, value)?;
        }
        for (name, value) in &start.options {
            settings.set_default(name, value)?;
        }
        let cancel = CancelToken::new();
        let timer = cancel.timer().clone();
        let activity = Arc::new(Activity::default());
        let backend = Backend {
            pid,
            user: start.user.clone(),
            database: start.database.clone(),
            application: settings.value("application_name"),
            peer: start.peer,
            cancel: cancel.clone(),
            query: Arc::from(""),
            query_started: None,
            activity: activity.clone(),
            started: now(),
        };
        engine.shared.backends.lock().insert(pid, backend);
        let reported = settings.reported().into_iter().collect();
        Ok(Self {
            engine,
            pid,
            user: start.user.into(),
            database: start.database.into(),
            database_oid: database.oid,
            temporary: false,
            steps: None,
            on_commit: OnCommits::new(),
            live: Arc::new(Mutex::new(Live { settings, timer, ..Live::default() })),
            transaction: None,
            prepared: Shelf::default(),
            cursors: Shelf::default(),
            activity,
            copied: copy::CopySlot::default(),
            questions: Questions::new(),
            running: cancel.clone(),
            cancel,
            inbox: Arc::default(),
            reported,
            opened: None,
            seen: Mutex::default(),
        })
    }

    pub fn pid(&self) -> i32 {
        self.pid
    }

    pub fn cancel_handle(&self) -> CancelHandle {
        CancelHandle(self.cancel.clone())
    }

    /// Stops the running statement when it is cancelled or late.
    pub(super) fn running(&self) -> &CancelToken {
        &self.running
    }

    pub(super) fn shared(&self) -> &Arc<Shared> {
        &self.engine.shared
    }

    /// The statements of a simple query; none for an empty one.
    pub fn parse(&self, sql: &str) -> Result<Vec<Statement>> {
        parse::parse(sql)
    }

    /// Binds a statement. `types` are what the client declared; 0 is for the binder to infer.
    ///
    /// Errors: the binder's; 25P02 in a failed transaction.
    pub async fn prepare(&mut self, statement: &Statement, types: &[Oid]) -> Result<Prepared> {
        self.refuse_if_failed(statement)?;
        let declared = types
            .iter()
            .map(|oid| if oid.0 == 0 { PgType::UNKNOWN } else { PgType::new(*oid) })
            .collect();
        self.bind(statement.clone(), declared)
    }

    fn bind(&mut self, statement: Statement, declared: Vec<PgType>) -> Result<Prepared> {
        if statements::reads_nothing(&statement.node) {
            let fields = statements::utility_fields(self, &statement.node)?;
            return Ok(Prepared { inner: Arc::new(PreparedInner::unbound(statement, fields)) });
        }
        let (env, view) = self.environment()?;
        let against = self.bound_against(&env);
        let binder = Binder::new(&env, &declared).with_steps();
        let facts = ViewFacts { env: &env, view: &view };
        let rules = Rules { env: &env, facts: &facts, scans: against.scans };
        let (bound, fields, kind) = match statement.node.as_ref() {
            NodeEnum::SelectStmt(select) if select.into_clause.is_none() => {
                let plan = rules::optimise(binder.select(select)?, &rules);
                let fields = plan.fields.clone();
                let kind = statements::kind_of_plan(&plan);
                (Bound::Select(Arc::new(plan)), Some(fields), kind)
            }
            NodeEnum::InsertStmt(insert) => {
                let mut insert = binder.insert(insert)?;
                insert.source = rules::optimise(insert.source, &rules);
                let fields = insert.returning.as_ref().map(|returning| returning.fields.clone());
                (Bound::Insert(Arc::new(insert)), fields, "dml")
            }
            NodeEnum::UpdateStmt(update) => {
                let mut update = binder.update(update)?;
                update.source = rules::optimise(update.source, &rules);
                let fields = update.returning.as_ref().map(|returning| returning.fields.clone());
                (Bound::Update(Arc::new(update)), fields, "dml")
            }
            NodeEnum::DeleteStmt(delete) => {
                let mut delete = binder.delete(delete)?;
                delete.source = rules::optimise(delete.source, &rules);
                let fields = delete.returning.as_ref().map(|returning| returning.fields.clone());
                (Bound::Delete(Arc::new(delete)), fields, "dml")
            }
            node => {
                let fields = statements::utility_fields(self, node)?;
                (Bound::Utility, fields, statements::kind_of_utility(node))
            }
        };
        if let (Bound::Utility, Some(query)) = (&bound, statements::inner_query(&statement.node)) {
            binder.infer(query)?;
        }
        let params = binder.params()?;
        let locks_rows = binder.locks_rows();
        let steps =
            binder.take_steps().into_iter().map(|step| steps::optimised(step, &rules)).collect();
        let inner = PreparedInner {
            statement,
            params,
            fields,
            bound,
            steps,
            locks_rows,
            version: against,
            kind,
        };
        Ok(Prepared { inner: Arc::new(inner) })
    }

    /// The open transaction; a statement outside of BEGIN gets one of its own.
    pub(super) fn transaction(&mut self) -> &mut Transaction {
        if self.transaction.is_none() {
            self.open_transaction(false);
        }
        let transaction = self.transaction.as_mut().expect("just opened");
        if let Some(copied) = self.copied.lock().take() {
            transaction.take_in(copied);
        }
        transaction
    }

    pub(super) fn open_transaction(&mut self, explicit: bool) {
        let mut live = self.live.lock();
        live.begin();
        let resolved = live.settings.resolved();
        drop(live);
        let isolation = match resolved.repeatable_read {
            true => Isolation::RepeatableRead,
            false => Isolation::ReadCommitted,
        };
        let mut transaction =
            Transaction::begin(self.shared().clone(), self.database_oid, isolation, explicit);
        transaction.read_only = resolved.read_only;
        self.activity.set_transaction(transaction.id.0, transaction.started);
        self.transaction = Some(transaction);
    }

    /// The session's temporary schema, which the transaction makes if there is none.
    pub(super) fn temporary_schema(&mut self) -> Result<Oid> {
        let (env, _) = self.environment()?;
        let name = temporary_schema_name(self.pid);
        if let Some(schema) = env.catalog.schema_named(&name) {
            return Ok(schema.oid);
        }
        self.temporary = true;
        let schema = Schema {
            oid: self.shared().store.allocate_oid(),
            name,
            owner: SUPERUSER,
            database: self.database_oid,
            temporary: true,
        };
        let oid = schema.oid;
        let change = CatalogChange::Put(Object::Schema(schema.into()));
        self.transaction().writes.change(&env.catalog, change);
        Ok(oid)
    }

    /// Opens the transaction that lasts until [`Session::end_implicit`], unless one is open.
    pub fn begin_implicit(&mut self) {
        self.transaction();
    }

    /// The session has nothing to do until its client says more.
    pub fn rest(&self) {
        self.activity.set(match self.status() {
            TransactionStatus::Idle => State::Idle,
            TransactionStatus::InTransaction => State::InTransaction,
            TransactionStatus::Failed => State::Failed,
        });
        let (owner, started) =
            self.transaction.as_ref().map_or((0, 0), |open| (open.id.0, open.started));
        self.activity.set_transaction(owner, started);
    }

    pub fn status(&self) -> TransactionStatus {
        match &self.transaction {
            Some(transaction) if transaction.explicit && transaction.failed => {
                TransactionStatus::Failed
            }
            Some(transaction) if transaction.explicit => TransactionStatus::InTransaction,
            _ => TransactionStatus::Idle,
        }
    }

    /// An error has happened: an open transaction is failed. Its time is not limited any more, as it
    /// is not in PostgreSQL, and not either when ROLLBACK TO revives it.
    pub fn fail(&mut self) {
        self.cancel.timer().stop();
        if let Some(transaction) = &mut self.transaction {
            transaction.failed = true;
        }
    }

    pub fn named(&self, name: &str) -> Option<Prepared> {
        self.prepared.lock().get(name).map(|named| named.prepared.clone())
    }

    /// Errors: 42P05 if the name is taken.
    pub fn name(&mut self, name: &str, prepared: Prepared) -> Result<()> {
        self.enter_name(name, Named { prepared, since: now(), sql: None })
    }

    /// Errors: 42P05 if the name is taken.
    pub(super) fn enter_name(&mut self, name: &str, named: Named) -> Result<()> {
        let mut shelf = self.prepared.lock();
        if !name.is_empty() && shelf.contains_key(name) {
            return Err(PgError::new(
                sqlstate::DUPLICATE_PREPARED_STATEMENT,
                format!("prepared statement \"{name}\" already exists"),
            ));
        }
        shelf.insert(name.to_owned(), named);
        Ok(())
    }

    pub fn unname(&mut self, name: &str) {
        self.prepared.lock().remove(name);
    }

    /// Notices since the last call that `client_min_messages` lets through.
    pub fn take_notices(&mut self) -> Vec<Notice> {
        let mut live = self.live.lock();
        let notices = std::mem::take(&mut live.notices);
        if notices.is_empty() {
            return notices;
        }
        let threshold = live.settings.value("client_min_messages");
        notices.into_iter().filter(|notice| notice.severity.is_heard(&threshold)).collect()
    }

    pub(super) fn notice(&self, notice: Notice) {
        self.live.lock().notices.push(notice);
    }

    /// Reported settings that have changed since the last call.
    pub fn take_parameter_changes(&mut self) -> Vec<(String, String)> {
        let mut live = self.live.lock();
        if !std::mem::take(&mut live.changed) {
            return vec![];
        }
        let mut changes = Vec::new();
        for (name, value) in live.settings.reported() {
            if self.reported.get(&name) != Some(&value) {
                self.reported.insert(name.clone(), value.clone());
                if name == "application_name"
                    && let Some(backend) = self.engine.shared.backends.lock().get_mut(&self.pid)
                {
                    backend.application = value.clone();
                }
                changes.push((name, value));
            }
        }
        changes
    }

    /// A setting as SHOW prints it.
    pub fn setting(&self, name: &str) -> Option<String> {
        self.live.lock().settings.get(name)
    }

    /// Tells when the open transaction has lasted too long.
    pub fn timer(&self) -> &Arc<TransactionTimer> {
        self.cancel.timer()
    }

    /// `idle_in_transaction_session_timeout` or `idle_session_timeout`, as the status has it.
    pub fn idle_timeout(&self) -> Option<Duration> {
        let resolved = self.resolved();
        let limit = match self.status() {
            TransactionStatus::Idle => resolved.idle_session_timeout,
            _ => resolved.idle_in_transaction_session_timeout,
        };
        (!limit.is_zero()).then_some(limit)
    }
}

/// As PostgreSQL names it, after the session rather than a slot.
fn temporary_schema_name(pid: i32) -> String {
    format!("pg_temp_{pid}")
}
