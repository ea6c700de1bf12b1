//! PREPARE, EXECUTE and DEALLOCATE.

use std::sync::Arc;

use super::command;
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        bind::{Binder, bind_type},
        exec::{EvalContext, evaluate},
        parse::{NodeEnum, Statement, ast},
        session::{Outcome, Prepared, Session, engine::now, prepared::Named},
    },
    types::{Datum, PgType},
};

/// Errors: 42P05 if the name is taken; the binder's.
pub async fn prepare(
    session: &mut Session,
    statement: &ast::PrepareStmt,
    whole: &Statement,
) -> Result<Outcome> {
    let node = statement.query.as_deref().and_then(|query| query.node.clone());
    let node = node.ok_or_else(|| PgError::internal("PREPARE without a statement"))?;
    let types = statement
        .argtypes
        .iter()
        .map(|node| match &node.node {
            Some(NodeEnum::TypeName(name)) => bind_type(name).map(|ty| ty.oid),
            _ => Err(PgError::internal("type expected in PREPARE")),
        })
        .collect::<Result<Vec<_>>>()?;
    let inner = Statement { node: Arc::new(node), ..whole.clone() };
    if session.named(&statement.name).is_some() {
        return Err(PgError::new(
            sqlstate::DUPLICATE_PREPARED_STATEMENT,
            format!("prepared statement \"{}\" already exists", statement.name),
        ));
    }
    let prepared = session.prepare(&inner, &types).await?;
    let sql = Some(whole.text.clone());
    session.enter_name(&statement.name, Named { prepared, since: now(), sql })?;
    command("PREPARE")
}

/// Errors: as [`resolve`], and those of the statement.
pub async fn execute(session: &mut Session, statement: &ast::ExecuteStmt) -> Result<Outcome> {
    let (prepared, values) = resolve(session, statement)?;
    // A statement that is executed this way may itself be any statement.
    Box::pin(session.execute(&prepared, values)).await
}

/// The prepared statement that EXECUTE names, and its arguments.
///
/// Errors: 26000 for an unknown name; 42601 for a wrong number of arguments.
pub fn resolve(
    session: &mut Session,
    statement: &ast::ExecuteStmt,
) -> Result<(Prepared, Vec<Datum>)> {
    let prepared: Prepared =
        session.named(&statement.name).ok_or_else(|| unknown(&statement.name))?;
    let params = prepared.params().to_vec();
    if params.len() != statement.params.len() {
        return Err(PgError::new(
            sqlstate::SYNTAX_ERROR,
            format!("wrong number of parameters for prepared statement \"{}\"", statement.name),
        )
        .detail(format!(
            "Expected {} parameters but got {}.",
            params.len(),
            statement.params.len()
        )));
    }
    let values = {
        let (env, _) = session.environment()?;
        let binder = Binder::new(&env, &[]);
        statement
            .params
            .iter()
            .zip(&params)
            .map(|(node, ty): (_, &PgType)| {
                let expr = binder.constant_expression(node, Some(*ty))?;
                evaluate(&expr, &[], &EvalContext::new(&env))
            })
            .collect::<Result<Vec<_>>>()?
    };
    Ok((prepared, values))
}

/// Errors: 26000 for an unknown name.
pub fn deallocate(session: &mut Session, statement: &ast::DeallocateStmt) -> Result<Outcome> {
    if statement.name.is_empty() {
        session.prepared.lock().clear();
        return command("DEALLOCATE ALL");
    }
    if session.named(&statement.name).is_none() {
        return Err(unknown(&statement.name));
    }
    session.unname(&statement.name);
    command("DEALLOCATE")
}

fn unknown(name: &str) -> PgError {
    PgError::new(
        sqlstate::INVALID_SQL_STATEMENT_NAME,
        format!("prepared statement \"{name}\" does not exist"),
    )
}
