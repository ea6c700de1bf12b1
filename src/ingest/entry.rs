//! What a row has in one index whose entries are written with it.

use crate::{
    base::ids::IndexId,
    types::inverted::{self, KEY_BYTES},
};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct IndexEntry {
    pub index: IndexId,
    /// Of a btree, `types::order::key` bytes of all key columns; of an inverted index, all keys of the
    /// row, settled.
    pub key: Vec<u8>,
    pub kind: EntryKind,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum EntryKind {
    Plain,
    /// Another live row with this key is 23505.
    Unique,
    /// Several keys of `types::inverted`, one after the other.
    Inverted,
}

impl IndexEntry {
    pub fn is_unique(&self) -> bool {
        self.kind == EntryKind::Unique
    }

    pub fn is_inverted(&self) -> bool {
        self.kind == EntryKind::Inverted
    }

    /// The keys that are stored.
    pub fn keys(&self) -> impl Iterator<Item = &[u8]> {
        self.key.chunks(match self.kind {
            EntryKind::Inverted => KEY_BYTES,
            EntryKind::Plain | EntryKind::Unique => self.key.len().max(1),
        })
    }

    /// About what it takes in memory and in the store.
    pub fn bytes(&self) -> usize {
        const EACH: usize = 48;
        match self.kind {
            EntryKind::Inverted => EACH + self.key.len() / KEY_BYTES * EACH,
            EntryKind::Plain | EntryKind::Unique => EACH + self.key.len(),
        }
    }

    /// What must go and what must come where a row had the entries `old` and now has `new`; each has
    /// at most one of an index.
    pub fn changes(old: Vec<Self>, new: Vec<Self>) -> (Vec<Self>, Vec<Self>) {
        let mut removed = old;
        let mut added = new;
        removed.retain_mut(|old| {
            let Some(at) = added.iter().position(|new| new.index == old.index) else { return true };
            if added[at] == *old {
                added.swap_remove(at);
                return false;
            }
            if old.is_inverted() && added[at].is_inverted() {
                (old.key, added[at].key) = inverted::differences(&old.key, &added[at].key);
            }
            true
        });
        (removed, added)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Oid;

    fn entry(index: u32, key: &[u8], kind: EntryKind) -> IndexEntry {
        IndexEntry { index: Oid(index), key: key.to_vec(), kind }
    }

    fn words(words: &[u64]) -> IndexEntry {
        let key: Vec<u8> = words.iter().flat_map(|word| word.to_be_bytes()).collect();
        entry(3, &key, EntryKind::Inverted)
    }

    #[test]
    fn only_what_differs_is_written() {
        let same = entry(1, b"same", EntryKind::Unique);
        let old = vec![same.clone(), entry(2, b"a", EntryKind::Plain), words(&[1, 2, 3])];
        let new = vec![same, words(&[2, 4]), entry(2, b"b", EntryKind::Plain)];
        let (removed, mut added) = IndexEntry::changes(old, new);
        assert_eq!(removed, [entry(2, b"a", EntryKind::Plain), words(&[1, 3])]);
        added.sort_by_key(|entry| entry.index);
        assert_eq!(added, [entry(2, b"b", EntryKind::Plain), words(&[4])]);
    }

    #[test]
    fn an_inverted_entry_is_stored_key_by_key() {
        let words = words(&[1, 2]);
        let keys: Vec<&[u8]> = words.keys().collect();
        assert_eq!(keys, [1u64.to_be_bytes(), 2u64.to_be_bytes()]);
        let whole = entry(1, b"a longer key", EntryKind::Plain);
        assert_eq!(whole.keys().collect::<Vec<_>>(), [b"a longer key"]);
    }
}
