//! COPY over the wire, in either direction and under either protocol.

use bytes::BufMut;
use pgwire::messages::copy::{CopyInResponse, CopyOutResponse};

use super::{
    connection::Connection,
    frontend::Message,
    session::{CopyIn, CopyOut, Session},
    translated,
    wire::{Failure, Transport},
};
use crate::{
    base::{PgError, sqlstate},
    pg_error,
    types::charset::{Charset, Translation},
};

const COPY_DATA: u8 = b'd';
const COPY_DONE: u8 = b'c';

/// How a COPY's input ended.
enum Ending {
    Done,
    Failed(PgError),
}

impl<T: Transport, S: Session> Connection<T, S> {
    /// Feeds the client's data to `copy`; returns the command tag.
    ///
    /// Errors: the data's, after which the rest of the client's messages is skipped; 57014 if
    /// the client gives up or the statement is cancelled; 25P04 if the transaction lasts too long;
    /// 08P01 for a message out of place.
    pub(super) async fn copy_in(&mut self, mut copy: S::CopyIn) -> Result<String, Failure> {
        let (format, formats) = formats(copy.is_binary(), copy.columns());
        let columns = copy.columns() as i16;
        let charset = copy.charset().unwrap_or(self.wire.output.charset);
        check_binary(copy.is_binary(), charset)?;
        self.wire.output.message(&CopyInResponse::new(format, columns, formats));
        self.wire.flush().await?;
        match self.feed(&mut copy, Translation::of(charset)).await {
            Ok(Ending::Done) => {
                let tag = self.wire.attend(copy.finish()).await??;
                self.wire.attend(self.session.take_copied()).await??;
                Ok(tag)
            }
            Ok(Ending::Failed(error)) | Err(Failure::Report(error)) => {
                copy.abort().await;
                Err(error.into())
            }
            Err(closed) => {
                copy.abort().await;
                Err(closed)
            }
        }
    }

    async fn feed(
        &mut self,
        copy: &mut S::CopyIn,
        mut translation: Option<Translation>,
    ) -> Result<Ending, Failure> {
        let (signals, timer) = (self.registration.signals.clone(), self.session.timer());
        loop {
            let frame = match self.wire.frame_buffered()? {
                Some(frame) => frame,
                None => {
                    let frame = tokio::select! {
                        biased;
                        frame = self.wire.frame() => frame?,
                        () = signals.cancelled.notified() => return Ok(Ending::Failed(cancelled())),
                        error = timer.expired() => return Ok(Ending::Failed(error)),
                    };
                    frame.ok_or_else(|| {
                        Failure::from(std::io::Error::from(std::io::ErrorKind::UnexpectedEof))
                    })?
                }
            };
            let tag = frame.tag;
            match Message::decode(frame, self.wire.output.charset)? {
                Message::CopyData(bytes) => match &mut translation {
                    Some(translation) => copy.push(translation.push(&bytes)?.into()).await?,
                    None => copy.push(bytes).await?,
                },
                Message::CopyDone => {
                    translation.map_or(Ok(()), Translation::finish)?;
                    return Ok(Ending::Done);
                }
                Message::CopyFail(reason) => {
                    let error = pg_error!(QUERY_CANCELED, "COPY from stdin failed: {reason}");
                    return Ok(Ending::Failed(error));
                }
                // Sent ahead by clients that use the extended protocol.
                Message::Flush | Message::Sync => {}
                _ => {
                    // The client has lost its place: nothing it sends can be understood.
                    let error = PgError::fatal(
                        sqlstate::PROTOCOL_VIOLATION,
                        format!("unexpected message type 0x{tag:02X} during COPY from stdin"),
                    );
                    return Ok(Ending::Failed(error));
                }
            }
        }
    }

    /// Sends `copy`'s rows, one message each; returns the command tag.
    pub(super) async fn copy_out(&mut self, mut copy: S::CopyOut) -> Result<String, Failure> {
        let (format, formats) = formats(copy.is_binary(), copy.columns());
        let columns = copy.columns() as i16;
        let charset = copy.charset().unwrap_or(self.wire.output.charset);
        let (binary, types) = (copy.is_binary(), copy.types());
        self.wire.output.message(&CopyOutResponse::new(format, columns, formats));
        let (mut bytes, mut ends) = (Vec::new(), Vec::new());
        loop {
            bytes.clear();
            ends.clear();
            let more = self.wire.attend(copy.next(&mut bytes, &mut ends)).await??;
            let mut start = 0;
            for end in &ends {
                self.wire.output.begin(COPY_DATA);
                let row = &bytes[start..*end];
                match (charset.is_utf8(), binary) {
                    (true, _) => self.wire.output.bytes.put_slice(row),
                    (false, true) => {
                        let rows = translated::sent_rows(charset, row, &types)?;
                        self.wire.output.bytes.put_slice(&rows);
                    }
                    (false, false) => {
                        let text = String::from_utf8_lossy(row);
                        self.wire.output.bytes.put_slice(&charset.encode(&text)?);
                    }
                }
                self.wire.output.end();
                start = *end;
                self.wire.flush_if_full().await?;
            }
            if !more {
                break;
            }
        }
        self.wire.output.signal(COPY_DONE);
        Ok(format!("COPY {}", copy.rows()))
    }
}

/// Errors: 0A000 for binary data with texts of another encoding, which come cut anywhere.
fn check_binary(binary: bool, charset: Charset) -> Result<(), PgError> {
    if binary && !charset.is_utf8() {
        let what = format!("binary COPY FROM in the encoding {}", charset.name());
        return Err(PgError::unsupported(what));
    }
    Ok(())
}

fn formats(binary: bool, columns: usize) -> (i8, Vec<i16>) {
    (i8::from(binary), vec![i16::from(binary); columns])
}

fn cancelled() -> PgError {
    PgError::new(sqlstate::QUERY_CANCELED, "canceling statement due to user request")
}
