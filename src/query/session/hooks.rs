//! What the indexes, a floor below, ask of the query layer and of the Committer.

use std::sync::Arc;

use async_trait::async_trait;
use parking_lot::Mutex;

use super::engine::now;
use crate::{
    base::{Csn, Result},
    index::{KeyEvaluator, ManifestSink},
    ingest::{Committer, WriteSet},
    query::{
        bind::{Binder, IndexRules},
        env::Env,
        exec::{EvalContext, evaluate},
        settings::Settings,
        statements::write::decode_row,
    },
    storage::{
        ManifestChange,
        catalog::{Catalog, Index, Table},
    },
    types::{Datum, text_io::Style},
};

/// Evaluates index expressions for the builders.
#[derive(Default)]
pub struct IndexKeys {
    bound: Mutex<Option<Bound>>,
}

/// The rules of the index that was asked for last, and the environment they are evaluated in.
#[derive(Clone)]
struct Bound {
    index: Index,
    table: Table,
    rules: Arc<IndexRules>,
    env: Arc<Env>,
}

impl IndexKeys {
    fn bound(&self, catalog: &Arc<Catalog>, table: &Table, index: &Index) -> Result<Bound> {
        let mut slot = self.bound.lock();
        if let Some(bound) = slot.as_ref()
            && bound.index == *index
            && bound.table == *table
        {
            return Ok(bound.clone());
        }
        let env = Arc::new(environment(catalog));
        let rules = Binder::new(&env, &[]).index_rules(table, &Arc::new(index.clone()))?;
        let bound =
            Bound { index: index.clone(), table: table.clone(), rules: Arc::new(rules), env };
        *slot = Some(bound.clone());
        Ok(bound)
    }
}

impl KeyEvaluator for IndexKeys {
    fn evaluate(
        &self,
        catalog: &Arc<Catalog>,
        table: &Table,
        index: &Index,
        rows: &[&[u8]],
    ) -> Result<Vec<Datum>> {
        let bound = self.bound(catalog, table, index)?;
        let context = EvalContext::new(&bound.env);
        rows.iter()
            .map(|bytes| {
                let row = decode_row(table, bytes)?;
                if let Some(predicate) = &bound.rules.predicate
                    && evaluate(predicate, &row, &context)?.as_bool() != Some(true)
                {
                    return Ok(Datum::Null);
                }
                match bound.rules.keys.first() {
                    Some(key) => evaluate(key, &row, &context),
                    None => Ok(Datum::Null),
                }
            })
            .collect()
    }
}

/// The environment of stored expressions: the server's defaults, no session.
pub(super) fn environment(catalog: &Arc<Catalog>) -> Env {
    let style = Style { now: now(), ..Settings::default().resolved().style.clone() };
    // With the names of the catalogue.
    Env::without_session(catalog.clone(), style).with_catalog(catalog.clone())
}

/// The builders' manifest writes, through the Committer.
pub struct CommitterSink(pub Committer);

#[async_trait]
impl ManifestSink for CommitterSink {
    async fn record(&self, changes: Vec<ManifestChange>) -> Result<Csn> {
        let set = WriteSet { manifest: changes, ..WriteSet::default() };
        Ok(self.0.commit(set).await?)
    }

    async fn prune(&self, csn: Csn) -> Result<()> {
        let set = WriteSet { prune: Some(csn), ..WriteSet::default() };
        self.0.commit(set).await?;
        Ok(())
    }
}
