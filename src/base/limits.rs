//! Limits that are part of the contract, each with where it comes from.

/// PostgreSQL's NAMEDATALEN - 1: longer identifiers are truncated with a NOTICE.
pub const IDENTIFIER_BYTES_MAX: usize = 63;
/// PostgreSQL's MaxTupleAttributeNumber for tables.
pub const COLUMNS_MAX: usize = 1600;
/// pgvector's VECTOR_MAX_DIM.
pub const VECTOR_DIMENSIONS_MAX: usize = 16_000;
/// pgvector's SPARSEVEC_MAX_DIM.
pub const SPARSE_DIMENSIONS_MAX: u32 = 1_000_000_000;
/// pgvector's SPARSEVEC_MAX_NNZ.
pub const SPARSE_ELEMENTS_MAX: usize = 16_000;
/// PostgreSQL's VARBITMAXLEN, in bits.
pub const BITS_MAX: usize = i32::MAX as usize - 7;
/// PostgreSQL's FUNC_MAX_ARGS.
pub const FUNCTION_ARGUMENTS_MAX: usize = 100;
/// The wire's parameter count is an unsigned 16-bit number.
pub const PARAMETERS_MAX: usize = 65_535;
/// PostgreSQL's MaxAllocSize: no single value is larger.
pub const VALUE_BYTES_MAX: usize = 0x3fff_ffff;
