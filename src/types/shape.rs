//! The shapes of anonymous rows: names and types of their fields.
//!
//! The type modifier of `record` is the number of a shape, so that the names survive wherever a
//! type does: `row_to_json(q)`, `(f(x)).field`, `AS q(a int, b text)`. Values do not carry it. A
//! number holds for the life of the process and is never stored.

use std::{
    collections::HashMap,
    sync::{Arc, LazyLock},
};

use parking_lot::RwLock;

use super::{PgType, oid};

/// Names and types of the fields of a row.
pub type Shape = Arc<[(String, PgType)]>;

/// Rows of further shapes have no names: a bound for what never shrinks.
const SHAPES_MAX: usize = 1 << 16;

#[derive(Default)]
struct Shapes {
    all: Vec<Shape>,
    numbers: HashMap<Shape, i32>,
}

static SHAPES: LazyLock<RwLock<Shapes>> = LazyLock::new(RwLock::default);

/// The type of a row with these fields.
pub fn record_of(fields: impl IntoIterator<Item = (String, PgType)>) -> PgType {
    let shape: Shape = fields.into_iter().collect();
    if let Some(number) = SHAPES.read().numbers.get(&shape) {
        return PgType::with_typmod(oid::RECORD, *number);
    }
    let mut shapes = SHAPES.write();
    if let Some(number) = shapes.numbers.get(&shape) {
        return PgType::with_typmod(oid::RECORD, *number);
    }
    if shapes.all.len() >= SHAPES_MAX {
        return PgType::new(oid::RECORD);
    }
    let number = shapes.all.len() as i32;
    shapes.all.push(shape.clone());
    shapes.numbers.insert(shape, number);
    PgType::with_typmod(oid::RECORD, number)
}

/// The fields of a row type, or of the elements of an array of rows; `None` if nobody named them.
pub fn fields_of(ty: PgType) -> Option<Shape> {
    if !matches!(ty.oid, oid::RECORD | oid::RECORD_ARRAY) {
        return None;
    }
    SHAPES.read().all.get(usize::try_from(ty.typmod).ok()?).cloned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_shape_has_one_number() {
        let fields = |name: &str| [(name.to_owned(), PgType::INT4)];
        let (a, b) = (record_of(fields("shape_a")), record_of(fields("shape_b")));
        assert_eq!(a, record_of(fields("shape_a")));
        assert_ne!(a, b);
        assert_eq!(fields_of(b).expect("known")[0].0, "shape_b");
        let array = PgType::with_typmod(oid::RECORD_ARRAY, a.typmod);
        assert_eq!(fields_of(array).expect("known")[0].0, "shape_a");
        assert!(fields_of(PgType::new(oid::RECORD)).is_none());
        assert!(fields_of(PgType::INT4).is_none());
    }
}
