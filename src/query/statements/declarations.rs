//! What a column is declared as: clauses that contradict each other.

use crate::{
    base::{PgError, Result, sqlstate},
    query::parse::{NodeEnum, ast},
};

/// What has been seen of a column's clauses.
#[derive(Default)]
struct Seen {
    nullable: Option<bool>,
    default: bool,
    identity: bool,
    generated: bool,
}

/// Errors: 42601 for clauses that exclude each other, at the later one.
pub fn check(definition: &ast::ColumnDef, table: &str, serial: bool) -> Result<()> {
    use ast::ConstrType as Kind;
    let mut kinds: Vec<(Kind, i32)> = definition
        .constraints
        .iter()
        .filter_map(|node| match &node.node {
            Some(NodeEnum::Constraint(constraint)) => {
                Some((constraint.contype(), constraint.location))
            }
            _ => None,
        })
        .collect();
    // A serial column's own DEFAULT and NOT NULL stand nowhere, behind all others.
    if serial {
        kinds.extend([(Kind::ConstrDefault, -1), (Kind::ConstrNotnull, -1)]);
    }
    let mut seen = Seen::default();
    for (kind, at) in kinds {
        let trouble = seen.trouble(kind);
        if let Some(trouble) = trouble {
            let column = &definition.colname;
            return Err(PgError::new(
                sqlstate::SYNTAX_ERROR,
                format!("{trouble} for column \"{column}\" of table \"{table}\""),
            )
            .at(at));
        }
    }
    Ok(())
}

impl Seen {
    /// Takes one clause in; what is wrong with it after those before.
    fn trouble(&mut self, kind: ast::ConstrType) -> Option<&'static str> {
        use ast::ConstrType as Kind;
        match kind {
            Kind::ConstrNull | Kind::ConstrNotnull => {
                let nullable = kind == Kind::ConstrNull;
                if self.nullable.replace(nullable) == Some(!nullable) {
                    return Some("conflicting NULL/NOT NULL declarations");
                }
            }
            Kind::ConstrDefault => {
                if std::mem::replace(&mut self.default, true) {
                    return Some("multiple default values specified");
                }
            }
            Kind::ConstrIdentity => {
                if std::mem::replace(&mut self.identity, true) {
                    return Some("multiple identity specifications");
                }
            }
            Kind::ConstrGenerated => {
                if std::mem::replace(&mut self.generated, true) {
                    return Some("multiple generation clauses specified");
                }
            }
            _ => return None,
        }
        match self {
            Seen { default: true, identity: true, .. } => {
                Some("both default and identity specified")
            }
            Seen { default: true, generated: true, .. } => {
                Some("both default and generation expression specified")
            }
            Seen { identity: true, generated: true, .. } => {
                Some("both identity and generation expression specified")
            }
            _ => None,
        }
    }
}
