//! `pg_catalog` and `information_schema`: system relations, made from the catalogue when read.
//!
//! Names and column types of the relations are data (`data/relations.tsv`, as PostgreSQL 18 has
//! them); so are the rows that never change (`data/pg_*.tsv`, in COPY's text format): types,
//! operators, operator classes, access methods, text search. All other rows are computed, a file
//! per family, each with its `ROWS`: relation name -> function. A relation in no family is empty:
//! it tells of what cannot exist here (foreign tables, publications, triggers).
//!
//! A column whose PostgreSQL type we do not have (`inet`, `xid8`, `pg_mcv_list`) is `text`.

mod activity;
mod attribute;
mod class;
mod constraint;
pub mod definition;
mod dependency;
mod extension;
mod fixed;
mod function;
mod information;
mod listing;
mod operator;
mod owner;
mod relation;
mod row;
mod sequence;
mod setting;
pub mod spelling;
mod statistic;
mod synthetic;

pub use constraint::{Constraint, ConstraintKind, constraint_by_oid, constraints};
pub use dependency::schema_comment;
pub use fixed::{function_name, function_named, method_name, method_oid, support_signature};
pub use function::namespace as function_schema;
pub use owner::DATABASE_OWNER;
pub use relation::{
    RelationKind, SystemRelation, relation_by_oid, system_relation, system_relations, system_rows,
};
pub use sequence::{SequencePosition, sequence_positions};

#[cfg(test)]
mod tests;
