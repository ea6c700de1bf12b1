//! Running a plan: small ones row by row on the spot, the others as DataFusion operators over
//! batches.

use std::{
    future::Future,
    pin::pin,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering},
    },
    task::{self, Poll, Wake, Waker},
};

use datafusion::arrow::record_batch::RecordBatch;
use futures::{StreamExt, TryFutureExt, TryStreamExt, future::BoxFuture, stream::BoxStream};
use tokio::runtime::RuntimeFlavor;

use super::{
    batches::{batches_of, push_rows},
    execution::{Execution, Ledger},
    lower,
    rows::{self, open},
    scope::{Batches, CteRows, Row, Scope},
    size,
};
use crate::{
    base::{PgError, Result},
    query::ir::Plan,
};

/// The result of a plan, batch by batch. A small plan has been run when this returns; a large one
/// runs as the stream is polled, and one that searches runs on the search threads, unless the search
/// is a quick one.
///
/// Errors: those of the plan's expressions; 57014 if cancelled; 53200 if it needs more memory than
/// the statement may have.
pub fn run(
    plan: &Arc<Plan>,
    execution: Arc<Execution>,
) -> Result<BoxStream<'static, Result<RecordBatch>>> {
    execution.cancel.check()?;
    if size::searches(plan) && !is_quick(plan, &execution) {
        let fields = plan.fields.clone();
        let made = on_pool(plan.clone(), execution).map_ok(move |rows| {
            let batches = match rows {
                CteRows::Batches(batches) => Ok(batches.batches.clone()),
                CteRows::Ready(rows) => batches_of(&rows, &fields),
                CteRows::Growing(_) => unreachable!("a statement is materialised whole"),
            };
            futures::stream::iter(match batches {
                Ok(batches) => batches.into_iter().map(Ok).collect(),
                Err(error) => vec![Err(error)],
            })
        });
        return Ok(futures::stream::once(made).try_flatten().boxed());
    }
    aside(size::lasts(plan), || {
        let (plan, scope) = rows::enter(plan, &Scope::root(execution))?;
        if size::is_small(plan, &scope) {
            let mut cursor = open(plan, &scope)?;
            let rows = rows::collect(&mut *cursor, &scope, "a query")?;
            let batches = batches_of(&rows, &plan.fields)?;
            return Ok(futures::stream::iter(batches.into_iter().map(Ok)).boxed());
        }
        let lasts = size::lasts(plan);
        lower::stream(plan, &scope).map(|stream| polled_aside(lasts, stream))
    })
}

/// A stream whose every step may last: other tasks are handed over before each.
fn polled_aside(
    lasts: bool,
    mut stream: BoxStream<'static, Result<RecordBatch>>,
) -> BoxStream<'static, Result<RecordBatch>> {
    if !lasts {
        return stream;
    }
    futures::stream::poll_fn(move |context| aside(true, || stream.poll_next_unpin(context))).boxed()
}

fn is_quick(plan: &Plan, execution: &Arc<Execution>) -> bool {
    let scope = Scope::root(execution.clone());
    size::is_quick(plan, &scope) && size::is_small(plan, &scope) && !size::lasts(plan)
}

/// All rows of a plan.
pub async fn rows(plan: &Plan, execution: Arc<Execution>) -> Result<Vec<Row>> {
    execution.cancel.check()?;
    if size::searches(plan) {
        let found = on_pool(Arc::new(plan.clone()), execution).await?;
        return found.chunk(0, usize::MAX);
    }
    let (plan, scope, ready) = aside(size::lasts(plan), || {
        let (plan, scope) = rows::enter(plan, &Scope::root(execution))?;
        let ready = match size::is_small(plan, &scope) {
            true => Some(rows::collect(&mut *open(plan, &scope)?, &scope, "a query")?),
            false => None,
        };
        Ok::<_, PgError>((plan, scope, ready))
    })?;
    if let Some(rows) = ready {
        return Ok(rows);
    }
    let mut stream = polled_aside(size::lasts(plan), lower::stream(plan, &scope)?);
    let mut rows = Vec::new();
    while let Some(batch) = stream.try_next().await? {
        push_rows(&batch, &plan.fields, &mut rows)?;
    }
    Ok(rows)
}

fn on_pool(plan: Arc<Plan>, execution: Arc<Execution>) -> BoxFuture<'static, Result<CteRows>> {
    let search = execution.search.clone();
    search.on_pool(Box::new(move || materialise(&plan, &Scope::root(execution))))
}

/// All rows of a subplan.
pub(super) fn all(plan: &Plan, scope: &Scope) -> Result<Vec<Row>> {
    first(plan, scope, usize::MAX)
}

/// The rows of a common table expression, in the form in which they come.
pub(super) fn materialise(plan: &Plan, scope: &Scope) -> Result<CteRows> {
    let (plan, scope) = rows::enter(plan, scope)?;
    if size::is_small(plan, &scope) {
        let rows = rows::collect(&mut *open(plan, &scope)?, &scope, "a WITH query")?;
        return Ok(CteRows::Ready(Arc::new(rows)));
    }
    let stream = lower::stream(plan, &scope)?;
    let mut ledger = Ledger::new(&scope.execution, "a WITH query");
    let batches = drive(stream.try_fold(Vec::new(), |mut batches, batch| {
        let grown = ledger.grow(batch.get_array_memory_size());
        batches.push(batch);
        futures::future::ready(grown.map(|()| batches))
    }))?;
    Ok(CteRows::Batches(Arc::new(Batches { fields: plan.fields.clone(), batches })))
}

/// The first `count` rows of a subplan; the rest is not run.
pub(super) fn first(plan: &Plan, scope: &Scope, count: usize) -> Result<Vec<Row>> {
    scope.execution.cancel.check()?;
    let (plan, scope) = rows::enter(plan, scope)?;
    if size::is_small(plan, &scope) || count <= 2 && size::streams(plan) {
        let mut cursor = open(plan, &scope)?;
        if count == usize::MAX {
            return rows::collect(&mut *cursor, &scope, "a subquery");
        }
        let mut rows = Vec::new();
        while rows.len() < count
            && let Some(row) = cursor.next()?
        {
            rows.push(row);
        }
        return Ok(rows);
    }
    let mut stream = lower::stream(plan, &scope)?;
    drive(async {
        let mut rows = Vec::new();
        while rows.len() < count
            && let Some(batch) = stream.try_next().await?
        {
            push_rows(&batch, &plan.fields, &mut rows)?;
        }
        rows.truncate(count);
        Ok(rows)
    })
}

/// Runs a future to its end from synchronous code: expressions are evaluated without `await`, the
/// subplans in them are streams.
///
/// On a worker of the multi-threaded runtime the other tasks of the worker are handed over first
/// (`block_in_place`). The thread sleeps until this very future is woken: runs nest, and a run inside
/// must not swallow the wake-up of the one around it, as a parker shared by the thread would.
pub(super) fn drive<T>(future: impl Future<Output = T>) -> T {
    aside(true, || park_on(future))
}

/// Runs `work` here. If it `lasts`, the worker's other tasks are handed over first, so that other
/// clients and cancel requests are heard meanwhile.
fn aside<T>(lasts: bool, work: impl FnOnce() -> T) -> T {
    match tokio::runtime::Handle::try_current() {
        Ok(handle) if lasts && handle.runtime_flavor() == RuntimeFlavor::MultiThread => {
            tokio::task::block_in_place(work)
        }
        _ => work(),
    }
}

/// One run's bell: rung once or often, it is heard once.
struct Bell {
    rung: AtomicBool,
    thread: std::thread::Thread,
}

impl Wake for Bell {
    fn wake(self: Arc<Self>) {
        self.rung.store(true, Ordering::Release);
        self.thread.unpark();
    }
}

fn park_on<T>(future: impl Future<Output = T>) -> T {
    let bell = Arc::new(Bell { rung: AtomicBool::new(false), thread: std::thread::current() });
    let waker = Waker::from(bell.clone());
    let mut context = task::Context::from_waker(&waker);
    let mut future = pin!(future);
    loop {
        if let Poll::Ready(value) = future.as_mut().poll(&mut context) {
            return value;
        }
        while !bell.rung.swap(false, Ordering::Acquire) {
            std::thread::park();
        }
    }
}
