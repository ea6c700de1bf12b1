//! Distances of sparse vectors: one walk along both lists of indices. Callers check that the
//! dimensions are equal.

use super::SparseVector;

/// Sums `both` over indices that are in both vectors, and `one` over those in one of them.
#[inline]
fn walk(
    a: &SparseVector,
    b: &SparseVector,
    both: impl Fn(f32, f32) -> f32,
    one: impl Fn(f32) -> f32,
) -> f32 {
    let (mut i, mut j, mut sum) = (0, 0, 0.0);
    while i < a.indices.len() && j < b.indices.len() {
        match a.indices[i].cmp(&b.indices[j]) {
            std::cmp::Ordering::Less => {
                sum += one(a.values[i]);
                i += 1;
            }
            std::cmp::Ordering::Greater => {
                sum += one(b.values[j]);
                j += 1;
            }
            std::cmp::Ordering::Equal => {
                sum += both(a.values[i], b.values[j]);
                i += 1;
                j += 1;
            }
        }
    }
    let rest = a.values[i..].iter().chain(&b.values[j..]);
    rest.fold(sum, |sum, value| sum + one(*value))
}

/// Squared Euclidean distance; infinite on overflow.
pub fn l2_squared(a: &SparseVector, b: &SparseVector) -> f32 {
    walk(a, b, |x, y| (x - y) * (x - y), |x| x * x)
}

pub fn inner_product(a: &SparseVector, b: &SparseVector) -> f32 {
    walk(a, b, |x, y| x * y, |_| 0.0)
}

/// `<+>`
pub fn l1(a: &SparseVector, b: &SparseVector) -> f32 {
    walk(a, b, |x, y| (x - y).abs(), f32::abs)
}

fn norm_squared(a: &SparseVector) -> f32 {
    a.values.iter().map(|value| value * value).sum()
}

/// `<=>`: 1 - cosine similarity, 0 to 2; NaN if either vector is zero.
pub fn cosine(a: &SparseVector, b: &SparseVector) -> f64 {
    let norms = f64::from(norm_squared(a)) * f64::from(norm_squared(b));
    let similarity = f64::from(inner_product(a, b)) / norms.sqrt();
    1.0 - similarity.clamp(-1.0, 1.0)
}

/// Euclidean norm, summed in f64.
pub fn norm(a: &SparseVector) -> f64 {
    // From 0: the sum of nothing would be -0.
    a.values.iter().fold(0.0, |sum, value| sum + f64::from(*value).powi(2)).sqrt()
}
