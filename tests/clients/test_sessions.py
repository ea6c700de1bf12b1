"""What sessions share and what ends with them: databases, temporary tables, locks, notifications."""
import asyncio
import os
import socket
import threading
import time

import asyncpg
import psycopg
import pytest


@pytest.fixture
def connect(server):
    """Connections that are closed at the end, broken ones too."""
    made = []

    def one(dbname="postgres", **options):
        connection = psycopg.connect(server.dsn.replace("dbname=postgres", f"dbname={dbname}"), **options)
        made.append(connection)
        return connection

    yield one
    for connection in made:
        connection.close()


def until(condition, seconds=10):
    """What others do is seen in the end."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        if value := condition():
            return value
        time.sleep(0.02)
    raise AssertionError("it did not happen")


def in_background(work):
    results = []
    thread = threading.Thread(target=lambda: results.append(work()))
    thread.start()
    return thread, results


def waiting(connection, pid):
    """Whether the session of `pid` waits for a lock."""
    rows = connection.execute("SELECT 1 FROM pg_locks WHERE pid = %s AND NOT granted", [pid])
    return rows.fetchone()


def test_databases_do_not_see_each_other(connect):
    first = connect(autocommit=True)
    first.execute("CREATE DATABASE island")
    with pytest.raises(psycopg.errors.DuplicateDatabase):
        first.execute("CREATE DATABASE island")
    island = connect("island", autocommit=True)
    island.execute("CREATE EXTENSION vector")
    island.execute("CREATE TABLE shared_name (id serial PRIMARY KEY, embedding vector(2))")
    island.execute("INSERT INTO shared_name (embedding) VALUES ('[1,2]')")
    first.execute("CREATE TABLE shared_name (other text)")
    assert island.execute("SELECT id FROM shared_name").fetchall() == [(1,)]
    assert first.execute("SELECT other FROM shared_name").fetchall() == []
    assert island.execute("SELECT current_database(), current_schemas(true)").fetchone() == (
        "island", ["pg_catalog", "public"])
    # What extensions make is in the database's own schema.
    assert island.execute(
        "SELECT nspname FROM pg_type t JOIN pg_namespace n ON n.oid = typnamespace"
        " WHERE typname = 'vector'").fetchall() == [("public",)]
    first.execute("ALTER DATABASE island SET search_path TO nowhere, public")
    assert connect("island").execute("SHOW search_path").fetchone() == ("nowhere, public",)
    with pytest.raises(psycopg.errors.ObjectInUse):
        island.execute("DROP DATABASE island")
    first.execute("DROP DATABASE island WITH (FORCE)")
    with pytest.raises(psycopg.OperationalError):
        island.execute("SELECT 1")
    with pytest.raises(psycopg.OperationalError, match='database "island" does not exist'):
        connect("island")
    assert first.execute("SELECT other FROM shared_name").fetchall() == []


def test_temporary_tables_belong_to_their_session(connect):
    mine, other = connect(autocommit=True), connect(autocommit=True)
    mine.execute("CREATE TABLE hidden (lasting int)")
    for connection, value in ((mine, 1), (other, 2)):
        connection.execute("CREATE TEMP TABLE hidden (id serial PRIMARY KEY, value int)")
        connection.execute("INSERT INTO hidden (value) VALUES (%s)", [value])
    assert mine.execute("SELECT value FROM hidden").fetchall() == [(1,)]
    assert other.execute("SELECT value FROM pg_temp.hidden").fetchall() == [(2,)]
    assert mine.execute("SELECT count(*) FROM public.hidden").fetchall() == [(0,)]
    schema = mine.execute("SELECT pg_my_temp_schema()::regnamespace::text").fetchone()[0]
    mine.close()
    until(lambda: not other.execute(
        "SELECT 1 FROM pg_namespace WHERE nspname = %s", [schema]).fetchone())
    assert other.execute("SELECT count(*) FROM pg_class WHERE relname = 'hidden'").fetchone() == (2,)


def test_temporary_tables_on_commit(connect):
    connection = connect()
    connection.execute("CREATE TEMP TABLE emptied (n int) ON COMMIT DELETE ROWS")
    connection.execute("CREATE TEMP TABLE dropped (n int) ON COMMIT DROP")
    connection.execute("CREATE TEMP TABLE kept (n int)")
    for table in ("emptied", "dropped", "kept"):
        connection.execute(f"INSERT INTO {table} VALUES (1)")
    assert connection.execute("SELECT n FROM emptied").fetchall() == [(1,)]
    connection.commit()
    assert connection.execute("SELECT n FROM emptied").fetchall() == []
    assert connection.execute("SELECT n FROM kept").fetchall() == [(1,)]
    with pytest.raises(psycopg.errors.UndefinedTable):
        connection.execute("SELECT n FROM dropped")


@pytest.fixture
def jobs(connect):
    connection = connect(autocommit=True)
    connection.execute("DROP TABLE IF EXISTS jobs")
    connection.execute("CREATE TABLE jobs (id int PRIMARY KEY, state text)")
    connection.execute("INSERT INTO jobs SELECT n, 'new' FROM generate_series(1, 6) n")
    return connection


def test_a_queue_is_shared_by_skip_locked(jobs, connect):
    take = ("UPDATE jobs SET state = 'taken' WHERE id = (SELECT id FROM jobs WHERE state = 'new'"
            " ORDER BY id LIMIT 1 FOR UPDATE SKIP LOCKED) RETURNING id")
    first, second = connect(), connect()
    assert first.execute(
        "SELECT id FROM jobs ORDER BY id LIMIT 2 FOR UPDATE SKIP LOCKED").fetchall() == [(1,), (2,)]
    assert second.execute(take).fetchall() == [(3,)]
    # A LIMIT locks no more than it returns.
    assert jobs.execute(take).fetchall() == [(4,)]
    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("SELECT id FROM jobs WHERE id = 1 FOR SHARE NOWAIT")
    second.rollback()
    first.rollback()
    assert jobs.execute(take).fetchall() == [(1,)]


def test_for_update_waits_and_sees_what_was_committed(jobs, connect):
    first, second = connect(), connect()
    first.execute("UPDATE jobs SET state = 'changed' WHERE id = 1")
    thread, results = in_background(lambda: second.execute(
        "SELECT id, state FROM jobs WHERE id = 1 FOR UPDATE").fetchall())
    until(lambda: waiting(jobs, second.info.backend_pid))
    first.commit()
    thread.join(10)
    assert results == [[(1, "changed")]]
    second.rollback()
    # In REPEATABLE READ the change cannot be seen, and so is an error.
    second.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    assert second.execute("SELECT count(*) FROM jobs").fetchone() == (6,)
    jobs.execute("UPDATE jobs SET state = 'again' WHERE id = 1")
    with pytest.raises(psycopg.errors.SerializationFailure):
        second.execute("SELECT id FROM jobs WHERE id = 1 FOR UPDATE")


def test_shared_row_locks_let_each_other_in(jobs, connect):
    first, second = connect(), connect()
    first.execute("SELECT id FROM jobs WHERE id = 1 FOR SHARE")
    second.execute("SELECT id FROM jobs WHERE id = 1 FOR SHARE NOWAIT")
    second.rollback()
    with pytest.raises(psycopg.errors.LockNotAvailable):
        second.execute("SELECT id FROM jobs WHERE id = 1 FOR UPDATE NOWAIT")
    second.rollback()
    with pytest.raises(psycopg.errors.FeatureNotSupported, match="GROUP BY"):
        second.execute("SELECT state FROM jobs GROUP BY state FOR UPDATE")


def test_a_wait_for_a_lock_can_be_cancelled_and_has_a_time_limit(jobs, connect):
    holder, waiter = connect(), connect()
    holder.execute("SELECT id FROM jobs FOR UPDATE")

    def update():
        try:
            waiter.execute("UPDATE jobs SET state = 'late' WHERE id = 1")
        except psycopg.Error as error:
            return error.sqlstate

    thread, results = in_background(update)
    until(lambda: waiting(jobs, waiter.info.backend_pid))
    waiter.cancel()
    thread.join(10)
    assert results == ["57014"]
    waiter.rollback()
    waiter.execute("SET statement_timeout = '50ms'")
    with pytest.raises(psycopg.errors.QueryCanceled, match="statement timeout"):
        waiter.execute("UPDATE jobs SET state = 'late' WHERE id = 1")


def test_advisory_locks_end_with_their_transaction_and_session(connect):
    holder, other = connect(), connect(autocommit=True)
    holder.execute("SELECT pg_advisory_xact_lock(71)")
    assert other.execute("SELECT pg_try_advisory_lock(71)").fetchone() == (False,)
    assert other.execute(
        "SELECT objid, mode, granted FROM pg_locks WHERE locktype = 'advisory' AND pid = %s",
        [holder.info.backend_pid]).fetchall() == [(71, "ExclusiveLock", True)]
    holder.commit()
    assert other.execute("SELECT pg_try_advisory_lock(71)").fetchone() == (True,)
    holder.execute("SELECT pg_advisory_lock(72)")
    holder.commit()
    assert other.execute("SELECT pg_try_advisory_lock(72)").fetchone() == (False,)
    holder.close()
    until(lambda: other.execute("SELECT pg_try_advisory_lock(72)").fetchone()[0])


def test_notifications_come_after_the_commit_once_and_not_after_a_rollback(connect):
    listener, sender = connect(autocommit=True), connect()
    listener.execute("LISTEN news")
    assert listener.execute("SELECT pg_listening_channels()").fetchall() == [("news",)]
    sender.execute("NOTIFY news, 'lost'")
    sender.rollback()
    sender.execute("NOTIFY news, 'first'")
    sender.execute("NOTIFY news, 'first'")
    sender.execute("SAVEPOINT before")
    sender.execute("NOTIFY news, 'taken back'")
    sender.execute("ROLLBACK TO before")
    sender.execute("SELECT pg_notify('news', 'second')")
    sender.execute("NOTIFY elsewhere, 'unheard'")
    assert list(listener.notifies(timeout=0.1)) == []
    sender.commit()
    heard = [(told.channel, told.payload, told.pid) for told in listener.notifies(timeout=10, stop_after=2)]
    pid = sender.info.backend_pid
    assert heard == [("news", "first", pid), ("news", "second", pid)]
    listener.execute("UNLISTEN *")
    sender.execute("NOTIFY news, 'unheard'")
    sender.commit()
    assert list(listener.notifies(timeout=0.2)) == []
    with pytest.raises(psycopg.errors.InvalidParameterValue, match="payload string too long"):
        sender.execute("SELECT pg_notify('news', repeat('x', 8000))")


def test_asyncpg_listens(server):
    async def talk():
        options = dict(host="127.0.0.1", port=server.port, user="postgres", database="postgres")
        listener, sender = await asyncpg.connect(**options), await asyncpg.connect(**options)
        heard = asyncio.Queue()
        await listener.add_listener("async", lambda *told: heard.put_nowait(told[1:]))
        await sender.execute("SELECT pg_notify('async', 'hello')")
        told = await asyncio.wait_for(heard.get(), 10)
        assert told == (sender.get_server_pid(), "async", "hello")
        await listener.close()
        await sender.close()

    asyncio.run(talk())


def test_cursors_scroll_hold_and_are_listed(connect):
    connection = connect()
    with connection.cursor("named", scrollable=True) as cursor:
        cursor.execute("SELECT n FROM generate_series(1, %s) n", [10])
        assert cursor.fetchmany(3) == [(1,), (2,), (3,)]
        cursor.scroll(-1)
        assert cursor.fetchone() == (3,)
        listed = connection.execute("SELECT name, is_holdable, is_scrollable FROM pg_cursors")
        assert listed.fetchall() == [("named", False, True)]
    with connection.cursor("held", withhold=True) as cursor:
        cursor.execute("SELECT n FROM generate_series(1, 3) n")
        connection.commit()
        assert cursor.fetchall() == [(1,), (2,), (3,)]


def test_parameters_reach_the_query_inside(connect):
    connection = connect(autocommit=True)
    plan = connection.execute("EXPLAIN (COSTS OFF) SELECT * FROM pg_class WHERE relname = %s", ["x"])
    assert plan.fetchone()
    connection.execute("CREATE TEMP TABLE made AS SELECT %s::int AS n", [7])
    connection.execute("PREPARE named (int) AS SELECT $1 + 1")
    assert connection.execute("SELECT n FROM made").fetchall() == [(7,)]
    assert connection.execute("EXPLAIN EXECUTE named(1)").fetchone()
    assert connection.execute(
        "SELECT statement, parameter_types::text, from_sql FROM pg_prepared_statements"
        " WHERE name = 'named'").fetchall() == [
            ("PREPARE named (int) AS SELECT $1 + 1", "{integer}", True)]


def test_a_client_that_hangs_up_stops_its_query(connect):
    client, other = connect(autocommit=True), connect(autocommit=True)
    pid = client.info.backend_pid

    def endless():
        try:
            client.execute(
                "SELECT count(*) FROM generate_series(1, 1000000) a, generate_series(1, 1000000) b")
        except psycopg.OperationalError as error:
            return type(error).__name__

    thread, _ = in_background(endless)
    active = "SELECT 1 FROM pg_stat_activity WHERE pid = %s AND state = 'active'"
    until(lambda: other.execute(active, [pid]).fetchone())
    with socket.socket(fileno=os.dup(client.fileno())) as wire:
        wire.shutdown(socket.SHUT_RDWR)
    until(lambda: not other.execute("SELECT 1 FROM pg_stat_activity WHERE pid = %s", [pid]).fetchone())
    thread.join(10)


def test_a_session_can_end_itself_and_is_told(connect):
    connection = connect(autocommit=True)
    with pytest.raises(psycopg.errors.AdminShutdown):
        connection.execute("SELECT pg_terminate_backend(pg_backend_pid())")
    assert connection.broken


@pytest.mark.parametrize("guc, value, other", [
    ("isolation", "repeatable read", "read committed"), ("read_only", "on", "off"),
    ("deferrable", "on", "off")])
def test_a_transaction_begins_with_the_defaults_or_its_own_modes(connect, guc, value, other):
    connection = connect(autocommit=True)
    show = f"SHOW transaction_{guc}"
    modes = {"isolation": "ISOLATION LEVEL READ COMMITTED", "read_only": "READ WRITE",
             "deferrable": "NOT DEFERRABLE"}[guc]
    connection.execute(f"SET default_transaction_{guc} = '{value}'")
    assert connection.execute(show).fetchone() == (value,)
    connection.execute(f"BEGIN {modes}")
    assert connection.execute(show).fetchone() == (other,)
    connection.execute("ROLLBACK")
    connection.execute("BEGIN")
    assert connection.execute(show).fetchone() == (value,)
    connection.execute("ROLLBACK")


def test_a_write_that_waited_for_new_definitions_follows_them(connect):
    maker, writer, watcher = connect(), connect(autocommit=True), connect(autocommit=True)

    def while_defining(definition, write):
        maker.execute(definition)
        thread, _ = in_background(write)
        until(lambda: waiting(watcher, writer.info.backend_pid))
        maker.commit()
        thread.join()

    maker.execute("DROP TABLE IF EXISTS defined")
    maker.execute("CREATE TABLE defined (id int, body text)")
    maker.execute("INSERT INTO defined SELECT i, 'before' FROM generate_series(1, 100) i")
    maker.commit()
    insert = "INSERT INTO defined (id, body) VALUES (%s, %s)"
    # Prepared, and so bound, before the index is there.
    writer.execute(insert, (101, "before"), prepare=True)

    while_defining("CREATE UNIQUE INDEX defined_id ON defined (id)",
                   lambda: writer.execute(insert, (102, "after"), prepare=True))
    found = "SELECT body FROM defined WHERE id = 102"
    assert "defined_id" in str(maker.execute("EXPLAIN " + found).fetchall())
    assert maker.execute(found).fetchall() == [("after",)]
    with pytest.raises(psycopg.errors.UniqueViolation):
        writer.execute(insert, (102, "twice"), prepare=True)

    while_defining("ALTER TABLE defined ADD COLUMN number int NOT NULL DEFAULT 7",
                   lambda: writer.execute("UPDATE defined SET body = 'changed' WHERE id = 102"))
    assert maker.execute("SELECT * FROM defined WHERE id = 102").fetchall() == [(102, "changed", 7)]
