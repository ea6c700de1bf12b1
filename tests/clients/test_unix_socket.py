"""The socket in the file system, where libpq looks for it."""
import asyncio
import os
import stat
import threading

import asyncpg
import psycopg
import psycopg2
import pytest

from conftest import Server


@pytest.fixture
def folder(tmp_path, monkeypatch):
    # A socket's path has at most 107 bytes.
    monkeypatch.setenv("FATHOM__SERVER__UNIX_SOCKET_DIR", str(tmp_path / "s"))
    return tmp_path / "s"


def test_clients_come_in_by_the_folder(folder):
    server = Server(None).start()
    where = dict(host=str(folder), port=server.port, user="postgres")
    with psycopg2.connect(dbname="postgres", **where) as connection, connection.cursor() as cursor:
        cursor.execute("SELECT inet_client_addr(), client_addr FROM pg_stat_activity WHERE pid = pg_backend_pid()")
        assert cursor.fetchone() == (None, None)

    async def ask():
        connection = await asyncpg.connect(database="postgres", **where)
        assert await connection.fetchval("SELECT sum(i) FROM generate_series(1, 1000) i") == 500_500
        await connection.close()
    asyncio.run(ask())

    with psycopg.connect(dbname="postgres", autocommit=True, **where) as connection:
        timer = threading.Timer(0.2, connection.cancel)
        timer.start()
        with pytest.raises(psycopg.errors.QueryCanceled):
            connection.execute("SELECT count(*) FROM generate_series(1, 100000000000)")
        timer.join()
        # The address leads to the same server.
        assert server.connect().get_backend_pid() != connection.info.backend_pid
    socket = folder / f".s.PGSQL.{server.port}"
    assert stat.S_ISSOCK(os.stat(socket).st_mode)
    assert server.stop() == 0
    assert not socket.exists()


def test_a_killed_server_leaves_nothing_in_the_way(folder, tmp_path):
    server = Server(tmp_path / "data").start()
    server.kill()
    assert (folder / f".s.PGSQL.{server.port}").exists()
    server.start()
    where = dict(host=str(folder), port=server.port, user="postgres", dbname="postgres")
    with psycopg.connect(**where) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)
    assert server.stop() == 0


def test_the_folder_is_refused_where_another_server_listens(folder):
    first = Server(None).start()
    second = Server(None)
    second.port = first.port
    with pytest.raises(RuntimeError, match="ended with 1"):
        second.start()
    assert first.stop() == 0
