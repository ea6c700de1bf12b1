//! The best `k` of a stream of measured things.

use std::{cmp::Ordering, collections::BinaryHeap};

/// A measure that is totally ordered: a distance in `f32`, or a score, negated, in `f64`.
pub trait Distance: Copy {
    const NEAREST: Self;
    const FARTHEST: Self;
    fn order(&self, other: &Self) -> Ordering;
}

impl Distance for f32 {
    const NEAREST: Self = f32::NEG_INFINITY;
    const FARTHEST: Self = f32::INFINITY;

    #[inline]
    fn order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }
}

impl Distance for f64 {
    const NEAREST: Self = f64::NEG_INFINITY;
    const FARTHEST: Self = f64::INFINITY;

    #[inline]
    fn order(&self, other: &Self) -> Ordering {
        self.total_cmp(other)
    }
}

/// Keeps the `k` smallest distances; of equal ones, the smallest keys.
#[derive(Debug)]
pub struct Nearest<K, D = f32> {
    limit: usize,
    heap: BinaryHeap<Measured<K, D>>,
}

#[derive(Clone, Copy, Debug)]
struct Measured<K, D> {
    distance: D,
    key: K,
}

impl<K: Ord + Copy, D: Distance> Nearest<K, D> {
    pub fn new(limit: usize) -> Self {
        Self { limit, heap: BinaryHeap::with_capacity(limit.min(1024)) }
    }

    /// What a distance must not exceed to be kept.
    #[inline]
    pub fn threshold(&self) -> D {
        match self.heap.peek() {
            Some(worst) if self.heap.len() >= self.limit => worst.distance,
            _ if self.limit == 0 => D::NEAREST,
            _ => D::FARTHEST,
        }
    }

    #[inline]
    pub fn push(&mut self, distance: D, key: K) {
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
    pub fn into_sorted(self) -> impl Iterator<Item = (D, K)> {
        self.heap.into_sorted_vec().into_iter().map(|measured| (measured.distance, measured.key))
    }
}

impl<K: Ord, D: Distance> Ord for Measured<K, D> {
    fn cmp(&self, other: &Self) -> Ordering {
        self.distance.order(&other.distance).then_with(|| self.key.cmp(&other.key))
    }
}

impl<K: Ord, D: Distance> PartialOrd for Measured<K, D> {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl<K: Ord, D: Distance> PartialEq for Measured<K, D> {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl<K: Ord, D: Distance> Eq for Measured<K, D> {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_smallest_are_kept_in_order() {
        let mut nearest = Nearest::new(3);
        for (key, distance) in [5.0f32, 1.0, 4.0, 1.0, 3.0].into_iter().enumerate() {
            nearest.push(distance, key);
        }
        assert_eq!(nearest.threshold(), 3.0);
        assert_eq!(nearest.into_sorted().collect::<Vec<_>>(), [(1.0, 1), (1.0, 3), (3.0, 4)]);
        let mut none = Nearest::new(0);
        none.push(1.0f32, 1);
        assert_eq!(none.len(), 0);
    }
}
