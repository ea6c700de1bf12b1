//! PostgreSQL's own grammar. The only importer of `pg_query`.
//!
//! The rest of `query/` reads the tree through [`ast`].

mod ffi;

use std::sync::Arc;

pub use pg_query::{NodeEnum, protobuf as ast};

use crate::base::{PgError, Result, sqlstate};

/// One statement of a query string.
#[derive(Clone, Debug)]
pub struct Statement {
    pub node: Arc<NodeEnum>,
    /// The whole query string; locations in `node` are byte offsets into it.
    pub source: Arc<str>,
    /// This statement's own text, trimmed.
    pub text: Arc<str>,
}

/// Parses every statement of `sql`; an empty string has none.
///
/// Errors: 42601 with PostgreSQL's message and position.
pub fn parse(sql: &str) -> Result<Vec<Statement>> {
    let source: Arc<str> = Arc::from(sql);
    let statements = ffi::parse(sql)?.stmts.into_iter().filter_map(|raw| {
        let node = raw.stmt?.node?;
        let start = (raw.stmt_location.max(0) as usize).min(sql.len());
        let end = match raw.stmt_len {
            0 => sql.len(),
            length => (start + length as usize).min(sql.len()),
        };
        let text = sql.get(start..end).unwrap_or_default().trim();
        Some(Statement { node: Arc::new(node), source: source.clone(), text: Arc::from(text) })
    });
    Ok(statements.collect())
}

/// Parses `sql` as one scalar expression: stored defaults, checks, index keys.
pub fn parse_expression(sql: &str) -> Result<ast::Node> {
    let statements = parse(&format!("SELECT {sql}"))?;
    let target = statements.first().and_then(|statement| match statement.node.as_ref() {
        NodeEnum::SelectStmt(select) => select.target_list.first()?.node.clone(),
        _ => None,
    });
    match target {
        Some(NodeEnum::ResTarget(target)) => target.val.map(|node| *node).ok_or_else(not_one),
        _ => Err(not_one()),
    }
}

fn not_one() -> PgError {
    PgError::new(sqlstate::SYNTAX_ERROR, "one expression expected")
}

/// The expression as SQL text, in PostgreSQL's deparsed form.
pub fn deparse_expression(node: &ast::Node) -> Result<String> {
    let select = ast::SelectStmt {
        target_list: vec![ast::Node {
            node: Some(NodeEnum::ResTarget(Box::new(ast::ResTarget {
                val: Some(Box::new(node.clone())),
                ..Default::default()
            }))),
        }],
        limit_option: ast::LimitOption::Default as i32,
        op: ast::SetOperation::SetopNone as i32,
        ..Default::default()
    };
    let text = deparse(NodeEnum::SelectStmt(Box::new(select)))?;
    Ok(text.strip_prefix("SELECT ").unwrap_or(&text).to_owned())
}

/// A statement's tree as SQL text.
pub fn deparse(node: NodeEnum) -> Result<String> {
    node.deparse(Default::default()).map_err(|error| PgError::internal(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn statements_keep_their_own_text_and_errors_their_position() {
        let statements = parse("SELECT 1; SELECT 2 ;").unwrap();
        assert_eq!(
            statements.iter().map(|s| s.text.as_ref()).collect::<Vec<_>>(),
            ["SELECT 1", "SELECT 2"]
        );
        let error = parse("SELECT 1 FROM WHERE").unwrap_err();
        assert_eq!(error.message, "syntax error at or near \"WHERE\"");
        assert_eq!(error.fields.position, Some(15));
        assert!(parse("  ").unwrap().is_empty());
    }

    #[test]
    fn expressions_survive_deparsing() {
        let node = parse_expression("to_tsvector('english', coalesce(body, ''))").unwrap();
        assert_eq!(
            deparse_expression(&node).unwrap(),
            "to_tsvector('english', COALESCE(body, ''))"
        );
    }
}
