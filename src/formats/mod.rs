//! Floor 1: the three formats of COPY as streaming codecs, without I/O: text, csv and binary.
//!
//! [`Decoder`] takes bytes in whatever pieces they arrive and gives rows of fields, each a slice
//! of what arrived unless an escape had to be undone. [`Encoder`] appends rows to a buffer.
//! [`CopyOptions`] checks what the statement asks for. Messages are PostgreSQL's.

mod decode;
mod encode;
mod options;

pub use decode::{CopyColumn, CopyTarget, Decoder, Field, SIGNATURE};
pub use encode::Encoder;
pub use options::{
    ColumnSet, CopyFormat, CopyOption, CopyOptions, Direction, Header, OnError, OptionValue,
};

#[cfg(test)]
mod tests;
