//! Typed scalar expressions.

use std::sync::Arc;

use super::Plan;
use crate::{
    query::functions::Function,
    types::{Datum, PgType},
};

/// A scalar expression over one input row.
#[derive(Clone, Debug)]
pub enum Expr {
    Const(Datum, PgType),
    /// Position in the input row.
    Column(usize, PgType),
    /// A column of an enclosing query's row: `levels` queries up (1 is the nearest).
    Outer {
        levels: usize,
        column: usize,
        ty: PgType,
    },
    /// `$n`, 0-based.
    Param(usize, PgType),
    /// A function or operator; all arguments already have the function's types.
    Call(Box<Call>),
    And(Vec<Expr>),
    Or(Vec<Expr>),
    Not(Box<Expr>),
    IsNull {
        input: Box<Expr>,
        negated: bool,
    },
    /// `IS [NOT] TRUE | FALSE | UNKNOWN`
    IsBool {
        input: Box<Expr>,
        test: BoolTest,
        negated: bool,
    },
    /// `a IS [NOT] DISTINCT FROM b`; `equal` is the `=` operator of the operands.
    Distinct {
        equal: Box<Call>,
        negated: bool,
    },
    /// Searched CASE (a simple CASE is bound to comparisons).
    Case {
        branches: Vec<(Expr, Expr)>,
        otherwise: Option<Box<Expr>>,
        ty: PgType,
    },
    Coalesce(Vec<Expr>, PgType),
    /// `NULLIF(a, b)`: NULL if `equal` holds, else its first argument before coercion.
    NullIf {
        equal: Box<Call>,
        value: Box<Expr>,
        ty: PgType,
    },
    /// `GREATEST` and `LEAST` by the type's order; NULLs are ignored.
    Extreme {
        greatest: bool,
        args: Vec<Expr>,
        ty: PgType,
    },
    /// A cast through the text forms of both types, or of an unknown literal's parameter.
    CoerceViaText {
        input: Box<Expr>,
        ty: PgType,
    },
    /// A cast that changes the type's name but not the value.
    Relabel {
        input: Box<Expr>,
        ty: PgType,
    },
    /// A cast of every element of an array by `element`, whose `Column(0)` is the element.
    ArrayCoerce {
        input: Box<Expr>,
        element: Box<Expr>,
        ty: PgType,
    },
    /// `ARRAY[...]`; `nested` when the elements are arrays themselves.
    Array {
        elements: Vec<Expr>,
        nested: bool,
        ty: PgType,
    },
    /// `a[1]`, `a[1][2]`, `a[1:2]`
    Subscript {
        input: Box<Expr>,
        subscripts: Vec<Subscript>,
        ty: PgType,
    },
    /// `ROW(...)`, or the row of a FROM entry, whose type then knows the names.
    Row(Vec<Expr>, PgType),
    /// `(composite).field`, by position.
    Field {
        input: Box<Expr>,
        field: usize,
        ty: PgType,
    },
    /// `x op ANY (array)` and `x op ALL (array)`. `call.args` is `[x, element]`, where `element`
    /// is an expression whose `Column(0)` is the array's element; `array` gives the array.
    AnyArray {
        call: Box<Call>,
        array: Box<Expr>,
        all: bool,
    },
    /// Shared, so that a run can keep its result by the subquery's address.
    Subquery(Arc<Subquery>),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum BoolTest {
    True,
    False,
    Unknown,
}

#[derive(Clone, Debug)]
pub struct Call {
    pub function: Arc<Function>,
    pub args: Vec<Expr>,
    pub ty: PgType,
    /// Byte offset in the query text, for error positions; -1 if unknown.
    pub location: i32,
    /// `VARIADIC array` of a function over "any": the array's elements are the last arguments.
    pub spread: bool,
}

#[derive(Clone, Debug)]
pub enum Subscript {
    Index(Expr),
    Slice(Option<Expr>, Option<Expr>),
}

/// A subquery in an expression. Inside `plan`, [`Expr::Outer`] with `levels == 1` is this row.
///
/// Only expression subqueries and the right side of lateral joins make a level: a plain subquery in
/// FROM and the plan of a CTE see the same outer rows as the query around them.
#[derive(Clone, Debug)]
pub struct Subquery {
    pub kind: SubqueryKind,
    pub plan: Plan,
    /// Whether `plan` refers to any enclosing row.
    pub correlated: bool,
    pub ty: PgType,
}

#[derive(Clone, Debug)]
pub enum SubqueryKind {
    /// At most one row of one column; no row is NULL; more raise 21000.
    Scalar,
    Exists,
    /// `test` holds for any (or all) rows. `test` is over the outer row, with the subquery's
    /// columns at positions `outer width ..`.
    Any {
        test: Box<Expr>,
        outer_width: usize,
    },
    All {
        test: Box<Expr>,
        outer_width: usize,
    },
    /// `ARRAY(SELECT ...)`
    Array,
}

impl Expr {
    pub fn ty(&self) -> PgType {
        match self {
            Expr::Const(_, ty)
            | Expr::Column(_, ty)
            | Expr::Outer { ty, .. }
            | Expr::Param(_, ty)
            | Expr::Case { ty, .. }
            | Expr::Coalesce(_, ty)
            | Expr::NullIf { ty, .. }
            | Expr::Extreme { ty, .. }
            | Expr::CoerceViaText { ty, .. }
            | Expr::Relabel { ty, .. }
            | Expr::ArrayCoerce { ty, .. }
            | Expr::Array { ty, .. }
            | Expr::Subscript { ty, .. }
            | Expr::Row(_, ty)
            | Expr::Field { ty, .. } => *ty,
            Expr::Call(call) => call.ty,
            Expr::Subquery(subquery) => subquery.ty,
            Expr::And(_)
            | Expr::Or(_)
            | Expr::Not(_)
            | Expr::IsNull { .. }
            | Expr::IsBool { .. }
            | Expr::Distinct { .. }
            | Expr::AnyArray { .. } => PgType::BOOL,
        }
    }

    /// The expressions directly below this one; not the plan of a subquery.
    pub fn children(&self) -> Vec<&Expr> {
        match self {
            Expr::Const(..) | Expr::Column(..) | Expr::Outer { .. } | Expr::Param(..) => vec![],
            Expr::Call(call) => call.args.iter().collect(),
            Expr::Distinct { equal, .. } => equal.args.iter().collect(),
            Expr::NullIf { equal, value, .. } => {
                equal.args.iter().chain([value.as_ref()]).collect()
            }
            Expr::And(args) | Expr::Or(args) | Expr::Row(args, _) => args.iter().collect(),
            Expr::Coalesce(args, _)
            | Expr::Extreme { args, .. }
            | Expr::Array { elements: args, .. } => args.iter().collect(),
            Expr::Not(input)
            | Expr::IsNull { input, .. }
            | Expr::IsBool { input, .. }
            | Expr::CoerceViaText { input, .. }
            | Expr::Relabel { input, .. }
            | Expr::Field { input, .. } => vec![input],
            // `element` has a row of its own.
            Expr::ArrayCoerce { input, .. } => vec![input],
            Expr::Case { branches, otherwise, .. } => branches
                .iter()
                .flat_map(|(when, then)| [when, then])
                .chain(otherwise.as_deref())
                .collect(),
            Expr::Subscript { input, subscripts, .. } => {
                let mut all = vec![input.as_ref()];
                for subscript in subscripts {
                    match subscript {
                        Subscript::Index(index) => all.push(index),
                        Subscript::Slice(lower, upper) => {
                            all.extend(lower.iter().chain(upper));
                        }
                    }
                }
                all
            }
            // The second argument has a row of its own.
            Expr::AnyArray { call, array, .. } => vec![&call.args[0], array],
            // The test of ANY and ALL has a wider row, the plan has rows of its own.
            Expr::Subquery(_) => vec![],
        }
    }
}
