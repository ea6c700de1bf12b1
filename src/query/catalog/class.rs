//! `pg_class`, `pg_index` and `pg_namespace`.

use super::{
    fixed,
    owner::DATABASE_OWNER,
    relation::{RelationKind, RowsFn, SystemRelation, system_relations},
    row::{NONE, NULL, array, int2vector, oidvector, row},
    statistic::live_rows,
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{Index, IndexMethod, KeyConstraint, KeyTarget, Object, SUPERUSER, Table},
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] =
    &[("pg_class", classes), ("pg_index", indexes), ("pg_namespace", namespaces)];

/// PostgreSQL's BLCKSZ: `relpages` counts in such pages.
const PAGE_BYTES: u64 = 8_192;
const HEAP: Oid = Oid(2);

/// The columns of `pg_class` in which relations differ.
struct Class<'a> {
    oid: Oid,
    name: &'a str,
    schema: Oid,
    owner: Oid,
    method: Oid,
    bytes: u64,
    /// -1: never counted
    rows: f32,
    kind: char,
    columns: usize,
    checks: usize,
    has_index: bool,
    has_rules: bool,
    /// PostgreSQL's foreign keys are triggers; psql looks for them only then.
    has_triggers: bool,
    temporary: bool,
    options: Datum,
}

impl Class<'_> {
    fn row(self) -> Vec<Datum> {
        let stored = matches!(self.kind, 'r' | 'i' | 'S');
        let is_table = self.kind == 'r';
        row![
            self.oid,
            self.name,
            self.schema,
            NONE,
            NONE,
            self.owner,
            self.method,
            if stored { self.oid } else { NONE },
            NONE,
            self.bytes.div_ceil(PAGE_BYTES) as i32,
            self.rows,
            0,
            0,
            NONE,
            self.has_index,
            false,
            if self.temporary { 't' } else { 'p' },
            self.kind,
            self.columns as i16,
            self.checks as i16,
            self.has_rules,
            self.has_triggers,
            false,
            false,
            false,
            true,
            if is_table { 'd' } else { 'n' },
            false,
            NONE,
            Oid(if is_table { 3 } else { 0 }),
            Oid(if is_table { 1 } else { 0 }),
            NULL,
            self.options,
            NULL,
        ]
    }
}

fn classes(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let live = live_rows(env);
    let system = system_relations().iter().map(|relation| system_class(relation).row());
    let stored = env.catalog.objects().filter_map(|object| {
        let class = match object {
            Object::Table(table) => Class {
                oid: table.oid,
                name: &table.name,
                schema: table.schema,
                owner: table.owner,
                method: HEAP,
                bytes: env.services.relation_bytes(table.oid),
                rows: live.get(&table.oid).map_or(-1.0, |rows| *rows as f32),
                kind: 'r',
                columns: table.columns.len(),
                checks: table.checks.len(),
                has_index: !table.indexes.is_empty(),
                has_rules: false,
                has_triggers: !table.foreign_keys.is_empty()
                    || env.catalog.referring(table.oid).next().is_some(),
                temporary: table.temporary,
                options: NULL,
            },
            Object::Index(index) => {
                let table = env.catalog.table(index.table)?;
                Class {
                    oid: index.oid,
                    name: &index.name,
                    schema: table.schema,
                    owner: table.owner,
                    method: fixed::method_oid(index.method),
                    bytes: env.services.relation_bytes(index.oid),
                    rows: live.get(&table.oid).map_or(-1.0, |rows| *rows as f32),
                    kind: 'i',
                    columns: index.keys.len() + index.include.len(),
                    checks: 0,
                    has_index: false,
                    has_rules: false,
                    has_triggers: false,
                    temporary: table.temporary,
                    options: options(index),
                }
            }
            Object::Sequence(sequence) => Class {
                oid: sequence.oid,
                name: &sequence.name,
                schema: sequence.schema,
                owner: sequence.owner,
                method: NONE,
                bytes: PAGE_BYTES,
                rows: 1.0,
                kind: 'S',
                columns: 3,
                checks: 0,
                has_index: false,
                has_rules: false,
                has_triggers: false,
                temporary: false,
                options: NULL,
            },
            Object::View(view) => Class {
                oid: view.oid,
                name: &view.name,
                schema: view.schema,
                owner: view.owner,
                method: NONE,
                bytes: 0,
                rows: -1.0,
                kind: 'v',
                columns: view.columns.len(),
                checks: 0,
                has_index: false,
                has_rules: true,
                has_triggers: false,
                temporary: false,
                options: NULL,
            },
            _ => return None,
        };
        Some(class.row())
    });
    Ok(system.chain(stored).collect())
}

fn system_class(relation: &SystemRelation) -> Class<'_> {
    let is_table = relation.kind == RelationKind::Table;
    Class {
        oid: relation.oid,
        name: relation.name,
        schema: relation.schema,
        owner: SUPERUSER,
        method: if is_table { HEAP } else { NONE },
        bytes: 0,
        rows: -1.0,
        kind: if is_table { 'r' } else { 'v' },
        columns: relation.columns.len(),
        checks: 0,
        has_index: false,
        has_triggers: false,
        has_rules: !is_table,
        temporary: false,
        options: NULL,
    }
}

/// `reloptions`: `{m=16,ef_construction=64}`, NULL without any.
fn options(index: &Index) -> Datum {
    if index.options.is_empty() {
        return NULL;
    }
    array(oid::TEXT, index.options.iter().map(|(name, value)| format!("{name}={value}")))
}

fn indexes(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        Object::Index(index) => env.catalog.table(index.table).map(|table| index_row(index, table)),
        _ => None,
    });
    Ok(rows.collect())
}

fn index_row(index: &Index, table: &Table) -> Vec<Datum> {
    let attnum = |target: &KeyTarget| match target {
        KeyTarget::Column(position) => *position as i16 + 1,
        KeyTarget::Expression(_) => 0,
    };
    let keys = index.keys.iter().map(|key| attnum(&key.target));
    let included = index.include.iter().map(|position| *position as i16 + 1);
    let collations = index.keys.iter().map(|key| collation(key.ty.oid));
    let included_collations = index.include.iter().map(|position| {
        table.columns.get(*position).map_or(NONE, |column| collation(column.ty.oid))
    });
    let classes = index
        .keys
        .iter()
        .map(|key| fixed::opclass(index.method, &key.opclass, key.ty.oid).unwrap_or(NONE));
    let options = index.keys.iter().map(|key| match index.method {
        IndexMethod::Btree => i16::from(key.descending) | i16::from(key.nulls_first) << 1,
        _ => 0,
    });
    let expressions: Vec<&str> = index
        .keys
        .iter()
        .filter_map(|key| match &key.target {
            KeyTarget::Expression(text) => Some(text.as_str()),
            KeyTarget::Column(_) => None,
        })
        .collect();
    row![
        index.oid,
        table.oid,
        (index.keys.len() + index.include.len()) as i16,
        index.keys.len() as i16,
        index.unique,
        index.nulls_not_distinct,
        index.constraint == Some(KeyConstraint::PrimaryKey),
        false,
        true,
        false,
        true,
        false,
        true,
        true,
        false,
        int2vector(keys.chain(included)),
        oidvector(collations.chain(included_collations)),
        oidvector(classes),
        int2vector(options),
        (!expressions.is_empty()).then(|| expressions.join(", ")),
        index.predicate.as_ref(),
    ]
}

fn collation(type_oid: Oid) -> Oid {
    fixed::storage(type_oid).map_or(NONE, |storage| storage.collation)
}

fn namespaces(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        // As initdb leaves it: whoever owns the database owns `public`, and PUBLIC may use it.
        Object::Schema(schema) if schema.name == "public" => {
            let items = ["UC", "U"].into_iter().zip([DATABASE_OWNER.1, ""]);
            let items = items.map(|(letters, who)| format!("{who}={letters}/{}", DATABASE_OWNER.1));
            Some(row![schema.oid, &schema.name, DATABASE_OWNER.0, array(oid::ACLITEM, items)])
        }
        Object::Schema(schema) => Some(row![schema.oid, &schema.name, schema.owner, NULL]),
        _ => None,
    });
    Ok(rows.collect())
}
