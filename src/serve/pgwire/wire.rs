//! A connection's two directions: bytes in, bounded; bytes out, bounded in time.

use std::{future::Future, io, pin::pin, time::Duration};

use bytes::{Buf, BytesMut};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use super::{
    frontend::{Frame, take_frame},
    output::Output,
};
use crate::{base::PgError, metrics::metrics};

/// Why a connection's work stopped.
#[derive(Debug)]
pub enum Failure {
    /// To be told to the client; FATAL ends the connection.
    Report(PgError),
    /// The client is gone, or does not read.
    Closed(io::Error),
}

impl From<PgError> for Failure {
    fn from(error: PgError) -> Self {
        Failure::Report(error)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Failure::Closed(error)
    }
}

/// A byte stream: a TCP socket, or a pair of pipes in tests.
pub trait Transport: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Transport for T {}

pub struct Wire<T> {
    transport: T,
    input: BytesMut,
    pub output: Output,
    /// The limit of a message's body.
    pub message_bytes_max: usize,
    /// How long one write may make no progress.
    pub write_timeout: Duration,
}

/// What is read ahead while a statement runs.
const READ_AHEAD_BYTES: usize = 256 * 1024;
const READ_BYTES: usize = 64 * 1024;

impl<T: Transport> Wire<T> {
    pub fn new(transport: T, message_bytes_max: usize, write_timeout: Duration) -> Self {
        Self {
            transport,
            input: BytesMut::new(),
            output: Output::default(),
            message_bytes_max,
            write_timeout,
        }
    }

    /// Bytes that have come and are not yet taken.
    pub fn buffered(&self) -> usize {
        self.input.len()
    }

    /// A frame that has come whole, without waiting.
    pub fn frame_buffered(&mut self) -> Result<Option<Frame>, PgError> {
        take_frame(&mut self.input, self.message_bytes_max)
    }

    /// The next frame; `None` when the client closed between messages. Safe to drop and retry.
    pub async fn frame(&mut self) -> Result<Option<Frame>, Failure> {
        loop {
            if let Some(frame) = self.frame_buffered()? {
                return Ok(Some(frame));
            }
            if self.fill().await? == 0 {
                return if self.input.is_empty() { Ok(None) } else { Err(gone().into()) };
            }
        }
    }

    /// A start-up packet without its length; `None` when the client closed or sent nonsense,
    /// which PostgreSQL does not answer either.
    pub async fn packet(&mut self, bytes_max: usize) -> Result<Option<bytes::Bytes>, Failure> {
        loop {
            if let Some(length) = self.input.first_chunk::<4>() {
                let length = usize::try_from(i32::from_be_bytes(*length)).unwrap_or_default();
                if !(8..=bytes_max).contains(&length) {
                    return Ok(None);
                }
                if self.input.len() >= length {
                    self.input.advance(4);
                    return Ok(Some(self.input.split_to(length - 4).freeze()));
                }
            }
            if self.fill().await? == 0 {
                return Ok(None);
            }
        }
    }

    /// Reads what there is; 0 when the client has closed. Safe to drop and retry.
    async fn fill(&mut self) -> io::Result<usize> {
        // Memory follows what was sent, never what a length promises.
        self.input.reserve(READ_BYTES);
        let count = self.transport.read_buf(&mut self.input).await?;
        metrics().wire_received_bytes.inc_by(count as u64);
        Ok(count)
    }

    /// Writes all that is gathered. Safe to drop: what was written is not written twice.
    pub async fn flush(&mut self) -> Result<(), Failure> {
        while !self.output.bytes.is_empty() {
            let write = self.transport.write(&self.output.bytes);
            let count = tokio::time::timeout(self.write_timeout, write).await.map_err(|_| {
                io::Error::new(io::ErrorKind::TimedOut, "the client does not read")
            })??;
            if count == 0 {
                return Err(gone().into());
            }
            self.output.bytes.advance(count);
            metrics().wire_sent_bytes.inc_by(count as u64);
        }
        self.transport.flush().await?;
        Ok(())
    }

    pub async fn flush_if_full(&mut self) -> Result<(), Failure> {
        if self.output.is_full() { self.flush().await } else { Ok(()) }
    }

    /// Waits for `work` while watching whether the client is still there. Bytes that come are
    /// kept for later; if the client goes, `work` is dropped.
    pub async fn attend<W: Future>(&mut self, work: W) -> Result<W::Output, Failure> {
        let mut work = pin!(work);
        loop {
            let may_read = self.input.len() < READ_AHEAD_BYTES;
            tokio::select! {
                biased;
                output = &mut work => return Ok(output),
                count = self.fill(), if may_read => if count? == 0 {
                    return Err(gone().into());
                },
            }
        }
    }

    pub async fn shutdown(&mut self) {
        let _ = self.transport.shutdown().await;
    }
}

fn gone() -> io::Error {
    io::Error::new(io::ErrorKind::UnexpectedEof, "the client is gone")
}
