//! Distance kernels over vectors in memory or in their stored bytes.
//!
//! Each sum runs in four 8-lane registers, so that the compiler uses AVX2 and FMA, and
//! is added up pairwise at the end. Callers check that both dimensions are equal.

/// A vector that kernels read eight elements at a time: `&[f32]` or [`Stored`].
pub trait Elements: Copy {
    fn len(self) -> usize;
    fn is_empty(self) -> bool {
        self.len() == 0
    }
    /// Elements `8 * index ..`, all of which must be there.
    fn lanes(self, index: usize) -> [f32; LANES];
    fn at(self, index: usize) -> f32;
}

/// Stored bytes: little-endian f32, of any alignment.
#[derive(Clone, Copy, Debug)]
pub struct Stored<'a>(pub &'a [u8]);

/// What an AVX register holds.
pub const LANES: usize = 8;
/// Independent sums, which hide the latency of an addition.
const SUMS: usize = 4;
const BLOCK: usize = LANES * SUMS;

impl Elements for &[f32] {
    #[inline(always)]
    fn len(self) -> usize {
        <[f32]>::len(self)
    }

    #[inline(always)]
    fn lanes(self, index: usize) -> [f32; LANES] {
        self.as_chunks::<LANES>().0[index]
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
    fn lanes(self, index: usize) -> [f32; LANES] {
        let elements = self.0.as_chunks::<{ LANES * 4 }>().0[index].as_chunks::<4>().0;
        std::array::from_fn(|lane| f32::from_le_bytes(elements[lane]))
    }

    #[inline(always)]
    fn at(self, index: usize) -> f32 {
        f32::from_le_bytes(self.0.as_chunks::<4>().0[index])
    }
}

/// One sum in lanes.
#[derive(Clone, Copy)]
struct Lanes([[f32; LANES]; SUMS]);

impl Lanes {
    const ZERO: Self = Self([[0.0; LANES]; SUMS]);

    #[inline(always)]
    fn sum(self) -> f32 {
        let Self([p, q, r, s]) = self;
        let [a, b, c, d, e, f, g, h]: [f32; LANES] =
            std::array::from_fn(|lane| (p[lane] + q[lane]) + (r[lane] + s[lane]));
        ((a + e) + (b + f)) + ((c + g) + (d + h))
    }
}

/// Sums `step(sum, a, b)` over all elements.
#[inline(always)]
fn fold(a: impl Elements, b: impl Elements, step: impl Fn(f32, f32, f32) -> f32) -> f32 {
    let length = a.len().min(b.len());
    let mut sums = Lanes::ZERO;
    for block in 0..length / BLOCK {
        for (group, sum) in sums.0.iter_mut().enumerate() {
            let (x, y) = (a.lanes(block * SUMS + group), b.lanes(block * SUMS + group));
            *sum = std::array::from_fn(|lane| step(sum[lane], x[lane], y[lane]));
        }
    }
    let rest = length / BLOCK * BLOCK..length;
    sums.sum() + rest.fold(0.0, |sum, index| step(sum, a.at(index), b.at(index)))
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
    let length = query.len().min(b.len());
    let (mut products, mut squares) = (Lanes::ZERO, Lanes::ZERO);
    for block in 0..length / BLOCK {
        let sums = products.0.iter_mut().zip(&mut squares.0);
        for (group, (product, square)) in sums.enumerate() {
            let index = block * SUMS + group;
            let (x, y) = (query.lanes(index), b.lanes(index));
            *product = std::array::from_fn(|lane| x[lane].mul_add(y[lane], product[lane]));
            *square = std::array::from_fn(|lane| y[lane].mul_add(y[lane], square[lane]));
        }
    }
    let (mut product, mut square) = (products.sum(), squares.sum());
    for index in length / BLOCK * BLOCK..length {
        let y = b.at(index);
        product = query.at(index).mul_add(y, product);
        square = y.mul_add(y, square);
    }
    let norms = f64::from(query_norm_squared) * f64::from(square);
    let similarity = f64::from(product) / norms.sqrt();
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
