//! The catalogue: schemas, tables, indexes, sequences, views, extensions, roles.
//!
//! Each object is one entry of the `catalog` database, keyed by its oid. A snapshot holds all of
//! them in memory as one immutable [`Catalog`]; a transaction that changes definitions works on a
//! copy and hands the Committer its [`CatalogChange`]s.
//!
//! Expressions (defaults, checks, generated columns, index keys, view bodies) are kept as SQL text
//! and bound where they are used, so that no plan format is ever stored.

mod foreign_key;

use std::{
    collections::{BTreeMap, BTreeSet},
    sync::Arc,
};

pub use foreign_key::{ForeignKey, ReferenceAction};

use serde::{Deserialize, Serialize};

use crate::{
    base::{Oid, TableId},
    types::{PgType, oid},
};

/// Oids below this are built in; PostgreSQL's FirstNormalObjectId, leaving room for pgvector's.
pub const FIRST_USER_OID: u32 = 20_000;
pub const PG_CATALOG: Oid = Oid(11);
pub const PUBLIC: Oid = Oid(2200);
pub const INFORMATION_SCHEMA: Oid = Oid(13_000);
/// The bootstrap superuser, `postgres`.
pub const SUPERUSER: Oid = Oid(10);
/// The database every store has, `postgres`.
pub const FIRST_DATABASE: Oid = Oid(5);

/// The column of a comment that is on a constraint: a key shares its oid with its index.
pub const CONSTRAINT_COMMENT: i32 = -1;

/// A database: schemas that no other database sees. Roles are shared by all.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Database {
    pub oid: Oid,
    pub name: String,
    pub owner: Oid,
    /// ALTER DATABASE ... SET: defaults of its sessions' settings.
    pub settings: BTreeMap<String, String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Schema {
    pub oid: Oid,
    pub name: String,
    pub owner: Oid,
    #[serde(default = "first_database")]
    pub database: Oid,
    /// The schema of one session's temporary relations, dropped when the session ends.
    #[serde(default)]
    pub temporary: bool,
}

fn first_database() -> Oid {
    FIRST_DATABASE
}

impl Schema {
    /// Seen from every database.
    pub fn is_system(&self) -> bool {
        matches!(self.oid, PG_CATALOG | INFORMATION_SCHEMA)
    }
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Table {
    pub oid: TableId,
    pub schema: Oid,
    pub name: String,
    pub owner: Oid,
    /// Position is attnum - 1 and never changes; dropped columns stay as tombstones.
    pub columns: Vec<Column>,
    pub checks: Vec<Check>,
    /// In order of creation.
    pub indexes: Vec<Oid>,
    /// `true` for CREATE TEMP TABLE: dropped when its session ends.
    pub temporary: bool,
    #[serde(default)]
    pub foreign_keys: Vec<ForeignKey>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Column {
    pub name: String,
    pub ty: PgType,
    pub not_null: bool,
    /// DEFAULT as SQL text.
    pub default: Option<String>,
    /// GENERATED ALWAYS AS (...) STORED as SQL text.
    pub generated: Option<String>,
    pub identity: Option<Identity>,
    /// The sequence that belongs to a serial or identity column.
    pub sequence: Option<Oid>,
    pub dropped: bool,
    /// Stored bytes that rows written before ADD COLUMN hold for it.
    pub missing: Option<Vec<u8>>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    Always,
    ByDefault,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Check {
    pub oid: Oid,
    pub name: String,
    pub expression: String,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub enum IndexMethod {
    Btree,
    Hnsw,
    IvfFlat,
    Gin,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Index {
    pub oid: Oid,
    pub table: TableId,
    pub name: String,
    pub method: IndexMethod,
    pub keys: Vec<IndexKey>,
    pub unique: bool,
    /// This index stands for PRIMARY KEY or UNIQUE in the table's definition.
    pub constraint: Option<KeyConstraint>,
    pub nulls_not_distinct: bool,
    /// WHERE of a partial index, as SQL text.
    pub predicate: Option<String>,
    /// WITH (...), as given: `m`, `ef_construction`.
    pub options: BTreeMap<String, String>,
    /// INCLUDE columns, by position.
    pub include: Vec<usize>,
    /// The store is of a format in which such an index had no entries; they are made at the start,
    /// and until then it serves nothing.
    #[serde(default)]
    pub unfilled: bool,
}

impl Index {
    /// Gin over jsonb and arrays: several entries a row, see `types::inverted`. Over tsvector it is
    /// derived, as vector indexes are.
    pub fn is_inverted(&self) -> bool {
        self.method == IndexMethod::Gin && self.keys.iter().all(|key| key.ty.oid != oid::TSVECTOR)
    }

    /// Whether its entries are in the store, written in the commit that writes their rows.
    pub fn has_entries(&self) -> bool {
        self.method == IndexMethod::Btree || self.is_inverted()
    }

    /// Whether a row may be one that the index cannot take: its vectors are computed. The row is
    /// refused then, although the index itself is built later.
    pub fn may_refuse(&self) -> bool {
        let computed = |key: &IndexKey| matches!(key.target, KeyTarget::Expression(_));
        matches!(self.method, IndexMethod::Hnsw | IndexMethod::IvfFlat)
            && (self.predicate.is_some() || self.keys.iter().any(computed))
    }

    /// Whether it looks at rows as they are written.
    pub fn sees_writes(&self) -> bool {
        self.has_entries() || self.may_refuse()
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum KeyConstraint {
    PrimaryKey,
    Unique,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct IndexKey {
    pub target: KeyTarget,
    /// The type of the key's value.
    pub ty: PgType,
    /// Operator class, e.g. `vector_cosine_ops`; empty for the type's default.
    pub opclass: String,
    pub descending: bool,
    pub nulls_first: bool,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum KeyTarget {
    /// Position in [`Table::columns`].
    Column(usize),
    /// SQL text over the table's columns.
    Expression(String),
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Sequence {
    pub oid: Oid,
    pub schema: Oid,
    pub name: String,
    pub owner: Oid,
    /// int2, int4 or int8
    pub ty: Oid,
    pub start: i64,
    pub increment: i64,
    pub min: i64,
    pub max: i64,
    pub cache: i64,
    pub cycle: bool,
    /// The table and column position it dies with.
    pub owned_by: Option<(TableId, usize)>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct View {
    pub oid: Oid,
    pub schema: Oid,
    pub name: String,
    pub owner: Oid,
    pub query: String,
    pub columns: Vec<(String, PgType)>,
    /// The relations it reads, which cannot be dropped before it.
    pub reads: Vec<Oid>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Role {
    pub oid: Oid,
    pub name: String,
    pub superuser: bool,
    pub login: bool,
    pub create_db: bool,
    pub create_role: bool,
    pub connection_limit: i32,
    /// PostgreSQL's form: `SCRAM-SHA-256$<iterations>:<salt>$<stored key>:<server key>`.
    pub scram: Option<String>,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Extension {
    pub oid: Oid,
    pub name: String,
    pub schema: Oid,
    pub version: String,
}

#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum Object {
    Database(Arc<Database>),
    Schema(Arc<Schema>),
    Table(Arc<Table>),
    Index(Arc<Index>),
    Sequence(Arc<Sequence>),
    View(Arc<View>),
    Role(Arc<Role>),
    Extension(Arc<Extension>),
    /// `COMMENT ON`: (object, column position + 1, or 0, or [`CONSTRAINT_COMMENT`]) -> text
    Comment {
        oid: Oid,
        object: Oid,
        column: i32,
        text: String,
    },
}

impl Object {
    pub fn oid(&self) -> Oid {
        match self {
            Object::Database(object) => object.oid,
            Object::Schema(object) => object.oid,
            Object::Table(object) => object.oid,
            Object::Index(object) => object.oid,
            Object::Sequence(object) => object.oid,
            Object::View(object) => object.oid,
            Object::Role(object) => object.oid,
            Object::Extension(object) => object.oid,
            Object::Comment { oid, .. } => *oid,
        }
    }

    /// The schema and name of what shares the relation namespace.
    pub fn relation_name(&self, catalog: &Catalog) -> Option<(Oid, String)> {
        match self {
            Object::Table(object) => Some((object.schema, object.name.clone())),
            Object::Sequence(object) => Some((object.schema, object.name.clone())),
            Object::View(object) => Some((object.schema, object.name.clone())),
            Object::Index(object) => {
                catalog.table(object.table).map(|table| (table.schema, object.name.clone()))
            }
            _ => None,
        }
    }
}

/// One change of the catalogue, applied in order inside the transaction's commit.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub enum CatalogChange {
    Put(Object),
    Drop(Oid),
}

/// All definitions at one csn.
#[derive(Clone, Debug, Default)]
pub struct Catalog {
    /// Changes with every commit that changes a definition.
    pub version: u64,
    objects: BTreeMap<Oid, Object>,
    relations: BTreeMap<(Oid, String), Oid>,
    /// The target of each foreign key and the table that refers to it.
    references: BTreeSet<(TableId, TableId)>,
}

impl Catalog {
    /// What every new store starts with.
    pub fn bootstrap() -> Self {
        let mut catalog = Catalog::default();
        for (oid, name) in [
            (PG_CATALOG, "pg_catalog"),
            (PUBLIC, "public"),
            (INFORMATION_SCHEMA, "information_schema"),
        ] {
            catalog.put(Object::Schema(Arc::new(Schema {
                oid,
                name: name.into(),
                owner: SUPERUSER,
                database: FIRST_DATABASE,
                temporary: false,
            })));
        }
        catalog.put(Object::Role(Arc::new(Role {
            oid: SUPERUSER,
            name: "postgres".into(),
            superuser: true,
            login: true,
            create_db: true,
            create_role: true,
            connection_limit: -1,
            scram: None,
        })));
        catalog
    }

    pub fn apply(&mut self, change: &CatalogChange) {
        match change {
            CatalogChange::Put(object) => self.put(object.clone()),
            CatalogChange::Drop(oid) => self.remove(*oid),
        }
    }

    pub fn put(&mut self, object: Object) {
        self.remove(object.oid());
        if let Some(name) = object.relation_name(self) {
            self.relations.insert(name, object.oid());
        }
        if let Object::Table(table) = &object {
            self.references.extend(table.foreign_keys.iter().map(|key| (key.target, table.oid)));
        }
        self.objects.insert(object.oid(), object);
    }

    pub fn remove(&mut self, oid: Oid) {
        let Some(object) = self.objects.remove(&oid) else { return };
        self.relations.retain(|_, relation| *relation != oid);
        if let Object::Table(table) = object {
            for key in &table.foreign_keys {
                self.references.remove(&(key.target, table.oid));
            }
        }
    }

    pub fn objects(&self) -> impl Iterator<Item = &Object> {
        self.objects.values()
    }

    pub fn object(&self, oid: Oid) -> Option<&Object> {
        self.objects.get(&oid)
    }

    /// The table, index, sequence or view of that name.
    pub fn relation(&self, schema: Oid, name: &str) -> Option<&Object> {
        self.relations.get(&(schema, name.to_owned())).and_then(|oid| self.objects.get(oid))
    }

    pub fn table(&self, oid: TableId) -> Option<&Arc<Table>> {
        match self.objects.get(&oid) {
            Some(Object::Table(table)) => Some(table),
            _ => None,
        }
    }

    /// The foreign keys that refer to a table, with the tables they are of.
    pub fn referring(&self, target: TableId) -> impl Iterator<Item = (&Arc<Table>, &ForeignKey)> {
        let range = (target, Oid(0))..=(target, Oid(u32::MAX));
        let tables = self.references.range(range).filter_map(|(_, child)| self.table(*child));
        tables.flat_map(move |table| {
            let keys = table.foreign_keys.iter().filter(move |key| key.target == target);
            keys.map(move |key| (table, key))
        })
    }

    pub fn index(&self, oid: Oid) -> Option<&Arc<Index>> {
        match self.objects.get(&oid) {
            Some(Object::Index(index)) => Some(index),
            _ => None,
        }
    }

    pub fn sequence(&self, oid: Oid) -> Option<&Arc<Sequence>> {
        match self.objects.get(&oid) {
            Some(Object::Sequence(sequence)) => Some(sequence),
            _ => None,
        }
    }

    pub fn indexes_of(&self, table: &Table) -> impl Iterator<Item = &Arc<Index>> {
        table.indexes.iter().filter_map(|oid| self.index(*oid))
    }

    pub fn tables(&self) -> impl Iterator<Item = &Arc<Table>> {
        self.objects.values().filter_map(|object| match object {
            Object::Table(table) => Some(table),
            _ => None,
        })
    }

    pub fn schema_named(&self, name: &str) -> Option<&Arc<Schema>> {
        self.objects.values().find_map(|object| match object {
            Object::Schema(schema) if schema.name == name => Some(schema),
            _ => None,
        })
    }

    /// What goes when a table goes: comments, its indexes and owned sequences, the table last.
    pub fn drops_of_table(&self, table: &Table) -> Vec<CatalogChange> {
        let owned = self.objects.values().filter_map(|object| match object {
            Object::Sequence(sequence) => sequence
                .owned_by
                .is_some_and(|(owner, _)| owner == table.oid)
                .then_some(sequence.oid),
            _ => None,
        });
        let parts: Vec<Oid> = table.indexes.iter().copied().chain(owned).collect();
        let constraints = table.checks.iter().map(|check| check.oid);
        let constraints = constraints.chain(table.foreign_keys.iter().map(|key| key.oid));
        let commented: Vec<Oid> =
            parts.iter().copied().chain(constraints).chain([table.oid]).collect();
        let mut changes = self.drops_of_comments(&commented);
        changes.extend(parts.into_iter().chain([table.oid]).map(CatalogChange::Drop));
        changes
    }

    /// The comments on some objects and their columns, which go with them.
    pub fn drops_of_comments(&self, of: &[Oid]) -> Vec<CatalogChange> {
        let comments = self.objects.values().filter_map(|object| match object {
            Object::Comment { oid, object, .. } if of.contains(object) => Some(*oid),
            _ => None,
        });
        comments.map(CatalogChange::Drop).collect()
    }

    pub fn schemas(&self) -> impl Iterator<Item = &Arc<Schema>> {
        self.objects.values().filter_map(|object| match object {
            Object::Schema(schema) => Some(schema),
            _ => None,
        })
    }

    /// The schema that `name` means on a search path: `pg_temp` is the session's own, which stands on it.
    pub fn schema_named_on(&self, path: &[Oid], name: &str) -> Option<&Arc<Schema>> {
        match name {
            "pg_temp" => path.iter().find_map(|oid| self.schema(*oid).filter(|of| of.temporary)),
            name => self.schema_named(name),
        }
    }

    pub fn schema(&self, oid: Oid) -> Option<&Arc<Schema>> {
        match self.objects.get(&oid) {
            Some(Object::Schema(schema)) => Some(schema),
            _ => None,
        }
    }

    /// Every database; the first one is there even if nothing was ever said of it.
    pub fn databases(&self) -> Vec<Arc<Database>> {
        let stored = self.objects.values().filter_map(|object| match object {
            Object::Database(database) => Some(database.clone()),
            _ => None,
        });
        let mut all: Vec<_> = stored.collect();
        if all.first().is_none_or(|first| first.oid != FIRST_DATABASE) {
            let first = Database {
                oid: FIRST_DATABASE,
                name: "postgres".into(),
                owner: SUPERUSER,
                settings: BTreeMap::new(),
            };
            all.insert(0, first.into());
        }
        all
    }

    pub fn database_named(&self, name: &str) -> Option<Arc<Database>> {
        self.databases().into_iter().find(|database| database.name == name)
    }

    /// The database an object belongs to; `None` for what all share.
    pub fn database_of(&self, object: &Object) -> Option<Oid> {
        let schema = match object {
            Object::Database(_) | Object::Role(_) => return None,
            Object::Schema(schema) => schema.oid,
            Object::Table(table) => table.schema,
            Object::Index(index) => self.table(index.table)?.schema,
            Object::Sequence(sequence) => sequence.schema,
            Object::View(view) => view.schema,
            Object::Extension(extension) => extension.schema,
            Object::Comment { object, .. } => {
                return self.object(*object).and_then(|object| self.database_of(object));
            }
        };
        self.schema(schema).filter(|schema| !schema.is_system()).map(|schema| schema.database)
    }

    /// The definitions that a session of `database` sees, under the same version.
    pub fn of_database(&self, database: Oid) -> Catalog {
        let mut seen = Catalog { version: self.version, ..Catalog::default() };
        for object in self.objects.values() {
            if self.database_of(object).is_none_or(|of| of == database) {
                seen.objects.insert(object.oid(), object.clone());
            }
        }
        seen.references = self.references.clone();
        let inside = |oid: &Oid| seen.objects.contains_key(oid);
        seen.relations = self
            .relations
            .iter()
            .filter(|(_, oid)| inside(oid))
            .map(|(name, oid)| (name.clone(), *oid))
            .collect();
        seen
    }

    /// Whether there is more than one database.
    pub fn is_divided(&self) -> bool {
        self.objects.values().any(
            |object| matches!(object, Object::Database(database) if database.oid != FIRST_DATABASE),
        )
    }

    /// What goes when `schema` goes with all that is in it, the schema last.
    pub fn drops_of_schema(&self, schema: Oid) -> Vec<CatalogChange> {
        let inside = |object: &Object| {
            object.relation_name(self).is_some_and(|(of, _)| of == schema)
                || matches!(object, Object::Extension(extension) if extension.schema == schema)
        };
        let oids: Vec<Oid> =
            self.objects.values().filter(|object| inside(object)).map(Object::oid).collect();
        let mut changes = self.drops_of_comments(&oids);
        changes.extend(self.drops_of_comments(&[schema]));
        // Indexes are younger than their tables, and go before them.
        changes.extend(oids.into_iter().rev().chain([schema]).map(CatalogChange::Drop));
        changes
    }

    pub fn role_named(&self, name: &str) -> Option<&Arc<Role>> {
        self.objects.values().find_map(|object| match object {
            Object::Role(role) if role.name == name => Some(role),
            _ => None,
        })
    }

    pub fn extension_named(&self, name: &str) -> Option<&Arc<Extension>> {
        self.objects.values().find_map(|object| match object {
            Object::Extension(extension) if extension.name == name => Some(extension),
            _ => None,
        })
    }
}
