//! What belongs to what, and comments: `pg_depend`, `pg_rewrite`, `pg_description`.

use super::{
    attribute::default_of,
    constraint::{Constraint, constraints},
    extension,
    owner::extension_comment,
    relation::RowsFn,
    row::row,
    spelling::sequence_of,
    synthetic::column_oid,
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{CONSTRAINT_COMMENT, Identity, Object},
    types::Datum,
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_depend", dependencies),
    ("pg_description", descriptions),
    ("pg_rewrite", rules),
    ("pg_shdescription", shared_descriptions),
];

/// Oids of the catalogues themselves, as `classid` names them.
const PG_CLASS: Oid = Oid(1259);
const PG_AUTHID: Oid = Oid(1260);
const PG_DATABASE: Oid = Oid(1262);
const PG_ATTRDEF: Oid = Oid(2604);
const PG_CONSTRAINT: Oid = Oid(2606);
const PG_NAMESPACE: Oid = Oid(2615);
const PG_REWRITE: Oid = Oid(2618);
const PG_EXTENSION: Oid = Oid(3079);

/// An edge of `pg_depend`: class, object, column, and the same of what it depends on.
fn edge(from: (Oid, Oid, i32), to: (Oid, Oid, i32), kind: char) -> Vec<Datum> {
    row![from.0, from.1, from.2, to.0, to.1, to.2, kind]
}

fn dependencies(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = Vec::new();
    let catalog = &env.catalog;
    for object in catalog.objects() {
        match object {
            Object::Table(table) => {
                rows.push(edge((PG_CLASS, table.oid, 0), (PG_NAMESPACE, table.schema, 0), 'n'));
                for (position, column) in table.columns.iter().enumerate() {
                    if default_of(column).is_none() {
                        continue;
                    }
                    let kind = if column.generated.is_some() { 'i' } else { 'a' };
                    let oid = column_oid(table.oid, position);
                    let to = (PG_CLASS, table.oid, position as i32 + 1);
                    rows.push(edge((PG_ATTRDEF, oid, 0), to, kind));
                    let default = column.default.as_deref();
                    if let Some(sequence) = default.and_then(|text| sequence_of(env, text)) {
                        rows.push(edge((PG_ATTRDEF, oid, 0), (PG_CLASS, sequence, 0), 'n'));
                    }
                }
            }
            Object::Sequence(sequence) => {
                let from = (PG_CLASS, sequence.oid, 0);
                rows.push(edge(from, (PG_NAMESPACE, sequence.schema, 0), 'n'));
                let Some((table, position)) = sequence.owned_by else { continue };
                let identity: Option<Identity> = catalog
                    .table(table)
                    .and_then(|table| table.columns.get(position))
                    .and_then(|column| column.identity);
                let kind = if identity.is_some() { 'i' } else { 'a' };
                rows.push(edge(from, (PG_CLASS, table, position as i32 + 1), kind));
            }
            Object::Index(index) if index.constraint.is_some() => {
                rows.push(edge((PG_CLASS, index.oid, 0), (PG_CONSTRAINT, index.oid, 0), 'i'));
            }
            Object::Index(index) => {
                rows.push(edge((PG_CLASS, index.oid, 0), (PG_CLASS, index.table, 0), 'a'));
            }
            Object::View(view) => {
                rows.push(edge((PG_CLASS, view.oid, 0), (PG_NAMESPACE, view.schema, 0), 'n'));
                rows.push(edge((PG_REWRITE, view.oid, 0), (PG_CLASS, view.oid, 0), 'i'));
                let reads = view.reads.iter().map(|read| (PG_CLASS, *read, 0));
                rows.extend(reads.map(|to| edge((PG_REWRITE, view.oid, 0), to, 'n')));
            }
            Object::Extension(extension) => rows.push(edge(
                (PG_EXTENSION, extension.oid, 0),
                (PG_NAMESPACE, extension.schema, 0),
                'n',
            )),
            _ => {}
        }
    }
    for constraint in constraints(catalog) {
        for position in &constraint.columns {
            let to = (PG_CLASS, constraint.table.oid, *position as i32 + 1);
            rows.push(edge((PG_CONSTRAINT, constraint.oid, 0), to, 'a'));
        }
        if let Some(foreign) = constraint.foreign {
            for position in &foreign.key.target_columns {
                let to = (PG_CLASS, foreign.target.oid, *position as i32 + 1);
                rows.push(edge((PG_CONSTRAINT, constraint.oid, 0), to, 'n'));
            }
        }
    }
    rows.extend(extension::members(env));
    Ok(rows)
}

/// A view is a rule, `_RETURN`; it has the view's oid.
fn rules(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        Object::View(view) => {
            Some(row![view.oid, "_RETURN", view.oid, '1', 'O', true, "<>", &view.query])
        }
        _ => None,
    });
    Ok(rows.collect())
}

/// The catalogue that has the object; `None` if it is gone.
fn class_of(env: &Env, object: Oid, column: i32) -> Option<Oid> {
    if column == CONSTRAINT_COMMENT {
        let of = |constraint: Constraint<'_>| constraint.oid == object;
        return constraints(&env.catalog).any(of).then_some(PG_CONSTRAINT);
    }
    if env.catalog.databases().iter().any(|database| database.oid == object) {
        return Some(PG_DATABASE);
    }
    Some(match env.catalog.object(object)? {
        Object::Schema(_) => PG_NAMESPACE,
        Object::Role(_) => PG_AUTHID,
        Object::Extension(_) => PG_EXTENSION,
        _ => PG_CLASS,
    })
}

fn comments(env: &Env, shared: bool) -> Vec<Vec<Datum>> {
    let rows = env.catalog.objects().filter_map(|object| match object {
        Object::Comment { object, column, text, .. } => {
            let class = class_of(env, *object, *column)?;
            match (shared, matches!(class, PG_AUTHID | PG_DATABASE)) {
                (true, true) => Some(row![*object, class, text]),
                (false, false) => Some(row![*object, class, (*column).max(0), text]),
                _ => None,
            }
        }
        _ => None,
    });
    rows.collect()
}

/// What a schema that initdb makes says of itself.
pub fn schema_comment(name: &str) -> Option<&'static str> {
    SCHEMA_COMMENTS.iter().find(|(schema, _)| *schema == name).map(|(_, comment)| *comment)
}

/// As initdb leaves them.
const SCHEMA_COMMENTS: &[(&str, &str)] =
    &[("pg_catalog", "system catalog schema"), ("public", "standard public schema")];

/// Comments, and what an extension says of itself where nobody has commented on it.
fn descriptions(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = comments(env, false);
    let commented = |oid: Oid| {
        let is_on =
            |object: &Object| matches!(object, Object::Comment { object, .. } if *object == oid);
        env.catalog.objects().any(is_on)
    };
    for (name, comment) in SCHEMA_COMMENTS {
        if let Some(schema) = env.catalog.schema_named(name)
            && !commented(schema.oid)
        {
            rows.push(row![schema.oid, PG_NAMESPACE, 0, *comment]);
        }
    }
    rows.extend(env.catalog.objects().filter_map(|object| match object {
        Object::Extension(extension) if !commented(extension.oid) => {
            let comment = extension_comment(&extension.name)?;
            Some(row![extension.oid, PG_EXTENSION, 0, comment])
        }
        _ => None,
    }));
    Ok(rows)
}

fn shared_descriptions(env: &Env) -> Result<Vec<Vec<Datum>>> {
    Ok(comments(env, true))
}
