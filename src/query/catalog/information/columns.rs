//! `columns`, `element_types`, `column_privileges`.

use super::data_type::DataType;
use crate::{
    base::{Oid, Result},
    query::{
        catalog::{
            attribute::default_text,
            listing::schema_name,
            owner::role_name,
            relation::{RowsFn, system_relations},
            row::{Cell, NULL, row, yes},
        },
        env::Env,
    },
    storage::catalog::{Column, Identity, Object, Sequence},
    types::{Datum, PgType, oid},
};

pub(in crate::query::catalog) const ROWS: &[(&str, RowsFn)] = &[
    ("columns", columns),
    ("element_types", element_types),
    ("column_privileges", column_privileges),
    ("role_column_grants", column_privileges),
];

/// A column of any relation.
struct Described<'a> {
    owner: Oid,
    schema: String,
    relation: &'a str,
    number: i32,
    name: &'a str,
    ty: PgType,
    not_null: bool,
    updatable: bool,
    /// Of a stored table
    column: Option<&'a Column>,
    sequence: Option<&'a Sequence>,
}

fn described(env: &Env) -> Vec<Described<'_>> {
    let mut found = Vec::new();
    for relation in system_relations() {
        let schema = schema_name(env, relation.schema);
        let columns = relation.columns.iter().zip(relation.required).zip(1..);
        found.extend(columns.map(|(((name, ty), required), number)| Described {
            owner: crate::storage::catalog::SUPERUSER,
            schema: schema.clone(),
            relation: relation.name,
            number,
            name,
            ty: PgType::new(*ty),
            not_null: *required,
            updatable: false,
            column: None,
            sequence: None,
        }));
    }
    for object in env.catalog.objects() {
        match object {
            Object::Table(table) => {
                let schema = schema_name(env, table.schema);
                let columns = table.columns.iter().zip(1..).filter(|(column, _)| !column.dropped);
                found.extend(columns.map(|(column, number)| {
                    Described {
                        owner: table.owner,
                        schema: schema.clone(),
                        relation: &table.name,
                        number,
                        name: &column.name,
                        ty: column.ty,
                        not_null: column.not_null,
                        updatable: true,
                        column: Some(column),
                        sequence: column
                            .sequence
                            .and_then(|oid| env.catalog.sequence(oid))
                            .map(|sequence| &**sequence),
                    }
                }));
            }
            Object::View(view) => {
                let schema = schema_name(env, view.schema);
                found.extend(view.columns.iter().zip(1..).map(|((name, ty), number)| Described {
                    owner: view.owner,
                    schema: schema.clone(),
                    relation: &view.name,
                    number,
                    name,
                    ty: *ty,
                    not_null: false,
                    updatable: false,
                    column: None,
                    sequence: None,
                }));
            }
            _ => {}
        }
    }
    found
}

fn columns(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = Datum::text(&env.database);
    Ok(described(env).iter().map(|column| column_row(env, column, &database)).collect())
}

fn column_row(env: &Env, described: &Described<'_>, database: &Datum) -> Vec<Datum> {
    let data_type = DataType::of(described.ty, database);
    let generated = described.column.and_then(|column| column.generated.as_deref());
    let default = described.column.filter(|_| generated.is_none());
    let default = default.and_then(|column| default_text(env, column));
    let mut row = row![
        database.clone(),
        &described.schema,
        described.relation,
        described.name,
        described.number,
        default,
        yes(!described.not_null),
        data_type.name,
    ];
    row.reserve(36);
    row.extend(data_type.lengths);
    row.extend(data_type.numeric);
    row.extend(data_type.datetime);
    row.extend([NULL, NULL, NULL]);
    row.extend(data_type.collation);
    row.extend([NULL, NULL, NULL]);
    row.extend(data_type.udt);
    row.extend(row![NULL, NULL, NULL, NULL, described.number.to_string(), "NO"]);
    row.extend(identity(described));
    row.extend(row![
        if generated.is_some() { "ALWAYS" } else { "NEVER" },
        generated,
        yes(described.updatable),
    ]);
    row
}

/// is_identity, identity_generation, and the sequence: start, increment, maximum, minimum, cycle.
fn identity(described: &Described<'_>) -> Vec<Datum> {
    let generation = match described.column.and_then(|column| column.identity) {
        Some(Identity::Always) => "ALWAYS",
        Some(Identity::ByDefault) => "BY DEFAULT",
        None => return row!["NO", NULL, NULL, NULL, NULL, NULL, "NO"],
    };
    let number = |value: fn(&Sequence) -> i64| {
        described.sequence.map(|sequence| value(sequence).to_string())
    };
    row![
        "YES",
        generation,
        number(|sequence| sequence.start),
        number(|sequence| sequence.increment),
        number(|sequence| sequence.max),
        number(|sequence| sequence.min),
        yes(described.sequence.is_some_and(|sequence| sequence.cycle)),
    ]
}

fn element_types(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = Datum::text(&env.database);
    let rows = described(env).into_iter().filter_map(|column| {
        let element = oid::element_of(column.ty.oid)?;
        let data_type = DataType::of(PgType::with_typmod(element, -1), &database);
        let mut row = row![
            database.clone(),
            column.schema,
            column.relation,
            "TABLE",
            column.number.to_string(),
        ];
        row.extend(data_type.by_group());
        row.extend(data_type.udt);
        row.extend(row![NULL, NULL, NULL, NULL, format!("a{}", column.number)]);
        Some(row)
    });
    Ok(rows.collect())
}

fn column_privileges(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = Datum::text(&env.database);
    let mut rows = Vec::new();
    for column in described(env) {
        let owner = role_name(env, column.owner).cell();
        for privilege in ["SELECT", "INSERT", "UPDATE", "REFERENCES"] {
            rows.push(row![
                owner.clone(),
                owner.clone(),
                database.clone(),
                &column.schema,
                column.relation,
                column.name,
                privilege,
                "YES",
            ]);
        }
    }
    Ok(rows)
}
