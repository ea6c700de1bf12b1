//! The LMDB environment: opening it, reading transactions that threads share, disk space.
//!
//! One of the few files with `unsafe`: LMDB asks that its file is not changed behind its back
//! (the folder's lock sees to that), and `statvfs` is a C call.

use std::{
    fs::{File, TryLockError},
    ops::Deref,
    path::Path,
    time::{Duration, Instant},
};

use heed::{Env, EnvFlags, EnvOpenOptions, RoTxn, WithoutTls};

use super::{Act, databases::Databases, store::Durability};
use crate::{
    base::{Csn, PgError, Result, sqlstate},
    pg_error,
};

/// Below this the map is useless; a smaller address space is an error.
const MAP_BYTES_MIN: u64 = 1 << 24;
const PAGE_BYTES: u64 = 4096;
/// How long another user of the folder may take to end.
const LOCK_PATIENCE: Duration = Duration::from_millis(500);

/// The open environment with its databases and the folder's lock.
pub(crate) struct Environment {
    pub env: Env<WithoutTls>,
    pub databases: Databases,
    pub map_bytes: u64,
    /// Held until the environment closes.
    _lock: File,
}

impl Environment {
    /// Errors: 55006 if another process holds the folder; 58030 if it cannot be opened.
    pub fn open(
        folder: &Path,
        map_bytes: u64,
        readers_max: u32,
        durability: Durability,
    ) -> Result<Self> {
        std::fs::create_dir_all(folder).map_err(|error| {
            pg_error!(IO_ERROR, "could not create data folder \"{}\": {error}", folder.display())
        })?;
        let lock = lock_folder(folder)?;
        let mut map_bytes = map_bytes.max(MAP_BYTES_MIN).next_multiple_of(PAGE_BYTES);
        let env = loop {
            let mut options = EnvOpenOptions::new().read_txn_without_tls();
            options
                .map_size(map_bytes as usize)
                .max_readers(readers_max)
                .max_dbs(super::databases::DATABASES.len() as u32);
            // SAFETY: the lock above keeps other processes out, and nothing else in this process
            // writes the file. NO_SYNC weakens durability, as `relaxed` says, not memory safety.
            let opened = unsafe {
                if durability == Durability::Relaxed {
                    options.flags(EnvFlags::NO_SYNC);
                }
                options.open(folder)
            };
            match opened {
                // A limited address space: take what there is.
                Err(heed::Error::Io(error))
                    if error.raw_os_error() == Some(libc::ENOMEM)
                        && map_bytes / 2 >= MAP_BYTES_MIN =>
                {
                    map_bytes = (map_bytes / 2).next_multiple_of(PAGE_BYTES);
                }
                opened => break opened.act("open the environment")?,
            }
        };
        env.clear_stale_readers().act("clear stale readers")?;
        let databases = Databases::create(&env).act("open the databases")?;
        Ok(Self { env, databases, map_bytes, _lock: lock })
    }

    pub fn read(&self) -> Result<Reader> {
        let txn = self.env.clone().static_read_txn().act("open a read transaction")?;
        self.databases.make_current(&txn).act("open a read transaction")?;
        Ok(Reader { txn })
    }

    /// The last commit in a copy of a store, which nobody else uses.
    pub fn csn_of_copy(folder: &Path) -> Result<Csn> {
        let mut options = EnvOpenOptions::new().read_txn_without_tls();
        options.max_dbs(super::databases::DATABASES.len() as u32);
        // SAFETY: the copy was just written by this process, and nothing changes it.
        let env = unsafe {
            options.flags(EnvFlags::READ_ONLY | EnvFlags::NO_LOCK);
            options.open(folder).act("open the copy")?
        };
        let txn = env.read_txn().act("read the copy")?;
        let csn = Databases::csn(&env, txn);
        env.prepare_for_closing().wait();
        csn
    }

    /// Bytes of the data file.
    pub fn file_bytes(&self) -> u64 {
        (self.env.info().last_page_number as u64 + 1) * PAGE_BYTES
    }
}

/// A read transaction that several threads may use at once.
pub(crate) struct Reader {
    txn: RoTxn<'static, WithoutTls>,
}

// SAFETY: with MDB_NOTLS a read transaction is not tied to a thread. The only state of its own that
// reading changes is the lazily found roots of named databases (DB_STALE), and `Environment::read`
// finds all of them before anyone else sees the transaction; cursors belong to their iterators.
unsafe impl Sync for Reader {}

impl Deref for Reader {
    type Target = RoTxn<'static, WithoutTls>;

    fn deref(&self) -> &Self::Target {
        &self.txn
    }
}

/// An LMDB iterator that may be moved to another thread between two steps.
pub(crate) struct Moving<I>(pub I);

// SAFETY: only wraps cursors of read transactions opened with MDB_NOTLS (see `Reader`), which are
// not tied to a thread; a cursor is used by one thread at a time because `next` takes `&mut self`.
unsafe impl<I> Send for Moving<I> {}

impl<I: Iterator> Iterator for Moving<I> {
    type Item = I::Item;

    #[inline]
    fn next(&mut self) -> Option<I::Item> {
        self.0.next()
    }
}

fn lock_folder(folder: &Path) -> Result<File> {
    let path = folder.join("fathom.lock");
    let file =
        File::options().create(true).truncate(false).write(true).open(&path).map_err(|error| {
            pg_error!(IO_ERROR, "could not open lock file \"{}\": {error}", path.display())
        })?;
    // A process that is just ending, or a child between fork and exec, holds it for a moment.
    let patience = Instant::now() + LOCK_PATIENCE;
    let mut locked = file.try_lock();
    while matches!(locked, Err(TryLockError::WouldBlock)) && Instant::now() < patience {
        std::thread::sleep(LOCK_PATIENCE / 20);
        locked = file.try_lock();
    }
    match locked {
        Ok(()) => Ok(file),
        Err(TryLockError::WouldBlock) => Err(PgError::fatal(
            sqlstate::OBJECT_IN_USE,
            format!("another fathom process uses this folder: {}", folder.display()),
        )),
        Err(TryLockError::Error(error)) => {
            Err(pg_error!(IO_ERROR, "could not lock \"{}\": {error}", path.display()))
        }
    }
}

/// Bytes that an unprivileged process may still write to the folder's file system.
pub(crate) fn disk_free_bytes(folder: &Path) -> std::io::Result<u64> {
    use std::os::unix::ffi::OsStrExt;
    let path = std::ffi::CString::new(folder.as_os_str().as_bytes())?;
    let mut answer = std::mem::MaybeUninit::<libc::statvfs>::uninit();
    // SAFETY: the path is a C string and the answer is as large as the call expects; it is read
    // only if the call says that it was filled.
    let answer = unsafe {
        if libc::statvfs(path.as_ptr(), answer.as_mut_ptr()) != 0 {
            return Err(std::io::Error::last_os_error());
        }
        answer.assume_init()
    };
    Ok(answer.f_bavail as u64 * answer.f_frsize as u64)
}
