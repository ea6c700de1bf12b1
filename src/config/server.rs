//! `[server]`: addresses, connections and the limits of the wire.

use std::{net::SocketAddr, path::PathBuf, time::Duration};

use super::{section::section, units::ByteSize};

section! {
    /// The listeners and the limits of a connection.
    Server = "server" {
        /// Where PostgreSQL clients connect. Port 0 takes any free port.
        listen: SocketAddr = "127.0.0.1:5432", Restart;
        /// A folder for a Unix socket beside it, .s.PGSQL.<port>, where psql and libpq look for it
        /// (-h FOLDER). It is made if absent. Empty for none.
        unix_socket_dir: Option<PathBuf> = "", Restart;
        /// Where /metrics, /healthz and /readyz are served; nothing else is.
        http_listen: SocketAddr = "127.0.0.1:8432", Restart;
        /// Allows addresses that are not loopback although connections are not encrypted.
        /// auth.method must then be scram-sha-256.
        allow_plaintext: bool = "false", Restart;
        /// Connections at once; one more is refused with 53300.
        connections_max: u32 = "100" in "1" .. "100000", Live;
        /// How many of them are kept for superusers.
        superuser_reserved: u32 = "3", Live;
        /// How long a client may take to start up and authenticate.
        startup_timeout: Duration = "60s" in "100ms" .. "1h", Live;
        /// The largest message that a client may send after authentication.
        message_bytes_max: ByteSize = "256MiB" in "64KiB" .. "1GiB", Live;
        /// How long a client may leave the server's answer unread before it is disconnected.
        write_timeout: Duration = "5min" in "1s" .. "1d", Live;
        /// After SIGTERM, how long running transactions may take to end.
        drain_timeout: Duration = "30s" in "0s" .. "1h", Live;
        /// Threads that serve connections; 0 takes two per processor: quick searches run on them.
        threads: usize = "0" in "0" .. "1024", Restart;
    }
}
