//! A path's canonical text.

use std::fmt::Write as _;

use super::{
    super::text::escape_into,
    tree::{Accessor, Expr, Method, Operator, Path, Sign},
};

impl Path {
    pub fn to_text(&self) -> String {
        let mut out = String::from(if self.strict { "strict " } else { "" });
        push(&self.expr, true, &mut out);
        out
    }
}

/// How tightly an operator binds; what is no operator binds tightest.
fn priority(expr: &Expr) -> u8 {
    match expr {
        Expr::Or(..) => 0,
        Expr::And(..) => 1,
        Expr::Compare(..) | Expr::StartsWith(..) => 2,
        Expr::Arithmetic(Operator::Add | Operator::Subtract, ..) => 3,
        Expr::Arithmetic(..) => 4,
        Expr::Unary(..) => 5,
        _ => 6,
    }
}

fn push_binary(
    expr: &Expr,
    left: &Expr,
    symbol: &str,
    right: &Expr,
    brackets: bool,
    out: &mut String,
) {
    if brackets {
        out.push('(');
    }
    push(left, priority(left) <= priority(expr), out);
    out.push(' ');
    out.push_str(symbol);
    out.push(' ');
    push(right, priority(right) <= priority(expr), out);
    if brackets {
        out.push(')');
    }
}

fn push(expr: &Expr, brackets: bool, out: &mut String) {
    match expr {
        Expr::Root => out.push('$'),
        Expr::Current => out.push('@'),
        Expr::Last => out.push_str("last"),
        Expr::Null => out.push_str("null"),
        Expr::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
        Expr::Number(text) => out.push_str(text),
        Expr::String(text) => escape_into(text, out),
        Expr::Variable(name) => {
            out.push('$');
            escape_into(name, out);
        }
        Expr::Chain(head, accessors) => {
            if matches!(**head, Expr::Number(_)) {
                out.push('(');
                push(head, false, out);
                out.push(')');
            } else {
                push(head, true, out);
            }
            accessors.iter().for_each(|accessor| push_accessor(accessor, out));
        }
        Expr::Unary(sign, operand) => {
            if brackets {
                out.push('(');
            }
            out.push(if *sign == Sign::Minus { '-' } else { '+' });
            push(operand, priority(operand) <= priority(expr), out);
            if brackets {
                out.push(')');
            }
        }
        Expr::Arithmetic(operator, left, right) => {
            push_binary(expr, left, operator.symbol(), right, brackets, out);
        }
        Expr::Compare(comparison, left, right) => {
            push_binary(expr, left, comparison.symbol(), right, brackets, out);
        }
        Expr::And(left, right) => push_binary(expr, left, "&&", right, brackets, out),
        Expr::Or(left, right) => push_binary(expr, left, "||", right, brackets, out),
        Expr::StartsWith(left, right) => {
            push_binary(expr, left, "starts with", right, brackets, out);
        }
        Expr::Not(inner) => {
            out.push_str("!(");
            push(inner, false, out);
            out.push(')');
        }
        Expr::IsUnknown(inner) => {
            out.push('(');
            push(inner, false, out);
            out.push_str(") is unknown");
        }
        Expr::Exists(inner) => {
            out.push_str("exists (");
            push(inner, false, out);
            out.push(')');
        }
        Expr::LikeRegex { input, pattern, flags } => {
            if brackets {
                out.push('(');
            }
            push(input, priority(input) <= 2, out);
            out.push_str(" like_regex ");
            escape_into(pattern, out);
            if !flags.is_empty() {
                out.push_str(" flag ");
                escape_into(flags, out);
            }
            if brackets {
                out.push(')');
            }
        }
    }
}

fn push_accessor(accessor: &Accessor, out: &mut String) {
    match accessor {
        Accessor::Member(key) => {
            out.push('.');
            escape_into(key, out);
        }
        Accessor::AnyMember => out.push_str(".*"),
        Accessor::AnyElement => out.push_str("[*]"),
        Accessor::AnyLevel { first, last } => {
            let level = |level: &Option<u32>| match level {
                Some(level) => level.to_string(),
                None => "last".to_owned(),
            };
            match (first, last) {
                (Some(0), None) => out.push_str(".**"),
                (first, last) if first == last => {
                    write!(out, ".**{{{}}}", level(first)).expect("a string");
                }
                (first, last) => {
                    write!(out, ".**{{{} to {}}}", level(first), level(last)).expect("a string");
                }
            }
        }
        Accessor::Index(ranges) => {
            out.push('[');
            for (index, (from, to)) in ranges.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                push(from, false, out);
                if let Some(to) = to {
                    out.push_str(" to ");
                    push(to, false, out);
                }
            }
            out.push(']');
        }
        Accessor::Filter(predicate) => {
            out.push_str("?(");
            push(predicate, false, out);
            out.push(')');
        }
        Accessor::Method(method, args) => {
            out.push('.');
            out.push_str(method.name());
            out.push('(');
            for (index, arg) in args.iter().enumerate() {
                if index > 0 {
                    out.push(',');
                }
                if *method == Method::DateTime { escape_into(arg, out) } else { out.push_str(arg) }
            }
            out.push(')');
        }
    }
}
