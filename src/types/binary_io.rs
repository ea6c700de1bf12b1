//! Binary input and output (`typsend`, `typreceive`), big-endian as on the wire and in binary COPY.

use super::{Datum, datum::PgType};
use crate::base::{Oid, Result};

/// Reads the wire form. Errors: 22P03 and the type's own.
pub fn receive(_bytes: &[u8], _target: PgType) -> Result<Datum> {
    unimplemented!()
}

/// Appends the wire form of a value that is not NULL.
pub fn send(_value: &Datum, _type_oid: Oid, _out: &mut Vec<u8>) {
    unimplemented!()
}
