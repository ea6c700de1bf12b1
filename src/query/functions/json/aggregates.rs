//! `json_agg`, `json_object_agg` and their kin.

use std::collections::HashSet;

use super::build::{as_jsonb, push_key, to_json_into};
use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context, Family},
    types::{Datum, oid},
};

pub(super) fn add(family: &mut Family) {
    family
        .aggregate("json_agg", &[oid::ANYELEMENT], oid::JSON, |_| Elements::start(false, false))
        .not_strict()
        .oid(3175);
    family
        .aggregate("json_agg_strict", &[oid::ANYELEMENT], oid::JSON, |_| {
            Elements::start(false, true)
        })
        .not_strict()
        .oid(6276);
    family
        .aggregate("jsonb_agg", &[oid::ANYELEMENT], oid::JSONB, |_| Elements::start(true, false))
        .not_strict()
        .oid(3267);
    family
        .aggregate("jsonb_agg_strict", &[oid::ANYELEMENT], oid::JSONB, |_| {
            Elements::start(true, true)
        })
        .not_strict()
        .oid(6284);
    members(family);
}

fn members(family: &mut Family) {
    const PAIR: &[crate::base::Oid] = &[oid::ANY, oid::ANY];
    family
        .aggregate("json_object_agg", PAIR, oid::JSON, |_| Members::start(false, false, false))
        .not_strict()
        .oid(3197);
    family
        .aggregate("json_object_agg_strict", PAIR, oid::JSON, |_| {
            Members::start(false, true, false)
        })
        .not_strict()
        .oid(6280);
    family
        .aggregate("json_object_agg_unique", PAIR, oid::JSON, |_| {
            Members::start(false, false, true)
        })
        .not_strict()
        .oid(6281);
    family
        .aggregate("json_object_agg_unique_strict", PAIR, oid::JSON, |_| {
            Members::start(false, true, true)
        })
        .not_strict()
        .oid(6282);
    family
        .aggregate("jsonb_object_agg", PAIR, oid::JSONB, |_| Members::start(true, false, false))
        .not_strict()
        .oid(3270);
    family
        .aggregate("jsonb_object_agg_strict", PAIR, oid::JSONB, |_| {
            Members::start(true, true, false)
        })
        .not_strict()
        .oid(6288);
    family
        .aggregate("jsonb_object_agg_unique", PAIR, oid::JSONB, |_| {
            Members::start(true, false, true)
        })
        .not_strict()
        .oid(6289);
    family
        .aggregate("jsonb_object_agg_unique_strict", PAIR, oid::JSONB, |_| {
            Members::start(true, true, true)
        })
        .not_strict()
        .oid(6290);
}

/// An array that grows by a row; NULL before the first.
#[derive(Debug)]
struct Elements {
    binary: bool,
    skips_null: bool,
    text: String,
}

impl Elements {
    fn start(binary: bool, skips_null: bool) -> Box<dyn Accumulator> {
        Box::new(Self { binary, skips_null, text: String::new() })
    }
}

impl Accumulator for Elements {
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()> {
        let value = &args[0];
        if self.text.is_empty() {
            self.text.push('[');
        }
        if self.skips_null && value.is_null() {
            return Ok(());
        }
        if self.text.len() > 1 {
            self.text.push_str(", ");
            if matches!(value, Datum::Array(_) | Datum::Record(_)) {
                self.text.push_str("\n ");
            }
        }
        to_json_into(value, context.arg_types[0], context.env, &mut self.text);
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        finish(&self.text, ']', self.binary)
    }

    fn size(&self) -> usize {
        self.text.capacity()
    }
}

fn finish(text: &str, end: char, binary: bool) -> Result<Datum> {
    if text.is_empty() {
        return Ok(Datum::Null);
    }
    let json = Datum::from(format!("{text}{end}"));
    if binary { as_jsonb(json) } else { Ok(json) }
}

/// An object that grows by a row; NULL before the first.
#[derive(Debug)]
struct Members {
    binary: bool,
    skips_null: bool,
    /// The keys so far, where they must be unique.
    keys: Option<HashSet<String>>,
    text: String,
}

impl Members {
    fn start(binary: bool, skips_null: bool, unique: bool) -> Box<dyn Accumulator> {
        let keys = unique.then(HashSet::new);
        Box::new(Self { binary, skips_null, keys, text: String::new() })
    }
}

impl Accumulator for Members {
    fn add(&mut self, context: &Context, args: &[Datum]) -> Result<()> {
        if self.text.is_empty() {
            self.text.push_str(if self.binary { "{" } else { "{ " });
        }
        if args[0].is_null() {
            return if self.binary {
                err!(INVALID_PARAMETER_VALUE, "field name must not be null")
            } else {
                err!(NULL_VALUE_NOT_ALLOWED, "null value not allowed for object key")
            };
        }
        if self.skips_null && args[1].is_null() {
            return Ok(());
        }
        let mut key = String::new();
        push_key(&args[0], context.arg_types[0], context.env, &mut key)?;
        if let Some(keys) = &mut self.keys
            && !keys.insert(key.clone())
        {
            return err!(DUPLICATE_JSON_OBJECT_KEY_VALUE, "duplicate JSON object key value: {key}");
        }
        if self.text.len() > 2 {
            self.text.push_str(", ");
        }
        self.text.push_str(&key);
        self.text.push_str(" : ");
        to_json_into(&args[1], context.arg_types[1], context.env, &mut self.text);
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        if self.binary {
            return finish(&self.text, '}', true);
        }
        finish(&self.text, ' ', false).map(|json| match json {
            Datum::Null => Datum::Null,
            json => Datum::from(format!("{}}}", json.as_str())),
        })
    }

    fn size(&self) -> usize {
        self.text.capacity() + self.keys.as_ref().map_or(0, |keys| keys.len() * 48)
    }
}
