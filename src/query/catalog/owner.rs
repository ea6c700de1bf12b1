//! Roles, databases and extensions.

use std::sync::LazyLock;

use super::{
    extension,
    relation::RowsFn,
    row::{NULL, array, row},
};
use crate::{
    base::{Oid, Result},
    query::env::Env,
    storage::catalog::{Extension, Object, Role, SUPERUSER},
    types::{Datum, oid},
};

pub(super) const ROWS: &[(&str, RowsFn)] = &[
    ("pg_authid", |env| Ok(roles(env).map(authid).collect())),
    ("pg_roles", |env| Ok(roles(env).map(role_row).collect())),
    ("pg_user", |env| Ok(roles(env).filter(|role| role.login).map(user_row).collect())),
    ("pg_shadow", |env| Ok(roles(env).filter(|role| role.login).map(shadow_row).collect())),
    ("pg_group", |env| Ok(roles(env).filter(|role| !role.login).map(group_row).collect())),
    ("pg_database", databases),
    ("pg_extension", |env| {
        Ok(extensions(env).map(extension_row).chain(extension::unmade(env)).collect())
    }),
    ("pg_available_extensions", available),
    ("pg_available_extension_versions", available_versions),
];

/// PostgreSQL's number for UTF8.
const UTF8: i32 = 6;
const PG_DEFAULT: Oid = Oid(1663);

/// Extensions that CREATE EXTENSION takes: name, version, comment.
pub(super) const AVAILABLE: &[(&str, &str, &str)] =
    &[("vector", "0.8.5", "vector data type and ivfflat and hnsw access methods")];

/// What an extension says of itself.
pub(super) fn extension_comment(name: &str) -> Option<&'static str> {
    AVAILABLE.iter().find(|(found, ..)| *found == name).map(|(_, _, comment)| *comment)
}

/// PostgreSQL's role of whoever owns the current database, which owns the schema `public`.
pub const DATABASE_OWNER: (Oid, &str) = (Oid(6171), "pg_database_owner");

static DATABASE_OWNER_ROLE: LazyLock<Role> = LazyLock::new(|| Role {
    oid: DATABASE_OWNER.0,
    name: DATABASE_OWNER.1.into(),
    superuser: false,
    login: false,
    create_db: false,
    create_role: false,
    connection_limit: -1,
    scram: None,
});

fn roles(env: &Env) -> impl Iterator<Item = &Role> {
    let stored = env.catalog.objects().filter_map(|object| match object {
        Object::Role(role) => Some(role.as_ref()),
        _ => None,
    });
    stored.chain([&*DATABASE_OWNER_ROLE])
}

/// The name of a role, or PostgreSQL's text for one that is gone.
pub(super) fn role_name(env: &Env, oid: Oid) -> String {
    match env.catalog.object(oid) {
        Some(Object::Role(role)) => role.name.clone(),
        _ if oid == DATABASE_OWNER.0 => DATABASE_OWNER.1.to_owned(),
        _ => format!("unknown (OID={oid})"),
    }
}

fn authid(role: &Role) -> Vec<Datum> {
    row![
        role.oid,
        &role.name,
        role.superuser,
        true,
        role.create_role,
        role.create_db,
        role.login,
        role.superuser,
        role.superuser,
        role.connection_limit,
        role.scram.as_ref(),
        NULL,
    ]
}

fn role_row(role: &Role) -> Vec<Datum> {
    row![
        &role.name,
        role.superuser,
        true,
        role.create_role,
        role.create_db,
        role.login,
        role.superuser,
        role.connection_limit,
        "********",
        NULL,
        role.superuser,
        NULL,
        role.oid,
    ]
}

fn user_row(role: &Role) -> Vec<Datum> {
    let (create_db, superuser) = (role.create_db, role.superuser);
    row![&role.name, role.oid, create_db, superuser, superuser, superuser, "********", NULL, NULL]
}

fn shadow_row(role: &Role) -> Vec<Datum> {
    let mut row = user_row(role);
    row[6] = role.scram.as_ref().map_or(NULL, Datum::text);
    row
}

/// There is no membership, so a group is empty.
fn group_row(role: &Role) -> Vec<Datum> {
    row![&role.name, role.oid, array(oid::OID, Vec::<Oid>::new())]
}

fn databases(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let database = |oid: Oid, name: &str, template: bool, connect: bool| {
        row![
            oid,
            name,
            SUPERUSER,
            UTF8,
            'c',
            template,
            connect,
            false,
            -1,
            Oid(3),
            Oid(1),
            PG_DEFAULT,
            "C.UTF-8",
            "C.UTF-8",
            NULL,
            NULL,
            NULL,
            NULL,
        ]
    };
    let known = env.catalog.databases();
    let mut rows: Vec<_> =
        known.iter().map(|known| database(known.oid, &known.name, false, true)).collect();
    // Clients look for them; they cannot be connected to.
    rows.push(database(Oid(1), "template1", true, false));
    rows.push(database(Oid(4), "template0", true, false));
    Ok(rows)
}

fn extensions(env: &Env) -> impl Iterator<Item = &Extension> {
    env.catalog.objects().filter_map(|object| match object {
        Object::Extension(extension) => Some(extension.as_ref()),
        _ => None,
    })
}

fn extension_row(found: &Extension) -> Vec<Datum> {
    row![found.oid, &found.name, SUPERUSER, found.schema, true, &found.version, NULL, NULL]
}

fn available(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = AVAILABLE.iter().map(|(name, version, comment)| {
        let installed = env.catalog.extension_named(name);
        row![*name, *version, installed.map(|found| found.version.as_str()), *comment]
    });
    Ok(rows.collect())
}

fn available_versions(env: &Env) -> Result<Vec<Vec<Datum>>> {
    let rows = AVAILABLE.iter().map(|(name, version, comment)| {
        let installed =
            env.catalog.extension_named(name).is_some_and(|found| found.version == *version);
        row![*name, *version, installed, true, true, true, NULL, NULL, *comment]
    });
    Ok(rows.collect())
}
