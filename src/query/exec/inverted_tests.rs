//! Gin over jsonb and arrays: whatever has been written, an index answers as a scan does.

use std::{fmt::Write, sync::Arc};

use proptest::prelude::*;

use super::search_tests::Server;
use crate::storage::{
    CatalogChange, Store, StoreOptions,
    catalog::{Index, Object, Table},
    writer::Writer,
};

const TABLE: &str = "
    create table docs (id int primary key, kind int, data jsonb, tags text[], numbers int[]);
    create index docs_data on docs using gin (data);
    create index docs_paths on docs using gin (data jsonb_path_ops);
    create index docs_tags on docs using gin (tags, numbers);
    create index docs_inner on docs using gin ((data -> 'tags')) where kind = 1;";

/// Words of few kinds, so that queries find something.
fn scalar() -> impl Strategy<Value = String> {
    prop_oneof![
        (0..4i32).prop_map(|number| number.to_string()),
        Just("1.50".into()),
        Just("null".into()),
        Just("true".into()),
        "[abc]".prop_map(|text| format!("\"{text}\"")),
    ]
}

fn json() -> impl Strategy<Value = String> {
    scalar().prop_recursive(3, 12, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3)
                .prop_map(|elements| format!("[{}]", elements.join(", "))),
            prop::collection::vec(("a|b|c|tags", inner), 0..3).prop_map(|members| {
                let members = members.iter().map(|(key, value)| format!("\"{key}\": {value}"));
                format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
            }),
        ]
    })
}

fn tags() -> impl Strategy<Value = String> {
    prop::collection::vec("a|b|c|NULL", 0..4)
        .prop_map(|tags| format!("'{{{}}}'::text[]", tags.join(",")))
}

fn numbers() -> impl Strategy<Value = String> {
    prop::collection::vec(0..4i32, 0..3).prop_map(|numbers| {
        let numbers: Vec<_> = numbers.iter().map(ToString::to_string).collect();
        format!("'{{{}}}'::int[]", numbers.join(","))
    })
}

fn path() -> impl Strategy<Value = String> {
    let way = "(\\.a|\\.b|\\.tags|\\[\\*\\]|\\.\\*){0,3}";
    let equal = (way, scalar()).prop_map(|(way, value)| format!("{way} == {value}")).boxed();
    prop_oneof![
        (equal.clone(), equal.clone(), "&&|\\|\\|")
            .prop_map(|(one, two, by)| format!("data @@ '${one} {by} ${two}'")),
        (way, equal).prop_map(|(way, equal)| format!("data @? '${way} ? (@{equal})'")),
        way.prop_map(|way| format!("data @? '${way}'")),
    ]
}

fn condition() -> impl Strategy<Value = String> {
    let simple = prop_oneof![
        4 => json().prop_map(|json| format!("data @> '{json}'")),
        1 => json().prop_map(|json| format!("'{json}' <@ data")),
        2 => "[abc]|tags".prop_map(|key| format!("data ? '{key}'")),
        2 => (tags(), "[|&]").prop_map(|(keys, by)| format!("data ?{by} {keys}")),
        3 => path(),
        2 => (tags(), "@>|<@|&&|=").prop_map(|(tags, by)| format!("tags {by} {tags}")),
        2 => (numbers(), "@>|<@|&&|=").prop_map(|(numbers, by)| format!("numbers {by} {numbers}")),
        1 => (0..4i32).prop_map(|number| format!("{number} = any (numbers)")),
        1 => json().prop_map(|json| format!("kind = 1 and data -> 'tags' @> '{json}'")),
    ]
    .boxed();
    prop_oneof![
        4 => simple.clone(),
        1 => (simple.clone(), simple.clone()).prop_map(|(a, b)| format!("({a}) and ({b})")),
        1 => (simple.clone(), simple).prop_map(|(a, b)| format!("({a}) or ({b})")),
    ]
}

#[derive(Clone, Debug)]
enum Step {
    Insert(Vec<(String, String, String)>),
    Update(u32, String, String),
    Delete(u32),
    Truncate,
    Begin,
    Savepoint,
    RollbackTo,
    End(bool),
    Ask(String),
}

fn step() -> impl Strategy<Value = Step> {
    let data =
        || prop_oneof![9 => json().prop_map(|json| format!("'{json}'")), 1 => Just("null".into())];
    let list = || prop_oneof![9 => tags(), 1 => Just("null".into())];
    prop_oneof![
        4 => prop::collection::vec((data(), list(), numbers()), 1..6).prop_map(Step::Insert),
        3 => (0..6u32, data(), list()).prop_map(|(at, data, tags)| Step::Update(at, data, tags)),
        2 => (0..6u32).prop_map(Step::Delete),
        1 => Just(Step::Truncate),
        2 => Just(Step::Begin),
        1 => Just(Step::Savepoint),
        1 => Just(Step::RollbackTo),
        2 => any::<bool>().prop_map(Step::End),
        8 => condition().prop_map(Step::Ask),
    ]
}

/// A server with the table, and where its transaction stands.
struct History {
    server: Server,
    next: u32,
    open: bool,
    saved: bool,
}

impl History {
    async fn run(&mut self, step: Step) {
        let server = &mut self.server;
        match step {
            Step::Insert(rows) => {
                let mut sql = String::from("insert into docs values ");
                for (data, tags, numbers) in rows {
                    let id = self.next;
                    let _ = write!(sql, "({id}, {id} % 2, {data}, {tags}, {numbers}), ");
                    self.next += 1;
                }
                server.run(sql.trim_end_matches(", ")).await.unwrap();
            }
            Step::Update(at, data, tags) => {
                let sql =
                    format!("update docs set data = {data}, tags = {tags} where id % 6 = {at}");
                server.run(&sql).await.unwrap();
            }
            Step::Delete(at) => {
                server.run(&format!("delete from docs where id % 6 = {at}")).await.unwrap();
            }
            Step::Truncate => drop(server.run("truncate docs").await.unwrap()),
            Step::Begin if !self.open => {
                server.run("begin").await.unwrap();
                self.open = true;
            }
            Step::Savepoint if self.open => {
                server.run("savepoint s").await.unwrap();
                self.saved = true;
            }
            Step::RollbackTo if self.saved => {
                server.run("rollback to savepoint s").await.unwrap();
            }
            Step::End(commits) if self.open => {
                server.run(if commits { "commit" } else { "rollback" }).await.unwrap();
                (self.open, self.saved) = (false, false);
            }
            Step::Ask(condition) => self.ask(&condition).await,
            Step::Begin | Step::Savepoint | Step::RollbackTo | Step::End(_) => {}
        }
    }

    async fn ask(&mut self, condition: &str) {
        let sql = format!("select id from docs where {condition} order by id");
        let server = &mut self.server;
        server.run("set enable_bitmapscan = on; set enable_seqscan = off").await.unwrap();
        let found = server.run(&sql).await.unwrap();
        server.run("set enable_bitmapscan = off").await.unwrap();
        assert_eq!(found, server.run(&sql).await.unwrap(), "{sql}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 32, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn an_index_answers_as_a_scan_does_whatever_was_written(
        steps in prop::collection::vec(step(), 1..80)
    ) {
        let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
        runtime.block_on(async {
            let mut server = Server::start();
            server.run(TABLE).await.unwrap();
            let mut history = History { server, next: 0, open: false, saved: false };
            for step in steps {
                history.run(step).await;
            }
        });
    }
}

const MANY: &str = "
    create table notes (id int primary key, kind text, meta jsonb, tags text[]);
    insert into notes select i, 'k' || i % 3,
        jsonb_build_object('tag', case when i % 100 = 0 then 'rare' else 'common' end, 'n', i),
        array['t' || i % 200, 'all']
        from generate_series(1, 2000) i;
    create index notes_meta on notes using gin (meta);
    create index notes_tags on notes using gin (tags);";

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn plans_name_the_index_and_its_condition() {
    let mut server = Server::start();
    server.run(MANY).await.unwrap();
    let rare = "select id from notes where meta @> '{\"tag\": \"rare\"}' and kind = 'k1'";
    let expected = "\
Bitmap Heap Scan on notes
  Recheck Cond: (meta @> '{\"tag\": \"rare\"}'::jsonb)
  Filter: (kind = 'k1'::text)
  ->  Bitmap Index Scan on notes_meta
        Index Cond: (meta @> '{\"tag\": \"rare\"}'::jsonb)";
    assert_eq!(server.plan(rare).await, expected);
    assert_eq!(server.run(rare).await.unwrap().len(), 7);
    let analyzed = server.run(&format!("explain analyze {rare}")).await.unwrap().join("\n");
    assert!(analyzed.contains("Search: entries (candidates=20)"), "{analyzed}");
    // What most rows have is read from the table, however it is asked for.
    let common = "explain analyze select id from notes where meta @> '{\"tag\": \"common\"}'";
    let analyzed = server.run(common).await.unwrap().join("\n");
    assert!(analyzed.contains("Search: scan") && analyzed.contains("rows=1980"), "{analyzed}");
    let any = "select count(*) from notes where tags && '{t7,t8}' or 't9' = any (tags)";
    assert!(server.plan(any).await.contains("Bitmap Index Scan on notes_tags"));
    assert_eq!(server.run(any).await.unwrap(), ["30"]);
    let tagged = "select id from notes where meta @> '{\"tag\": \"rare\"}' and tags @> '{t100}'";
    let expected = "\
Bitmap Heap Scan on notes
  Recheck Cond: ((meta @> '{\"tag\": \"rare\"}'::jsonb) AND (tags @> '{t100}'::text[]))
  ->  BitmapAnd
        ->  Bitmap Index Scan on notes_meta
              Index Cond: (meta @> '{\"tag\": \"rare\"}'::jsonb)
        ->  Bitmap Index Scan on notes_tags
              Index Cond: (tags @> '{t100}'::text[])";
    assert_eq!(server.plan(tagged).await, expected);
    assert_eq!(server.run(tagged).await.unwrap().len(), 10);
    let either = tagged.replace(" and ", " or ");
    assert!(server.plan(&either).await.contains("->  BitmapOr"));
    let analyzed = server.run(&format!("explain analyze {either}")).await.unwrap().join("\n");
    assert!(analyzed.contains("Search: entries (candidates=20)"), "{analyzed}");
    // A condition that any row may meet is none for an index.
    let all = "select id from notes where meta @> '{}'";
    assert!(server.plan(all).await.contains("Seq Scan"));
    // One row by its key beats it.
    let by_key = "select id from notes where id = 100 and meta @> '{\"tag\": \"rare\"}'";
    assert!(server.plan(by_key).await.contains("notes_pkey"));
    let first = "select id from notes where meta @> '{\"tag\": \"rare\"}' order by id limit 2";
    let expected = "\
Limit
  ->  Sort
        Sort Key: id
        ->  Index Scan using notes_pkey on notes
              Filter: (meta @> '{\"tag\": \"rare\"}'::jsonb)
              ->  Bitmap Index Scan on notes_meta
                    Index Cond: (meta @> '{\"tag\": \"rare\"}'::jsonb)";
    assert_eq!(server.plan(first).await, expected);
    assert_eq!(server.run(first).await.unwrap(), ["100", "200"]);
    // Few rows are read and sorted; where most will do, the first ones are found by a walk.
    for (tag, way) in [("rare", "entries (candidates=20)"), ("common", "walk")] {
        let first = first.replace("rare", tag);
        let analyzed = server.run(&format!("explain analyze {first}")).await.unwrap().join("\n");
        assert!(analyzed.contains(&format!("Search: {way}")), "{analyzed}");
    }
    server.run("create index notes_kind on notes (kind)").await.unwrap();
    let both = format!("explain analyze {rare}");
    let analyzed = server.run(&both).await.unwrap().join("\n");
    assert!(analyzed.contains("Index Scan using notes_kind"), "{analyzed}");
    assert!(analyzed.contains("Search: entries (candidates=7)"), "{analyzed}");
    server.run("set enable_indexscan = off").await.unwrap();
    assert!(server.plan(first).await.contains("notes_meta"));
    server.run("set enable_bitmapscan = off").await.unwrap();
    assert!(server.plan(first).await.contains("Seq Scan"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_older_snapshot_and_an_index_of_ones_own_miss_no_row() {
    let mut server = Server::start();
    server.run(MANY).await.unwrap();
    let rare = "select count(*) from notes where meta @> '{\"tag\": \"rare\"}'";
    server.run("begin isolation level repeatable read").await.unwrap();
    assert_eq!(server.run(rare).await.unwrap(), ["20"]);
    let mut other = server.other();
    other.run("update notes set meta = '{}' where id <= 1000").await.unwrap();
    assert_eq!(other.run(rare).await.unwrap(), ["10"]);
    assert_eq!(server.run(rare).await.unwrap(), ["20"]);
    server.run("commit").await.unwrap();
    assert_eq!(server.run(rare).await.unwrap(), ["10"]);

    server
        .run("begin; drop index notes_meta; create index mine on notes using gin (meta)")
        .await
        .unwrap();
    server.run("update notes set meta = '{\"tag\": \"rare\"}' where id = 1").await.unwrap();
    server.run("update notes set meta = '{}' where id = 2000").await.unwrap();
    assert!(server.plan(rare).await.contains("mine"));
    assert_eq!(server.run(rare).await.unwrap(), ["10"]);
    server.run("create index by_kind on notes (kind)").await.unwrap();
    assert_eq!(server.run("select count(*) from notes where kind = 'k1'").await.unwrap(), ["667"]);
    server.run("commit").await.unwrap();
    assert_eq!(server.run(rare).await.unwrap(), ["10"]);
    assert_eq!(server.run("select count(*) from notes where kind = 'k1'").await.unwrap(), ["667"]);
}

/// A folder of format 1 has such indexes as definitions only.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_index_of_an_older_format_is_filled_at_the_start() {
    let folder = Arc::new(tempfile::tempdir().unwrap());
    {
        let mut server = Server::open(folder.clone());
        server.run(MANY).await.unwrap();
        server.run("drop index notes_meta; drop index notes_tags; checkpoint").await.unwrap();
        server.stop();
    }
    {
        let store = Store::open(&folder.path().join("store"), StoreOptions::default()).unwrap();
        let mut writer = Writer::begin(&store).unwrap();
        let catalog = writer.catalog().clone();
        let table = catalog.tables().find(|table| table.name == "notes").unwrap();
        let key = catalog.indexes_of(table).next().unwrap();
        let oid = store.allocate_oid();
        let mut index = Index::clone(key);
        index.oid = oid;
        index.name = "notes_meta".into();
        index.method = crate::storage::catalog::IndexMethod::Gin;
        index.keys[0].target = crate::storage::catalog::KeyTarget::Column(2);
        index.keys[0].ty = table.columns[2].ty;
        (index.unique, index.constraint) = (false, None);
        let mut changed = Table::clone(table);
        changed.indexes.push(oid);
        let changes = [
            CatalogChange::Put(Object::Table(Arc::new(changed))),
            CatalogChange::Put(Object::Index(Arc::new(index))),
        ];
        writer.next_csn();
        writer.change_catalog(&changes).unwrap();
        writer.set_format(1).unwrap();
        assert!(writer.commit().is_ok());
    }
    let mut server = Server::open(folder);
    let rare = "select count(*) from notes where meta @> '{\"tag\": \"rare\"}'";
    assert!(server.plan(rare).await.contains("Seq Scan"));
    assert_eq!(server.engine.fill_indexes().await.unwrap(), 1);
    assert!(server.plan(rare).await.contains("Bitmap Index Scan on notes_meta"));
    assert_eq!(server.run(rare).await.unwrap(), ["20"]);
    assert_eq!(server.engine.fill_indexes().await.unwrap(), 0);
}
