//! A DataFusion operator made of a function that starts a stream.

use std::{fmt, sync::Arc, time::Instant};

use datafusion::{
    arrow::{datatypes::SchemaRef, record_batch::RecordBatch},
    common::tree_node::TreeNodeRecursion,
    error::Result as DataFusionResult,
    execution::TaskContext,
    physical_expr::{EquivalenceProperties, PhysicalExpr},
    physical_plan::{
        ChildrenPropertiesMode, DisplayAs, DisplayFormatType, ExecutionPlan, Partitioning,
        PlanProperties, ReplaceChildrenOptions, SendableRecordBatchStream,
        execution_plan::{Boundedness, EmissionType},
        stream::RecordBatchStreamAdapter,
    },
};
use futures::{Stream, StreamExt, stream::BoxStream};

use super::{Exec, from_pg};
use crate::{
    base::Result,
    query::{exec::profile::Profile, ir::Plan},
};

/// What an operator's run gives.
pub type Batches = BoxStream<'static, Result<RecordBatch>>;

type Start = dyn Fn(Arc<TaskContext>) -> DataFusionResult<SendableRecordBatchStream> + Send + Sync;

/// One partition, unordered, with its inputs inside the function: no optimiser looks at them.
pub struct Operator {
    name: &'static str,
    properties: Arc<PlanProperties>,
    start: Box<Start>,
}

impl Operator {
    /// `start` is called once for each run.
    pub fn exec(
        name: &'static str,
        schema: SchemaRef,
        start: impl Fn(Arc<TaskContext>) -> Result<Batches> + Send + Sync + 'static,
    ) -> Exec {
        let properties = PlanProperties::new(
            EquivalenceProperties::new(schema.clone()),
            Partitioning::UnknownPartitioning(1),
            EmissionType::Incremental,
            Boundedness::Bounded,
        );
        Arc::new(Operator {
            name,
            properties: Arc::new(properties),
            start: Box::new(move |context| {
                let stream = start(context).map_err(from_pg)?.map(|batch| batch.map_err(from_pg));
                Ok(Box::pin(RecordBatchStreamAdapter::new(schema.clone(), stream)))
            }),
        })
    }
}

impl fmt::Debug for Operator {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl DisplayAs for Operator {
    fn fmt_as(&self, _: DisplayFormatType, f: &mut fmt::Formatter) -> fmt::Result {
        f.write_str(self.name)
    }
}

impl ExecutionPlan for Operator {
    fn name(&self) -> &str {
        self.name
    }

    fn properties(&self) -> &Arc<PlanProperties> {
        &self.properties
    }

    fn children(&self) -> Vec<&Arc<dyn ExecutionPlan>> {
        vec![]
    }

    fn apply_expressions(
        &self,
        _: &mut dyn FnMut(&Arc<dyn PhysicalExpr>) -> DataFusionResult<TreeNodeRecursion>,
    ) -> DataFusionResult<TreeNodeRecursion> {
        Ok(TreeNodeRecursion::Continue)
    }

    fn replace_children(
        self: Arc<Self>,
        _: Vec<Arc<dyn ExecutionPlan>>,
        _: ReplaceChildrenOptions,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        Ok(self)
    }

    fn with_new_children(
        self: Arc<Self>,
        children: Vec<Arc<dyn ExecutionPlan>>,
    ) -> DataFusionResult<Arc<dyn ExecutionPlan>> {
        self.replace_children(
            children,
            ReplaceChildrenOptions::new(ChildrenPropertiesMode::Recompute),
        )
    }

    fn execute(
        &self,
        _: usize,
        context: Arc<TaskContext>,
    ) -> DataFusionResult<SendableRecordBatchStream> {
        (self.start)(context)
    }
}

/// Batches that are at hand.
pub fn ready(schema: SchemaRef, batches: Vec<RecordBatch>) -> Exec {
    Operator::exec("Ready", schema, move |_| {
        Ok(futures::stream::iter(batches.clone().into_iter().map(Ok)).boxed())
    })
}

/// The input's batches as ours.
pub fn batches(input: &Exec, context: Arc<TaskContext>) -> Result<Batches> {
    let stream = input.execute(0, context).map_err(super::to_pg)?;
    Ok(stream.map(|batch| batch.map_err(super::to_pg)).boxed())
}

/// The same batches with columns named by position: a join's sides bring the same names.
pub fn renamed(input: Exec, schema: SchemaRef) -> Exec {
    Operator::exec("Renamed", schema.clone(), move |context| {
        let schema = schema.clone();
        let stream = batches(&input, context)?;
        let stream =
            stream.map(move |batch| crate::query::exec::batches::renamed(&batch?, &schema));
        Ok(stream.boxed())
    })
}

/// Counts rows and time for EXPLAIN ANALYZE.
pub fn measured(input: Exec, plan: &Plan, profile: Arc<Profile>) -> Exec {
    let address = Profile::address(plan);
    Operator::exec("Measured", input.schema(), move |context| {
        let profile = profile.clone();
        profile.record(address, |node| node.loops += 1);
        let mut stream = batches(&input, context)?;
        Ok(futures::stream::poll_fn(move |context| {
            let start = Instant::now();
            let polled = stream.as_mut().poll_next(context);
            profile.record(address, |node| {
                node.time += start.elapsed();
                if let std::task::Poll::Ready(Some(Ok(batch))) = &polled {
                    node.rows += batch.num_rows() as u64;
                }
            });
            polled
        })
        .boxed())
    })
}

/// One future that makes all batches.
pub fn at_once(
    future: impl Future<Output = Result<Vec<RecordBatch>>> + Send + 'static,
) -> impl Stream<Item = Result<RecordBatch>> + Send + 'static {
    futures::stream::once(future).flat_map(|made| {
        let batches: Vec<Result<RecordBatch>> = match made {
            Ok(batches) => batches.into_iter().map(Ok).collect(),
            Err(error) => vec![Err(error)],
        };
        futures::stream::iter(batches)
    })
}
