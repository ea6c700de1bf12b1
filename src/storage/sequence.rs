//! A sequence's durable state.

/// As in PostgreSQL: if `is_called` is false, `last_value` is the value the next call returns.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SequenceState {
    pub last_value: i64,
    pub is_called: bool,
}
