//! DECLARE, FETCH, MOVE and CLOSE.

use std::sync::Arc;

use futures::TryStreamExt;

use super::{
    Given, command,
    select::{Query, stream},
};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        bind::Binder,
        parse::{NodeEnum, Statement, ast},
        session::{Outcome, Session, Tag, cursor::Cursor, engine::now},
    },
};

/// `DeclareCursorStmt.options` bits (nodes/parsenodes.h).
const OPTION_BINARY: i32 = 0x1;
const OPTION_SCROLL: i32 = 0x2;
const OPTION_NO_SCROLL: i32 = 0x4;
const OPTION_HOLD: i32 = 0x20;

/// Errors: 25P01 outside of a block without WITH HOLD; 42P03 if the name is taken.
pub async fn declare(
    session: &mut Session,
    statement: &ast::DeclareCursorStmt,
    whole: &Statement,
    given: Given<'_>,
) -> Result<Outcome> {
    let name = &statement.portalname;
    let hold = statement.options & OPTION_HOLD != 0;
    let in_block = session.transaction.as_ref().is_some_and(|transaction| transaction.explicit);
    if !hold && !in_block {
        return Err(PgError::new(
            sqlstate::NO_ACTIVE_SQL_TRANSACTION,
            "DECLARE CURSOR can only be used in transaction blocks",
        ));
    }
    if session.cursors.lock().contains_key(name) {
        return Err(PgError::new(
            sqlstate::DUPLICATE_CURSOR,
            format!("cursor \"{name}\" already exists"),
        ));
    }
    let query = statement.query.as_deref().and_then(|query| query.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = query else {
        return Err(PgError::internal("DECLARE CURSOR without a query"));
    };
    let (env, view) = session.environment()?;
    let binder = Binder::new(&env, given.types);
    let plan = binder.select(select)?;
    let plan = Arc::new(session.optimise(plan, &env, &view));
    let fields = plan.fields.clone();
    let query = Query { plan: &plan, locks_rows: binder.locks_rows() };
    let stream = stream(session, query, given.values).await?;
    let batches: Vec<_> = stream.try_collect().await?;
    let rows = batches.iter().map(|batch| batch.num_rows()).sum();
    let cursor = Cursor {
        fields,
        batches,
        rows,
        position: 0,
        scroll: statement.options & OPTION_NO_SCROLL == 0 || statement.options & OPTION_SCROLL != 0,
        hold,
        kept: false,
        binary: statement.options & OPTION_BINARY != 0,
        sql: whole.text.clone(),
        since: now(),
    };
    session.cursors.lock().insert(name.clone(), cursor);
    command("DECLARE CURSOR")
}

/// Errors: 34000 for an unknown cursor; 55000 for going back in one that cannot.
pub fn fetch(session: &mut Session, statement: &ast::FetchStmt) -> Result<Outcome> {
    let mut cursors = session.cursors.lock();
    let cursor = cursors.get_mut(&statement.portalname).ok_or_else(|| {
        PgError::new(
            sqlstate::INVALID_CURSOR_NAME,
            format!("cursor \"{}\" does not exist", statement.portalname),
        )
    })?;
    let (from, to, backwards) = target(cursor, statement)?;
    let mut batches = cursor.slice(from, to);
    let count = to - from;
    if statement.ismove {
        return command(format!("MOVE {count}"));
    }
    if backwards {
        batches = reversed(batches)?;
    }
    let stream = Box::pin(futures::stream::iter(batches.into_iter().map(Ok)));
    Ok(Outcome::Rows { fields: cursor.fields.clone(), stream, tag: Tag::Counted("FETCH") })
}

/// The rows that a FETCH returns (counted from 0), and whether they come last first. Moves the
/// cursor.
fn target(cursor: &mut Cursor, statement: &ast::FetchStmt) -> Result<(usize, usize, bool)> {
    use ast::FetchDirection as Direction;
    let (rows, at) = (cursor.rows as i64, cursor.position as i64);
    let count = statement.how_many;
    let one = |target: i64| {
        let target = target.clamp(0, rows + 1);
        let found = (1..=rows).contains(&target);
        let from = if found { target - 1 } else { 0 };
        (from, from + i64::from(found), target, false)
    };
    let (from, to, position, backwards) = match (statement.direction(), count) {
        (Direction::FetchForward, 0) | (Direction::FetchBackward, 0) => one(at),
        (Direction::FetchForward, count) if count > 0 => forward(at, rows, count),
        (Direction::FetchForward, count) => backward(at, rows, count.saturating_neg()),
        (Direction::FetchBackward, count) if count > 0 => backward(at, rows, count),
        (Direction::FetchBackward, count) => forward(at, rows, count.saturating_neg()),
        (Direction::FetchAbsolute, count) if count < 0 => one(rows + 1 + count),
        (Direction::FetchAbsolute, count) => one(count),
        (Direction::FetchRelative, count) => one(at.saturating_add(count)),
        (Direction::Undefined, _) => return Err(PgError::internal("undefined FETCH")),
    };
    if position < at && !cursor.scroll {
        return Err(PgError::new(
            sqlstate::OBJECT_NOT_IN_PREREQUISITE_STATE,
            "cursor can only scan forward",
        )
        .hint("Declare it with SCROLL option to enable backward scan."));
    }
    cursor.position = position as usize;
    Ok((from as usize, to as usize, backwards))
}

fn forward(at: i64, rows: i64, count: i64) -> (i64, i64, i64, bool) {
    let from = at.min(rows);
    let to = from.saturating_add(count).min(rows);
    // A FETCH that runs out stands behind the last row.
    let position = if at.saturating_add(count) > rows { rows + 1 } else { to };
    (from, to, position, false)
}

fn backward(at: i64, _rows: i64, count: i64) -> (i64, i64, i64, bool) {
    let to = (at - 1).max(0);
    let from = (to - count).max(0);
    let position = if count > to { 0 } else { from + 1 };
    (from, to, position, true)
}

fn reversed(
    batches: Vec<datafusion::arrow::record_batch::RecordBatch>,
) -> Result<Vec<datafusion::arrow::record_batch::RecordBatch>> {
    use datafusion::arrow::{array::UInt32Array, compute::take_record_batch};
    batches
        .into_iter()
        .rev()
        .map(|batch| {
            let order = UInt32Array::from_iter_values((0..batch.num_rows() as u32).rev());
            take_record_batch(&batch, &order).map_err(|error| PgError::internal(error.to_string()))
        })
        .collect()
}

pub fn close(session: &mut Session, statement: &ast::ClosePortalStmt) -> Result<Outcome> {
    if statement.portalname.is_empty() {
        session.cursors.lock().clear();
        return command("CLOSE CURSOR ALL");
    }
    let closed = session.cursors.lock().remove(&statement.portalname);
    match closed {
        Some(_) => command("CLOSE CURSOR"),
        None => Err(PgError::new(
            sqlstate::INVALID_CURSOR_NAME,
            format!("cursor \"{}\" does not exist", statement.portalname),
        )),
    }
}
