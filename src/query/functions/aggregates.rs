//! Aggregates. Sums are exact; those that a moving window may take a row out of say so in `remove`.

use super::Family;

mod array;
mod bits;
mod count;
mod extreme;
mod numeric_variance;
mod ordered;
mod regression;
mod rows;
mod string;
mod sum;
mod variance;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

/// What every accumulator weighs at least.
const STATE_BYTES: usize = 64;

/// A state that holds no memory of its own: `size` is a constant.
macro_rules! fixed_size {
    () => {
        fn size(&self) -> usize {
            super::STATE_BYTES
        }
    };
}

use fixed_size;
