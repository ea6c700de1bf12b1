//! What a document must have for a JSON path to find something in it.
//!
//! Equalities ask for their value, and every path for its names. What cannot be told from keys
//! (negations, methods, arithmetic) asks for nothing. Lax paths look into arrays by themselves, which
//! keys never show: they hold at least what is asked for.

use super::{Class, Strategy, Wanted, jsonb};
use crate::types::json::{
    Value,
    path::{Accessor, Comparison, Expr, Path},
};

/// `None` if any document may do.
pub fn wanted(class: Class, column: u8, strategy: Strategy, path: &Path) -> Option<Wanted> {
    let reading = Reading { class, column };
    let root = Trail::root(column);
    match (strategy, path.expr.is_predicate()) {
        (Strategy::PathMatches, true) => reading.predicate(&path.expr, &root),
        // The one item found is true.
        (Strategy::PathMatches, false) => {
            reading.equal(reading.trail(&path.expr, &root)?, &Value::Bool(true))
        }
        // Whatever a predicate says, it is an item.
        (_, true) => None,
        (_, false) => Wanted::all(reading.trail(&path.expr, &root)?.asked),
    }
}

struct Reading {
    class: Class,
    column: u8,
}

/// How an item was come by.
#[derive(Clone)]
struct Trail {
    /// What the document must have for it to be there.
    asked: Vec<Option<Wanted>>,
    /// The names that lead to it, if they are known.
    way: Option<jsonb::Way>,
    /// Whether it is a part of the document still.
    stored: bool,
}

impl Trail {
    fn root(column: u8) -> Self {
        Self { asked: vec![], way: Some(jsonb::Way::root(column)), stored: true }
    }
}

impl Reading {
    /// What must be so for the predicate to be true.
    fn predicate(&self, expr: &Expr, current: &Trail) -> Option<Wanted> {
        let reached =
            |expr: &Expr| self.trail(expr, current).and_then(|trail| Wanted::all(trail.asked));
        match expr {
            Expr::And(left, right) => {
                Wanted::all([self.predicate(left, current), self.predicate(right, current)])
            }
            Expr::Or(left, right) => {
                Wanted::any([self.predicate(left, current), self.predicate(right, current)])
            }
            Expr::Compare(Comparison::Equal, left, right) => {
                match (constant(left), constant(right)) {
                    (None, Some(value)) => self.equal(self.trail(left, current)?, &value),
                    (Some(value), None) => self.equal(self.trail(right, current)?, &value),
                    _ => Wanted::all([reached(left), reached(right)]),
                }
            }
            Expr::Compare(_, left, right) | Expr::StartsWith(left, right) => {
                Wanted::all([reached(left), reached(right)])
            }
            Expr::Exists(inner) => reached(inner),
            Expr::LikeRegex { input, .. } => reached(input),
            _ => None,
        }
    }

    /// The way of an expression through the document; `None` for one that is not a way.
    fn trail(&self, expr: &Expr, current: &Trail) -> Option<Trail> {
        match expr {
            Expr::Root => Some(Trail::root(self.column)),
            Expr::Current => Some(current.clone()),
            Expr::Chain(start, accessors) => {
                let mut trail = self.trail(start, current)?;
                for accessor in accessors {
                    self.follow(&mut trail, accessor);
                }
                Some(trail)
            }
            _ => None,
        }
    }

    fn follow(&self, trail: &mut Trail, accessor: &Accessor) {
        if !trail.stored {
            return;
        }
        match accessor {
            Accessor::Member(name) => {
                let literal = Value::string(name.as_str()).to_text();
                if self.class == Class::Jsonb {
                    let name = jsonb::name_literal(self.column, &literal);
                    trail.asked.push(Some(Wanted::Key(name)));
                }
                trail.way = trail.way.map(|way| way.to(&literal));
            }
            Accessor::AnyMember | Accessor::AnyLevel { .. } => trail.way = None,
            Accessor::AnyElement | Accessor::Index(_) => {}
            Accessor::Filter(predicate) => {
                let asked = self.predicate(predicate, trail);
                trail.asked.push(asked);
            }
            Accessor::Method(..) => trail.stored = false,
        }
    }

    /// The item, or an element of it, is that scalar.
    fn equal(&self, trail: Trail, value: &Value) -> Option<Wanted> {
        let Trail { mut asked, way, stored } = trail;
        let text = value.to_text();
        let key = |key| Some(Wanted::Key(key));
        if stored {
            asked.push(match (self.class, value) {
                (Class::JsonbPath, _) => way.and_then(|way| key(way.scalar(&text))),
                // In an array it counts as a name.
                (_, Value::String(_)) => Wanted::any([
                    key(jsonb::name_literal(self.column, &text)),
                    key(jsonb::scalar(self.column, &text)),
                ]),
                _ => key(jsonb::scalar(self.column, &text)),
            });
        }
        Wanted::all(asked)
    }
}

fn constant(expr: &Expr) -> Option<Value<'_>> {
    match expr {
        Expr::Null => Some(Value::Null),
        Expr::Bool(value) => Some(Value::Bool(*value)),
        Expr::Number(text) => Some(Value::Number(text.as_str().into())),
        Expr::String(text) => Some(Value::string(text.as_str())),
        _ => None,
    }
}
