//! Evaluation of a path over a document, in lax or strict mode.
//!
//! Items are found depth first and handed on one by one, so that what was found before an error
//! remains, as silent mode wants it.

use std::borrow::Cow;

use super::{
    methods,
    tree::{Accessor, Expr, Operator, Path, Sign},
};
use crate::{
    base::{PgError, Result},
    pg_error,
    types::{datetime::moment::Clock, json::Value, numeric::Numeric},
};

/// An item of a sequence: a part of the document, or made on the way.
pub type Item<'v> = Cow<'v, Value<'v>>;

/// Why evaluation stopped.
#[derive(Debug)]
pub enum Stop {
    /// Silent mode and predicates take this for "nothing found" and "unknown".
    Soft(PgError),
    Hard(PgError),
}

impl From<PgError> for Stop {
    fn from(error: PgError) -> Self {
        Stop::Soft(error)
    }
}

pub type Step<T = ()> = Result<T, Stop>;

/// The truth of a predicate.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer {
    False,
    True,
    Unknown,
}

impl Answer {
    pub(super) fn of(value: bool) -> Self {
        if value { Answer::True } else { Answer::False }
    }
}

/// One evaluation: the path, the document, the variables.
pub struct Evaluation<'v> {
    path: &'v Path,
    root: &'v Value<'v>,
    variables: &'v Value<'v>,
    clock: Clock<'v>,
}

/// What an expression is evaluated in.
#[derive(Clone, Copy)]
pub(super) struct Scope<'s, 'v> {
    pub current: &'s Item<'v>,
    /// The length of the array whose subscript this is.
    length: Option<usize>,
    /// Whether missing parts are skipped: in lax mode, and below `.**`.
    forgiving: bool,
}

impl<'v> Evaluation<'v> {
    /// `variables` is an object.
    pub fn new(
        path: &'v Path,
        root: &'v Value<'v>,
        variables: &'v Value<'v>,
        clock: Clock<'v>,
    ) -> Self {
        Self { path, root, variables, clock }
    }

    /// The items found. In silent mode those before the first error.
    /// Errors: 22xxx of SQL/JSON, unless silent.
    pub fn items(&self, silent: bool) -> Result<Vec<Value<'v>>> {
        let (items, error) = self.run()?;
        match error {
            Some(error) if !silent => Err(error),
            _ => Ok(items),
        }
    }

    /// Whether any item is found; `None` if an error kept that from being known.
    pub fn exists(&self, silent: bool) -> Result<Option<bool>> {
        let (items, error) = self.run()?;
        match error {
            // Lax mode is content with the first item.
            Some(_) if !self.path.strict && !items.is_empty() => Ok(Some(true)),
            Some(_) if silent => Ok(None),
            Some(error) => Err(error),
            None => Ok(Some(!items.is_empty())),
        }
    }

    fn run(&self) -> Result<(Vec<Value<'v>>, Option<PgError>)> {
        let mut items = Vec::new();
        let root: Item<'v> = Cow::Borrowed(self.root);
        let scope = Scope { current: &root, length: None, forgiving: !self.path.strict };
        let outcome = self.expr(&self.path.expr, scope, &mut |item| {
            items.push(item.into_owned());
            Ok(())
        });
        match outcome {
            Ok(()) => Ok((items, None)),
            Err(Stop::Soft(error)) => Ok((items, Some(error))),
            Err(Stop::Hard(error)) => Err(error),
        }
    }

    pub(super) fn clock(&self) -> Clock<'v> {
        self.clock
    }

    pub(super) fn lax(&self) -> bool {
        !self.path.strict
    }

    /// Hands each item of an expression to `found`.
    pub(super) fn expr(
        &self,
        expr: &'v Expr,
        scope: Scope<'_, 'v>,
        found: &mut dyn FnMut(Item<'v>) -> Step,
    ) -> Step {
        match expr {
            Expr::Root => found(Cow::Borrowed(self.root)),
            Expr::Current => found(scope.current.clone()),
            Expr::Null => found(Cow::Owned(Value::Null)),
            Expr::Bool(value) => found(Cow::Owned(Value::Bool(*value))),
            Expr::Number(text) => found(Cow::Owned(Value::Number(Cow::Borrowed(text)))),
            Expr::String(text) => found(Cow::Owned(Value::String(Cow::Borrowed(text)))),
            Expr::Last => match scope.length {
                Some(length) => found(integer(length as i64 - 1)),
                None => Err(Stop::Hard(PgError::internal(
                    "evaluating jsonpath LAST outside of array subscript",
                ))),
            },
            Expr::Variable(name) => match self.variables.member(name) {
                Some(value) => found(Cow::Borrowed(value)),
                None => Err(Stop::Hard(pg_error!(
                    UNDEFINED_OBJECT,
                    "could not find jsonpath variable \"{name}\""
                ))),
            },
            Expr::Chain(head, accessors) => self.expr(head, scope, &mut |item| {
                self.access(item, accessors, scope, self.lax(), found)
            }),
            Expr::Unary(sign, operand) => self.unary(*sign, operand, scope, found),
            Expr::Arithmetic(operator, left, right) => {
                let result = self.arithmetic(*operator, left, right, scope)?;
                found(result)
            }
            predicate => {
                let answer = match self.predicate(predicate, scope)? {
                    Answer::True => Value::Bool(true),
                    Answer::False => Value::Bool(false),
                    Answer::Unknown => Value::Null,
                };
                found(Cow::Owned(answer))
            }
        }
    }

    /// All items of an expression, arrays taken apart in lax mode.
    pub(super) fn unwrapped(&self, expr: &'v Expr, scope: Scope<'_, 'v>) -> Step<Vec<Item<'v>>> {
        let mut items = Vec::new();
        let lax = self.lax();
        self.expr(expr, scope, &mut |item| {
            if lax && matches!(*item, Value::Array(_)) {
                items.extend(children(&item));
            } else {
                items.push(item);
            }
            Ok(())
        })?;
        Ok(items)
    }

    fn unary(
        &self,
        sign: Sign,
        operand: &'v Expr,
        scope: Scope<'_, 'v>,
        found: &mut dyn FnMut(Item<'v>) -> Step,
    ) -> Step {
        for item in self.unwrapped(operand, scope)? {
            let Value::Number(text) = &*item else {
                return Err(Stop::Soft(pg_error!(
                    SQL_JSON_NUMBER_NOT_FOUND,
                    "operand of unary jsonpath operator {} is not a numeric value",
                    if sign == Sign::Minus { "-" } else { "+" }
                )));
            };
            let result = match sign {
                Sign::Plus => item.clone(),
                Sign::Minus => methods::number(&Numeric::parse(text)?.neg()),
            };
            found(result)?;
        }
        Ok(())
    }

    fn arithmetic(
        &self,
        operator: Operator,
        left: &'v Expr,
        right: &'v Expr,
        scope: Scope<'_, 'v>,
    ) -> Step<Item<'v>> {
        let operand = |expr: &'v Expr, side: &str| -> Step<Numeric> {
            match &self.unwrapped(expr, scope)?[..] {
                [item] if matches!(**item, Value::Number(_)) => {
                    let Value::Number(text) = &**item else { unreachable!("just matched") };
                    Ok(Numeric::parse(text)?)
                }
                _ => Err(Stop::Soft(pg_error!(
                    SINGLETON_SQL_JSON_ITEM_REQUIRED,
                    "{side} operand of jsonpath operator {} is not a single numeric value",
                    operator.symbol()
                ))),
            }
        };
        let (a, b) = (operand(left, "left")?, operand(right, "right")?);
        let result = match operator {
            Operator::Add => a.add(&b)?,
            Operator::Subtract => a.sub(&b)?,
            Operator::Multiply => a.mul(&b)?,
            Operator::Divide => a.div(&b)?,
            Operator::Modulo => a.modulo(&b)?,
        };
        Ok(methods::number(&result))
    }

    /// Takes an item through accessors; `unwrap` allows the first to take an array apart.
    fn access(
        &self,
        item: Item<'v>,
        accessors: &'v [Accessor],
        scope: Scope<'_, 'v>,
        unwrap: bool,
        found: &mut dyn FnMut(Item<'v>) -> Step,
    ) -> Step {
        let Some((accessor, rest)) = accessors.split_first() else { return found(item) };
        let is_array = matches!(*item, Value::Array(_));
        let takes_apart = match accessor {
            Accessor::Member(_) | Accessor::AnyMember | Accessor::Filter(_) => true,
            Accessor::Method(method, _) => methods::unwraps(*method),
            _ => false,
        };
        if is_array && unwrap && takes_apart {
            for element in children(&item) {
                self.access(element, accessors, scope, false, found)?;
            }
            return Ok(());
        }
        let mut on = |item: Item<'v>| self.access(item, rest, scope, self.lax(), found);
        match accessor {
            Accessor::Member(key) => match (member(&item, key), &*item) {
                (Some(value), _) => on(value),
                _ if scope.forgiving => Ok(()),
                (None, Value::Object(_)) => Err(Stop::Soft(pg_error!(
                    SQL_JSON_MEMBER_NOT_FOUND,
                    "JSON object does not contain key \"{key}\""
                ))),
                _ => Err(Stop::Soft(pg_error!(
                    SQL_JSON_MEMBER_NOT_FOUND,
                    "jsonpath member accessor can only be applied to an object"
                ))),
            },
            Accessor::AnyMember => match &*item {
                Value::Object(_) => children(&item).into_iter().try_for_each(on),
                _ if scope.forgiving => Ok(()),
                _ => Err(Stop::Soft(pg_error!(
                    SQL_JSON_OBJECT_NOT_FOUND,
                    "jsonpath wildcard member accessor can only be applied to an object"
                ))),
            },
            Accessor::AnyElement if is_array => children(&item).into_iter().try_for_each(on),
            Accessor::AnyElement if self.lax() => on(item),
            Accessor::AnyElement if scope.forgiving => Ok(()),
            Accessor::AnyElement => Err(Stop::Soft(pg_error!(
                SQL_JSON_ARRAY_NOT_FOUND,
                "jsonpath wildcard array accessor can only be applied to an array"
            ))),
            Accessor::AnyLevel { first, last } => {
                let forgiving = Scope { forgiving: true, ..scope };
                let mut on = |item: Item<'v>| self.access(item, rest, forgiving, self.lax(), found);
                levels(item, 0, *first, last.unwrap_or(u32::MAX), &mut on)
            }
            Accessor::Index(ranges) => self.index(&item, ranges, scope, &mut on),
            Accessor::Filter(predicate) => {
                let inner = Scope { current: &item, length: scope.length, ..scope };
                if self.predicate(predicate, inner)? == Answer::True {
                    on(item.clone())
                } else {
                    Ok(())
                }
            }
            Accessor::Method(method, args) => {
                let setting = methods::Setting {
                    root: self.root,
                    lax: self.lax(),
                    forgiving: scope.forgiving,
                    clock: self.clock,
                };
                let results = methods::apply(*method, args, &item, &setting)?;
                results.into_iter().try_for_each(on)
            }
        }
    }

    fn index(
        &self,
        item: &Item<'v>,
        ranges: &'v [(Expr, Option<Expr>)],
        scope: Scope<'_, 'v>,
        found: &mut dyn FnMut(Item<'v>) -> Step,
    ) -> Step {
        let elements = match &**item {
            Value::Array(_) => children(item),
            // A scalar or an object is an array of itself.
            _ if self.lax() => vec![item.clone()],
            _ if scope.forgiving => return Ok(()),
            _ => {
                return Err(Stop::Soft(pg_error!(
                    SQL_JSON_ARRAY_NOT_FOUND,
                    "jsonpath array accessor can only be applied to an array"
                )));
            }
        };
        let inner = Scope { length: Some(elements.len()), ..scope };
        for (from, to) in ranges {
            let from = self.subscript(from, inner)?;
            let to = match to {
                Some(to) => self.subscript(to, inner)?,
                None => from,
            };
            let length = elements.len() as i64;
            if !scope.forgiving && (from < 0 || from > to || to >= length) {
                return Err(Stop::Soft(pg_error!(
                    INVALID_SQL_JSON_SUBSCRIPT,
                    "jsonpath array subscript is out of bounds"
                )));
            }
            for index in from.max(0)..=to.min(length - 1) {
                found(elements[index as usize].clone())?;
            }
        }
        Ok(())
    }

    fn subscript(&self, expr: &'v Expr, scope: Scope<'_, 'v>) -> Step<i64> {
        let mut items = Vec::new();
        self.expr(expr, scope, &mut |item| {
            items.push(item);
            Ok(())
        })?;
        let text = match &items[..] {
            [item] => match &**item {
                Value::Number(text) => Some(text),
                _ => None,
            },
            _ => None,
        };
        let Some(text) = text else {
            return Err(Stop::Soft(pg_error!(
                INVALID_SQL_JSON_SUBSCRIPT,
                "jsonpath array subscript is not a single numeric value"
            )));
        };
        let index = Numeric::parse(text)?.trunc(0)?.to_i32().map_err(|_| {
            pg_error!(
                INVALID_SQL_JSON_SUBSCRIPT,
                "jsonpath array subscript is out of integer range"
            )
        })?;
        Ok(i64::from(index))
    }
}

fn integer<'v>(value: i64) -> Item<'v> {
    Cow::Owned(Value::Number(Cow::Owned(value.to_string())))
}

/// The elements of an array or the values of an object.
fn children<'v>(item: &Item<'v>) -> Vec<Item<'v>> {
    match item {
        Cow::Borrowed(Value::Array(elements)) => elements.iter().map(Cow::Borrowed).collect(),
        Cow::Borrowed(Value::Object(members)) => {
            members.iter().map(|(_, value)| Cow::Borrowed(value)).collect()
        }
        Cow::Owned(Value::Array(elements)) => elements.iter().cloned().map(Cow::Owned).collect(),
        Cow::Owned(Value::Object(members)) => {
            members.iter().map(|(_, value)| Cow::Owned(value.clone())).collect()
        }
        _ => Vec::new(),
    }
}

fn member<'v>(item: &Item<'v>, key: &str) -> Option<Item<'v>> {
    match item {
        Cow::Borrowed(value) => value.member(key).map(Cow::Borrowed),
        Cow::Owned(value) => value.member(key).cloned().map(Cow::Owned),
    }
}

/// Walks the levels below an item; `first` is `None` for the leaves alone.
fn levels<'v>(
    item: Item<'v>,
    level: u32,
    first: Option<u32>,
    last: u32,
    found: &mut dyn FnMut(Item<'v>) -> Step,
) -> Step {
    if level > last {
        return Ok(());
    }
    let below = children(&item);
    let is_leaf = !matches!(*item, Value::Array(_) | Value::Object(_));
    let wanted = match first {
        Some(first) => level >= first,
        None => is_leaf,
    };
    if wanted {
        found(item)?;
    }
    below.into_iter().try_for_each(|child| levels(child, level + 1, first, last, found))
}
