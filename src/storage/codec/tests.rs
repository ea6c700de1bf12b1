use proptest::prelude::*;

use super::*;

proptest! {
    #[test]
    fn row_keys_sort_as_their_fields(a: (u32, u64), b: (u32, u64)) {
        let key = |(table, row)| row_key(Oid(table), RowId(row));
        prop_assert_eq!(key(a).cmp(&key(b)), a.cmp(&b));
        prop_assert_eq!(row_of(&key(a)).unwrap(), RowId(a.1));
    }

    #[test]
    fn changes_survive_the_round_trip(table: u32, row: u64, count: u64, op in 0..4) {
        let kind = match op {
            0 => ChangeKind::Put(RowId(row)),
            1 => ChangeKind::PutRange { first: RowId(row), count },
            2 => ChangeKind::Delete(RowId(row)),
            _ => ChangeKind::Truncate,
        };
        prop_assert_eq!(split_change(&change_value(Oid(table), kind)).unwrap(), (Oid(table), kind));
    }

    #[test]
    fn entries_keep_their_row_and_order(
        index: u32, a in prop::collection::vec(any::<u8>(), 0..900),
        b in prop::collection::vec(any::<u8>(), 0..900), row: u64,
    ) {
        let (mut x, mut y) = (Vec::new(), Vec::new());
        entry_key(Oid(index), &a, RowId(row), &mut x);
        entry_key(Oid(index), &b, RowId(row), &mut y);
        prop_assert!(x.len() <= 511);
        prop_assert_eq!(entry_row(&x).unwrap(), RowId(row));
        prop_assert_eq!(x == y, a == b);
        let kept = KEY_BYTES_KEPT.min(a.len()).min(b.len());
        if a[..kept] != b[..kept] {
            prop_assert_eq!(x.cmp(&y), a.cmp(&b));
        }
    }

    #[test]
    fn bounds_take_in_what_they_should(
        key in prop::collection::vec(any::<u8>(), 1..600),
        bound in prop::collection::vec(any::<u8>(), 1..600), row: u64,
    ) {
        let mut entry = Vec::new();
        entry_key(Oid(7), &key, RowId(row), &mut entry);
        let within = |lower, upper| {
            use std::ops::RangeBounds;
            entry_bounds(Oid(7), lower, upper).contains(&entry)
        };
        // What is inside must be found; a long bound may find more.
        if key >= bound {
            prop_assert!(within(Bound::Included(&bound[..]), Bound::Unbounded));
        }
        // No key is a prefix of another (`types::order`), so that such bounds do not occur.
        if (key <= bound && !(key != bound && bound.starts_with(&key))) || key.starts_with(&bound) {
            prop_assert!(within(Bound::Unbounded, Bound::Included(&bound[..])));
        }
        if key < bound && bound.len() <= KEY_BYTES_KEPT && !bound.starts_with(&key) {
            prop_assert!(within(Bound::Unbounded, Bound::Excluded(&bound[..])));
            prop_assert!(!within(Bound::Included(&bound[..]), Bound::Unbounded));
        }
        prop_assert!(within(Bound::Unbounded, Bound::Unbounded));
        if key.starts_with(&bound) && bound.len() <= KEY_BYTES_KEPT {
            prop_assert!(!within(Bound::Excluded(&bound[..]), Bound::Unbounded));
        }
    }

    #[test]
    fn the_head_survives_the_round_trip(a: u64, b: u64, c: u64, d: u64, e: u64, f: u32) {
        let head = Head {
            csn: Csn(a), state_version: b, catalog_version: c, pruned: Csn(d),
            row_ceiling: e, oid_ceiling: f,
        };
        prop_assert_eq!(Head::decode(&head.encode()).unwrap(), head);
    }
}

#[test]
fn short_values_are_corrupt_not_a_panic() {
    assert!(split_row(&[1, 2]).is_err());
    assert!(split_change(&[]).is_err());
    assert!(Head::decode(&[0; 8]).is_err());
    assert!(entry_row(&[1]).is_err());
}
