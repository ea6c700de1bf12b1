//! DISTINCT, UNION, INTERSECT and EXCEPT over batches, by the keys of whole rows.

use std::collections::{HashMap, HashSet};

use datafusion::arrow::{
    array::BooleanArray, compute::filter_record_batch, datatypes::SchemaRef,
    record_batch::RecordBatch,
};
use futures::{StreamExt, TryStreamExt, future};

use super::{
    Exec, Operator,
    operator::{self, Batches},
};
use crate::{
    base::{Oid, PgError, Result},
    query::{
        exec::{
            batches::{self, schema_of},
            execution::Ledger,
            keys::{batch_keys, types_of},
            scope::Scope,
        },
        ir::{Plan, SetOp},
    },
};

/// Keeps the first of equal rows.
pub fn distinct(input: Exec, plan: &Plan, scope: &Scope) -> Exec {
    let (types, scope) = (types_of(&plan.fields), scope.clone());
    Operator::exec("Distinct", input.schema(), move |context| {
        Ok(first_of_each(operator::batches(&input, context)?, types.clone(), &scope))
    })
}

fn first_of_each(input: Batches, types: Vec<Oid>, scope: &Scope) -> Batches {
    let mut ledger = Ledger::new(&scope.execution, "DISTINCT");
    let mut seen: HashSet<Vec<u8>> = HashSet::new();
    input
        .and_then(move |batch| {
            let mut keep = |key: Vec<u8>| {
                ledger.grow(if seen.contains(&key) { 0 } else { key.len() + 48 })?;
                Ok(seen.insert(key))
            };
            future::ready(filtered(&batch, &types, &mut keep))
        })
        .boxed()
}

/// The rows of a batch whose key is to be kept.
fn filtered(
    batch: &RecordBatch,
    types: &[Oid],
    keep: &mut dyn FnMut(Vec<u8>) -> Result<bool>,
) -> Result<RecordBatch> {
    let keys = batch_keys(batch.columns(), types, batch.num_rows())?;
    let mask: Vec<bool> = keys.into_iter().map(keep).collect::<Result<_>>()?;
    filter_record_batch(batch, &BooleanArray::from(mask))
        .map_err(|error| PgError::internal(error.to_string()))
}

pub fn lower(left: Exec, right: Exec, op: SetOp, all: bool, plan: &Plan, scope: &Scope) -> Exec {
    let (types, scope) = (types_of(&plan.fields), scope.clone());
    let schema = schema_of(&plan.fields);
    Operator::exec("SetOp", schema.clone(), move |context| {
        let left = operator::batches(&left, context.clone())?;
        let right = operator::batches(&right, context)?;
        let types = types.clone();
        if op == SetOp::Union {
            let both = left.chain(right).map(renamed(schema.clone())).boxed();
            return Ok(if all { both } else { first_of_each(both, types, &scope) });
        }
        let mut ledger = Ledger::new(&scope.execution, "a set operation");
        let left = left.map(renamed(schema.clone()));
        Ok(futures::stream::once(async move {
            let mut counts = count(right, &types, &mut ledger).await?;
            Ok::<_, crate::base::PgError>(left.and_then(move |batch| {
                let mut keep = |key: Vec<u8>| Ok(taken(&mut counts, key, op, all));
                future::ready(filtered(&batch, &types, &mut keep))
            }))
        })
        .try_flatten()
        .boxed())
    })
}

/// Whether a left row with this key comes out; see the row executor's set operations.
fn taken(counts: &mut HashMap<Vec<u8>, usize>, key: Vec<u8>, op: SetOp, all: bool) -> bool {
    if !all {
        return match op {
            SetOp::Intersect => counts.remove(&key).is_some(),
            _ => counts.insert(key, 1).is_none(),
        };
    }
    let matched = match counts.get_mut(&key) {
        Some(count) if *count > 0 => {
            *count -= 1;
            true
        }
        _ => false,
    };
    matched == (op == SetOp::Intersect)
}

/// Both sides have the same columns under whatever names.
fn renamed(
    schema: SchemaRef,
) -> impl Fn(Result<RecordBatch>) -> Result<RecordBatch> + Send + 'static {
    move |batch| batches::renamed(&batch?, &schema)
}

async fn count(
    mut right: Batches,
    types: &[Oid],
    ledger: &mut Ledger,
) -> Result<HashMap<Vec<u8>, usize>> {
    let mut counts = HashMap::new();
    while let Some(batch) = right.try_next().await? {
        for key in batch_keys(batch.columns(), types, batch.num_rows())? {
            ledger.grow(key.len() + 48)?;
            *counts.entry(key).or_insert(0) += 1;
        }
    }
    Ok(counts)
}
