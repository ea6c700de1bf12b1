//! The store's format: newer ones are refused, older ones are brought up step by step.

use heed::RwTxn;

use std::sync::Arc;

use super::{
    Act,
    catalog::{Index, Object},
    codec,
    databases::Databases,
};
use crate::{base::Result, err};

/// What this build writes.
pub const FORMAT: u32 = 2;
const NAME: &[u8] = b"format";

/// One step, from format `from` to `from + 1`, inside the transaction that records it.
struct Upgrade {
    from: u32,
    run: fn(&Databases, &mut RwTxn<'_>) -> Result<()>,
}

/// In order. A format change adds one line here and a stored old folder to the tests.
const UPGRADES: &[Upgrade] = &[Upgrade { from: 1, run: mark_inverted }];

/// In format 1 gin over jsonb and arrays was a definition without entries.
fn mark_inverted(databases: &Databases, txn: &mut RwTxn<'_>) -> Result<()> {
    let mut marked = Vec::new();
    for entry in databases.catalog.iter(txn).act("read the catalogue")? {
        let (key, value) = entry.act("read the catalogue")?;
        let object: Object = codec::from_json(value, "definition")?;
        if let Object::Index(index) = &object
            && index.is_inverted()
        {
            let index = Index { unfilled: true, ..Index::clone(index) };
            marked.push((key.to_vec(), codec::json(&Object::Index(Arc::new(index)))?));
        }
    }
    for (key, value) in marked {
        databases.catalog.put(txn, &key, &value).act("write a definition")?;
    }
    Ok(())
}

/// Checks the format and upgrades it; writes it into a new store.
///
/// Errors: F0000 if the folder is of a newer format.
pub(crate) fn upgrade(databases: &Databases, txn: &mut RwTxn<'_>) -> Result<()> {
    let mut format = match databases.meta.get(txn, NAME).act("read the format")? {
        Some(value) => codec::le_u32(value, 0, "format")?,
        None => FORMAT,
    };
    if format > FORMAT {
        return err!(
            CONFIG_FILE_ERROR,
            "the data folder is of format {format}, newer than this build's {FORMAT}"
        );
    }
    for step in UPGRADES {
        if step.from == format {
            (step.run)(databases, txn)?;
            format += 1;
        }
    }
    set_format(databases, txn, format)
}

pub(crate) fn set_format(databases: &Databases, txn: &mut RwTxn<'_>, format: u32) -> Result<()> {
    databases.meta.put(txn, NAME, &format.to_le_bytes()).act("write the format")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn steps_lead_without_gaps_to_the_present_format() {
        for (n, step) in UPGRADES.iter().enumerate() {
            assert_eq!(step.from, n as u32 + 1);
        }
        assert_eq!(UPGRADES.len() as u32 + 1, FORMAT);
    }
}
