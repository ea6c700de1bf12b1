//! Type modifiers: `varchar(10)`, `numeric(8,2)`, `vector(384)`, `timestamp(3)`; PostgreSQL's encodings.
