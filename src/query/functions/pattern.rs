//! Patterns: LIKE, SIMILAR TO and PostgreSQL's regular expressions.

use super::Family;

mod compiled;
mod flags;
mod like;
mod longest;
mod regexp;
mod replace;
mod rows;
mod similar;
mod split;
mod test;
mod translate;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
