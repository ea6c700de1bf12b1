//! Definitions of objects as text, and their properties: what `psql` and schema tools ask of the
//! catalogue beside its relations.

use super::{Context, Family};
use crate::{base::Oid, types::Datum};

mod describe;
mod property;
mod rows;
mod sets;
mod signature;
mod text;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    sets::add(&mut family);
    family
}

fn oid_of(value: &Datum) -> Oid {
    match value {
        Datum::Oid(value) => Oid(*value),
        other => unreachable!("oid expected, found {other:?}"),
    }
}

fn text_or_null(text: Option<String>) -> Datum {
    text.map_or(Datum::Null, Datum::from)
}

/// What cannot exist here has no definition.
fn nothing(_: &Context, _: &[Datum]) -> crate::base::Result<Datum> {
    Ok(Datum::Null)
}
