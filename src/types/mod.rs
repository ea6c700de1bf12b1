//! Floor 1: PostgreSQL's types as values. OIDs, text and binary input and output, order, casts'
//! pure parts, and how each type lies in a row (LMDB) and in a column (Arrow).
//!
//! Three forms of one value:
//!
//! | form | where | what |
//! |---|---|---|
//! | [`Datum`] | expressions, one row at a time | an enum |
//! | stored bytes ([`stored`]) | rows in LMDB | little-endian numbers, UTF-8, or the type's own encoding |
//! | a cell of an Arrow column ([`column`]) | plans | one of nine physical kinds ([`Physical`]); the bytes of a binary cell are the stored bytes |
//!
//! A column of such a kind knows nothing of SQL types: the binder keeps them beside it.

pub mod aclitem;
pub mod array;
pub mod binary_io;
pub mod bits;
pub mod charset;
pub mod column;
pub mod datetime;
pub mod datum;
pub mod halfvec;
pub mod interval;
pub mod inverted;
pub mod json;
pub mod numeric;
pub mod oid;
pub mod order;
pub mod range;
pub mod row;
pub mod shape;
pub mod sparsevec;
pub mod stored;
pub mod text_io;
pub mod tsquery;
pub mod tsvector;
pub mod typmod;
pub mod vector;

pub use column::{ColumnBuilder, Physical};
pub use datum::{Datum, PgType};
