//! Words: tantivy's inverted lists over sealed rows, our own over the tail, one evaluator and one
//! BM25 for both. The only importer of tantivy.

mod cursor;
mod lists;
mod matcher;
mod part;
mod query;
mod score;
mod top;

pub use cursor::Cursor;
pub use lists::{Documents, List};
pub use part::{ABSENT, TextPart, TextPartWriter, document_length};
pub use query::TextQuery;
pub use score::{Bm25, Ranking};
pub use top::Contest;
