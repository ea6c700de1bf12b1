//! PostgreSQL's error report: SQLSTATE, message, DETAIL, HINT, position.
//!
//! A user's mistake travels as an [`PgError`] from the place that found it to the wire, which is
//! the only place that turns it into bytes.

use std::fmt;

use super::sqlstate::{self, SqlState};

pub type Result<T, E = PgError> = std::result::Result<T, E>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    Error,
    Fatal,
    Warning,
    Notice,
    Info,
    /// What `client_min_messages = debug1` asks for.
    Debug,
}

impl Severity {
    /// Whether a client that asks for `client_min_messages` wants to hear of it.
    pub fn is_heard(self, threshold: &str) -> bool {
        match self {
            Severity::Error | Severity::Fatal | Severity::Info => true,
            Severity::Warning => !matches!(threshold, "error" | "fatal" | "panic"),
            Severity::Notice => !matches!(threshold, "warning" | "error" | "fatal" | "panic"),
            Severity::Debug => threshold.starts_with("debug"),
        }
    }

    pub fn as_str(self) -> &'static str {
        match self {
            Severity::Error => "ERROR",
            Severity::Fatal => "FATAL",
            Severity::Warning => "WARNING",
            Severity::Notice => "NOTICE",
            Severity::Info => "INFO",
            Severity::Debug => "DEBUG",
        }
    }
}

/// The fields that few reports carry; boxed so that `Result` stays small.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Fields {
    pub detail: Option<String>,
    pub hint: Option<String>,
    /// Where the report arose, e.g. `COPY docs, line 3, column embedding`.
    pub context: Option<String>,
    /// 1-based character position in the query text.
    pub position: Option<usize>,
    /// It arose from computing a value, not from the text: there is no position to add.
    pub unplaced: bool,
    pub schema: Option<String>,
    pub table: Option<String>,
    pub column: Option<String>,
    pub data_type: Option<String>,
    pub constraint: Option<String>,
    /// PostgreSQL's function that raises it, where drivers tell errors apart by that.
    pub routine: Option<&'static str>,
}

/// One report to the client.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PgError {
    pub severity: Severity,
    pub code: SqlState,
    pub message: String,
    pub fields: Box<Fields>,
}

/// What a statement wants to say without failing (`NoticeResponse`).
pub type Notice = PgError;

impl PgError {
    pub fn new(code: SqlState, message: impl Into<String>) -> Self {
        Self { severity: Severity::Error, code, message: message.into(), fields: Box::default() }
    }

    pub fn fatal(code: SqlState, message: impl Into<String>) -> Self {
        Self { severity: Severity::Fatal, ..Self::new(code, message) }
    }

    pub fn notice(message: impl Into<String>) -> Notice {
        Self { severity: Severity::Notice, ..Self::new(sqlstate::SUCCESSFUL_COMPLETION, message) }
    }

    pub fn debug(message: impl Into<String>) -> Notice {
        Self { severity: Severity::Debug, ..Self::new(sqlstate::SUCCESSFUL_COMPLETION, message) }
    }

    pub fn warning(code: SqlState, message: impl Into<String>) -> Notice {
        Self { severity: Severity::Warning, ..Self::new(code, message) }
    }

    /// 0A000: the feature is named, so that the user knows what is missing.
    pub fn unsupported(feature: impl fmt::Display) -> Self {
        Self::new(sqlstate::FEATURE_NOT_SUPPORTED, format!("{feature} is not supported"))
    }

    /// XX000: a broken invariant of ours, never a user's mistake.
    pub fn internal(message: impl Into<String>) -> Self {
        Self::new(sqlstate::INTERNAL_ERROR, message)
    }

    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.fields.detail = Some(detail.into());
        self
    }

    pub fn hint(mut self, hint: impl Into<String>) -> Self {
        self.fields.hint = Some(hint.into());
        self
    }

    pub fn context(mut self, context: impl Into<String>) -> Self {
        self.fields.context = Some(context.into());
        self
    }

    /// `location` is the parser's 0-based byte offset; negative means unknown. The wire turns it
    /// into PostgreSQL's 1-based character position (see [`PgError::locate`]).
    pub fn at(mut self, location: i32) -> Self {
        if self.fields.position.is_none() && !self.fields.unplaced && location >= 0 {
            self.fields.position = Some(location as usize + 1);
        }
        self
    }

    /// Keeps [`PgError::at`] from giving it a position.
    pub fn unplaced(mut self) -> Self {
        self.fields.unplaced = true;
        self
    }

    /// Takes back a position that is one in another text than the client's.
    pub fn displaced(mut self) -> Self {
        self.fields.position = None;
        self.unplaced()
    }

    /// Turns the byte offset kept by [`PgError::at`] into a character position within `sql`.
    pub fn locate(mut self, sql: &str) -> Self {
        if let Some(position) = self.fields.position {
            let bytes = (position - 1).min(sql.len());
            self.fields.position = Some(
                sql.as_bytes()[..bytes].iter().filter(|byte| (**byte as i8) >= -0x40).count() + 1,
            );
        }
        self
    }

    pub fn table(mut self, schema: impl Into<String>, table: impl Into<String>) -> Self {
        self.fields.schema = Some(schema.into());
        self.fields.table = Some(table.into());
        self
    }

    pub fn column(mut self, column: impl Into<String>) -> Self {
        self.fields.column = Some(column.into());
        self
    }

    pub fn routine(mut self, routine: &'static str) -> Self {
        self.fields.routine = Some(routine);
        self
    }

    pub fn constraint(mut self, constraint: impl Into<String>) -> Self {
        self.fields.constraint = Some(constraint.into());
        self
    }
}

impl fmt::Display for PgError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}: {}", self.severity.as_str(), self.code, self.message)?;
        if let Some(detail) = &self.fields.detail {
            write!(f, "\nDETAIL: {detail}")?;
        }
        if let Some(hint) = &self.fields.hint {
            write!(f, "\nHINT: {hint}")?;
        }
        Ok(())
    }
}

impl std::error::Error for PgError {}

/// An `Err` with `code` and a formatted message: `return err!(UNDEFINED_TABLE, "relation \"{}\" does not exist", name)`.
#[macro_export]
macro_rules! err {
    ($code:ident, $($arg:tt)*) => {
        Err($crate::pg_error!($code, $($arg)*))
    };
}

/// A [`PgError`] with `code` (a name of `base::sqlstate`) and a formatted message.
#[macro_export]
macro_rules! pg_error {
    ($code:ident, $($arg:tt)*) => {
        $crate::base::PgError::new($crate::base::sqlstate::$code, format!($($arg)*))
    };
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn position_counts_characters_not_bytes() {
        let error = PgError::new(sqlstate::SYNTAX_ERROR, "x").at(10).locate("SELECT 'é' x");
        assert_eq!(error.fields.position, Some(10));
    }
}
