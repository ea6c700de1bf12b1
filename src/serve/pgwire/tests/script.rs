//! Sessions that do what their statements' words say and note it in a log.

use std::{
    sync::{
        Arc,
        atomic::{AtomicI32, AtomicUsize, Ordering},
    },
    time::Duration,
};

use bytes::Bytes;
use datafusion::arrow::{
    array::Int32Array,
    datatypes::{DataType, Field as ArrowField, Schema},
    record_batch::RecordBatch,
};
use futures::{StreamExt, stream};
use parking_lot::Mutex;
use tokio::sync::Notify;

use crate::{
    base::{Notice, Oid, PgError, Result, sqlstate},
    err,
    query::{exec::TransactionTimer, ir::Field},
    serve::pgwire::{
        Cancel, CopyIn, CopyOut, Engine, Inbox, Outcome, Prepared, Session, SessionStart, Tag,
        TransactionStatus,
    },
    types::{
        Datum, PgType,
        datetime::{DateStyle, IntervalStyle, TimeZone},
        text_io::Style,
    },
};

#[derive(Clone, Default)]
pub struct Log {
    events: Arc<Mutex<Vec<String>>>,
    streams: Arc<AtomicUsize>,
}

impl Log {
    fn note(&self, event: impl Into<String>) {
        self.events.lock().push(event.into());
    }

    pub fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.events.lock())
    }

    pub fn contains(&self, event: &str) -> bool {
        self.events.lock().iter().any(|noted| noted == event)
    }

    /// Results that may still hold a snapshot.
    pub fn streams(&self) -> usize {
        self.streams.load(Ordering::SeqCst)
    }
}

pub struct ScriptEngine(pub Log);

static PIDS: AtomicI32 = AtomicI32::new(1000);

impl Engine for ScriptEngine {
    type Session = ScriptSession;

    fn session(&self, start: SessionStart) -> Result<ScriptSession> {
        if start.database == "absent" {
            return err!(INVALID_CATALOG_NAME, "database \"absent\" does not exist");
        }
        Ok(ScriptSession {
            log: self.0.clone(),
            pid: PIDS.fetch_add(1, Ordering::SeqCst),
            status: TransactionStatus::Idle,
            implicit: false,
            failed: false,
            cancel: Arc::new(Notify::new()),
            named: Vec::new(),
            notices: Vec::new(),
            changes: Vec::new(),
            idle_timeout: None,
            timer: Arc::default(),
            inbox: Arc::default(),
        })
    }

    fn is_superuser(&self, user: &str) -> bool {
        user == "postgres"
    }

    fn verifier(&self, user: &str) -> Option<String> {
        // The password is "pencil".
        let verifier = "SCRAM-SHA-256$4096:W22ZaJ0SNY7soEsUEjb6gQ==$\
            WG5d8oPm3OtcPnkdi4Uo7BkeZkBFzpcXkuLmtbsT4qY=:wfPLwcE6nTWhTAmQ7tl2KeoiWGPlZqQxSrmfPwDl2dU=";
        (user == "ada").then(|| verifier.to_owned())
    }
}

pub struct ScriptSession {
    log: Log,
    pid: i32,
    status: TransactionStatus,
    implicit: bool,
    failed: bool,
    cancel: Arc<Notify>,
    named: Vec<(String, Script)>,
    notices: Vec<Notice>,
    changes: Vec<(String, String)>,
    idle_timeout: Option<Duration>,
    timer: Arc<TransactionTimer>,
    inbox: Arc<Inbox>,
}

#[derive(Clone, Debug)]
pub struct Script {
    sql: String,
    words: String,
    offset: usize,
}

const INT4: &[PgType] = &[PgType::INT4];

impl Prepared for Script {
    fn params(&self) -> &[PgType] {
        if self.words == "echo" { INT4 } else { &[] }
    }

    fn fields(&self) -> Option<Arc<[Field]>> {
        let rows = self.words == "echo" || self.words.starts_with("rows");
        rows.then(|| {
            let field = Field { origin: Some((Oid(16400), 2)), ..Field::new("n", PgType::INT4) };
            vec![field].into()
        })
    }

    fn kind(&self) -> &'static str {
        "other"
    }

    fn sql(&self) -> &str {
        &self.sql
    }
}

pub struct ScriptCancel(Arc<Notify>);

impl Cancel for ScriptCancel {
    fn cancel(&self) {
        self.0.notify_waiters();
    }
}

/// Notes when it is dropped before its time.
struct Guard(Option<Log>);

impl Drop for Guard {
    fn drop(&mut self) {
        if let Some(log) = &self.0 {
            log.note("dropped");
        }
    }
}

struct Open(Log);

impl Open {
    fn new(log: &Log) -> Self {
        log.streams.fetch_add(1, Ordering::SeqCst);
        Self(log.clone())
    }
}

impl Drop for Open {
    fn drop(&mut self) {
        self.0.streams.fetch_sub(1, Ordering::SeqCst);
    }
}

fn batch(values: Vec<Option<i32>>) -> RecordBatch {
    let schema = Schema::new(vec![ArrowField::new("n", DataType::Int32, true)]);
    RecordBatch::try_new(Arc::new(schema), vec![Arc::new(Int32Array::from(values))])
        .expect("one column of integers")
}

impl Session for ScriptSession {
    type Statement = Script;
    type Prepared = Script;
    type CopyIn = ScriptCopyIn;
    type CopyOut = ScriptCopyOut;
    type Cancel = ScriptCancel;

    fn pid(&self) -> i32 {
        self.pid
    }

    fn cancel_handle(&self) -> ScriptCancel {
        ScriptCancel(self.cancel.clone())
    }

    fn parse(&self, sql: &str) -> Result<Vec<Script>> {
        let mut offset = 0;
        let mut scripts = Vec::new();
        for part in sql.split(';') {
            let indent = part.len() - part.trim_start().len();
            if !part.trim().is_empty() {
                let words = part.trim().to_owned();
                scripts.push(Script { sql: sql.to_owned(), words, offset: offset + indent });
            }
            offset += part.len() + 1;
        }
        Ok(scripts)
    }

    async fn prepare(&mut self, statement: &Script, _: &[Oid]) -> Result<Script> {
        Ok(statement.clone())
    }

    async fn execute(&mut self, script: &Script, params: Vec<Datum>) -> Result<Outcome<Self>> {
        self.log.note(&script.words);
        let (verb, argument) = script.words.split_once(' ').unwrap_or((&script.words, ""));
        let fields = || script.fields().expect("a statement with rows");
        Ok(match verb {
            "rows" => {
                let rows: i32 = argument.parse().expect("a count");
                let open = Open::new(&self.log);
                let batches = (0..rows).collect::<Vec<_>>();
                let batches: Vec<_> = batches
                    .chunks(1000)
                    .map(|chunk| Ok(batch(chunk.iter().copied().map(Some).collect())))
                    .collect();
                let stream = stream::iter(batches)
                    .map(move |batch| {
                        let _open = &open;
                        batch
                    })
                    .boxed();
                Outcome::Rows { fields: fields(), stream, tag: Tag::Counted("SELECT") }
            }
            "echo" => {
                let value = match params[0] {
                    Datum::Int4(value) => Some(value),
                    _ => None,
                };
                let stream = stream::iter([Ok(batch(vec![value]))]).boxed();
                Outcome::Rows { fields: fields(), stream, tag: Tag::Counted("SELECT") }
            }
            "fail" => {
                let error = PgError::new(sqlstate::SYNTAX_ERROR, "failed as told");
                return Err(error.at(script.offset as i32));
            }
            "open" => {
                self.status = TransactionStatus::InTransaction;
                self.implicit = false;
                Outcome::Command("BEGIN".into())
            }
            "close" => {
                self.status = TransactionStatus::Idle;
                Outcome::Command("COMMIT".into())
            }
            "wait" => {
                let mut guard = Guard(Some(self.log.clone()));
                self.cancel.notified().await;
                guard.0 = None;
                return err!(QUERY_CANCELED, "canceling statement due to user request");
            }
            "notice" => {
                self.notices.push(PgError::notice("hear"));
                self.changes.push(("TimeZone".into(), "UTC".into()));
                Outcome::Command("NOTICE".into())
            }
            "idle" => {
                self.idle_timeout = Some(Duration::from_millis(20));
                Outcome::Command("SET".into())
            }
            "time" => {
                self.timer.start(Duration::from_millis(20));
                Outcome::Command("SET".into())
            }
            "panic" => panic!("as told"),
            "copy" if argument == "in" => Outcome::CopyIn(ScriptCopyIn::default()),
            "copy" => Outcome::CopyOut(ScriptCopyOut::default()),
            _ => Outcome::Command(script.words.to_uppercase()),
        })
    }

    fn begin_implicit(&mut self) {
        if self.status == TransactionStatus::Idle && !self.implicit {
            self.log.note("begin");
            (self.implicit, self.failed) = (true, false);
        }
    }

    async fn end_implicit(&mut self) -> Result<()> {
        if std::mem::take(&mut self.implicit) {
            self.log.note(if self.failed { "rollback" } else { "commit" });
        }
        Ok(())
    }

    fn status(&self) -> TransactionStatus {
        self.status
    }

    fn fail(&mut self) {
        self.failed = true;
        if self.status == TransactionStatus::InTransaction {
            self.status = TransactionStatus::Failed;
        }
    }

    fn named(&self, name: &str) -> Option<Script> {
        self.named.iter().find(|(known, _)| known == name).map(|(_, script)| script.clone())
    }

    fn name(&mut self, name: &str, prepared: Script) -> Result<()> {
        self.named.push((name.to_owned(), prepared));
        Ok(())
    }

    fn unname(&mut self, name: &str) {
        self.named.retain(|(known, _)| known != name);
    }

    fn cursor_fields(&self, _: &str) -> Option<Arc<[Field]>> {
        None
    }

    fn fetch_forward(&mut self, name: &str, _: Option<u64>) -> Result<Outcome<Self>> {
        err!(INVALID_CURSOR_NAME, "cursor \"{name}\" does not exist")
    }

    fn close_cursor(&mut self, _: &str) {}

    async fn take_copied(&mut self) -> Result<()> {
        Ok(())
    }

    fn inbox(&self) -> Arc<Inbox> {
        self.inbox.clone()
    }

    fn rest(&self) {}

    fn take_notices(&mut self) -> Vec<Notice> {
        std::mem::take(&mut self.notices)
    }

    fn take_parameter_changes(&mut self) -> Vec<(String, String)> {
        std::mem::take(&mut self.changes)
    }

    fn setting(&self, _: &str) -> Option<String> {
        None
    }

    fn style(&self) -> Style {
        Style {
            time_zone: TimeZone::UTC,
            date_style: DateStyle::default(),
            interval_style: IntervalStyle::default(),
            extra_float_digits: 1,
            bytea_escape: false,
            names: None,
            now: 0,
        }
    }

    fn timer(&self) -> Arc<TransactionTimer> {
        self.timer.clone()
    }

    fn idle_timeout(&self) -> Option<Duration> {
        self.idle_timeout
    }
}

#[derive(Default)]
pub struct ScriptCopyIn(Vec<u8>);

impl CopyIn for ScriptCopyIn {
    fn is_binary(&self) -> bool {
        false
    }

    fn columns(&self) -> usize {
        1
    }

    async fn push(&mut self, bytes: Bytes) -> Result<()> {
        if bytes.starts_with(b"bad") {
            return err!(BAD_COPY_FILE_FORMAT, "as told");
        }
        self.0.extend(bytes);
        Ok(())
    }

    async fn finish(self) -> Result<String> {
        let rows = self.0.iter().filter(|byte| **byte == b'\n').count();
        Ok(format!("COPY {rows}"))
    }

    async fn abort(self) {}
}

#[derive(Default)]
pub struct ScriptCopyOut(u64);

impl CopyOut for ScriptCopyOut {
    fn is_binary(&self) -> bool {
        false
    }

    fn columns(&self) -> usize {
        1
    }

    async fn next(&mut self, out: &mut Vec<u8>, ends: &mut Vec<usize>) -> Result<bool> {
        self.0 += 1;
        out.extend(format!("{}\n", self.0).bytes());
        ends.push(out.len());
        Ok(self.0 < 3)
    }

    fn rows(&self) -> u64 {
        self.0
    }
}
