//! `information_schema`: the catalogue in the standard's words.

pub(super) mod columns;
pub(super) mod constraints;
mod data_type;
pub(super) mod routines;
mod tables;

pub(super) use tables::ROWS;
