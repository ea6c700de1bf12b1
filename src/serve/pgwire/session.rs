//! What the wire needs of the engine: a session that parses, prepares and executes.
//!
//! The protocol is written against these traits, so that it is tested with scripted sessions and
//! the engine knows nothing of messages.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use datafusion::arrow::record_batch::RecordBatch;
use futures::stream::BoxStream;

pub use crate::query::session::{SessionStart, Tag, TransactionStatus, channels::Inbox};
use crate::{
    base::{Notice, Oid, Result},
    query::{exec::TransactionTimer, ir::Field},
    types::{Datum, PgType, charset::Charset, text_io::Style},
};

pub trait Engine: Send + Sync + 'static {
    type Session: Session;

    /// Errors: 28000 if there is no such role, 3D000 no such database, 22023 a wrong setting.
    fn session(&self, start: SessionStart) -> Result<Self::Session>;

    fn is_superuser(&self, user: &str) -> bool;

    /// The role's SCRAM verifier, if it has one.
    fn verifier(&self, user: &str) -> Option<String>;
}

/// One connection's session. An error leaves it usable: the caller then calls `fail`.
pub trait Session: Send + 'static {
    type Statement: Send + Sync;
    type Prepared: Prepared;
    type CopyIn: CopyIn;
    type CopyOut: CopyOut;
    type Cancel: Cancel;

    /// `pg_backend_pid()`
    fn pid(&self) -> i32;
    fn cancel_handle(&self) -> Self::Cancel;

    /// The statements of a simple query; none for an empty one.
    fn parse(&self, sql: &str) -> Result<Vec<Self::Statement>>;
    /// `types` are what the client declared; 0 or absent is for the binder to infer.
    fn prepare(
        &mut self,
        statement: &Self::Statement,
        types: &[Oid],
    ) -> impl Future<Output = Result<Self::Prepared>> + Send;
    fn execute(
        &mut self,
        prepared: &Self::Prepared,
        params: Vec<Datum>,
    ) -> impl Future<Output = Result<Outcome<Self>>> + Send;

    /// Opens the transaction that lasts until `end_implicit`, unless one is open.
    fn begin_implicit(&mut self);
    /// Commits it, or rolls it back if it has failed; leaves a BEGIN's transaction alone.
    fn end_implicit(&mut self) -> impl Future<Output = Result<()>> + Send;
    fn status(&self) -> TransactionStatus;
    /// An error has happened: an open transaction is failed.
    fn fail(&mut self);

    /// The portal that FETCH, MOVE or CLOSE names.
    fn portal_of(_: &Self::Statement) -> Option<&str> {
        None
    }
    /// The rest of a portal's rows becomes a cursor, which statements can reach.
    fn adopt(&mut self, _name: &str, _fields: Arc<[Field]>, _rows: Vec<RecordBatch>) {}

    /// The statements that PREPARE and Parse name, in one namespace.
    fn named(&self, name: &str) -> Option<Self::Prepared>;
    /// Errors: 42P05 if the name is taken.
    fn name(&mut self, name: &str, prepared: Self::Prepared) -> Result<()>;
    fn unname(&mut self, name: &str);

    /// The columns of a cursor that DECLARE has opened: portals and cursors share their names.
    fn cursor_fields(&self, name: &str) -> Option<Arc<[Field]>>;

    /// Its next rows, at most `rows_max`. Errors: 34000 if there is none of that name.
    fn fetch_forward(&mut self, name: &str, rows_max: Option<u64>) -> Result<Outcome<Self>>;
    fn close_cursor(&mut self, name: &str);

    /// What a COPY FROM has left behind becomes part of the transaction. Errors: 23503.
    fn take_copied(&mut self) -> impl Future<Output = Result<()>> + Send;

    /// Notifications that wait for the client.
    fn inbox(&self) -> Arc<Inbox>;
    /// The client is about to be waited for.
    fn rest(&self);

    fn take_notices(&mut self) -> Vec<Notice>;
    /// Reported settings that have changed since the last call.
    fn take_parameter_changes(&mut self) -> Vec<(String, String)>;
    /// A setting as SHOW prints it.
    fn setting(&self, name: &str) -> Option<String>;
    fn style(&self) -> Style;
    /// Tells when the open transaction has lasted too long.
    fn timer(&self) -> Arc<TransactionTimer>;
    /// `idle_in_transaction_session_timeout` or `idle_session_timeout`, as the status has it.
    fn idle_timeout(&self) -> Option<Duration>;
}

/// A statement that can be executed many times.
pub trait Prepared: Clone + Send + Sync + 'static {
    fn params(&self) -> &[PgType];
    /// The columns of its rows; `None` if it returns none.
    fn fields(&self) -> Option<Arc<[Field]>>;
    /// The label of its metrics: knn, fts, hybrid, point, scan, dml, copy, ddl or other.
    fn kind(&self) -> &'static str;
    /// The text that error positions count in.
    fn sql(&self) -> &str;
    /// The portal that it names, if it is a FETCH, MOVE or CLOSE.
    fn portal(&self) -> Option<&str> {
        None
    }
}

/// Reaches a running statement from another connection.
pub trait Cancel: Send + Sync + 'static {
    fn cancel(&self);
}

/// What a statement answers.
pub enum Outcome<S: Session + ?Sized> {
    Rows {
        fields: Arc<[Field]>,
        stream: BoxStream<'static, Result<RecordBatch>>,
        tag: Tag,
    },
    /// A whole command tag.
    Command(String),
    CopyIn(S::CopyIn),
    CopyOut(S::CopyOut),
    Empty,
}

/// COPY ... FROM STDIN, fed with the client's bytes however they are cut.
pub trait CopyIn: Send + 'static {
    fn is_binary(&self) -> bool;
    fn columns(&self) -> usize;
    /// The data's encoding, if it is not the client's.
    fn charset(&self) -> Option<Charset> {
        None
    }
    fn push(&mut self, bytes: Bytes) -> impl Future<Output = Result<()>> + Send;
    /// The command tag, `COPY 5`.
    fn finish(self) -> impl Future<Output = Result<String>> + Send;
    fn abort(self) -> impl Future<Output = ()> + Send;
}

/// COPY ... TO STDOUT, a batch at a time.
pub trait CopyOut: Send + 'static {
    fn is_binary(&self) -> bool;
    fn columns(&self) -> usize;
    /// The data's encoding, if it is not the client's.
    fn charset(&self) -> Option<Charset> {
        None
    }
    /// The columns' types.
    fn types(&self) -> Vec<Oid> {
        vec![]
    }
    /// Appends encoded rows to `out` and where each message's bytes end to `ends`;
    /// false when there are no more.
    fn next(
        &mut self,
        out: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> impl Future<Output = Result<bool>> + Send;
    /// Rows so far.
    fn rows(&self) -> u64;
}
