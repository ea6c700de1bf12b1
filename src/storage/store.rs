//! The store: one folder, one environment, cheap handles.

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Duration,
};

use super::{
    Act,
    catalog::{Catalog, FIRST_USER_OID},
    codec::{self, Head},
    environment::{Environment, disk_free_bytes},
    pins::{Pin, Pins},
    readers::Readers,
    snapshot::Snapshot,
    state::{State, States},
    upgrades,
};
use crate::base::{Csn, Oid, Result, RowId};

/// What an acknowledged commit survives.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Durability {
    /// kill -9 and power loss: every commit is synced before it is acknowledged.
    Full,
    /// kill -9, but not power loss: LMDB's MDB_NOSYNC and a periodic sync. LMDB warns that a power
    /// loss may then corrupt the whole database.
    Relaxed,
}

#[derive(Clone, Debug)]
pub struct StoreOptions {
    /// Address space for the data file, which grows as needed up to it.
    pub map_bytes: u64,
    pub durability: Durability,
    /// Read transactions open at once.
    pub readers_max: u32,
    /// Inserts and updates are refused (53100) when the file system has less left; deletes go on.
    pub disk_reserve_bytes: u64,
}

impl Default for StoreOptions {
    fn default() -> Self {
        Self {
            map_bytes: 1 << 40,
            durability: Durability::Full,
            readers_max: 4096,
            disk_reserve_bytes: 256 << 20,
        }
    }
}

/// A cheap handle; the environment closes with the last one.
#[derive(Clone)]
pub struct Store {
    pub(crate) inner: Arc<Inner>,
}

pub(crate) struct Inner {
    pub environment: Environment,
    pub folder: PathBuf,
    pub durability: Durability,
    pub states: States,
    pub pins: Arc<Pins>,
    pub readers: Arc<Readers>,
    next_row: AtomicU64,
    next_oid: AtomicU32,
    pub disk_reserve_bytes: AtomicU64,
    /// As of the last commit.
    pub live_bytes: AtomicU64,
}

/// Figures for metrics.
#[derive(Clone, Copy, Debug, Default)]
pub struct StoreStatistics {
    pub map_bytes: u64,
    /// Pages in use as of the last commit.
    pub live_bytes: u64,
    /// The data file, free pages included.
    pub file_bytes: u64,
    pub disk_free_bytes: u64,
    pub readers: usize,
    pub oldest_reader_age: Duration,
    /// Commits that REPEATABLE READ transactions hold on to.
    pub pins: usize,
    pub oldest_pin_age: Duration,
}

impl Store {
    /// Opens or creates the store in `folder`.
    ///
    /// Errors: 55006 if another process holds the folder; F0000 if its format is newer; 58030.
    /// Blocks: yes.
    pub fn open(folder: &Path, options: StoreOptions) -> Result<Self> {
        let environment =
            Environment::open(folder, options.map_bytes, options.readers_max, options.durability)?;
        let databases = environment.databases;
        let mut txn = environment.env.write_txn().act("open the store")?;
        upgrades::upgrade(&databases, &mut txn)?;
        let head = match databases.meta.get(&txn, Head::NAME).act("read the head record")? {
            Some(bytes) => Head::decode(bytes)?,
            None => {
                for object in Catalog::bootstrap().objects() {
                    let key = object.oid().0.to_be_bytes();
                    databases
                        .catalog
                        .put(&mut txn, &key, &codec::json(object)?)
                        .act("write the first definitions")?;
                }
                Head {
                    csn: Csn(1),
                    state_version: 1,
                    catalog_version: 1,
                    row_ceiling: 1,
                    oid_ceiling: FIRST_USER_OID,
                    ..Head::default()
                }
            }
        };
        databases.meta.put(&mut txn, Head::NAME, &head.encode()).act("write the head record")?;
        // Pins live in memory only: nobody needs old versions now.
        databases.versions.clear(&mut txn).act("clear old versions")?;
        let state = State::load(&databases, &txn, &head)?;
        let live_bytes = databases.live_bytes(&txn).act("measure the store")?;
        txn.commit().act("open the store")?;
        Ok(Self {
            inner: Arc::new(Inner {
                environment,
                folder: folder.to_owned(),
                disk_reserve_bytes: AtomicU64::new(options.disk_reserve_bytes),
                durability: options.durability,
                states: States::new(state),
                pins: Arc::default(),
                readers: Arc::default(),
                next_row: AtomicU64::new(head.row_ceiling),
                next_oid: AtomicU32::new(head.oid_ceiling),
                live_bytes: AtomicU64::new(live_bytes),
            }),
        })
    }

    /// The latest commit, as one consistent view.
    ///
    /// Time: microseconds. Hold it for a statement, never while waiting for a client.
    pub fn snapshot(&self) -> Result<Snapshot> {
        Snapshot::open(self, None)
    }

    /// The latest definitions without a transaction around them; perhaps those of a commit that is
    /// just being made. For names in text: statements read their snapshot's.
    pub fn newest_catalog(&self) -> Arc<Catalog> {
        self.inner.states.newest().catalog.clone()
    }

    /// Pins the latest commit and opens a first snapshot of it.
    ///
    /// Blocks: at most while a commit in progress syncs.
    pub fn pin(&self) -> Result<(Pin, Snapshot)> {
        let counts = self.inner.pins.lock();
        let snapshot = self.snapshot()?;
        let pin = Pin::new(&self.inner.pins, counts, snapshot.csn(), snapshot.catalog().clone());
        Ok((pin, snapshot))
    }

    /// The pinned commit again, in a new read transaction.
    pub fn snapshot_at(&self, pin: &Pin) -> Result<Snapshot> {
        Snapshot::open(self, Some(pin))
    }

    /// The first of `n` consecutive row ids that nobody else ever gets.
    pub fn allocate_rows(&self, n: u64) -> RowId {
        RowId(self.inner.next_row.fetch_add(n, Ordering::Relaxed))
    }

    /// An oid that no committed object has. Oids of rolled-back transactions may come again after a
    /// restart.
    pub fn allocate_oid(&self) -> Oid {
        Oid(self.inner.next_oid.fetch_add(1, Ordering::Relaxed))
    }

    pub fn folder(&self) -> &Path {
        &self.inner.folder
    }

    pub fn durability(&self) -> Durability {
        self.inner.durability
    }

    /// See [`StoreOptions::disk_reserve_bytes`].
    pub fn set_disk_reserve(&self, bytes: u64) {
        self.inner.disk_reserve_bytes.store(bytes, Ordering::Relaxed);
    }

    /// Frees the slots of readers that died with their process. Call it every minute.
    pub fn clear_stale_readers(&self) -> Result<usize> {
        self.inner.environment.env.clear_stale_readers().act("clear stale readers")
    }

    /// Age of the oldest open snapshot.
    pub fn oldest_reader_age(&self) -> Duration {
        self.inner.readers.oldest_age()
    }

    pub fn statistics(&self) -> StoreStatistics {
        let inner = &self.inner;
        StoreStatistics {
            map_bytes: inner.environment.map_bytes,
            live_bytes: inner.live_bytes.load(Ordering::Relaxed),
            file_bytes: inner.environment.file_bytes(),
            disk_free_bytes: disk_free_bytes(&inner.folder).unwrap_or_default(),
            readers: inner.readers.count(),
            oldest_reader_age: inner.readers.oldest_age(),
            pins: inner.pins.all().len(),
            oldest_pin_age: inner.pins.oldest_age(),
        }
    }

    /// Makes all commits durable, whatever the durability setting.
    pub fn sync(&self) -> Result<()> {
        self.inner.environment.env.force_sync().act("sync")
    }

    /// The csns pinned now, in order.
    pub(crate) fn pinned(&self) -> Vec<Csn> {
        self.inner.pins.all()
    }

    /// Whether a pin was released since the last call.
    pub(crate) fn take_released_pins(&self) -> bool {
        self.inner.pins.take_released()
    }

    pub(crate) fn allocated(&self) -> (u64, u32) {
        (self.inner.next_row.load(Ordering::Relaxed), self.inner.next_oid.load(Ordering::Relaxed))
    }
}
