//! What the service manager is told (systemd's `sd_notify`): a datagram to `$NOTIFY_SOCKET`.

use std::{
    env, io,
    os::{
        linux::net::SocketAddrExt,
        unix::net::{SocketAddr, UnixDatagram},
    },
    time::Duration,
};

/// Tells `state`, such as `READY=1`; does nothing without a service manager.
pub fn notify(state: &str) {
    let Some(path) = env::var_os("NOTIFY_SOCKET") else { return };
    if let Err(error) = send(path.as_encoded_bytes(), state) {
        tracing::warn!(target: "node", %error, state, "the service manager was not told");
    }
}

fn send(path: &[u8], state: &str) -> io::Result<()> {
    let address = match path.split_first() {
        Some((b'@', name)) => SocketAddr::from_abstract_name(name)?,
        _ => SocketAddr::from_pathname(
            std::str::from_utf8(path).map_err(|_| io::ErrorKind::InvalidInput)?,
        )?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

/// How often the service manager wants to hear `WATCHDOG=1`: half of its patience.
pub fn watchdog_interval() -> Option<Duration> {
    let micros: u64 = env::var("WATCHDOG_USEC").ok()?.parse().ok()?;
    let addressed =
        env::var("WATCHDOG_PID").map_or(true, |pid| pid.parse() == Ok(std::process::id()));
    (addressed && micros > 0).then(|| Duration::from_micros(micros / 2))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn states_arrive_as_datagrams() {
        let folder = tempfile::tempdir().expect("a temporary folder");
        let path = folder.path().join("notify");
        let socket = UnixDatagram::bind(&path).expect("a socket");
        send(path.as_os_str().as_encoded_bytes(), "READY=1").expect("sent");
        let mut buffer = [0; 16];
        let count = socket.recv(&mut buffer).expect("received");
        assert_eq!(&buffer[..count], b"READY=1");
    }
}
