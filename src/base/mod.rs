//! Floor 0: the words every other floor speaks. Ids, errors, SQLSTATEs, limits, the clock.

pub mod clock;
pub mod error;
pub mod ids;
pub mod limits;
pub mod sqlstate;

pub use error::{Notice, PgError, Result, Severity};
pub use ids::{Csn, Oid, RowId, TableId};
pub use sqlstate::SqlState;
