//! EXPLAIN and EXPLAIN ANALYZE.

use std::{sync::Arc, time::Instant};

use futures::TryStreamExt;

use super::{Given, inner_query, names::constant_text, prepare};
use crate::{
    base::{PgError, Result, sqlstate},
    query::{
        bind::Binder,
        exec::{
            self,
            batches::batches_of,
            explain::{ExplainOptions, explain as render, explain_json},
            profile::Profile,
            source::Source,
        },
        ir::{Field, Plan},
        parse::{NodeEnum, ast},
        session::{Outcome, Session, Tag, prepared::Bound},
    },
    types::{Datum, PgType},
};

pub fn fields() -> Arc<[Field]> {
    [Field::new("QUERY PLAN", PgType::TEXT)].into()
}

/// The options of one EXPLAIN.
#[derive(Default)]
struct Options {
    analyze: bool,
    no_costs: bool,
    no_timing: bool,
    summary: Option<bool>,
    json: bool,
}

/// Errors: 42601 for an unknown option; those of the statement.
pub async fn explain(
    session: &mut Session,
    statement: &ast::ExplainStmt,
    given: Given<'_>,
) -> Result<Outcome> {
    let options = options(&statement.options)?;
    let whole = NodeEnum::ExplainStmt(Box::new(statement.clone()));
    let node = inner_query(&whole);
    let planning = Instant::now();
    let (executed, params) = match node {
        Some(NodeEnum::ExecuteStmt(statement)) => {
            let (prepared, values) = prepare::resolve(session, statement)?;
            (Some(prepared), values)
        }
        _ => (None, given.values),
    };
    let (env, view) = session.environment()?;
    let binder = Binder::new(&env, given.types);
    let (plan, act) = match node {
        Some(NodeEnum::ExecuteStmt(_)) => match executed.as_ref().map(|one| &one.inner.bound) {
            Some(Bound::Select(plan)) => ((**plan).clone(), None),
            _ => return Err(PgError::unsupported("EXPLAIN EXECUTE of this statement")),
        },
        Some(NodeEnum::SelectStmt(select)) => (binder.select(select)?, None),
        Some(NodeEnum::InsertStmt(insert)) => {
            let insert = binder.insert(insert)?;
            (insert.source, Some(format!("Insert on {}", insert.table.name)))
        }
        Some(NodeEnum::UpdateStmt(update)) => {
            let update = binder.update(update)?;
            (update.source, Some(format!("Update on {}", update.table.name)))
        }
        Some(NodeEnum::DeleteStmt(delete)) => {
            let delete = binder.delete(delete)?;
            (delete.source, Some(format!("Delete on {}", delete.table.name)))
        }
        _ => return Err(PgError::unsupported("EXPLAIN of this statement")),
    };
    if options.analyze && act.is_some() {
        return Err(PgError::unsupported("EXPLAIN ANALYZE of a data-modifying statement"));
    }
    let plan: Arc<Plan> = Arc::new(session.optimise(plan, &env, &view));
    let rows = view.rows.clone();
    let planning = planning.elapsed();
    let mut execution = session.execution(env.clone(), view, params);
    let profile = options.analyze.then(|| Arc::new(Profile::default()));
    execution.profile = profile.clone();
    let mut ran = None;
    if options.analyze {
        let start = Instant::now();
        let mut stream = exec::run(&plan, Arc::new(execution))?;
        while stream.try_next().await?.is_some() {}
        ran = Some(start.elapsed());
    }
    let summary = options.summary.unwrap_or(options.analyze);
    let shown = ExplainOptions {
        env: &env,
        costs: !options.no_costs,
        profile: profile.as_deref(),
        timing: !options.no_timing,
        planning: summary.then_some(planning),
        execution: ran.filter(|_| summary),
        row_count: &|table| rows.row_count(table).unwrap_or(0),
    };
    let mut lines = if options.json {
        explain_json(&plan, &shown).lines().map(str::to_owned).collect()
    } else {
        render(&plan, &shown)
    };
    if let (Some(act), false) = (act, options.json) {
        let cost = if options.no_costs { "" } else { "  (cost=0.00..0.00 rows=0 width=0)" };
        lines = std::iter::once(format!("{act}{cost}"))
            .chain(lines.into_iter().enumerate().map(|(at, line)| match at {
                0 => format!("  ->  {line}"),
                _ => format!("      {line}"),
            }))
            .collect();
    }
    let rows: Vec<Vec<Datum>> = match options.json {
        true => vec![vec![Datum::from(lines.join("\n"))]],
        false => lines.into_iter().map(|line| vec![Datum::from(line)]).collect(),
    };
    let fields = fields();
    let batches = batches_of(&rows, &fields)?;
    let stream = Box::pin(futures::stream::iter(batches.into_iter().map(Ok)));
    Ok(Outcome::Rows { fields, stream, tag: Tag::Fixed("EXPLAIN".into()) })
}

fn options(nodes: &[ast::Node]) -> Result<Options> {
    let mut options = Options::default();
    for node in nodes {
        let Some(NodeEnum::DefElem(option)) = &node.node else { continue };
        let value = constant_text(option.arg.as_deref()).unwrap_or_else(|| "true".into());
        let on = !matches!(value.as_str(), "false" | "off" | "0");
        match option.defname.as_str() {
            "analyze" => options.analyze = on,
            "costs" => options.no_costs = !on,
            "timing" => options.no_timing = !on,
            "summary" => options.summary = Some(on),
            "verbose" | "buffers" | "settings" | "wal" | "memory" | "generic_plan"
            | "serialize" => {}
            "format" => match value.as_str() {
                "text" => options.json = false,
                "json" => options.json = true,
                other => return Err(PgError::unsupported(format!("EXPLAIN (FORMAT {other})"))),
            },
            other => {
                return Err(PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    format!("unrecognized EXPLAIN option \"{other}\""),
                )
                .at(option.location));
            }
        }
    }
    Ok(options)
}
