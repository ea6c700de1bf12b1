//! CREATE SEQUENCE and ALTER SEQUENCE.

use std::sync::Arc;

use super::{
    command,
    names::{check_free, constant_text, creation_place, find_relation},
};
use crate::{
    base::{Oid, PgError, Result, TableId, sqlstate},
    err, pg_error,
    query::{
        bind,
        env::Env,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange, SequenceState,
        catalog::{Object, SUPERUSER, Sequence, Table},
    },
    types::{oid, typmod},
};

/// Errors: 42P07; 22023 for options that contradict each other; 42601.
pub fn create_sequence(session: &mut Session, statement: &ast::CreateSeqStmt) -> Result<Outcome> {
    let relation = statement
        .sequence
        .as_ref()
        .ok_or_else(|| PgError::internal("CREATE SEQUENCE without a name"))?;
    let (schema, _) = creation_place(session, relation)?;
    let (env, _) = session.environment()?;
    if !check_free(session, &env, schema, &relation.relname, statement.if_not_exists)? {
        return command("CREATE SEQUENCE");
    }
    let oid = session.shared().store.allocate_oid();
    let mut sequence = blank(oid, schema, &relation.relname, oid::INT8)?;
    apply_options(&mut sequence, &statement.options, Purpose::Create)?;
    if let Some(owner) = owned_by(&env, schema, &statement.options)? {
        sequence.owned_by = owner;
    }
    for change in owners(&env, oid, None, sequence.owned_by) {
        session.transaction().writes.change(&env.catalog, change);
    }
    let change = CatalogChange::Put(Object::Sequence(sequence.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE SEQUENCE")
}

/// Errors: 42P01; 42809; 22023; 42601.
pub async fn alter_sequence(
    session: &mut Session,
    statement: &ast::AlterSeqStmt,
) -> Result<Outcome> {
    let relation = statement
        .sequence
        .as_ref()
        .ok_or_else(|| PgError::internal("ALTER SEQUENCE without a name"))?;
    let (env, _) = session.environment()?;
    let known = match find_relation(&env, &relation.schemaname, &relation.relname) {
        Some(Object::Sequence(sequence)) => sequence.clone(),
        Some(_) => return err!(WRONG_OBJECT_TYPE, "\"{}\" is not a sequence", relation.relname),
        None => {
            let message = format!("relation \"{}\" does not exist", relation.relname);
            if statement.missing_ok {
                session.notice(PgError::notice(format!("{message}, skipping")));
                return command("ALTER SEQUENCE");
            }
            return Err(PgError::new(sqlstate::UNDEFINED_TABLE, message));
        }
    };
    let mut sequence = (*known).clone();
    apply_options(&mut sequence, &statement.options, Purpose::Alter)?;
    if let Some(owner) = owned_by(&env, sequence.schema, &statement.options)? {
        sequence.owned_by = owner;
    }
    let shared = session.shared().clone();
    let state = shared.sequences.current(&known).await?;
    let restart = restart_of(&sequence, &statement.options)?;
    check_last_value(&sequence, restart.unwrap_or(state.last_value))?;
    let state = match restart {
        Some(last_value) => SequenceState { last_value, is_called: false },
        None => state,
    };
    let owners = owners(&env, known.oid, known.owned_by, sequence.owned_by);
    let writes = &mut session.transaction().writes;
    for change in owners {
        writes.change(&env.catalog, change);
    }
    writes.change(&env.catalog, CatalogChange::Put(Object::Sequence(Arc::new(sequence))));
    // What is reserved in memory was counted by the old definition.
    writes.set_sequence(known.oid, state);
    command("ALTER SEQUENCE")
}

/// The tables whose columns no longer own the sequence, or own it now.
fn owners(
    env: &Env,
    sequence: Oid,
    old: Option<(TableId, usize)>,
    new: Option<(TableId, usize)>,
) -> Vec<CatalogChange> {
    if old == new {
        return vec![];
    }
    let mut tables: Vec<Table> = Vec::new();
    for (owner, owned) in [(old, None), (new, Some(sequence))] {
        let Some((oid, position)) = owner else { continue };
        let at = tables.iter().position(|table| table.oid == oid).or_else(|| {
            tables.push((**env.catalog.table(oid)?).clone());
            Some(tables.len() - 1)
        });
        if let Some(column) = at.and_then(|at| tables[at].columns.get_mut(position)) {
            column.sequence = owned;
        }
    }
    tables.into_iter().map(|table| CatalogChange::Put(Object::Table(table.into()))).collect()
}

/// Whether options make a sequence or change one that is there.
#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    Create,
    Alter,
}

/// An ascending sequence over a type's positive range.
///
/// Errors: 22023 `sequence type must be smallint, integer, or bigint`.
pub fn blank(oid: Oid, schema: Oid, name: &str, ty: Oid) -> Result<Sequence> {
    let (_, max) = bounds(ty)?;
    Ok(Sequence {
        oid,
        schema,
        name: name.to_owned(),
        owner: SUPERUSER,
        ty,
        start: 1,
        increment: 1,
        min: 1,
        max,
        cache: 1,
        cycle: false,
        owned_by: None,
    })
}

fn bounds(ty: Oid) -> Result<(i64, i64)> {
    Ok(match ty {
        oid::INT2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        oid::INT4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        oid::INT8 => (i64::MIN, i64::MAX),
        _ => {
            return err!(
                INVALID_PARAMETER_VALUE,
                "sequence type must be smallint, integer, or bigint"
            );
        }
    })
}

/// The options by name.
///
/// Errors: 42601 `conflicting or redundant options`.
#[derive(Default)]
struct Options<'a> {
    named: Vec<&'a ast::DefElem>,
}

impl<'a> Options<'a> {
    fn read(nodes: &'a [ast::Node]) -> Result<Self> {
        let mut options = Self::default();
        for node in nodes {
            let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
            if options.get(&option.defname).is_some() {
                return Err(PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    "conflicting or redundant options",
                )
                .at(option.location));
            }
            options.named.push(option);
        }
        Ok(options)
    }

    fn get(&self, name: &str) -> Option<&'a ast::DefElem> {
        self.named.iter().find(|option| option.defname == name).copied()
    }

    /// An option's number; `None` if it is not given or given without one (`NO MINVALUE`).
    fn number(&self, name: &str) -> Result<Option<i64>> {
        let Some(text) = self.get(name).and_then(|option| constant_text(option.arg.as_deref()))
        else {
            return Ok(None);
        };
        text.parse().map(Some).map_err(|_| {
            pg_error!(
                NUMERIC_VALUE_OUT_OF_RANGE,
                "value \"{text}\" is out of range for type bigint"
            )
        })
    }
}

/// AS, INCREMENT, MINVALUE, MAXVALUE, START, CACHE, CYCLE.
///
/// Source: PostgreSQL, `init_params` of commands/sequence.c.
pub fn apply_options(sequence: &mut Sequence, nodes: &[ast::Node], purpose: Purpose) -> Result<()> {
    let options = Options::read(nodes)?;
    let create = purpose == Purpose::Create;
    let (mut reset_min, mut reset_max) = (create, create);
    if let Some(option) = options.get("as")
        && let Some(NodeEnum::TypeName(name)) =
            option.arg.as_deref().and_then(|arg| arg.node.as_ref())
    {
        let ty = bind::bind_type(name)?.oid;
        bounds(ty)?;
        if !create {
            // Bounds that were the old type's own become the new one's.
            let (low, high) = bounds(sequence.ty)?;
            reset_min = sequence.increment < 0 && sequence.min == low;
            reset_max = sequence.increment > 0 && sequence.max == high;
        }
        sequence.ty = ty;
    }
    if let Some(increment) = options.number("increment")? {
        if increment == 0 {
            return err!(INVALID_PARAMETER_VALUE, "INCREMENT must not be zero");
        }
        sequence.increment = increment;
    }
    if let Some(option) = options.get("cycle") {
        sequence.cycle = constant_text(option.arg.as_deref()).as_deref() != Some("false");
    }
    let (low, high) = bounds(sequence.ty)?;
    let shown = typmod::format_type(crate::types::PgType::new(sequence.ty));
    match options.number("maxvalue")? {
        Some(max) => sequence.max = max,
        None if options.get("maxvalue").is_some() || reset_max => {
            sequence.max = if sequence.increment > 0 { high } else { -1 };
        }
        None => {}
    }
    if !(low..=high).contains(&sequence.max) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "MAXVALUE ({}) is out of range for sequence data type {shown}",
            sequence.max
        );
    }
    match options.number("minvalue")? {
        Some(min) => sequence.min = min,
        None if options.get("minvalue").is_some() || reset_min => {
            sequence.min = if sequence.increment < 0 { low } else { 1 };
        }
        None => {}
    }
    if !(low..=high).contains(&sequence.min) {
        return err!(
            INVALID_PARAMETER_VALUE,
            "MINVALUE ({}) is out of range for sequence data type {shown}",
            sequence.min
        );
    }
    if sequence.min >= sequence.max {
        return err!(
            INVALID_PARAMETER_VALUE,
            "MINVALUE ({}) must be less than MAXVALUE ({})",
            sequence.min,
            sequence.max
        );
    }
    match options.number("start")? {
        Some(start) => sequence.start = start,
        None if create => {
            sequence.start = if sequence.increment > 0 { sequence.min } else { sequence.max };
        }
        None => {}
    }
    check_within(sequence, "START", sequence.start)?;
    if let Some(cache) = options.number("cache")? {
        if cache <= 0 {
            return err!(INVALID_PARAMETER_VALUE, "CACHE ({cache}) must be greater than zero");
        }
        sequence.cache = cache;
    }
    Ok(())
}

fn check_within(sequence: &Sequence, what: &str, value: i64) -> Result<()> {
    if value < sequence.min {
        return err!(
            INVALID_PARAMETER_VALUE,
            "{what} value ({value}) cannot be less than MINVALUE ({})",
            sequence.min
        );
    }
    if value > sequence.max {
        return err!(
            INVALID_PARAMETER_VALUE,
            "{what} value ({value}) cannot be greater than MAXVALUE ({})",
            sequence.max
        );
    }
    Ok(())
}

/// Errors: 22023 if the sequence would stand outside of its bounds.
fn check_last_value(sequence: &Sequence, value: i64) -> Result<()> {
    check_within(sequence, "RESTART", value)
}

/// Where `RESTART [WITH n]` sets the sequence.
pub fn restart_of(sequence: &Sequence, nodes: &[ast::Node]) -> Result<Option<i64>> {
    let options = Options::read(nodes)?;
    if options.get("restart").is_none() {
        return Ok(None);
    }
    Ok(Some(options.number("restart")?.unwrap_or(sequence.start)))
}

/// `OWNED BY table.column | NONE`; the outer `None` if it is not said.
///
/// Errors: 42601 `invalid OWNED BY option`; 42P01; 42703; 55000.
fn owned_by(
    env: &Env,
    schema: Oid,
    nodes: &[ast::Node],
) -> Result<Option<Option<(TableId, usize)>>> {
    let options = Options::read(nodes)?;
    let Some(option) = options.get("owned_by") else { return Ok(None) };
    let names: Vec<String> = match option.arg.as_deref().and_then(|arg| arg.node.as_ref()) {
        Some(NodeEnum::List(list)) => {
            list.items.iter().filter_map(|item| constant_text(Some(item))).collect()
        }
        _ => vec![],
    };
    let (of_schema, table, column) = match names.as_slice() {
        [none] if none == "none" => return Ok(Some(None)),
        [_] | [] => {
            return Err(PgError::new(sqlstate::SYNTAX_ERROR, "invalid OWNED BY option")
                .hint("Specify OWNED BY table.column or OWNED BY NONE."));
        }
        [table, column] => ("", table, column),
        [.., schema, table, column] => (schema.as_str(), table, column),
    };
    let table = match find_relation(env, of_schema, table) {
        Some(Object::Table(table)) => table,
        Some(Object::Index(_)) => {
            return Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!("sequence cannot be owned by relation \"{table}\""),
            )
            .detail("This operation is not supported for indexes."));
        }
        Some(_) => {
            return err!(WRONG_OBJECT_TYPE, "sequence cannot be owned by relation \"{table}\"");
        }
        None => return err!(UNDEFINED_TABLE, "relation \"{table}\" does not exist"),
    };
    if table.schema != schema {
        return err!(
            OBJECT_NOT_IN_PREREQUISITE_STATE,
            "sequence must be in same schema as table it is linked to"
        );
    }
    let position = bind::column_position(table, column, -1)?;
    Ok(Some(Some((table.oid, position))))
}
