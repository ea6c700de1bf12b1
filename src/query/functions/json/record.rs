//! JSON as rows: `json_to_record`, `json_populate_record`, their sets, and their `jsonb` twins.
//!
//! What the fields are is told by the call's type: a column definition list, the row type of a
//! table, or the row given as the first argument.

use super::is_jsonb;
use crate::{
    base::{PgError, Result, sqlstate},
    err, pg_error,
    query::{env::Env, functions::Context},
    types::{
        Datum, PgType,
        array::ArrayValue,
        json::scan::{self, Key, Kind},
        oid,
        shape::{self, Shape},
        text_io, typmod,
    },
};

/// Where in a document a value stands, for the hints of errors.
#[derive(Clone, Default)]
struct Place<'a> {
    key: Option<&'a str>,
    indexes: Vec<usize>,
}

impl Place<'_> {
    /// 22P02 `expected JSON array`
    fn array_expected(&self) -> PgError {
        let error = pg_error!(INVALID_TEXT_REPRESENTATION, "expected JSON array");
        let indexes: String = self.indexes.iter().map(|index| format!("[{index}]")).collect();
        match (self.key, indexes.is_empty()) {
            (Some(key), true) => error.hint(format!("See the value of key \"{key}\".")),
            (Some(key), false) => {
                error.hint(format!("See the array element {indexes} of key \"{key}\"."))
            }
            (None, false) => error.hint(format!("See the array element {indexes}.")),
            (None, true) => error,
        }
    }
}

/// Makes SQL values of the parts of one document.
struct Reader<'a> {
    env: &'a Env,
    binary: bool,
}

impl Reader<'_> {
    fn value(&self, json: &str, ty: PgType, place: &mut Place) -> Result<Datum> {
        match ty.oid {
            _ if scan::kind(json) == Kind::Null => Ok(Datum::Null),
            oid::JSON => Ok(Datum::text(json)),
            oid::JSONB if self.binary => Ok(Datum::Jsonb(json.into())),
            oid::JSONB => text_io::parse(json, ty, &self.env.style),
            oid::RECORD if scan::kind(json) != Kind::String => self.row(json, ty),
            array
                if oid::is_array(array)
                    && !oid::is_blank_separated(array)
                    && scan::kind(json) != Kind::String =>
            {
                self.array(json, ty, place)
            }
            _ => {
                let text = scan::as_text(json).unwrap_or_default();
                text_io::parse(&text, ty, &self.env.style)
            }
        }
    }

    fn row(&self, json: &str, ty: PgType) -> Result<Datum> {
        let Some(fields) = shape::fields_of(ty) else { return Err(unknown_row("record")) };
        match scan::kind(json) {
            Kind::Object => self.fields(json, &fields, None),
            Kind::Array => {
                err!(INVALID_PARAMETER_VALUE, "cannot call populate_composite on an array")
            }
            _ => err!(INVALID_PARAMETER_VALUE, "cannot call populate_composite on a scalar"),
        }
    }

    /// The row of an object; what it lacks is taken from `base`.
    fn fields(&self, object: &str, fields: &Shape, base: Option<&[Datum]>) -> Result<Datum> {
        let values = fields.iter().enumerate().map(|(at, (name, ty))| {
            let key = Key::new(name);
            let found = match self.binary {
                true => key.find(object),
                false => key.find_in_json(object),
            };
            let value = match (found, base.and_then(|base| base.get(at))) {
                (Some(json), _) => {
                    self.value(json, *ty, &mut Place { key: Some(name), indexes: vec![] })?
                }
                (None, Some(kept)) => kept.clone(),
                (None, None) => Datum::Null,
            };
            Ok((*ty, value))
        });
        Ok(Datum::Record(values.collect::<Result<Vec<_>>>()?.into()))
    }

    fn array(&self, json: &str, ty: PgType, place: &mut Place) -> Result<Datum> {
        let element = oid::element_of(ty.oid)
            .ok_or_else(|| PgError::internal("an array type without an element type"))?;
        let element = PgType::with_typmod(element, ty.typmod);
        let mut found = Elements { element, depth: None, lengths: vec![], values: vec![] };
        self.dimension(json, 0, &mut found, place)?;
        if found.values.is_empty() {
            return Ok(Datum::Array(ArrayValue::of(element.oid, vec![]).into()));
        }
        let dimensions = found.lengths.iter().map(|length| (length.unwrap_or(0), 1)).collect();
        let elements = found.values;
        Ok(Datum::Array(ArrayValue { element: element.oid, dimensions, elements }.into()))
    }

    fn dimension(
        &self,
        json: &str,
        depth: usize,
        found: &mut Elements,
        place: &mut Place,
    ) -> Result<()> {
        if scan::kind(json) != Kind::Array {
            return Err(place.array_expected());
        }
        if found.lengths.len() <= depth {
            found.lengths.push(None);
        }
        let mut length = 0;
        for json in scan::elements(json) {
            // The first element that is no array tells how deep the array is.
            if found.depth.is_none() && scan::kind(json) != Kind::Array {
                found.depth = Some(depth);
            }
            place.indexes.push(length);
            if found.depth == Some(depth) {
                found.values.push(self.value(json, found.element, place)?);
            } else {
                self.dimension(json, depth + 1, found, place)?;
            }
            place.indexes.pop();
            length += 1;
        }
        found.depth.get_or_insert(depth);
        if *found.lengths[depth].get_or_insert(length) != length {
            return Err(pg_error!(INVALID_TEXT_REPRESENTATION, "malformed JSON array")
                .detail("Multidimensional arrays must have sub-arrays with matching dimensions."));
        }
        Ok(())
    }
}

/// What was found of an array so far.
struct Elements {
    element: PgType,
    /// The dimension, from 0, whose members are the elements.
    depth: Option<usize>,
    lengths: Vec<Option<usize>>,
    values: Vec<Datum>,
}

fn unknown_row(function: &str) -> PgError {
    PgError::new(
        sqlstate::FEATURE_NOT_SUPPORTED,
        format!("could not determine row type for result of {function}"),
    )
    .hint(
        "Provide a non-null record argument, or call the function in the FROM clause using a column definition list.",
    )
}

/// The fields of the rows that a call makes, and the values of the row it was given.
fn fields_of(
    context: &Context,
    base: Option<&Datum>,
    name: &str,
) -> Result<(Shape, Option<Vec<Datum>>)> {
    let given = match base {
        Some(Datum::Record(fields)) => Some(fields),
        _ => None,
    };
    let values =
        given.map(|fields| fields.iter().map(|(_, value)| value.clone()).collect::<Vec<_>>());
    // That of the row given, where the call returns something else.
    let of_base = || shape::fields_of(*context.arg_types.first()?);
    let known = shape::fields_of(context.result);
    if let Some(known) = known.or_else(|| of_base().filter(|_| base.is_some())) {
        if let Some(given) = given {
            check_row(given, &known)?;
        }
        return Ok((known, values));
    }
    if base.is_some() && context.arg_types[0].oid != oid::RECORD {
        return Err(pg_error!(DATATYPE_MISMATCH, "first argument of {name} must be a row type"));
    }
    match given {
        Some(fields) => {
            let named = fields.iter().enumerate();
            Ok((named.map(|(at, (ty, _))| (format!("f{}", at + 1), *ty)).collect(), values))
        }
        None => Err(unknown_row(name)),
    }
}

/// Errors: 42804 if the row given is not of the shape that is asked for.
fn check_row(given: &[(PgType, Datum)], wanted: &Shape) -> Result<()> {
    let mismatch = |detail: String| {
        pg_error!(
            DATATYPE_MISMATCH,
            "function return row and query-specified return row do not match"
        )
        .detail(detail)
    };
    if given.len() != wanted.len() {
        let plural = if given.len() == 1 { "" } else { "s" };
        return Err(mismatch(format!(
            "Returned row contains {} attribute{plural}, but query expects {}.",
            given.len(),
            wanted.len()
        )));
    }
    for (at, ((ty, _), (_, expected))) in given.iter().zip(wanted.iter()).enumerate() {
        if ty.oid != expected.oid {
            return Err(mismatch(format!(
                "Returned type {} at ordinal position {}, but query expects {}.",
                typmod::format_type(PgType::new(ty.oid)),
                at + 1,
                typmod::format_type(PgType::new(expected.oid))
            )));
        }
    }
    Ok(())
}

fn one(context: &Context, base: Option<&Datum>, json: &Datum, name: &str) -> Result<Datum> {
    if base.is_some() && context.arg_types[0].oid != oid::RECORD {
        return Err(pg_error!(DATATYPE_MISMATCH, "first argument of {name} must be a row type"));
    }
    if json.is_null() {
        return Ok(base.cloned().unwrap_or_default());
    }
    let (fields, values) = fields_of(context, base, name)?;
    let reader = Reader { env: context.env, binary: is_jsonb(json) };
    let text = json.as_str();
    match scan::kind(text) {
        Kind::Object => reader.fields(text, &fields, values.as_deref()),
        Kind::Array => {
            err!(INVALID_PARAMETER_VALUE, "cannot call populate_composite on an array")
        }
        _ => err!(INVALID_PARAMETER_VALUE, "cannot call populate_composite on a scalar"),
    }
}

fn many(
    context: &Context,
    base: Option<&Datum>,
    json: &Datum,
    name: &str,
) -> Result<Vec<Vec<Datum>>> {
    if json.is_null() {
        return Ok(vec![]);
    }
    let (fields, values) = fields_of(context, base, name)?;
    let reader = Reader { env: context.env, binary: is_jsonb(json) };
    let text = json.as_str();
    match (scan::kind(text), reader.binary) {
        (Kind::Array, _) => {}
        (_, true) => return err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a non-array"),
        (Kind::Object, false) => {
            return err!(INVALID_PARAMETER_VALUE, "cannot call {name} on an object");
        }
        (_, false) => return err!(INVALID_PARAMETER_VALUE, "cannot call {name} on a scalar"),
    }
    scan::elements(text)
        .map(|element| {
            if scan::kind(element) != Kind::Object {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "argument of {name} must be an array of objects"
                );
            }
            Ok(vec![reader.fields(element, &fields, values.as_deref())?])
        })
        .collect()
}

fn names(json: &Datum, plain: &'static str, binary: &'static str) -> &'static str {
    if is_jsonb(json) { binary } else { plain }
}

pub fn to_record(context: &Context, args: &[Datum]) -> Result<Datum> {
    one(context, None, &args[0], names(&args[0], "json_to_record", "jsonb_to_record"))
}

pub fn to_recordset(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    many(context, None, &args[0], names(&args[0], "json_to_recordset", "jsonb_to_recordset"))
}

pub fn populate_record(context: &Context, args: &[Datum]) -> Result<Datum> {
    let name = names(&args[1], "json_populate_record", "jsonb_populate_record");
    one(context, Some(&args[0]), &args[1], name)
}

pub fn populate_recordset(context: &Context, args: &[Datum]) -> Result<Vec<Vec<Datum>>> {
    let name = names(&args[1], "json_populate_recordset", "jsonb_populate_recordset");
    many(context, Some(&args[0]), &args[1], name)
}

/// Whether `populate_record` would raise nothing.
pub fn populate_record_valid(context: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Bool(populate_record(context, args).is_ok()))
}
