//! All families in one place, indexed for the binder.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use super::{Body, Cast, CastMethod, Family, Function, Operator, Volatility};
use crate::{base::Oid, types::oid};

/// Built-in functions are numbered from here where no PostgreSQL oid was given; clients only look
/// these up, they do not know them.
const FIRST_ASSIGNED_OID: u32 = 12_000;

/// Functions, operators and casts by name.
#[derive(Default)]
pub struct Registry {
    functions: HashMap<&'static str, Vec<Arc<Function>>>,
    by_oid: HashMap<Oid, Arc<Function>>,
    operators: HashMap<&'static str, Vec<Operator>>,
    casts: HashMap<(Oid, Oid), Cast>,
    cast_functions: HashMap<(Oid, Oid), Arc<Function>>,
}

static REGISTRY: LazyLock<Registry> = LazyLock::new(|| Registry::collect(super::families()));

/// The one registry of the process.
pub fn registry() -> &'static Registry {
    &REGISTRY
}

impl Registry {
    fn collect(families: Vec<Family>) -> Self {
        let mut registry = Registry::default();
        let mut next = FIRST_ASSIGNED_OID;
        for family in families {
            for mut function in family.functions {
                if function.oid.0 == 0 {
                    function.oid = Oid(next);
                    next += 1;
                }
                let function = Arc::new(function);
                registry.by_oid.insert(function.oid, function.clone());
                registry.functions.entry(function.name).or_default().push(function);
            }
            for operator in family.operators {
                registry.operators.entry(operator.name).or_default().push(operator);
            }
            for cast in family.casts {
                registry.casts.insert((cast.source, cast.target), cast);
            }
        }
        let functions = registry.casts.values().filter_map(|cast| {
            let function = registry.function_of(cast).cloned().or_else(|| cast_function(cast))?;
            Some(((cast.source, cast.target), function))
        });
        registry.cast_functions = functions.collect();
        registry
    }

    /// The function in the catalogue that is the cast: it may have a columnar form, and its
    /// volatility is known.
    fn function_of(&self, cast: &Cast) -> Option<&Arc<Function>> {
        let CastMethod::Function(_) = cast.method else { return None };
        let function = self.exact(oid::row(cast.target)?.name, &[cast.source])?;
        (function.result == cast.target).then_some(function)
    }

    /// Every overload of a function name.
    pub fn functions(&self, name: &str) -> &[Arc<Function>] {
        self.functions.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn function_by_oid(&self, oid: Oid) -> Option<&Arc<Function>> {
        self.by_oid.get(&oid)
    }

    /// The overload with exactly these argument types.
    pub fn exact(&self, name: &str, args: &[Oid]) -> Option<&Arc<Function>> {
        self.functions(name).iter().find(|function| function.args == args)
    }

    /// Every overload of an operator symbol.
    pub fn operators(&self, name: &str) -> &[Operator] {
        self.operators.get(name).map_or(&[], Vec::as_slice)
    }

    pub fn cast(&self, source: Oid, target: Oid) -> Option<&Cast> {
        self.casts.get(&(source, target))
    }

    /// The function of a cast that has one, as a call's callee.
    pub fn cast_function(&self, source: Oid, target: Oid) -> Option<&Arc<Function>> {
        self.cast_functions.get(&(source, target))
    }

    pub fn all_functions(&self) -> impl Iterator<Item = &Arc<Function>> {
        self.by_oid.values()
    }

    pub fn all_operators(&self) -> impl Iterator<Item = &Operator> {
        self.operators.values().flatten()
    }

    pub fn all_casts(&self) -> impl Iterator<Item = &Cast> {
        self.casts.values()
    }
}

/// A cast's function under its target type's name, as PostgreSQL names them. The argument list is
/// leaked once per process: the catalogue lives as long as the process does.
fn cast_function(cast: &Cast) -> Option<Arc<Function>> {
    let CastMethod::Function(body) = cast.method else { return None };
    Some(Arc::new(Function {
        oid: Oid(0),
        name: oid::row(cast.target).map_or("cast", |row| row.name),
        args: Box::leak(Box::new([cast.source])),
        defaults: &[],
        variadic: false,
        result: cast.target,
        columns: &[],
        strict: true,
        volatility: if depends_on_session(cast.source) || depends_on_session(cast.target) {
            Volatility::Stable
        } else {
            Volatility::Immutable
        },
        body: Body::Scalar(body),
    }))
}

/// Whether the type's conversions may look at the time zone or at names.
fn depends_on_session(type_oid: Oid) -> bool {
    matches!(oid::category(type_oid), 'D' | 'T') || oid::is_reg(type_oid)
}
