//! A set of dense local ids: one bit each, as FAISS's selector and the filters share it.

use datafusion::arrow::array::{Array, BooleanArray};

#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bitmap {
    words: Vec<u64>,
    len: usize,
}

impl Bitmap {
    pub fn empty(len: usize) -> Self {
        Self { words: vec![0; len.div_ceil(64)], len }
    }

    pub fn full(len: usize) -> Self {
        let mut bitmap = Self { words: vec![u64::MAX; len.div_ceil(64)], len };
        bitmap.trim();
        bitmap
    }

    /// The rows where a filter says true: NULL is not true.
    pub fn of(array: &BooleanArray) -> Self {
        let bits = match array.nulls() {
            Some(valid) => array.values() & valid.inner(),
            None => array.values().clone(),
        };
        let len = bits.len();
        let mut words: Vec<u64> = bits.bit_chunks().iter_padded().collect();
        words.resize(len.div_ceil(64), 0);
        let mut bitmap = Self { words, len };
        bitmap.trim();
        bitmap
    }

    /// Clears the bits above `len` in the last word.
    fn trim(&mut self) {
        if let Some(last) = self.words.last_mut()
            && !self.len.is_multiple_of(64)
        {
            *last &= (1 << (self.len % 64)) - 1;
        }
    }

    pub fn len(&self) -> usize {
        self.len
    }

    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    pub fn words(&self) -> &[u64] {
        &self.words
    }

    pub fn get(&self, id: usize) -> bool {
        self.words[id / 64] & 1 << (id % 64) != 0
    }

    pub fn set(&mut self, id: usize) {
        self.words[id / 64] |= 1 << (id % 64);
    }

    pub fn clear(&mut self, id: usize) {
        self.words[id / 64] &= !(1 << (id % 64));
    }

    pub fn push(&mut self, bit: bool) {
        if self.len.is_multiple_of(64) {
            self.words.push(0);
        }
        self.len += 1;
        if bit {
            self.set(self.len - 1);
        }
    }

    /// Appends another bitmap's bits.
    pub fn extend(&mut self, other: &Bitmap) {
        if self.len.is_multiple_of(64) {
            self.words.extend_from_slice(&other.words);
            self.len += other.len;
            return;
        }
        for id in 0..other.len {
            self.push(other.get(id));
        }
    }

    pub fn count(&self) -> usize {
        self.words.iter().map(|word| word.count_ones() as usize).sum()
    }

    pub fn and(&mut self, other: &Bitmap) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= other;
        }
    }

    pub fn or(&mut self, other: &Bitmap) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word |= other;
        }
    }

    pub fn and_not(&mut self, other: &Bitmap) {
        for (word, other) in self.words.iter_mut().zip(&other.words) {
            *word &= !other;
        }
    }

    /// The bits of `len` ids from `first` on, as a filter's mask for those rows.
    pub fn mask(&self, first: usize, len: usize) -> BooleanArray {
        (first..first + len).map(|id| Some(self.get(id))).collect()
    }

    pub fn iter(&self) -> impl Iterator<Item = u32> + '_ {
        self.between(0, self.len)
    }

    /// The ids from `first` to before `end`.
    pub fn between(&self, first: usize, end: usize) -> impl Iterator<Item = u32> + '_ {
        let words = first / 64..end.div_ceil(64).min(self.words.len());
        words.flat_map(move |at| {
            let mut rest = self.words[at];
            if at == first / 64 {
                rest &= u64::MAX << (first % 64);
            }
            if at == end / 64 {
                rest &= (1 << (end % 64)) - 1;
            }
            std::iter::from_fn(move || {
                if rest == 0 {
                    return None;
                }
                let bit = rest.trailing_zeros();
                rest &= rest - 1;
                Some(at as u32 * 64 + bit)
            })
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sets_are_combined_and_listed() {
        let mut a = Bitmap::full(70);
        assert_eq!((a.count(), a.words().len()), (70, 2));
        let mut b = Bitmap::empty(70);
        b.set(3);
        b.set(69);
        a.and_not(&b);
        assert_eq!(a.count(), 68);
        assert_eq!(b.iter().collect::<Vec<_>>(), [3, 69]);
        b.and(&a);
        assert_eq!(b.count(), 0);
        let full = Bitmap::full(200);
        assert!(full.between(3, 130).eq(3..130) && full.between(64, 128).eq(64..128));
        assert!(full.between(70, 71).eq([70]) && full.between(192, 200).eq(192..200));
        assert_eq!(full.between(5, 5).count(), 0);
        let mut c = Bitmap::empty(3);
        c.extend(&Bitmap::full(65));
        assert_eq!((c.len(), c.count(), c.get(2), c.get(67)), (68, 65, false, true));
    }

    #[test]
    fn null_is_not_a_match() {
        let array = BooleanArray::from(vec![Some(true), None, Some(false), Some(true)]);
        assert_eq!(Bitmap::of(&array.slice(1, 3)).iter().collect::<Vec<_>>(), [2]);
    }
}
