//! One term's documents, ascending, with how often it occurs in each.

use tantivy::{
    DocSet, TERMINATED,
    postings::{Postings, SegmentPostings},
};

use super::lists::List;
use crate::index::bitmap::Bitmap;

/// After the last document.
pub const END: u32 = TERMINATED;

/// Stands on a document from the start.
#[derive(Clone)]
pub enum Cursor {
    /// Decoded block by block, as far as it is read; leaps over blocks.
    Postings(Box<SegmentPostings>),
    /// In memory.
    Listed { list: List, at: usize },
}

impl Cursor {
    pub fn of_list(list: List) -> Self {
        Self::Listed { list, at: 0 }
    }

    /// Documents from the first to the last.
    pub fn len(&self) -> usize {
        match self {
            Self::Postings(postings) => postings.doc_freq() as usize,
            Self::Listed { list, .. } => list.docs.len(),
        }
    }

    #[inline]
    pub fn doc(&self) -> u32 {
        match self {
            Self::Postings(postings) => postings.doc(),
            Self::Listed { list, at } => list.docs.get(*at).copied().unwrap_or(END),
        }
    }

    /// Occurrences in the document it stands on.
    #[inline]
    pub fn occurrences(&self) -> u32 {
        match self {
            Self::Postings(postings) => postings.term_freq(),
            Self::Listed { list, at } => list.freqs[*at],
        }
    }

    #[inline]
    pub fn advance(&mut self) -> u32 {
        match self {
            Self::Postings(postings) => postings.advance(),
            Self::Listed { at, .. } => {
                *at += 1;
                self.doc()
            }
        }
    }

    /// Goes to the first document from `target` on; never back.
    #[inline]
    pub fn seek(&mut self, target: u32) -> u32 {
        match self {
            Self::Postings(postings) if postings.doc() >= target => postings.doc(),
            Self::Postings(postings) => postings.seek(target),
            Self::Listed { list, at } => {
                let rest = list.docs.get(*at..).unwrap_or_default();
                *at += rest.partition_point(|doc| *doc < target);
                self.doc()
            }
        }
    }

    /// Adds its documents. Call it on a cursor that has not moved.
    pub fn mark(&self, docs: &mut Bitmap) {
        let mut cursor = self.clone();
        while cursor.doc() != END {
            docs.set(cursor.doc() as usize);
            cursor.advance();
        }
    }

    /// How many of `docs` it holds. Call it on a cursor that has not moved.
    pub fn count_among(&self, docs: &Bitmap) -> usize {
        let mut cursor = self.clone();
        // Leaping pays while far fewer documents are asked for than there are.
        if docs.count() < self.len() / 4 {
            return docs.iter().filter(|doc| cursor.seek(*doc) == *doc).count();
        }
        let mut count = 0;
        while cursor.doc() != END {
            count += usize::from(docs.get(cursor.doc() as usize));
            cursor.advance();
        }
        count
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_list_is_walked_and_leapt_over() {
        let list = List { docs: vec![1, 4, 9, 30], freqs: vec![2, 1, 3, 1] };
        let mut cursor = Cursor::of_list(list);
        let mut asked = Bitmap::empty(40);
        [4, 5, 30].into_iter().for_each(|doc| asked.set(doc));
        assert_eq!((cursor.len(), cursor.count_among(&asked)), (4, 2));
        assert_eq!((cursor.doc(), cursor.occurrences()), (1, 2));
        assert_eq!((cursor.seek(4), cursor.seek(2), cursor.advance()), (4, 4, 9));
        assert_eq!(cursor.occurrences(), 3);
        assert_eq!((cursor.seek(31), cursor.seek(40)), (END, END));
    }
}
