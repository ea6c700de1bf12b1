//! The hash that stands for a key. It is stored, and so never changes.

pub const KEY_BYTES: usize = 8;

pub type Key = [u8; KEY_BYTES];

/// What kind of thing a key stands for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub enum Kind {
    /// A key of an object, or a string in an array: `?` finds both.
    Name = 1,
    String = 2,
    Number = 3,
    Bool = 4,
    Null = 5,
    /// A path of names.
    Path = 6,
    Element = 7,
    /// An array without elements.
    Empty = 8,
    /// Some element of the array is NULL.
    NullElement = 9,
}

/// FNV-1a in 64 bits.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Hash(u64);

impl Hash {
    pub fn new(column: u8, kind: Kind) -> Self {
        Hash(0xcbf2_9ce4_8422_2325).with(&[column, kind as u8])
    }

    pub fn with(self, bytes: &[u8]) -> Self {
        let step = |hash: u64, byte: &u8| (hash ^ u64::from(*byte)).wrapping_mul(0x0100_0000_01b3);
        Hash(bytes.iter().fold(self.0, step))
    }

    pub fn key(self) -> Key {
        self.0.to_be_bytes()
    }
}
