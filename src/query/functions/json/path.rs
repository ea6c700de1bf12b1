//! `jsonb_path_*`, `@?` and `@@`.

use std::{cell::RefCell, rc::Rc};

use super::{jsonb, tree};
use crate::{
    base::Result,
    err, pg_error,
    query::functions::Context,
    types::{
        Datum,
        datetime::moment::Clock,
        json::{
            Value,
            path::{Evaluation, Path, parse},
        },
    },
};

thread_local! {
    /// The path of the row before, which is nearly always this row's too.
    static LAST: RefCell<Option<(String, Rc<Path>)>> = const { RefCell::new(None) };
}

fn parsed(text: &str) -> Result<Rc<Path>> {
    LAST.with_borrow_mut(|last| match last {
        Some((known, path)) if known == text => Ok(path.clone()),
        other => {
            let path = Rc::new(parse(text)?);
            *other = Some((text.to_owned(), path.clone()));
            Ok(path)
        }
    })
}

/// A document, a path and variables, made ready.
struct Request<'a> {
    clock: Clock<'a>,
    root: Value<'a>,
    path: Rc<Path>,
    variables: Value<'a>,
    silent: bool,
}

impl<'a> Request<'a> {
    /// `[document, path, variables, silent]`, of which the last two may be missing.
    fn of(context: &'a Context, args: &'a [Datum], zoned: bool) -> Result<Self> {
        let variables = match args.get(2) {
            Some(variables) => tree(variables)?,
            None => Value::Object(Vec::new()),
        };
        if !matches!(variables, Value::Object(_)) {
            return Err(pg_error!(INVALID_PARAMETER_VALUE, "\"vars\" argument is not an object")
                .detail(
                    "Jsonpath parameters should be encoded as key-value pairs of \"vars\" object.",
                ));
        }
        Ok(Self {
            clock: Clock { style: &context.env.style, zoned },
            root: tree(&args[0])?,
            path: parsed(args[1].as_str())?,
            variables,
            silent: args.get(3).and_then(Datum::as_bool).unwrap_or(false),
        })
    }

    fn evaluation(&self) -> Evaluation<'_> {
        Evaluation::new(&self.path, &self.root, &self.variables, self.clock)
    }

    fn items(&self) -> Result<Vec<Value<'_>>> {
        self.evaluation().items(self.silent)
    }

    fn exists(&self) -> Result<Datum> {
        Ok(self.evaluation().exists(self.silent)?.map_or(Datum::Null, Datum::Bool))
    }

    fn matches(&self) -> Result<Datum> {
        match &self.items()?[..] {
            [Value::Bool(value)] => Ok(Datum::Bool(*value)),
            [Value::Null] => Ok(Datum::Null),
            _ if self.silent => Ok(Datum::Null),
            _ => err!(SINGLETON_SQL_JSON_ITEM_REQUIRED, "single boolean result is expected"),
        }
    }
}

pub fn exists_operator(context: &Context, args: &[Datum]) -> Result<Datum> {
    Request { silent: true, ..Request::of(context, args, false)? }.exists()
}

pub fn match_operator(context: &Context, args: &[Datum]) -> Result<Datum> {
    Request { silent: true, ..Request::of(context, args, false)? }.matches()
}

/// The functions, `$zoned` telling whether the session's time zone may be used.
macro_rules! functions {
    ($module:ident $zoned:literal) => {
        pub mod $module {
            use super::*;

            pub fn exists(context: &Context, args: &[Datum]) -> Result<Datum> {
                Request::of(context, args, $zoned)?.exists()
            }

            pub fn matches(context: &Context, args: &[Datum]) -> Result<Datum> {
                Request::of(context, args, $zoned)?.matches()
            }

            pub fn query(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
                let request = Request::of(context, args, $zoned)?;
                Ok(request.items()?.iter().map(|item| vec![jsonb(item)]).collect())
            }

            pub fn query_array(context: &Context, args: &[Datum]) -> Result<Datum> {
                let request = Request::of(context, args, $zoned)?;
                let items = request.items()?;
                Ok(jsonb(&Value::Array(items)))
            }

            pub fn query_first(context: &Context, args: &[Datum]) -> Result<Datum> {
                let request = Request::of(context, args, $zoned)?;
                Ok(request.items()?.first().map_or(Datum::Null, jsonb))
            }
        }
    };
}

functions!(plain false);
functions!(zoned true);
