//! The server: its version, its other sessions, waiting.

use std::{
    sync::{Arc, LazyLock},
    thread,
    time::{Duration, Instant},
};

use tokio::{
    runtime::{Handle, RuntimeFlavor},
    task::block_in_place,
};

use crate::{
    base::{Result, clock},
    query::functions::{Context, args::int4},
    types::{
        Datum,
        array::ArrayValue,
        charset::{Charset, charsets},
        oid,
    },
};

/// How long a sleep goes on before it looks for a cancel.
const SLEEP_SLICE: Duration = Duration::from_millis(20);

static STARTED: LazyLock<i64> =
    LazyLock::new(|| clock::now_unix_us() - clock::POSTGRES_EPOCH_UNIX_US);

/// Clients read the number behind `PostgreSQL`.
pub fn version(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(format!(
        "PostgreSQL 18.0 (Fathom {}) on {}-{}, 64-bit",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::ARCH,
        std::env::consts::OS,
    )
    .into())
}

/// When this process first had something to tell of itself, which is at its start.
pub fn pg_postmaster_start_time(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::TimestampTz(*STARTED))
}

/// Errors: 57014 when cancelled.
pub fn pg_sleep(context: &Context, args: &[Datum]) -> Result<Datum> {
    let seconds = args[0].as_f64().clamp(0.0, 1e9);
    let end =
        Instant::now() + Duration::from_secs_f64(if seconds.is_nan() { 0.0 } else { seconds });
    loop {
        context.env.services.check_cancel()?;
        let left = end.saturating_duration_since(Instant::now());
        if left.is_zero() {
            return Ok(Datum::text(""));
        }
        wait(left.min(SLEEP_SLICE));
    }
}

/// Sleeps without keeping the runtime's other tasks from running.
pub fn wait(time: Duration) {
    match Handle::try_current() {
        Ok(runtime) if runtime.runtime_flavor() == RuntimeFlavor::MultiThread => {
            block_in_place(|| thread::sleep(time));
        }
        _ => thread::sleep(time),
    }
}

pub fn pg_cancel_backend(context: &Context, args: &[Datum]) -> Result<Datum> {
    signal(context, int4(&args[0]), false)
}

pub fn pg_terminate_backend(context: &Context, args: &[Datum]) -> Result<Datum> {
    signal(context, int4(&args[0]), true)
}

/// A session that signals itself feels it at once. Errors: 57014 and 57P01 then.
fn signal(context: &Context, pid: i32, terminate: bool) -> Result<Datum> {
    let found = context.env.services.signal(pid, terminate);
    if pid == context.env.backend_pid {
        context.env.services.check_cancel()?;
    }
    Ok(Datum::Bool(found))
}

/// Who waits for whom is known to the lock table alone; nobody is reported.
pub fn pg_blocking_pids(_: &Context, _: &[Datum]) -> Result<Datum> {
    Ok(Datum::Array(Arc::new(ArrayValue::of(oid::INT4, vec![]))))
}

/// PostgreSQL's numbers of encodings; one of none has no name.
pub fn pg_encoding_to_char(_: &Context, args: &[Datum]) -> Result<Datum> {
    let number = int4(&args[0]);
    let found = charsets().find(|charset| charset.number() == number);
    Ok(Datum::text(found.map_or("", Charset::name)))
}

pub fn pg_char_to_encoding(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(Charset::named(args[0].as_str()).map_or(-1, Charset::number)))
}

pub fn pg_encoding_max_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    let number = int4(&args[0]);
    let found = charsets().find(|charset| charset.number() == number);
    Ok(found.map_or(Datum::Null, |charset| Datum::Int4(charset.bytes_max())))
}
