//! Where clients come in: an address, and a socket in a folder as PostgreSQL has one.

use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

use socket2::SockRef;
use tokio::net::{TcpListener, UnixListener};

use super::socket::Socket;

/// Who is at the other end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Peer {
    Remote(SocketAddr),
    /// Over the socket in the file system.
    Local,
}

impl Peer {
    pub fn ip(self) -> Option<IpAddr> {
        match self {
            Peer::Remote(address) => Some(address.ip()),
            Peer::Local => None,
        }
    }
}

impl fmt::Display for Peer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Peer::Remote(address) => address.fmt(f),
            Peer::Local => f.write_str("[local]"),
        }
    }
}

/// The listening sockets. Dropping them closes both and removes the file.
#[derive(Debug)]
pub struct Doors {
    address: TcpListener,
    file: Option<SocketFile>,
}

#[derive(Debug)]
struct SocketFile {
    listener: UnixListener,
    path: PathBuf,
}

impl Doors {
    /// Listens at `address`, and in `folder` if one is given: there the socket is called
    /// `.s.PGSQL.5432`, after the port, which is where libpq looks for it.
    ///
    /// Errors: the address or the file is in use, or cannot be made.
    pub async fn open(address: SocketAddr, folder: Option<&Path>) -> io::Result<Self> {
        let address = TcpListener::bind(address).await?;
        let file = match folder {
            Some(folder) => Some(SocketFile::open(folder, address.local_addr()?.port()).await?),
            None => None,
        };
        Ok(Self { address, file })
    }

    pub fn address(&self) -> io::Result<SocketAddr> {
        self.address.local_addr()
    }

    /// The next client.
    pub async fn accept(&self) -> io::Result<(Socket, Peer)> {
        let at_address = async {
            let (stream, peer) = self.address.accept().await?;
            // Answers are flushed whole: waiting to join them with later bytes only adds latency.
            let _ = stream.set_nodelay(true);
            // A client whose machine is gone is noticed in the end.
            let _ = SockRef::from(&stream).set_keepalive(true);
            Ok((Socket::new(stream), Peer::Remote(peer)))
        };
        let Some(file) = &self.file else { return at_address.await };
        tokio::select! {
            accepted = at_address => accepted,
            accepted = file.listener.accept() => {
                accepted.map(|(stream, _)| (Socket::new(stream), Peer::Local))
            }
        }
    }
}

impl SocketFile {
    async fn open(folder: &Path, port: u16) -> io::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let path = folder.join(format!(".s.PGSQL.{port}"));
        let named = |error: io::Error| {
            io::Error::new(error.kind(), format!("socket {}: {error}", path.display()))
        };
        // A file that nobody listens at was left by a process that did not end by itself.
        if path.exists() && tokio::net::UnixStream::connect(&path).await.is_err() {
            std::fs::remove_file(&path).map_err(named)?;
        }
        let listener = UnixListener::bind(&path).map_err(named)?;
        // Who may come in is decided by authentication, as at the address.
        std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o777)).map_err(named)?;
        Ok(Self { listener, path })
    }
}

impl Drop for SocketFile {
    fn drop(&mut self) {
        let _ = std::fs::remove_file(&self.path);
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};

    use super::*;

    async fn doors(folder: &Path) -> io::Result<Doors> {
        Doors::open(SocketAddr::from(([127, 0, 0, 1], 0)), Some(folder)).await
    }

    fn file_of(doors: &Doors) -> PathBuf {
        doors.file.as_ref().expect("a file").path.clone()
    }

    #[tokio::test]
    async fn both_doors_lead_in() {
        let folder = tempfile::tempdir().expect("a folder");
        let doors = doors(folder.path()).await.expect("opens");
        let path = file_of(&doors);
        let mut client = tokio::net::UnixStream::connect(&path).await.expect("connects");
        let (mut socket, peer) = doors.accept().await.expect("accepts");
        assert_eq!((peer, peer.ip()), (Peer::Local, None));
        client.write_all(b"ping").await.expect("is written");
        let mut bytes = [0; 4];
        socket.read_exact(&mut bytes).await.expect("is read");
        assert_eq!(&bytes, b"ping");
        let address = doors.address().expect("an address");
        let _client = tokio::net::TcpStream::connect(address).await.expect("connects");
        let (_, peer) = doors.accept().await.expect("accepts");
        assert!(peer.ip().is_some_and(|ip| ip.is_loopback()));
        drop(doors);
        assert!(!path.exists());
    }

    #[tokio::test]
    async fn a_left_over_file_is_replaced_and_one_in_use_is_not() {
        let folder = tempfile::tempdir().expect("a folder");
        let first = doors(folder.path()).await.expect("opens");
        let path = file_of(&first);
        let port = first.address().expect("an address").port();
        let taken = SocketFile::open(folder.path(), port).await.expect_err("in use");
        assert_eq!(taken.kind(), io::ErrorKind::AddrInUse);
        drop(first);
        // What a killed process leaves: bound once, and nobody there any more.
        drop(std::os::unix::net::UnixListener::bind(&path).expect("binds"));
        assert!(path.exists());
        let again = SocketFile::open(folder.path(), port).await.expect("replaced");
        assert_eq!(again.path, path);
    }
}
