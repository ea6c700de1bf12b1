//! A client's socket, which one task serves and another one watches.
//!
//! A statement that does not yield leaves its own task no moment to notice that the client is gone.

use std::{
    io,
    net::Shutdown,
    pin::Pin,
    sync::Arc,
    task::{Context, Poll, ready},
    time::Duration,
};

use socket2::SockRef;
use tokio::{
    io::{AsyncRead, AsyncWrite, Interest, ReadBuf, Ready},
    net::{TcpStream, UnixStream},
};

/// How long the watch looks away while bytes of the client wait to be read.
const LOOK_AGAIN: Duration = Duration::from_millis(100);

/// Cheap to clone; one clone reads and writes.
#[derive(Clone, Debug)]
pub struct Socket(Arc<Stream>);

#[derive(Debug)]
pub enum Stream {
    Tcp(TcpStream),
    Unix(UnixStream),
}

impl From<TcpStream> for Stream {
    fn from(stream: TcpStream) -> Self {
        Stream::Tcp(stream)
    }
}

impl From<UnixStream> for Stream {
    fn from(stream: UnixStream) -> Self {
        Stream::Unix(stream)
    }
}

/// The same call of either kind of stream.
macro_rules! either {
    ($stream:expr, $inner:ident => $call:expr) => {
        match $stream {
            Stream::Tcp($inner) => $call,
            Stream::Unix($inner) => $call,
        }
    };
}

impl Stream {
    async fn readable(&self) -> io::Result<Ready> {
        either!(self, stream => stream.ready(Interest::READABLE).await)
    }

    fn shut_down_write(&self) -> io::Result<()> {
        either!(self, stream => SockRef::from(stream).shutdown(Shutdown::Write))
    }
}

impl Socket {
    pub fn new(stream: impl Into<Stream>) -> Self {
        Self(Arc::new(stream.into()))
    }

    /// Returns when the client has closed its side, whether or not anybody reads.
    pub async fn hung_up(self) {
        loop {
            match self.0.readable().await {
                Ok(state) if !state.is_read_closed() => tokio::time::sleep(LOOK_AGAIN).await,
                _ => return,
            }
        }
    }
}

impl AsyncRead for Socket {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        loop {
            ready!(either!(&*self.0, stream => stream.poll_read_ready(cx)))?;
            match either!(&*self.0, stream => stream.try_read_buf(buf)) {
                Ok(_) => return Poll::Ready(Ok(())),
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                Err(error) => return Poll::Ready(Err(error)),
            }
        }
    }
}

impl AsyncWrite for Socket {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        loop {
            ready!(either!(&*self.0, stream => stream.poll_write_ready(cx)))?;
            match either!(&*self.0, stream => stream.try_write(bytes)) {
                Err(error) if error.kind() == io::ErrorKind::WouldBlock => {}
                written => return Poll::Ready(written),
            }
        }
    }

    fn poll_flush(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(Ok(()))
    }

    fn poll_shutdown(self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<io::Result<()>> {
        Poll::Ready(self.0.shut_down_write())
    }
}

#[cfg(test)]
mod tests {
    use tokio::{
        io::{AsyncReadExt, AsyncWriteExt},
        net::TcpListener,
    };

    use super::*;

    #[tokio::test]
    async fn a_hang_up_is_seen_behind_bytes_that_nobody_reads() {
        let listener = TcpListener::bind("127.0.0.1:0").await.expect("a free port");
        let address = listener.local_addr().expect("an address");
        let mut client = TcpStream::connect(address).await.expect("connects");
        let (stream, _) = listener.accept().await.expect("accepts");
        let mut socket = Socket::new(stream);
        let watch = tokio::spawn(socket.clone().hung_up());

        client.write_all(b"ping").await.expect("is written");
        let mut bytes = [0; 4];
        socket.read_exact(&mut bytes).await.expect("is read");
        assert_eq!(&bytes, b"ping");
        socket.write_all(b"pong").await.expect("is written");
        client.read_exact(&mut bytes).await.expect("is read");
        assert_eq!(&bytes, b"pong");
        assert!(!watch.is_finished());

        client.write_all(b"unread").await.expect("is written");
        drop(client);
        watch.await.expect("the watch ends");
    }
}
