//! Backups: a copy of the store while it is in use, with what is needed to trust it later.
//!
//! A backup is a folder of `data.mdb` and `backup.json`. Derived indexes are not part of it: where
//! their files are absent they are rebuilt.

use std::{
    fs::{self, File},
    io::{self, Read, Write},
    path::Path,
};

use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};

use super::{Act, Store, codec, environment::Environment, upgrades::FORMAT};
use crate::{
    base::{Csn, PgError, Result, clock::now_unix_us},
    err, pg_error,
};

const DATA: &str = "data.mdb";
const DESCRIPTION: &str = "backup.json";

/// What a backup holds, as its `backup.json` says.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    pub format: u32,
    /// The build that wrote it.
    pub version: String,
    /// The last commit in it.
    pub csn: Csn,
    pub bytes: u64,
    /// Of `data.mdb`, in hexadecimal.
    pub sha256: String,
    pub taken_unix_us: i64,
}

impl Store {
    /// Copies the store into `folder`, which must be absent or empty. Commits go on meanwhile.
    ///
    /// Blocks: for as long as the copy takes. Errors: 55006 if the folder is not empty; 53100; 58030.
    pub fn backup(&self, folder: &Path) -> Result<Backup> {
        claim_empty(folder)?;
        let data = folder.join(DATA);
        let copied = self
            .inner
            .environment
            .env
            .copy_to_path(&data, heed::CompactionOption::Disabled)
            .act("copy the store")?;
        copied.sync_all().map_err(|error| io_error("sync", &data, &error))?;
        drop(copied);
        let (bytes, sha256) = digest(&data)?;
        let backup = Backup {
            format: FORMAT,
            version: env!("CARGO_PKG_VERSION").into(),
            csn: Environment::csn_of_copy(folder)?,
            bytes,
            sha256,
            taken_unix_us: now_unix_us(),
        };
        // Last, so that a folder without it is no backup.
        write_durably(&folder.join(DESCRIPTION), &codec::json(&backup)?)?;
        sync_folder(folder)?;
        Ok(backup)
    }

    /// Copies a backup into `folder`, which must be absent or empty, after checking it.
    ///
    /// Errors: 55006 if the folder is not empty; XX001 if the backup is not what it says; F0000 if
    /// its format is newer; 58030.
    pub fn restore(backup: &Path, folder: &Path) -> Result<Backup> {
        let description = backup.join(DESCRIPTION);
        let bytes =
            fs::read(&description).map_err(|error| io_error("read", &description, &error))?;
        let described: Backup = codec::from_json(&bytes, "backup description")?;
        if described.format > FORMAT {
            return err!(
                CONFIG_FILE_ERROR,
                "the backup is of format {}, newer than this build's {FORMAT}",
                described.format
            );
        }
        let data = backup.join(DATA);
        if digest(&data)? != (described.bytes, described.sha256.clone()) {
            return err!(DATA_CORRUPTED, "\"{}\" is not what its backup says", data.display());
        }
        claim_empty(folder)?;
        let target = folder.join(DATA);
        fs::copy(&data, &target).map_err(|error| io_error("copy", &data, &error))?;
        File::open(&target)
            .and_then(|file| file.sync_all())
            .map_err(|error| io_error("sync", &target, &error))?;
        sync_folder(folder)?;
        Ok(described)
    }
}

fn claim_empty(folder: &Path) -> Result<()> {
    fs::create_dir_all(folder).map_err(|error| io_error("create", folder, &error))?;
    let mut entries = fs::read_dir(folder).map_err(|error| io_error("read", folder, &error))?;
    match entries.next() {
        None => Ok(()),
        Some(_) => err!(OBJECT_IN_USE, "folder \"{}\" is not empty", folder.display()),
    }
}

/// Length and SHA-256 of a file.
fn digest(path: &Path) -> Result<(u64, String)> {
    let read = |path: &Path| -> io::Result<(u64, String)> {
        let mut file = File::open(path)?;
        let (mut hash, mut bytes, mut chunk) = (Sha256::new(), 0, vec![0; 1 << 20]);
        loop {
            let read = file.read(&mut chunk)?;
            if read == 0 {
                let hex = hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
                return Ok((bytes, hex));
            }
            hash.update(&chunk[..read]);
            bytes += read as u64;
        }
    };
    read(path).map_err(|error| io_error("read", path, &error))
}

fn write_durably(path: &Path, bytes: &[u8]) -> Result<()> {
    let write = || -> io::Result<()> {
        let mut file = File::create(path)?;
        file.write_all(bytes)?;
        file.sync_all()
    };
    write().map_err(|error| io_error("write", path, &error))
}

fn sync_folder(folder: &Path) -> Result<()> {
    File::open(folder)
        .and_then(|folder| folder.sync_all())
        .map_err(|error| io_error("sync", folder, &error))
}

fn io_error(act: &str, path: &Path, error: &io::Error) -> PgError {
    if error.raw_os_error() == Some(libc::ENOSPC) {
        return pg_error!(DISK_FULL, "could not {act} \"{}\": {error}", path.display())
            .hint("Check free disk space.");
    }
    pg_error!(IO_ERROR, "could not {act} \"{}\": {error}", path.display())
}
