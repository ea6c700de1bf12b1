//! Functions as text: arguments, result, definition.

use super::{oid_of, text_or_null};
use crate::{
    base::{Oid, Result},
    query::{
        catalog,
        functions::{Context, Function, Volatility, registry, strings::quoted_identifier},
    },
    types::{Datum, PgType, typmod},
};

fn shown(ty: Oid) -> String {
    typmod::format_type(PgType::new(ty))
}

/// `text, VARIADIC "any"`, then the output columns: `OUT key text`.
fn arguments(function: &Function) -> String {
    let last = function.args.len().wrapping_sub(1);
    let inputs = function.args.iter().enumerate().map(|(position, ty)| {
        let variadic = function.variadic && position == last;
        format!("{}{}", if variadic { "VARIADIC " } else { "" }, shown(*ty))
    });
    let outputs = function
        .columns
        .iter()
        .map(|(name, ty)| format!("OUT {} {}", quoted_identifier(name), shown(*ty)));
    inputs.chain(outputs).collect::<Vec<_>>().join(", ")
}

fn result(function: &Function) -> String {
    format!("{}{}", if function.is_set() { "SETOF " } else { "" }, shown(function.result))
}

pub(super) fn pg_get_function_arguments(_: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = oid_of(&args[0]);
    let text = match registry().function_by_oid(oid) {
        Some(function) => Some(arguments(function)),
        None => catalog::support_signature(oid)
            .map(|(args, _)| args.into_iter().map(shown).collect::<Vec<_>>().join(", ")),
    };
    Ok(text_or_null(text))
}

pub(super) fn pg_get_function_result(_: &Context, args: &[Datum]) -> Result<Datum> {
    let oid = oid_of(&args[0]);
    let text = match registry().function_by_oid(oid) {
        Some(function) => Some(result(function)),
        None => catalog::support_signature(oid).map(|(_, result)| shown(result)),
    };
    Ok(text_or_null(text))
}

pub(super) fn pg_get_functiondef(_: &Context, args: &[Datum]) -> Result<Datum> {
    let Some(function) = registry().function_by_oid(oid_of(&args[0])) else {
        return Ok(Datum::Null);
    };
    if function.is_aggregate() {
        return crate::err!(WRONG_OBJECT_TYPE, "\"{}\" is an aggregate function", function.name);
    }
    let volatility = match function.volatility {
        Volatility::Immutable => " IMMUTABLE",
        Volatility::Stable => " STABLE",
        Volatility::Volatile => "",
    };
    let strict = if function.strict { " STRICT" } else { "" };
    let attributes = format!("{volatility}{strict}");
    let attributes = if attributes.is_empty() { attributes } else { format!("\n{attributes}") };
    Ok(format!(
        "CREATE OR REPLACE FUNCTION pg_catalog.{name}({})\n RETURNS {}\n LANGUAGE internal{attributes}\nAS $function${name}$function$\n",
        arguments(function),
        result(function),
        name = quoted_identifier(function.name),
    )
    .into())
}
