"""pgvector's types and indexes, as its users know them.

`vectors.txt` holds statements, each with what PostgreSQL 18.4 with pgvector 0.8.5 answered: a line
`= value|value` for each row, `! SQLSTATE message / detail` for an error.
"""
import asyncio
import pathlib

import asyncpg
import numpy as np
import pgvector.asyncpg
import pgvector.psycopg
import psycopg
import pytest
from pgvector import Bit, HalfVector, SparseVector

CASES = pathlib.Path(__file__).with_name("vectors.txt")
ROWS, DIMENSIONS = 3000, 64


def cases():
    """(statement, answer lines)"""
    found = []
    for line in CASES.read_text().splitlines():
        if line.startswith(("= ", "! ")):
            found[-1][1].append(line)
        else:
            found.append((line, []))
    return found


def answer(connection, statement):
    try:
        cursor = connection.execute(statement)
    except psycopg.Error as error:
        told = [error.diag.message_primary, error.diag.message_detail]
        return [f"! {error.sqlstate} " + " / ".join(part for part in told if part)]
    if not cursor.description:
        return []
    result = cursor.pgresult
    cell = lambda row, column: result.get_value(row, column)
    text = lambda value: r"\N" if value is None else value.decode()
    return ["= " + "|".join(text(cell(row, column)) for column in range(result.nfields))
            for row in range(result.ntuples)]


def test_every_statement_answers_as_the_reference_does(server):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("create extension if not exists vector")
        connection.execute("create schema vectors_test")
        connection.execute("set search_path = vectors_test, public")
        wrong = [(statement, found, expected) for statement, expected in cases()
                 if (found := answer(connection, statement)) != expected]
    assert not wrong, "\n".join(f"{s}\n  found    {f}\n  expected {e}" for s, f, e in wrong)


@pytest.fixture(scope="module")
def embeddings(server):
    """Rows around sixty centres, as embeddings lie; one in ten without a vector."""
    random = np.random.default_rng(5)
    centres = random.normal(size=(60, DIMENSIONS))
    rows = centres[random.integers(60, size=ROWS)] + random.normal(size=(ROWS, DIMENSIONS)) * 0.4
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        pgvector.psycopg.register_vector(connection)
        connection.execute(f"create table items (id int primary key, kind int, e vector({DIMENSIONS}))")
        with connection.cursor().copy("copy items from stdin (format binary)") as copy:
            copy.set_types(["int4", "int4", "vector"])
            for number, row in enumerate(rows):
                copy.write_row((number, number % 7, None if number % 10 == 0 else row.astype(np.float32)))
    return rows.astype(np.float32)


# The name of the index, its definition, and the order that it serves.
INDEXES = [
    ("plain", "hnsw (e vector_l1_ops)", "e <+> %(q)s::vector"),
    ("halves", f"hnsw ((e::halfvec({DIMENSIONS})) halfvec_cosine_ops)",
     f"e::halfvec({DIMENSIONS}) <=> %(q)s::vector::halfvec({DIMENSIONS})"),
    ("halves_l2", f"hnsw ((e::halfvec({DIMENSIONS})) halfvec_l2_ops)",
     f"e::halfvec({DIMENSIONS}) <-> %(q)s::vector::halfvec({DIMENSIONS})"),
    ("sparse", f"hnsw ((e::sparsevec({DIMENSIONS})) sparsevec_ip_ops)",
     f"e::sparsevec({DIMENSIONS}) <#> %(q)s::vector::sparsevec({DIMENSIONS})"),
    ("bits", f"hnsw ((binary_quantize(e)::bit({DIMENSIONS})) bit_hamming_ops)",
     f"binary_quantize(e)::bit({DIMENSIONS}) <~> binary_quantize(%(q)s::vector)"),
    ("jaccard", f"hnsw ((binary_quantize(e)::bit({DIMENSIONS})) bit_jaccard_ops)",
     f"binary_quantize(e)::bit({DIMENSIONS}) <%%> binary_quantize(%(q)s::vector)"),
    ("part", "hnsw ((subvector(e, 1, 32)::vector(32)) vector_cosine_ops)",
     "subvector(e, 1, 32)::vector(32) <=> subvector(%(q)s::vector, 1, 32)"),
    ("lists", "ivfflat (e vector_l2_ops) with (lists = 30)", "e <-> %(q)s::vector"),
    ("list_halves", f"ivfflat ((e::halfvec({DIMENSIONS})) halfvec_ip_ops) with (lists = 30)",
     f"e::halfvec({DIMENSIONS}) <#> %(q)s::vector::halfvec({DIMENSIONS})"),
    ("list_bits", f"ivfflat ((binary_quantize(e)::bit({DIMENSIONS})) bit_hamming_ops) with (lists = 30)",
     f"binary_quantize(e)::bit({DIMENSIONS}) <~> binary_quantize(%(q)s::vector)"),
]


@pytest.mark.parametrize("name, definition, order", INDEXES, ids=[index[0] for index in INDEXES])
def test_an_index_finds_what_an_exact_scan_finds(server, embeddings, name, definition, order):
    # By the order's own value: among bits many rows are equally near.
    query = f"select {order} as d from items {{where}} order by {order} limit 10"
    way = "lists" if "ivfflat" in definition else "graph"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        pgvector.psycopg.register_vector(connection)
        connection.execute(f"create index {name} on items using {definition}")
        try:
            connection.execute("set ivfflat.probes = 6")
            found = 0
            for where in ("", "where kind = 3"):
                asked = query.format(where=where)
                given = {"q": embeddings[11]}
                plan = "\n".join(row[0] for row in connection.execute("explain analyze " + asked, given))
                assert f"Index Scan using {name} on items" in plan, plan
                assert where or f"Search: {way}" in plan, plan
                for number in range(1, 21):
                    given = {"q": embeddings[number * 141]}
                    near = [row[0] for row in connection.execute(asked, given)]
                    connection.execute("set enable_indexscan = off")
                    exact = [row[0] for row in connection.execute(asked, given)]
                    connection.execute("set enable_indexscan = on")
                    assert len(near) == 10 and near == sorted(near)
                    found += sum(distance <= exact[-1] + 1e-6 for distance in near)
            assert found >= 0.93 * 400, found
        finally:
            connection.execute(f"drop index {name}")


def test_a_quantised_index_is_re_ranked_by_the_vectors_themselves(server, embeddings):
    query = f"""
        select id from (
            select id, e from items
            order by binary_quantize(e)::bit({DIMENSIONS}) <~> binary_quantize(%(q)s::vector) limit 400
        ) nearest order by e <=> %(q)s::vector limit 10"""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        pgvector.psycopg.register_vector(connection)
        connection.execute("create index quantised on items using hnsw"
                           f" ((binary_quantize(e)::bit({DIMENSIONS})) bit_hamming_ops)")
        plan = "\n".join(row[0] for row in connection.execute("explain " + query, {"q": embeddings[1]}))
        assert "Index Scan using quantised on items" in plan, plan
        found = 0
        for number in range(1, 21):
            given = {"q": embeddings[number * 141]}
            near = {row[0] for row in connection.execute(query, given)}
            exact = connection.execute("select id from items order by e <=> %(q)s::vector, id limit 10", given)
            found += len(near & {row[0] for row in exact})
        connection.execute("drop index quantised")
    assert found >= 180, found


def test_a_partial_index_serves_what_it_covers_and_follows_changes(server, embeddings):
    order = f"e::halfvec({DIMENSIONS}) <-> %(q)s::vector::halfvec({DIMENSIONS})"
    query = f"select id from items where kind = 2 and id < 5000 order by {order} limit 5"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        pgvector.psycopg.register_vector(connection)
        connection.execute(f"create index covered on items using hnsw ((e::halfvec({DIMENSIONS}))"
                           " halfvec_l2_ops) where kind = 2")
        given = {"q": embeddings[2]}
        explain = lambda text: "\n".join(row[0] for row in connection.execute("explain " + text, given))
        assert "Index Scan using covered" in explain(query)
        assert "Index Scan using covered" not in explain(query.replace("kind = 2", "kind = 3"))
        near = [row[0] for row in connection.execute(query, given)]
        assert near[0] == 2 and all(row % 7 == 2 for row in near)
        connection.execute("insert into items values (4001, 2, %(q)s), (4002, 3, %(q)s)", given)
        connection.execute("update items set kind = 3 where id = 2")
        connection.execute("delete from items where id = %s", (near[1],))
        after = [row[0] for row in connection.execute(query, given)]
        assert after[0] == 4001 and after[1:4] == near[2:5]
        with connection.transaction(force_rollback=True):
            connection.execute("update items set kind = 2 where id = 4002")
            assert {row[0] for row in connection.execute(query, given)} >= {4001, 4002}
        connection.execute("delete from items where id > 4000")
        connection.execute("drop index covered")


VALUES = (HalfVector([1, -2.5, 65504]), SparseVector({0: 1.5, 4: -3}, 5), Bit("1011001"))


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg_reads_and_writes_every_type(server, binary):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        pgvector.psycopg.register_vector(connection)
        connection.execute("create temp table t (h halfvec(3), s sparsevec(5), b bit(7))")
        cursor = connection.cursor(binary=binary)
        marker = "%b" if binary else "%t"
        cursor.execute(f"insert into t values ({marker}, {marker}, {marker})", VALUES)
        with connection.cursor().copy(f"copy t from stdin (format {'binary' if binary else 'text'})") as copy:
            copy.set_types(["halfvec", "sparsevec", "bit"])
            copy.write_row(VALUES)
        rows = cursor.execute("select h, s, b::text from t").fetchall()
        assert len(rows) == 2
        for half, sparse, bits in rows:
            assert half.to_list() == VALUES[0].to_list()
            assert (sparse.dimensions(), sparse.indices(), sparse.values()) == (5, [0, 4], [1.5, -3.0])
            assert bits == "1011001"


def test_asyncpg_reads_and_writes_every_type(server):
    async def run():
        connection = await asyncpg.connect(host="127.0.0.1", port=server.port, user="postgres",
                                           database="postgres")
        try:
            await pgvector.asyncpg.register_vector(connection)
            row = await connection.fetchrow(
                "select $1::halfvec h, $2::sparsevec s, array[$1::halfvec] hs, $3::bit(7) b",
                VALUES[0], VALUES[1], asyncpg.BitString("1011001"))
            assert row["h"].to_list() == row["hs"][0].to_list() == VALUES[0].to_list()
            assert row["s"].indices() == [0, 4] and row["s"].values() == [1.5, -3.0]
            assert row["b"].as_string().replace(" ", "") == "1011001"
        finally:
            await connection.close()

    asyncio.run(run())
