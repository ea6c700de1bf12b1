//! pgvector's functions, operators, casts and aggregates of `vector`.

use super::{CastContext, CastMethod, Family};
use crate::types::oid;

mod aggregate;
mod arithmetic;
mod cast;
mod distance;
mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    // A cast to the type itself checks the dimension that the target declares.
    family.cast(
        oid::VECTOR,
        oid::VECTOR,
        CastContext::Implicit,
        CastMethod::Function(cast::redimension),
    );
    family
}
