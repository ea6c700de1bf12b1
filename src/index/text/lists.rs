//! Inverted lists, wherever they lie.

use crate::base::Result;

/// The documents that hold a lexeme (or any with a prefix), ascending, and how often.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct List {
    pub docs: Vec<u32>,
    pub freqs: Vec<u32>,
}

impl List {
    /// Adds another list: the same document's occurrences are summed.
    pub fn merge(&mut self, other: List) {
        if self.docs.is_empty() {
            *self = other;
            return;
        }
        let left = std::mem::take(self);
        let (mut a, mut b) = (0, 0);
        while a < left.docs.len() || b < other.docs.len() {
            let one = left.docs.get(a).copied().unwrap_or(u32::MAX);
            let two = other.docs.get(b).copied().unwrap_or(u32::MAX);
            let mut freq = 0;
            if one <= two {
                freq += left.freqs[a];
                a += 1;
            }
            if two <= one {
                freq += other.freqs[b];
                b += 1;
            }
            self.docs.push(one.min(two));
            self.freqs.push(freq);
        }
    }
}

/// Documents with dense local ids and inverted lists.
pub trait Documents {
    fn list(&self, word: &str, prefix: bool) -> Result<List>;
    /// Occurrences of all lexemes of a document.
    fn length(&self, doc: u32) -> u32;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn merged_lists_sum_their_frequencies() {
        let mut list = List { docs: vec![1, 4], freqs: vec![2, 1] };
        list.merge(List { docs: vec![0, 4, 9], freqs: vec![1, 5, 1] });
        assert_eq!(list, List { docs: vec![0, 1, 4, 9], freqs: vec![1, 2, 6, 1] });
    }
}
