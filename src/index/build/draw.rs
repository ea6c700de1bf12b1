//! Drawing a segment: the inputs' rows, then the rows that no segment holds, into one folder.

use std::sync::atomic::{AtomicBool, Ordering};

use datafusion::arrow::record_batch::RecordBatch;

use crate::{
    base::{Csn, PgError, Result, RowId, sqlstate},
    index::{
        bitmap::Bitmap,
        keys::{Packed, Reading, batch_of, column_of},
        search::BATCH_ROWS,
        segment::{
            ColumnsWriter, Dead, DeadList, Description, Draft, RowsWriter, Segment, SegmentFolder,
        },
        table::Published,
        tail::LiveRow,
        text::TextPartWriter,
        vector::VectorPartWriter,
    },
    storage::{ManifestEntry, Snapshot},
};

/// All that a segment is made of, as of one snapshot.
pub struct Drawing<'a> {
    pub reading: Reading<'a>,
    pub snapshot: &'a Snapshot,
    pub folder: &'a SegmentFolder,
    pub segment: u64,
    pub inputs: Vec<Published>,
    pub keep_base: bool,
    /// Segments that stay, with their tombstones.
    pub others: Vec<Published>,
    /// Rows to seal, as the snapshot shows them.
    pub rows: Vec<(RowId, Csn)>,
    pub stopping: &'a AtomicBool,
}

/// A segment that is durable, but not in the manifest.
pub struct Drawn {
    pub entry: ManifestEntry,
    pub dead: Dead,
}

struct Writers {
    rows: RowsWriter,
    columns: ColumnsWriter,
    vectors: Vec<VectorPartWriter>,
    texts: Vec<TextPartWriter>,
    dead: Vec<u32>,
}

impl Drawing<'_> {
    /// Writes and syncs the segment. `None` if nothing is left to be in it.
    ///
    /// Blocks: for as long as FAISS takes. Errors: 57P01 when stopping; 58030; XX000.
    pub fn draw(&self) -> Result<Option<Drawn>> {
        let keys = self.reading.table;
        let table = &keys.table;
        let draft = Draft::create(self.folder, table.oid, self.segment)?;
        let scalars = keys.scalars();
        let mut writers = Writers {
            rows: RowsWriter::default(),
            columns: ColumnsWriter::create(&draft.path("columns.arrow"), table, &scalars)?,
            vectors: self.vector_writers()?,
            texts: keys.texts.iter().map(|key| TextPartWriter::new(key.index.oid)).collect(),
            dead: Vec::new(),
        };
        for (at, input) in self.inputs.iter().enumerate() {
            self.take(at, input, &scalars, &mut writers)?;
        }
        self.seal(&scalars, &mut writers)?;
        if writers.rows.len() == 0 {
            return Ok(None);
        }
        self.finish(draft, writers).map(Some)
    }

    fn vector_writers(&self) -> Result<Vec<VectorPartWriter>> {
        let base = self.inputs.first().filter(|_| self.keep_base);
        let keys = &self.reading.table.vectors;
        keys.iter()
            .map(|key| {
                let sealed = base.and_then(|base| {
                    let segment = &base.segment;
                    Some((segment, segment.vectors.get(&key.index.oid)?))
                });
                match sealed {
                    Some((segment, part)) => {
                        VectorPartWriter::resume(key, segment.folder(), part, segment.len())
                    }
                    None => VectorPartWriter::new(key),
                }
            })
            .collect()
    }

    /// Takes in a sealed segment: copies what it has, computes what it lacks from its rows.
    fn take(
        &self,
        at: usize,
        input: &Published,
        scalars: &[usize],
        writers: &mut Writers,
    ) -> Result<()> {
        let (segment, keys) = (&input.segment, self.reading.table);
        let whole = at == 0 && self.keep_base;
        let keep = if whole { Bitmap::full(segment.len()) } else { input.dead.alive() };
        for local in keep.iter() {
            let new = writers.rows.push(segment.rows.row(local), segment.rows.csn(local));
            if input.dead.is_dead(local) {
                writers.dead.push(new);
            }
        }
        for batch in segment.columns.kept(&keys.table, scalars, &keep)? {
            writers.columns.push(batch)?;
        }
        for (key, writer) in keys.vectors.iter().zip(&mut writers.vectors) {
            self.check()?;
            match segment.vectors.get(&key.index.oid) {
                Some(_) if whole => {}
                Some(part) => part.each_kept(&keep, |vector| {
                    self.check()?;
                    writer.push(vector)
                })?,
                None => self.reread(input, &keep, &mut |rows| {
                    let mut packed = Packed::new(key);
                    let present: Vec<&[u8]> = rows.iter().flatten().copied().collect();
                    self.reading.vectors(key, &present, &mut packed)?;
                    let mut next = 0;
                    for row in rows {
                        let at = next;
                        next += usize::from(row.is_some());
                        writer.push(row.and_then(|_| packed.get(at)))?;
                    }
                    Ok(())
                })?,
            }
        }
        for (key, writer) in keys.texts.iter().zip(&mut writers.texts) {
            self.check()?;
            match segment.texts.get(&key.index.oid) {
                Some(part) => writer.append(part, &keep)?,
                None => self.reread(input, &keep, &mut |rows| {
                    let present: Vec<&[u8]> = rows.iter().flatten().copied().collect();
                    let mut texts = self.reading.texts(key, &present)?.into_iter();
                    for row in rows {
                        let text = row.and_then(|_| texts.next().flatten());
                        writer.push(text.as_deref())?;
                    }
                    Ok(())
                })?,
            }
        }
        Ok(())
    }

    /// Calls `visit` with batches of the kept rows' bytes; a dead row has none.
    fn reread(
        &self,
        input: &Published,
        keep: &Bitmap,
        visit: &mut dyn FnMut(&[Option<&[u8]>]) -> Result<()>,
    ) -> Result<()> {
        let (rows, table) = (&input.segment.rows, self.reading.table.table.oid);
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for local in keep.iter() {
            let stored = match input.dead.is_dead(local) {
                true => None,
                false => self.snapshot.row(table, rows.row(local))?,
            };
            let current = stored.filter(|stored| stored.csn == rows.csn(local));
            batch.push(current.map(|stored| stored.bytes));
            if batch.len() == BATCH_ROWS {
                self.check()?;
                visit(&batch)?;
                batch.clear();
            }
        }
        visit(&batch)
    }

    /// Seals the rows that no segment holds.
    fn seal(&self, scalars: &[usize], writers: &mut Writers) -> Result<()> {
        let table = self.reading.table.table.oid;
        let mut batch = Vec::with_capacity(BATCH_ROWS);
        for chunk in self.rows.chunks(BATCH_ROWS) {
            self.check()?;
            batch.clear();
            for (row, csn) in chunk {
                let stored = self.snapshot.row(table, *row)?;
                if let Some(stored) = stored.filter(|stored| stored.csn == *csn) {
                    batch.push(LiveRow { row: *row, csn: *csn, bytes: stored.bytes });
                }
            }
            self.push(&batch, scalars, writers)?;
        }
        Ok(())
    }

    fn push(&self, rows: &[LiveRow<'_>], scalars: &[usize], writers: &mut Writers) -> Result<()> {
        if rows.is_empty() {
            return Ok(());
        }
        let keys = self.reading.table;
        let bytes: Vec<&[u8]> = rows.iter().map(|live| live.bytes).collect();
        for live in rows {
            writers.rows.push(live.row, live.csn);
        }
        let columns: Result<Vec<_>> =
            scalars.iter().map(|column| column_of(&keys.table, *column, &bytes)).collect();
        let batch: RecordBatch = batch_of(&keys.table, scalars, columns?, rows.len())?;
        writers.columns.push(batch)?;
        for (key, writer) in keys.vectors.iter().zip(&mut writers.vectors) {
            let mut packed = Packed::new(key);
            self.reading.vectors(key, &bytes, &mut packed)?;
            for at in 0..bytes.len() {
                self.check()?;
                writer.push(packed.get(at))?;
            }
        }
        for (key, writer) in keys.texts.iter().zip(&mut writers.texts) {
            for text in self.reading.texts(key, &bytes)? {
                writer.push(text.as_deref())?;
            }
        }
        Ok(())
    }

    fn finish(&self, draft: Draft, writers: Writers) -> Result<Drawn> {
        let keys = self.reading.table;
        let folder = draft.path("");
        writers.rows.write(&draft.path("rows.bin"))?;
        writers.columns.finish()?;
        let mut dead = Dead::none(writers.rows.len());
        writers.dead.iter().for_each(|local| dead.bury(*local));
        let mut list = DeadList::default();
        for other in &self.others {
            list.segments.insert(other.segment.id, other.dead.bits().iter().collect());
        }
        list.segments.insert(self.segment, writers.dead);
        list.write(&draft.path("dead.bin"))?;
        let vectors =
            writers.vectors.into_iter().map(|writer| writer.finish(&folder)).collect::<Result<_>>();
        let texts =
            writers.texts.into_iter().map(|writer| writer.finish(&folder)).collect::<Result<_>>();
        let entry = draft.publish(&Description {
            format: Description::FORMAT,
            table: keys.table.oid,
            segment: self.segment,
            watermark: self.snapshot.csn(),
            rows: writers.rows.len(),
            vectors: vectors?,
            texts: texts?,
        })?;
        Ok(Drawn { entry, dead })
    }

    fn check(&self) -> Result<()> {
        if self.stopping.load(Ordering::Relaxed) {
            return Err(PgError::new(sqlstate::ADMIN_SHUTDOWN, "the server is shutting down"));
        }
        Ok(())
    }

    /// Opens what was drawn.
    pub fn open(&self, drawn: &Drawn) -> Result<Segment> {
        let segment = Segment::open_fresh(self.folder, &drawn.entry)?;
        segment.warm();
        Ok(segment)
    }
}
