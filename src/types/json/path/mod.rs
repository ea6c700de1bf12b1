//! `jsonpath`: the language, its canonical text, and its evaluation over `jsonb`.

mod datetime;
mod evaluate;
mod lexer;
mod methods;
mod parser;
mod predicate;
mod print;
mod tree;

pub use evaluate::{Answer, Evaluation};
pub use parser::parse;
pub use tree::{Accessor, Comparison, Expr, Path};

use crate::base::Result;

/// The canonical text of a path, as `jsonpath` prints it. Errors: 42601, 22P02.
pub fn canonical(text: &str) -> Result<String> {
    Ok(parse(text)?.to_text())
}
