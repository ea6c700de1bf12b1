//! Statements: a file per kind. Each takes the session and the syntax tree (or the bound form) and
//! gives an [`Outcome`].

mod alter_table;
mod comment;
mod copy;
mod create_index;
mod create_table;
mod create_table_as;
mod cursor;
mod database;
mod draft;
mod drop;
mod explain;
mod foreign_key;
pub mod index_fill;
mod insert;
mod maintenance;
mod modify;
mod names;
mod notify;
mod objects;
mod operator_class;
mod prepare;
mod rename;
mod respell;
mod select;
mod sequence;
mod set;
mod steps;
mod transaction;
mod truncate;
mod view;
pub mod write;

use std::sync::Arc;

use super::{
    ir::{Field, Node, Plan},
    parse::{NodeEnum, ast},
    session::{
        Outcome, Prepared, Session,
        prepared::{Bound, PreparedInner},
    },
};
use crate::{
    base::{PgError, Result, sqlstate},
    types::{Datum, PgType},
};

/// Runs a prepared statement.
pub async fn execute(
    session: &mut Session,
    prepared: &Prepared,
    params: Vec<Datum>,
) -> Result<Outcome> {
    let inner: &PreparedInner = &prepared.inner;
    match inner.steps.is_empty() {
        true => run(session, inner, params).await,
        false => steps::execute(session, inner, params).await,
    }
}

async fn run(session: &mut Session, inner: &PreparedInner, params: Vec<Datum>) -> Result<Outcome> {
    match &inner.bound {
        Bound::Select(plan) => {
            if inner.locks_rows {
                writable(session, "SELECT FOR UPDATE")?;
            }
            let query = select::Query { plan, locks_rows: inner.locks_rows };
            select::select(session, query, params).await
        }
        Bound::Insert(insert) => {
            writable(session, "INSERT")?;
            insert::insert(session, insert, params).await
        }
        Bound::Update(update) => {
            writable(session, "UPDATE")?;
            modify::update(session, update, params).await
        }
        Bound::Delete(delete) => {
            writable(session, "DELETE")?;
            modify::delete(session, delete, params).await
        }
        Bound::Utility => utility(session, inner, params).await,
    }
}

/// The parameters of a query inside of another statement.
pub struct Given<'a> {
    pub types: &'a [PgType],
    pub values: Vec<Datum>,
}

async fn utility(
    session: &mut Session,
    inner: &PreparedInner,
    params: Vec<Datum>,
) -> Result<Outcome> {
    let given = Given { types: &inner.params, values: params };
    match inner.statement.node.as_ref() {
        NodeEnum::TransactionStmt(statement) => transaction::transaction(session, statement).await,
        NodeEnum::VariableSetStmt(statement) => set::set(session, statement),
        NodeEnum::VariableShowStmt(statement) => set::show(session, statement),
        NodeEnum::DiscardStmt(statement) => set::discard(session, statement).await,
        NodeEnum::ExplainStmt(statement) => explain::explain(session, statement, given).await,
        NodeEnum::DeclareCursorStmt(statement) => {
            cursor::declare(session, statement, &inner.statement, given).await
        }
        NodeEnum::ListenStmt(statement) => notify::listen(session, &statement.conditionname),
        NodeEnum::UnlistenStmt(statement) => notify::unlisten(session, &statement.conditionname),
        NodeEnum::NotifyStmt(statement) => {
            notify::notify(session, &statement.conditionname, &statement.payload)
        }
        NodeEnum::CreatedbStmt(statement) => database::create(session, statement).await,
        NodeEnum::DropdbStmt(statement) => database::drop(session, statement).await,
        NodeEnum::AlterDatabaseSetStmt(statement) => database::alter_set(session, statement),
        NodeEnum::FetchStmt(statement) => cursor::fetch(session, statement),
        NodeEnum::ClosePortalStmt(statement) => cursor::close(session, statement),
        NodeEnum::PrepareStmt(statement) => {
            prepare::prepare(session, statement, &inner.statement).await
        }
        NodeEnum::ExecuteStmt(statement) => prepare::execute(session, statement).await,
        NodeEnum::DeallocateStmt(statement) => prepare::deallocate(session, statement),
        NodeEnum::CopyStmt(statement) => copy::copy(session, statement).await,
        NodeEnum::ConstraintsSetStmt(statement) => {
            transaction::constraints(session, statement).await
        }
        NodeEnum::VacuumStmt(statement) => maintenance::vacuum(session, statement),
        NodeEnum::ReindexStmt(statement) => maintenance::reindex(session, statement),
        NodeEnum::CheckPointStmt(_) => maintenance::checkpoint(session),
        NodeEnum::LockStmt(statement) => maintenance::lock_statement(session, statement).await,
        node => {
            writable(session, command_name(node))?;
            definition(session, node, given).await
        }
    }
}

/// Statements that change definitions, and TRUNCATE.
async fn definition(session: &mut Session, node: &NodeEnum, given: Given<'_>) -> Result<Outcome> {
    match node {
        NodeEnum::CreateStmt(statement) => create_table::create_table(session, statement).await,
        NodeEnum::SelectStmt(select) => {
            let statement = create_table_as::select_into(select)?;
            create_table_as::create_table_as(session, &statement, given).await
        }
        NodeEnum::CreateTableAsStmt(statement) => {
            create_table_as::create_table_as(session, statement, given).await
        }
        NodeEnum::IndexStmt(statement) => create_index::create_index(session, statement).await,
        NodeEnum::DropStmt(statement) => drop::drop_objects(session, statement).await,
        NodeEnum::TruncateStmt(statement) => truncate::truncate(session, statement).await,
        NodeEnum::CreateSchemaStmt(statement) => objects::create_schema(session, statement),
        NodeEnum::CreateSeqStmt(statement) => sequence::create_sequence(session, statement),
        NodeEnum::CreateExtensionStmt(statement) => objects::create_extension(session, statement),
        NodeEnum::ViewStmt(statement) => view::create_view(session, statement),
        NodeEnum::CommentStmt(statement) => comment::comment(session, statement),
        NodeEnum::AlterTableStmt(statement) => alter_table::alter_table(session, statement).await,
        NodeEnum::AlterSeqStmt(statement) => sequence::alter_sequence(session, statement).await,
        NodeEnum::RenameStmt(statement) => rename::rename(session, statement).await,
        NodeEnum::AlterObjectSchemaStmt(statement) => rename::set_schema(session, statement).await,
        NodeEnum::AlterOwnerStmt(statement) => rename::set_owner(session, statement),
        other => Err(PgError::unsupported(command_name(other))),
    }
}

/// Errors: 25006 `cannot execute X in a read-only transaction`.
fn writable(session: &mut Session, command: &str) -> Result<()> {
    if session.transaction().read_only {
        return Err(PgError::new(
            sqlstate::READ_ONLY_SQL_TRANSACTION,
            format!("cannot execute {command} in a read-only transaction"),
        ));
    }
    Ok(())
}

/// Whether a statement is allowed in a failed transaction.
pub fn ends_transaction(node: &NodeEnum) -> bool {
    use ast::TransactionStmtKind as Kind;
    matches!(
        node,
        NodeEnum::TransactionStmt(statement)
            if matches!(
                statement.kind(),
                Kind::TransStmtCommit | Kind::TransStmtRollback | Kind::TransStmtRollbackTo
            )
    )
}

/// Statements that must not take a snapshot: the isolation level may still change.
pub fn reads_nothing(node: &NodeEnum) -> bool {
    matches!(node, NodeEnum::TransactionStmt(_) | NodeEnum::VariableSetStmt(_))
}

/// The columns of a statement that is no query but returns rows.
pub fn utility_fields(session: &mut Session, node: &NodeEnum) -> Result<Option<Arc<[Field]>>> {
    match node {
        NodeEnum::VariableShowStmt(statement) => set::show_fields(statement).map(Some),
        NodeEnum::ExplainStmt(_) => Ok(Some(explain::fields())),
        NodeEnum::FetchStmt(statement) if !statement.ismove => {
            Ok(session.cursor_fields(&statement.portalname))
        }
        NodeEnum::ExecuteStmt(statement) => {
            Ok(session.named(&statement.name).and_then(|prepared| prepared.fields()))
        }
        _ => Ok(None),
    }
}

/// The metrics label of a query.
pub fn kind_of_plan(plan: &Plan) -> &'static str {
    let (mut knn, mut text, mut point, mut scan) = (false, false, false, false);
    visit(plan, &mut |plan| match plan.node {
        Node::Knn(_) => knn = true,
        Node::TextSearch(_) => text = true,
        Node::IndexScan(_) | Node::InvertedScan(_) => point = true,
        Node::Scan(_) => scan = true,
        _ => {}
    });
    match (knn, text) {
        (true, true) => "hybrid",
        (true, false) => "knn",
        (false, true) => "fts",
        _ if scan => "scan",
        _ if point => "point",
        _ => "other",
    }
}

fn visit(plan: &Plan, see: &mut dyn FnMut(&Plan)) {
    see(plan);
    match &plan.node {
        Node::Filter { input, .. }
        | Node::Project { input, .. }
        | Node::ProjectSet { input, .. }
        | Node::Aggregate { input, .. }
        | Node::Window { input, .. }
        | Node::Sort { input, .. }
        | Node::Limit { input, .. }
        | Node::Distinct { input }
        | Node::DistinctOn { input, .. }
        | Node::LockRows { input, .. } => visit(input, see),
        Node::Join { left, right, .. } | Node::SetOp { left, right, .. } => {
            visit(left, see);
            visit(right, see);
        }
        Node::With { ctes, body } => {
            for cte in ctes {
                visit(&cte.plan, see);
            }
            visit(body, see);
        }
        _ => {}
    }
}

/// The metrics label of any other statement.
pub fn kind_of_utility(node: &NodeEnum) -> &'static str {
    match node {
        NodeEnum::CopyStmt(_) => "copy",
        NodeEnum::CreateStmt(_)
        | NodeEnum::IndexStmt(_)
        | NodeEnum::DropStmt(_)
        | NodeEnum::TruncateStmt(_)
        | NodeEnum::CreateSchemaStmt(_)
        | NodeEnum::CreateSeqStmt(_)
        | NodeEnum::CreateExtensionStmt(_)
        | NodeEnum::ViewStmt(_)
        | NodeEnum::CreateTableAsStmt(_) => "ddl",
        _ => "other",
    }
}

/// The query inside of a statement, whose parameters are the statement's.
pub fn inner_query(node: &NodeEnum) -> Option<&NodeEnum> {
    let query = match node {
        NodeEnum::ExplainStmt(statement) => statement.query.as_deref(),
        NodeEnum::DeclareCursorStmt(statement) => statement.query.as_deref(),
        NodeEnum::CreateTableAsStmt(statement) => statement.query.as_deref(),
        _ => None,
    };
    match query?.node.as_ref()? {
        // EXPLAIN CREATE TABLE AS
        node @ NodeEnum::CreateTableAsStmt(_) => inner_query(node),
        node => Some(node),
    }
}

/// What PostgreSQL calls the command.
fn command_name(node: &NodeEnum) -> &'static str {
    match node {
        NodeEnum::CreateStmt(_) => "CREATE TABLE",
        NodeEnum::CreateTableAsStmt(_) => "CREATE TABLE AS",
        NodeEnum::SelectStmt(_) => "SELECT INTO",
        NodeEnum::IndexStmt(_) => "CREATE INDEX",
        NodeEnum::DropStmt(_) => "DROP",
        NodeEnum::TruncateStmt(_) => "TRUNCATE TABLE",
        NodeEnum::CreateSchemaStmt(_) => "CREATE SCHEMA",
        NodeEnum::CreateSeqStmt(_) => "CREATE SEQUENCE",
        NodeEnum::AlterSeqStmt(_) => "ALTER SEQUENCE",
        NodeEnum::CreateExtensionStmt(_) => "CREATE EXTENSION",
        NodeEnum::ViewStmt(_) => "CREATE VIEW",
        NodeEnum::CommentStmt(_) => "COMMENT",
        NodeEnum::AlterTableStmt(_) => "ALTER TABLE",
        NodeEnum::RenameStmt(_) => "ALTER ... RENAME",
        NodeEnum::MergeStmt(_) => "MERGE",
        NodeEnum::DoStmt(_) => "DO",
        NodeEnum::CallStmt(_) => "CALL",
        NodeEnum::ListenStmt(_) => "LISTEN",
        NodeEnum::UnlistenStmt(_) => "UNLISTEN",
        NodeEnum::NotifyStmt(_) => "NOTIFY",
        NodeEnum::CreateFunctionStmt(_) => "CREATE FUNCTION",
        NodeEnum::CreateTrigStmt(_) => "CREATE TRIGGER",
        NodeEnum::CreateEnumStmt(_)
        | NodeEnum::CompositeTypeStmt(_)
        | NodeEnum::CreateRangeStmt(_) => "CREATE TYPE",
        NodeEnum::CreateDomainStmt(_) => "CREATE DOMAIN",
        NodeEnum::CreateRoleStmt(_) => "CREATE ROLE",
        NodeEnum::AlterRoleStmt(_) => "ALTER ROLE",
        NodeEnum::DropRoleStmt(_) => "DROP ROLE",
        NodeEnum::GrantStmt(_) => "GRANT",
        NodeEnum::GrantRoleStmt(_) => "GRANT ROLE",
        NodeEnum::CreatedbStmt(_) => "CREATE DATABASE",
        NodeEnum::DropdbStmt(_) => "DROP DATABASE",
        NodeEnum::AlterDatabaseStmt(_) | NodeEnum::AlterDatabaseSetStmt(_) => "ALTER DATABASE",
        NodeEnum::CreatePolicyStmt(_) => "CREATE POLICY",
        NodeEnum::RefreshMatViewStmt(_) => "REFRESH MATERIALIZED VIEW",
        NodeEnum::ReindexStmt(_) => "REINDEX",
        NodeEnum::ClusterStmt(_) => "CLUSTER",
        NodeEnum::DefineStmt(_) => "CREATE of this kind of object",
        _ => "this statement",
    }
}

fn command(tag: impl Into<String>) -> Result<Outcome> {
    Ok(Outcome::Command(tag.into()))
}
