//! Texts and JSON to tsvectors, and headlines.

use super::{configured, notify, query};
use crate::{
    base::Result,
    err,
    fulltext::{
        Config,
        document::{self, DocumentBuilder},
        headline::{self, HeadlineOptions},
    },
    query::functions::Context,
    types::{
        Datum,
        json::scan::{self, Kind},
    },
};

pub fn to_tsvector(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    let (vector, notices) = document::to_tsvector(config, args[0].as_str())?;
    notify(context, notices);
    Ok(vector.into())
}

/// `to_tsvector(jsonb)`: the strings among the values.
pub fn strings_to_tsvector(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    json_to_tsvector(context, config, args[0].as_str(), Wanted::STRINGS)
}

/// `jsonb_to_tsvector(jsonb, '["string", "key"]')`
pub fn values_to_tsvector(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    json_to_tsvector(context, config, args[0].as_str(), Wanted::parse(args[1].as_str())?)
}

/// What of a JSON document goes into its tsvector.
#[derive(Clone, Copy, Default)]
struct Wanted {
    strings: bool,
    numbers: bool,
    booleans: bool,
    keys: bool,
}

impl Wanted {
    const STRINGS: Wanted = Wanted { strings: true, numbers: false, booleans: false, keys: false };

    /// Errors: 22023.
    fn parse(flags: &str) -> Result<Self> {
        let mut wanted = Wanted::default();
        match scan::kind(flags) {
            Kind::String => wanted.add(flags)?,
            Kind::Array => {
                for flag in scan::elements(flags) {
                    if scan::kind(flag) != Kind::String {
                        return err!(INVALID_PARAMETER_VALUE, "flag array element is not a string")
                            .map_err(hint);
                    }
                    wanted.add(flag)?;
                }
            }
            _ => {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "wrong flag type, only arrays and scalars are allowed"
                );
            }
        }
        Ok(wanted)
    }

    fn add(&mut self, flag: &str) -> Result<()> {
        let flag = scan::as_text(flag).unwrap_or_default();
        match flag.to_ascii_lowercase().as_str() {
            "all" => *self = Wanted { strings: true, numbers: true, booleans: true, keys: true },
            "string" => self.strings = true,
            "numeric" => self.numbers = true,
            "boolean" => self.booleans = true,
            "key" => self.keys = true,
            _ => {
                return err!(INVALID_PARAMETER_VALUE, "wrong flag in flag array: \"{flag}\"")
                    .map_err(hint);
            }
        }
        Ok(())
    }

    fn takes(self, kind: Kind) -> bool {
        match kind {
            Kind::String => self.strings,
            Kind::Number => self.numbers,
            Kind::Bool => self.booleans,
            _ => false,
        }
    }
}

fn hint(error: crate::base::PgError) -> crate::base::PgError {
    error.hint("Possible values are: \"string\", \"numeric\", \"boolean\", \"key\", and \"all\".")
}

fn json_to_tsvector(
    context: &Context,
    config: Config,
    json: &str,
    wanted: Wanted,
) -> Result<Datum> {
    let mut builder = DocumentBuilder::new(config);
    add_json(&mut builder, json, wanted);
    notify(context, std::mem::take(&mut builder.notices));
    Ok(builder.finish()?.into())
}

/// Values in document order; the parser has limited how deep they nest.
fn add_json(builder: &mut DocumentBuilder, json: &str, wanted: Wanted) {
    match scan::kind(json) {
        Kind::Array => {
            for element in scan::elements(json) {
                add_json(builder, element, wanted);
            }
        }
        Kind::Object => {
            for (key, value) in scan::members(json) {
                if wanted.keys
                    && let Some(key) = scan::as_text(key)
                {
                    builder.add_value(&key);
                }
                add_json(builder, value, wanted);
            }
        }
        kind if wanted.takes(kind) => {
            if let Some(text) = scan::as_text(json) {
                builder.add_value(&text);
            }
        }
        _ => {}
    }
}

pub fn ts_headline(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    let options = match args.get(2) {
        Some(options) => HeadlineOptions::parse(options.as_str())?,
        None => HeadlineOptions::default(),
    };
    let (text, notices) =
        headline::ts_headline(config, args[0].as_str(), query(&args[1]), &options);
    notify(context, notices);
    Ok(text.into())
}
