//! What a statement may ask about its session, the catalogue and the server.

use super::Family;

pub(super) use server::wait;

mod catalog;
mod constants;
mod input;
mod inspect;
mod names;
mod rows;
mod sequence;
mod server;
mod session;
mod size;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}
