//! PostgreSQL's default text parser: text to tokens of 23 kinds, every byte in some token.
//!
//! It is a push-down machine: a state lists what it tries on the next character, and an attempt
//! that fails comes back and goes on with the next one in the list. [`states`] is the machine as
//! data, [`machine`] runs it, and [`scan`] takes plain words and spaces, which are nearly all of a
//! text, past it.

mod classes;
mod machine;
mod scan;
mod states;
mod token;

pub use classes::to_lower;
pub use machine::Parser;
pub use token::{Token, TokenKind};

#[cfg(test)]
mod tests;
