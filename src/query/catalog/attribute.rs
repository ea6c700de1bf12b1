//! `pg_attribute` and `pg_attrdef`: columns of tables, views, indexes, sequences and of the system
//! relations themselves.

use std::sync::LazyLock;

use super::{
    fixed,
    relation::{RowsFn, system_relations},
    row::{Cell, NONE, NULL, row},
    synthetic::column_oid,
};
use crate::{
    base::{Oid, Result},
    query::{
        catalog::{definition, spelling},
        env::Env,
        functions::strings::quoted_literal,
    },
    storage::catalog::{Catalog, Column, Identity, Index, KeyTarget, Object},
    types::{Datum, PgType, oid, typmod},
};

pub(super) const ROWS: &[(&str, RowsFn)] =
    &[("pg_attribute", attributes), ("pg_attrdef", defaults)];

/// The columns of `pg_attribute` in which columns differ.
#[derive(Default)]
struct Attribute {
    relation: Oid,
    name: String,
    ty: Option<PgType>,
    number: i16,
    not_null: bool,
    has_default: bool,
    has_missing: bool,
    identity: &'static str,
    generated: &'static str,
    dropped: bool,
}

impl Attribute {
    fn row(self) -> Vec<Datum> {
        let ty = self.ty.unwrap_or(PgType::new(NONE));
        let storage = fixed::storage(ty.oid);
        let is_array = oid::is_array(ty.oid) && !oid::is_blank_separated(ty.oid);
        row![
            self.relation,
            self.name,
            ty.oid,
            storage.map_or(0_i16, |storage| storage.len),
            self.number,
            ty.typmod,
            i16::from(is_array),
            storage.is_some_and(|storage| storage.by_value),
            storage.map_or("i".cell(), |storage| storage.align.clone()),
            storage.map_or("p".cell(), |storage| storage.storage.clone()),
            "",
            self.not_null,
            self.has_default,
            self.has_missing,
            self.identity,
            self.generated,
            self.dropped,
            true,
            0_i16,
            storage.map_or(NONE, |storage| storage.collation),
            NULL,
            NULL,
            NULL,
            NULL,
            NULL,
        ]
    }
}

static SYSTEM: LazyLock<Vec<Vec<Datum>>> = LazyLock::new(|| {
    let columns = system_relations().iter().flat_map(|relation| {
        relation.columns.iter().zip(relation.required).enumerate().map(
            move |(position, ((name, ty), required))| {
                Attribute {
                    relation: relation.oid,
                    name: (*name).to_owned(),
                    ty: Some(PgType::new(*ty)),
                    number: position as i16 + 1,
                    not_null: *required,
                    ..Attribute::default()
                }
                .row()
            },
        )
    });
    columns.collect()
});

fn attributes(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let mut rows = SYSTEM.clone();
    for object in env.catalog.objects() {
        match object {
            Object::Table(table) => rows.extend(
                table
                    .columns
                    .iter()
                    .enumerate()
                    .map(|(at, column)| table_column(table.oid, at, column)),
            ),
            Object::View(view) => {
                rows.extend(view.columns.iter().enumerate().map(|(at, (name, ty))| {
                    Attribute {
                        relation: view.oid,
                        name: name.clone(),
                        ty: Some(*ty),
                        number: at as i16 + 1,
                        ..Attribute::default()
                    }
                    .row()
                }))
            }
            Object::Index(index) => rows.extend(index_columns(&env.catalog, index)),
            Object::Sequence(sequence) => rows.extend(sequence_columns(sequence.oid)),
            _ => {}
        }
    }
    Ok(rows)
}

fn table_column(table: Oid, position: usize, column: &Column) -> Vec<Datum> {
    let number = position as i16 + 1;
    if column.dropped {
        let name = format!("........pg.dropped.{number}........");
        return Attribute { relation: table, name, number, dropped: true, ..Attribute::default() }
            .row();
    }
    Attribute {
        relation: table,
        name: column.name.clone(),
        ty: Some(column.ty),
        number,
        not_null: column.not_null,
        has_default: default_of(column).is_some(),
        has_missing: column.missing.is_some(),
        identity: match column.identity {
            Some(Identity::Always) => "a",
            Some(Identity::ByDefault) => "d",
            None => "",
        },
        generated: if column.generated.is_some() { "s" } else { "" },
        dropped: false,
    }
    .row()
}

/// What `pg_attrdef` holds: a default, or the expression of a generated column. An identity
/// column has none.
pub(super) fn default_of(column: &Column) -> Option<&str> {
    if column.dropped || column.identity.is_some() {
        return None;
    }
    column.generated.as_deref().or(column.default.as_deref())
}

/// The default as PostgreSQL prints it: a string constant with its type, and a sequence without
/// its schema where the search path finds it.
pub(super) fn default_text(env: &Env, column: &Column) -> Option<String> {
    let text = default_of(column)?;
    if is_string_constant(text) {
        let ty = typmod::format_type_given(PgType::new(column.ty.oid));
        return Some(format!("{text}::{ty}"));
    }
    if let Some(sequence) = spelling::sequence_of(env, text)
        && let Some(name) = spelling::relation_name(env, sequence)
    {
        return Some(format!("nextval({}::regclass)", quoted_literal(&name)));
    }
    Some(text.to_owned())
}

fn is_string_constant(text: &str) -> bool {
    let inner = text.strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
    inner.is_some_and(|inner| !inner.replace("''", "").contains('\''))
}

/// An index's columns have the names of the table's; an expression that of its function, or
/// `expr`, with a number after it where it is taken.
fn index_columns(catalog: &Catalog, index: &Index) -> Vec<Vec<Datum>> {
    let Some(table) = catalog.table(index.table) else { return vec![] };
    let keys = index.keys.iter().filter_map(|key| match &key.target {
        KeyTarget::Column(position) => {
            table.columns.get(*position).map(|column| (column.name.as_str(), key.ty))
        }
        KeyTarget::Expression(text) => {
            Some((definition::call_name(text).unwrap_or("expr"), key.ty))
        }
    });
    let included = index
        .include
        .iter()
        .filter_map(|position| table.columns.get(*position))
        .map(|column| (column.name.as_str(), column.ty));
    let mut rows = Vec::new();
    let mut names: Vec<String> = Vec::new();
    for (wanted, ty) in keys.chain(included) {
        let mut name = wanted.to_owned();
        for suffix in 1.. {
            if !names.contains(&name) {
                break;
            }
            name = format!("{wanted}{suffix}");
        }
        names.push(name.clone());
        let number = names.len() as i16;
        rows.push(
            Attribute { relation: index.oid, name, ty: Some(ty), number, ..Attribute::default() }
                .row(),
        );
    }
    rows
}

fn sequence_columns(sequence: Oid) -> Vec<Vec<Datum>> {
    let columns = [("last_value", oid::INT8), ("log_cnt", oid::INT8), ("is_called", oid::BOOL)];
    let column = |(at, (name, ty)): (usize, &(&str, Oid))| {
        Attribute {
            relation: sequence,
            name: (*name).to_owned(),
            ty: Some(PgType::new(*ty)),
            number: at as i16 + 1,
            not_null: true,
            ..Attribute::default()
        }
        .row()
    };
    columns.iter().enumerate().map(column).collect()
}

fn defaults(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = env.catalog.tables().flat_map(|table| {
        table.columns.iter().enumerate().filter_map(|(position, column)| {
            let text = default_text(env, column)?;
            let text = spelling::expression(env, table, &text);
            let oid = column_oid(table.oid, position);
            Some(row![oid, table.oid, position as i16 + 1, text])
        })
    });
    Ok(rows.collect())
}
