//! Privileges: what `aclitem` says, and what a role may do.
//!
//! Nothing is ever granted or revoked here, so that every object has the privileges PostgreSQL
//! gives it at first (`acldefault`): its owner has all, PUBLIC a few.

use super::{Context, Family};

mod held;
mod items;
mod rows;
mod target;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
