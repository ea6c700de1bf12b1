//! Character sets other than UTF-8: what clients and `convert_from` speak.
//!
//! The database is UTF-8. A client of another encoding has its text translated on the way in and
//! out, as PostgreSQL does.

mod convert;
mod stream;
mod table;

pub use convert::{hex, invalid_utf8};
pub use stream::Translation;
pub use table::{Charset, charsets};
