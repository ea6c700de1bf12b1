//! The best `k` of a stream of measured things.

use std::{cmp::Ordering, collections::BinaryHeap};

/// Keeps the `k` smallest distances; of equal ones, the smallest keys.
#[derive(Debug)]
pub struct Nearest<K> {
    limit: usize,
    heap: BinaryHeap<Measured<K>>,
}

#[derive(Clone, Copy, Debug)]
struct Measured<K> {
    distance: f32,
    key: K,
}

impl<K: Ord + Copy> Nearest<K> {
    pub fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::with_capacity(limit.min(1024)) }
    }

    /// What a distance must not exceed to be kept.
    #[inline]
    pub fn threshold(&self) -> f32 {
        match self.heap.peek() {
            Some(worst) if self.heap.len() >= self.limit => worst.distance,
            _ if self.limit == 0 => f32::NEG_INFINITY,
            _ => f32::INFINITY,
        }
    }

    #[inline]
    pub fn push(&mut self, distance: f32, key: K) {
        if self.limit == 0 {
            return;
        }
        let measured = Measured { distance, key };
        if self.heap.len() < self.limit {
            self.heap.push(measured);
        } else if let Some(mut worst) = self.heap.peek_mut()
            && measured < *worst
        {
            *worst = measured;
        }
    }

    pub fn len(&self) -> usize {
        self.heap.len()
    }

    /// Closest first.
    pub fn into_sorted(self) -> impl Iterator<Item = (f32, K)> {
        self.heap.into_sorted_vec().into_iter().map(|measured| (measured.distance, measured.key))
    }
}

impl<K: Ord> Ord for Measured<K> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.total_cmp(&other.distance).then_with(|| self.key.cmp(&other.key))
    }
}

impl<K: Ord> PartialOrd for Measured<K> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord> PartialEq for Measured<K> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord> Eq for Measured<K> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_in_order() {
        let mut nearest = Nearest::new(3);
        for (key, distance) in [5.0, 1.0, 4.0, 1.0, 3.0].into_iter().enumerate() {
            nearest.push(distance, key);
        }
        assert_eq!(nearest.threshold(), 3.0);
        assert_eq!(nearest.into_sorted().collect::<Vec<_>>(), [(1.0, 1), (1.0, 3), (3.0, 4)]);
        let mut none = Nearest::new(0);
        none.push(1.0, 1);
        assert_eq!(none.len(), 0);
    }
}
