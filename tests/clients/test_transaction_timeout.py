"""transaction_timeout: a transaction that lasts too long ends its session, whatever it does."""
import select

import psycopg
import pytest
from conftest import Server
from psycopg.pq import DiagnosticField, ExecStatus

TOO_LONG = ("FATAL", "25P04", "terminating connection due to transaction timeout")


@pytest.fixture
def connect(server):
    """Connections that are closed at the end, broken ones too."""
    made = []

    def one(limit=None, **settings):
        if limit:
            settings["transaction_timeout"] = limit
        options = " ".join(f"-c {name}={value}" for name, value in settings.items())
        connection = psycopg.connect(server.dsn, autocommit=True, options=options)
        made.append(connection)
        return connection

    yield one
    for connection in made:
        connection.close()


def failure(connection, work):
    """What `work` fails with: a statement, or a function."""
    with pytest.raises(psycopg.Error) as raised:
        work() if callable(work) else connection.execute(work)
    told = raised.value.diag
    return told.severity, told.sqlstate, told.message_primary


def ended(connection, work):
    """`work` ends the session."""
    assert failure(connection, work) == TOO_LONG
    assert connection.closed


def heard(connection, seconds):
    """Whether the server says something within that time."""
    return bool(select.select([connection.fileno()], [], [], seconds)[0])


def hung_up(connection):
    """The server ends the session of a client that only waits; the code."""
    assert heard(connection, 10)
    severity, code, _ = failure(connection, "SELECT 1")
    assert severity == "FATAL" and connection.closed
    return code


def told(result):
    assert result.status == ExecStatus.FATAL_ERROR
    fields = (DiagnosticField.SEVERITY, DiagnosticField.SQLSTATE, DiagnosticField.MESSAGE_PRIMARY)
    return tuple(result.error_field(field).decode() for field in fields)


def test_a_statement_is_ended_with_or_without_begin(connect):
    ended(connect("200ms"), "SELECT pg_sleep(10)")
    connection = connect("200ms")
    ended(connection, lambda: connection.execute("SELECT pg_sleep(%s::int)", [10], prepare=True))
    connection = connect("200ms")
    connection.execute("BEGIN")
    ended(connection, "SELECT count(*) FROM generate_series(1, 1000000000)")


def test_the_time_is_the_transactions_and_each_has_its_own(connect):
    connection = connect("500ms")
    for _ in range(3):
        connection.execute("SELECT pg_sleep(0.3)")
    connection.execute("BEGIN")
    connection.execute("SELECT pg_sleep(0.3)")
    connection.execute("COMMIT AND CHAIN")
    connection.execute("SELECT pg_sleep(0.3)")
    ended(connection, "SELECT pg_sleep(0.3)")
    # The statements of a string are one transaction.
    ended(connect("500ms"), "SELECT pg_sleep(0.3); SELECT pg_sleep(0.3)")
    ended(connect("500ms"), "SELECT pg_sleep(0.3); BEGIN; SELECT pg_sleep(0.3)")


def test_an_idle_transaction_is_ended_and_an_idle_session_is_not(connect):
    between, inside = connect("200ms"), connect("200ms")
    inside.execute("BEGIN")
    assert hung_up(inside) == TOO_LONG[1]
    assert not heard(between, 0.3)
    assert between.execute("SELECT 1").fetchone() == (1,)


def test_an_unfinished_pipeline_is_a_transaction_too(connect):
    connection = connect("200ms")
    pgconn = connection.pgconn
    pgconn.enter_pipeline_mode()
    pgconn.send_query_params(b"SELECT 1", None)
    pgconn.send_flush_request()
    pgconn.flush()
    assert heard(connection, 10)
    assert pgconn.get_result().status == ExecStatus.TUPLES_OK
    assert pgconn.get_result() is None
    # The server is not asked for anything any more.
    pgconn.send_query_params(b"SELECT 2", None)
    assert heard(connection, 10)
    assert told(pgconn.get_result()) == TOO_LONG


def test_what_the_transaction_did_is_taken_back_and_its_locks_are_free(connect):
    watcher, connection = connect(), connect("300ms")
    watcher.execute("CREATE TABLE left_open (id int PRIMARY KEY)")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO left_open VALUES (1)")
    watcher.execute("SET lock_timeout = '10s'")
    # Waits for the other's key.
    watcher.execute("INSERT INTO left_open VALUES (1)")
    assert hung_up(connection) == TOO_LONG[1]
    assert watcher.execute("SELECT count(*) FROM left_open").fetchone() == (1,)


def test_a_wait_for_a_lock_is_ended(connect):
    holder = connect()
    holder.execute("CREATE TABLE locked (id int PRIMARY KEY, n int)")
    holder.execute("INSERT INTO locked VALUES (1, 1)")
    holder.execute("BEGIN")
    holder.execute("UPDATE locked SET n = 2")
    holder.execute("INSERT INTO locked VALUES (2, 2)")
    holder.execute("SELECT pg_advisory_lock(4711)")
    for statement in (
            "UPDATE locked SET n = 3 WHERE id = 1", "SELECT n FROM locked FOR UPDATE",
            "INSERT INTO locked VALUES (2, 3)", "LOCK TABLE locked", "ALTER TABLE locked ADD m int",
            "SELECT pg_advisory_lock(4711)"):
        connection = connect("200ms")
        connection.execute("BEGIN")
        ended(connection, statement)
    connection = connect("200ms")

    def copy():
        with connection.cursor().copy("COPY locked FROM STDIN") as rows:
            rows.write("2\t3\n")

    ended(connection, copy)
    holder.execute("COMMIT")
    assert holder.execute("SELECT id, n FROM locked ORDER BY id").fetchall() == [(1, 2), (2, 2)]


def test_copy_is_ended_while_it_waits_for_its_client(connect):
    connection = connect()
    connection.execute("CREATE TABLE loaded (n int)")
    for before in ("SELECT 1", "BEGIN"):
        connection = connect("200ms")
        connection.execute(before)
        pgconn = connection.pgconn
        assert pgconn.exec_(b"COPY loaded FROM STDIN").status == ExecStatus.COPY_IN
        pgconn.put_copy_data(b"1\n")
        assert heard(connection, 10)
        pgconn.put_copy_end()
        assert told(pgconn.get_result()) == TOO_LONG
    assert connect().execute("SELECT count(*) FROM loaded").fetchone() == (0,)


def test_the_deferred_checks_of_a_commit_are_ended(connect):
    connection, watcher = connect(), connect()
    connection.execute("CREATE TABLE parent (id int PRIMARY KEY)")
    connection.execute("CREATE TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)")
    connection.execute("INSERT INTO parent SELECT generate_series(1, 20000)")
    connection.execute("BEGIN")
    connection.execute("INSERT INTO child SELECT id FROM parent")
    ended(connection, "SET LOCAL transaction_timeout = '20ms'; COMMIT")
    assert watcher.execute("SELECT count(*) FROM child").fetchone() == (0,)


def test_set_starts_the_timer_and_does_not_move_one_that_runs(connect):
    connection = connect()
    connection.execute("BEGIN")
    connection.execute("SELECT pg_sleep(0.3)")
    connection.execute("SET LOCAL transaction_timeout = '400ms'")
    connection.execute("SELECT pg_sleep(0.2)")
    connection.execute("SET LOCAL transaction_timeout = '10s'")
    ended(connection, "SELECT pg_sleep(5)")
    connection = connect()
    ended(connection, "SELECT set_config('transaction_timeout', '200', true), pg_sleep(10)")
    connection = connect()
    ended(connection, "SET transaction_timeout = 200; SELECT pg_sleep(10)")


def test_set_local_ends_with_its_transaction(connect):
    connection = connect()
    connection.execute("BEGIN")
    connection.execute("SET LOCAL transaction_timeout = '300ms'")
    connection.execute("COMMIT AND CHAIN")
    connection.execute("SELECT pg_sleep(0.4)")
    connection.execute("SAVEPOINT before")
    connection.execute("SET LOCAL transaction_timeout = '300ms'")
    connection.execute("ROLLBACK TO before")
    connection.execute("SELECT pg_sleep(0.4)")
    connection.execute("COMMIT")
    assert connection.execute("SHOW transaction_timeout").fetchone() == ("0",)


def test_zero_turns_it_off(connect):
    connection = connect("300ms")
    for off in ("SET LOCAL transaction_timeout = 0", "SET transaction_timeout = 0"):
        connection.execute("BEGIN")
        connection.execute(off)
        connection.execute("SELECT pg_sleep(0.4)")
        connection.execute("ROLLBACK")
    connection.execute("SET transaction_timeout = 0; SELECT pg_sleep(0.4)")
    connection.execute("BEGIN")
    connection.execute("SET transaction_timeout = '300ms'")
    connection.execute("RESET ALL")
    connection.execute("SET transaction_timeout = 0")
    connection.execute("SELECT pg_sleep(0.4)")
    connection.execute("COMMIT")


def test_the_shorter_limit_wins(connect):
    cancelled = ("ERROR", "57014", "canceling statement due to statement timeout")
    connection = connect("10s", statement_timeout="100ms")
    assert failure(connection, "SELECT pg_sleep(10)") == cancelled
    assert connection.execute("SELECT 1").fetchone() == (1,)
    for longer in ("200ms", "10s"):
        ended(connect("200ms", statement_timeout=longer), "SELECT pg_sleep(20)")
    # What is left of the transaction is less than a statement has.
    connection = connect("500ms", statement_timeout="400ms")
    connection.execute("BEGIN")
    connection.execute("SELECT pg_sleep(0.3)")
    ended(connection, "SELECT pg_sleep(10)")
    for transaction, idle, code in (("10s", "100ms", "25P03"), ("100ms", "10s", "25P04")):
        connection = connect(transaction, idle_in_transaction_session_timeout=idle)
        connection.execute("BEGIN")
        assert hung_up(connection) == code


def test_an_error_turns_it_off_as_in_postgresql(connect):
    connection = connect("300ms")
    connection.execute("BEGIN")
    assert failure(connection, "SELECT 1 / 0")[1] == "22012"
    assert not heard(connection, 0.4)
    assert failure(connection, "SELECT 1")[1] == "25P02"
    connection.execute("ROLLBACK")
    ended(connection, "SELECT pg_sleep(10)")


def test_the_configuration_has_a_default(tmp_path):
    path = tmp_path / "fathom.toml"
    path.write_text('[query]\ntransaction_timeout = "200ms"\n')
    server = Server(None, "--config", str(path)).start()
    try:
        with psycopg.connect(server.dsn, autocommit=True) as connection:
            assert connection.execute("SHOW transaction_timeout").fetchone() == ("200ms",)
            ended(connection, "SELECT pg_sleep(10)")
    finally:
        assert server.stop() == 0
