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
        json::{
            self,
            scan::{self, Kind},
        },
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
            Kind::Object => {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "wrong flag type, only arrays and scalars are allowed"
                );
            }
            _ => {
                return err!(INVALID_PARAMETER_VALUE, "flag array element is not a string")
                    .map_err(hint);
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

/// `ts_headline` of every string in a document. A `json` result has no spaces left.
pub fn json_headline(context: &Context, args: &[Datum]) -> Result<Datum> {
    let (config, args) = configured(context, args)?;
    let options = match args.get(2) {
        Some(options) => HeadlineOptions::parse(options.as_str())?,
        None => HeadlineOptions::default(),
    };
    let (mut all, mut out) = (Vec::new(), String::new());
    let mut show = |text: &str| {
        let (text, notices) = headline::ts_headline(config, text, query(&args[1]), &options);
        all.extend(notices);
        text
    };
    with_strings(args[0].as_str(), &mut show, &mut out);
    notify(context, all);
    Ok(match args[0] {
        Datum::Jsonb(_) => Datum::Jsonb(json::canonical(&out)?.into()),
        _ => Datum::from(out),
    })
}

/// The same JSON with other strings as its values.
fn with_strings(json: &str, change: &mut dyn FnMut(&str) -> String, out: &mut String) {
    match scan::kind(json) {
        Kind::Object => {
            out.push('{');
            for (at, (key, value)) in scan::members(json).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                json::escape_into(&json::unescape(key), out);
                out.push(':');
                with_strings(value, change, out);
            }
            out.push('}');
        }
        Kind::Array => {
            out.push('[');
            for (at, element) in scan::elements(json).enumerate() {
                if at > 0 {
                    out.push(',');
                }
                with_strings(element, change, out);
            }
            out.push(']');
        }
        Kind::String => {
            let text = scan::as_text(json).unwrap_or_default();
            json::escape_into(&change(&text), out);
        }
        _ => out.push_str(json.trim_matches([' ', '\t', '\n', '\r'])),
    }
}
