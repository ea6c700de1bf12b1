//! Set-returning functions, in FROM and in the select list. Their rows are made as they are asked for.

use super::{BoxCursor, Cursor};
use crate::{
    base::Result,
    query::{
        exec::{
            eval::{apply, arguments, with_types},
            scope::{Row, Scope},
        },
        functions::{Body, Context},
        ir::{Call, SetExpr},
    },
    types::{Datum, PgType, oid, shape},
};

/// Rows between two looks whether the statement was stopped.
const CHECK_ROWS: u64 = 1024;

/// The rows of one call.
struct CallRows<'p> {
    call: &'p Call,
    rows: Box<dyn Iterator<Item = Result<Row>> + Send>,
}

impl<'p> CallRows<'p> {
    fn open(call: &'p Call, row: &[Datum], scope: &Scope) -> Result<Self> {
        let context = scope.context();
        let args = arguments(call, row, &context)?;
        let missing = call.function.strict && args.iter().any(Datum::is_null);
        let rows: Box<dyn Iterator<Item = Result<Row>> + Send> = match call.function.body {
            Body::Set(_) | Body::Series(_) if missing => Box::new(std::iter::empty()),
            Body::Set(body) => {
                let rows = with_types(&call.args, |arg_types| {
                    body(&Context { env: context.env, arg_types, result: call.ty }, &args)
                })?;
                Box::new(rows.into_iter().map(Ok))
            }
            Body::Series(body) => {
                let mut series = with_types(&call.args, |arg_types| {
                    body(&Context { env: context.env, arg_types, result: call.ty }, &args)
                })?;
                Box::new(std::iter::from_fn(move || {
                    series().map(|value| value.map(|value| vec![value])).transpose()
                }))
            }
            _ => {
                let value = apply(call, &args, &context)?;
                Box::new(std::iter::once(Ok(vec![value])))
            }
        };
        Ok(Self { call, rows })
    }

    fn next(&mut self) -> Result<Option<Row>> {
        self.rows.next().transpose()
    }

    /// The next row as one value: itself, or a record if the function has several columns.
    fn next_value(&mut self) -> Result<Option<Datum>> {
        let Some(mut values) = self.next()? else { return Ok(None) };
        let columns = self.call.function.columns;
        Ok(Some(if columns.len() > 1 {
            let fields: Vec<_> =
                columns.iter().map(|(_, ty)| PgType::new(*ty)).zip(values).collect();
            Datum::Record(fields.into())
        } else {
            values.pop().unwrap_or_default()
        }))
    }
}

/// A function in FROM.
pub struct FunctionScan<'p> {
    call: &'p Call,
    ordinality: bool,
    scope: Scope,
    rows: Option<CallRows<'p>>,
    count: u64,
}

impl<'p> FunctionScan<'p> {
    pub fn new(call: &'p Call, ordinality: bool, scope: Scope) -> Self {
        Self { call, ordinality, scope, rows: None, count: 0 }
    }
}

impl Cursor for FunctionScan<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        if self.rows.is_none() {
            self.rows = Some(CallRows::open(self.call, &[], &self.scope)?);
        }
        let Some(mut row) = self.rows.as_mut().map_or(Ok(None), CallRows::next)? else {
            return Ok(None);
        };
        self.count += 1;
        if self.count.is_multiple_of(CHECK_ROWS) {
            self.scope.execution.cancel.check()?;
        }
        if self.call.ty.oid == oid::RECORD && row.len() == 1 {
            row = match &row[0] {
                Datum::Record(fields) => fields.iter().map(|(_, value)| value.clone()).collect(),
                // No row at all is one of NULLs.
                _ => vec![Datum::Null; shape::fields_of(self.call.ty).map_or(1, |all| all.len())],
            };
        }
        if self.ordinality {
            row.push(Datum::Int8(self.count as i64));
        }
        Ok(Some(row))
    }
}

/// Rows multiplied by the sets in the select list; the shorter sets end in NULLs.
pub struct ProjectSet<'p> {
    input: BoxCursor<'p>,
    exprs: &'p [SetExpr],
    scope: Scope,
    /// Those of the current input row.
    cells: Vec<Cell<'p>>,
    count: u64,
}

enum Cell<'p> {
    Scalar(Datum),
    Set(CallRows<'p>),
}

impl<'p> ProjectSet<'p> {
    pub fn new(input: BoxCursor<'p>, exprs: &'p [SetExpr], scope: Scope) -> Self {
        Self { input, exprs, scope, cells: vec![], count: 0 }
    }

    fn cells(&self, row: &[Datum]) -> Result<Vec<Cell<'p>>> {
        let cells = self.exprs.iter().map(|expr| {
            Ok(match expr {
                SetExpr::Scalar(expr) => Cell::Scalar(self.scope.evaluate(expr, row)?),
                SetExpr::Set(call) => Cell::Set(CallRows::open(call, row, &self.scope)?),
            })
        });
        cells.collect()
    }

    /// `None` once every set has ended.
    fn step(&mut self) -> Result<Option<Row>> {
        let mut row = Vec::with_capacity(self.cells.len());
        let mut goes_on = false;
        for cell in &mut self.cells {
            row.push(match cell {
                Cell::Scalar(value) => value.clone(),
                Cell::Set(rows) => {
                    let value = rows.next_value()?;
                    goes_on |= value.is_some();
                    value.unwrap_or_default()
                }
            });
        }
        Ok(goes_on.then_some(row))
    }
}

impl Cursor for ProjectSet<'_> {
    fn next(&mut self) -> Result<Option<Row>> {
        loop {
            if let Some(row) = self.step()? {
                self.count += 1;
                if self.count.is_multiple_of(CHECK_ROWS) {
                    self.scope.execution.cancel.check()?;
                }
                return Ok(Some(row));
            }
            let Some(row) = self.input.next()? else { return Ok(None) };
            self.cells = self.cells(&row)?;
        }
    }
}
