//! CREATE VIEW.

use super::{
    command,
    names::{check_free, constant_text, creation_place},
    respell::without_stars,
};
use crate::{
    base::{Oid, PgError, Result},
    err,
    query::{
        bind::{Binder, Mention},
        catalog::spelling,
        ir::{Node, Plan},
        parse::{self, NodeEnum, ast},
        session::{Outcome, Session},
    },
    storage::{
        CatalogChange,
        catalog::{Object, SUPERUSER, View},
    },
};

/// Errors: 42P07 without OR REPLACE; 42P16 if the replacement's columns differ.
pub fn create_view(session: &mut Session, statement: &ast::ViewStmt) -> Result<Outcome> {
    let relation =
        statement.view.as_ref().ok_or_else(|| PgError::internal("CREATE VIEW without a name"))?;
    let query = statement.query.as_deref().and_then(|query| query.node.as_ref());
    let Some(NodeEnum::SelectStmt(select)) = query else {
        return Err(PgError::internal("CREATE VIEW without a query"));
    };
    let (mut schema, temporary) = creation_place(session, relation)?;
    let (mut env, _) = session.environment()?;
    let plan = Binder::new(&env, &[]).select(select)?;
    let names: Vec<String> =
        statement.aliases.iter().filter_map(|alias| constant_text(Some(alias))).collect();
    let mut columns = Vec::new();
    for (position, field) in plan.fields.iter().enumerate() {
        let name = names.get(position).unwrap_or(&field.name).clone();
        if columns.iter().any(|(other, _)| *other == name) {
            return err!(DUPLICATE_COLUMN, "column \"{name}\" specified more than once");
        }
        columns.push((name, field.ty));
    }
    let mut reads = Vec::new();
    relations_read(&plan, &mut reads);
    for (_, mention) in Binder::new(&env, &[]).trace_select(select)? {
        if let Mention::Relation { oid, .. } = mention
            && !reads.contains(&oid)
        {
            reads.push(oid);
        }
    }
    let of_temporary = |oid: &Oid| env.catalog.table(*oid).is_some_and(|table| table.temporary);
    if !temporary && reads.iter().any(of_temporary) {
        let name = &relation.relname;
        session.notice(PgError::notice(format!("view \"{name}\" will be a temporary view")));
        schema = session.temporary_schema()?;
        env = session.environment()?.0;
    }
    let replaced = match env.catalog.relation(schema, &relation.relname) {
        Some(Object::View(old)) if statement.replace => {
            let same = old.columns.len() <= columns.len()
                && old.columns.iter().zip(&columns).all(|(old, new)| old == new);
            if !same {
                return err!(INVALID_TABLE_DEFINITION, "cannot drop columns from view");
            }
            Some(old.oid)
        }
        _ => {
            check_free(session, &env, schema, &relation.relname, false)?;
            None
        }
    };
    let query = parse::deparse(NodeEnum::SelectStmt(select.clone()))?;
    let query = without_stars(&env, &query)?;
    let query = spelling::with_schemas(&env, &query)?;
    let view = View {
        oid: replaced.unwrap_or_else(|| session.shared().store.allocate_oid()),
        schema,
        name: relation.relname.clone(),
        owner: SUPERUSER,
        query,
        columns,
        reads,
    };
    let change = CatalogChange::Put(Object::View(view.into()));
    session.transaction().writes.change(&env.catalog, change);
    command("CREATE VIEW")
}

/// The stored tables a plan reads.
fn relations_read(plan: &Plan, out: &mut Vec<Oid>) {
    super::visit(plan, &mut |plan| {
        if let Node::Scan(scan) = &plan.node
            && !out.contains(&scan.table.oid)
        {
            out.push(scan.table.oid);
        }
    });
}
