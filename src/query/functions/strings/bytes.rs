//! Single bytes and bits of byte strings.

use crate::{
    base::Result,
    err,
    query::functions::{
        Context,
        args::{bytea, int4},
    },
    types::Datum,
};

fn within(index: i64, count: usize) -> Result<usize> {
    if index < 0 || index >= count as i64 {
        return err!(
            ARRAY_SUBSCRIPT_ERROR,
            "index {index} out of valid range, 0..{}",
            count as i64 - 1
        );
    }
    Ok(index as usize)
}

pub fn byteagetbyte(_: &Context, args: &[Datum]) -> Result<Datum> {
    let bytes = bytea(&args[0]);
    let at = within(args[1].as_i64(), bytes.len())?;
    Ok(Datum::Int4(i32::from(bytes[at])))
}

pub fn byteasetbyte(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut bytes = bytea(&args[0]).to_vec();
    let at = within(args[1].as_i64(), bytes.len())?;
    bytes[at] = int4(&args[2]) as u8;
    Ok(Datum::Bytea(bytes.into()))
}

pub fn byteagetbit(_: &Context, args: &[Datum]) -> Result<Datum> {
    let bytes = bytea(&args[0]);
    let at = within(args[1].as_i64(), bytes.len() * 8)?;
    Ok(Datum::Int4(i32::from(bytes[at / 8] >> (at % 8) & 1)))
}

pub fn byteasetbit(_: &Context, args: &[Datum]) -> Result<Datum> {
    let mut bytes = bytea(&args[0]).to_vec();
    let at = within(args[1].as_i64(), bytes.len() * 8)?;
    let mask = 1 << (at % 8);
    match int4(&args[2]) {
        0 => bytes[at / 8] &= !mask,
        1 => bytes[at / 8] |= mask,
        _ => return err!(INVALID_PARAMETER_VALUE, "new bit must be 0 or 1"),
    }
    Ok(Datum::Bytea(bytes.into()))
}
