//! `numeric` from and to integers and floats, and the type modifier `numeric(p, s)`.

use num_bigint::BigInt;
use num_traits::{ToPrimitive, Zero};

use super::{Numeric, digits, power_of_ten};
use crate::{base::Result, err, pg_error};

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        Numeric::from_i64(value)
    }
}

impl Numeric {
    pub fn from_i64(value: i64) -> Self {
        Numeric::finite(BigInt::from(value), 0)
    }

    pub fn from_i128(value: i128) -> Self {
        Numeric::finite(BigInt::from(value), 0)
    }

    /// The shortest decimal of 15 significant digits, as PostgreSQL's cast gives.
    pub fn from_f64(value: f64) -> Self {
        from_float(value, || format!("{value:.14e}"))
    }

    /// The shortest decimal of 6 significant digits, as PostgreSQL's cast gives.
    pub fn from_f32(value: f32) -> Self {
        from_float(f64::from(value), || format!("{value:.5e}"))
    }

    /// Rounded half away from zero. Errors: 22003 `smallint out of range`; 0A000 if not finite.
    pub fn to_i16(&self) -> Result<i16> {
        self.to_integer_type("smallint", |value| value.to_i16())
    }

    /// Rounded half away from zero. Errors: 22003 `integer out of range`; 0A000 if not finite.
    pub fn to_i32(&self) -> Result<i32> {
        self.to_integer_type("integer", |value| value.to_i32())
    }

    /// Rounded half away from zero. Errors: 22003 `bigint out of range`; 0A000 if not finite.
    pub fn to_i64(&self) -> Result<i64> {
        self.to_integer_type("bigint", |value| value.to_i64())
    }

    fn to_integer_type<T>(&self, name: &str, narrow: impl Fn(&BigInt) -> Option<T>) -> Result<T> {
        let out_of_range = || pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "{name} out of range");
        let rounded = match self.parts() {
            None if self.is_nan() => {
                return err!(FEATURE_NOT_SUPPORTED, "cannot convert NaN to {name}");
            }
            None => return err!(FEATURE_NOT_SUPPORTED, "cannot convert infinity to {name}"),
            Some((coefficient, 0)) => return narrow(&coefficient).ok_or_else(out_of_range),
            Some(_) => self.round(0)?,
        };
        let (coefficient, _) = rounded.parts().expect("rounding keeps a value finite");
        narrow(&coefficient).ok_or_else(out_of_range)
    }

    /// Errors: 22003 `"1e400" is out of range for type double precision` (also on underflow).
    pub fn to_f64(&self) -> Result<f64> {
        let nearest = self.to_f64_lossy();
        if self.is_finite() && (nearest.is_infinite() || (nearest == 0.0 && !self.is_zero())) {
            return err!(
                NUMERIC_VALUE_OUT_OF_RANGE,
                "\"{self}\" is out of range for type double precision"
            );
        }
        Ok(nearest)
    }

    /// Errors: 22003 `"1e40" is out of range for type real` (also on underflow).
    pub fn to_f32(&self) -> Result<f32> {
        let nearest = match self {
            Numeric::Finite(_) => self.to_string().parse().expect("a decimal is a float's text"),
            _ => self.to_f64_lossy() as f32,
        };
        if self.is_finite() && (f32::is_infinite(nearest) || (nearest == 0.0 && !self.is_zero())) {
            return err!(NUMERIC_VALUE_OUT_OF_RANGE, "\"{self}\" is out of range for type real");
        }
        Ok(nearest)
    }

    /// The nearest float; infinite on overflow, zero on underflow.
    pub fn to_f64_lossy(&self) -> f64 {
        match self {
            Numeric::NaN => f64::NAN,
            Numeric::Infinity => f64::INFINITY,
            Numeric::NegativeInfinity => f64::NEG_INFINITY,
            Numeric::Finite(_) => {
                let (coefficient, scale) = self.parts().expect("finite");
                // Exact operands of one correctly rounded operation.
                match coefficient.to_i64() {
                    Some(small) if scale <= 22 && small.unsigned_abs() < 1 << 53 => {
                        small as f64 / 10f64.powi(scale as i32)
                    }
                    _ => self.to_string().parse().expect("a decimal is a float's text"),
                }
            }
        }
    }

    /// Rounds to `numeric(precision, scale)`.
    /// Errors: 22003 `numeric field overflow`, with PostgreSQL's DETAIL.
    pub fn apply_typmod(&self, precision: i32, scale: i32) -> Result<Self> {
        let overflow = |detail: String| {
            Err(pg_error!(NUMERIC_VALUE_OUT_OF_RANGE, "numeric field overflow").detail(detail))
        };
        if self.is_nan() {
            return Ok(Numeric::NaN);
        }
        if !self.is_finite() {
            return overflow(format!(
                "A field with precision {precision}, scale {scale} cannot hold an infinite value."
            ));
        }
        let rounded = self.round(i64::from(scale))?;
        let (coefficient, kept) = rounded.parts().expect("rounding keeps a value finite");
        let places = precision - scale;
        if !coefficient.is_zero() && digits(&coefficient) - kept > i64::from(places) {
            let bound = if places == 0 { "1".to_owned() } else { format!("10^{places}") };
            return overflow(format!(
                "A field with precision {precision}, scale {scale} must round to an absolute value less than {bound}."
            ));
        }
        drop(coefficient);
        Ok(rounded)
    }
}

/// `scientific` writes the value as `d.ddde±x`.
fn from_float(value: f64, scientific: impl Fn() -> String) -> Numeric {
    if value.is_nan() {
        return Numeric::NaN;
    }
    if value.is_infinite() {
        return if value > 0.0 { Numeric::Infinity } else { Numeric::NegativeInfinity };
    }
    let text = scientific();
    let (mantissa, exponent) = text.split_once('e').expect("scientific notation has an exponent");
    let exponent: i64 = exponent.parse().expect("scientific notation has an exponent");
    let digits: String = mantissa.trim_end_matches('0').chars().filter(|c| *c != '.').collect();
    let coefficient: i64 = digits.parse().unwrap_or_default();
    let scale = digits.trim_start_matches('-').len() as i64 - 1 - exponent;
    if coefficient == 0 {
        return Numeric::zero();
    }
    if scale < 0 {
        Numeric::finite(coefficient * power_of_ten(-scale), 0)
    } else {
        Numeric::finite(BigInt::from(coefficient), scale)
    }
}
