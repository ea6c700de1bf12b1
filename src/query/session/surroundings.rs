//! What a statement is bound and run in: its snapshot, its definitions, its names, its settings.

use std::sync::Arc;

use super::{
    Session,
    engine::{Shared, now},
    names::CatalogNames,
    prepared::BoundAgainst,
    services::StatementServices,
    temporary_schema_name,
    view::View,
};
use crate::{
    base::{Oid, Result, TableId},
    query::{
        bind::Binder,
        env::Env,
        exec::{Cause, Deadline, Execution, SearchSettings, source::Source},
        ir::{Expr, Plan},
        rules::{self, Facts, Rules, Scans},
        settings::Resolved,
    },
    storage::catalog::{Catalog, Index, KeyTarget, Table},
    types::{Datum, text_io::Style},
};

/// Names as a statement saw them, and what they hold for: most statements see what the last one did.
pub(super) struct Seen {
    resolved: Arc<Resolved>,
    temporary: bool,
    names: Arc<CatalogNames>,
}

impl Session {
    /// What the next statement reads, and the session as it sees it.
    pub(in crate::query) fn environment(&mut self) -> Result<(Arc<Env>, Arc<View>)> {
        if let Some(opened) = self.opened.take() {
            return Ok(opened);
        }
        let transaction = self.transaction();
        let snapshot = transaction.snapshot()?;
        let catalog = transaction.catalog(&snapshot);
        let written = transaction.writes.overlay.clone();
        let (started, owner) = (transaction.started, transaction.id);
        let resolved = self.resolved();
        let names = self.names(catalog.clone(), &resolved);
        let search_path = names.search_path.clone();
        let style = Style { now: started, names: Some(names), ..resolved.style.clone() };
        let overlay = self.steps.as_ref().map_or(written, |steps| steps.overlay.clone());
        let view = Arc::new(View::new(snapshot, overlay, self.shared().indexes.clone()));
        let services = StatementServices {
            shared: self.shared().clone(),
            live: self.live.clone(),
            catalog: catalog.clone(),
            cancel: self.running().clone(),
            pid: self.pid,
            prepared: self.prepared.clone(),
            cursors: self.cursors.clone(),
            owner,
            view: view.clone(),
        };
        let env = Env {
            catalog,
            style,
            statement_time: now(),
            session_user: self.user.clone(),
            current_user: self.user.clone(),
            database: self.database.clone(),
            search_path,
            backend_pid: self.pid,
            text_search_config: resolved.text_search_config.clone(),
            services: Arc::new(services),
        };
        Ok((Arc::new(env), view))
    }

    /// What the settings come to.
    pub(in crate::query) fn resolved(&self) -> Arc<Resolved> {
        self.live.lock().settings.resolved()
    }

    /// The catalogue through the session's search path.
    fn names(&self, catalog: Arc<Catalog>, resolved: &Arc<Resolved>) -> Arc<CatalogNames> {
        let mut seen = self.seen.lock();
        if let Some(seen) = &*seen
            && seen.temporary == self.temporary
            && Arc::ptr_eq(&seen.resolved, resolved)
            && Arc::ptr_eq(&seen.names.catalog, &catalog)
        {
            return seen.names.clone();
        }
        let search_path = self.search_path(&catalog, resolved).into();
        let names = Arc::new(CatalogNames { catalog, search_path });
        let (resolved, temporary) = (resolved.clone(), self.temporary);
        *seen = Some(Seen { resolved, temporary, names: names.clone() });
        names
    }

    /// The schemas of `search_path`, led by the session's temporary one unless it is named.
    fn search_path(&self, catalog: &Catalog, resolved: &Resolved) -> Vec<Oid> {
        let user = |name: &String| match name.as_str() {
            "$user" => self.user.to_string(),
            name => name.to_owned(),
        };
        let mut names: Vec<String> = resolved.search_path.iter().map(user).collect();
        if self.temporary {
            let own = temporary_schema_name(self.pid);
            match names.iter_mut().find(|name| *name == "pg_temp") {
                Some(name) => *name = own,
                None => names.insert(0, own),
            }
        }
        Shared::schemas(catalog, &names)
    }

    /// How values print and are read outside of a statement: with the newest names.
    pub fn style(&self) -> Style {
        let own = self.transaction.as_ref();
        let changed = own.and_then(|transaction| transaction.writes.catalog().cloned());
        let catalog = changed.unwrap_or_else(|| {
            self.shared().catalog_of(&self.shared().store.newest_catalog(), self.database_oid)
        });
        let resolved = self.resolved();
        let now = own.map_or_else(now, |transaction| transaction.started);
        Style { now, names: Some(self.names(catalog, &resolved)), ..resolved.style.clone() }
    }

    /// One run of a plan over a view.
    pub(in crate::query) fn execution(
        &self,
        env: Arc<Env>,
        view: Arc<View>,
        params: Vec<Datum>,
    ) -> Execution {
        let resolved = self.resolved();
        let settings = SearchSettings { ef_search: resolved.ef_search, probes: resolved.probes };
        let snapshot_timeout = self.shared().defaults().snapshot_timeout;
        let deadline = Deadline::after(snapshot_timeout, Cause::Snapshot);
        Execution {
            env,
            source: view.rows.clone(),
            search: view,
            params: params.into(),
            settings,
            system: crate::query::catalog::system_rows,
            cancel: self.running().with_deadline(deadline),
            memory: self.shared().memory.clone(),
            ctes: self.steps.as_ref().map_or_else(Vec::new, |steps| steps.ctes.clone()),
            profile: None,
        }
    }

    /// A plan bound in the middle of a statement, rewritten as a prepared one would be.
    pub(in crate::query) fn optimise(&self, plan: Plan, env: &Env, view: &View) -> Plan {
        let scans = scans(&self.resolved());
        rules::optimise(plan, &Rules { env, facts: &ViewFacts { env, view }, scans })
    }

    pub(super) fn bound_against(&self, env: &Env) -> BoundAgainst {
        BoundAgainst {
            catalog: env.catalog.version,
            search_path: env.search_path.clone(),
            user: env.current_user.clone(),
            scans: scans(&self.resolved()),
        }
    }
}

fn scans(resolved: &Resolved) -> Scans {
    Scans {
        index: resolved.index_scans,
        bitmap: resolved.bitmap_scans,
        sequential: resolved.sequential_scans,
    }
}

/// What the rules ask, answered from a statement's view.
pub(super) struct ViewFacts<'a> {
    pub env: &'a Env,
    pub view: &'a View,
}

impl Facts for ViewFacts<'_> {
    fn row_count(&self, table: TableId) -> u64 {
        self.view.rows.row_count(table).unwrap_or(0)
    }

    fn index_key(&self, table: &Table, index: &Index, key: usize) -> Option<Expr> {
        match &index.keys.get(key)?.target {
            KeyTarget::Column(position) => {
                Some(Expr::Column(*position, table.columns.get(*position)?.ty))
            }
            KeyTarget::Expression(sql) => {
                Binder::new(self.env, &[]).table_expression(table, sql).ok()
            }
        }
    }

    fn index_predicate(&self, table: &Table, index: &Index) -> Option<Expr> {
        let sql = index.predicate.as_ref()?;
        Binder::new(self.env, &[]).table_expression(table, sql).ok()
    }
}
