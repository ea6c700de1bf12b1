//! LMDB's errors as PostgreSQL's.

use crate::base::{PgError, sqlstate};

/// `act` names what failed: `read a row`, `commit`.
pub(crate) fn storage_error(act: &str, error: heed::Error) -> PgError {
    let code = match &error {
        heed::Error::Mdb(heed::MdbError::MapFull) => sqlstate::DISK_FULL,
        heed::Error::Io(io) if io.raw_os_error() == Some(libc::ENOSPC) => sqlstate::DISK_FULL,
        heed::Error::Io(_) => sqlstate::IO_ERROR,
        heed::Error::Mdb(
            heed::MdbError::Corrupted
            | heed::MdbError::PageNotFound
            | heed::MdbError::Invalid
            | heed::MdbError::VersionMismatch,
        ) => sqlstate::DATA_CORRUPTED,
        heed::Error::Mdb(heed::MdbError::ReadersFull) => sqlstate::TOO_MANY_CONNECTIONS,
        heed::Error::Mdb(heed::MdbError::TxnFull) => sqlstate::PROGRAM_LIMIT_EXCEEDED,
        _ => sqlstate::INTERNAL_ERROR,
    };
    let report = PgError::new(code, format!("could not {act} in the store: {error}"));
    if code == sqlstate::DISK_FULL { report.hint("Check free disk space.") } else { report }
}

/// Names the act that failed.
pub(crate) trait Act<T> {
    fn act(self, act: &str) -> Result<T, PgError>;
}

impl<T> Act<T> for heed::Result<T> {
    #[inline]
    fn act(self, act: &str) -> Result<T, PgError> {
        self.map_err(|error| storage_error(act, error))
    }
}
