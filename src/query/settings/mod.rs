//! The settings (`SET`, `SHOW`, `RESET`, `pg_settings`): their table, a session's values, and what
//! these come to.

mod check;
mod resolved;
mod spelling;
mod table;
#[cfg(test)]
mod tests;
mod values;

pub use resolved::Resolved;
pub use spelling::split_names;
pub use table::{Kind, SETTINGS, Scope, Setting, definition};
pub use values::Settings;
