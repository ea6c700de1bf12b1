//! Definitions as SQL text: what `pg_get_indexdef`, `pg_get_constraintdef` and `pg_get_viewdef`
//! print, and `pg_indexes`, `pg_views` and `information_schema` hold.

use super::{Constraint, ConstraintKind, constraint::Foreign, fixed, spelling};
use crate::{
    base::Oid,
    query::{env::Env, functions::strings::quoted_identifier},
    storage::catalog::{
        Catalog, Index, IndexKey, IndexMethod, KeyTarget, ReferenceAction, Table, View,
    },
};

/// How an expression is put into a definition: PostgreSQL's plain form puts parentheses around
/// each operator, its pretty form only where they are needed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    Plain,
    Pretty,
}

/// `schema.name`, both quoted where they must be.
pub fn qualified(catalog: &Catalog, schema: Oid, name: &str) -> String {
    let schema = catalog.schema(schema).map_or("public", |schema| &schema.name);
    format!("{}.{}", quoted_identifier(schema), quoted_identifier(name))
}

/// `CREATE UNIQUE INDEX docs_pkey ON public.docs USING btree (id)`
pub fn index(env: &Env, index: &Index, form: Form) -> Option<String> {
    let catalog = &env.catalog;
    let table = catalog.table(index.table)?;
    let mut text = format!(
        "CREATE {}INDEX {} ON {} USING {} ({})",
        if index.unique { "UNIQUE " } else { "" },
        quoted_identifier(&index.name),
        qualified(catalog, table.schema, &table.name),
        fixed::method_name(index.method),
        joined(index.keys.iter().map(|key| key_with_options(env, index, table, key))),
    );
    if !index.include.is_empty() {
        text += &format!(" INCLUDE ({})", column_names(table, &index.include));
    }
    if index.nulls_not_distinct {
        text += " NULLS NOT DISTINCT";
    }
    if !index.options.is_empty() {
        let option = |(name, value): (&String, &String)| match quoted_identifier(value) == *value {
            true => format!("{name}={value}"),
            false => format!("{name}='{value}'"),
        };
        let options = index.options.iter().map(option);
        text += &format!(" WITH ({})", joined(options));
    }
    if let Some(predicate) = &index.predicate {
        text += &format!(" WHERE {}", embedded(&spelling::expression(env, table, predicate), form));
    }
    Some(text)
}

/// The index's column, counted from 1, without its operator class; empty if there is none.
pub fn index_column(env: &Env, index: &Index, number: usize) -> Option<String> {
    let table = env.catalog.table(index.table)?;
    let position = number.checked_sub(1)?;
    if let Some(key) = index.keys.get(position) {
        return Some(key_target(env, table, key));
    }
    let included = index.include.get(position - index.keys.len())?;
    Some(column_names(table, &[*included]))
}

fn key_target(env: &Env, table: &Table, key: &IndexKey) -> String {
    match &key.target {
        KeyTarget::Column(position) => column_names(table, &[*position]),
        KeyTarget::Expression(text) => {
            embedded(&spelling::expression(env, table, text), Form::Plain)
        }
    }
}

/// Whether an operator class is pgvector's, which stands in `public`.
fn is_extended(method: IndexMethod, opclass: &str) -> bool {
    matches!(method, IndexMethod::Hnsw | IndexMethod::IvfFlat)
        || matches!(opclass, "vector_ops" | "halfvec_ops" | "sparsevec_ops")
}

fn key_with_options(env: &Env, index: &Index, table: &Table, key: &IndexKey) -> String {
    let mut text = key_target(env, table, key);
    if !fixed::is_default_opclass(index.method, &key.opclass, key.ty.oid) {
        let schema = match is_extended(index.method, &key.opclass) {
            true => spelling::public_prefix(env),
            false => "",
        };
        text += &format!(" {schema}{}", key.opclass);
    }
    if index.method == IndexMethod::Btree {
        // NULLs come last by default, and first where the order is turned round.
        text += match (key.descending, key.nulls_first) {
            (false, false) => "",
            (false, true) => " NULLS FIRST",
            (true, true) => " DESC",
            (true, false) => " DESC NULLS LAST",
        };
    }
    text
}

/// `PRIMARY KEY (id)`, `CHECK ((price > 0))`, `NOT NULL name`
///
/// The table that a foreign key refers to has its schema if the search path does not find it.
pub fn constraint(constraint: &Constraint<'_>, form: Form, env: &Env) -> String {
    let columns = || column_names(constraint.table, &constraint.columns);
    match (constraint.kind, constraint.index) {
        (ConstraintKind::Check, _) => {
            let expression = constraint.expression.unwrap_or_default();
            let expression = &spelling::expression(env, constraint.table, expression);
            match form {
                Form::Pretty => format!("CHECK ({})", bare(expression)),
                Form::Plain => format!("CHECK ({})", embedded(expression, form)),
            }
        }
        (ConstraintKind::NotNull, _) => format!("NOT NULL {}", columns()),
        (ConstraintKind::Foreign, _) => foreign_key(constraint, env),
        (kind, index) => {
            let word = if kind == ConstraintKind::PrimaryKey { "PRIMARY KEY" } else { "UNIQUE" };
            let nulls = match index {
                Some(index) if index.nulls_not_distinct => " NULLS NOT DISTINCT",
                _ => "",
            };
            let mut text = format!("{word}{nulls} ({})", columns());
            if let Some(index) = index.filter(|index| !index.include.is_empty()) {
                text += &format!(" INCLUDE ({})", column_names(constraint.table, &index.include));
            }
            text
        }
    }
}

/// `FOREIGN KEY (a) REFERENCES t(id) ON DELETE CASCADE`
fn foreign_key(constraint: &Constraint<'_>, env: &Env) -> String {
    let Some(Foreign { key, target }) = constraint.foreign else { return String::new() };
    let name = spelling::relation_name(env, target.oid).unwrap_or_default();
    let mut text = format!(
        "FOREIGN KEY ({}) REFERENCES {}({})",
        column_names(constraint.table, &key.columns),
        name,
        column_names(target, &key.target_columns)
    );
    if key.full {
        text += " MATCH FULL";
    }
    for (event, action) in [("UPDATE", key.on_update), ("DELETE", key.on_delete)] {
        let action = match action {
            ReferenceAction::NoAction => continue,
            ReferenceAction::Restrict => "RESTRICT",
            ReferenceAction::Cascade => "CASCADE",
            ReferenceAction::SetNull => "SET NULL",
            ReferenceAction::SetDefault => "SET DEFAULT",
        };
        text += &format!(" ON {event} {action}");
    }
    if !key.set_columns.is_empty() {
        text += &format!(" ({})", column_names(constraint.table, &key.set_columns));
    }
    if key.deferrable {
        text += " DEFERRABLE";
    }
    if key.initially_deferred {
        text += " INITIALLY DEFERRED";
    }
    text
}

/// A view's query, with a blank before and a semicolon after it.
pub fn view(env: &Env, view: &View) -> String {
    format!(" {};", spelling::view_query(env, view).trim().trim_end_matches(';'))
}

/// The columns' names, quoted and separated by commas.
pub fn column_names(table: &Table, positions: &[usize]) -> String {
    joined(positions.iter().filter_map(|position| {
        table.columns.get(*position).map(|column| quoted_identifier(&column.name).into_owned())
    }))
}

fn joined(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join(", ")
}

/// The expression as it stands inside a definition: a call, a name or what has parentheses already
/// as it is, anything else in parentheses.
fn embedded(expression: &str, form: Form) -> String {
    let text = bare(expression);
    if form == Form::Pretty || call_name(text).is_some() || is_name(text) {
        return text.to_owned();
    }
    format!("({text})")
}

/// The expression without parentheses around all of it.
fn bare(expression: &str) -> &str {
    let text = expression.trim();
    match text.strip_prefix('(').and_then(|inner| inner.strip_suffix(')')) {
        Some(inner) if closes_at_end(text) => bare(inner),
        _ => text,
    }
}

/// The name of the function if the whole expression is one call, e.g. `lower` for `lower(title)`.
pub fn call_name(expression: &str) -> Option<&str> {
    let text = expression.trim();
    let open = text.find('(')?;
    let name = &text[..open];
    let bare = name.rsplit('.').next().unwrap_or(name);
    (is_name(name) && closes_at_end(&text[open..])).then_some(bare)
}

fn is_name(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'.' | b'$'))
        && !text.as_bytes()[0].is_ascii_digit()
}

/// Whether the parenthesis that `text` begins with closes at its very end.
fn closes_at_end(text: &str) -> bool {
    let mut depth = 0_usize;
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (Some(open), c) if open == c => quote = None,
            (Some(_), _) => {}
            (None, '\'' | '"') => quote = Some(c),
            (None, '(') => depth += 1,
            (None, ')') => {
                depth = depth.saturating_sub(1);
                if depth == 0 {
                    return at + 1 == text.len();
                }
            }
            _ => {}
        }
    }
    false
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn expressions_get_the_parentheses_they_need() {
        assert_eq!(embedded("lower(title)", Form::Plain), "lower(title)");
        assert_eq!(embedded("lower(a) || lower(b)", Form::Plain), "(lower(a) || lower(b))");
        assert_eq!(embedded("(price > 0)", Form::Plain), "(price > 0)");
        assert_eq!(embedded("(price > 0)", Form::Pretty), "price > 0");
        assert_eq!(embedded("(a) + (b)", Form::Plain), "((a) + (b))");
        assert_eq!(embedded("active", Form::Plain), "active");
        assert_eq!(call_name("f(')')"), Some("f"));
    }
}
