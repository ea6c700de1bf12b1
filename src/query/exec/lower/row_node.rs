//! A node of the row executor as an operator over batches.

use std::sync::Arc;

use datafusion::arrow::record_batch::RecordBatch;
use futures::{SinkExt, StreamExt, TryStreamExt, channel::mpsc};

use super::{
    Exec, Operator,
    operator::{Batches, batches},
};
use crate::{
    base::Result,
    query::{
        exec::{
            batches::{BATCH_ROWS, batch_of, row_at, schema_of},
            rows::{BoxCursor, Cursor, assemble},
            run::drive,
            scope::{Row, Scope},
        },
        ir::{Field, Node, Plan},
        rules::volatility::inputs,
    },
};

/// The inputs are those of [`crate::query::exec::rows::direct_inputs`], in order.
pub fn lower(plan: &Plan, inputs: Vec<Exec>, scope: &Scope) -> Result<Exec> {
    let fields: Vec<Arc<[Field]>> = crate::query::exec::rows::direct_inputs(&plan.node)
        .into_iter()
        .map(|input| input.fields.clone())
        .collect();
    let node = Arc::new(shell(plan));
    if let Some(profile) = &scope.execution.profile {
        profile.stand_for(&node, plan);
    }
    let (scope, schema) = (scope.clone(), schema_of(&plan.fields));
    Ok(Operator::exec("Rows", schema.clone(), move |context| {
        let streams = inputs
            .iter()
            .map(|input| batches(input, context.clone()))
            .collect::<Result<Vec<_>>>()?;
        let (node, scope, fields, schema) =
            (node.clone(), scope.clone(), fields.clone(), schema.clone());
        // The cursor borrows the node, so both live in one future, which hands batches out.
        let (mut sender, receiver) = mpsc::channel(0);
        let producer = async move {
            let cursors = streams
                .into_iter()
                .zip(&fields)
                .map(|(batches, fields)| Box::new(BatchRows::new(batches, fields)) as BoxCursor)
                .collect();
            let mut rows = Vec::new();
            let mut failed = None;
            match assemble(&node, cursors, &scope) {
                Err(error) => failed = Some(error),
                Ok(mut cursor) => loop {
                    let done = match cursor.next() {
                        Ok(Some(row)) => {
                            rows.push(row);
                            false
                        }
                        Ok(None) => true,
                        Err(error) => {
                            failed = Some(error);
                            break;
                        }
                    };
                    if (done && !rows.is_empty()) || rows.len() == BATCH_ROWS {
                        let batch = batch_of(&rows, &node.fields, &schema);
                        rows.clear();
                        if sender.send(batch).await.is_err() {
                            return;
                        }
                    }
                    if done {
                        break;
                    }
                },
            }
            if let Some(error) = failed {
                // Nobody listening means that nobody minds.
                let _ = sender.send(Err(error)).await;
            }
        };
        let producer = futures::stream::once(producer)
            .filter_map(|()| futures::future::ready(None::<Result<RecordBatch>>));
        Ok(futures::stream::select(receiver, producer).boxed())
    }))
}

/// A copy of the node whose plain inputs are left out; lateral sides and recursions keep theirs.
fn shell(plan: &Plan) -> Plan {
    let empty = |plan: &Plan| Box::new(Plan { node: Node::Empty, fields: plan.fields.clone() });
    let node = match &plan.node {
        Node::Filter { input, predicate } => {
            Node::Filter { input: empty(input), predicate: predicate.clone() }
        }
        Node::ProjectSet { input, exprs } => {
            Node::ProjectSet { input: empty(input), exprs: exprs.clone() }
        }
        Node::Join { left, right, kind, on, lateral: true } => Node::Join {
            left: empty(left),
            right: right.clone(),
            kind: *kind,
            on: on.clone(),
            lateral: true,
        },
        Node::Window { input, calls } => Node::Window { input: empty(input), calls: calls.clone() },
        Node::Limit { input, limit, offset, with_ties } => Node::Limit {
            input: empty(input),
            limit: limit.clone(),
            offset: offset.clone(),
            with_ties: with_ties.clone(),
        },
        Node::DistinctOn { input, on } => Node::DistinctOn { input: empty(input), on: on.clone() },
        node => {
            debug_assert!(inputs(plan).is_empty(), "{node:?} is lowered elsewhere");
            node.clone()
        }
    };
    Plan { node, fields: plan.fields.clone() }
}

/// A stream of batches, pulled row by row.
struct BatchRows<'a> {
    batches: Batches,
    fields: &'a [Field],
    current: Option<(RecordBatch, usize)>,
}

impl<'a> BatchRows<'a> {
    fn new(batches: Batches, fields: &'a [Field]) -> Self {
        Self { batches, fields, current: None }
    }
}

impl Cursor for BatchRows<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some((batch, position)) = &mut self.current
                && *position < batch.num_rows()
            {
                let row = row_at(batch, self.fields, *position)?;
                *position += 1;
                return Ok(Some(row));
            }
            match drive(self.batches.try_next())? {
                Some(batch) => self.current = Some((batch, 0)),
                None => return Ok(None),
            }
        }
    }
}
