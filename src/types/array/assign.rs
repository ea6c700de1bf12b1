//! Assignment to a part of an array: `SET a[2] = x`, `SET a[1:2] = '{x,y}'`.
//!
//! A one-dimensional array grows to what is assigned, with NULLs between; others keep their bounds.

use super::{ArrayValue, DIMENSIONS_MAX, ELEMENTS_MAX, too_many_elements};
use crate::{
    base::{PgError, Result},
    err, pg_error,
    types::Datum,
};

/// The bounds of one dimension of a slice; `None` stands for the array's own bound.
pub type Bounds = (Option<i32>, Option<i32>);

fn out_of_range() -> PgError {
    pg_error!(ARRAY_SUBSCRIPT_ERROR, "array subscript out of range")
}

fn wrong_number() -> PgError {
    pg_error!(ARRAY_SUBSCRIPT_ERROR, "wrong number of array subscripts")
}

fn check_dimensions(count: usize) -> Result<()> {
    if count > DIMENSIONS_MAX {
        return err!(
            PROGRAM_LIMIT_EXCEEDED,
            "number of array dimensions ({count}) exceeds the maximum allowed ({DIMENSIONS_MAX})"
        );
    }
    Ok(())
}

/// How many elements such dimensions have. Errors: 54000 past PostgreSQL's limits.
fn count(lengths: impl IntoIterator<Item = i64>) -> Result<usize> {
    let mut all = 1_i64;
    for length in lengths {
        all = all.checked_mul(length).filter(|_| length >= 0).ok_or_else(too_many_elements)?;
        if all > ELEMENTS_MAX as i64 {
            return Err(too_many_elements());
        }
    }
    Ok(all as usize)
}

/// The end of a dimension, the index after its last. Errors: 54000 if no int4 holds the bounds.
fn checked(length: i64, lower: i64) -> Result<(usize, i32)> {
    let length = count([length])?;
    match i32::try_from(lower) {
        Ok(lower) if i64::from(lower) + length as i64 <= i64::from(i32::MAX) => Ok((length, lower)),
        _ => err!(PROGRAM_LIMIT_EXCEEDED, "array lower bound is too large: {lower}"),
    }
}

impl ArrayValue {
    /// The same array with `value` at `indexes`.
    ///
    /// Errors: 2202E outside the bounds of several dimensions; 54000 past the limits.
    pub fn with_element(mut self, indexes: &[i32], value: Datum) -> Result<Self> {
        check_dimensions(indexes.len())?;
        if self.dimensions.is_empty() {
            let dimensions = indexes.iter().map(|index| checked(1, (*index).into()));
            self.dimensions = dimensions.collect::<Result<_>>()?;
            self.elements = vec![value];
            return Ok(self);
        }
        if self.dimensions.len() != indexes.len() {
            return Err(wrong_number());
        }
        if let [index] = indexes {
            self.reach(i64::from(*index), i64::from(*index))?;
        }
        let mut offset = 0;
        for ((length, first), index) in self.dimensions.iter().zip(indexes) {
            let at = i64::from(*index) - i64::from(*first);
            if at < 0 || at >= *length as i64 {
                return Err(out_of_range());
            }
            offset = offset * length + at as usize;
        }
        self.elements[offset] = value;
        Ok(self)
    }

    /// Makes the only dimension hold `lower..=upper`, with NULLs where nothing was.
    fn reach(&mut self, lower: i64, upper: i64) -> Result<()> {
        let (length, first) = self.dimensions[0];
        let (first, end) = (i64::from(first), i64::from(first) + length as i64);
        let before = (first - lower).max(0);
        let after = (upper - end + 1).max(0);
        self.dimensions[0] = checked(length as i64 + before + after, first - before)?;
        self.elements.splice(0..0, (0..before).map(|_| Datum::Null));
        self.elements.extend((0..after).map(|_| Datum::Null));
        Ok(())
    }

    /// The same array with the elements of `source` in a slice, row by row; more than fit are left out.
    ///
    /// Errors: 2202E for bounds that do not fit or too few elements; 54000 past the limits.
    pub fn with_slice(mut self, bounds: &[Bounds], source: &ArrayValue) -> Result<Self> {
        check_dimensions(bounds.len())?;
        let too_small = || pg_error!(ARRAY_SUBSCRIPT_ERROR, "source array too small");
        if self.dimensions.is_empty() {
            let mut dimensions = Vec::with_capacity(bounds.len());
            for bound in bounds {
                let (Some(lower), Some(upper)) = *bound else {
                    return Err(pg_error!(
                        ARRAY_SUBSCRIPT_ERROR,
                        "array slice subscript must provide both boundaries"
                    )
                    .detail(
                        "When assigning to a slice of an empty array value, slice boundaries must be fully specified.",
                    ));
                };
                let length = i64::from(upper) - i64::from(lower) + 1;
                dimensions.push(checked(length, lower.into())?);
            }
            let wanted = count(dimensions.iter().map(|(length, _)| *length as i64))?;
            if source.elements.len() < wanted {
                return Err(too_small());
            }
            self.elements = source.elements[..wanted].to_vec();
            self.dimensions = if wanted == 0 { vec![] } else { dimensions };
            return Ok(self);
        }
        if self.dimensions.len() < bounds.len() {
            return Err(wrong_number());
        }
        let mut span = Vec::with_capacity(self.dimensions.len());
        for (at, (length, first)) in self.dimensions.iter().enumerate() {
            let (lower, upper) = bounds.get(at).copied().unwrap_or_default();
            let lower = lower.map_or(i64::from(*first), i64::from);
            let upper = upper.map_or(i64::from(*first) + *length as i64 - 1, i64::from);
            if lower > upper && at < bounds.len() {
                return err!(ARRAY_SUBSCRIPT_ERROR, "upper bound cannot be less than lower bound");
            }
            span.push((lower, upper));
        }
        if let [(lower, upper)] = span[..] {
            // Before anything grows: what is assigned must be there.
            if (source.elements.len() as i64) < upper - lower + 1 {
                count([upper - lower + 1])?;
                return Err(too_small());
            }
            self.reach(lower, upper)?;
        }
        for ((length, first), (lower, upper)) in self.dimensions.iter().zip(&span) {
            if *lower < i64::from(*first) || *upper >= i64::from(*first) + *length as i64 {
                return Err(out_of_range());
            }
        }
        let wanted = count(span.iter().map(|(lower, upper)| upper - lower + 1))?;
        if source.elements.len() < wanted {
            return Err(too_small());
        }
        let mut index: Vec<i64> = span.iter().map(|(lower, _)| *lower).collect();
        for value in &source.elements[..wanted] {
            let offset =
                self.dimensions.iter().zip(&index).fold(0, |offset, (dimension, index)| {
                    offset * dimension.0 + (index - i64::from(dimension.1)) as usize
                });
            self.elements[offset] = value.clone();
            for (index, (lower, upper)) in index.iter_mut().zip(&span).rev() {
                if *index < *upper {
                    *index += 1;
                    break;
                }
                *index = *lower;
            }
        }
        Ok(self)
    }
}
