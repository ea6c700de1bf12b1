//! DROP of kinds of objects that cannot exist here: an error, or the NOTICE of IF EXISTS, as
//! PostgreSQL words them.

use super::{
    command,
    drop::{absent_relation, missing},
    names::{constant_text, find_relation, split_qualified},
};
use crate::{
    base::{PgError, Result, SqlState, sqlstate},
    query::{
        bind,
        functions::registry,
        parse::{NodeEnum, ast},
        session::{Outcome, Session},
    },
    types::{PgType, typmod},
};

/// Errors: 42704 and its kin; 0A000 for kinds of which some are built in.
pub fn drop_absent(session: &mut Session, statement: &ast::DropStmt) -> Result<Outcome> {
    use ast::ObjectType as Kind;
    let tag = match statement.remove_type() {
        Kind::ObjectType => "DROP TYPE",
        Kind::ObjectDomain => "DROP DOMAIN",
        Kind::ObjectFunction => "DROP FUNCTION",
        Kind::ObjectProcedure => "DROP PROCEDURE",
        Kind::ObjectRoutine => "DROP ROUTINE",
        Kind::ObjectAggregate => "DROP AGGREGATE",
        Kind::ObjectTrigger => "DROP TRIGGER",
        Kind::ObjectRule => "DROP RULE",
        Kind::ObjectPolicy => "DROP POLICY",
        Kind::ObjectMatview => "DROP MATERIALIZED VIEW",
        Kind::ObjectForeignTable => "DROP FOREIGN TABLE",
        Kind::ObjectEventTrigger => "DROP EVENT TRIGGER",
        Kind::ObjectFdw => "DROP FOREIGN DATA WRAPPER",
        Kind::ObjectForeignServer => "DROP SERVER",
        Kind::ObjectPublication => "DROP PUBLICATION",
        Kind::ObjectStatisticExt => "DROP STATISTICS",
        other => return Err(PgError::unsupported(refused(other))),
    };
    for node in &statement.objects {
        one(session, statement, node)?;
    }
    command(tag)
}

/// What DROP is called for kinds of which some are built in.
fn refused(kind: ast::ObjectType) -> String {
    use ast::ObjectType as Kind;
    let name = match kind {
        Kind::ObjectOpclass => "OPERATOR CLASS",
        Kind::ObjectOpfamily => "OPERATOR FAMILY",
        Kind::ObjectTsconfiguration => "TEXT SEARCH CONFIGURATION",
        Kind::ObjectTsdictionary => "TEXT SEARCH DICTIONARY",
        Kind::ObjectTsparser => "TEXT SEARCH PARSER",
        Kind::ObjectTstemplate => "TEXT SEARCH TEMPLATE",
        other => &other.as_str_name().replace("OBJECT_", "").replace('_', " "),
    };
    format!("DROP {name}")
}

fn one(session: &mut Session, statement: &ast::DropStmt, node: &ast::Node) -> Result<()> {
    use ast::ObjectType as Kind;
    let noun = match statement.remove_type() {
        Kind::ObjectType | Kind::ObjectDomain => "type",
        Kind::ObjectFunction => return routine(session, statement, node, "function"),
        Kind::ObjectProcedure => return routine(session, statement, node, "procedure"),
        Kind::ObjectRoutine => return routine(session, statement, node, "routine"),
        Kind::ObjectAggregate => return routine(session, statement, node, "aggregate"),
        Kind::ObjectTrigger => return of_table(session, statement, node, "trigger"),
        Kind::ObjectRule => return of_table(session, statement, node, "rule"),
        Kind::ObjectPolicy => return of_table(session, statement, node, "policy"),
        Kind::ObjectMatview | Kind::ObjectForeignTable => {
            return absent_relation(session, statement, node);
        }
        Kind::ObjectEventTrigger => "event trigger",
        Kind::ObjectFdw => "foreign-data wrapper",
        Kind::ObjectForeignServer => "server",
        Kind::ObjectPublication => "publication",
        _ => "statistics object",
    };
    let (schema, name) = split_qualified(node)?;
    if in_no_schema(session, statement, &schema)? {
        return Ok(());
    }
    if noun == "type" && bind::type_by_name(&name).is_some() {
        return Err(PgError::new(
            sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
            format!("cannot drop type {name} because it is required by the database system"),
        ));
    }
    let shown = match (noun, schema.as_str()) {
        ("type", schema) if !schema.is_empty() => format!("{schema}.{name}"),
        _ => name,
    };
    missing(session, statement.missing_ok, sqlstate::UNDEFINED_OBJECT, noun, &shown)
}

/// Whether the object's schema is not there. `Ok(true)` after the NOTICE of IF EXISTS.
///
/// Errors: 3F000.
fn in_no_schema(session: &mut Session, statement: &ast::DropStmt, schema: &str) -> Result<bool> {
    let (env, _) = session.environment()?;
    if schema.is_empty() || env.catalog.schema_named_on(&env.search_path, schema).is_some() {
        return Ok(false);
    }
    let code = sqlstate::INVALID_SCHEMA_NAME;
    missing(session, statement.missing_ok, code, "schema", schema).map(|()| true)
}

/// `name ON table`
fn of_table(
    session: &mut Session,
    statement: &ast::DropStmt,
    node: &ast::Node,
    noun: &str,
) -> Result<()> {
    let Some(NodeEnum::List(list)) = &node.node else {
        return Err(PgError::internal("a table's object expected"));
    };
    let (table, name) = list.items.split_at(list.items.len().saturating_sub(1));
    let name = constant_text(name.first()).unwrap_or_default();
    let table = ast::Node { node: Some(NodeEnum::List(ast::List { items: table.to_vec() })) };
    let (schema, table) = split_qualified(&table)?;
    if in_no_schema(session, statement, &schema)? {
        return Ok(());
    }
    let (env, _) = session.environment()?;
    let missing_ok = statement.missing_ok;
    if find_relation(&env, &schema, &table).is_none() {
        let code = sqlstate::UNDEFINED_TABLE;
        return missing(session, missing_ok, code, "relation", &table);
    }
    let relation = if missing_ok || noun == "rule" { "relation" } else { "table" };
    let shown = format!("{noun} \"{name}\" for {relation} \"{table}\"");
    absent(session, missing_ok, sqlstate::UNDEFINED_OBJECT, &shown)
}

/// `name(types)`, or the name alone.
fn routine(
    session: &mut Session,
    statement: &ast::DropStmt,
    node: &ast::Node,
    noun: &str,
) -> Result<()> {
    let Some(NodeEnum::ObjectWithArgs(object)) = &node.node else {
        return Err(PgError::internal("a routine expected"));
    };
    let list = ast::List { items: object.objname.clone() };
    let (schema, name) = split_qualified(&ast::Node { node: Some(NodeEnum::List(list)) })?;
    if in_no_schema(session, statement, &schema)? {
        return Ok(());
    }
    let mut types = Vec::new();
    let mut given = Vec::new();
    for arg in &object.objargs {
        let Some(NodeEnum::TypeName(type_name)) = &arg.node else { continue };
        let names: Vec<String> =
            type_name.names.iter().filter_map(|part| constant_text(Some(part))).collect();
        let brackets = if type_name.array_bounds.is_empty() { "" } else { "[]" };
        given.push(format!("{}{brackets}", names.join(".")));
        match bind::bind_type(type_name) {
            Ok(ty) => types.push(ty),
            Err(error) if statement.missing_ok => {
                session.notice(PgError::notice(format!("{}, skipping", error.message)));
                return Ok(());
            }
            Err(error) => return Err(error),
        }
    }
    let qualified = match schema.as_str() {
        "" => name.clone(),
        schema => format!("{schema}.{name}"),
    };
    let shown: Vec<String> =
        types.iter().map(|ty| typmod::format_type(PgType::new(ty.oid))).collect();
    let built_in = schema.is_empty() || matches!(schema.as_str(), "pg_catalog" | "public");
    let known = registry().functions(&name).iter().any(|function| {
        let args: Vec<_> = types.iter().map(|ty| ty.oid).collect();
        object.args_unspecified || function.args == args.as_slice()
    });
    if built_in && known {
        return Err(PgError::new(
            sqlstate::DEPENDENT_OBJECTS_STILL_EXIST,
            format!(
                "cannot drop function {name}({}) because it is required by the database system",
                shown.join(",")
            ),
        ));
    }
    let code = sqlstate::UNDEFINED_FUNCTION;
    match (statement.missing_ok, object.args_unspecified) {
        (true, true) => absent(session, true, code, &format!("{noun} {qualified}()")),
        (true, false) => {
            absent(session, true, code, &format!("{noun} {qualified}({})", given.join(",")))
        }
        (false, true) => {
            Err(PgError::new(code, format!("could not find a {noun} named \"{qualified}\"")))
        }
        (false, false) => {
            absent(session, false, code, &format!("{noun} {qualified}({})", shown.join(", ")))
        }
    }
}

fn absent(session: &Session, missing_ok: bool, code: SqlState, shown: &str) -> Result<()> {
    if missing_ok {
        session.notice(PgError::notice(format!("{shown} does not exist, skipping")));
        return Ok(());
    }
    Err(PgError::new(code, format!("{shown} does not exist")))
}

/// DROP ROLE. Errors: 42704; 0A000 for a role that is there.
pub fn drop_roles(session: &mut Session, statement: &ast::DropRoleStmt) -> Result<Outcome> {
    let (env, _) = session.environment()?;
    for node in &statement.roles {
        let Some(NodeEnum::RoleSpec(role)) = &node.node else { continue };
        if env.catalog.role_named(&role.rolename).is_some() {
            return Err(PgError::unsupported("DROP ROLE"));
        }
        let code = sqlstate::UNDEFINED_OBJECT;
        missing(session, statement.missing_ok, code, "role", &role.rolename)?;
    }
    command("DROP ROLE")
}
