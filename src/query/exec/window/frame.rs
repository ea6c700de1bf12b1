//! The frame of each row: ROWS, RANGE and GROUPS between any two bounds.

use std::{cmp::Ordering, ops::Range};

use super::Partition;
use crate::{
    base::{PgError, Result, sqlstate},
    err,
    query::{
        exec::{
            eval::{EvalContext, apply},
            keys::KeyOrder,
            scope::Scope,
        },
        functions::registry,
        ir::{Call, Expr, Frame, FrameBound, FrameExclusion, FrameUnit, WindowCall},
    },
    types::{Datum, PgType, oid},
};

/// One bound with its offset evaluated.
enum Bound {
    Unbounded,
    Current,
    /// Rows or peer groups; negative for PRECEDING.
    Steps(i64),
    /// RANGE: the key plus or minus a value.
    Distance(Box<Call>, Datum),
}

/// The rows of one frame: at most three runs, in order.
pub type Runs = [Range<usize>; 3];

pub struct Frames<'a> {
    exclude: FrameExclusion,
    unit: FrameUnit,
    start: Bound,
    end: Bound,
    start_follows: bool,
    end_precedes: bool,
    partition: &'a Partition<'a>,
    scope: &'a Scope,
}

impl<'a> Frames<'a> {
    pub fn new(call: &WindowCall, partition: &'a Partition, scope: &'a Scope) -> Result<Self> {
        let frame = &call.frame;
        Ok(Self {
            exclude: frame.exclude,
            unit: frame.unit,
            start: bound(frame, &frame.start, "starting", call, scope)?,
            end: bound(frame, &frame.end, "ending", call, scope)?,
            start_follows: matches!(frame.start, FrameBound::Following(_)),
            end_precedes: matches!(frame.end, FrameBound::Preceding(_)),
            partition,
            scope,
        })
    }

    /// The rows `start..end` of the row's frame; empty frames have `start == end`.
    pub fn of(&self, row: usize) -> Result<(usize, usize)> {
        let partition = self.partition;
        let group = partition.group[row];
        let rows = partition.len();
        let start = match (&self.start, self.unit) {
            (Bound::Unbounded, _) => 0,
            (Bound::Current, FrameUnit::Rows) => row,
            (Bound::Current, _) => partition.starts[group],
            (Bound::Steps(steps), FrameUnit::Rows) => moved(row, *steps, rows),
            (Bound::Steps(steps), _) => {
                partition.starts[moved(group, *steps, partition.starts.len() - 1)]
            }
            (Bound::Distance(call, offset), _) => self.reach(row, call, offset, true)?,
        };
        let end = match (&self.end, self.unit) {
            (Bound::Unbounded, _) => rows,
            (Bound::Current, FrameUnit::Rows) => row + 1,
            (Bound::Current, _) => partition.starts[group + 1],
            (Bound::Steps(steps), FrameUnit::Rows) => end_moved(row, *steps, rows),
            (Bound::Steps(steps), _) => {
                partition.starts[end_moved(group, *steps, partition.starts.len() - 1)]
            }
            (Bound::Distance(call, offset), _) => self.reach(row, call, offset, false)?,
        };
        Ok((start.min(rows), end.max(start).min(rows)))
    }

    /// Whether some frame lacks rows in its middle.
    pub fn excludes(&self) -> bool {
        self.exclude != FrameExclusion::Nothing
    }

    /// The rows of the row's frame, without those that EXCLUDE leaves out.
    pub fn runs_of(&self, row: usize) -> Result<Runs> {
        let (start, end) = self.of(row)?;
        let group = self.partition.group[row];
        let peers = self.partition.starts[group]..self.partition.starts[group + 1];
        let (gap, kept) = match self.exclude {
            FrameExclusion::Nothing => return Ok([start..end, end..end, end..end]),
            FrameExclusion::CurrentRow => (row..row + 1, row + 1..row + 1),
            FrameExclusion::Group => (peers.clone(), peers.end..peers.end),
            FrameExclusion::Ties => (peers, row..row + 1),
        };
        let within = |from: usize, to: usize| {
            let from = from.clamp(start, end);
            from..to.clamp(from, end)
        };
        Ok([within(start, gap.start), within(kept.start, kept.end), within(gap.end, end)])
    }

    /// Where a RANGE frame starts or ends: the first row whose key is within (start) or beyond (end)
    /// the row's key moved by the offset. A NULL key has its peers for a frame.
    fn reach(&self, row: usize, call: &Call, offset: &Datum, start: bool) -> Result<usize> {
        let partition = self.partition;
        let key = &partition.keys[row][0];
        let group = partition.group[row];
        if key.is_null() {
            return Ok(partition.starts[if start { group } else { group + 1 }]);
        }
        let key = &moment(key);
        let context: EvalContext = self.scope.context();
        let limit = match apply(call, &[key.clone(), offset.clone()], &context) {
            Ok(limit) => limit,
            // Beyond the type's range lies no row.
            Err(error)
                if error.code == sqlstate::NUMERIC_VALUE_OUT_OF_RANGE
                    || error.code == sqlstate::DATETIME_FIELD_OVERFLOW =>
            {
                let ahead = if start { self.start_follows } else { !self.end_precedes };
                return Ok(self.beyond(ahead));
            }
            Err(error) => return Err(error),
        };
        let order = KeyOrder { type_oid: call.ty.oid, ..partition.orders[0] };
        let keys = &partition.keys;
        // NULLs lie at one end; a distance never takes them in.
        let (first, last) = self.values();
        let found = keys[first..last].partition_point(|key| {
            match order.compare(&moment(&key[0]), &limit) {
                Ordering::Less => true,
                Ordering::Equal => !start,
                Ordering::Greater => false,
            }
        });
        Ok(first + found)
    }

    fn beyond(&self, ahead: bool) -> usize {
        let (first, last) = self.values();
        if ahead { last } else { first }
    }

    /// The rows whose key is not NULL.
    fn values(&self) -> (usize, usize) {
        let keys = &self.partition.keys;
        if self.partition.orders[0].nulls_first {
            (keys.partition_point(|key| key[0].is_null()), keys.len())
        } else {
            (0, keys.partition_point(|key| !key[0].is_null()))
        }
    }
}

/// A date as the timestamp it begins at: so it moves by an interval.
fn moment(key: &Datum) -> Datum {
    match key {
        Datum::Date(i32::MIN) => Datum::Timestamp(i64::MIN),
        Datum::Date(i32::MAX) => Datum::Timestamp(i64::MAX),
        Datum::Date(days) => Datum::Timestamp(i64::from(*days) * 86_400_000_000),
        key => key.clone(),
    }
}

fn moved(from: usize, steps: i64, last: usize) -> usize {
    (from as i64).saturating_add(steps).clamp(0, last as i64) as usize
}

fn end_moved(from: usize, steps: i64, last: usize) -> usize {
    (from as i64).saturating_add(steps).saturating_add(1).clamp(0, last as i64) as usize
}

fn bound(
    frame: &Frame,
    bound: &FrameBound,
    which: &str,
    call: &WindowCall,
    scope: &Scope,
) -> Result<Bound> {
    let (offset, preceding) = match bound {
        FrameBound::UnboundedPreceding | FrameBound::UnboundedFollowing => {
            return Ok(Bound::Unbounded);
        }
        FrameBound::CurrentRow => return Ok(Bound::Current),
        FrameBound::Preceding(offset) => (offset, true),
        FrameBound::Following(offset) => (offset, false),
    };
    let value = scope.evaluate(offset, &[])?;
    if value.is_null() {
        return err!(NULL_VALUE_NOT_ALLOWED, "frame {which} offset must not be null");
    }
    if frame.unit != FrameUnit::Range {
        let steps = value.as_i64();
        if steps < 0 {
            return err!(
                INVALID_PRECEDING_OR_FOLLOWING_SIZE,
                "frame {which} offset must not be negative"
            );
        }
        return Ok(Bound::Steps(if preceding { -steps } else { steps }));
    }
    let order = call
        .order
        .first()
        .ok_or_else(|| PgError::internal("RANGE with an offset needs one ORDER BY column"))?;
    if negative(&value) {
        return err!(
            INVALID_PRECEDING_OR_FOLLOWING_SIZE,
            "invalid preceding or following size in window function"
        );
    }
    // Against a descending order, what precedes is greater.
    let symbol = if preceding != order.descending { "-" } else { "+" };
    let key_type = match order.expr.ty() {
        ty if ty.oid == oid::DATE => PgType::new(oid::TIMESTAMP),
        ty => ty,
    };
    let call = arithmetic(symbol, key_type, offset.ty()).ok_or_else(|| {
        PgError::unsupported(format!(
            "RANGE with offset PRECEDING/FOLLOWING for column type {} and offset type {}",
            crate::types::oid::row(key_type.oid).map_or("unknown", |row| row.sql_name),
            crate::types::oid::row(offset.ty().oid).map_or("unknown", |row| row.sql_name),
        ))
    })?;
    Ok(Bound::Distance(Box::new(call), value))
}

fn negative(value: &Datum) -> bool {
    match value {
        Datum::Int2(_) | Datum::Int4(_) | Datum::Int8(_) => value.as_i64() < 0,
        Datum::Float4(_) | Datum::Float8(_) => value.as_f64() < 0.0,
        Datum::Interval(value) => {
            (i128::from(value.months) * 30 + i128::from(value.days)) * 86_400_000_000
                + i128::from(value.micros)
                < 0
        }
        Datum::Numeric(crate::types::numeric::Numeric::Finite(value)) => {
            value.sign() == num_bigint::Sign::Minus
        }
        _ => false,
    }
}

/// `key symbol offset`, with the key's own type for a result.
fn arithmetic(symbol: &str, key: PgType, offset: PgType) -> Option<Call> {
    let registry = registry();
    let operator = registry.operators(symbol).iter().find(|operator| {
        operator.left == Some(key.oid) && operator.right == offset.oid && operator.result == key.oid
    })?;
    let function = registry.exact(operator.function, &[key.oid, offset.oid])?.clone();
    Some(Call {
        function,
        args: vec![Expr::Const(Datum::Null, key), Expr::Const(Datum::Null, offset)],
        ty: key,
        location: -1,
        spread: false,
    })
}
