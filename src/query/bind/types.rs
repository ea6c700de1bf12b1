//! Type names: `integer`, `varchar(10)`, `vector(384)`, `text[]`.

use super::{Binder, absent, inner, string, strings};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    err,
    query::parse::{NodeEnum, ast},
    types::{PgType, oid, text_io::integer, typmod},
};

/// The type of a `typname`, without modifiers.
pub fn type_by_name(name: &str) -> Option<Oid> {
    oid::by_name(name)
}

/// Resolves a type name of the grammar. Errors: 42704 `type "x" does not exist`; 0A000 for one that
/// only PostgreSQL has.
pub fn bind_type(name: &ast::TypeName) -> Result<PgType> {
    if name.names.is_empty() {
        return Ok(PgType::with_typmod(Oid(name.type_oid), name.typemod));
    }
    if name.pct_type {
        return Err(PgError::unsupported("%TYPE").at(name.location));
    }
    let parts = strings(&name.names)?;
    let base = match parts.as_slice() {
        [only] => type_by_name(only),
        ["pg_catalog", last] => type_by_name(last).filter(|oid| oid.0 < 16_384),
        ["public", last] => type_by_name(last).filter(|oid| oid.0 >= 16_384),
        _ => None,
    };
    let Some(base) = base else {
        if let Some(error) = absent::unsupported("type", &parts) {
            return Err(error.at(name.location));
        }
        return Err(PgError::new(
            sqlstate::UNDEFINED_OBJECT,
            format!("type \"{}\" does not exist", parts.join(".")),
        )
        .at(name.location));
    };
    let modifiers = name.typmods.iter().map(modifier).collect::<Result<Vec<_>>>();
    let modifiers = modifiers.map_err(|error| error.at(name.location))?;
    let typmod = match modifiers.as_slice() {
        [] => -1,
        modifiers => typmod::encode(base, modifiers).map_err(|error| error.at(name.location))?,
    };
    if name.array_bounds.is_empty() {
        return Ok(PgType::with_typmod(base, typmod));
    }
    match oid::array_of(base) {
        Some(array) => Ok(PgType::with_typmod(array, typmod)),
        None => err!(
            UNDEFINED_OBJECT,
            "could not find array type for data type {}",
            typmod::format_type(PgType::new(base))
        ),
    }
}

/// A modifier is an integer constant, or a name (`geometry(point)`), which none of ours takes.
fn modifier(node: &ast::Node) -> Result<i32> {
    match inner(node)? {
        NodeEnum::AConst(constant) => match &constant.val {
            Some(ast::a_const::Val::Ival(value)) => Ok(value.ival),
            Some(ast::a_const::Val::Fval(value)) => number(&value.fval),
            Some(ast::a_const::Val::Sval(value)) => number(&value.sval),
            _ => err!(INVALID_PARAMETER_VALUE, "invalid type modifier"),
        },
        // `-2` in numeric(3, -2)
        NodeEnum::AExpr(expr) if expr.lexpr.is_none() && expr.name.len() == 1 => {
            match (string(&expr.name[0])?, &expr.rexpr) {
                ("-", Some(operand)) => Ok(-modifier(operand)?),
                _ => err!(SYNTAX_ERROR, "type modifiers must be simple constants or identifiers"),
            }
        }
        NodeEnum::ColumnRef(name) => number(strings(&name.fields)?.first().unwrap_or(&"")),
        _ => err!(SYNTAX_ERROR, "type modifiers must be simple constants or identifiers"),
    }
}

/// Errors: 22P02 `invalid input syntax for type integer: "a"`.
fn number(text: &str) -> Result<i32> {
    let (min, max) = (i64::from(i32::MIN), i64::from(i32::MAX));
    Ok(integer::parse(text, "integer", min, max)? as i32)
}

impl Binder<'_> {
    /// PostgreSQL's name of a type, as its messages print it.
    pub(super) fn type_name(&self, ty: PgType) -> String {
        typmod::format_type(PgType::new(ty.oid))
    }
}
