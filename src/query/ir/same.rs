//! Whether two expressions are the same computation: GROUP BY, ORDER BY and index matching.

use super::{Call, Expr, Subscript};

impl Expr {
    /// Structural equality; where in the text an expression stood does not matter, and two
    /// subqueries are never the same.
    pub fn same(&self, other: &Expr) -> bool {
        match (self, other) {
            (Expr::Const(a, x), Expr::Const(b, y)) => a == b && x.oid == y.oid,
            (Expr::Column(a, _), Expr::Column(b, _)) => a == b,
            (
                Expr::Outer { levels: a, column: x, .. },
                Expr::Outer { levels: b, column: y, .. },
            ) => a == b && x == y,
            (Expr::Param(a, _), Expr::Param(b, _)) => a == b,
            (Expr::Call(a), Expr::Call(b)) => same_call(a, b),
            (Expr::And(a), Expr::And(b)) | (Expr::Or(a), Expr::Or(b)) => same_all(a, b),
            // The names of a row's fields are part of what it is.
            (Expr::Row(a, x), Expr::Row(b, y)) => x == y && same_all(a, b),
            (Expr::Not(a), Expr::Not(b)) => a.same(b),
            (Expr::IsNull { input: a, negated: x }, Expr::IsNull { input: b, negated: y }) => {
                x == y && a.same(b)
            }
            (
                Expr::IsBool { input: a, test: t, negated: x },
                Expr::IsBool { input: b, test: u, negated: y },
            ) => t == u && x == y && a.same(b),
            (Expr::Distinct { equal: a, negated: x }, Expr::Distinct { equal: b, negated: y }) => {
                x == y && same_call(a, b)
            }
            (
                Expr::Case { branches: a, otherwise: x, .. },
                Expr::Case { branches: b, otherwise: y, .. },
            ) => {
                a.len() == b.len()
                    && a.iter().zip(b).all(|(a, b)| a.0.same(&b.0) && a.1.same(&b.1))
                    && same_option(x.as_deref(), y.as_deref())
            }
            (Expr::Coalesce(a, x), Expr::Coalesce(b, y)) => x == y && same_all(a, b),
            (Expr::NullIf { equal: a, value: x, .. }, Expr::NullIf { equal: b, value: y, .. }) => {
                same_call(a, b) && x.same(y)
            }
            (
                Expr::Extreme { greatest: x, args: a, .. },
                Expr::Extreme { greatest: y, args: b, .. },
            ) => x == y && same_all(a, b),
            (Expr::CoerceViaText { input: a, ty: x }, Expr::CoerceViaText { input: b, ty: y })
            | (Expr::Relabel { input: a, ty: x }, Expr::Relabel { input: b, ty: y }) => {
                x == y && a.same(b)
            }
            (
                Expr::ArrayCoerce { input: a, element: e, .. },
                Expr::ArrayCoerce { input: b, element: f, .. },
            ) => a.same(b) && e.same(f),
            (Expr::Array { elements: a, ty: x, .. }, Expr::Array { elements: b, ty: y, .. }) => {
                x == y && same_all(a, b)
            }
            (
                Expr::Subscript { input: a, subscripts: x, .. },
                Expr::Subscript { input: b, subscripts: y, .. },
            ) => {
                a.same(b)
                    && x.len() == y.len()
                    && x.iter().zip(y).all(|pair| match pair {
                        (Subscript::Index(a), Subscript::Index(b)) => a.same(b),
                        (Subscript::Slice(a, x), Subscript::Slice(b, y)) => {
                            same_option(a.as_ref(), b.as_ref())
                                && same_option(x.as_ref(), y.as_ref())
                        }
                        _ => false,
                    })
            }
            (Expr::Field { input: a, field: x, .. }, Expr::Field { input: b, field: y, .. }) => {
                x == y && a.same(b)
            }
            (
                Expr::AnyArray { call: c, array: a, all: x },
                Expr::AnyArray { call: d, array: b, all: y },
            ) => x == y && same_call(c, d) && a.same(b),
            _ => false,
        }
    }
}

fn same_call(a: &Call, b: &Call) -> bool {
    a.function.name == b.function.name
        && a.function.args == b.function.args
        && a.ty == b.ty
        && same_all(&a.args, &b.args)
}

fn same_all(a: &[Expr], b: &[Expr]) -> bool {
    a.len() == b.len() && a.iter().zip(b).all(|(a, b)| a.same(b))
}

fn same_option(a: Option<&Expr>, b: Option<&Expr>) -> bool {
    match (a, b) {
        (None, None) => true,
        (Some(a), Some(b)) => a.same(b),
        _ => false,
    }
}
