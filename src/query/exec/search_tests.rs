//! Searches from their SQL to their rows, over a store and indexes of their own.

use std::{sync::Arc, time::Duration};

use futures::TryStreamExt;

use crate::{
    base::Result,
    index::{IndexOptions, Indexes},
    ingest::{Committer, CommitterOptions},
    query::{
        exec::{batches::push_rows, scope::Row},
        session::{
            CommitterSink, Defaults, Engine, EngineOptions, IndexKeys, Outcome, Session,
            SessionStart,
        },
    },
    storage::{Durability, Store, StoreOptions},
    types::text_io,
};

pub(super) struct Server {
    pub engine: Engine,
    pub session: Session,
    pub folder: Arc<tempfile::TempDir>,
    committer: Committer,
}

impl Server {
    pub fn start() -> Self {
        Self::open(Arc::new(tempfile::tempdir().unwrap()))
    }

    pub fn open(folder: Arc<tempfile::TempDir>) -> Self {
        let options = StoreOptions {
            map_bytes: 1 << 28,
            durability: Durability::Relaxed,
            ..StoreOptions::default()
        };
        let store = Store::open(&folder.path().join("store"), options).unwrap();
        let (committer, _) = Committer::start(store.clone(), CommitterOptions::default()).unwrap();
        let indexes = Indexes::open(
            &folder.path().join("segments"),
            store.clone(),
            Arc::new(IndexKeys::default()),
            Arc::new(CommitterSink(committer.clone())),
            IndexOptions { search_threads: 1, ..IndexOptions::default() },
        )
        .unwrap();
        let engine =
            Engine::new(store, committer.clone(), Arc::new(indexes), EngineOptions::default());
        let session = Self::connect(&engine);
        Self { engine, session, folder, committer }
    }

    fn connect(engine: &Engine) -> Session {
        let (user, database) = ("postgres".into(), "postgres".into());
        engine.session(SessionStart { user, database, options: vec![], peer: None }).unwrap()
    }

    /// Another client.
    pub fn other(&self) -> Self {
        let (engine, folder) = (self.engine.clone(), self.folder.clone());
        let committer = self.committer.clone();
        Self { session: Self::connect(&engine), engine, folder, committer }
    }

    /// Lets go of the folder.
    pub fn stop(self) {
        self.committer.stop();
    }

    /// The rows of the last statement as text, columns parted by `|`.
    pub async fn run(&mut self, sql: &str) -> Result<Vec<String>> {
        let mut lines = Vec::new();
        for statement in self.session.parse(sql)? {
            let prepared = self.session.prepare(&statement, &[]).await?;
            let outcome = self.session.execute(&prepared, vec![]).await?;
            lines.clear();
            if let Outcome::Rows { fields, mut stream, .. } = outcome {
                let mut rows: Vec<Row> = Vec::new();
                while let Some(batch) = stream.try_next().await? {
                    push_rows(&batch, &fields, &mut rows)?;
                }
                let style = self.session.style();
                for row in rows {
                    let cells = row.iter().zip(fields.iter()).map(|(value, field)| {
                        let mut text = String::new();
                        if !value.is_null() {
                            text_io::format(value, field.ty.oid, &style, &mut text);
                        }
                        text
                    });
                    lines.push(cells.collect::<Vec<_>>().join("|"));
                }
            }
            self.session.end_implicit().await?;
        }
        Ok(lines)
    }

    pub async fn plan(&mut self, sql: &str) -> String {
        self.run(&format!("explain (costs off) {sql}")).await.unwrap().join("\n")
    }
}

const TABLE: &str = "
    create extension if not exists vector;
    create table docs (id bigint primary key, category text, body text, embedding vector(2),
        tsv tsvector generated always as (to_tsvector('english', body)) stored);
    insert into docs (id, category, body, embedding)
        select i, case when i % 50 = 0 then 'rare' else 'common' end,
            case when i % 10 = 0 then 'quick foxes number ' else 'lazy dogs number ' end || i,
            array[i, 1]::vector
        from generate_series(1, 1500) i;
    create index docs_embedding on docs using hnsw (embedding vector_l2_ops);
    create index docs_tsv on docs using gin (tsv);
    create index docs_category on docs (category);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_first_rows_by_a_key_come_from_its_index() {
    let mut server = Server::start();
    server.run(TABLE).await.unwrap();
    server
        .run(
            "create table events (id int8 primary key, kind int4, at timestamp);
             insert into events select i, i % 3, case when i % 7 > 0
                then timestamp '2024-01-01' + i * interval '1 hour' end from generate_series(1, 1400) i;
             create index events_at on events (at);
             create index events_kind_at on events (kind, at);",
        )
        .await
        .unwrap();
    let next = "select id from docs where id > 700 order by id limit 3";
    let plan = server.plan(next).await;
    assert!(plan.contains("Index Scan using docs_pkey") && plan.contains("(id > 700)"), "{plan}");
    assert_eq!(server.run(next).await.unwrap(), ["701", "702", "703"]);
    let last = "select id from docs where category = 'common' order by id desc limit 2 offset 1";
    assert_eq!(server.run(last).await.unwrap(), ["1498", "1497"]);
    let newest = "select id, at is null from events where kind = 1 order by at desc limit 70";
    let plan = server.plan(newest).await;
    assert!(plan.contains("Index Scan Backward using events_kind_at"), "{plan}");
    // What the index gives is what sorting gives, NULLs first and own rows included.
    let mut agree = async |sql: &str, wanted: &str| {
        server.run("set enable_indexscan = on").await.unwrap();
        let plan = server.plan(sql).await;
        assert!(plan.contains(wanted), "{plan}");
        let found = server.run(sql).await.unwrap();
        server.run("set enable_indexscan = off").await.unwrap();
        assert_eq!(found, server.run(sql).await.unwrap(), "{sql}");
    };
    agree("select at from events where kind = 1 order by at desc limit 70", "Backward").await;
    agree("select at from events order by at limit 30", "events_at").await;
    agree("select at from events order by at nulls first limit 3", "Seq Scan").await;
    agree(
        "with mine as materialized (select 1)
         select at from events where at >= '2024-01-20' and at < '2024-02-01' order by at limit 500",
        "events_at",
    )
    .await;
    let own =
        "begin; insert into events values (5000, 1, '2023-01-01'); delete from events where id = 1;
        select id from events order by at limit 2;";
    server.run("set enable_indexscan = on").await.unwrap();
    assert_eq!(server.run(own).await.unwrap(), ["5000", "2"]);
    server.run("rollback").await.unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn searches_use_their_indexes_and_give_exact_rows() {
    let mut server = Server::start();
    server.run(TABLE).await.unwrap();

    let nearest = "select id, embedding <-> '[700.2,1]' as d from docs order by d limit 3";
    let plan = server.plan(nearest).await;
    assert!(plan.contains("Index Scan using docs_embedding on docs"), "{plan}");
    assert!(plan.contains("Order By: (embedding <-> '[700.2,1]'::vector)"), "{plan}");
    assert!(!plan.contains("Sort"), "{plan}");
    let found = server.run(nearest).await.unwrap();
    let ids: Vec<_> = found.iter().map(|line| line.split('|').next().unwrap()).collect();
    assert_eq!(ids, ["700", "701", "699"]);

    let rare =
        "select id from docs where category = 'rare' order by embedding <-> '[700,1]' limit 5";
    assert!(server.plan(rare).await.contains("docs_embedding"));
    assert_eq!(server.run(rare).await.unwrap(), ["700", "650", "750", "600", "800"]);
    let analyzed = server.run(&format!("explain analyze {rare}")).await.unwrap().join("\n");
    assert!(analyzed.contains("Search: ") && analyzed.contains("candidates="), "{analyzed}");

    let words = "select id from docs where tsv @@ to_tsquery('english', 'fox') \
                 order by bm25_score(tsv, to_tsquery('english', 'fox')) desc, id limit 3";
    assert!(server.plan(words).await.contains("docs_tsv"));
    assert_eq!(server.run(words).await.unwrap(), ["10", "20", "30"]);

    let by_key = "select category from docs where id = 50";
    assert!(server.plan(by_key).await.contains("docs_pkey"));
    assert_eq!(server.run(by_key).await.unwrap(), ["rare"]);
    let several = "select id from docs where id in (3, 1, 2, 3) order by id";
    let plan = server.plan(several).await;
    assert!(plan.contains("Index Cond: (id = ANY"), "{plan}");
    assert_eq!(server.run(several).await.unwrap(), ["1", "2", "3"]);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hybrid_query_searches_twice_and_looks_its_rows_up() {
    let mut server = Server::start();
    server.run(TABLE).await.unwrap();
    let hybrid = "
        with semantic as (
            select id, row_number() over (order by embedding <-> '[100,1]') as rank
            from docs order by embedding <-> '[100,1]' limit 20),
        keyword as (
            select id, row_number() over (order by ts_rank_cd(tsv, query) desc) as rank
            from docs, plainto_tsquery('english', 'fox 100') query
            where tsv @@ query order by rank limit 20)
        select d.id, coalesce(1.0 / (60 + s.rank), 0.0) + coalesce(1.0 / (60 + k.rank), 0.0) as score
        from semantic s full outer join keyword k on s.id = k.id
        join docs d on d.id = coalesce(s.id, k.id)
        order by score desc, d.id limit 3";
    let plan = server.plan(hybrid).await;
    assert!(plan.contains("Index Scan using docs_embedding on docs"), "{plan}");
    assert!(plan.contains("Index Scan using docs_pkey on docs"), "{plan}");
    let found = server.run(hybrid).await.unwrap();
    assert_eq!(found[0].split('|').next(), Some("100"), "{found:?}\n{plan}");
    assert_eq!(found.len(), 3);
    assert!(plan.contains("docs_tsv"), "{plan}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_transaction_finds_its_own_rows() {
    let mut server = Server::start();
    server.run(TABLE).await.unwrap();
    let own = "begin;
        delete from docs where id = 700;
        update docs set embedding = '[700,1]' where id = 5;
        insert into docs (id, category, body, embedding) values (1501, 'new', 'zebra', '[700,1.1]');
        select id from docs order by embedding <-> '[700,1]' limit 3";
    assert_eq!(server.run(own).await.unwrap(), ["5", "1501", "699"]);
    let words = "select id from docs where tsv @@ to_tsquery('english', 'zebra')";
    assert_eq!(server.run(words).await.unwrap(), ["1501"]);
    let by_index = "select id from docs where category = 'new'";
    assert_eq!(server.run(by_index).await.unwrap(), ["1501"]);
    server.run("rollback").await.unwrap();
    assert_eq!(server.run(words).await.unwrap(), Vec::<String>::new());
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_many_rows_is_filled_in_slices_and_a_duplicate_leaves_nothing() {
    let mut server = Server::start();
    // Keys of about 400 bytes: more than one slice of them.
    server
        .run(
            "create table wide (id int, body text);
             insert into wide select i, lpad(i::text, 400, '0') from generate_series(1, 12000) i;
             create index wide_body on wide (body);",
        )
        .await
        .unwrap();
    let one = "select id from wide where body = lpad('11999', 400, '0')";
    assert!(server.plan(one).await.contains("wide_body"));
    assert_eq!(server.run(one).await.unwrap(), ["11999"]);

    server.run("insert into wide values (7, 'twice'), (8, 'twice')").await.unwrap();
    let error = server.run("create unique index wide_key on wide (body)").await.unwrap_err();
    assert_eq!(error.code.0, "23505");
    assert_eq!(error.message, "could not create unique index \"wide_key\"");
    assert_eq!(error.fields.detail.as_deref(), Some("Key (body)=(twice) is duplicated."));
    server.session.fail();
    server.session.end_implicit().await.unwrap();
    let names = "select count(*) from pg_class where relname = 'wide_key'";
    assert_eq!(server.run(names).await.unwrap(), ["0"]);

    server
        .run("delete from wide where id = 8; create unique index wide_key on wide (body)")
        .await
        .unwrap();
    let error = server.run("insert into wide values (9, 'twice')").await.unwrap_err();
    assert_eq!(error.code.0, "23505");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn create_index_returns_when_the_graph_is_built() {
    let mut server = Server::start();
    server.run(TABLE).await.unwrap();
    let ready = "select count(*) from docs";
    assert_eq!(server.run(ready).await.unwrap(), ["1500"]);
    let nearest = "select id from docs order by embedding <-> '[700,1]' limit 3";
    let analyzed = server.run(&format!("explain analyze {nearest}")).await.unwrap().join("\n");
    assert!(analyzed.contains("graph"), "{analyzed}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_statement_that_keeps_its_snapshot_too_long_is_cancelled() {
    let mut server = Server::start();
    server.engine.reconfigure(Defaults {
        snapshot_timeout: Duration::from_millis(20),
        ..Defaults::default()
    });
    for long in [
        "select count(*) from generate_series(1, 1000000000000)",
        "select count(*) from (select generate_series(1, 1000000000000)) s",
        "select count(*) from generate_series(1, 10000) a, generate_series(1, 10000000) b",
    ] {
        let error = server.run(long).await.unwrap_err();
        assert_eq!(error.code.0, "57014", "{long}: {}", error.message);
        assert_eq!(error.message, "canceling statement due to snapshot timeout");
    }
}
