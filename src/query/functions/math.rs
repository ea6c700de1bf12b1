//! Mathematics: roots, powers, logarithms, rounding, trigonometry, random numbers, buckets.

use super::Family;

mod buckets;
mod degrees;
mod float;
mod integer;
mod numeric;
mod random;
mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
