//! pgvector's functions, operators, casts and aggregates of `vector`, `halfvec` and `sparsevec`.

use super::Family;

mod aggregate;
mod arithmetic;
mod cast;
mod distance;
mod element;
mod rows;
mod sparse;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
