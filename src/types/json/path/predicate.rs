//! The predicates of filters: three-valued, with errors taken for "unknown".

use std::{borrow::Cow, cmp::Ordering};

use super::{
    evaluate::{Answer, Evaluation, Scope, Step, Stop},
    tree::{Comparison, Expr},
};
use crate::{
    base::Result,
    pg_error,
    types::{
        datetime::moment::Clock,
        json::{Value, number},
    },
};

impl<'v> Evaluation<'v> {
    pub(super) fn predicate(&self, expr: &'v Expr, scope: Scope<'_, 'v>) -> Step<Answer> {
        Ok(match expr {
            Expr::And(left, right) => match self.predicate(left, scope)? {
                Answer::False => Answer::False,
                left => match self.predicate(right, scope)? {
                    Answer::True => left,
                    right => right,
                },
            },
            Expr::Or(left, right) => match self.predicate(left, scope)? {
                Answer::True => Answer::True,
                left => match self.predicate(right, scope)? {
                    Answer::False => left,
                    right => right,
                },
            },
            Expr::Not(inner) => match self.predicate(inner, scope)? {
                Answer::True => Answer::False,
                Answer::False => Answer::True,
                Answer::Unknown => Answer::Unknown,
            },
            Expr::IsUnknown(inner) => Answer::of(self.predicate(inner, scope)? == Answer::Unknown),
            Expr::Exists(inner) => self.is_there(inner, scope)?,
            Expr::Compare(comparison, left, right) => {
                self.pairs(left, Some(right), scope, |a, b| {
                    compare(*comparison, a, b, self.clock())
                })?
            }
            Expr::StartsWith(left, right) => {
                let Some(initial) = soften(self.unwrapped(right, scope))? else {
                    return Ok(Answer::Unknown);
                };
                self.pairs(left, None, scope, |value, _| {
                    Ok(match (value, initial.first().map(|initial| &**initial)) {
                        (Value::String(text), Some(Value::String(initial))) => {
                            Answer::of(text.starts_with(initial.as_ref()))
                        }
                        _ => Answer::Unknown,
                    })
                })?
            }
            Expr::LikeRegex { input, pattern, flags } => {
                let regex = regex(pattern, flags).map_err(Stop::Hard)?;
                self.pairs(input, None, scope, |value, _| {
                    Ok(match value {
                        Value::String(text) => Answer::of(regex.is_match(text)),
                        _ => Answer::Unknown,
                    })
                })?
            }
            _ => Answer::Unknown,
        })
    }

    fn is_there(&self, expr: &'v Expr, scope: Scope<'_, 'v>) -> Step<Answer> {
        let mut any = false;
        let outcome = self.expr(expr, scope, &mut |_| {
            any = true;
            Ok(())
        });
        match soften(outcome)? {
            None if any && self.lax() => Ok(Answer::True),
            None => Ok(Answer::Unknown),
            Some(()) => Ok(Answer::of(any)),
        }
    }

    /// A test over all pairs of items: true for any; unknown where one is, in strict mode at once.
    fn pairs(
        &self,
        left: &'v Expr,
        right: Option<&'v Expr>,
        scope: Scope<'_, 'v>,
        test: impl Fn(&Value, &Value) -> Step<Answer>,
    ) -> Step<Answer> {
        let Some(left) = soften(self.unwrapped(left, scope))? else {
            return Ok(Answer::Unknown);
        };
        let right = match right {
            None => vec![Cow::Owned(Value::Null)],
            Some(right) => match soften(self.unwrapped(right, scope))? {
                Some(items) => items,
                None => return Ok(Answer::Unknown),
            },
        };
        let (mut unknown, mut holds) = (false, false);
        for a in &left {
            for b in &right {
                match test(a, b)? {
                    Answer::Unknown if !self.lax() => return Ok(Answer::Unknown),
                    Answer::Unknown => unknown = true,
                    Answer::True if self.lax() => return Ok(Answer::True),
                    Answer::True => holds = true,
                    Answer::False => {}
                }
            }
        }
        Ok(if holds {
            Answer::True
        } else if unknown {
            Answer::Unknown
        } else {
            Answer::False
        })
    }
}

/// A soft error becomes `None`.
fn soften<T>(outcome: Step<T>) -> Step<Option<T>> {
    match outcome {
        Ok(value) => Ok(Some(value)),
        Err(Stop::Soft(_)) => Ok(None),
        Err(hard) => Err(hard),
    }
}

fn compare(comparison: Comparison, a: &Value, b: &Value, clock: Clock) -> Step<Answer> {
    let order = match (a, b) {
        (Value::Null, Value::Null) => Ordering::Equal,
        (Value::Null, _) | (_, Value::Null) => {
            return Ok(Answer::of(comparison == Comparison::NotEqual));
        }
        (Value::Bool(a), Value::Bool(b)) => a.cmp(b),
        (Value::Number(a), Value::Number(b)) => number::compare(a, b),
        (Value::String(a), Value::String(b)) => a.cmp(b),
        (Value::Moment(a), Value::Moment(b)) => match a.compare(*b, clock).map_err(Stop::Hard)? {
            Some(order) => order,
            None => return Ok(Answer::Unknown),
        },
        _ => return Ok(Answer::Unknown),
    };
    Ok(Answer::of(match comparison {
        Comparison::Equal => order.is_eq(),
        Comparison::NotEqual => order.is_ne(),
        Comparison::Less => order.is_lt(),
        Comparison::LessOrEqual => order.is_le(),
        Comparison::Greater => order.is_gt(),
        Comparison::GreaterOrEqual => order.is_ge(),
    }))
}

/// The regular expression of `like_regex`. Errors: 2201B; 42601 for an unknown flag.
pub fn regex(pattern: &str, flags: &str) -> Result<regex::Regex> {
    let mut quoted = false;
    let mut builder_flags = String::new();
    for flag in flags.chars() {
        match flag {
            'i' | 's' | 'm' => builder_flags.push(flag),
            'x' if !flags.contains('q') => {
                return Err(pg_error!(
                    FEATURE_NOT_SUPPORTED,
                    "XQuery \"x\" flag (expanded regular expressions) is not implemented"
                ));
            }
            'q' => quoted = true,
            'x' => {}
            other => {
                return Err(pg_error!(SYNTAX_ERROR, "invalid input syntax for type jsonpath")
                    .detail(format!(
                        "Unrecognized flag character \"{other}\" in LIKE_REGEX predicate."
                    )));
            }
        }
    }
    let pattern = if quoted { regex::escape(pattern) } else { translated(pattern) };
    regex::RegexBuilder::new(&pattern)
        .case_insensitive(builder_flags.contains('i'))
        .dot_matches_new_line(builder_flags.contains('s'))
        .multi_line(builder_flags.contains('m'))
        .build()
        .map_err(|error| {
            // The last line says what is wrong; those above it point into the pattern.
            let text = error.to_string();
            let reason = text.lines().last().unwrap_or_default().trim_start_matches("error: ");
            let reason = match reason {
                "unclosed group" | "unopened group" => "parentheses () not balanced",
                "unclosed character class" => "brackets [] not balanced",
                "repetition operator missing expression" => "quantifier operand invalid",
                other => other,
            };
            pg_error!(INVALID_REGULAR_EXPRESSION, "invalid regular expression: {reason}")
        })
}

/// PostgreSQL's escapes that mean something else here: `\b` is a backspace, `\y` the edge of a word.
fn translated(pattern: &str) -> String {
    let mut out = String::with_capacity(pattern.len());
    let mut rest = pattern.chars();
    while let Some(c) = rest.next() {
        if c != '\\' {
            out.push(c);
            continue;
        }
        match rest.next() {
            Some('b') => out.push_str("\\x08"),
            Some('y') => out.push_str("\\b"),
            Some('Y') => out.push_str("\\B"),
            Some('m') => out.push_str("\\b{start}"),
            Some('M') => out.push_str("\\b{end}"),
            Some('Z') => out.push_str("\\z"),
            Some(other) => out.extend(['\\', other]),
            None => out.push('\\'),
        }
    }
    out
}
