//! Trigonometry in degrees, exact where the mathematics is: `sind(30)` is 0.5, `tand(45)` is 1.
//!
//! Each quarter circle is computed from a sine on 0..=30 and a cosine on 0..=60 degrees, scaled so
//! that the ends are exact.

use std::f64::consts::PI;

use super::float::out_of_range;
use crate::{base::Result, query::functions::Context, types::Datum};

const RADIANS_PER_DEGREE: f64 = PI / 180.0;

fn sin_small(x: f64) -> f64 {
    (x * RADIANS_PER_DEGREE).sin() / (30.0 * RADIANS_PER_DEGREE).sin() / 2.0
}

fn cos_small(x: f64) -> f64 {
    let full = 1.0 - (60.0 * RADIANS_PER_DEGREE).cos();
    1.0 - (1.0 - (x * RADIANS_PER_DEGREE).cos()) / full / 2.0
}

/// Sine on 0..=90.
fn sin_quarter(x: f64) -> f64 {
    if x <= 30.0 { sin_small(x) } else { cos_small(90.0 - x) }
}

/// Cosine on 0..=90.
fn cos_quarter(x: f64) -> f64 {
    if x <= 60.0 { cos_small(x) } else { sin_small(90.0 - x) }
}

/// The angle within 0..=90, and the signs of its sine and cosine.
fn reduce(x: f64) -> (f64, f64, f64) {
    let mut x = x % 360.0;
    let (mut sin, mut cos) = (1.0, 1.0);
    if x < 0.0 {
        x = -x;
        sin = -sin;
    }
    if x > 180.0 {
        x = 360.0 - x;
        sin = -sin;
    }
    if x > 90.0 {
        x = 180.0 - x;
        cos = -cos;
    }
    (x, sin, cos)
}

fn circular(args: &[Datum], compute: fn(f64, f64, f64) -> f64) -> Result<Datum> {
    let x = args[0].as_f64();
    if x.is_nan() {
        return Ok(Datum::Float8(x));
    }
    if x.is_infinite() {
        return Err(out_of_range());
    }
    let (x, sin, cos) = reduce(x);
    Ok(Datum::Float8(compute(x, sin, cos)))
}

pub fn dsind(_: &Context, args: &[Datum]) -> Result<Datum> {
    circular(args, |x, sin, _| sin * sin_quarter(x))
}

pub fn dcosd(_: &Context, args: &[Datum]) -> Result<Datum> {
    circular(args, |x, _, cos| cos * cos_quarter(x))
}

/// The tangent of 180 degrees is 0, not -0.
fn unsigned_zero(x: f64) -> f64 {
    if x == 0.0 { 0.0 } else { x }
}

pub fn dtand(_: &Context, args: &[Datum]) -> Result<Datum> {
    circular(args, |x, sin, cos| {
        let at_45 = sin_quarter(45.0) / cos_quarter(45.0);
        unsigned_zero(sin * cos * ((sin_quarter(x) / cos_quarter(x)) / at_45))
    })
}

pub fn dcotd(_: &Context, args: &[Datum]) -> Result<Datum> {
    circular(args, |x, sin, cos| {
        let at_45 = cos_quarter(45.0) / sin_quarter(45.0);
        unsigned_zero(sin * cos * ((cos_quarter(x) / sin_quarter(x)) / at_45))
    })
}

/// Arc sine on 0..=1, in degrees.
fn asin_quarter(x: f64) -> f64 {
    if x <= 0.5 {
        x.asin() / 0.5_f64.asin() * 30.0
    } else {
        90.0 - x.acos() / 0.5_f64.acos() * 60.0
    }
}

/// Arc cosine on 0..=1, in degrees.
fn acos_quarter(x: f64) -> f64 {
    if x <= 0.5 {
        90.0 - x.asin() / 0.5_f64.asin() * 30.0
    } else {
        x.acos() / 0.5_f64.acos() * 60.0
    }
}

fn inverse(args: &[Datum], compute: fn(f64) -> f64) -> Result<Datum> {
    let x = args[0].as_f64();
    if !x.is_nan() && !(-1.0..=1.0).contains(&x) {
        return Err(out_of_range());
    }
    Ok(Datum::Float8(if x.is_nan() { x } else { compute(x) }))
}

pub fn dasind(_: &Context, args: &[Datum]) -> Result<Datum> {
    inverse(args, |x| if x >= 0.0 { asin_quarter(x) } else { -asin_quarter(-x) })
}

pub fn dacosd(_: &Context, args: &[Datum]) -> Result<Datum> {
    inverse(args, |x| if x >= 0.0 { acos_quarter(x) } else { 90.0 + asin_quarter(-x) })
}

pub fn datand(_: &Context, args: &[Datum]) -> Result<Datum> {
    Ok(Datum::Float8(args[0].as_f64().atan() / 1.0_f64.atan() * 45.0))
}

pub fn datan2d(_: &Context, args: &[Datum]) -> Result<Datum> {
    let angle = args[0].as_f64().atan2(args[1].as_f64());
    Ok(Datum::Float8(angle / 1.0_f64.atan() * 45.0))
}
