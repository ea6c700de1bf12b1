//! What the server sends, gathered before it is written to the socket.

use bytes::{BufMut, BytesMut};
use pgwire::messages::{
    Message,
    response::{CommandComplete, ErrorResponse, NoticeResponse, ReadyForQuery},
};

use super::session::TransactionStatus;
use crate::{
    base::{PgError, Severity},
    types::charset::Charset,
};

/// Whole messages that wait to be written, and at most one that is being made.
#[derive(Debug, Default)]
pub struct Output {
    pub bytes: BytesMut,
    /// What the client reads.
    pub charset: Charset,
    /// Where the message that is being made begins.
    open: Option<usize>,
}

impl Output {
    /// How much is gathered before it is written.
    pub const FLUSH_BYTES: usize = 32 * 1024;

    pub fn is_full(&self) -> bool {
        self.bytes.len() >= Self::FLUSH_BYTES
    }

    /// Appends a message of pgwire's.
    pub fn message(&mut self, message: &impl Message) {
        let start = self.bytes.len();
        if let Err(error) = message.encode(&mut self.bytes) {
            // Only messages of ours that grow past the protocol's limits come here.
            self.bytes.truncate(start);
            tracing::error!(target: "serve", %error, "a message could not be encoded");
        } else if !self.charset.is_utf8() {
            translate(self.charset, start, &mut self.bytes);
        }
    }

    /// Begins a message that is written field by field; `end` fills its length in.
    pub fn begin(&mut self, tag: u8) {
        debug_assert!(self.open.is_none(), "one message at a time");
        self.open = Some(self.bytes.len());
        self.bytes.put_u8(tag);
        self.bytes.put_i32(0);
    }

    pub fn end(&mut self) {
        let start = self.open.take().expect("end follows begin");
        let length = (self.bytes.len() - start - 1) as i32;
        self.bytes[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    }

    /// Drops the message that is being made, so that an error can follow whole messages.
    pub fn abandon(&mut self) {
        if let Some(start) = self.open.take() {
            self.bytes.truncate(start);
        }
    }

    /// An empty message: ParseComplete, BindComplete, NoData and the like.
    pub fn signal(&mut self, tag: u8) {
        self.begin(tag);
        self.end();
    }

    pub fn complete(&mut self, tag: String) {
        self.message(&CommandComplete::new(tag));
    }

    pub fn ready(&mut self, status: TransactionStatus) {
        use pgwire::messages::response::TransactionStatus as Wire;
        let status = match status {
            TransactionStatus::Idle => Wire::Idle,
            TransactionStatus::InTransaction => Wire::Transaction,
            TransactionStatus::Failed => Wire::Error,
        };
        self.message(&ReadyForQuery::new(status));
    }

    /// An ErrorResponse or a NoticeResponse, as the severity has it.
    pub fn report(&mut self, report: &PgError) {
        self.abandon();
        let fields = report_fields(report);
        match report.severity {
            Severity::Error | Severity::Fatal => self.message(&ErrorResponse::new(fields)),
            Severity::Warning | Severity::Notice | Severity::Info | Severity::Debug => {
                self.message(&NoticeResponse::new(fields));
            }
        }
    }
}

/// Puts the text of the message at `start` into the client's encoding. What that does not have
/// becomes a question mark: there is no way to report an error about a report.
fn translate(charset: Charset, start: usize, out: &mut BytesMut) {
    let message = out.split_off(start);
    let (header, body) = message.split_at(HEADER_BYTES);
    let text = |bytes: &[u8]| charset.encode_lossy(&String::from_utf8_lossy(bytes));
    let body = match header[0] {
        // Reports, settings and command tags are text throughout, zero bytes between.
        b'E' | b'N' | b'S' | b'C' => text(body),
        // NotificationResponse: the process, then text.
        b'A' if body.len() >= 4 => [&body[..4], &text(&body[4..])].concat(),
        b'T' => column_names(body, &text),
        _ => body.to_vec(),
    };
    out.put_u8(header[0]);
    out.put_i32(body.len() as i32 + 4);
    out.put_slice(&body);
}

/// The type byte and the length.
const HEADER_BYTES: usize = 5;
/// What stands behind a column's name in RowDescription.
const COLUMN_BYTES: usize = 18;

/// RowDescription's body with other names.
fn column_names(body: &[u8], text: &dyn Fn(&[u8]) -> Vec<u8>) -> Vec<u8> {
    let (count, mut rest) = body.split_at(body.len().min(2));
    let mut named = count.to_vec();
    while let Some(end) = rest.iter().position(|byte| *byte == 0) {
        let next = (end + 1 + COLUMN_BYTES).min(rest.len());
        named.extend(text(&rest[..end]));
        named.extend(&rest[end..next]);
        rest = &rest[next..];
    }
    named
}

/// The fields of a report with their type bytes. Zero bytes would end a field early.
fn report_fields(report: &PgError) -> Vec<(u8, String)> {
    let severity = report.severity.as_str().to_owned();
    let mut fields = vec![
        (b'S', severity.clone()),
        (b'V', severity),
        (b'C', report.code.0.to_owned()),
        (b'M', report.message.clone()),
    ];
    let extra = &report.fields;
    let optional = [
        (b'D', &extra.detail),
        (b'H', &extra.hint),
        (b'W', &extra.context),
        (b's', &extra.schema),
        (b't', &extra.table),
        (b'c', &extra.column),
        (b'd', &extra.data_type),
        (b'n', &extra.constraint),
    ];
    for (tag, value) in optional {
        if let Some(value) = value {
            fields.push((tag, value.clone()));
        }
    }
    if let Some(routine) = extra.routine {
        fields.push((b'R', routine.to_owned()));
    }
    if let Some(position) = extra.position {
        fields.push((b'P', position.to_string()));
    }
    for (_, value) in &mut fields {
        if value.contains('\0') {
            *value = value.replace('\0', "");
        }
    }
    fields
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::sqlstate;

    #[test]
    fn an_error_carries_all_its_fields_and_drops_what_was_half_written() {
        let mut output = Output::default();
        output.signal(b'n');
        output.begin(b'D');
        output.bytes.put_u8(7);
        let error = PgError::new(sqlstate::UNIQUE_VIOLATION, "dup\0licate")
            .detail("d")
            .hint("h")
            .context("w")
            .table("public", "docs")
            .column("id")
            .constraint("docs_pkey")
            .at(3);
        output.report(&error);
        let text = String::from_utf8_lossy(&output.bytes[5..]).into_owned();
        assert_eq!(&output.bytes[..5], b"n\0\0\0\x04");
        assert!(text.starts_with('E'));
        for field in [
            "SERROR",
            "VERROR",
            "C23505",
            "Mduplicate",
            "Dd",
            "Hh",
            "Ww",
            "spublic",
            "tdocs",
            "cid",
            "ndocs_pkey",
            "P4",
        ] {
            assert!(text.contains(&format!("{field}\0")), "{field} in {text:?}");
        }
    }

    #[test]
    fn messages_are_put_into_the_clients_encoding() {
        let charset = Charset::named("latin1").unwrap();
        let mut output = Output { charset, ..Output::default() };
        output.report(&PgError::new(sqlstate::UNDEFINED_TABLE, "relation \"caf\u{e9}\u{20ac}\""));
        let message = output.bytes.split();
        assert_eq!(
            i32::from_be_bytes(message[1..5].try_into().unwrap()) as usize + 1,
            message.len()
        );
        assert!(message.windows(6).any(|bytes| bytes == b"caf\xe9?\""), "{message:?}");
        let columns = vec![pgwire::messages::data::FieldDescription::new(
            "d\u{e9}but".into(),
            0,
            0,
            25,
            -1,
            -1,
            0,
        )];
        output.message(&pgwire::messages::data::RowDescription::new(columns));
        let message = output.bytes.split();
        assert_eq!(&message[5..13], b"\0\x01d\xe9but\0");
        assert_eq!(message.len(), 5 + 2 + 6 + COLUMN_BYTES);
    }
}
