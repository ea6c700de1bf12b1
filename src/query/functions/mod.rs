//! The function and operator catalogue: PostgreSQL's `pg_proc`, `pg_operator` and `pg_cast` as
//! tables of Rust functions, a file per family.
//!
//! A scalar function sees one row's arguments as [`Datum`]s. A function that runs over millions of
//! rows (vector distances, comparisons, arithmetic) may also have a columnar form.

use std::{fmt, ops::Range, sync::Arc};

use datafusion::arrow::array::{Array, ArrayRef};

use crate::{
    base::{Oid, Result},
    query::env::Env,
    types::{Datum, PgType, oid},
};

mod acl;
pub mod advisory;
mod aggregates;
mod args;
mod argument_names;
pub mod arithmetic;
mod arrays;
pub mod assignment;
mod bits;
#[cfg(test)]
mod calls;
pub mod casts;
mod catalog;
mod columns;
pub mod compare;
mod datetime;
mod hashing;
mod io;
mod json;
mod large_objects;
mod math;
mod pattern;
mod ranges;
mod registry;
mod series;
pub mod strings;
mod system;
mod table;
pub mod textsearch;
mod vectors;
mod windows;

pub use argument_names::argument_names;
pub use arrays::unnest_together;
pub use json::{json_array_of, json_object_of, json_predicate, unique_json};
pub use registry::{Registry, registry};
pub use textsearch::{rewrite_by_rows, word_statistics};

/// What a running function may ask: its own resolved types and the session.
pub struct Context<'a> {
    pub env: &'a Env,
    pub arg_types: &'a [PgType],
    pub result: PgType,
}

/// Arguments are in the order declared; a strict function never sees NULL.
pub type ScalarFn = fn(&Context, &[Datum]) -> Result<Datum>;
/// The same over whole columns, NULLs included (the columnar form handles them). An argument is
/// `rows` long, or one long: a constant.
pub type ColumnarFn = fn(&Context, &[ArrayRef], rows: usize) -> Result<ArrayRef>;
/// A set-returning function: its rows, each as wide as the function's columns.
pub type SetFn = fn(&Context, &[Datum]) -> Result<Vec<Vec<Datum>>>;

/// A set-returning function of one column that may be endless: its values, one at a time.
pub type SeriesFn = fn(&Context, &[Datum]) -> Result<Series>;
pub type Series = Box<dyn FnMut() -> Result<Option<Datum>> + Send>;

/// An aggregate's running state.
pub trait Accumulator: Send + Sync + fmt::Debug {
    /// Adds one input row. A strict aggregate's arguments are not NULL.
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()>;
    /// Adds the cells `rows` of the only argument's column, NULLs left out. `false`: this kind of
    /// column is not known here, and nothing was added.
    fn add_cells(&mut self, _: &Context, _: &dyn Array, _rows: Range<usize>) -> Result<bool> {
        Ok(false)
    }
    /// Takes one earlier row out again (moving window frames). `false`: cannot, start over.
    fn remove(&mut self, _context: &Context, _args: &[Datum]) -> Result<bool> {
        Ok(false)
    }
    /// The value over the rows so far; may be asked more than once.
    fn value(&self, context: &Context) -> Result<Datum>;
    /// Bytes held, for the memory limit.
    fn size(&self) -> usize;
}

#[derive(Clone, Copy)]
pub enum Body {
    Scalar(ScalarFn),
    /// Row form and columnar form of one function.
    Columnar(ScalarFn, ColumnarFn),
    Set(SetFn),
    Series(SeriesFn),
    Aggregate(fn(&Context) -> Box<dyn Accumulator>),
    /// Window functions proper; the executor knows them by name.
    Window,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Volatility {
    Immutable,
    Stable,
    Volatile,
}

/// One row of `pg_proc`.
#[derive(Clone)]
pub struct Function {
    pub oid: Oid,
    pub name: &'static str,
    pub args: &'static [Oid],
    /// How many of the last arguments have defaults.
    pub defaults: &'static [Datum],
    /// The last argument is an array that may be written as separate arguments; `"any"` variadic
    /// functions (`format`, `concat`, `jsonb_build_object`) get theirs as they come.
    pub variadic: bool,
    pub result: Oid,
    /// Output columns of a set-returning function with more than one (`jsonb_each`); else empty.
    pub columns: &'static [(&'static str, Oid)],
    /// NULL in, NULL out (for an aggregate: rows with a NULL argument are skipped).
    pub strict: bool,
    pub volatility: Volatility,
    pub body: Body,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.name, self.args)
    }
}

impl Function {
    pub fn is_aggregate(&self) -> bool {
        matches!(self.body, Body::Aggregate(_))
    }

    pub fn is_set(&self) -> bool {
        matches!(self.body, Body::Set(_) | Body::Series(_))
    }
}

/// One row of `pg_operator`: a symbol over types, implemented by the function of the same types.
#[derive(Clone, Copy, Debug)]
pub struct Operator {
    pub name: &'static str,
    /// `None` for a prefix operator.
    pub left: Option<Oid>,
    pub right: Oid,
    pub result: Oid,
    /// The function's name in the catalogue, e.g. `int4pl`.
    pub function: &'static str,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum CastContext {
    Implicit,
    Assignment,
    Explicit,
}

#[derive(Clone, Copy)]
pub enum CastMethod {
    /// The value stays as it is.
    Relabel,
    /// Through the text form.
    Text,
    /// By this function; it gets `[value]` and finds the target's typmod in `Context::result`.
    Function(ScalarFn),
}

/// One row of `pg_cast`.
#[derive(Clone, Copy)]
pub struct Cast {
    pub source: Oid,
    pub target: Oid,
    pub context: CastContext,
    pub method: CastMethod,
}

/// What a family file contributes. The registry collects all families once, at start.
#[derive(Default)]
pub struct Family {
    pub functions: Vec<Function>,
    pub operators: Vec<Operator>,
    pub casts: Vec<Cast>,
}

impl Family {
    /// Adds a strict immutable scalar function. For anything else, change the returned entry:
    /// `family.scalar("concat", &[oid::ANY], oid::TEXT, concat).variadic().not_strict().stable()`.
    pub fn scalar(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        body: ScalarFn,
    ) -> &mut Function {
        self.push(name, args, result, Body::Scalar(body))
    }

    pub fn columnar(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        row: ScalarFn,
        columns: ColumnarFn,
    ) -> &mut Function {
        self.push(name, args, result, Body::Columnar(row, columns))
    }

    pub fn set(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        body: SetFn,
    ) -> &mut Function {
        self.push(name, args, result, Body::Set(body))
    }

    pub fn series(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        body: SeriesFn,
    ) -> &mut Function {
        self.push(name, args, result, Body::Series(body))
    }

    pub fn aggregate(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        start: fn(&Context) -> Box<dyn Accumulator>,
    ) -> &mut Function {
        self.push(name, args, result, Body::Aggregate(start))
    }

    pub fn push(
        &mut self,
        name: &'static str,
        args: &'static [Oid],
        result: Oid,
        body: Body,
    ) -> &mut Function {
        self.functions.push(Function {
            oid: Oid(0),
            name,
            args,
            defaults: &[],
            variadic: false,
            result,
            columns: &[],
            strict: true,
            volatility: Volatility::Immutable,
            body,
        });
        self.functions.last_mut().expect("just pushed")
    }

    pub fn operator(
        &mut self,
        name: &'static str,
        left: Oid,
        right: Oid,
        result: Oid,
        function: &'static str,
    ) {
        self.operators.push(Operator { name, left: Some(left), right, result, function });
    }

    pub fn prefix(&mut self, name: &'static str, right: Oid, result: Oid, function: &'static str) {
        self.operators.push(Operator { name, left: None, right, result, function });
    }

    pub fn cast(&mut self, source: Oid, target: Oid, context: CastContext, method: CastMethod) {
        self.casts.push(Cast { source, target, context, method });
    }
}

impl Function {
    pub fn not_strict(&mut self) -> &mut Self {
        self.strict = false;
        self
    }

    pub fn variadic(&mut self) -> &mut Self {
        self.variadic = true;
        self
    }

    pub fn stable(&mut self) -> &mut Self {
        self.volatility = Volatility::Stable;
        self
    }

    pub fn volatile(&mut self) -> &mut Self {
        self.volatility = Volatility::Volatile;
        self
    }

    /// Output columns of a set-returning function.
    pub fn columns(&mut self, columns: &'static [(&'static str, Oid)]) -> &mut Self {
        self.columns = columns;
        self.result = oid::RECORD;
        self
    }

    pub fn defaults(&mut self, defaults: &'static [Datum]) -> &mut Self {
        self.defaults = defaults;
        self
    }

    /// `pg_proc.oid`, where clients know it; others are numbered by the registry.
    pub fn oid(&mut self, oid: u32) -> &mut Self {
        self.oid = Oid(oid);
        self
    }
}

/// A shared handle, as bound expressions hold it.
pub type FunctionRef = Arc<Function>;

/// The families, one function each: add a line here when you add a file.
fn families() -> Vec<Family> {
    vec![
        acl::family(),
        advisory::family(),
        ranges::family(),
        aggregates::family(),
        arithmetic::family(),
        arrays::family(),
        bits::family(),
        casts::family(),
        catalog::family(),
        compare::family(),
        datetime::family(),
        json::family(),
        hashing::family(),
        io::family(),
        large_objects::family(),
        math::family(),
        pattern::family(),
        series::family(),
        strings::family(),
        system::family(),
        textsearch::family(),
        vectors::family(),
        windows::family(),
    ]
}

#[cfg(test)]
mod tests;
