//! What is wrong with a JSON text, in PostgreSQL's words.

use super::lexer::Lexer;
use crate::{base::PgError, pg_error};

/// Bytes of the offending line that CONTEXT shows at most.
const CONTEXT_BYTES_MAX: usize = 50;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    InvalidToken,
    EscapeInvalid,
    EscapeRequired(u8),
    UnicodeFormat,
    HighSurrogate,
    LowSurrogate,
    Zero,
    ExpectedEnd,
    ExpectedArrayFirst,
    ExpectedArrayNext,
    ExpectedColon,
    ExpectedValue,
    ExpectedMore,
    ExpectedObjectFirst,
    ExpectedObjectNext,
    ExpectedString,
    TooDeep,
}

impl Problem {
    /// The report; the lexer stands at the offending token.
    pub fn report(self, lexer: &Lexer) -> PgError {
        let token = &lexer.input[lexer.start.min(lexer.end)..lexer.end];
        let detail = match self {
            Problem::TooDeep => return too_deep(),
            Problem::InvalidToken => format!("Token \"{token}\" is invalid."),
            Problem::EscapeInvalid => format!("Escape sequence \"\\{token}\" is invalid."),
            Problem::EscapeRequired(byte) => {
                format!("Character with value 0x{byte:02x} must be escaped.")
            }
            Problem::UnicodeFormat => {
                "\"\\u\" must be followed by four hexadecimal digits.".to_owned()
            }
            Problem::HighSurrogate => {
                "Unicode high surrogate must not follow a high surrogate.".to_owned()
            }
            Problem::LowSurrogate => {
                "Unicode low surrogate must follow a high surrogate.".to_owned()
            }
            Problem::Zero => "\\u0000 cannot be converted to text.".to_owned(),
            Problem::ExpectedEnd => format!("Expected end of input, but found \"{token}\"."),
            Problem::ExpectedArrayFirst => {
                format!("Expected array element or \"]\", but found \"{token}\".")
            }
            Problem::ExpectedArrayNext => {
                format!("Expected \",\" or \"]\", but found \"{token}\".")
            }
            Problem::ExpectedColon => format!("Expected \":\", but found \"{token}\"."),
            Problem::ExpectedValue => format!("Expected JSON value, but found \"{token}\"."),
            Problem::ExpectedMore => "The input string ended unexpectedly.".to_owned(),
            Problem::ExpectedObjectFirst => {
                format!("Expected string or \"}}\", but found \"{token}\".")
            }
            Problem::ExpectedObjectNext => {
                format!("Expected \",\" or \"}}\", but found \"{token}\".")
            }
            Problem::ExpectedString => format!("Expected string, but found \"{token}\"."),
        };
        let error = match self {
            Problem::Zero => {
                pg_error!(UNTRANSLATABLE_CHARACTER, "unsupported Unicode escape sequence")
            }
            _ => pg_error!(INVALID_TEXT_REPRESENTATION, "invalid input syntax for type json"),
        };
        error.detail(detail).context(context(lexer, self))
    }
}

fn context(lexer: &Lexer, problem: Problem) -> String {
    let input = lexer.input;
    let end = lexer.end;
    let mut start = lexer.line_start;
    while end - start >= CONTEXT_BYTES_MAX {
        start += input[start..].chars().next().map_or(1, char::len_utf8);
    }
    // Dots would be longer than so few characters.
    if start - lexer.line_start <= 3 {
        start = lexer.line_start;
    }
    let before = if start > lexer.line_start { "..." } else { "" };
    let more = problem != Problem::ExpectedMore
        && input.as_bytes().get(end).is_some_and(|byte| !matches!(byte, b'\n' | b'\r'));
    let after = if more { "..." } else { "" };
    format!("JSON data, line {}: {before}{}{after}", lexer.line, &input[start..end])
}

/// 54001, as PostgreSQL reports a recursion that its stack cannot hold.
pub fn too_deep() -> PgError {
    pg_error!(STATEMENT_TOO_COMPLEX, "stack depth limit exceeded").hint(
        "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after \
         ensuring the platform's stack depth limit is adequate.",
    )
}
