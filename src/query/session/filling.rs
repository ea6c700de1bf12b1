//! Indexes that a store of an older format has without entries: they are filled at the start.

use std::sync::Arc;

use super::{engine::Engine, hooks::environment, rows::Rows};
use crate::{
    base::{PgError, Result},
    ingest::WriteSet,
    query::{
        bind::TableRules,
        statements::{index_fill::staged, write::RowWriter},
    },
    storage::{
        CatalogChange,
        catalog::{Catalog, Index, Object},
    },
};

impl Engine {
    /// Call it before the first session. Returns how many indexes there were.
    ///
    /// Errors: 53100; those of the keys' expressions. What is not filled stays out of use.
    pub async fn fill_indexes(&self) -> Result<usize> {
        let catalog = self.shared.store.snapshot()?.catalog().clone();
        let unfilled: Vec<Arc<Index>> = catalog
            .objects()
            .filter_map(|object| match object {
                Object::Index(index) if index.unfilled => Some(index.clone()),
                _ => None,
            })
            .collect();
        for index in &unfilled {
            self.fill_index(&catalog, index).await?;
        }
        Ok(unfilled.len())
    }

    async fn fill_index(&self, catalog: &Arc<Catalog>, index: &Arc<Index>) -> Result<()> {
        let table = catalog
            .table(index.table)
            .ok_or_else(|| PgError::internal("an index without its table"))?;
        let env = Arc::new(environment(catalog));
        let writer = RowWriter { rules: Arc::new(TableRules::bind(&env, table)?), env };
        let view = Rows { snapshot: Arc::new(self.shared.store.snapshot()?), overlay: None };
        let committer = &self.shared.committer;
        let stage = staged(committer, &writer, &view, index, &|| Ok(())).await?;
        let filled = Index { unfilled: false, ..Index::clone(index) };
        let catalog = vec![CatalogChange::Put(Object::Index(Arc::new(filled)))];
        stage.publish(WriteSet { catalog, ..WriteSet::default() }).await?;
        Ok(())
    }
}
