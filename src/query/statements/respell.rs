//! Stored texts after a rename: expressions and view queries name tables and columns, and are spelled
//! anew where the binder says that a name meant what was renamed.

use std::{ops::Range, sync::Arc};

use crate::{
    base::{Oid, Result},
    query::{
        bind::{Binder, Mention},
        catalog::spelling::{name_parts, replaced},
        env::Env,
        functions::strings::quoted_identifier,
    },
    storage::catalog::{KeyTarget, Object, Table},
};

/// The expression with its columns under the names that `name_of` gives by position, unqualified.
fn expression(
    binder: &Binder<'_>,
    table: &Table,
    sql: &str,
    name_of: &dyn Fn(usize) -> String,
) -> Result<String> {
    let mut edits = Vec::new();
    for (at, mention) in binder.trace_expression(table, sql)? {
        if let Mention::Column { origin: (oid, number) } = mention
            && oid == table.oid
        {
            let parts = name_parts(sql, at);
            let end = parts.last().map_or(at, |last| last.end);
            let name = name_of(number as usize - 1);
            edits.push((at..end, quoted_identifier(&name).into_owned()));
        }
    }
    Ok(replaced(sql, edits))
}

/// `changed`, whose own expressions still have the names of `old`, with the new ones in them; and
/// its indexes, where one changes.
pub fn table_texts(env: &Env, old: &Table, changed: &mut Table) -> Result<Vec<Object>> {
    let binder = Binder::new(env, &[]);
    let names: Vec<String> = changed.columns.iter().map(|column| column.name.clone()).collect();
    let name_of = |position: usize| names[position].clone();
    for check in &mut changed.checks {
        check.expression = expression(&binder, old, &check.expression, &name_of)?;
    }
    for column in &mut changed.columns {
        if let Some(sql) = &mut column.generated {
            *sql = expression(&binder, old, sql, &name_of)?;
        }
    }
    let mut indexes = Vec::new();
    for index in env.catalog.indexes_of(old) {
        let mut spelled = (**index).clone();
        for key in &mut spelled.keys {
            if let KeyTarget::Expression(sql) = &mut key.target {
                *sql = expression(&binder, old, sql, &name_of)?;
            }
        }
        if let Some(sql) = &mut spelled.predicate {
            *sql = expression(&binder, old, sql, &name_of)?;
        }
        if spelled != **index {
            indexes.push(Object::Index(Arc::new(spelled)));
        }
    }
    Ok(indexes)
}

/// The views that read `relation`, spelled for its new place `named` (`schema.name`) and with its
/// columns still under the names they had.
pub fn views_over(env: &Env, relation: Oid, named: &str) -> Result<Vec<Object>> {
    views_moved(env, &|oid| (oid == relation).then(|| named.to_owned()))
}

/// The same for several relations at once: `named` gives the new place of each that has one.
pub fn views_moved(env: &Env, named: &dyn Fn(Oid) -> Option<String>) -> Result<Vec<Object>> {
    let binder = Binder::new(env, &[]);
    let mut changed = Vec::new();
    for object in env.catalog.objects() {
        let Object::View(view) = object else { continue };
        if view.reads.iter().all(|read| named(*read).is_none()) {
            continue;
        }
        let mut edits = Vec::new();
        for (at, mention) in binder.trace_query(&view.query)? {
            if let Mention::Relation { oid, aliased, columns } = mention
                && let Some(named) = named(oid)
            {
                edits.extend(table_edits(&view.query, at, &named, aliased, &columns));
            }
        }
        let query = replaced(&view.query, edits);
        if query != view.query {
            let mut view = (**view).clone();
            view.query = query;
            changed.push(Object::View(Arc::new(view)));
        }
    }
    Ok(changed)
}

/// `docs d` becomes `public.documents d(id, body)`.
fn table_edits(
    sql: &str,
    at: usize,
    named: &str,
    aliased: bool,
    columns: &[String],
) -> Vec<(Range<usize>, String)> {
    let parts = name_parts(sql, at);
    let last = parts.last().cloned().unwrap_or(at..at);
    let list: Vec<_> = columns.iter().map(|name| quoted_identifier(name)).collect();
    let list = format!("({})", list.join(", "));
    if !aliased {
        let alias = &sql[last.clone()];
        return vec![(at..last.end, format!("{named} AS {alias}{list}"))];
    }
    let mut next = skip_spaces(sql, last.end);
    if sql[next..].get(..3).is_some_and(|word| word.eq_ignore_ascii_case("as ")) {
        next = skip_spaces(sql, next + 3);
    }
    let alias_end = name_parts(sql, next).last().map_or(next, |alias| alias.end);
    let after = skip_spaces(sql, alias_end);
    let list_end = match sql[after..].starts_with('(') {
        true => sql[after..].find(')').map_or(alias_end, |at| after + at + 1),
        false => alias_end,
    };
    vec![(at..last.end, named.to_owned()), (alias_end..list_end, list)]
}

fn skip_spaces(sql: &str, at: usize) -> usize {
    at + sql[at..].len() - sql[at..].trim_start().len()
}

/// A view's query with every star written out, so that later columns do not enter it.
pub fn without_stars(env: &Env, sql: &str) -> Result<String> {
    let mut edits = Vec::new();
    for (at, mention) in Binder::new(env, &[]).trace_query(sql)? {
        if let Mention::Star { columns } = mention {
            let end = name_parts(sql, at).last().map_or(at, |last| last.end);
            let spelled: Vec<String> = columns
                .iter()
                .map(|(alias, column)| match alias.as_str() {
                    "" => quoted_identifier(column).into_owned(),
                    alias => format!("{}.{}", quoted_identifier(alias), quoted_identifier(column)),
                })
                .collect();
            edits.push((at..end, spelled.join(", ")));
        }
    }
    Ok(replaced(sql, edits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_table_gets_its_new_name_and_keeps_its_columns_names() {
        let columns = ["id".to_owned(), "Body".to_owned()];
        let edited = |sql: &str, at: usize, aliased| {
            replaced(sql, table_edits(sql, at, "public.d2", aliased, &columns))
        };
        assert_eq!(
            edited("SELECT id FROM docs WHERE id > 1", 15, false),
            "SELECT id FROM public.d2 AS docs(id, \"Body\") WHERE id > 1"
        );
        assert_eq!(
            edited("SELECT d.id FROM public.\"docs\" AS d", 17, true),
            "SELECT d.id FROM public.d2 AS d(id, \"Body\")"
        );
        assert_eq!(
            edited("SELECT d.a FROM docs d(a, b)", 16, true),
            "SELECT d.a FROM public.d2 d(id, \"Body\")"
        );
    }
}
