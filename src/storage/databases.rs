//! The table of LMDB databases: what each is called, what its keys and values are.
//!
//! All integers in keys are big-endian, so that LMDB's byte order is their order; integers in
//! values are little-endian. The codecs are in [`super::codec`].

use heed::{Database, Env, RoTxn, RwTxn, WithoutTls, types::Bytes};

use super::{Act, codec::Head};
use crate::base::{Csn, Result};

pub(crate) type Raw = Database<'static, Bytes, Bytes>;

/// One row of the table below.
pub struct DatabaseDefinition {
    pub name: &'static str,
    pub key: &'static str,
    pub value: &'static str,
    /// Whether snapshots read it: those are made current when a read transaction opens.
    pub read: bool,
}

macro_rules! databases {
    ($($(#[$doc:meta])* $field:ident: $key:literal => $value:literal, read: $read:literal;)*) => {
        /// Every database of the environment, in the order they are opened.
        pub const DATABASES: &[DatabaseDefinition] = &[$(DatabaseDefinition {
            name: stringify!($field), key: $key, value: $value, read: $read,
        },)*];

        /// The open databases; a plain handle each.
        #[derive(Clone, Copy)]
        pub(crate) struct Databases {
            $($(#[$doc])* pub $field: Raw,)*
        }

        impl Databases {
            fn from_array(handles: [Raw; DATABASES.len()]) -> Self {
                let [$($field),*] = handles;
                Self { $($field),* }
            }

            /// The databases in the table's order.
            pub fn all(&self) -> [Raw; DATABASES.len()] {
                [$(self.$field),*]
            }
        }
    };
}

databases! {
    /// The head record and the format version.
    meta: "name" => "see codec::Head; `format`: u32", read: true;
    /// Definitions.
    catalog: "oid u32" => "JSON of catalog::Object", read: false;
    /// Every table's rows.
    rows: "table u32, row u64" => "csn u64 (bit 63: stage id), types::row bytes", read: true;
    /// The entries of btree and inverted indexes.
    entries: "index u32, key (over 440 bytes: first 424, SHA-256/128; inverted: hash u64), row u64" => "nothing", read: true;
    /// What each commit changed, for the builders of derived indexes.
    changelog: "csn u64, seq u32" => "op u8, table u32, row u64, count u64", read: true;
    /// Row counts and the csn of the last change.
    tables: "table u32" => "rows u64, csn u64", read: true;
    /// Old row versions that a pinned snapshot still needs.
    versions: "table u32, row u64, superseding csn u64" => "old csn u64, types::row bytes", read: true;
    /// Sequences' durable states.
    sequences: "oid u32" => "last value i64, is_called u8", read: true;
    /// Sealed segments of derived indexes.
    manifest: "owner u32, segment u64" => "JSON of manifest::ManifestEntry", read: true;
    /// Bulk loads: slice 0 is the header, the others say what an unpublished stage has written.
    stages: "stage u64, slice u32" => "slice 0: csn u64 or 0; others: JSON of stage::Slice", read: false;
    /// Tables whose rows below a csn are gone (TRUNCATE) but not yet deleted.
    horizons: "table u32" => "csn u64", read: false;
    /// Deletions that go on in the background.
    purges: "kind u8, id u64" => "JSON of purge::Purge", read: false;
}

impl Databases {
    /// Opens or creates all of them in one transaction.
    pub fn create(env: &Env<WithoutTls>) -> heed::Result<Self> {
        let txn = env.write_txn()?;
        let handles = env.create_databases_and_commit(
            txn,
            |opener, txn| -> heed::Result<heed::CommitOrAbort<_, ()>> {
                let mut handles = Vec::with_capacity(DATABASES.len());
                for definition in DATABASES {
                    handles
                        .push(opener.create_database::<Bytes, Bytes>(txn, Some(definition.name))?);
                }
                let handles: [_; DATABASES.len()] =
                    handles.try_into().expect("one handle a database");
                Ok(heed::CommitOrAbort::Commit(handles))
            },
        )?;
        match handles {
            heed::CommitOrAbort::Commit(handles) => Ok(Self::from_array(handles)),
            heed::CommitOrAbort::Abort(()) => unreachable!("the opener above always commits"),
        }
    }

    /// The last commit of an environment of which nothing else is open.
    pub fn csn(env: &Env<WithoutTls>, txn: RoTxn<'_, WithoutTls>) -> Result<Csn> {
        let opened = env
            .open_databases_and_commit(txn, |opener, txn| -> heed::Result<_> {
                let meta = opener.open_database::<Bytes, Bytes>(txn, Some("meta"))?;
                Ok(heed::CommitOrAbort::<_, ()>::Commit(meta))
            })
            .act("open the copy")?;
        let meta = opened.commit().flatten();
        let txn = env.read_txn().act("read the copy")?;
        let head = match meta {
            Some(meta) => meta.get(&txn, Head::NAME).act("read the copy")?,
            None => None,
        };
        Ok(Head::decode(head.unwrap_or_default())?.csn)
    }

    /// Resolves the roots of all databases that snapshots read. Afterwards a read transaction
    /// changes nothing of its own state, which is what lets several threads read through it.
    pub fn make_current(&self, txn: &RoTxn<'_, WithoutTls>) -> heed::Result<()> {
        for (database, definition) in self.all().iter().zip(DATABASES) {
            if definition.read {
                database.stat(txn)?;
            }
        }
        Ok(())
    }

    /// Bytes of pages in use, without free pages and without pages that old readers hold.
    pub fn live_bytes(&self, txn: &RwTxn<'_>) -> heed::Result<u64> {
        let mut bytes = 0;
        for database in self.all() {
            bytes += database.stat(txn)?.non_free_page_size() as u64;
        }
        Ok(bytes)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_documented() {
        let mut names: Vec<_> = DATABASES.iter().map(|definition| definition.name).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), DATABASES.len());
        assert!(DATABASES.iter().all(|d| !d.key.is_empty() && !d.value.is_empty()));
    }
}
