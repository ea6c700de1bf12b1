//! `numeric`: arbitrary precision decimal with a display scale, NaN and the infinities.

use crate::base::Result;

#[derive(Clone, Debug, PartialEq)]
pub enum Numeric {
    NaN,
    Infinity,
    NegativeInfinity,
    /// The exponent of the big decimal is the display scale.
    Finite(bigdecimal::BigDecimal),
}

impl Numeric {
    pub fn encode(&self, _out: &mut Vec<u8>) {
        unimplemented!()
    }
    pub fn decode(_bytes: &[u8]) -> Result<Self> {
        unimplemented!()
    }
}
