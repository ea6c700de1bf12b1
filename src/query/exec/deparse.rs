//! Bound expressions as SQL text, for EXPLAIN.

use std::{collections::HashMap, fmt::Write, sync::LazyLock};

use crate::{
    base::Oid,
    query::{
        functions::{Function, registry},
        ir::{
            Aggregate, BoolTest, Call, Expr, SortKey, Subquery, SubqueryKind, Subscript, WindowCall,
        },
    },
    types::{Datum, PgType, oid, text_io, typmod},
};

/// Operator symbols by the function behind them.
static SYMBOLS: LazyLock<HashMap<Oid, &'static str>> = LazyLock::new(|| {
    let registry = registry();
    let mut symbols = HashMap::new();
    for operator in registry.all_operators() {
        let function = match operator.left {
            Some(left) => registry.exact(operator.function, &[left, operator.right]),
            None => registry.exact(operator.function, &[operator.right]),
        };
        if let Some(function) = function {
            symbols.insert(function.oid, operator.name);
        }
    }
    symbols
});

/// The operator symbol of a function, if it has one.
pub fn symbol(function: &Function) -> Option<&'static str> {
    SYMBOLS.get(&function.oid).copied()
}

/// What stands around an expression: the names of its row's columns, of the rows outside, and the
/// subqueries met so far, which are printed as plans of their own.
pub struct Names<'a> {
    pub style: &'a text_io::Style,
    pub columns: &'a [String],
    /// The nearest first.
    pub outer: &'a [Vec<String>],
    pub subplans: &'a mut Vec<std::sync::Arc<Subquery>>,
}

impl Names<'_> {
    pub fn expr(&mut self, expr: &Expr) -> String {
        match expr {
            Expr::Const(value, ty) => constant(value, *ty, self.style),
            Expr::Column(column, _) => {
                self.columns.get(*column).cloned().unwrap_or_else(|| format!("column{column}"))
            }
            Expr::Outer { levels, column, .. } => self
                .outer
                .get(levels - 1)
                .and_then(|row| row.get(*column))
                .cloned()
                .unwrap_or_else(|| format!("outer{levels}.column{column}")),
            Expr::Param(number, _) => format!("${}", number + 1),
            Expr::Call(call) => self.call(call),
            Expr::And(args) => self.joined(args, " AND "),
            Expr::Or(args) => self.joined(args, " OR "),
            Expr::Not(input) => format!("(NOT {})", self.expr(input)),
            Expr::IsNull { input, negated } => {
                format!("({} IS {}NULL)", self.expr(input), if *negated { "NOT " } else { "" })
            }
            Expr::IsBool { input, test, negated } => {
                let test = match test {
                    BoolTest::True => "TRUE",
                    BoolTest::False => "FALSE",
                    BoolTest::Unknown => "UNKNOWN",
                };
                let not = if *negated { "NOT " } else { "" };
                format!("({} IS {not}{test})", self.expr(input))
            }
            Expr::Distinct { equal, negated } => {
                let (a, b) = (self.expr(&equal.args[0]), self.expr(&equal.args[1]));
                let not = if *negated { "NOT " } else { "" };
                format!("({a} IS {not}DISTINCT FROM {b})")
            }
            Expr::Case { branches, otherwise, .. } => {
                let mut text = String::from("CASE");
                for (when, then) in branches {
                    let (when, then) = (self.expr(when), self.expr(then));
                    let _ = write!(text, " WHEN {when} THEN {then}");
                }
                if let Some(otherwise) = otherwise {
                    let _ = write!(text, " ELSE {}", self.expr(otherwise));
                }
                text + " END"
            }
            Expr::Coalesce(args, _) => format!("COALESCE({})", self.list(args)),
            Expr::NullIf { equal, .. } => format!("NULLIF({})", self.list(&equal.args)),
            Expr::Extreme { greatest, args, .. } => {
                let name = if *greatest { "GREATEST" } else { "LEAST" };
                format!("{name}({})", self.list(args))
            }
            Expr::CoerceViaText { input, ty }
            | Expr::Relabel { input, ty }
            | Expr::ArrayCoerce { input, ty, .. } => self.cast(input, *ty),
            Expr::Array { elements, .. } => format!("ARRAY[{}]", self.list(elements)),
            Expr::Subscript { input, subscripts, .. } => {
                let mut text = self.expr(input);
                for subscript in subscripts {
                    match subscript {
                        Subscript::Index(index) => {
                            let _ = write!(text, "[{}]", self.expr(index));
                        }
                        Subscript::Slice(lower, upper) => {
                            let mut bound = |bound: &Option<Expr>| {
                                bound.as_ref().map(|bound| self.expr(bound)).unwrap_or_default()
                            };
                            let (lower, upper) = (bound(lower), bound(upper));
                            let _ = write!(text, "[{lower}:{upper}]");
                        }
                    }
                }
                text
            }
            Expr::Row(fields, _) => format!("ROW({})", self.list(fields)),
            Expr::Field { input, field, .. } => format!("({}).f{}", self.expr(input), field + 1),
            Expr::AnyArray { call, array, all } => {
                let (value, array) = (self.expr(&call.args[0]), self.expr(array));
                let symbol = symbol(&call.function).unwrap_or("=");
                let quantifier = if *all { "ALL" } else { "ANY" };
                format!("({value} {symbol} {quantifier} ({array}))")
            }
            Expr::Subquery(subquery) => self.subquery(subquery),
        }
    }

    fn subquery(&mut self, subquery: &std::sync::Arc<Subquery>) -> String {
        self.subplans.push(subquery.clone());
        let number = self.subplans.len();
        let plan = if subquery.correlated {
            format!("SubPlan {number}")
        } else {
            format!("InitPlan {number}")
        };
        match &subquery.kind {
            SubqueryKind::Exists => format!("EXISTS({plan})"),
            SubqueryKind::Any { .. } => format!("(ANY ({plan}))"),
            SubqueryKind::All { .. } => format!("(ALL ({plan}))"),
            SubqueryKind::Array => format!("ARRAY({plan})"),
            SubqueryKind::Scalar => format!("({plan})"),
        }
    }

    fn call(&mut self, call: &Call) -> String {
        match (symbol(&call.function), call.args.as_slice()) {
            (Some(symbol), [left, right]) => {
                format!("({} {symbol} {})", self.expr(left), self.expr(right))
            }
            (Some(symbol), [only]) => format!("({symbol} {})", self.expr(only)),
            // Casts are called by their target's name, or by no catalogued function at all.
            (None, [only]) if is_cast(call) => self.cast(only, call.ty),
            (None, args) => format!("{}({})", call.function.name, self.list(args)),
            (Some(_), args) => format!("{}({})", call.function.name, self.list(args)),
        }
    }

    fn cast(&mut self, input: &Expr, ty: PgType) -> String {
        // `halfvec(3)` is a conversion and then a check of the length: one cast to the reader.
        let input = match input {
            Expr::Call(call) if is_cast(call) && call.ty.oid == ty.oid => &call.args[0],
            input => input,
        };
        format!("({})::{}", self.expr(input), type_name(ty))
    }

    pub fn list(&mut self, exprs: &[Expr]) -> String {
        exprs.iter().map(|expr| self.expr(expr)).collect::<Vec<_>>().join(", ")
    }

    /// Conditions under AND; one stands for itself.
    pub fn all(&mut self, conditions: &[Expr]) -> String {
        match conditions {
            [only] => self.expr(only),
            several => self.joined(several, " AND "),
        }
    }

    fn joined(&mut self, args: &[Expr], by: &str) -> String {
        let args: Vec<_> = args.iter().map(|arg| self.expr(arg)).collect();
        format!("({})", args.join(by))
    }

    pub fn keys(&mut self, keys: &[SortKey]) -> String {
        let keys: Vec<_> = keys
            .iter()
            .map(|key| {
                let mut text = self.expr(&key.expr);
                if key.descending {
                    text += " DESC";
                }
                if key.nulls_first != key.descending {
                    text += if key.nulls_first { " NULLS FIRST" } else { " NULLS LAST" };
                }
                text
            })
            .collect();
        keys.join(", ")
    }

    pub fn aggregate(&mut self, aggregate: &Aggregate) -> String {
        let mut text = format!("{}(", aggregate.function.name);
        if aggregate.distinct {
            text += "DISTINCT ";
        }
        text += &if aggregate.args.is_empty() && !aggregate.within_group {
            "*".to_owned()
        } else {
            self.list(&aggregate.args)
        };
        if !aggregate.order.is_empty() {
            let keys = self.keys(&aggregate.order);
            text += &if aggregate.within_group {
                format!(") WITHIN GROUP (ORDER BY {keys}")
            } else {
                format!(" ORDER BY {keys}")
            };
        }
        text.push(')');
        if let Some(filter) = &aggregate.filter {
            let _ = write!(text, " FILTER (WHERE {})", self.expr(filter));
        }
        text
    }

    pub fn window(&mut self, call: &WindowCall) -> String {
        let mut parts = Vec::new();
        if !call.partition.is_empty() {
            parts.push(format!("PARTITION BY {}", self.list(&call.partition)));
        }
        if !call.order.is_empty() {
            parts.push(format!("ORDER BY {}", self.keys(&call.order)));
        }
        format!("{}({}) OVER ({})", call.function.name, self.list(&call.args), parts.join(" "))
    }
}

fn is_cast(call: &Call) -> bool {
    let function = &call.function;
    function.name == "length_coercion"
        || oid::row(call.ty.oid).is_some_and(|row| row.name == function.name)
        || (registry().exact(function.name, function.args).is_none()
            && !function.is_set()
            && !function.is_aggregate())
}

/// As `format_type` spells it where a length is given, if only none.
pub fn type_name(ty: PgType) -> String {
    typmod::format_type_given(ty)
}

fn constant(value: &Datum, ty: PgType, style: &text_io::Style) -> String {
    let mut text = String::new();
    match value {
        Datum::Null => return format!("NULL::{}", type_name(ty)),
        Datum::Bool(value) => return value.to_string(),
        value => text_io::format(value, ty.oid, style, &mut text),
    }
    let bare = matches!(ty.oid, oid::INT4)
        || (ty.oid == oid::NUMERIC && text.starts_with(|first: char| first.is_ascii_digit()));
    if bare && !text.starts_with('-') {
        return text;
    }
    format!("'{}'::{}", text.replace('\'', "''"), type_name(ty))
}
