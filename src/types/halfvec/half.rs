//! IEEE 754 half precision: what one element of a `halfvec` is.
//!
//! Stored halves are finite, which widening relies on: it is then a shift and a product, which the
//! compiler runs on eight elements at a time.

/// Bits of the largest finite half, 65504.
const LARGEST: u16 = 0x7bff;
const INFINITY: u16 = 0x7c00;
const QUIET_NAN: u16 = 0x7e00;
const SIGN: u16 = 0x8000;

/// The value of a finite half.
#[inline(always)]
pub fn widen(bits: u16) -> f32 {
    // The exponent's bias differs by 112; the product also makes subnormal halves normal.
    const REBIAS: f32 = f32::from_bits((127 + 112) << 23);
    let magnitude = f32::from_bits(u32::from(bits & !SIGN) << 13) * REBIAS;
    f32::from_bits(magnitude.to_bits() | u32::from(bits & SIGN) << 16)
}

/// The nearest half, ties to even; infinite past 65520.
pub fn narrow(value: f32) -> u16 {
    let bits = value.to_bits();
    let sign = (bits >> 16) as u16 & SIGN;
    let magnitude = bits & 0x7fff_ffff;
    if magnitude > 0x7f80_0000 {
        return sign | QUIET_NAN;
    }
    // 65520 lies in the middle between 65504 and what would be 65536: it is rounded up.
    const OVERFLOW: u32 = 0x477f_f000;
    if magnitude >= OVERFLOW {
        return sign | INFINITY;
    }
    // Below the smallest normal half the addition lines the bits up with those of 2^-24, and rounds.
    const SMALLEST_NORMAL: u32 = 113 << 23;
    const ALIGN: f32 = 0.5;
    if magnitude < SMALLEST_NORMAL {
        let aligned = f32::from_bits(magnitude) + ALIGN;
        return sign | (aligned.to_bits() - ALIGN.to_bits()) as u16;
    }
    let odd = magnitude >> 13 & 1;
    let rebiased = magnitude - (112 << 23);
    sign | ((rebiased + 0xfff + odd) >> 13) as u16
}

pub fn is_nan(bits: u16) -> bool {
    bits & !SIGN > INFINITY
}

pub fn is_infinite(bits: u16) -> bool {
    bits & !SIGN == INFINITY
}

pub fn is_finite(bits: u16) -> bool {
    bits & !SIGN <= LARGEST
}

pub fn is_zero(bits: u16) -> bool {
    bits & !SIGN == 0
}
