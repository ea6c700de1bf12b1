//! Function calls: overloads, variadic arguments, defaults, and which kind of call it is.

use std::sync::Arc;

use super::{
    Binder, Mention, absent, required,
    resolve::{Choice, choose},
    scope::Scope,
    strings,
};
use crate::{
    base::{Oid, PgError, Result, sqlstate},
    query::{
        catalog::function_schema,
        functions::{Body, CastContext, Function, argument_names, registry},
        ir::{Call, Expr},
        parse::{NodeEnum, ast},
    },
    storage::catalog::PG_CATALOG,
    types::{PgType, oid, shape},
};

/// A function chosen for given arguments, with the types each argument must take.
pub(super) struct Chosen {
    pub function: Arc<Function>,
    /// Declared types spread over the arguments, defaults included.
    pub declared: Vec<Oid>,
    /// Arguments from here on are packed into the variadic array.
    pub pack_from: Option<usize>,
}

impl Binder<'_> {
    pub(super) fn function_call(&self, call: &ast::FuncCall, scope: &Scope) -> Result<Expr> {
        let names = strings(&call.funcname)?;
        if let Some(special) = self.special_call(&names, call, scope)? {
            return Ok(special);
        }
        if call.over.is_some() {
            return self.window_call(&names, call, scope);
        }
        let name = names.last().copied().unwrap_or_default();
        let candidates = self.functions_named(&names);
        if candidates.iter().any(|function| function.is_aggregate()) {
            return self.aggregate_call(&names, call, scope);
        }
        if call.agg_within_group && HYPOTHETICAL.contains(&name) {
            return Err(PgError::unsupported(format!("hypothetical-set aggregate {name}"))
                .at(call.location));
        }
        if let Some(word) = misplaced_aggregate_syntax(call)
            && !candidates.is_empty()
        {
            return Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!("{word} specified, but {name} is not an aggregate function"),
            )
            .at(call.location));
        }
        if call.args.iter().any(|arg| matches!(arg.node, Some(NodeEnum::NamedArgExpr(_)))) {
            let call = self.named_call(&names, call, scope)?;
            return self.placed(call, name, scope);
        }
        let args = self.exprs(&call.args, scope)?;
        if let Some(cast) = self.cast_notation(&names, candidates, &args, call.location)? {
            return Ok(cast);
        }
        let variadic = call.func_variadic;
        let mut call = self.resolve_call(&names, args, variadic, call.location)?;
        if variadic && call.function.variadic && call.function.args.last() == Some(&oid::ANY) {
            let array = call.args.last().map_or(oid::UNKNOWN, |last| last.ty().oid);
            if !oid::is_array(array) {
                return Err(PgError::new(
                    sqlstate::DATATYPE_MISMATCH,
                    "VARIADIC argument must be an array",
                )
                .at(call.location));
            }
            call.spread = true;
        }
        self.placed(call, name, scope)
    }

    /// A resolved call where its kind may stand.
    fn placed(&self, call: Call, name: &str, scope: &Scope) -> Result<Expr> {
        match call.function.body {
            Body::Set(_) | Body::Series(_) => self.set_call(call, scope),
            Body::Window => Err(PgError::new(
                sqlstate::WRONG_OBJECT_TYPE,
                format!("window function {name} requires an OVER clause"),
            )
            .at(call.location)),
            _ => Ok(Expr::Call(Box::new(call))),
        }
    }

    /// `make_interval(days => 10)`: positional arguments, then named ones in any order.
    ///
    /// Errors: 42883; 42601 for a name given twice or a positional argument after a named one.
    fn named_call(&self, names: &[&str], call: &ast::FuncCall, scope: &Scope) -> Result<Call> {
        let (mut args, mut given) = (Vec::new(), Vec::new());
        for node in &call.args {
            let Some(NodeEnum::NamedArgExpr(named)) = &node.node else {
                if !given.is_empty() {
                    return Err(PgError::new(
                        sqlstate::SYNTAX_ERROR,
                        "positional argument cannot follow named argument",
                    )
                    .at(super::expr::location(node)));
                }
                args.push(self.expr(node, scope)?);
                continue;
            };
            if given.contains(&named.name.as_str()) {
                return Err(PgError::new(
                    sqlstate::SYNTAX_ERROR,
                    format!("argument name \"{}\" used more than once", named.name),
                )
                .at(named.location));
            }
            given.push(named.name.as_str());
            args.push(self.expr(required(&named.arg)?, scope)?);
        }
        let types: Vec<PgType> = args.iter().map(Expr::ty).collect();
        let positional = args.len() - given.len();
        let fitting: Vec<(&Arc<Function>, Vec<usize>)> = self
            .functions_named(names)
            .iter()
            .filter_map(|function| Some((function, places(function, positional, &given)?)))
            .collect();
        let declared: Vec<Vec<Oid>> = fitting
            .iter()
            .map(|(function, places)| places.iter().map(|place| function.args[*place]).collect())
            .collect();
        let oids: Vec<Oid> = types.iter().map(|ty| ty.oid).collect();
        let Choice::One(chosen) = choose(&declared, &oids) else {
            if let Some(error) = absent::unsupported("function", names) {
                return Err(error.at(call.location));
            }
            let shown: Vec<String> = types
                .iter()
                .enumerate()
                .map(|(at, ty)| match at.checked_sub(positional) {
                    Some(at) => format!("{} => {}", given[at], self.type_name(*ty)),
                    None => self.type_name(*ty),
                })
                .collect();
            return Err(PgError::new(
                sqlstate::UNDEFINED_FUNCTION,
                format!("function {}({}) does not exist", names.join("."), shown.join(", ")),
            )
            .hint(NO_FUNCTION_HINT)
            .at(call.location));
        };
        let (function, places) = &fitting[chosen];
        let first_default = function.args.len() - function.defaults.len();
        let mut ordered: Vec<Option<Expr>> = vec![None; function.args.len()];
        for (arg, place) in args.into_iter().zip(places) {
            ordered[*place] = Some(arg);
        }
        let ordered = ordered
            .into_iter()
            .enumerate()
            .map(|(place, arg)| {
                arg.unwrap_or_else(|| {
                    let value = function.defaults[place - first_default].clone();
                    Expr::Const(value, PgType::new(function.args[place]))
                })
            })
            .collect();
        let declared = function.args.to_vec();
        let chosen = Chosen { function: (*function).clone(), declared, pack_from: None };
        self.finish_call(chosen, ordered, call.location)
    }

    /// Overloads of a name; a qualified one must be in `pg_catalog` or `public`.
    pub(super) fn functions_named(&self, names: &[&str]) -> &'static [Arc<Function>] {
        match names {
            [name] | ["pg_catalog" | "public", name] | [_, "pg_catalog" | "public", name] => {
                registry().functions(name)
            }
            _ => &[],
        }
    }

    /// `text(x)`, `vector('[1,2]')`: a type's name used as a function of one argument, where no
    /// function of that name fits.
    fn cast_notation(
        &self,
        names: &[&str],
        candidates: &[Arc<Function>],
        args: &[Expr],
        location: i32,
    ) -> Result<Option<Expr>> {
        let ([arg], Some(name)) = (args, names.last()) else { return Ok(None) };
        let Some(target) = super::type_by_name(name) else { return Ok(None) };
        let given = arg.ty().oid;
        let exact = candidates.iter().any(|function| function.args == [given]);
        if exact
            || (given != oid::UNKNOWN && !super::can_coerce(given, target, CastContext::Explicit))
        {
            return Ok(None);
        }
        self.cast(arg.clone(), PgType::new(target), location).map(Some)
    }

    /// Resolves a plain call and brings its arguments to the function's types.
    pub(super) fn resolve_call(
        &self,
        names: &[&str],
        args: Vec<Expr>,
        variadic: bool,
        location: i32,
    ) -> Result<Call> {
        let given: Vec<PgType> = args.iter().map(Expr::ty).collect();
        let chosen = self.choose_function(names, &given, variadic, location)?;
        self.finish_call(chosen, args, location)
    }

    /// Errors: 42883 `function f(integer) does not exist`; 42725 if it is not unique.
    pub(super) fn choose_function(
        &self,
        names: &[&str],
        given: &[PgType],
        variadic: bool,
        location: i32,
    ) -> Result<Chosen> {
        let types: Vec<Oid> = given.iter().map(|ty| ty.oid).collect();
        let mut fitting: Vec<Chosen> = self
            .functions_named(names)
            .iter()
            .filter_map(|function| fit(function, types.len(), variadic))
            .collect();
        let mut candidates: Vec<Vec<Oid>> =
            fitting.iter().map(|chosen| chosen.declared[..types.len()].to_vec()).collect();
        // A plain overload is preferred to a variadic one with the same types.
        for index in (0..fitting.len()).rev() {
            let shadowed = fitting[index].pack_from.is_some()
                && (0..fitting.len()).any(|other| {
                    other != index
                        && fitting[other].pack_from.is_none()
                        && candidates[other] == candidates[index]
                });
            if shadowed {
                fitting.remove(index);
                candidates.remove(index);
            }
        }
        match choose(&candidates, &types) {
            Choice::One(index) => {
                let chosen = fitting.swap_remove(index);
                if function_schema(&chosen.function) != PG_CATALOG {
                    self.note(location, || Mention::Extended);
                }
                Ok(chosen)
            }
            Choice::Ambiguous => Err(PgError::new(
                sqlstate::AMBIGUOUS_FUNCTION,
                format!("function {} is not unique", self.show_call(names, given)),
            )
            .hint(
                "Could not choose a best candidate function. You might need to add explicit type casts.",
            )
            .at(location)),
            Choice::None => Err(match absent::unsupported("function", names) {
                Some(error) => error.at(location),
                None => PgError::new(
                    sqlstate::UNDEFINED_FUNCTION,
                    format!("function {} does not exist", self.show_call(names, given)),
                )
                .hint(NO_FUNCTION_HINT)
                .at(location),
            }),
        }
    }

    fn show_call(&self, names: &[&str], given: &[PgType]) -> String {
        let types: Vec<String> = given.iter().map(|ty| self.type_name(*ty)).collect();
        format!("{}({})", names.join("."), types.join(", "))
    }

    /// Coerces, packs and completes the arguments of a chosen function.
    pub(super) fn finish_call(
        &self,
        chosen: Chosen,
        args: Vec<Expr>,
        location: i32,
    ) -> Result<Call> {
        let Chosen { function, declared, pack_from } = chosen;
        let given: Vec<PgType> = args.iter().map(Expr::ty).collect();
        // A function with one output column returns that column, not a record of it.
        let result = match function.columns {
            [(_, only)] => *only,
            _ => function.result,
        };
        let (mut ty, polymorphic) =
            self.result_type(&declared[..args.len()], result, &given, location)?;
        if function.columns.len() > 1 {
            let named = function.columns.iter();
            ty = shape::record_of(named.map(|(name, ty)| ((*name).to_owned(), PgType::new(*ty))));
        }
        let count = args.len();
        let mut args = args
            .into_iter()
            .zip(&declared)
            .map(|(arg, declared)| {
                let target = match *declared {
                    // A literal of no type is just that, to who asks.
                    oid::ANY if function.name == "pg_typeof" => return Ok(arg),
                    // Nothing tells what such a parameter is: that is an error in the end.
                    oid::ANY if matches!(arg, Expr::Param(_, PgType::UNKNOWN)) => return Ok(arg),
                    oid::ANY => return self.settle_unknown(arg),
                    other => polymorphic.actual(other).unwrap_or(PgType::TEXT),
                };
                self.coerce_implicit(arg, target).map_err(|error| error.at(location))
            })
            .collect::<Result<Vec<_>>>()?;
        if let Some(from) = pack_from {
            let packed = args.split_off(from);
            let element = packed.first().map(Expr::ty).unwrap_or(PgType::TEXT);
            let array =
                oid::array_of(element.oid).unwrap_or(oid::array_of(oid::TEXT).expect("built in"));
            args.push(Expr::Array { elements: packed, nested: false, ty: PgType::new(array) });
        } else if count < function.args.len() && !function.defaults.is_empty() {
            let missing = function.args.len() - count;
            let from = function.defaults.len() - missing;
            for (value, ty) in function.defaults[from..].iter().zip(&function.args[count..]) {
                args.push(Expr::Const(value.clone(), PgType::new(*ty)));
            }
        }
        Ok(Call { function, args, ty, location, spread: false })
    }
}

/// Aggregates over a row that is not there; as window functions they are known.
const HYPOTHETICAL: &[&str] = &["rank", "dense_rank", "percent_rank", "cume_dist"];

const NO_FUNCTION_HINT: &str = "No function matches the given name and argument types. You might need to add explicit type casts.";

/// Where the arguments of a call with names go; `None` if the function does not take them.
fn places(function: &Function, positional: usize, given: &[&str]) -> Option<Vec<usize>> {
    let names = argument_names(function.oid)?;
    let mut places: Vec<usize> = (0..positional).collect();
    for name in given {
        places.push(names.iter().position(|known| known == name)?);
    }
    let mut filled = vec![false; function.args.len()];
    for place in &places {
        if std::mem::replace(filled.get_mut(*place)?, true) {
            return None;
        }
    }
    let required = function.args.len() - function.defaults.len().min(function.args.len());
    filled[..required].iter().all(|filled| *filled).then_some(places)
}

/// How `function` takes `count` arguments, if it can.
fn fit(function: &Arc<Function>, count: usize, variadic: bool) -> Option<Chosen> {
    let declared = function.args;
    let spread = function.variadic && !variadic;
    if spread {
        let (last, fixed) = declared.split_last()?;
        if count <= fixed.len() {
            return None;
        }
        let element = match *last {
            oid::ANY => oid::ANY,
            oid::ANYARRAY => oid::ANYELEMENT,
            oid::ANYCOMPATIBLEARRAY => oid::ANYCOMPATIBLE,
            array => oid::element_of(array)?,
        };
        let mut types = fixed.to_vec();
        types.resize(count, element);
        let pack_from = (*last != oid::ANY).then_some(fixed.len());
        return Some(Chosen { function: function.clone(), declared: types, pack_from });
    }
    let least = declared.len() - function.defaults.len().min(declared.len());
    (least..=declared.len()).contains(&count).then(|| Chosen {
        function: function.clone(),
        declared: declared.to_vec(),
        pack_from: None,
    })
}

/// Syntax that only aggregates take.
fn misplaced_aggregate_syntax(call: &ast::FuncCall) -> Option<&'static str> {
    match call {
        call if call.agg_star => Some("*"),
        call if call.agg_distinct => Some("DISTINCT"),
        call if call.agg_within_group => Some("WITHIN GROUP"),
        call if !call.agg_order.is_empty() => Some("ORDER BY"),
        call if call.agg_filter.is_some() => Some("FILTER"),
        _ => None,
    }
}
