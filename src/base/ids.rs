//! Ids are newtypes: a row id is never mistaken for a commit number.

use std::fmt;

use serde::{Deserialize, Serialize};

macro_rules! id {
    ($(#[$doc:meta])* $name:ident($inner:ty)) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(f)
            }
        }
    };
}

id! {
    /// PostgreSQL's object identifier: types, relations, functions, schemas, roles.
    Oid(u32)
}
id! {
    /// A row's identity within the whole store; it survives updates.
    RowId(u64)
}
id! {
    /// Commit sequence number: a snapshot sees exactly the commits up to its own.
    Csn(u64)
}

/// A table is named by its `pg_class` oid.
pub type TableId = Oid;

/// A btree, hnsw or gin index is named by its `pg_class` oid too.
pub type IndexId = Oid;
