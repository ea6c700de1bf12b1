//! `string_agg`: values with a delimiter before each but the first.

use super::STATE_BYTES;
use crate::{
    base::Result,
    query::functions::{Accumulator, Context, args::bytea},
    types::Datum,
};

#[derive(Debug, Default)]
struct TextJoin(Option<String>);

impl Accumulator for TextJoin {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        let Datum::Text(value) = &args[0] else { return Ok(()) };
        match &mut self.0 {
            None => self.0 = Some(value.to_string()),
            Some(text) => {
                if let Datum::Text(delimiter) = &args[1] {
                    text.push_str(delimiter);
                }
                text.push_str(value);
            }
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.0.as_ref().map_or(Datum::Null, Datum::text))
    }

    fn size(&self) -> usize {
        STATE_BYTES + self.0.as_ref().map_or(0, String::capacity)
    }
}

pub fn string_agg(_: &Context) -> Box<dyn Accumulator> {
    Box::new(TextJoin::default())
}

#[derive(Debug, Default)]
struct ByteJoin(Option<Vec<u8>>);

impl Accumulator for ByteJoin {
    fn add(&mut self, _: &Context, args: &[Datum]) -> Result<()> {
        if args[0].is_null() {
            return Ok(());
        }
        match &mut self.0 {
            None => self.0 = Some(bytea(&args[0]).to_vec()),
            Some(bytes) => {
                if !args[1].is_null() {
                    bytes.extend(bytea(&args[1]));
                }
                bytes.extend(bytea(&args[0]));
            }
        }
        Ok(())
    }

    fn value(&self, _: &Context) -> Result<Datum> {
        Ok(self.0.as_ref().map_or(Datum::Null, |bytes| Datum::Bytea(bytes.as_slice().into())))
    }

    fn size(&self) -> usize {
        STATE_BYTES + self.0.as_ref().map_or(0, Vec::capacity)
    }
}

pub fn bytea_agg(_: &Context) -> Box<dyn Accumulator> {
    Box::new(ByteJoin::default())
}
