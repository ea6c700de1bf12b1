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
mod declarations;
mod dependents;
mod draft;
mod drop;
mod drop_absent;
mod explain;
mod foreign_key;
pub mod index_fill;
mod insert;
mod like;
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
    storage::catalog::Table,
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
            writable_table(session, &insert.table, "INSERT")?;
            insert::insert(session, insert, params).await
        }
        Bound::Update(update) => {
            writable_table(session, &update.table, "UPDATE")?;
            modify::update(session, update, params).await
        }
        Bound::Delete(delete) => {
            writable_table(session, &delete.table, "DELETE")?;
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
        NodeEnum::DropRoleStmt(statement) => drop_absent::drop_roles(session, statement),
        NodeEnum::TruncateStmt(statement) => truncate::truncate(session, statement).await,
        NodeEnum::CreateSchemaStmt(statement) => objects::create_schema(session, statement).await,
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

/// The same for a table's rows: those of a temporary one may always be written.
fn writable_table(session: &mut Session, table: &Table, command: &str) -> Result<()> {
    if table.temporary { Ok(()) } else { writable(session, command) }
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
    matches!(
        node,
        NodeEnum::TransactionStmt(_) | NodeEnum::VariableSetStmt(_) | NodeEnum::VariableShowStmt(_)
    )
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
        NodeEnum::DropStmt(statement) => drop::command_name(statement.remove_type()),
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
        NodeEnum::DefineStmt(statement) => define_name(statement.kind()),
        NodeEnum::AlterSystemStmt(_) => "ALTER SYSTEM",
        NodeEnum::LoadStmt(_) => "LOAD",
        NodeEnum::RuleStmt(_) => "CREATE RULE",
        NodeEnum::CreatePublicationStmt(_) => "CREATE PUBLICATION",
        NodeEnum::AlterPublicationStmt(_) => "ALTER PUBLICATION",
        NodeEnum::CreateSubscriptionStmt(_) => "CREATE SUBSCRIPTION",
        NodeEnum::AlterSubscriptionStmt(_) => "ALTER SUBSCRIPTION",
        NodeEnum::DropSubscriptionStmt(_) => "DROP SUBSCRIPTION",
        NodeEnum::CreateForeignTableStmt(_) => "CREATE FOREIGN TABLE",
        NodeEnum::CreateForeignServerStmt(_) => "CREATE SERVER",
        NodeEnum::AlterForeignServerStmt(_) => "ALTER SERVER",
        NodeEnum::CreateFdwStmt(_) => "CREATE FOREIGN DATA WRAPPER",
        NodeEnum::AlterFdwStmt(_) => "ALTER FOREIGN DATA WRAPPER",
        NodeEnum::CreateUserMappingStmt(_) => "CREATE USER MAPPING",
        NodeEnum::AlterUserMappingStmt(_) => "ALTER USER MAPPING",
        NodeEnum::DropUserMappingStmt(_) => "DROP USER MAPPING",
        NodeEnum::ImportForeignSchemaStmt(_) => "IMPORT FOREIGN SCHEMA",
        NodeEnum::CreateEventTrigStmt(_) => "CREATE EVENT TRIGGER",
        NodeEnum::AlterEventTrigStmt(_) => "ALTER EVENT TRIGGER",
        NodeEnum::CreateCastStmt(_) => "CREATE CAST",
        NodeEnum::CreateConversionStmt(_) => "CREATE CONVERSION",
        NodeEnum::CreateTransformStmt(_) => "CREATE TRANSFORM",
        NodeEnum::CreateStatsStmt(_) => "CREATE STATISTICS",
        NodeEnum::AlterStatsStmt(_) => "ALTER STATISTICS",
        NodeEnum::CreateTableSpaceStmt(_) => "CREATE TABLESPACE",
        NodeEnum::DropTableSpaceStmt(_) => "DROP TABLESPACE",
        NodeEnum::AlterTableSpaceOptionsStmt(_) => "ALTER TABLESPACE",
        NodeEnum::AlterTableMoveAllStmt(_) => "ALTER TABLE ALL IN TABLESPACE",
        NodeEnum::CreatePlangStmt(_) => "CREATE LANGUAGE",
        NodeEnum::CreateAmStmt(_) => "CREATE ACCESS METHOD",
        NodeEnum::CreateOpClassStmt(_) => "CREATE OPERATOR CLASS",
        NodeEnum::CreateOpFamilyStmt(_) => "CREATE OPERATOR FAMILY",
        NodeEnum::AlterOpFamilyStmt(_) => "ALTER OPERATOR FAMILY",
        NodeEnum::AlterOperatorStmt(_) => "ALTER OPERATOR",
        NodeEnum::AlterTypeStmt(_) | NodeEnum::AlterEnumStmt(_) => "ALTER TYPE",
        NodeEnum::AlterDomainStmt(_) => "ALTER DOMAIN",
        NodeEnum::AlterFunctionStmt(_) => "ALTER FUNCTION",
        NodeEnum::AlterDefaultPrivilegesStmt(_) => "ALTER DEFAULT PRIVILEGES",
        NodeEnum::AlterRoleSetStmt(_) => "ALTER ROLE",
        NodeEnum::AlterPolicyStmt(_) => "ALTER POLICY",
        NodeEnum::AlterExtensionStmt(_) | NodeEnum::AlterExtensionContentsStmt(_) => {
            "ALTER EXTENSION"
        }
        NodeEnum::AlterObjectDependsStmt(_) => "ALTER ... DEPENDS ON EXTENSION",
        NodeEnum::AlterCollationStmt(_) => "ALTER COLLATION",
        NodeEnum::AlterTsdictionaryStmt(_) => "ALTER TEXT SEARCH DICTIONARY",
        NodeEnum::AlterTsconfigurationStmt(_) => "ALTER TEXT SEARCH CONFIGURATION",
        NodeEnum::AlterDatabaseRefreshCollStmt(_) => "ALTER DATABASE",
        NodeEnum::SecLabelStmt(_) => "SECURITY LABEL",
        NodeEnum::ReassignOwnedStmt(_) => "REASSIGN OWNED",
        NodeEnum::DropOwnedStmt(_) => "DROP OWNED",
        _ => "this statement",
    }
}

/// What CREATE of an aggregate, an operator and their kin is called.
fn define_name(kind: ast::ObjectType) -> &'static str {
    use ast::ObjectType as Kind;
    match kind {
        Kind::ObjectAggregate => "CREATE AGGREGATE",
        Kind::ObjectOperator => "CREATE OPERATOR",
        Kind::ObjectType => "CREATE TYPE",
        Kind::ObjectCollation => "CREATE COLLATION",
        Kind::ObjectTsparser => "CREATE TEXT SEARCH PARSER",
        Kind::ObjectTsdictionary => "CREATE TEXT SEARCH DICTIONARY",
        Kind::ObjectTstemplate => "CREATE TEXT SEARCH TEMPLATE",
        _ => "CREATE TEXT SEARCH CONFIGURATION",
    }
}

fn command(tag: impl Into<String>) -> Result<Outcome> {
    Ok(Outcome::Command(tag.into()))
}
