//! PostgreSQL's hash functions, bit for bit: applications keep what they return, and name advisory
//! locks by them.
//!
//! Source: Jenkins 2006, "lookup3", with PostgreSQL's initial value.

use super::{Context, Family, table::functions};
use crate::{base::Result, types::Datum};

pub fn family() -> Family {
    let mut family = Family::default();
    let rows = &mut family;
    functions! { rows:
        1080 "hashbpchar" (BPCHAR) -> INT4 [] scalar(hash_bpchar);
        449 "hashint2" (INT2) -> INT4 [] scalar(hash_int4);
        450 "hashint4" (INT4) -> INT4 [] scalar(hash_int4);
        949 "hashint8" (INT8) -> INT4 [] scalar(hash_int8);
        455 "hashname" (NAME) -> INT4 [] scalar(hash_text);
        453 "hashoid" (OID) -> INT4 [] scalar(hash_int4);
        400 "hashtext" (TEXT) -> INT4 [] scalar(hash_text);
        448 "hashtextextended" (TEXT INT8) -> INT8 [] scalar(hash_text_extended);
    }
    family
}

const SEED: u32 = 0x9e37_79b9;
const OFFSET: u32 = 3_923_095;

struct State {
    a: u32,
    b: u32,
    c: u32,
}

impl State {
    fn new(length: usize) -> Self {
        let start = SEED.wrapping_add(length as u32).wrapping_add(OFFSET);
        Self { a: start, b: start, c: start }
    }

    fn mix(&mut self) {
        let Self { mut a, mut b, mut c } = *self;
        for (x, y) in [(4, 6), (16, 19)] {
            a = a.wrapping_sub(c) ^ c.rotate_left(x);
            c = c.wrapping_add(b);
            b = b.wrapping_sub(a) ^ a.rotate_left(y);
            a = a.wrapping_add(c);
            let z = if x == 4 { 8 } else { 4 };
            c = c.wrapping_sub(b) ^ b.rotate_left(z);
            b = b.wrapping_add(a);
        }
        *self = Self { a, b, c };
    }

    fn finish(&mut self) {
        let Self { mut a, mut b, mut c } = *self;
        c = (c ^ b).wrapping_sub(b.rotate_left(14));
        a = (a ^ c).wrapping_sub(c.rotate_left(11));
        b = (b ^ a).wrapping_sub(a.rotate_left(25));
        c = (c ^ b).wrapping_sub(b.rotate_left(16));
        a = (a ^ c).wrapping_sub(c.rotate_left(4));
        b = (b ^ a).wrapping_sub(a.rotate_left(14));
        c = (c ^ b).wrapping_sub(b.rotate_left(24));
        *self = Self { a, b, c };
    }

    fn bytes(&mut self, bytes: &[u8]) {
        let (blocks, rest) = bytes.as_chunks::<12>();
        for block in blocks {
            self.add(block);
            self.mix();
        }
        // The lowest byte of `c` stands for the length, which is in the initial value.
        let mut last = [0; 12];
        let (low, high) = rest.split_at(rest.len().min(8));
        last[..low.len()].copy_from_slice(low);
        last[9..9 + high.len()].copy_from_slice(high);
        self.add(&last);
        self.finish();
    }

    fn add(&mut self, block: &[u8; 12]) {
        let (words, _) = block.as_chunks::<4>();
        self.a = self.a.wrapping_add(u32::from_le_bytes(words[0]));
        self.b = self.b.wrapping_add(u32::from_le_bytes(words[1]));
        self.c = self.c.wrapping_add(u32::from_le_bytes(words[2]));
    }
}

fn of_bytes(bytes: &[u8]) -> u32 {
    let mut state = State::new(bytes.len());
    state.bytes(bytes);
    state.c
}

fn of_word(word: u32) -> u32 {
    let mut state = State::new(4);
    state.a = state.a.wrapping_add(word);
    state.finish();
    state.c
}

fn hash_text(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(of_bytes(args[0].as_str().as_bytes()) as i32))
}

fn hash_bpchar(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(of_bytes(args[0].as_str().trim_end_matches(' ').as_bytes()) as i32))
}

/// 64 bits, from a seed.
fn hash_text_extended(_: &Context, args: &[Datum]) -> Result<Datum> {
    let (bytes, seed) = (args[0].as_str().as_bytes(), args[1].as_i64() as u64);
    let mut state = State::new(bytes.len());
    if seed != 0 {
        state.a = state.a.wrapping_add((seed >> 32) as u32);
        state.b = state.b.wrapping_add(seed as u32);
        state.mix();
    }
    state.bytes(bytes);
    Ok(Datum::Int8((u64::from(state.b) << 32 | u64::from(state.c)) as i64))
}

fn hash_int4(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Int4(of_word(args[0].as_i64() as u32) as i32))
}

/// Equal to [`hash_int4`] where the value fits.
fn hash_int8(_: &Context, args: &[Datum]) -> Result<Datum> {
    let value = args[0].as_i64();
    let high = (value >> 32) as u32;
    let low = value as u32 ^ if value >= 0 { high } else { !high };
    Ok(Datum::Int4(of_word(low) as i32))
}
