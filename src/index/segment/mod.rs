//! Segments: sealed, immutable parts of a table's indexes.
//!
//! A segment is a folder, `<indexes>/<table oid>/<segment number>/`, whose parts share dense local
//! ids, so that one bitmap filters them all:
//!
//! | file | what |
//! |---|---|
//! | `rows.bin` | row ids, csns, and the local ids in order of row id |
//! | `columns.arrow` | the scalar columns, mapped |
//! | `v<index>.faiss`, `.ids` | an HNSW graph and its vectors; local ids, unless every row has one |
//! | `v<index>.cells`, `.ends` | vectors that are not plain floats; where each ends, if they differ in length |
//! | `v<index>.lists` | centroids and inverted lists of an ivfflat index |
//! | `t<index>/`, `t<index>.lengths` | a tantivy index; exact document lengths |
//! | `dead.bin` | what was dead when it was sealed, here and in the older segments |
//! | `segment.json` | what is in it, with the watermark |
//!
//! It counts once the manifest (in LMDB) names it, with the checksum of every file.

mod columns;
mod dead;
mod draft;
mod folder;
mod mapping;
mod rows;
mod sealed;

pub use columns::ColumnsWriter;
pub use dead::{Dead, DeadList};
pub use draft::{Description, Draft, Layout, TextDescription, VectorDescription};
pub use folder::SegmentFolder;
pub use mapping::{U32s, map_file};
pub use rows::RowsWriter;
pub use sealed::{Segment, Verdict};
