//! The indexes against an exact oracle.

mod builder;
mod concurrent;
mod fixture;
mod kinds;
mod random;
mod text;
mod upkeep;
mod vectors;
