//! The settings (`SET`, `SHOW`, `RESET`, `pg_settings`) as one table, and a session's values.

use std::{
    collections::{BTreeMap, HashMap},
    sync::LazyLock,
};

use crate::{
    base::{PgError, Result, sqlstate},
    err, pg_error,
    types::{
        charset::Charset,
        datetime::{DateFormat, DateOrder, DateStyle, IntervalStyle, TimeZone},
        text_io::Style,
    },
};

/// What a setting's value is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum Kind {
    Bool,
    /// Minimum, maximum, and the unit that a bare number has: `""`, `"ms"`, `"kB"`.
    Integer(i64, i64, &'static str),
    Real(f64, f64),
    Text,
    Enum(&'static [&'static str]),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Any session may set it.
    User,
    /// Fixed by the server: 55P02 on SET.
    Internal,
}

/// One row of `pg_settings`.
#[derive(Debug)]
pub struct Setting {
    pub name: &'static str,
    pub kind: Kind,
    pub default: &'static str,
    pub scope: Scope,
    /// Sent to the client when it changes (ParameterStatus).
    pub reported: bool,
    pub help: &'static str,
}

macro_rules! settings {
    ($($name:literal $kind:expr, $default:literal, $scope:ident, $reported:literal, $help:literal;)*) => {
        /// Sorted by name, as `pg_settings` lists them.
        pub static SETTINGS: &[Setting] = &[$(Setting {
            name: $name, kind: $kind, default: $default, scope: Scope::$scope,
            reported: $reported == 1, help: $help,
        },)*];
    };
}

use Kind::{Bool, Enum, Integer, Real, Text};

const INT_MAX: i64 = i32::MAX as i64;
const ISOLATION: Kind =
    Enum(&["serializable", "repeatable read", "read committed", "read uncommitted"]);
const MESSAGES: Kind = Enum(&[
    "debug5", "debug4", "debug3", "debug2", "debug1", "debug", "log", "notice", "warning", "error",
    "info", "fatal", "panic",
]);
const SCAN: &[&str] = &["off", "relaxed_order", "strict_order"];

settings! {
    "DateStyle" Text, "ISO, MDY", User, 1, "Sets the display format for date and time values.";
    "IntervalStyle" Enum(&["postgres", "postgres_verbose", "sql_standard", "iso_8601"]), "postgres", User, 1, "Sets the display format for interval values.";
    "TimeZone" Text, "UTC", User, 1, "Sets the time zone for displaying and interpreting time stamps.";
    "application_name" Text, "", User, 1, "Sets the application name to be reported in statistics and logs.";
    "backslash_quote" Enum(&["safe_encoding", "on", "off"]), "safe_encoding", User, 0, "Sets whether \"\\'\" is allowed in string literals.";
    "bytea_output" Enum(&["hex", "escape"]), "hex", User, 0, "Sets the output format for bytea.";
    "check_function_bodies" Bool, "on", User, 0, "Check routine bodies during CREATE FUNCTION and CREATE PROCEDURE.";
    "client_encoding" Text, "UTF8", User, 1, "Sets the client's character set encoding.";
    "client_min_messages" MESSAGES, "notice", User, 0, "Sets the message levels that are sent to the client.";
    "constraint_exclusion" Enum(&["partition", "on", "off"]), "partition", User, 0, "Enables the planner to use constraints to optimize queries.";
    "cursor_tuple_fraction" Real(0.0, 1.0), "0.1", User, 0, "Sets the planner's estimate of the fraction of a cursor's rows that will be retrieved.";
    "default_statistics_target" Integer(1, 10_000, ""), "100", User, 0, "Sets the default statistics target.";
    "default_table_access_method" Text, "heap", User, 0, "Sets the default table access method for new tables.";
    "default_tablespace" Text, "", User, 0, "Sets the default tablespace to create tables and indexes in.";
    "default_text_search_config" Text, "pg_catalog.english", User, 0, "Sets default text search configuration.";
    "default_transaction_deferrable" Bool, "off", User, 0, "Sets the default deferrable status of new transactions.";
    "default_transaction_isolation" ISOLATION, "read committed", User, 0, "Sets the transaction isolation level of each new transaction.";
    "default_transaction_read_only" Bool, "off", User, 1, "Sets the default read-only status of new transactions.";
    "enable_bitmapscan" Bool, "on", User, 0, "Enables the planner's use of bitmap-scan plans.";
    "enable_hashagg" Bool, "on", User, 0, "Enables the planner's use of hashed aggregation plans.";
    "enable_hashjoin" Bool, "on", User, 0, "Enables the planner's use of hash join plans.";
    "enable_indexonlyscan" Bool, "on", User, 0, "Enables the planner's use of index-only-scan plans.";
    "enable_indexscan" Bool, "on", User, 0, "Enables the planner's use of index-scan plans.";
    "enable_material" Bool, "on", User, 0, "Enables the planner's use of materialization.";
    "enable_mergejoin" Bool, "on", User, 0, "Enables the planner's use of merge join plans.";
    "enable_nestloop" Bool, "on", User, 0, "Enables the planner's use of nested-loop join plans.";
    "enable_seqscan" Bool, "on", User, 0, "Enables the planner's use of sequential-scan plans.";
    "enable_sort" Bool, "on", User, 0, "Enables the planner's use of explicit sort steps.";
    "escape_string_warning" Bool, "on", User, 0, "Warn about backslash escapes in ordinary string literals.";
    "extra_float_digits" Integer(-15, 3, ""), "1", User, 0, "Sets the number of digits displayed for floating-point values.";
    "from_collapse_limit" Integer(1, INT_MAX, ""), "8", User, 0, "Sets the FROM-list size beyond which subqueries are not collapsed.";
    "geqo" Bool, "on", User, 0, "Enables genetic query optimization.";
    "hnsw.ef_search" Integer(1, 1000, ""), "40", User, 0, "Sets the size of the dynamic candidate list for search.";
    "hnsw.iterative_scan" Enum(SCAN), "off", User, 0, "Sets the mode for iterative scans; a filtered search here always returns k rows if k match.";
    "hnsw.max_scan_tuples" Integer(1, INT_MAX, ""), "20000", User, 0, "Sets the max number of tuples to visit for iterative scans.";
    "hnsw.scan_mem_multiplier" Real(1.0, 1000.0), "1", User, 0, "Sets the multiple of work_mem to use for iterative scans.";
    "idle_in_transaction_session_timeout" Integer(0, INT_MAX, "ms"), "0", User, 0, "Sets the maximum allowed idle time between queries, when in a transaction.";
    "idle_session_timeout" Integer(0, INT_MAX, "ms"), "0", User, 0, "Sets the maximum allowed idle time between queries, when not in a transaction.";
    "in_hot_standby" Bool, "off", Internal, 1, "Shows whether hot standby is currently active.";
    "integer_datetimes" Bool, "on", Internal, 1, "Shows whether datetimes are integer based.";
    "ivfflat.iterative_scan" Enum(&["off", "relaxed_order"]), "off", User, 0, "Sets the mode for iterative scans; a filtered search here always returns k rows if k match.";
    "ivfflat.max_probes" Integer(1, 32_768, ""), "32768", User, 0, "Sets the max number of probes for iterative scans.";
    "ivfflat.probes" Integer(1, 32_768, ""), "1", User, 0, "Sets the number of probes.";
    "jit" Bool, "off", User, 0, "Allow JIT compilation.";
    "join_collapse_limit" Integer(1, INT_MAX, ""), "8", User, 0, "Sets the FROM-list size beyond which JOIN constructs are not flattened.";
    "lc_collate" Text, "C.UTF-8", Internal, 0, "Shows the collation order locale.";
    "lc_ctype" Text, "C.UTF-8", Internal, 0, "Shows the character classification and case conversion locale.";
    "lc_messages" Text, "C", User, 0, "Sets the language in which messages are displayed.";
    "lc_monetary" Text, "C", User, 0, "Sets the locale for formatting monetary amounts.";
    "lc_numeric" Text, "C", User, 0, "Sets the locale for formatting numbers.";
    "lc_time" Text, "C", User, 0, "Sets the locale for formatting date and time values.";
    "lock_timeout" Integer(0, INT_MAX, "ms"), "0", User, 0, "Sets the maximum allowed duration of any wait for a lock.";
    "log_min_messages" MESSAGES, "warning", User, 0, "Sets the message levels that are logged.";
    "log_statement" Enum(&["none", "ddl", "mod", "all"]), "none", User, 0, "Sets the type of statements logged.";
    "maintenance_work_mem" Integer(64, INT_MAX, "kB"), "64MB", User, 0, "Sets the maximum memory to be used for maintenance operations.";
    "max_connections" Integer(1, 262_143, ""), "100", Internal, 0, "Sets the maximum number of concurrent connections.";
    "max_identifier_length" Integer(63, 63, ""), "63", Internal, 0, "Shows the maximum identifier length.";
    "max_index_keys" Integer(32, 32, ""), "32", Internal, 0, "Shows the maximum number of index keys.";
    "max_parallel_maintenance_workers" Integer(0, 1024, ""), "2", User, 0, "Sets the maximum number of parallel processes per maintenance operation.";
    "max_parallel_workers_per_gather" Integer(0, 1024, ""), "2", User, 0, "Sets the maximum number of parallel processes per executor node.";
    "max_prepared_transactions" Integer(0, 262_143, ""), "0", Internal, 0, "Sets the maximum number of simultaneously prepared transactions.";
    "parallel_setup_cost" Real(0.0, 1e300), "1000", User, 0, "Sets the planner's estimate of the cost of starting up workers.";
    "parallel_tuple_cost" Real(0.0, 1e300), "0.1", User, 0, "Sets the planner's estimate of the cost of passing each row from worker to leader.";
    "password_encryption" Enum(&["scram-sha-256", "md5"]), "scram-sha-256", User, 0, "Chooses the algorithm for encrypting passwords.";
    "plan_cache_mode" Enum(&["auto", "force_generic_plan", "force_custom_plan"]), "auto", User, 0, "Controls the planner's selection of custom or generic plan.";
    "quote_all_identifiers" Bool, "off", User, 0, "When generating SQL fragments, quote all identifiers.";
    "random_page_cost" Real(0.0, 1e300), "4", User, 0, "Sets the planner's estimate of the cost of a nonsequentially fetched disk page.";
    "role" Text, "none", User, 0, "Sets the current role.";
    "row_security" Bool, "on", User, 0, "Enable row security.";
    "scram_iterations" Integer(1, INT_MAX, ""), "4096", User, 1, "Sets the iteration count for SCRAM secret generation.";
    "search_path" Text, "\"$user\", public", User, 1, "Sets the schema search order for names that are not schema-qualified.";
    "seq_page_cost" Real(0.0, 1e300), "1", User, 0, "Sets the planner's estimate of the cost of a sequentially fetched disk page.";
    "server_encoding" Text, "UTF8", Internal, 1, "Shows the server (database) character set encoding.";
    "server_version" Text, "18.0", Internal, 1, "Shows the server version.";
    "server_version_num" Integer(180_000, 180_000, ""), "180000", Internal, 0, "Shows the server version as an integer.";
    "session_authorization" Text, "", Internal, 1, "Sets the session user name.";
    "session_replication_role" Enum(&["origin", "replica", "local"]), "origin", User, 0, "Sets the session's behavior for triggers and rewrite rules.";
    "ssl" Bool, "off", Internal, 0, "Enables SSL connections.";
    "standard_conforming_strings" Bool, "on", User, 1, "Causes '...' strings to treat backslashes literally.";
    "statement_timeout" Integer(0, INT_MAX, "ms"), "0", User, 0, "Sets the maximum allowed duration of any statement.";
    "synchronize_seqscans" Bool, "on", User, 0, "Enables synchronized sequential scans.";
    "synchronous_commit" Enum(&["local", "remote_write", "remote_apply", "on", "off"]), "on", User, 0, "Sets the current transaction's synchronization level.";
    "tcp_keepalives_idle" Integer(0, INT_MAX, ""), "0", User, 0, "Time between issuing TCP keepalives.";
    "temp_buffers" Integer(100, INT_MAX, "kB"), "8MB", User, 0, "Sets the maximum number of temporary buffers used by each session.";
    "timezone_abbreviations" Text, "Default", User, 0, "Selects a file of time zone abbreviations.";
    "transaction_deferrable" Bool, "off", User, 0, "Whether to defer a read-only serializable transaction.";
    "transaction_isolation" ISOLATION, "read committed", User, 0, "Sets the current transaction's isolation level.";
    "transaction_read_only" Bool, "off", User, 0, "Sets the current transaction's read-only status.";
    "transaction_timeout" Integer(0, INT_MAX, "ms"), "0", User, 0, "Sets the maximum allowed duration of any transaction within a session.";
    "transform_null_equals" Bool, "off", User, 0, "Treats \"expr=NULL\" as \"expr IS NULL\".";
    "vacuum_cost_delay" Real(0.0, 100.0), "0", User, 0, "Vacuum cost delay in milliseconds.";
    "wal_level" Enum(&["minimal", "replica", "logical"]), "replica", Internal, 0, "Sets the level of information written to the WAL.";
    "work_mem" Integer(64, INT_MAX, "kB"), "4MB", User, 0, "Sets the maximum memory to be used for query workspaces.";
    "xmloption" Enum(&["content", "document"]), "content", User, 0, "Sets whether XML data is to be considered as documents or fragments.";
}

/// The setting of that name, in any case.
pub fn definition(name: &str) -> Option<&'static Setting> {
    /// By lower-case name: every statement asks for several.
    static BY_NAME: LazyLock<HashMap<String, &'static Setting>> = LazyLock::new(|| {
        SETTINGS.iter().map(|setting| (setting.name.to_ascii_lowercase(), setting)).collect()
    });
    BY_NAME.get(name).or_else(|| BY_NAME.get(&name.to_ascii_lowercase())).copied()
}

/// A session's values. `SET LOCAL` and rollback work on copies: the map is small.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Only what differs from the default; custom settings (`app.tenant`) too.
    values: BTreeMap<String, String>,
    /// Defaults of this session: the start-up packet's options.
    defaults: BTreeMap<String, String>,
}

impl Settings {
    /// The value as SHOW prints it; `None` if there is no such setting.
    pub fn get(&self, name: &str) -> Option<String> {
        let key = key_of(name);
        if let Some(value) = self.values.get(&key).or_else(|| self.defaults.get(&key)) {
            return Some(value.clone());
        }
        match key.as_str() {
            "transaction_isolation" => self.get("default_transaction_isolation"),
            "transaction_read_only" => self.get("default_transaction_read_only"),
            "transaction_deferrable" => self.get("default_transaction_deferrable"),
            _ => definition(name).map(|setting| setting.default.to_owned()),
        }
    }

    /// The value of a setting of the table.
    pub fn value(&self, name: &str) -> String {
        self.get(name).unwrap_or_default()
    }

    pub fn is_on(&self, name: &str) -> bool {
        self.value(name) == "on"
    }

    /// An integer setting in its unit (milliseconds, kilobytes).
    pub fn integer(&self, name: &str) -> i64 {
        let value = self.value(name);
        match definition(name).map(|setting| setting.kind) {
            Some(Integer(_, _, unit)) => parse_integer(&value, unit).unwrap_or_default(),
            _ => value.parse().unwrap_or_default(),
        }
    }

    /// Checks and sets a value. Errors: 42704 unknown; 22023 a wrong value; 55P02 fixed by the server.
    pub fn set(&mut self, name: &str, value: &str) -> Result<()> {
        let value = check(name, value)?;
        self.values.insert(key_of(name), value);
        Ok(())
    }

    /// Sets what RESET returns to. Errors: as [`Settings::set`].
    pub fn set_default(&mut self, name: &str, value: &str) -> Result<()> {
        let value = check(name, value)?;
        self.defaults.insert(key_of(name), value);
        Ok(())
    }

    /// A value the server itself fixes, unchecked.
    pub fn fix(&mut self, name: &str, value: impl Into<String>) {
        self.defaults.insert(key_of(name), value.into());
    }

    /// Errors: 42704 if there is no such setting.
    pub fn reset(&mut self, name: &str) -> Result<()> {
        if definition(name).is_none() && !name.contains('.') {
            return Err(unknown(name));
        }
        self.values.remove(&key_of(name));
        Ok(())
    }

    pub fn reset_all(&mut self) {
        self.values.retain(|name, _| {
            matches!(name.as_str(), "role" | "transaction_isolation" | "transaction_read_only")
        });
    }

    /// Everything SHOW ALL lists: name, value, help.
    pub fn all(&self) -> Vec<(String, String, &'static str)> {
        SETTINGS
            .iter()
            .map(|setting| (setting.name.to_owned(), self.value(setting.name), setting.help))
            .collect()
    }

    /// The settings whose changes are reported to the client, with their values.
    pub fn reported(&self) -> Vec<(String, String)> {
        SETTINGS
            .iter()
            .filter(|setting| setting.reported)
            .map(|setting| (setting.name.to_owned(), self.value(setting.name)))
            .collect()
    }

    /// How values print, without names and time.
    pub fn style(&self) -> Style {
        let mut style = Style::default();
        style.time_zone = time_zone(&self.value("TimeZone")).unwrap_or(TimeZone::Fixed(0));
        style.date_style =
            date_style(&self.value("DateStyle"), style.date_style).unwrap_or(style.date_style);
        style.interval_style = match self.value("IntervalStyle").as_str() {
            "postgres_verbose" => IntervalStyle::PostgresVerbose,
            "sql_standard" => IntervalStyle::SqlStandard,
            "iso_8601" => IntervalStyle::Iso8601,
            _ => IntervalStyle::Postgres,
        };
        style.extra_float_digits = self.integer("extra_float_digits") as i32;
        style.bytea_escape = self.value("bytea_output") == "escape";
        style
    }

    /// The schema names of `search_path`, `$user` replaced.
    pub fn search_path(&self, user: &str) -> Vec<String> {
        split_names(&self.value("search_path"))
            .into_iter()
            .map(|name| if name == "$user" { user.to_owned() } else { name })
            .collect()
    }
}

/// Custom settings keep their case; those of the table do not have one.
fn key_of(name: &str) -> String {
    definition(name).map_or_else(|| name.to_lowercase(), |setting| setting.name.to_owned())
}

fn unknown(name: &str) -> PgError {
    pg_error!(UNDEFINED_OBJECT, "unrecognized configuration parameter \"{name}\"")
}

/// The value in the form SHOW prints.
fn check(name: &str, value: &str) -> Result<String> {
    let Some(setting) = definition(name) else {
        // `app.tenant`: a class of the user's own; pgvector's classes are complete in the table.
        return match name.split_once('.') {
            Some(("hnsw" | "ivfflat", _)) | None => Err(unknown(name)),
            Some(_) => Ok(value.to_owned()),
        };
    };
    if setting.scope == Scope::Internal {
        return Err(PgError::new(
            sqlstate::CANT_CHANGE_RUNTIME_PARAM,
            format!("parameter \"{}\" cannot be changed", setting.name),
        ));
    }
    let invalid = || {
        pg_error!(
            INVALID_PARAMETER_VALUE,
            "invalid value for parameter \"{}\": \"{value}\"",
            setting.name
        )
    };
    match setting.kind {
        Bool => {
            parse_bool(value).map(|on| if on { "on" } else { "off" }.to_owned()).ok_or_else(|| {
                pg_error!(
                    INVALID_PARAMETER_VALUE,
                    "parameter \"{}\" requires a Boolean value",
                    setting.name
                )
            })
        }
        Integer(min, max, unit) => {
            let number = parse_integer(value, unit).ok_or_else(invalid)?;
            if !(min..=max).contains(&number) {
                let (shown, suffix) = (
                    format!("{number}"),
                    if unit.is_empty() { String::new() } else { format!(" {unit}") },
                );
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "{shown}{suffix} is outside the valid range for parameter \"{}\" ({min}{suffix} .. {max}{suffix})",
                    setting.name
                );
            }
            Ok(show_integer(number, unit))
        }
        Real(min, max) => {
            let number: f64 = value.trim().parse().map_err(|_| invalid())?;
            if !(min..=max).contains(&number) {
                return err!(
                    INVALID_PARAMETER_VALUE,
                    "{number} is outside the valid range for parameter \"{}\" ({min} .. {max})",
                    setting.name
                );
            }
            Ok(number.to_string())
        }
        Enum(choices) => {
            let lower = value.to_lowercase();
            let lower = match (choices.contains(&"on"), lower.as_str()) {
                (true, "true" | "yes" | "1") => "on".to_owned(),
                (true, "false" | "no" | "0") => "off".to_owned(),
                _ => lower,
            };
            if choices.contains(&lower.as_str()) {
                return Ok(lower);
            }
            Err(invalid().hint(format!("Available values: {}.", choices.join(", "))))
        }
        Text => check_text(setting.name, value, &invalid),
    }
}

fn check_text(name: &str, value: &str, invalid: &dyn Fn() -> PgError) -> Result<String> {
    match name {
        "TimeZone" => match time_zone(value) {
            Some(zone) => Ok(show_zone(value, &zone)),
            None => Err(invalid()),
        },
        "DateStyle" => {
            let default = DateStyle { format: DateFormat::Iso, order: DateOrder::Mdy };
            let style = date_style(value, default).ok_or_else(invalid)?;
            Ok(show_date_style(style))
        }
        "client_encoding" => match Charset::named(value) {
            Some(charset) if charset.is_known() => Ok(charset.name().to_owned()),
            Some(charset) => Err(PgError::new(
                sqlstate::FEATURE_NOT_SUPPORTED,
                format!("invalid value for parameter \"client_encoding\": \"{value}\""),
            )
            .detail(format!("Conversion between {} and UTF8 is not supported.", charset.name()))),
            None => Err(invalid()),
        },
        "default_text_search_config" => {
            let bare = value.strip_prefix("pg_catalog.").unwrap_or(value);
            match crate::fulltext::Config::by_name(bare).ok() {
                Some(_) => Ok(format!("pg_catalog.{bare}")),
                None => Err(invalid()),
            }
        }
        _ => Ok(value.to_owned()),
    }
}

fn time_zone(value: &str) -> Option<TimeZone> {
    let value = value.trim();
    if value.eq_ignore_ascii_case("local") || value.eq_ignore_ascii_case("default") {
        return Some(TimeZone::Named(chrono_tz::Tz::UTC));
    }
    // A bare number counts hours east.
    if let Ok(hours) = value.parse::<f64>() {
        return Some(TimeZone::Fixed((hours * 3600.0) as i32));
    }
    TimeZone::parse(value).ok()
}

fn show_zone(value: &str, zone: &TimeZone) -> String {
    match zone {
        TimeZone::Named(zone) => zone.name().to_owned(),
        TimeZone::Fixed(seconds) if value.trim().parse::<f64>().is_ok() => {
            let (sign, size) = if *seconds < 0 { ('-', -seconds) } else { ('+', *seconds) };
            let offset = match (size / 3600, size % 3600 / 60) {
                (hours, 0) => format!("{hours:02}"),
                (hours, minutes) => format!("{hours:02}:{minutes:02}"),
            };
            let inverse = if sign == '+' { '-' } else { '+' };
            format!("<{sign}{offset}>{inverse}{offset}")
        }
        TimeZone::Fixed(_) => value.to_owned(),
    }
}

fn date_style(value: &str, mut style: DateStyle) -> Option<DateStyle> {
    for word in value.split(',') {
        match word.trim().to_lowercase().as_str() {
            "iso" => style.format = DateFormat::Iso,
            "sql" => style.format = DateFormat::Sql,
            "postgres" => style.format = DateFormat::Postgres,
            "german" => {
                style.format = DateFormat::German;
                style.order = DateOrder::Dmy;
            }
            "mdy" | "us" | "noneuropean" | "noneuro" => style.order = DateOrder::Mdy,
            "dmy" | "euro" | "european" => style.order = DateOrder::Dmy,
            "ymd" => style.order = DateOrder::Ymd,
            "default" => style = DateStyle { format: DateFormat::Iso, order: DateOrder::Mdy },
            _ => return None,
        }
    }
    Some(style)
}

fn show_date_style(style: DateStyle) -> String {
    let format = match style.format {
        DateFormat::Iso => "ISO",
        DateFormat::Sql => "SQL",
        DateFormat::Postgres => "Postgres",
        DateFormat::German => "German",
    };
    let order = match style.order {
        DateOrder::Mdy => "MDY",
        DateOrder::Dmy => "DMY",
        DateOrder::Ymd => "YMD",
    };
    format!("{format}, {order}")
}

/// PostgreSQL's spellings: any unambiguous prefix of true, false, yes, no; on, off, 1, 0.
fn parse_bool(value: &str) -> Option<bool> {
    let value = value.trim().to_lowercase();
    let prefix = |word: &str| !value.is_empty() && word.starts_with(&value);
    match value.as_str() {
        "on" | "1" => Some(true),
        "of" | "off" | "0" => Some(false),
        _ if prefix("true") || prefix("yes") => Some(true),
        _ if prefix("false") || prefix("no") => Some(false),
        _ => None,
    }
}

/// A number in `unit`, or with a unit of its own: `'5s'`, `'64MB'`.
fn parse_integer(value: &str, unit: &str) -> Option<i64> {
    let value = value.trim();
    let split = value.find(|c: char| c.is_ascii_alphabetic()).unwrap_or(value.len());
    let (number, suffix) = (value[..split].trim(), value[split..].trim());
    let number: f64 = number.parse().ok()?;
    let factor = match (unit, suffix) {
        (_, "") => 1.0,
        ("ms", "us") => 0.001,
        ("ms", "ms") => 1.0,
        ("ms", "s") => 1000.0,
        ("ms", "min") => 60_000.0,
        ("ms", "h") => 3_600_000.0,
        ("ms", "d") => 86_400_000.0,
        ("kB", "B") => 1.0 / 1024.0,
        ("kB", "kB") => 1.0,
        ("kB", "MB") => 1024.0,
        ("kB", "GB") => 1024.0 * 1024.0,
        ("kB", "TB") => 1024.0 * 1024.0 * 1024.0,
        _ => return None,
    };
    Some((number * factor).round() as i64)
}

/// The largest unit that divides the value.
fn show_integer(value: i64, unit: &str) -> String {
    let steps: &[(i64, &str)] = match unit {
        "ms" => &[(86_400_000, "d"), (3_600_000, "h"), (60_000, "min"), (1000, "s"), (1, "ms")],
        "kB" => &[(1 << 30, "TB"), (1 << 20, "GB"), (1 << 10, "MB"), (1, "kB")],
        _ => return value.to_string(),
    };
    if value <= 0 {
        return value.to_string();
    }
    steps
        .iter()
        .find(|(size, _)| value % size == 0)
        .map_or_else(|| value.to_string(), |(size, name)| format!("{}{name}", value / size))
}

/// `a, "B c", d` as names: unquoted ones are folded.
pub fn split_names(list: &str) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = list.trim();
    while !rest.is_empty() {
        let (name, after) = match rest.strip_prefix('"') {
            Some(quoted) => match quoted.split_once('"') {
                Some((name, after)) => (name.to_owned(), after),
                None => (quoted.to_owned(), ""),
            },
            None => {
                let end = rest.find(',').unwrap_or(rest.len());
                (rest[..end].trim().to_lowercase(), &rest[end..])
            }
        };
        if !name.is_empty() {
            names.push(name);
        }
        rest = after.trim_start().trim_start_matches(',').trim_start();
    }
    names
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_defaults_pass_their_own_check() {
        for (index, setting) in SETTINGS.iter().enumerate() {
            assert!(SETTINGS[..index].iter().all(|other| other.name != setting.name));
            if setting.scope == Scope::User {
                assert_eq!(check(setting.name, setting.default).unwrap(), setting.default);
            }
        }
    }

    #[test]
    fn values_print_as_postgresql_shows_them() {
        let mut settings = Settings::default();
        settings.set("statement_timeout", "90000").unwrap();
        assert_eq!(settings.value("statement_timeout"), "90s");
        assert_eq!(settings.integer("statement_timeout"), 90_000);
        settings.set("datestyle", "german").unwrap();
        assert_eq!(settings.value("DateStyle"), "German, DMY");
        settings.set("enable_seqscan", "f").unwrap();
        assert_eq!(settings.value("enable_seqscan"), "off");
        assert_eq!(
            settings.set("hnsw.ef_search", "0").unwrap_err().message,
            "0 is outside the valid range for parameter \"hnsw.ef_search\" (1 .. 1000)"
        );
        assert_eq!(settings.set("nope", "1").unwrap_err().code, sqlstate::UNDEFINED_OBJECT);
    }

    #[test]
    fn search_path_names_are_folded_unless_quoted() {
        assert_eq!(split_names("\"$user\", Public,\"A b\""), ["$user", "public", "A b"]);
    }
}
