//! One text index's share of a segment: a tantivy index with our lexemes.

use std::{collections::BTreeMap, fs, path::Path, sync::Arc};

use tantivy::{
    Index, IndexSettings, SegmentReader, SingleSegmentIndexWriter, TantivyError, Term,
    directory::{MmapDirectory, OwnedBytes, RamDirectory},
    fastfield::{AliveBitSet, write_alive_bitset},
    index::InvertedIndexReader,
    indexer::merge_filtered_segments,
    postings::{BlockSegmentPostings, SegmentPostings, TermInfo},
    schema::{Field, IndexRecordOption, OwnedValue, Schema, TextFieldIndexing, TextOptions},
    tokenizer::{PreTokenizedString, Token},
};

use super::{
    cursor::Cursor,
    lists::{Documents, List},
    matcher::Phrase,
};
use crate::{
    base::{PgError, Result, ids::IndexId},
    fulltext::bm25,
    index::{
        bitmap::Bitmap,
        segment::{TextDescription, U32s, map_file},
    },
    types::tsvector::TsVector,
};

/// The length of a row without a tsvector.
pub const ABSENT: u32 = u32::MAX;
/// Farther apart than a position and a phrase's distance together.
const UNREACHABLE: usize = 40_000;
/// A RAM index is closed and a new one begun when its postings take so much.
const WRITER_BYTES_MAX: usize = 256 << 20;

/// Occurrences of all lexemes; one without positions occurs once.
pub fn document_length(text: &TsVector) -> u32 {
    bm25::document_length(text) as u32
}

/// Inverted lists, and the exact length of every document.
pub struct TextPart {
    index: Index,
    inverted: Arc<InvertedIndexReader>,
    field: Field,
    lengths: U32s,
    present: Bitmap,
    /// Rows that have a tsvector.
    pub documents: u64,
    /// Their lengths together.
    pub tokens: u64,
}

impl TextPart {
    pub fn open(folder: &Path, part: &TextDescription, rows: usize) -> Result<Self> {
        let lengths = U32s::new(map_file(&folder.join(lengths_name(part.index)))?)
            .filter(|lengths| lengths.len() == rows)
            .ok_or_else(|| PgError::internal("document lengths and rows differ in size"))?;
        let directory = MmapDirectory::open(folder.join(index_name(part.index)))
            .map_err(|error| PgError::internal(format!("could not open a text index: {error}")))?;
        let index = Index::open(directory).map_err(failed)?;
        let field = index.schema().get_field(FIELD).map_err(failed)?;
        let segments = index.searchable_segments().map_err(failed)?;
        let [segment] = segments.as_slice() else {
            return Err(PgError::internal("a text index is not one segment"));
        };
        let reader = SegmentReader::open(segment).map_err(failed)?;
        if reader.max_doc() as usize != rows {
            return Err(PgError::internal("text index and rows differ in size"));
        }
        let inverted = reader.inverted_index(field).map_err(failed)?;
        let TextDescription { documents, tokens, .. } = *part;
        let mut present = Bitmap::default();
        lengths.iter().for_each(|length| present.push(length != ABSENT));
        Ok(Self { index, inverted, field, lengths, present, documents, tokens })
    }

    /// The rows that have a tsvector.
    pub fn present(&self) -> &Bitmap {
        &self.present
    }

    /// Rows, with a tsvector or without.
    pub fn rows(&self) -> usize {
        self.lengths.len()
    }

    /// A term's documents.
    pub fn cursor(&self, (word, prefix): &(String, bool)) -> Result<Cursor> {
        if *prefix {
            return Ok(Cursor::of_list(self.list(word, true)?));
        }
        let Some(info) = self.term(word)? else { return Ok(Cursor::of_list(List::default())) };
        let postings = self
            .inverted
            .read_postings_from_terminfo(&info, IndexRecordOption::WithFreqs)
            .map_err(io_failed)?;
        Ok(Cursor::Postings(Box::new(postings)))
    }

    /// Words with their positions; `None` if one of them is nowhere.
    pub fn positions(&self, words: &[&str]) -> Result<Option<Vec<SegmentPostings>>> {
        let mut postings = Vec::with_capacity(words.len());
        for word in words {
            let term = Term::from_field_text(self.field, word);
            let option = IndexRecordOption::WithFreqsAndPositions;
            match self.inverted.read_postings(&term, option).map_err(io_failed)? {
                Some(found) => postings.push(found),
                None => return Ok(None),
            }
        }
        Ok(Some(postings))
    }

    fn term(&self, word: &str) -> Result<Option<TermInfo>> {
        self.inverted.get_term_info(&Term::from_field_text(self.field, word)).map_err(io_failed)
    }

    fn read(&self, info: &TermInfo) -> Result<List> {
        let mut block: BlockSegmentPostings = self
            .inverted
            .read_block_postings_from_terminfo(info, IndexRecordOption::WithFreqs)
            .map_err(io_failed)?;
        let mut list = List {
            docs: Vec::with_capacity(info.doc_freq as usize),
            freqs: Vec::with_capacity(info.doc_freq as usize),
        };
        while !block.docs().is_empty() {
            list.docs.extend_from_slice(block.docs());
            list.freqs.extend_from_slice(block.freqs());
            block.advance();
        }
        Ok(list)
    }

    /// Of the candidates, the documents in which `words` stand `distances` apart, as
    /// `words[0] <distances[0]> words[1] ...`.
    pub fn phrase(&self, words: &[&str], distances: &[u32], among: &Bitmap) -> Result<Bitmap> {
        let mut found = Bitmap::empty(among.len());
        let Some(words) = self.positions(words)? else { return Ok(found) };
        let mut phrase = Phrase::new(words, distances.to_vec());
        for doc in among.iter() {
            if phrase.seek(doc) == doc && phrase.holds() {
                found.set(doc as usize);
            }
        }
        Ok(found)
    }
}

impl Documents for TextPart {
    fn list(&self, word: &str, prefix: bool) -> Result<List> {
        if !prefix {
            return match self.term(word)? {
                Some(info) => self.read(&info),
                None => Ok(List::default()),
            };
        }
        let mut stream =
            self.inverted.terms().range().ge(word.as_bytes()).into_stream().map_err(io_failed)?;
        // Summed by document: a prefix may stand for thousands of lists.
        let mut totals = vec![0u32; self.lengths.len()];
        while stream.advance() && stream.key().starts_with(word.as_bytes()) {
            let list = self.read(stream.value())?;
            for (doc, occurrences) in list.docs.iter().zip(&list.freqs) {
                totals[*doc as usize] += occurrences;
            }
        }
        let mut list = List::default();
        for (doc, total) in totals.into_iter().enumerate().filter(|(_, total)| *total > 0) {
            list.docs.push(doc as u32);
            list.freqs.push(total);
        }
        Ok(list)
    }

    fn length(&self, doc: u32) -> u32 {
        self.lengths.get(doc as usize)
    }
}

/// A document as a map: tantivy's own kind prints tokens as JSON and reads them back.
type Document = BTreeMap<Field, OwnedValue>;

/// Builds a part from rows, and from other segments' parts, in the order of the local ids.
pub struct TextPartWriter {
    index: IndexId,
    schema: Schema,
    field: Field,
    writer: Option<SingleSegmentIndexWriter<Document>>,
    /// Finished pieces, each with the documents to keep.
    pieces: Vec<(Index, Option<Bitmap>)>,
    lengths: Vec<u32>,
}

impl TextPartWriter {
    pub fn new(index: IndexId) -> Self {
        let indexing = TextFieldIndexing::default()
            .set_tokenizer("raw")
            .set_fieldnorms(false)
            .set_index_option(IndexRecordOption::WithFreqsAndPositions);
        let mut schema = Schema::builder();
        let field =
            schema.add_text_field(FIELD, TextOptions::default().set_indexing_options(indexing));
        let schema = schema.build();
        Self { index, schema, field, writer: None, pieces: Vec::new(), lengths: Vec::new() }
    }

    /// Appends a row; every row takes a document, so that document and local ids agree.
    pub fn push(&mut self, text: Option<&TsVector>) -> Result<()> {
        self.lengths.push(text.map_or(ABSENT, document_length));
        let mut document = Document::new();
        if let Some(text) = text.filter(|text| !text.lexemes.is_empty()) {
            document.insert(self.field, OwnedValue::PreTokStr(tokens(text)));
        }
        if self.writer.is_none() {
            self.writer = Some(
                Index::builder()
                    .schema(self.schema.clone())
                    .settings(settings())
                    .single_segment_index_writer(RamDirectory::create(), 50 << 20)
                    .map_err(failed)?,
            );
        }
        let writer = self.writer.as_mut().expect("just made");
        writer.add_document(document).map_err(failed)?;
        if writer.mem_usage() > WRITER_BYTES_MAX {
            self.close()?;
        }
        Ok(())
    }

    /// Appends the kept rows of a sealed part.
    pub fn append(&mut self, part: &TextPart, keep: &Bitmap) -> Result<()> {
        self.close()?;
        self.lengths.extend(keep.iter().map(|local| part.lengths.get(local as usize)));
        let all = keep.count() == keep.len();
        if keep.count() > 0 {
            self.pieces.push((part.index.clone(), (!all).then(|| keep.clone())));
        }
        Ok(())
    }

    fn close(&mut self) -> Result<()> {
        if let Some(writer) = self.writer.take() {
            self.pieces.push((writer.finalize().map_err(failed)?, None));
        }
        Ok(())
    }

    pub fn finish(mut self, folder: &Path) -> Result<TextDescription> {
        if self.lengths.is_empty() {
            return Err(PgError::internal("an empty segment"));
        }
        self.close()?;
        let target = folder.join(index_name(self.index));
        fs::create_dir_all(&target).map_err(io_failed)?;
        let directory = MmapDirectory::open(&target)
            .map_err(|error| PgError::internal(format!("could not open a text index: {error}")))?;
        let mut segments = Vec::new();
        let mut filters = Vec::new();
        for (index, keep) in &self.pieces {
            segments.extend(index.searchable_segments().map_err(failed)?);
            filters.push(keep.as_ref().map(alive).transpose()?);
        }
        merge_filtered_segments(&segments, settings(), filters, directory).map_err(failed)?;
        let bytes: Vec<u8> = self.lengths.iter().flat_map(|length| length.to_le_bytes()).collect();
        fs::write(folder.join(lengths_name(self.index)), bytes).map_err(io_failed)?;
        let present = self.lengths.iter().filter(|length| **length != ABSENT);
        Ok(TextDescription {
            index: self.index,
            documents: present.clone().count() as u64,
            tokens: present.map(|length| u64::from(*length)).sum(),
        })
    }
}

fn tokens(text: &TsVector) -> PreTokenizedString {
    let mut tokens = Vec::with_capacity(text.lexemes.len());
    for (number, lexeme) in text.lexemes.iter().enumerate() {
        let token = |position| Token {
            offset_from: 0,
            offset_to: 0,
            position,
            text: lexeme.word.clone(),
            position_length: 1,
        };
        if lexeme.positions.is_empty() {
            // Without a position it is in no phrase: out of every distance's reach.
            tokens.push(token((number + 1) * UNREACHABLE));
        }
        tokens.extend(lexeme.positions.iter().map(|position| token(usize::from(position.at))));
    }
    PreTokenizedString { text: String::new(), tokens }
}

fn alive(keep: &Bitmap) -> Result<AliveBitSet> {
    let mut bits = tantivy::BitSet::with_max_value(keep.len() as u32);
    for local in keep.iter() {
        bits.insert(local);
    }
    let mut bytes = Vec::new();
    write_alive_bitset(&bits, &mut bytes).map_err(io_failed)?;
    Ok(AliveBitSet::open(OwnedBytes::new(bytes)))
}

fn settings() -> IndexSettings {
    // Nothing is stored, so there is nothing to compress on another thread.
    IndexSettings { docstore_compress_dedicated_thread: false, ..IndexSettings::default() }
}

const FIELD: &str = "text";

fn index_name(index: IndexId) -> String {
    format!("t{index}")
}

fn lengths_name(index: IndexId) -> String {
    format!("t{index}.lengths")
}

fn failed(error: TantivyError) -> PgError {
    PgError::internal(format!("text index: {error}"))
}

fn io_failed(error: std::io::Error) -> PgError {
    PgError::internal(format!("text index: {error}"))
}
