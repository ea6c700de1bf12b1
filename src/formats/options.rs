//! The options of COPY, read and checked as PostgreSQL does.

use crate::{
    base::{PgError, Result, sqlstate},
    err,
    types::charset::Charset,
};

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Direction {
    From,
    To,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CopyFormat {
    Text,
    Csv,
    Binary,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Header {
    Absent,
    /// Written, or skipped.
    Present,
    /// Checked against the column names.
    Match,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OnError {
    Stop,
    Ignore,
}

/// The columns that a `FORCE_...` option names.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum ColumnSet {
    #[default]
    None,
    All,
    Named(Vec<String>),
}

impl ColumnSet {
    /// Whether each of `columns` is in the set. Errors: 42P10 for a name that is not among them.
    pub fn flags(&self, option: &str, columns: &[&str]) -> Result<Vec<bool>> {
        if let ColumnSet::Named(names) = self
            && let Some(name) = names.iter().find(|name| !columns.contains(&name.as_str()))
        {
            return err!(
                INVALID_COLUMN_REFERENCE,
                "{option} column \"{name}\" not referenced by COPY"
            );
        }
        let holds = |column: &&str| match self {
            ColumnSet::None => false,
            ColumnSet::All => true,
            ColumnSet::Named(names) => names.iter().any(|name| name == column),
        };
        Ok(columns.iter().map(holds).collect())
    }

    fn is_none(&self) -> bool {
        *self == ColumnSet::None
    }
}

/// One option as the statement has it.
#[derive(Clone, Debug)]
pub struct CopyOption {
    /// In lower case.
    pub name: String,
    pub value: OptionValue,
    /// Byte offset in the statement, or -1.
    pub location: i32,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum OptionValue {
    Absent,
    Integer(i64),
    Text(String),
    Star,
    List(Vec<String>),
}

/// Options that fit each other.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CopyOptions {
    pub format: CopyFormat,
    pub delimiter: u8,
    pub null: String,
    /// What stands for a column's default; COPY FROM only.
    pub default: Option<String>,
    pub header: Header,
    pub quote: u8,
    pub escape: u8,
    pub force_quote: ColumnSet,
    pub force_not_null: ColumnSet,
    pub force_null: ColumnSet,
    pub on_error: OnError,
    /// How many rows `ON_ERROR ignore` may skip.
    pub reject_limit: Option<u64>,
    /// ENCODING; without it the data is in the client's.
    pub charset: Option<Charset>,
}

impl Default for CopyOptions {
    fn default() -> Self {
        Self {
            format: CopyFormat::Text,
            delimiter: b'\t',
            null: "\\N".into(),
            default: None,
            header: Header::Absent,
            quote: b'"',
            escape: b'"',
            force_quote: ColumnSet::None,
            force_not_null: ColumnSet::None,
            force_null: ColumnSet::None,
            on_error: OnError::Stop,
            reject_limit: None,
            charset: None,
        }
    }
}

/// Options as given, before the defaults that depend on the format.
#[derive(Default)]
struct Given {
    format: Option<CopyFormat>,
    delimiter: Option<String>,
    null: Option<String>,
    default: Option<String>,
    header: Option<Header>,
    quote: Option<String>,
    escape: Option<String>,
    force_quote: ColumnSet,
    force_not_null: ColumnSet,
    force_null: ColumnSet,
    freeze: Option<bool>,
    encoding: Option<Charset>,
    on_error: Option<OnError>,
    log_verbosity: Option<()>,
    reject_limit: Option<u64>,
}

impl CopyOptions {
    /// Errors: 42601 for an option unknown or given twice, 22023 and 0A000 for values that cannot be.
    pub fn parse(options: &[CopyOption], direction: Direction) -> Result<Self> {
        let mut given = Given::default();
        for option in options {
            given.take(option, direction).map_err(|error| error.at(option.location))?;
        }
        given.checked(direction)
    }
}

fn once<T>(slot: &mut Option<T>, value: T) -> Result<()> {
    if slot.replace(value).is_some() {
        return err!(SYNTAX_ERROR, "conflicting or redundant options");
    }
    Ok(())
}

impl Given {
    fn take(&mut self, option: &CopyOption, direction: Direction) -> Result<()> {
        match option.name.as_str() {
            "format" => once(&mut self.format, format_of(&option.text()?)?),
            "delimiter" => once(&mut self.delimiter, option.text()?),
            "null" => once(&mut self.null, option.text()?),
            "default" => once(&mut self.default, option.text()?),
            "quote" => once(&mut self.quote, option.text()?),
            "escape" => once(&mut self.escape, option.text()?),
            "header" => once(&mut self.header, option.header(direction)?),
            "freeze" => once(&mut self.freeze, option.boolean()?),
            "force_quote" => columns(&mut self.force_quote, option),
            "force_not_null" => columns(&mut self.force_not_null, option),
            "force_null" => columns(&mut self.force_null, option),
            "encoding" => once(&mut self.encoding, check_encoding(&option.text()?)?),
            "on_error" => once(&mut self.on_error, option.on_error(direction)?),
            "log_verbosity" => match option.text()?.to_ascii_lowercase().as_str() {
                "default" | "verbose" | "silent" => once(&mut self.log_verbosity, ()),
                other => {
                    err!(INVALID_PARAMETER_VALUE, "COPY LOG_VERBOSITY \"{other}\" not recognized")
                }
            },
            "reject_limit" => {
                let text = option.text()?;
                match text.parse::<i64>() {
                    Ok(limit) if limit > 0 => once(&mut self.reject_limit, limit as u64),
                    Ok(limit) => err!(
                        INVALID_PARAMETER_VALUE,
                        "REJECT_LIMIT ({limit}) must be greater than zero"
                    ),
                    Err(_) => err!(
                        INVALID_TEXT_REPRESENTATION,
                        "invalid input syntax for type bigint: \"{text}\""
                    ),
                }
            }
            name => err!(SYNTAX_ERROR, "option \"{name}\" not recognized"),
        }
    }

    fn checked(self, direction: Direction) -> Result<CopyOptions> {
        let format = self.format.unwrap_or(CopyFormat::Text);
        let (csv, binary) = (format == CopyFormat::Csv, format == CopyFormat::Binary);
        for (given, name) in [
            (self.delimiter.is_some(), "DELIMITER"),
            (self.null.is_some(), "NULL"),
            (self.default.is_some(), "DEFAULT"),
        ] {
            if binary && given {
                return err!(SYNTAX_ERROR, "cannot specify {name} in BINARY mode");
            }
        }
        let delimiter =
            self.delimiter.clone().unwrap_or_else(|| if csv { "," } else { "\t" }.into());
        let null = self.null.clone().unwrap_or_else(|| if csv { "" } else { "\\N" }.into());
        self.check_delimiter(&delimiter, &null, csv)?;
        let header = self.header.unwrap_or(Header::Absent);
        if binary && header != Header::Absent {
            return err!(FEATURE_NOT_SUPPORTED, "cannot specify HEADER in BINARY mode");
        }
        let (quote, escape) = self.quoting(csv, delimiter.as_bytes()[0])?;
        self.check_columns(csv, direction)?;
        check_marker(
            "NULL",
            &null,
            csv,
            delimiter.as_bytes()[0],
            quote,
            sqlstate::INVALID_PARAMETER_VALUE,
        )?;
        if self.freeze == Some(true) && direction == Direction::To {
            return err!(INVALID_PARAMETER_VALUE, "COPY FREEZE cannot be used with COPY TO");
        }
        if let Some(default) = &self.default {
            if direction == Direction::To {
                return err!(FEATURE_NOT_SUPPORTED, "COPY DEFAULT cannot be used with COPY TO");
            }
            let code = sqlstate::FEATURE_NOT_SUPPORTED;
            check_marker("DEFAULT", default, csv, delimiter.as_bytes()[0], quote, code)?;
            if *default == null {
                return err!(
                    FEATURE_NOT_SUPPORTED,
                    "NULL specification and DEFAULT specification cannot be the same"
                );
            }
        }
        let on_error = self.on_error.unwrap_or(OnError::Stop);
        if binary && on_error == OnError::Ignore {
            return err!(SYNTAX_ERROR, "only ON_ERROR STOP is allowed in BINARY mode");
        }
        if self.reject_limit.is_some() && on_error == OnError::Stop {
            return err!(
                INVALID_PARAMETER_VALUE,
                "COPY REJECT_LIMIT requires ON_ERROR to be set to IGNORE"
            );
        }
        Ok(CopyOptions {
            format,
            delimiter: delimiter.as_bytes()[0],
            null,
            default: self.default,
            header,
            quote,
            escape,
            force_quote: self.force_quote,
            force_not_null: self.force_not_null,
            force_null: self.force_null,
            on_error,
            reject_limit: self.reject_limit,
            charset: self.encoding,
        })
    }

    fn check_delimiter(&self, delimiter: &str, null: &str, csv: bool) -> Result<()> {
        if delimiter.len() != 1 {
            return err!(
                FEATURE_NOT_SUPPORTED,
                "COPY delimiter must be a single one-byte character"
            );
        }
        if delimiter.contains(['\r', '\n']) {
            return err!(
                INVALID_PARAMETER_VALUE,
                "COPY delimiter cannot be newline or carriage return"
            );
        }
        if null.contains(['\r', '\n']) {
            return err!(
                INVALID_PARAMETER_VALUE,
                "COPY null representation cannot use newline or carriage return"
            );
        }
        if self.default.as_ref().is_some_and(|default| default.contains(['\r', '\n'])) {
            return err!(
                INVALID_PARAMETER_VALUE,
                "COPY default representation cannot use newline or carriage return"
            );
        }
        // In text, these have a meaning behind a backslash.
        if !csv && matches!(delimiter.as_bytes()[0], b'\\' | b'.' | b'a'..=b'z' | b'0'..=b'9') {
            return err!(INVALID_PARAMETER_VALUE, "COPY delimiter cannot be \"{delimiter}\"");
        }
        Ok(())
    }

    fn quoting(&self, csv: bool, delimiter: u8) -> Result<(u8, u8)> {
        if !csv {
            for (given, name) in
                [(self.quote.is_some(), "QUOTE"), (self.escape.is_some(), "ESCAPE")]
            {
                if given {
                    return err!(FEATURE_NOT_SUPPORTED, "COPY {name} requires CSV mode");
                }
            }
            return Ok((b'"', b'"'));
        }
        let quote = self.quote.as_deref().unwrap_or("\"");
        let escape = self.escape.as_deref().unwrap_or(quote);
        if quote.len() != 1 {
            return err!(FEATURE_NOT_SUPPORTED, "COPY quote must be a single one-byte character");
        }
        if quote.as_bytes()[0] == delimiter {
            return err!(INVALID_PARAMETER_VALUE, "COPY delimiter and quote must be different");
        }
        if escape.len() != 1 {
            return err!(FEATURE_NOT_SUPPORTED, "COPY escape must be a single one-byte character");
        }
        Ok((quote.as_bytes()[0], escape.as_bytes()[0]))
    }

    fn check_columns(&self, csv: bool, direction: Direction) -> Result<()> {
        for (set, name, allowed, other) in [
            (&self.force_quote, "FORCE_QUOTE", Direction::To, "COPY FROM"),
            (&self.force_not_null, "FORCE_NOT_NULL", Direction::From, "COPY TO"),
            (&self.force_null, "FORCE_NULL", Direction::From, "COPY TO"),
        ] {
            if set.is_none() {
                continue;
            }
            if !csv {
                return err!(FEATURE_NOT_SUPPORTED, "COPY {name} requires CSV mode");
            }
            if direction != allowed {
                let code = match allowed {
                    Direction::To => sqlstate::FEATURE_NOT_SUPPORTED,
                    Direction::From => sqlstate::INVALID_PARAMETER_VALUE,
                };
                return Err(PgError::new(code, format!("COPY {name} cannot be used with {other}")));
            }
        }
        Ok(())
    }
}

/// A marker must not hold what separates or quotes fields.
fn check_marker(
    name: &str,
    marker: &str,
    csv: bool,
    delimiter: u8,
    quote: u8,
    code: sqlstate::SqlState,
) -> Result<()> {
    if marker.as_bytes().contains(&delimiter) {
        return Err(PgError::new(
            code,
            format!("COPY delimiter character must not appear in the {name} specification"),
        ));
    }
    if csv && marker.as_bytes().contains(&quote) {
        return Err(PgError::new(
            code,
            format!("CSV quote character must not appear in the {name} specification"),
        ));
    }
    Ok(())
}

fn columns(set: &mut ColumnSet, option: &CopyOption) -> Result<()> {
    if !set.is_none() {
        return err!(SYNTAX_ERROR, "conflicting or redundant options");
    }
    *set = match &option.value {
        OptionValue::Star => ColumnSet::All,
        OptionValue::List(names) => ColumnSet::Named(names.clone()),
        _ => {
            return err!(
                INVALID_PARAMETER_VALUE,
                "argument to option \"{}\" must be a list of column names",
                option.name
            );
        }
    };
    Ok(())
}

fn format_of(name: &str) -> Result<CopyFormat> {
    match name {
        "text" => Ok(CopyFormat::Text),
        "csv" => Ok(CopyFormat::Csv),
        "binary" => Ok(CopyFormat::Binary),
        _ => err!(INVALID_PARAMETER_VALUE, "COPY format \"{name}\" not recognized"),
    }
}

/// Errors: 22023 for a name of no encoding; 0A000 for one that cannot be translated.
fn check_encoding(name: &str) -> Result<Charset> {
    match Charset::named(name) {
        Some(charset) => charset.known(),
        None => err!(
            INVALID_PARAMETER_VALUE,
            "argument to option \"encoding\" must be a valid encoding name"
        ),
    }
}

impl CopyOption {
    fn text(&self) -> Result<String> {
        match &self.value {
            OptionValue::Text(text) => Ok(text.clone()),
            OptionValue::Integer(number) => Ok(number.to_string()),
            OptionValue::Star => Ok("*".into()),
            OptionValue::List(names) => Ok(names.join(".")),
            OptionValue::Absent => err!(SYNTAX_ERROR, "{} requires a parameter", self.name),
        }
    }

    fn boolean(&self) -> Result<bool> {
        match &self.value {
            OptionValue::Absent | OptionValue::Integer(1) => return Ok(true),
            OptionValue::Integer(0) => return Ok(false),
            _ => {}
        }
        match self.text()?.to_ascii_lowercase().as_str() {
            "true" | "on" => Ok(true),
            "false" | "off" => Ok(false),
            _ => err!(SYNTAX_ERROR, "{} requires a Boolean value", self.name),
        }
    }

    fn header(&self, direction: Direction) -> Result<Header> {
        if let OptionValue::Text(text) = &self.value
            && text.eq_ignore_ascii_case("match")
        {
            if direction == Direction::To {
                return err!(FEATURE_NOT_SUPPORTED, "cannot use \"{text}\" with HEADER in COPY TO");
            }
            return Ok(Header::Match);
        }
        match self.boolean() {
            Ok(true) => Ok(Header::Present),
            Ok(false) => Ok(Header::Absent),
            Err(_) => {
                err!(SYNTAX_ERROR, "{} requires a Boolean value or \"match\"", self.name)
            }
        }
    }

    fn on_error(&self, direction: Direction) -> Result<OnError> {
        if direction == Direction::To {
            return err!(INVALID_PARAMETER_VALUE, "COPY ON_ERROR cannot be used with COPY TO");
        }
        let text = self.text()?;
        match text.to_ascii_lowercase().as_str() {
            "stop" => Ok(OnError::Stop),
            "ignore" => Ok(OnError::Ignore),
            _ => err!(INVALID_PARAMETER_VALUE, "COPY ON_ERROR \"{text}\" not recognized"),
        }
    }
}
