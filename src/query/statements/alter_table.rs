//! ALTER TABLE.
//!
//! The commands of one statement are applied to a draft of the table in PostgreSQL's order (drops,
//! types, new columns, attributes, constraints). Stored rows are touched only where they must be: a
//! column with a constant default is added to the definition alone ([`Column::missing`]); a volatile
//! default, a generated column and a new type write the table anew, as PostgreSQL does.

mod columns;
mod constraints;
mod dependents;
mod rewrite;

use std::{collections::BTreeMap, sync::Arc};

use super::{command, draft::Draft, names::find_relation, write::lock_table};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    ingest::locks::LockMode,
    query::{
        ir::Expr,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange, SequenceState,
        catalog::{Index, Object, Table},
    },
};

/// What the commands of one statement have come to so far.
struct Alteration<'a> {
    draft: Draft<'a>,
    old: Arc<Table>,
    /// Values that rows get, over the old full row: changed types, and volatile defaults.
    values: BTreeMap<usize, Value>,
    /// Every row is written anew.
    rewrites: bool,
    /// Columns and checks that the stored rows must pass.
    not_null: Vec<usize>,
    checks: Vec<String>,
    drops: Vec<Oid>,
    puts: Vec<Object>,
    /// Sequences that start anew, and where.
    restarts: Vec<(Oid, i64)>,
    /// New foreign keys that stored rows need not pass: NOT VALID.
    unchecked: Vec<String>,
}

enum Value {
    /// Over the old full row.
    Of(Expr),
    /// The column's default, computed for each row.
    Default,
}

/// Errors: 42P01; 42809 for another kind of relation; those of its commands.
pub async fn alter_table(
    session: &mut Session,
    statement: &ast::AlterTableStmt,
) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let relation = statement
        .relation
        .as_ref()
        .ok_or_else(|| PgError::internal("ALTER TABLE without a name"))?;
    let (tag, article) = match statement.objtype() {
        Kind::ObjectTable => ("ALTER TABLE", "a table"),
        Kind::ObjectIndex => ("ALTER INDEX", "an index"),
        Kind::ObjectView => ("ALTER VIEW", "a view"),
        Kind::ObjectSequence => ("ALTER SEQUENCE", "a sequence"),
        _ => return Err(PgError::unsupported("ALTER of this kind of object")),
    };
    let (env, _) = session.environment()?;
    let Some(found) = find_relation(&env, &relation.schemaname, &relation.relname).cloned() else {
        return missing_relation(session, relation, statement.missing_ok, tag);
    };
    let table = match (&found, statement.objtype()) {
        (Object::Table(table), Kind::ObjectTable) => table.clone(),
        (Object::Index(_), Kind::ObjectIndex)
        | (Object::View(_), Kind::ObjectView | Kind::ObjectTable)
        | (Object::Sequence(_), Kind::ObjectSequence | Kind::ObjectTable)
        | (Object::Index(_), Kind::ObjectTable) => {
            return other_relation(session, statement, tag);
        }
        _ => return err!(WRONG_OBJECT_TYPE, "\"{}\" is not {article}", relation.relname),
    };
    lock_table(session, &table, LockMode::AccessExclusive).await?;
    let (env, view) = session.environment()?;
    let Some(Object::Table(table)) =
        find_relation(&env, &relation.schemaname, &relation.relname).cloned()
    else {
        return missing_relation(session, relation, statement.missing_ok, tag);
    };
    let mut alteration = Alteration {
        draft: Draft {
            session,
            env: &env,
            table: (*table).clone(),
            sequences: vec![],
            indexes: vec![],
            references: vec![],
            written: vec![],
            placed: false,
        },
        old: table.clone(),
        values: BTreeMap::new(),
        rewrites: false,
        not_null: vec![],
        checks: vec![],
        drops: vec![],
        puts: vec![],
        restarts: vec![],
        unchecked: vec![],
    };
    let mut commands = Vec::new();
    for node in &statement.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = &node.node else {
            return Err(PgError::internal("ALTER TABLE command expected"));
        };
        commands.push(command.as_ref());
    }
    commands.sort_by_key(|command| pass(command.subtype()));
    for command in commands {
        alteration.apply(command)?;
    }
    alteration.draft.foreign_keys()?;
    alteration.draft.check_expressions()?;
    let Alteration {
        draft,
        values,
        rewrites,
        not_null,
        checks,
        drops,
        puts,
        restarts,
        unchecked,
        ..
    } = alteration;
    let Draft { table: mut changed, sequences, indexes, .. } = draft;
    changed.indexes.extend(indexes.iter().map(|index| index.oid));
    let changed = Arc::new(changed);
    let writes = &mut session.transaction().writes;
    for oid in drops {
        writes.change(&env.catalog, CatalogChange::Drop(oid));
    }
    for sequence in sequences {
        writes.change(&env.catalog, CatalogChange::Put(Object::Sequence(sequence.into())));
    }
    for object in puts {
        writes.change(&env.catalog, CatalogChange::Put(object));
    }
    writes.change(&env.catalog, CatalogChange::Put(Object::Table(changed.clone())));
    for (oid, last_value) in restarts {
        writes.set_sequence(oid, SequenceState { last_value, is_called: false });
    }
    let indexes: Vec<Arc<Index>> = indexes.into_iter().map(Arc::new).collect();
    for index in &indexes {
        writes.change(&env.catalog, CatalogChange::Put(Object::Index(index.clone())));
    }
    let rows = rewrite::StoredRows { old: &table, table: &changed };
    if rewrites {
        rows.rewrite(session, &view, &values).await?;
    } else {
        rows.verify(session, &view, &not_null, &checks)?;
        for index in &indexes {
            rows.fill(session, &view, index).await?;
        }
    }
    for key in changed.foreign_keys.iter().filter(|key| !table.foreign_keys.contains(key)) {
        if !unchecked.contains(&key.name) {
            rows.verify_references(session, key).await?;
        }
    }
    command(tag)
}

fn missing_relation(
    session: &Session,
    relation: &ast::RangeVar,
    missing_ok: bool,
    tag: &'static str,
) -> Result<Outcome> {
    let message = format!("relation \"{}\" does not exist", relation.relname);
    if missing_ok {
        session.notice(PgError::notice(format!("{message}, skipping")));
        return command(tag);
    }
    Err(PgError::new(sqlstate::UNDEFINED_TABLE, message))
}

/// What is asked of indexes, views and sequences by this syntax: their owner and their storage.
fn other_relation(
    session: &mut Session,
    statement: &ast::AlterTableStmt,
    tag: &'static str,
) -> Result<Outcome> {
    use ast::AlterTableType as Type;
    for node in &statement.cmds {
        let Some(NodeEnum::AlterTableCmd(command)) = &node.node else { continue };
        match command.subtype() {
            Type::AtChangeOwner => known_role(session, command.newowner.as_ref())?,
            Type::AtSetRelOptions | Type::AtResetRelOptions | Type::AtSetTableSpace => {}
            other => return Err(PgError::unsupported(describe(other))),
        }
    }
    command(tag)
}

/// Errors: 42704 `role "x" does not exist`.
pub fn known_role(session: &mut Session, role: Option<&ast::RoleSpec>) -> Result<()> {
    let Some(role) = role.filter(|role| role.roletype() == ast::RoleSpecType::RolespecCstring)
    else {
        return Ok(());
    };
    let (env, _) = session.environment()?;
    match env.catalog.role_named(&role.rolename) {
        Some(_) => Ok(()),
        None => err!(UNDEFINED_OBJECT, "role \"{}\" does not exist", role.rolename),
    }
}

/// PostgreSQL's order among the commands of a statement.
fn pass(kind: ast::AlterTableType) -> u8 {
    use ast::AlterTableType as Type;
    match kind {
        Type::AtDropColumn | Type::AtDropConstraint => 0,
        Type::AtAlterColumnType => 1,
        Type::AtAddColumn => 2,
        Type::AtSetExpression => 3,
        Type::AtAddIndexConstraint => 5,
        Type::AtAddConstraint => 6,
        _ => 4,
    }
}

fn describe(kind: ast::AlterTableType) -> String {
    let words = kind.as_str_name().trim_start_matches("AT_");
    let mut text = String::from("ALTER TABLE ...");
    for letter in words.chars() {
        if letter.is_uppercase() {
            text.push(' ');
        }
        text.push(letter.to_ascii_uppercase());
    }
    text
}

impl Alteration<'_> {
    fn apply(&mut self, command: &ast::AlterTableCmd) -> Result<()> {
        use ast::AlterTableType as Type;
        match command.subtype() {
            Type::AtAddColumn => self.add_column(command),
            Type::AtDropColumn => self.drop_column(command),
            Type::AtAlterColumnType => self.alter_type(command),
            Type::AtColumnDefault => self.set_default(command),
            Type::AtSetNotNull => self.set_not_null(command),
            Type::AtDropNotNull => self.drop_not_null(command),
            Type::AtSetExpression => self.set_expression(command),
            Type::AtDropExpression => self.drop_expression(command),
            Type::AtAddIdentity => self.add_identity(command),
            Type::AtSetIdentity => self.set_identity(command),
            Type::AtDropIdentity => self.drop_identity(command),
            Type::AtAddConstraint => self.add_constraint(command),
            Type::AtAddIndexConstraint => self.add_index_constraint(command),
            Type::AtDropConstraint => self.drop_constraint(command),
            Type::AtValidateConstraint => self.validate_constraint(command),
            // Storage is ours to choose; the column must exist.
            Type::AtSetStatistics
            | Type::AtSetOptions
            | Type::AtResetOptions
            | Type::AtSetStorage
            | Type::AtSetCompression => self.position(&command.name).map(drop),
            Type::AtSetRelOptions
            | Type::AtResetRelOptions
            | Type::AtSetLogged
            | Type::AtSetUnLogged
            | Type::AtClusterOn
            | Type::AtDropCluster
            | Type::AtDropOids
            | Type::AtReplicaIdentity => Ok(()),
            Type::AtChangeOwner => match &command.newowner {
                Some(role)
                    if role.roletype() == ast::RoleSpecType::RolespecCstring
                        && self.draft.env.catalog.role_named(&role.rolename).is_none() =>
                {
                    err!(UNDEFINED_OBJECT, "role \"{}\" does not exist", role.rolename)
                }
                _ => Ok(()),
            },
            other => Err(PgError::unsupported(describe(other))),
        }
    }

    /// Errors: 42703 `column "x" of relation "t" does not exist`.
    fn position(&self, name: &str) -> Result<usize> {
        let table = &self.draft.table;
        table.columns.iter().position(|column| !column.dropped && column.name == name).ok_or_else(
            || {
                PgError::new(
                    sqlstate::UNDEFINED_COLUMN,
                    format!("column \"{name}\" of relation \"{}\" does not exist", table.name),
                )
            },
        )
    }

    fn notice(&self, text: String) {
        self.draft.session.notice(PgError::notice(text));
    }

    /// The indexes that stay: the old ones that no command has dropped.
    fn kept_indexes(&self) -> Vec<Arc<Index>> {
        self.draft
            .table
            .indexes
            .iter()
            .filter_map(|oid| {
                let changed = self.puts.iter().rev().find_map(|object| match object {
                    Object::Index(index) if index.oid == *oid => Some(index),
                    _ => None,
                });
                changed.or_else(|| self.draft.env.catalog.index(*oid)).cloned()
            })
            .collect()
    }

    fn drop_index(&mut self, oid: Oid) {
        self.draft.table.indexes.retain(|other| *other != oid);
        self.puts.retain(|object| object.oid() != oid);
        self.drops.push(oid);
    }
}
