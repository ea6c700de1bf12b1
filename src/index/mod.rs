//! Floor 2: what is derived from the truth, and may be deleted. Reads storage, never writes it.

pub mod vector;
