//! The extended protocol: Parse, Bind, Describe, Execute, Close, Sync. An error skips the rest
//! up to Sync, which ends the implicit transaction.

use std::time::Instant;

use pgwire::messages::data::ParameterDescription;

use super::{
    connection::Connection,
    frontend::{Bind, Target},
    portal::{Portal, Rows, State},
    rows::{Format, RowEncoder, describe},
    session::{Outcome, Prepared as _, Session},
    translated,
    wire::{Failure, Transport},
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err, pg_error,
    types::{Datum, PgType, binary_io, text_io},
};

const PARSE_COMPLETE: u8 = b'1';
const BIND_COMPLETE: u8 = b'2';
const CLOSE_COMPLETE: u8 = b'3';
const NO_DATA: u8 = b'n';
const PORTAL_SUSPENDED: u8 = b's';
const EMPTY_QUERY: u8 = b'I';

impl<T: Transport, S: Session> Connection<T, S> {
    /// Tells an error and skips to Sync.
    pub(super) fn extended_failed(&mut self, error: PgError, sql: &str) -> Result<(), Failure> {
        self.skipping = true;
        self.report(error, sql)
    }

    pub(super) async fn sync(&mut self) -> Result<(), Failure> {
        self.skipping = false;
        if let Err(error) = self.wire.attend(self.session.end_implicit()).await? {
            self.report(error, "")?;
        }
        self.ready();
        self.wire.flush().await
    }

    pub(super) async fn parse(
        &mut self,
        name: String,
        sql: String,
        types: Vec<Oid>,
    ) -> Result<(), Failure> {
        match self.try_parse(name, &sql, &types).await {
            Ok(()) => {
                self.wire.output.signal(PARSE_COMPLETE);
                Ok(())
            }
            Err(Failure::Report(error)) => self.extended_failed(error, &sql),
            Err(closed) => Err(closed),
        }
    }

    async fn try_parse(&mut self, name: String, sql: &str, types: &[Oid]) -> Result<(), Failure> {
        if name.is_empty() {
            self.unnamed = None;
        } else if self.empty.contains(&name) || self.session.named(&name).is_some() {
            let error = pg_error!(
                DUPLICATE_PREPARED_STATEMENT,
                "prepared statement \"{name}\" already exists"
            );
            return Err(error.into());
        }
        let statements = self.session.parse(sql)?;
        let prepared = match statements.as_slice() {
            [] => None,
            [statement] => {
                self.session.begin_implicit();
                if let Some(portal) = S::portal_of(statement) {
                    self.share_portal(portal).await?;
                }
                Some(self.wire.attend(self.session.prepare(statement, types)).await??)
            }
            _ => {
                let error = pg_error!(
                    SYNTAX_ERROR,
                    "cannot insert multiple commands into a prepared statement"
                );
                return Err(error.into());
            }
        };
        match prepared {
            prepared if name.is_empty() => self.unnamed = Some(prepared),
            Some(prepared) => self.session.name(&name, prepared)?,
            None => {
                self.empty.insert(name);
            }
        }
        Ok(())
    }

    /// The statement of that name. Errors: 26000.
    fn statement(&self, name: &str) -> Result<Option<S::Prepared>> {
        if name.is_empty() {
            return self.unnamed.clone().ok_or_else(|| {
                pg_error!(INVALID_SQL_STATEMENT_NAME, "unnamed prepared statement does not exist")
            });
        }
        if self.empty.contains(name) {
            return Ok(None);
        }
        self.session.named(name).map(Some).ok_or_else(|| {
            pg_error!(INVALID_SQL_STATEMENT_NAME, "prepared statement \"{name}\" does not exist")
        })
    }

    pub(super) fn bind(&mut self, bind: Bind) -> Result<(), Failure> {
        match self.try_bind(bind) {
            Ok(()) => {
                self.wire.output.signal(BIND_COMPLETE);
                Ok(())
            }
            Err(error) => self.extended_failed(error, ""),
        }
    }

    fn try_bind(&mut self, bind: Bind) -> Result<()> {
        let prepared = self.statement(&bind.statement)?;
        self.session.begin_implicit();
        let types = prepared.as_ref().map_or(&[][..], |prepared| prepared.params());
        let params = self.params(&bind, types)?;
        let columns = prepared.as_ref().and_then(|prepared| prepared.fields());
        let columns = columns.map_or(0, |fields| fields.len());
        let formats = result_formats(&bind.result_formats, columns)?;
        if !bind.portal.is_empty() && self.portals.contains_key(&bind.portal) {
            return err!(DUPLICATE_CURSOR, "cursor \"{}\" already exists", bind.portal);
        }
        let portal = Portal { prepared, formats, state: State::Bound(params) };
        self.portals.insert(bind.portal, portal);
        Ok(())
    }

    fn params(&self, bind: &Bind, types: &[PgType]) -> Result<Vec<Datum>> {
        let (formats, count) = (&bind.param_formats, bind.params.len());
        if formats.len() > 1 && formats.len() != count {
            return err!(
                PROTOCOL_VIOLATION,
                "bind message has {} parameter formats but {count} parameters",
                formats.len()
            );
        }
        if count != types.len() {
            return err!(
                PROTOCOL_VIOLATION,
                "bind message supplies {count} parameters, but prepared statement \"{}\" requires {}",
                bind.statement,
                types.len()
            );
        }
        let style = self.session.style();
        let charset = self.wire.output.charset;
        let mut params = Vec::with_capacity(count);
        for (index, (value, ty)) in bind.params.iter().zip(types).enumerate() {
            let format = match formats.as_slice() {
                [] => Format::Text,
                [all] => Format::from_code(*all)?,
                each => Format::from_code(each[index])?,
            };
            params.push(match (value, format) {
                (None, _) => Datum::Null,
                (Some(bytes), Format::Text) => {
                    text_io::parse(&charset.decode(bytes)?, *ty, &style)?
                }
                (Some(bytes), Format::Binary) => {
                    binary_io::receive(&translated::received(charset, bytes, ty.oid)?, *ty)?
                }
            });
        }
        Ok(params)
    }

    pub(super) fn describe(&mut self, target: Target) -> Result<(), Failure> {
        let described = match &target {
            Target::Statement(name) => self.statement(name).map(|prepared| {
                let types: Vec<u32> = prepared
                    .iter()
                    .flat_map(|prepared| prepared.params())
                    .map(|ty| ty.oid.0)
                    .collect();
                let fields = prepared.and_then(|prepared| prepared.fields());
                (Some(types), fields, Vec::new())
            }),
            Target::Portal(name) => {
                match (self.portals.get(name), self.session.cursor_fields(name)) {
                    (Some(portal), _) => {
                        let fields =
                            portal.prepared.as_ref().and_then(|prepared| prepared.fields());
                        Ok((None, fields, portal.formats.clone()))
                    }
                    (None, Some(fields)) => Ok((None, Some(fields), Vec::new())),
                    (None, None) => Err(no_portal(name)),
                }
            }
        };
        let (types, fields, formats) = match described {
            Ok(described) => described,
            Err(error) => return self.extended_failed(error, ""),
        };
        let output = &mut self.wire.output;
        if let Some(types) = types {
            output.message(&ParameterDescription::new(types));
        }
        match fields {
            Some(fields) => output.message(&describe(&fields, &formats)),
            None => output.signal(NO_DATA),
        }
        Ok(())
    }

    pub(super) fn close(&mut self, target: Target) {
        match target {
            Target::Statement(name) if name.is_empty() => self.unnamed = None,
            Target::Statement(name) => {
                if !self.empty.remove(&name) {
                    self.session.unname(&name);
                }
            }
            Target::Portal(name) => {
                let portal = self.portals.remove(&name);
                if portal.is_none_or(|portal| matches!(portal.state, State::Shared)) {
                    self.session.close_cursor(&name);
                }
            }
        }
        self.wire.output.signal(CLOSE_COMPLETE);
    }

    pub(super) async fn execute(
        &mut self,
        name: String,
        rows_max: Option<u64>,
    ) -> Result<(), Failure> {
        // The portal is taken out while it runs: an error leaves none behind.
        let Some(portal) = self.portals.remove(&name) else {
            return match self.session.cursor_fields(&name) {
                Some(_) => self.execute_cursor(&name, rows_max).await,
                None => self.extended_failed(no_portal(&name), ""),
            };
        };
        let prepared = portal.prepared.clone();
        match self.try_execute(portal, &name, rows_max).await {
            Ok(portal) => {
                self.portals.insert(name, portal);
                self.wire.flush_if_full().await
            }
            Err(Failure::Report(error)) => {
                let sql = prepared.as_ref().map_or("", |prepared| prepared.sql());
                self.extended_failed(error, sql)
            }
            Err(closed) => Err(closed),
        }
    }

    /// A statement names the portal: what it has not sent becomes a cursor of the session's.
    pub(super) async fn share_portal(&mut self, name: &str) -> Result<(), Failure> {
        let Some(mut portal) = self.portals.remove(name) else { return Ok(()) };
        let state = std::mem::replace(&mut portal.state, State::Done(None));
        let rows = match (state, &portal.prepared) {
            (State::Rows(rows), _) => Ok(rows),
            (State::Bound(params), Some(prepared)) if prepared.fields().is_some() => {
                match self.wire.attend(self.session.execute(prepared, params)).await?? {
                    Outcome::Rows { fields, stream, tag } => Ok(Rows::new(fields, tag, stream)),
                    _ => Err(State::Done(None)),
                }
            }
            (state, _) => Err(state),
        };
        portal.state = match rows {
            Ok(mut rows) => {
                let bytes_max = self.config.load().query.memory.as_usize();
                self.wire.attend(rows.settle(bytes_max)).await??;
                self.session.adopt(name, rows.fields.clone(), rows.into_batches());
                State::Shared
            }
            Err(state) => state,
        };
        self.portals.insert(name.to_owned(), portal);
        Ok(())
    }

    /// Execute on a cursor that DECLARE has made: portals and cursors share their names.
    async fn execute_cursor(&mut self, name: &str, rows_max: Option<u64>) -> Result<(), Failure> {
        match self.send_cursor(name, rows_max, &[]).await {
            Ok(()) => self.wire.flush_if_full().await,
            Err(Failure::Report(error)) => self.extended_failed(error, ""),
            Err(closed) => Err(closed),
        }
    }

    async fn send_cursor(
        &mut self,
        name: &str,
        rows_max: Option<u64>,
        formats: &[Format],
    ) -> Result<(), Failure> {
        let outcome = self.session.fetch_forward(name, rows_max)?;
        let Outcome::Rows { fields, stream, tag } = outcome else { return Ok(()) };
        let mut rows = Rows::new(fields, tag, stream);
        let mut encoder = RowEncoder::new(&rows.fields, formats, self.session.style());
        let sent = self.send(&mut rows, &mut encoder, None).await?;
        if rows_max.is_some_and(|max| sent >= max) {
            self.tidings();
            self.wire.output.signal(PORTAL_SUSPENDED);
        } else {
            self.complete(Some(rows.tag.text(sent)));
        }
        Ok(())
    }

    async fn try_execute(
        &mut self,
        mut portal: Portal<S>,
        name: &str,
        rows_max: Option<u64>,
    ) -> Result<Portal<S>, Failure> {
        let Some(prepared) = portal.prepared.clone() else {
            self.wire.output.signal(EMPTY_QUERY);
            return Ok(portal);
        };
        let started = Instant::now();
        let mut rows = match std::mem::replace(&mut portal.state, State::Done(None)) {
            State::Bound(params) => {
                self.session.begin_implicit();
                if let Some(portal) = prepared.portal() {
                    self.share_portal(portal).await?;
                }
                match self.wire.attend(self.session.execute(&prepared, params)).await?? {
                    Outcome::Rows { fields, stream, tag } => Rows::new(fields, tag, stream),
                    Outcome::Command(tag) => {
                        self.complete(Some(tag));
                        self.count(&prepared, started);
                        return Ok(portal);
                    }
                    Outcome::CopyIn(copy) => {
                        let tag = self.copy_in(copy).await?;
                        self.complete(Some(tag));
                        self.count(&prepared, started);
                        return Ok(portal);
                    }
                    Outcome::CopyOut(copy) => {
                        let tag = self.copy_out(copy).await?;
                        self.complete(Some(tag));
                        self.count(&prepared, started);
                        return Ok(portal);
                    }
                    Outcome::Empty => {
                        self.complete(None);
                        return Ok(portal);
                    }
                }
            }
            State::Rows(rows) => rows,
            State::Shared => {
                self.send_cursor(name, rows_max, &portal.formats).await?;
                portal.state = State::Shared;
                return Ok(portal);
            }
            State::Done(Some(tag)) => {
                self.complete(Some(tag.text(0)));
                portal.state = State::Done(Some(tag));
                return Ok(portal);
            }
            State::Done(None) => {
                let error =
                    pg_error!(OBJECT_NOT_IN_PREREQUISITE_STATE, "portal \"{name}\" cannot be run");
                return Err(error.into());
            }
        };
        let mut encoder = RowEncoder::new(&rows.fields, &portal.formats, self.session.style());
        let sent = self.send(&mut rows, &mut encoder, rows_max).await?;
        if rows_max.is_some_and(|max| sent >= max) {
            self.tidings();
            self.wire.output.signal(PORTAL_SUSPENDED);
            portal.state = State::Rows(rows);
        } else {
            self.complete(Some(rows.tag.text(sent)));
            self.count(&prepared, started);
            portal.state = State::Done(Some(rows.tag));
        }
        Ok(portal)
    }
}

fn no_portal(name: &str) -> PgError {
    pg_error!(INVALID_CURSOR_NAME, "portal \"{name}\" does not exist")
}

/// One format a column. Errors: 08P01 if there are neither none, one, nor as many as columns.
fn result_formats(codes: &[i16], columns: usize) -> Result<Vec<Format>> {
    match codes {
        [] => Ok(vec![Format::Text; columns]),
        [all] => Ok(vec![Format::from_code(*all)?; columns]),
        each if each.len() == columns => each.iter().map(|code| Format::from_code(*code)).collect(),
        each => Err(PgError::new(
            sqlstate::PROTOCOL_VIOLATION,
            format!(
                "bind message has {} result formats but query has {columns} columns",
                each.len()
            ),
        )),
    }
}
