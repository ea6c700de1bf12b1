//! Lock modes and which of them conflict.
//!
//! Source: PostgreSQL documentation, "Explicit Locking", tables 13.2 and 13.3.

/// The first eight are for tables and objects, the last four for rows; they never meet on one
/// target.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[repr(u8)]
pub enum LockMode {
    AccessShare,
    RowShare,
    RowExclusive,
    ShareUpdateExclusive,
    Share,
    ShareRowExclusive,
    Exclusive,
    AccessExclusive,
    ForKeyShare,
    ForShare,
    ForNoKeyUpdate,
    ForUpdate,
}

use LockMode::*;

/// In the order of the enum: the mode, its name in pg_locks, and what it conflicts with.
const MODES: [(LockMode, &str, &[LockMode]); 12] = [
    (AccessShare, "AccessShareLock", &[AccessExclusive]),
    (RowShare, "RowShareLock", &[Exclusive, AccessExclusive]),
    (RowExclusive, "RowExclusiveLock", &[Share, ShareRowExclusive, Exclusive, AccessExclusive]),
    (
        ShareUpdateExclusive,
        "ShareUpdateExclusiveLock",
        &[ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive],
    ),
    (
        Share,
        "ShareLock",
        &[RowExclusive, ShareUpdateExclusive, ShareRowExclusive, Exclusive, AccessExclusive],
    ),
    (
        ShareRowExclusive,
        "ShareRowExclusiveLock",
        &[RowExclusive, ShareUpdateExclusive, Share, ShareRowExclusive, Exclusive, AccessExclusive],
    ),
    (
        Exclusive,
        "ExclusiveLock",
        &[
            RowShare,
            RowExclusive,
            ShareUpdateExclusive,
            Share,
            ShareRowExclusive,
            Exclusive,
            AccessExclusive,
        ],
    ),
    (
        AccessExclusive,
        "AccessExclusiveLock",
        &[
            AccessShare,
            RowShare,
            RowExclusive,
            ShareUpdateExclusive,
            Share,
            ShareRowExclusive,
            Exclusive,
            AccessExclusive,
        ],
    ),
    (ForKeyShare, "ForKeyShare", &[ForUpdate]),
    (ForShare, "ForShare", &[ForNoKeyUpdate, ForUpdate]),
    (ForNoKeyUpdate, "ForNoKeyUpdate", &[ForShare, ForNoKeyUpdate, ForUpdate]),
    (ForUpdate, "ForUpdate", &[ForKeyShare, ForShare, ForNoKeyUpdate, ForUpdate]),
];

impl LockMode {
    /// As pg_locks shows it.
    pub fn name(self) -> &'static str {
        MODES[self as usize].1
    }

    /// The modes that another owner must not hold, as bits.
    pub(super) fn conflicts(self) -> Modes {
        const CONFLICTS: [Modes; 12] = conflict_bits();
        CONFLICTS[self as usize]
    }
}

/// A set of modes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Modes(u16);

impl Modes {
    pub fn meets(self, other: Modes) -> bool {
        self.0 & other.0 != 0
    }

    pub fn contains(self, mode: LockMode) -> bool {
        self.0 & 1 << mode as u16 != 0
    }

    pub fn insert(&mut self, mode: LockMode) {
        self.0 |= 1 << mode as u16;
    }

    pub fn remove(&mut self, mode: LockMode) {
        self.0 &= !(1 << mode as u16);
    }

    pub fn is_empty(self) -> bool {
        self.0 == 0
    }

    pub fn iter(self) -> impl Iterator<Item = LockMode> {
        MODES.iter().map(|(mode, _, _)| *mode).filter(move |mode| self.contains(*mode))
    }
}

const fn conflict_bits() -> [Modes; 12] {
    let mut table = [Modes(0); 12];
    let mut n = 0;
    while n < MODES.len() {
        let others = MODES[n].2;
        let mut m = 0;
        while m < others.len() {
            table[n].0 |= 1 << others[m] as u16;
            m += 1;
        }
        n += 1;
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_is_in_order_and_symmetric() {
        for (n, (mode, _, _)) in MODES.iter().enumerate() {
            assert_eq!(*mode as usize, n);
            for (other, _, _) in &MODES {
                assert_eq!(mode.conflicts().contains(*other), other.conflicts().contains(*mode));
            }
        }
    }
}
