"""psycopg 3, asyncpg and psql against the same server."""
import asyncio
import subprocess

import asyncpg
import psycopg
import pytest

from conftest import POSTGRES


def test_psycopg3_binds_text_and_binary(server):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        for binary in (False, True):
            with connection.cursor(binary=binary) as cursor:
                cursor.execute(
                    "SELECT %s::int4, %s::int8, %s::float8, %s::text, %s::bool, %s::numeric, %s::date, %s::uuid::text,"
                    " %s::int4[]",
                    (1, 2**40, 1.5, "é", True, "12.340", "2024-02-29",
                     "a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11", [1, None, 3]), binary=binary or None)
                row = cursor.fetchone()
        assert row[0] == 1 and row[1] == 2**40 and row[3] == "é" and row[8] == [1, None, 3]


def test_psycopg3_server_side_cursor_and_copy(server):
    with psycopg.connect(server.dsn) as connection:
        connection.execute("CREATE TEMP TABLE numbers (n int4, name text)")
        with connection.cursor().copy("COPY numbers (n, name) FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "text"])
            for n in range(1000):
                copy.write_row((n, f"name {n}"))
        with connection.cursor(name="reader") as cursor:
            cursor.itersize = 100
            cursor.execute("SELECT n FROM numbers ORDER BY n")
            assert [row[0] for row in cursor] == list(range(1000))


def test_psycopg3_pipeline_keeps_statements_apart(server):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        with connection.pipeline():
            results = [connection.execute("SELECT %s::int4", (n,)) for n in range(10)]
        assert [result.fetchone()[0] for result in results] == list(range(10))


def test_asyncpg_prepares_and_fetches(server):
    async def talk():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="postgres", database="postgres")
        try:
            assert await connection.fetchval("SELECT $1::int4 + 1", 41) == 42
            rows = await connection.fetch("SELECT n, n * n AS square FROM generate_series(1, $1::int4) n", 4)
            assert [tuple(row) for row in rows] == [(1, 1), (2, 4), (3, 9), (4, 16)]
            async with connection.transaction():
                await connection.execute("CREATE TABLE later (n int)")
                await connection.copy_records_to_table("later", records=[(n,) for n in range(50)])
            assert await connection.fetchval("SELECT count(*) FROM later") == 50
            with pytest.raises(asyncpg.DivisionByZeroError):
                await connection.fetchval("SELECT 1 / $1::int4", 0)
        finally:
            await connection.close()

    asyncio.run(talk())


def test_asyncpg_prepares_what_is_no_query_and_has_rows(server):
    async def talk():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="postgres", database="postgres")
        try:
            for sql, column, value in (("SHOW TRANSACTION ISOLATION LEVEL", "transaction_isolation", "read committed"),
                                       ("EXPLAIN (COSTS OFF) SELECT 1", "QUERY PLAN", "Result")):
                statement = await connection.prepare(sql)
                assert [attribute.name for attribute in statement.get_attributes()] == [column]
                assert (await statement.fetchval()) == value
        finally:
            await connection.close()

    asyncio.run(talk())


@pytest.mark.parametrize("command", ["\\dt", "\\di", "\\d described", "\\d+ described", "\\dn", "\\dx", "\\df abs"])
def test_psql_describes(server, command):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE IF NOT EXISTS described (id bigserial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x',"
            " price numeric(8,2) CHECK (price > 0), embedding vector(3))")
        connection.execute("CREATE INDEX IF NOT EXISTS described_name ON described (name)")
    done = subprocess.run(
        [POSTGRES / "psql", "-X", "-v", "ON_ERROR_STOP=1", "-d", server.dsn, "-c", command],
        capture_output=True, text=True, timeout=60)
    assert done.returncode == 0, done.stderr
    if command == "\\d described":
        for part in ("described_pkey", "described_name", "numeric(8,2)", "vector(3)", "nextval("):
            assert part in done.stdout, done.stdout


def test_metrics_and_health_answer(server):
    assert "fathom_" in server.get("/metrics")
    assert server.get("/healthz") is not None


def test_gin_over_jsonb_and_arrays_serves_filters(server):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("CREATE TABLE facts (id int PRIMARY KEY, meta jsonb, tags text[])")
        connection.execute("CREATE INDEX facts_meta ON facts USING gin (meta jsonb_path_ops)")
        connection.execute("CREATE INDEX facts_tags ON facts USING gin (tags)")
        connection.execute("""
            INSERT INTO facts SELECT i, jsonb_build_object('a', i), ARRAY['t' || i % 100]
            FROM generate_series(1, 2000) i""")
        for index, condition, found in (("facts_meta", """meta @> '{"a": 2}'""", [2]),
                                        ("facts_tags", "tags @> '{t7}' AND id < 200", [7, 107])):
            plan = connection.execute(f"EXPLAIN SELECT id FROM facts WHERE {condition}").fetchall()
            assert any(f"Bitmap Index Scan on {index}" in line for line, in plan), plan
            rows = connection.execute(f"SELECT id FROM facts WHERE {condition} ORDER BY id").fetchall()
            assert [row for row, in rows] == found
        assert connection.execute("SELECT pg_get_indexdef('facts_meta'::regclass)").fetchone() == (
            "CREATE INDEX facts_meta ON public.facts USING gin (meta jsonb_path_ops)",)
        with pytest.raises(psycopg.errors.DatatypeMismatch):
            connection.execute("CREATE INDEX ON facts USING gin (tags jsonb_path_ops)")


@pytest.mark.parametrize("sql, position", [
    ("SELECT 'x'::int4", 8), ("SELECT CAST('x' AS int4)", 13), ("SELECT true::date", 12),
    ("SELECT CAST(true AS date)", 8)])
def test_a_cast_that_fails_points_at_the_literal_or_at_itself(server, sql, position):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        with pytest.raises(psycopg.Error) as caught:
            connection.execute(sql)
    assert caught.value.diag.statement_position == str(position)


def test_regprocedure_is_told_by_its_arguments(server):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        found = connection.execute(
            "SELECT 'abs(int4)'::regprocedure::text, 'abs(double precision)'::regprocedure::oid::int").fetchone()
        assert found == ("abs(integer)", 1395)
        with pytest.raises(psycopg.errors.UndefinedFunction):
            connection.execute("SELECT 'abs(text)'::regprocedure")


def test_asyncpg_moves_a_cursor_by_a_statement(server):
    async def talk():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="postgres", database="postgres")
        try:
            async with connection.transaction():
                cursor = await connection.cursor("SELECT n FROM generate_series(1, 100) n")
                # MOVE on a portal that Execute has not touched, then Execute again.
                assert await cursor.forward(10) == 10
                assert (await cursor.fetchrow())["n"] == 11
                assert await cursor.forward(5) == 5
                assert [row["n"] for row in await cursor.fetch(2)] == [17, 18]
        finally:
            await connection.close()

    asyncio.run(talk())


def test_asyncpg_prepares_again_after_a_change_of_the_table(server):
    async def talk():
        connection = await asyncpg.connect(
            host="127.0.0.1", port=server.port, user="postgres", database="postgres")
        try:
            await connection.execute("CREATE TABLE changing (a int); INSERT INTO changing VALUES (1)")
            assert [tuple(row) for row in await connection.fetch("SELECT * FROM changing")] == [(1,)]
            await connection.execute("ALTER TABLE changing ADD COLUMN b text DEFAULT 'z'")
            # asyncpg knows the error by its routine, and prepares anew.
            assert [tuple(row) for row in await connection.fetch("SELECT * FROM changing")] == [(1, "z")]
        finally:
            await connection.close()

    asyncio.run(talk())


def test_large_objects_are_refused_by_name(server):
    import psycopg2
    connection = psycopg2.connect(server.dsn)
    with pytest.raises(psycopg2.Error, match="large objects and the function call protocol are not supported"):
        connection.lobject(0, "w")
    connection.rollback()
    with pytest.raises(psycopg2.errors.FeatureNotSupported, match="large objects are not supported"):
        connection.cursor().execute("SELECT lo_create(0)")
    connection.close()
