//! The settings as one table, as `pg_settings` lists them.

use std::{collections::HashMap, sync::LazyLock};

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
