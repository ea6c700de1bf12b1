//! Any rows: what is nearest to a vector without a direction.

use super::{loose, vector::Prepared};
use crate::{
    base::Result,
    index::{
        contract::{Effort, Hit, VectorAnswer, VectorSearch},
        indexes::Indexes,
        keys::{Packed, Reading},
        tail::LiveRow,
    },
};

impl Indexes {
    /// The first `limit` rows with a vector that pass the filter; every distance is NaN.
    pub(super) fn any_rows<'s>(
        &self,
        search: &VectorSearch<'_, 's>,
        reading: &Reading<'_>,
        prepared: &Prepared,
    ) -> Result<VectorAnswer<'s>> {
        let mut hits = Vec::new();
        let mut visit = |rows: &[LiveRow<'_>]| -> Result<()> {
            (search.cancelled)()?;
            if hits.len() >= search.limit || rows.is_empty() {
                return Ok(());
            }
            let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
            let key = &reading.table.vectors[prepared.key];
            let mut packed = Packed::new(key);
            reading.vectors(key, &bytes, &mut packed)?;
            let mut selected = packed.present;
            if let Some(matching) = loose::matching(reading, rows, search.filter)? {
                selected.and(&matching);
            }
            let wanted = search.limit - hits.len();
            hits.extend(selected.iter().take(wanted).map(|at| {
                let live = &rows[at as usize];
                Hit { row: live.row, csn: live.csn, score: f64::NAN, bytes: None }
            }));
            Ok(())
        };
        let table = search.table.oid;
        loose::rows_of_overlay(search.overlay, table, &mut visit)?;
        loose::rows_of_table(search.snapshot, search.overlay, table, &mut visit)?;
        let effort = Effort { candidates: hits.len() as u64, ..Effort::default() };
        Ok(VectorAnswer { hits, effort })
    }
}
