//! `json` and `jsonb`: parsing with PostgreSQL's errors, jsonb's canonical text, operators and paths.
