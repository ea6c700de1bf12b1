//! CREATE, DROP and ALTER DATABASE.
//!
//! A database is a set of schemas that sessions of others do not see; all share one store, one
//! Committer and the roles.

use std::time::Duration;

use super::{command, create_table::lock_name, names::constant_text, set::set_value};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::{
        parse::{NodeEnum, ast},
        session::{Outcome, Session, TransactionStatus},
    },
    storage::{
        CatalogChange,
        catalog::{Database, FIRST_DATABASE, Object, SUPERUSER, Schema},
    },
};

/// How long DROP DATABASE waits for others to leave, as PostgreSQL does.
const FAREWELL: Duration = Duration::from_secs(5);
const FAREWELL_STEP: Duration = Duration::from_millis(20);

/// Errors: 25001 `X cannot run inside a transaction block`.
fn outside_of_block(session: &Session, what: &str) -> Result<()> {
    if session.status() == TransactionStatus::Idle {
        return Ok(());
    }
    err!(ACTIVE_SQL_TRANSACTION, "{what} cannot run inside a transaction block")
}

/// Errors: 42P04 if there is one; 0A000 for options that ask for what all databases share.
pub async fn create(session: &mut Session, statement: &ast::CreatedbStmt) -> Result<Outcome> {
    outside_of_block(session, "CREATE DATABASE")?;
    check_options(&statement.options)?;
    let name = statement.dbname.clone();
    lock_name(session, Oid(0), &name).await?;
    let (env, _) = session.environment()?;
    if env.catalog.database_named(&name).is_some() || is_template(&name) {
        return err!(DUPLICATE_DATABASE, "database \"{name}\" already exists");
    }
    let store = &session.shared().store;
    let (database, public) = (store.allocate_oid(), store.allocate_oid());
    let schema =
        Schema { oid: public, name: "public".into(), owner: SUPERUSER, database, temporary: false };
    let database = Database { oid: database, name, owner: SUPERUSER, settings: Default::default() };
    let writes = &mut session.transaction().writes;
    writes.change(&env.catalog, CatalogChange::Put(Object::Database(database.into())));
    writes.change(&env.catalog, CatalogChange::Put(Object::Schema(schema.into())));
    command("CREATE DATABASE")
}

fn is_template(name: &str) -> bool {
    matches!(name, "template0" | "template1")
}

/// New databases are empty, in UTF-8 and of C order.
fn check_options(options: &[ast::Node]) -> Result<()> {
    for option in options {
        let Some(NodeEnum::DefElem(option)) = &option.node else { continue };
        let Some(value) = constant_text(option.arg.as_deref()) else { continue };
        let plain: String = value.chars().filter(char::is_ascii_alphanumeric).collect();
        let fits = match option.defname.as_str() {
            "template" => is_template(&value),
            "encoding" => {
                matches!(plain.to_ascii_lowercase().as_str(), "utf8" | "unicode" | "6" | "1")
            }
            "locale" | "lc_collate" | "lc_ctype" | "builtin_locale" => {
                matches!(plain.to_ascii_lowercase().as_str(), "c" | "posix" | "cutf8")
            }
            "locale_provider" => matches!(value.as_str(), "libc" | "builtin"),
            "icu_locale" | "icu_rules" | "tablespace" => value == "pg_default",
            "is_template" | "allow_connections" => {
                let usual = if option.defname == "is_template" { "false" } else { "true" };
                value == usual
            }
            "owner" | "strategy" | "connection_limit" | "collation_version" | "oid" => true,
            other => {
                return Err(PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    format!("option \"{other}\" not recognized"),
                )
                .at(option.location));
            }
        };
        if !fits {
            let name = option.defname.to_uppercase();
            return Err(PgError::unsupported(format!("CREATE DATABASE with {name} {value}")));
        }
    }
    Ok(())
}

/// Errors: 3D000 for an unknown one; 55006 if it is in use.
pub async fn drop(session: &mut Session, statement: &ast::DropdbStmt) -> Result<Outcome> {
    outside_of_block(session, "DROP DATABASE")?;
    let name = &statement.dbname;
    let (env, _) = session.environment()?;
    let Some(database) = env.catalog.database_named(name) else {
        let message = format!("database \"{name}\" does not exist");
        if statement.missing_ok {
            session.notice(PgError::notice(format!("{message}, skipping")));
            return command("DROP DATABASE");
        }
        return Err(PgError::new(sqlstate::INVALID_CATALOG_NAME, message));
    };
    if database.oid == session.database_oid {
        return err!(OBJECT_IN_USE, "cannot drop the currently open database");
    }
    if database.oid == FIRST_DATABASE {
        return Err(PgError::unsupported(format!("DROP DATABASE {name}")));
    }
    let forced = statement.options.iter().any(|option| {
        matches!(&option.node, Some(NodeEnum::DefElem(option)) if option.defname == "force")
    });
    emptied(session, name, forced).await?;
    let whole = session.shared().store.snapshot()?.catalog().clone();
    let mut drops = Vec::new();
    for schema in whole.schemas().filter(|schema| schema.database == database.oid) {
        if !schema.is_system() {
            drops.extend(whole.drops_of_schema(schema.oid));
        }
    }
    drops.push(CatalogChange::Drop(database.oid));
    for change in drops {
        session.transaction().writes.change(&env.catalog, change);
    }
    command("DROP DATABASE")
}

/// Waits until no other session is in the database; `forced` ends them.
///
/// Errors: 55006 after five seconds.
async fn emptied(session: &Session, name: &str, forced: bool) -> Result<()> {
    let start = std::time::Instant::now();
    loop {
        let others: Vec<i32> = {
            let backends = session.shared().backends.lock();
            backends.values().filter(|one| one.database == name).map(|one| one.pid).collect()
        };
        if others.is_empty() {
            return Ok(());
        }
        if forced {
            for pid in &others {
                session.shared().signal(*pid, true);
            }
        }
        if start.elapsed() >= FAREWELL {
            let count = others.len();
            let error = PgError::new(
                sqlstate::OBJECT_IN_USE,
                format!("database \"{name}\" is being accessed by other users"),
            );
            return Err(match count {
                1 => error.detail("There is 1 other session using the database."),
                _ => error.detail(format!("There are {count} other sessions using the database.")),
            });
        }
        session.running().check()?;
        tokio::time::sleep(FAREWELL_STEP).await;
    }
}

/// ALTER DATABASE ... SET and RESET: what sessions of it begin with.
///
/// Errors: 3D000; those of SET.
pub fn alter_set(session: &mut Session, statement: &ast::AlterDatabaseSetStmt) -> Result<Outcome> {
    use ast::VariableSetKind as Kind;
    let (env, _) = session.environment()?;
    let name = &statement.dbname;
    let database = env.catalog.database_named(name).ok_or_else(|| {
        PgError::new(sqlstate::INVALID_CATALOG_NAME, format!("database \"{name}\" does not exist"))
    })?;
    let mut changed = (*database).clone();
    let set = statement.setstmt.as_ref().ok_or_else(|| PgError::internal("ALTER without SET"))?;
    match set.kind() {
        Kind::VarSetValue => {
            let value = set_value(&set.name, &set.args)?;
            // Refused now rather than at every start of a session.
            session.live.lock().settings.clone().set(&set.name, &value)?;
            changed.settings.insert(set.name.clone(), value);
        }
        Kind::VarSetDefault | Kind::VarReset => {
            changed.settings.remove(&set.name);
        }
        Kind::VarResetAll => changed.settings.clear(),
        _ => return Err(PgError::unsupported("this form of ALTER DATABASE ... SET")),
    }
    let change = CatalogChange::Put(Object::Database(changed.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("ALTER DATABASE")
}
