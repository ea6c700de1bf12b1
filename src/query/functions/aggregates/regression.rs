//! `corr`, `covar_*`, `regr_*`: arguments are (Y, X).
//!
//! Source: Youngs & Cramer 1971, as PostgreSQL uses it.

use super::fixed_size;
use crate::{
    base::Result,
    err,
    query::functions::{Accumulator, Context},
    types::Datum,
};

/// Sums and sums of squared deviations.
#[derive(Clone, Copy, Debug, Default)]
struct Moments {
    count: f64,
    x: f64,
    xx: f64,
    y: f64,
    yy: f64,
    xy: f64,
}

struct Regression {
    moments: Moments,
    finish: fn(&Moments) -> Option<f64>,
}

impl std::fmt::Debug for Regression {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.moments.fmt(f)
    }
}

impl Moments {
    fn add(&mut self, y: f64, x: f64) -> Result<()> {
        let before = *self;
        self.count += 1.0;
        self.x += x;
        self.y += y;
        if before.count == 0.0 {
            if !x.is_finite() {
                (self.xx, self.xy) = (f64::NAN, f64::NAN);
            }
            if !y.is_finite() {
                (self.yy, self.xy) = (f64::NAN, f64::NAN);
            }
            return Ok(());
        }
        let deviation_x = x * self.count - self.x;
        let deviation_y = y * self.count - self.y;
        let scale = 1.0 / (self.count * before.count);
        self.xx += deviation_x * deviation_x * scale;
        self.yy += deviation_y * deviation_y * scale;
        self.xy += deviation_x * deviation_y * scale;
        let overflows_x = self.x.is_infinite() || self.xx.is_infinite();
        let overflows_y = self.y.is_infinite() || self.yy.is_infinite();
        if overflows_x || overflows_y || self.xy.is_infinite() {
            let infinite_x = before.x.is_infinite() || x.is_infinite();
            let infinite_y = before.y.is_infinite() || y.is_infinite();
            if overflows_x && !infinite_x
                || overflows_y && !infinite_y
                || self.xy.is_infinite() && !infinite_x && !infinite_y
            {
                return err!(NUMERIC_VALUE_OUT_OF_RANGE, "value out of range: overflow");
            }
            for sum in [&mut self.xx, &mut self.yy, &mut self.xy] {
                if sum.is_infinite() {
                    *sum = f64::NAN;
                }
            }
        }
        Ok(())
    }
}

impl Accumulator for Regression {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        self.moments.add(args[0].as_f64(), args[1].as_f64())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok((self.finish)(&self.moments).map_or(Datum::Null, Datum::Float8))
    }

    fixed_size!();
}

macro_rules! regressions {
    ($($name:ident at least $least:literal: $finish:expr;)*) => {$(
        pub fn $name(_: &Context) -> Box<dyn Accumulator> {
            fn finish(moments: &Moments) -> Option<f64> {
                let finish: fn(&Moments) -> Option<f64> = $finish;
                if moments.count < $least { None } else { finish(moments) }
            }
            Box::new(Regression { moments: Moments::default(), finish })
        }
    )*};
}

regressions! {
    regr_sxx at least 1.0: |m| Some(m.xx);
    regr_syy at least 1.0: |m| Some(m.yy);
    regr_sxy at least 1.0: |m| Some(m.xy);
    regr_avgx at least 1.0: |m| Some(m.x / m.count);
    regr_avgy at least 1.0: |m| Some(m.y / m.count);
    covar_pop at least 1.0: |m| Some(m.xy / m.count);
    covar_samp at least 2.0: |m| Some(m.xy / (m.count - 1.0));
    corr at least 1.0: |m| {
        (m.xx != 0.0 && m.yy != 0.0).then(|| m.xy / (m.xx * m.yy).sqrt())
    };
    regr_r2 at least 1.0: |m| match (m.xx == 0.0, m.yy == 0.0) {
        (true, _) => None,
        (_, true) => Some(1.0),
        _ => Some(m.xy * m.xy / (m.xx * m.yy)),
    };
    regr_slope at least 1.0: |m| (m.xx != 0.0).then(|| m.xy / m.xx);
    regr_intercept at least 1.0: |m| {
        (m.xx != 0.0).then(|| (m.y - m.x * m.xy / m.xx) / m.count)
    };
}

#[derive(Debug, Default)]
struct PairCount(i64);

impl Accumulator for PairCount {
    fn add(&mut self, _: &Context, _: &[Datum]) -> Result<()> {
        self.0 += 1;
        Ok(())
    }

    fn remove(&mut self, _: &Context, _: &[Datum]) -> Result<bool> {
        self.0 -= 1;
        Ok(true)
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(Datum::Int8(self.0))
    }

    fixed_size!();
}

pub fn regr_count(_: &Context) -> Box<dyn Accumulator> {
    Box::new(PairCount::default())
}
