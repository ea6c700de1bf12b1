//! The casts between base types. Each function converts whatever may be cast to its target.
//!
//! Length coercions (`varchar(10)`, `numeric(8,2)`) are not casts of this table: the binder applies
//! them through `types::typmod`.

use super::Family;

mod number;
mod object;
mod rows;
mod string;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
