//! `bit` and `bit varying`: operators, functions, casts and aggregates, and pgvector's distances.

use std::sync::Arc;

use super::{
    Accumulator, Context, Family,
    args::{bits, int4},
};
use crate::{
    base::Result,
    types::{
        Datum,
        bits::{BitString, check_same},
        order,
    },
};

mod rows;

pub fn family() -> Family {
    let mut family = Family::default();
    rows::add(&mut family);
    family
}

fn datum(value: BitString) -> Datum {
    Datum::Bits(Arc::new(value))
}

fn bitand(_: &Context, args: &[Datum]) -> Result<Datum> {
    bits(&args[0]).combine(bits(&args[1]), "AND", |a, b| a & b).map(datum)
}

fn bitor(_: &Context, args: &[Datum]) -> Result<Datum> {
    bits(&args[0]).combine(bits(&args[1]), "OR", |a, b| a | b).map(datum)
}

fn bitxor(_: &Context, args: &[Datum]) -> Result<Datum> {
    bits(&args[0]).combine(bits(&args[1]), "XOR", |a, b| a ^ b).map(datum)
}

fn bitnot(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(datum(bits(&args[0]).complement()))
}

fn bitshiftleft(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(datum(bits(&args[0]).shifted(i64::from(int4(&args[1])))))
}

fn bitshiftright(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(datum(bits(&args[0]).shifted(-i64::from(int4(&args[1])))))
}

fn bitcat(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(datum(bits(&args[0]).concat(bits(&args[1]))))
}

fn bitcmp(context: &Context, args: &[Datum]) -> Result<Datum> {
    let order = order::compare(&args[0], &args[1], context.arg_types[0].oid);
    Ok(Datum::Int4(order as i32))
}

macro_rules! comparisons {
    ($($name:ident $test:ident;)*) => {$(
        fn $name(_: &Context, args: &[Datum]) -> Result<Datum> {
            Ok(Datum::Bool(bits(&args[0]).compare(bits(&args[1])).$test()))
        }
    )*};
}

comparisons! {
    biteq is_eq;
    bitne is_ne;
    bitlt is_lt;
    bitle is_le;
    bitgt is_gt;
    bitge is_ge;
}

fn bit_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(bits(&args[0]).len() as i32))
}

fn bit_octet_length(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(bits(&args[0]).bytes().len() as i32))
}

fn bit_count(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int8(bits(&args[0]).ones() as i64))
}

fn bit_position(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(bits(&args[0]).position(bits(&args[1])) as i32))
}

fn bit_substring(_: &Context, args: &[Datum]) -> Result<Datum> {
    let count = args.get(2).map(|count| i64::from(int4(count)));
    bits(&args[0]).substring(i64::from(int4(&args[1])), count).map(datum)
}

fn bit_overlay(_: &Context, args: &[Datum]) -> Result<Datum> {
    let other = bits(&args[1]);
    let count = args.get(3).map_or(other.len() as i64, |count| i64::from(int4(count)));
    bits(&args[0]).overlay(other, i64::from(int4(&args[2])), count).map(datum)
}

fn bit_get(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(i32::from(bits(&args[0]).get(int4(&args[1]))?)))
}

fn bit_set(_: &Context, args: &[Datum]) -> Result<Datum> {
    bits(&args[0]).set(int4(&args[1]), int4(&args[2])).map(datum)
}

/// As a cast the length is the target's, 1 without one; as a function it is the second argument.
fn integer_to_bit(context: &Context, args: &[Datum]) -> Result<Datum> {
    let length = args.get(1).map_or(context.result.typmod, int4);
    Ok(datum(BitString::of_integer(args[0].as_i64(), length.max(1) as usize)))
}

fn bit_to_int4(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(bits(&args[0]).to_integer(32, "integer")? as i32))
}

fn bit_to_int8(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int8(bits(&args[0]).to_integer(64, "bigint")? as i64))
}

fn hamming_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (a, b) = (bits(&args[0]), bits(&args[1]));
    check_same(a, b)?;
    Ok(Datum::Float8(a.hamming(b) as f64))
}

fn jaccard_distance(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (a, b) = (bits(&args[0]), bits(&args[1]));
    check_same(a, b)?;
    Ok(Datum::Float8(a.jaccard(b)))
}

/// `bit_and`, `bit_or`, `bit_xor`
#[derive(Debug)]
struct Joined {
    value: Option<BitString>,
    verb: &'static str,
    join: fn(u8, u8) -> u8,
}

impl Accumulator for Joined {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let value = bits(&args[0]);
        self.value = Some(match &self.value {
            None => value.clone(),
            Some(before) => before.combine(value, self.verb, self.join)?,
        });
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.value.clone().map_or(Datum::Null, datum))
    }

    fn size(&self) -> usize {
        size_of::<Self>() + self.value.as_ref().map_or(0, |value| value.bytes().len())
    }
}

fn and_of(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Joined { value: None, verb: "AND", join: |a, b| a & b })
}

fn or_of(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Joined { value: None, verb: "OR", join: |a, b| a | b })
}

fn xor_of(_: &Context) -> Box<dyn Accumulator> {
    Box::new(Joined { value: None, verb: "XOR", join: |a, b| a ^ b })
}
