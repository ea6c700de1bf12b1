//! Distance kernels over vectors in memory or in their stored bytes.
//!
//! Each sum runs in 32 lanes (four 8-lane registers), so that the compiler uses AVX2 and FMA, and
//! is added up pairwise at the end. Callers check that both dimensions are equal.

/// A vector that kernels read in blocks: `&[f32]` or [`Stored`].
pub trait Elements: Copy {
    fn len(self) -> usize;
    fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// Elements `32 * index ..`; the block must be full.
    fn block(self, index: usize) -> [f32; BLOCK];
    fn at(self, index: usize) -> f32;
}

/// Stored bytes: little-endian f32, of any alignment.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a>(pub &'a [u8]);

pub const BLOCK: usize = 32;
const LANES: usize = 8;

impl Elements for &[f32] {
    #[inline(always)]
    fn len(self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn block(self, index: usize) -> [f32; BLOCK] {
        self.as_chunks::<BLOCK>().0[index]
    }

    #[inline(always)]
    fn at(self, index: usize) -> f32 {
        self[index]
    }
}

impl Elements for Stored<'_> {
    #[inline(always)]
    fn len(self) -> usize {
        self.0.len() / 4
    }

    #[inline(always)]
    fn block(self, index: usize) -> [f32; BLOCK] {
        let block = &self.0.as_chunks::<{ BLOCK * 4 }>().0[index];
        let elements = block.as_chunks::<4>().0;
        std::array::from_fn(|lane| f32::from_le_bytes(elements[lane]))
    }

    #[inline(always)]
    fn at(self, index: usize) -> f32 {
        f32::from_le_bytes(self.0.as_chunks::<4>().0[index])
    }
}

/// Sums `step(sum, a, b)` over all elements, in lanes.
#[inline(always)]
fn fold(a: impl Elements, b: impl Elements, step: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let length = a.len().min(b.len());
    let mut lanes = [[0.0f32; LANES]; BLOCK / LANES];
    for index in 0..length / BLOCK {
        let (x, y) = (a.block(index), b.block(index));
        for group in 0..BLOCK / LANES {
            for lane in 0..LANES {
                let at = group * LANES + lane;
                lanes[group][lane] = step(lanes[group][lane], x[at], y[at]);
            }
        }
    }
    let rest = (length / BLOCK * BLOCK..length)
        .fold(0.0, |sum, index| step(sum, a.at(index), b.at(index)));
    let [p, q, r, s] = lanes;
    let sums: [f32; LANES] = std::array::from_fn(|lane| (p[lane] + q[lane]) + (r[lane] + s[lane]));
    let [a, b, c, d, e, f, g, h] = sums;
    ((a + e) + (b + f)) + ((c + g) + (d + h)) + rest
}

/// Squared Euclidean distance; infinite on overflow.
#[inline]
pub fn l2_squared(a: impl Elements, b: impl Elements) -> f32 {
    fold(a, b, |sum, x, y| {
        let difference = x - y;
        difference.mul_add(difference, sum)
    })
}

/// `<->`
#[inline]
pub fn l2(a: impl Elements, b: impl Elements) -> f64 {
    f64::from(l2_squared(a, b)).sqrt()
}

/// `<#>` is its negative.
#[inline]
pub fn inner_product(a: impl Elements, b: impl Elements) -> f32 {
    fold(a, b, |sum, x, y| x.mul_add(y, sum))
}

/// `<+>`
#[inline]
pub fn l1(a: impl Elements, b: impl Elements) -> f32 {
    fold(a, b, |sum, x, y| sum + (x - y).abs())
}

/// `<=>`: 1 - cosine similarity, 0 to 2; NaN if either vector is zero.
#[inline]
pub fn cosine(a: impl Elements, b: impl Elements) -> f64 {
    cosine_with_norm(a, norm_squared(a), b)
}

/// [`cosine`] for a query whose squared norm is known.
#[inline]
pub fn cosine_with_norm(query: impl Elements, query_norm_squared: f32, b: impl Elements) -> f64 {
    let norms = f64::from(query_norm_squared) * f64::from(norm_squared(b));
    let similarity = f64::from(inner_product(query, b)) / norms.sqrt();
    1.0 - similarity.clamp(-1.0, 1.0)
}

#[inline]
pub fn norm_squared(a: impl Elements) -> f32 {
    inner_product(a, a)
}

/// `vector_norm`: Euclidean norm, summed in f64.
pub fn norm(a: &[f32]) -> f64 {
    a.iter().map(|element| f64::from(*element) * f64::from(*element)).sum::<f64>().sqrt()
}
