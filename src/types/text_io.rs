//! Text input and output of every type.

use super::{Datum, datum::PgType};
use crate::base::{Oid, Result};

/// The settings that text forms depend on.
#[derive(Clone, Debug)]
pub struct Style {
    pub time_zone: super::datetime::TimeZone,
    pub date_style: super::datetime::DateStyle,
    pub interval_style: super::datetime::IntervalStyle,
    /// -15..=3; above 0 is the shortest exact form
    pub extra_float_digits: i32,
    pub bytea_escape: bool,
    /// Names for the `reg*` types; without one they print as numbers.
    pub names: Option<std::sync::Arc<dyn Names>>,
    /// Transaction start, microseconds since 2000-01-01 UTC, for `now` and `today`.
    pub now: i64,
}

/// What `regclass`, `regtype` and their kin need of the catalogue.
pub trait Names: Send + Sync + std::fmt::Debug {
    /// The printed name of an object, e.g. `public.docs`; `None` prints the number.
    fn name_of(&self, reg_type: Oid, object: Oid) -> Option<String>;
    /// The object with that (possibly qualified, possibly quoted) name.
    fn object_of(&self, reg_type: Oid, name: &str) -> Result<Oid>;
}

/// Parses `text` as a value of `target`. Errors: 22P02 and its kin, PostgreSQL's words.
pub fn parse(_text: &str, _target: PgType, _style: &Style) -> Result<Datum> {
    unimplemented!()
}

/// Appends the text form of a value that is not NULL.
pub fn format(_value: &Datum, _type_oid: Oid, _style: &Style, _out: &mut String) {
    unimplemented!()
}
