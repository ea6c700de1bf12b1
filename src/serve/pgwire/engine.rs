//! The engine's sessions as the wire's.

use std::{future::Future, sync::Arc, time::Duration};

use bytes::Bytes;
use datafusion::arrow::record_batch::RecordBatch;

use super::session::{self as wire, Inbox, Outcome, SessionStart, TransactionStatus};
use crate::{
    base::{Notice, Oid, Result},
    query::{
        exec::TransactionTimer,
        ir::Field,
        parse::Statement,
        session::{self, CancelHandle, CopyIn, CopyOut, Engine, Prepared, Session},
    },
    types::{Datum, PgType, charset::Charset, text_io::Style},
};

impl wire::Engine for Engine {
    type Session = Session;

    fn session(&self, start: SessionStart) -> Result<Session> {
        Engine::session(self, start)
    }

    fn is_superuser(&self, user: &str) -> bool {
        Engine::is_superuser(self, user)
    }

    fn verifier(&self, user: &str) -> Option<String> {
        Engine::verifier(self, user)
    }
}

fn outcome(outcome: session::Outcome) -> Outcome<Session> {
    match outcome {
        session::Outcome::Rows { fields, stream, tag } => Outcome::Rows { fields, stream, tag },
        session::Outcome::Command(tag) => Outcome::Command(tag),
        session::Outcome::CopyIn(copy) => Outcome::CopyIn(copy),
        session::Outcome::CopyOut(copy) => Outcome::CopyOut(copy),
        session::Outcome::Empty => Outcome::Empty,
    }
}

impl wire::Session for Session {
    type Statement = Statement;
    type Prepared = Prepared;
    type CopyIn = CopyIn;
    type CopyOut = CopyOut;
    type Cancel = CancelHandle;

    fn pid(&self) -> i32 {
        Session::pid(self)
    }

    fn cancel_handle(&self) -> CancelHandle {
        Session::cancel_handle(self)
    }

    fn parse(&self, sql: &str) -> Result<Vec<Statement>> {
        Session::parse(self, sql)
    }

    fn prepare(
        &mut self,
        statement: &Statement,
        types: &[Oid],
    ) -> impl Future<Output = Result<Prepared>> + Send {
        Session::prepare(self, statement, types)
    }

    async fn execute(
        &mut self,
        prepared: &Prepared,
        params: Vec<Datum>,
    ) -> Result<Outcome<Session>> {
        Ok(outcome(Session::execute(self, prepared, params).await?))
    }

    fn begin_implicit(&mut self) {
        Session::begin_implicit(self);
    }

    fn end_implicit(&mut self) -> impl Future<Output = Result<()>> + Send {
        Session::end_implicit(self)
    }

    fn status(&self) -> TransactionStatus {
        Session::status(self)
    }

    fn fail(&mut self) {
        Session::fail(self);
    }

    fn portal_of(statement: &Statement) -> Option<&str> {
        session::cursor::named_by(statement)
    }

    fn adopt(&mut self, name: &str, fields: Arc<[Field]>, rows: Vec<RecordBatch>) {
        Session::adopt(self, name, fields, rows);
    }

    fn named(&self, name: &str) -> Option<Prepared> {
        Session::named(self, name)
    }

    fn name(&mut self, name: &str, prepared: Prepared) -> Result<()> {
        Session::name(self, name, prepared)
    }

    fn unname(&mut self, name: &str) {
        Session::unname(self, name);
    }

    fn cursor_fields(&self, name: &str) -> Option<Arc<[Field]>> {
        Session::cursor_fields(self, name)
    }

    fn fetch_forward(&mut self, name: &str, rows_max: Option<u64>) -> Result<Outcome<Session>> {
        Session::fetch_forward(self, name, rows_max).map(outcome)
    }

    fn close_cursor(&mut self, name: &str) {
        Session::close_cursor(self, name);
    }

    fn take_copied(&mut self) -> impl Future<Output = Result<()>> + Send {
        Session::take_copied(self)
    }

    fn inbox(&self) -> Arc<Inbox> {
        Session::inbox(self).clone()
    }

    fn rest(&self) {
        Session::rest(self);
    }

    fn take_notices(&mut self) -> Vec<Notice> {
        Session::take_notices(self)
    }

    fn take_parameter_changes(&mut self) -> Vec<(String, String)> {
        Session::take_parameter_changes(self)
    }

    fn setting(&self, name: &str) -> Option<String> {
        Session::setting(self, name)
    }

    fn style(&self) -> Style {
        Session::style(self)
    }

    fn timer(&self) -> Arc<TransactionTimer> {
        Session::timer(self).clone()
    }

    fn idle_timeout(&self) -> Option<Duration> {
        Session::idle_timeout(self)
    }
}

impl wire::Prepared for Prepared {
    fn params(&self) -> &[PgType] {
        Prepared::params(self)
    }

    fn fields(&self) -> Option<Arc<[Field]>> {
        Prepared::fields(self)
    }

    fn kind(&self) -> &'static str {
        Prepared::kind(self)
    }

    fn sql(&self) -> &str {
        Prepared::sql(self)
    }

    fn portal(&self) -> Option<&str> {
        Prepared::portal(self)
    }
}

impl wire::Cancel for CancelHandle {
    fn cancel(&self) {
        CancelHandle::cancel(self);
    }
}

impl wire::CopyIn for CopyIn {
    fn is_binary(&self) -> bool {
        CopyIn::is_binary(self)
    }

    fn columns(&self) -> usize {
        CopyIn::columns(self)
    }

    fn charset(&self) -> Option<Charset> {
        CopyIn::charset(self)
    }

    fn push(&mut self, bytes: Bytes) -> impl Future<Output = Result<()>> + Send {
        CopyIn::push(self, bytes)
    }

    fn finish(self) -> impl Future<Output = Result<String>> + Send {
        CopyIn::finish(self)
    }

    fn abort(self) -> impl Future<Output = ()> + Send {
        CopyIn::abort(self)
    }
}

impl wire::CopyOut for CopyOut {
    fn is_binary(&self) -> bool {
        CopyOut::is_binary(self)
    }

    fn columns(&self) -> usize {
        CopyOut::columns(self)
    }

    fn charset(&self) -> Option<Charset> {
        CopyOut::charset(self)
    }

    fn types(&self) -> Vec<Oid> {
        CopyOut::types(self)
    }

    fn next(
        &mut self,
        out: &mut Vec<u8>,
        ends: &mut Vec<usize>,
    ) -> impl Future<Output = Result<bool>> + Send {
        CopyOut::next(self, out, ends)
    }

    fn rows(&self) -> u64 {
        CopyOut::rows(self)
    }
}
