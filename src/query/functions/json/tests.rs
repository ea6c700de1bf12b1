//! Calls against answers that PostgreSQL 18 gave.

use crate::query::functions::calls;

#[test]
fn answers_are_postgresql_s() {
    calls::check(include_str!("tests.txt"));
}
