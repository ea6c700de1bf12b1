//! The wall clock in PostgreSQL's unit, injected where tests need to hold it still.

use std::time::{SystemTime, UNIX_EPOCH};

/// Microseconds between the Unix epoch and PostgreSQL's epoch, 2000-01-01 00:00 UTC.
pub const POSTGRES_EPOCH_UNIX_US: i64 = 946_684_800_000_000;

/// Now, in microseconds since the Unix epoch.
pub fn now_unix_us() -> i64 {
    SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .map(|elapsed| elapsed.as_micros() as i64)
        .unwrap_or_default()
}
