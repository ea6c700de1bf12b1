//! The window functions proper, by name.

use super::{Partition, frame::Frames};
use crate::{
    base::{PgError, Result},
    err,
    query::{exec::scope::Scope, ir::WindowCall},
    types::Datum,
};

pub fn evaluate(
    call: &WindowCall,
    partition: &Partition,
    width: usize,
    scope: &Scope,
) -> Result<Vec<Datum>> {
    let rows = partition.len();
    let group_start = |row: usize| partition.starts[partition.group[row]];
    let group_end = |row: usize| partition.starts[partition.group[row] + 1];
    Ok(match call.function.name {
        "row_number" => (0..rows).map(|row| Datum::Int8(row as i64 + 1)).collect(),
        "rank" => (0..rows).map(|row| Datum::Int8(group_start(row) as i64 + 1)).collect(),
        "dense_rank" => (0..rows).map(|row| Datum::Int8(partition.group[row] as i64 + 1)).collect(),
        "percent_rank" => (0..rows)
            .map(|row| {
                let others = rows.saturating_sub(1);
                Datum::Float8(if others == 0 {
                    0.0
                } else {
                    group_start(row) as f64 / others as f64
                })
            })
            .collect(),
        "cume_dist" => {
            (0..rows).map(|row| Datum::Float8(group_end(row) as f64 / rows as f64)).collect()
        }
        "ntile" => ntile(call, partition, width, scope)?,
        "lag" => shifted(call, partition, width, scope, -1)?,
        "lead" => shifted(call, partition, width, scope, 1)?,
        "first_value" | "last_value" | "nth_value" => in_frame(call, partition, width, scope)?,
        name => return Err(PgError::unsupported(format!("window function {name}"))),
    })
}

fn ntile(
    call: &WindowCall,
    partition: &Partition,
    width: usize,
    scope: &Scope,
) -> Result<Vec<Datum>> {
    let rows = partition.len();
    let Some(first) = partition.rows.first() else { return Ok(vec![]) };
    let buckets = scope.evaluate(&call.args[0], &first[..width])?;
    if buckets.is_null() {
        return Ok(vec![Datum::Null; rows]);
    }
    let buckets = buckets.as_i64();
    if buckets <= 0 {
        return err!(
            INVALID_ARGUMENT_FOR_NTILE_FUNCTION,
            "argument of ntile must be greater than zero"
        );
    }
    let buckets = buckets as usize;
    // The first `larger` buckets hold one row more than the others.
    let (size, larger) = (rows / buckets, rows % buckets);
    Ok((0..rows)
        .map(|row| {
            let bucket = if row < larger * (size + 1) {
                row / (size + 1)
            } else {
                larger + (row - larger * (size + 1)) / size
            };
            Datum::Int4(bucket as i32 + 1)
        })
        .collect())
}

/// `lag` and `lead`: (value [, offset [, default]]).
fn shifted(
    call: &WindowCall,
    partition: &Partition,
    width: usize,
    scope: &Scope,
    direction: i64,
) -> Result<Vec<Datum>> {
    let mut values = Vec::with_capacity(partition.len());
    for (position, row) in partition.rows.iter().enumerate() {
        let row = &row[..width];
        let offset = match call.args.get(1) {
            Some(offset) => scope.evaluate(offset, row)?,
            None => Datum::Int4(1),
        };
        if offset.is_null() {
            values.push(Datum::Null);
            continue;
        }
        let target = (position as i64).saturating_add(offset.as_i64().saturating_mul(direction));
        let target = usize::try_from(target).ok().and_then(|target| partition.rows.get(target));
        values.push(match (target, call.args.get(2)) {
            (Some(target), _) => scope.evaluate(&call.args[0], &target[..width])?,
            (None, Some(default)) => scope.evaluate(default, row)?,
            (None, None) => Datum::Null,
        });
    }
    Ok(values)
}

fn in_frame(
    call: &WindowCall,
    partition: &Partition,
    width: usize,
    scope: &Scope,
) -> Result<Vec<Datum>> {
    let frames = Frames::new(call, partition, scope)?;
    let mut values = Vec::with_capacity(partition.len());
    for (position, row) in partition.rows.iter().enumerate() {
        let runs = frames.runs_of(position)?;
        let mut rows = runs.into_iter().flatten();
        let at = match call.function.name {
            "first_value" => rows.next(),
            "last_value" => rows.next_back(),
            _ => {
                let nth = scope.evaluate(&call.args[1], &row[..width])?;
                if nth.is_null() {
                    values.push(Datum::Null);
                    continue;
                }
                if nth.as_i64() <= 0 {
                    return err!(
                        INVALID_ARGUMENT_FOR_NTH_VALUE_FUNCTION,
                        "argument of nth_value must be greater than zero"
                    );
                }
                rows.nth(nth.as_i64() as usize - 1)
            }
        };
        values.push(match at {
            Some(at) => scope.evaluate(&call.args[0], &partition.rows[at][..width])?,
            None => Datum::Null,
        });
    }
    Ok(values)
}
