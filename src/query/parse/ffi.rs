//! libpg_query's parse call, made directly: the crate's own wrapper drops the error's position.

use std::ffi::{CStr, CString, c_char, c_int};

use pg_query::protobuf;
use prost::Message;

use crate::base::{PgError, Result, sqlstate};

#[repr(C)]
struct ProtobufBytes {
    length: usize,
    data: *mut c_char,
}

#[repr(C)]
struct ParseError {
    message: *mut c_char,
    function: *mut c_char,
    file: *mut c_char,
    line: c_int,
    position: c_int,
    context: *mut c_char,
}

#[repr(C)]
struct ParseOutcome {
    tree: ProtobufBytes,
    stderr: *mut c_char,
    error: *mut ParseError,
}

unsafe extern "C" {
    fn pg_query_parse_protobuf(input: *const c_char) -> ParseOutcome;
    fn pg_query_free_protobuf_parse_result(outcome: ParseOutcome);
}

/// Parses `sql`. Errors: 42601 (or the code the message implies) with the byte position.
pub fn parse(sql: &str) -> Result<protobuf::ParseResult> {
    let input = CString::new(sql).map_err(|_| {
        PgError::new(sqlstate::CHARACTER_NOT_IN_REPERTOIRE, "query holds a zero byte")
    })?;
    // SAFETY: `input` is a NUL-terminated string that outlives the call; the outcome's pointers
    // are what libpg_query documents, and are freed exactly once, after their last use.
    unsafe {
        let outcome = pg_query_parse_protobuf(input.as_ptr());
        let result = if outcome.error.is_null() {
            let bytes = std::slice::from_raw_parts(
                outcome.tree.data.cast::<u8>().cast_const(),
                outcome.tree.length,
            );
            protobuf::ParseResult::decode(bytes).map_err(|error| too_complex(&error.to_string()))
        } else {
            let error = &*outcome.error;
            let message = CStr::from_ptr(error.message).to_string_lossy().into_owned();
            Err(syntax_error(message, error.position, sql))
        };
        pg_query_free_protobuf_parse_result(outcome);
        result
    }
}

/// `position` is the parser's 1-based character position, 0 if unknown.
fn syntax_error(message: String, position: c_int, sql: &str) -> PgError {
    let code = match message.as_str() {
        text if text.starts_with("stack depth") => sqlstate::STATEMENT_TOO_COMPLEX,
        text if text.contains("invalid Unicode") || text.contains("invalid byte sequence") => {
            sqlstate::CHARACTER_NOT_IN_REPERTOIRE
        }
        text if text.contains("is not supported") || text.contains("not implemented") => {
            sqlstate::FEATURE_NOT_SUPPORTED
        }
        text if text.starts_with("frame ") => sqlstate::WINDOWING_ERROR,
        _ => sqlstate::SYNTAX_ERROR,
    };
    let error = PgError::new(code, message);
    if position <= 0 {
        return error;
    }
    // Everything else in the tree counts bytes; so does this, until the wire converts it.
    let byte = sql.char_indices().nth(position as usize - 1).map_or(sql.len(), |(at, _)| at);
    error.at(byte as i32)
}

fn too_complex(detail: &str) -> PgError {
    PgError::new(sqlstate::STATEMENT_TOO_COMPLEX, "statement is nested too deeply").detail(detail)
}
