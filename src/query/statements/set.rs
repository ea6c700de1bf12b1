//! SET, SHOW, RESET, DISCARD.

use std::sync::Arc;

use super::{command, names::constant_text};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        exec::batches::batches_of,
        functions::advisory,
        ir::Field,
        parse::{NodeEnum, ast},
        session::{Outcome, Session, Tag, channels::Listening},
    },
    types::{Datum, PgType},
};

pub fn set(session: &mut Session, statement: &ast::VariableSetStmt) -> Result<Outcome> {
    use ast::VariableSetKind as Kind;
    let name = statement.name.as_str();
    if statement.is_local
        && !session.transaction.as_ref().is_some_and(|transaction| transaction.explicit)
    {
        session.notice(PgError::warning(
            sqlstate::NO_ACTIVE_SQL_TRANSACTION,
            "SET LOCAL can only be used in transaction blocks",
        ));
    }
    // Settings of a transaction come and go with it: it must be open.
    session.transaction();
    match statement.kind() {
        Kind::VarSetValue => {
            let value = set_value(name, &statement.args)?;
            if matches!(
                name,
                "transaction_isolation" | "transaction_read_only" | "transaction_deferrable"
            ) {
                let option = ast::DefElem {
                    defname: name.to_owned(),
                    arg: Some(Box::new(string_node(&value))),
                    ..Default::default()
                };
                let option = ast::Node { node: Some(NodeEnum::DefElem(Box::new(option))) };
                super::transaction::set_modes(session, &[option])?;
                return command("SET");
            }
            session.live.lock().set(name, &value, statement.is_local)?;
        }
        Kind::VarSetDefault | Kind::VarReset => {
            if statement.kind() == Kind::VarReset
                && matches!(
                    name,
                    "transaction_isolation" | "transaction_read_only" | "transaction_deferrable"
                )
            {
                return Err(PgError::new(
                    sqlstate::FEATURE_NOT_SUPPORTED,
                    format!("parameter \"{name}\" cannot be reset"),
                ));
            }
            session.live.lock().reset(name)?;
        }
        Kind::VarResetAll => {
            session.live.lock().reset_all();
        }
        Kind::VarSetMulti => match name {
            "TRANSACTION" => super::transaction::set_modes(session, &statement.args)?,
            "SESSION CHARACTERISTICS" => {
                for arg in &statement.args {
                    let Some(NodeEnum::DefElem(option)) = &arg.node else { continue };
                    let value = constant_text(option.arg.as_deref()).unwrap_or_default();
                    let value = match value.as_str() {
                        "1" => "on".to_owned(),
                        "0" => "off".to_owned(),
                        _ => value,
                    };
                    let name = format!("default_{}", option.defname);
                    session.live.lock().set(&name, &value, false)?;
                }
            }
            other => return Err(PgError::unsupported(format!("SET {other}"))),
        },
        Kind::VarSetCurrent => return Err(PgError::unsupported("SET ... FROM CURRENT")),
        Kind::Undefined => return Err(PgError::internal("undefined SET")),
    }
    command(match statement.kind() {
        Kind::VarReset | Kind::VarResetAll => "RESET",
        _ => "SET",
    })
}

fn string_node(value: &str) -> ast::Node {
    ast::Node { node: Some(NodeEnum::String(ast::String { sval: value.to_owned() })) }
}

/// The value of SET; lists are joined, names in them quoted where they need it.
pub fn set_value(name: &str, args: &[ast::Node]) -> Result<String> {
    let values: Option<Vec<String>> = args.iter().map(|arg| constant_text(Some(arg))).collect();
    let values = values.ok_or_else(|| {
        PgError::new(sqlstate::INVALID_PARAMETER_VALUE, format!("invalid value for \"{name}\""))
    })?;
    let quote = name.eq_ignore_ascii_case("search_path");
    let values: Vec<String> = values
        .into_iter()
        .map(
            |value| {
                if quote && values_need_quotes(&value) { format!("\"{value}\"") } else { value }
            },
        )
        .collect();
    Ok(values.join(", "))
}

fn values_need_quotes(value: &str) -> bool {
    crate::query::session::names::quoted(value) != value
}

pub fn show_fields(statement: &ast::VariableShowStmt) -> Result<Arc<[Field]>> {
    if statement.name == "all" {
        let fields = ["name", "setting", "description"];
        return Ok(fields.map(|name| Field::new(name, PgType::TEXT)).into());
    }
    let name = crate::query::settings::definition(&statement.name)
        .map_or(statement.name.as_str(), |setting| setting.name);
    Ok([Field::new(name, PgType::TEXT)].into())
}

pub fn show(session: &mut Session, statement: &ast::VariableShowStmt) -> Result<Outcome> {
    let fields = show_fields(statement)?;
    let rows = if statement.name == "all" {
        let all = session.live.lock().settings.all();
        all.into_iter()
            .map(|(name, value, help)| vec![name.into(), value.into(), Datum::from(help)])
            .collect()
    } else {
        let value = session.setting(&statement.name).ok_or_else(|| {
            PgError::new(
                sqlstate::UNDEFINED_OBJECT,
                format!("unrecognized configuration parameter \"{}\"", statement.name),
            )
        })?;
        vec![vec![Datum::from(value)]]
    };
    let batches = batches_of(&rows, &fields)?;
    let stream = Box::pin(futures::stream::iter(batches.into_iter().map(Ok)));
    Ok(Outcome::Rows { fields, stream, tag: Tag::Fixed("SHOW".into()) })
}

/// DISCARD ALL | PLANS | SEQUENCES | TEMP
pub async fn discard(session: &mut Session, statement: &ast::DiscardStmt) -> Result<Outcome> {
    match statement.target() {
        ast::DiscardMode::DiscardAll => {
            if session.transaction.as_ref().is_some_and(|transaction| transaction.explicit) {
                return Err(PgError::new(
                    sqlstate::ACTIVE_SQL_TRANSACTION,
                    "DISCARD ALL cannot run inside a transaction block",
                ));
            }
            session.cursors.lock().clear();
            session.prepared.lock().clear();
            advisory::release_session(session.pid);
            session.live.lock().news.listening.push(Listening::EndAll);
            drop_temporary(session)?;
            let mut live = session.live.lock();
            live.reset_all();
            live.sequence_values.clear();
            live.last_sequence = None;
            drop(live);
            command("DISCARD ALL")
        }
        ast::DiscardMode::DiscardPlans => command("DISCARD PLANS"),
        ast::DiscardMode::DiscardSequences => {
            let mut live = session.live.lock();
            live.sequence_values.clear();
            live.last_sequence = None;
            drop(live);
            command("DISCARD SEQUENCES")
        }
        _ => {
            drop_temporary(session)?;
            command("DISCARD TEMP")
        }
    }
}

/// Everything in the session's temporary schema.
fn drop_temporary(session: &mut Session) -> Result<()> {
    let (env, _) = session.environment()?;
    let own = env.catalog.schema_named_on(&env.search_path, "pg_temp");
    let Some(schema) = own.map(|schema| schema.oid) else { return Ok(()) };
    let writes = &mut session.transaction().writes;
    for table in env.catalog.tables().filter(|table| table.schema == schema) {
        writes.forget_table(table.oid);
    }
    for change in env.catalog.drops_of_schema(schema) {
        writes.change(&env.catalog, change);
    }
    Ok(())
}
