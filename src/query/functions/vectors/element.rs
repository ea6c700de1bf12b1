//! What `vector` and `halfvec` share: elements of one width, read and made as f32.

use std::{fmt, sync::Arc};

use crate::{
    base::Result,
    types::{
        Datum,
        halfvec::{self, Halves, half},
        vector::{
            self,
            distance::{Elements, Stored},
        },
    },
};

/// An element of a `vector` (f32) or of a `halfvec` (the u16 of a half's bits).
pub trait Element: Copy + fmt::Debug + Send + Sync + 'static {
    /// The elements as the distance kernels read them.
    type Kernel<'a>: Elements;
    /// The same for stored bytes.
    type Stored<'a>: Elements;
    const BYTES: usize;

    fn slice(value: &Datum) -> &[Self];
    fn datum(elements: Arc<[Self]>) -> Datum;
    fn decode(stored: &[u8]) -> Result<Arc<[Self]>>;
    fn kernel(elements: &[Self]) -> Self::Kernel<'_>;
    fn stored(bytes: &[u8]) -> Self::Stored<'_>;
    fn widen(self) -> f32;
    /// The nearest element, infinite if there is none.
    fn nearest(value: f32) -> Self;
    /// Errors: 22003 if a halfvec has no such element; 22000 for NaN and the infinities.
    fn read(value: f32) -> Result<Self>;
    /// Errors: 22000 for none, 54000 for too many.
    fn check_dimensions(count: usize) -> Result<()>;
    /// Errors: 22000 if they differ.
    fn check_same(a: usize, b: usize) -> Result<()>;
}

impl Element for f32 {
    type Kernel<'a> = &'a [f32];
    type Stored<'a> = Stored<'a>;
    const BYTES: usize = 4;

    fn slice(value: &Datum) -> &[Self] {
        match value {
            Datum::Vector(value) => value,
            other => unreachable!("vector expected, found {other:?}"),
        }
    }

    fn datum(elements: Arc<[Self]>) -> Datum {
        Datum::Vector(elements)
    }

    fn decode(stored: &[u8]) -> Result<Arc<[Self]>> {
        vector::decode(stored)
    }

    fn kernel(elements: &[Self]) -> Self::Kernel<'_> {
        elements
    }

    fn stored(bytes: &[u8]) -> Self::Stored<'_> {
        Stored(bytes)
    }

    fn widen(self) -> f32 {
        self
    }

    fn nearest(value: f32) -> Self {
        value
    }

    fn read(value: f32) -> Result<Self> {
        vector::check_element(value)?;
        Ok(value)
    }

    fn check_dimensions(count: usize) -> Result<()> {
        vector::check_dimensions(count)
    }

    fn check_same(a: usize, b: usize) -> Result<()> {
        vector::check_same(a, b)
    }
}

impl Element for u16 {
    type Kernel<'a> = Halves<'a>;
    type Stored<'a> = halfvec::Stored<'a>;
    const BYTES: usize = 2;

    fn slice(value: &Datum) -> &[Self] {
        match value {
            Datum::HalfVector(value) => value,
            other => unreachable!("halfvec expected, found {other:?}"),
        }
    }

    fn datum(elements: Arc<[Self]>) -> Datum {
        Datum::HalfVector(elements)
    }

    fn decode(stored: &[u8]) -> Result<Arc<[Self]>> {
        halfvec::decode(stored)
    }

    fn kernel(elements: &[Self]) -> Self::Kernel<'_> {
        Halves(elements)
    }

    fn stored(bytes: &[u8]) -> Self::Stored<'_> {
        halfvec::Stored(bytes)
    }

    fn widen(self) -> f32 {
        half::widen(self)
    }

    fn nearest(value: f32) -> Self {
        half::narrow(value)
    }

    fn read(value: f32) -> Result<Self> {
        let element = halfvec::narrow(value)?;
        halfvec::check_element(element)?;
        Ok(element)
    }

    fn check_dimensions(count: usize) -> Result<()> {
        halfvec::check_dimensions(count)
    }

    fn check_same(a: usize, b: usize) -> Result<()> {
        halfvec::check_same(a, b)
    }
}

/// `vector`'s functions are those over `f32`, `halfvec`'s those over its halves.
pub type Half = u16;
