//! Which catalogue functions are the comparison operators, so that joins, searches and columns
//! may use keys and kernels in their place.

use std::{collections::HashMap, sync::LazyLock};

use crate::{
    base::Oid,
    query::{
        functions::{Function, registry},
        ir::Call,
    },
    types::oid,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Comparison {
    Equal,
    NotEqual,
    Less,
    LessEqual,
    Greater,
    GreaterEqual,
}

impl Comparison {
    /// The same comparison with its sides exchanged.
    pub fn swapped(self) -> Comparison {
        match self {
            Comparison::Equal | Comparison::NotEqual => self,
            Comparison::Less => Comparison::Greater,
            Comparison::LessEqual => Comparison::GreaterEqual,
            Comparison::Greater => Comparison::Less,
            Comparison::GreaterEqual => Comparison::LessEqual,
        }
    }
}

static SYMBOLS: &[(&str, Comparison)] = &[
    ("=", Comparison::Equal),
    ("<>", Comparison::NotEqual),
    ("<", Comparison::Less),
    ("<=", Comparison::LessEqual),
    (">", Comparison::Greater),
    (">=", Comparison::GreaterEqual),
];

static COMPARISONS: LazyLock<HashMap<Oid, Comparison>> = LazyLock::new(|| {
    let registry = registry();
    let mut all = HashMap::new();
    for (symbol, comparison) in SYMBOLS {
        for operator in registry.operators(symbol) {
            let Some(left) = operator.left else { continue };
            if let Some(function) = registry.exact(operator.function, &[left, operator.right]) {
                all.insert(function.oid, *comparison);
            }
        }
    }
    all
});

/// The comparison that a function implements, if it is one.
pub fn comparison(function: &Function) -> Option<Comparison> {
    COMPARISONS.get(&function.oid).copied()
}

/// The comparison and the one type of both sides, if values of that type may be compared by
/// `types::order`.
pub fn same_type(call: &Call) -> Option<(Comparison, Oid)> {
    let [left, right] = call.args.as_slice() else { return None };
    let type_oid = left.ty().oid;
    if type_oid != right.ty().oid || type_oid == oid::RECORD {
        return None;
    }
    Some((comparison(&call.function)?, type_oid))
}

/// The type in which both sides of an equality may be hashed. Integers of two widths meet in int8.
pub fn equality(call: &Call) -> Option<Oid> {
    let [left, right] = call.args.as_slice() else { return None };
    if comparison(&call.function)? != Comparison::Equal {
        return None;
    }
    let (left, right) = (left.ty().oid, right.ty().oid);
    if left == right {
        return (left != oid::RECORD).then_some(left);
    }
    let integer = |type_oid| matches!(type_oid, oid::INT2 | oid::INT4 | oid::INT8);
    (integer(left) && integer(right)).then_some(oid::INT8)
}
