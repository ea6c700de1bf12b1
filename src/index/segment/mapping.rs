//! Files as mapped memory. One of the crate's few files with `unsafe`.

use std::{fs::File, path::Path};

use bytes::Bytes;
use memmap2::Mmap;

use crate::base::{PgError, Result};

/// Maps a file of a sealed segment.
///
/// Errors: XX000 if it cannot be opened or mapped.
pub fn map_file(path: &Path) -> Result<Bytes> {
    let fail = |error| PgError::internal(format!("could not map {}: {error}", path.display()));
    let file = File::open(path).map_err(fail)?;
    if file.metadata().map_err(fail)?.len() == 0 {
        return Ok(Bytes::new());
    }
    // SAFETY: sealed files are never written again, only unlinked, which leaves the map intact;
    // the data folder is locked against other processes of ours.
    let map = unsafe { Mmap::map(&file) }.map_err(fail)?;
    Ok(Bytes::from_owner(map))
}

macro_rules! numbers {
    ($name:ident, $number:ty) => {
        /// Little-endian numbers in mapped memory.
        #[derive(Clone, Debug, Default)]
        pub struct $name(Bytes);

        impl $name {
            const BYTES: usize = size_of::<$number>();

            /// `None` if the bytes are not whole numbers.
            pub fn new(bytes: Bytes) -> Option<Self> {
                bytes.len().is_multiple_of(Self::BYTES).then_some(Self(bytes))
            }

            pub fn len(&self) -> usize {
                self.0.len() / Self::BYTES
            }

            /// Panics past the end, as a slice does.
            #[inline]
            pub fn get(&self, at: usize) -> $number {
                let bytes = &self.0[at * Self::BYTES..(at + 1) * Self::BYTES];
                <$number>::from_le_bytes(bytes.try_into().expect("the slice has that length"))
            }
        }
    };
}

impl U32s {
    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        (0..self.len()).map(|at| self.get(at))
    }
}

numbers!(U32s, u32);
numbers!(U64s, u64);
