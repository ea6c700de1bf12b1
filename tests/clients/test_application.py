"""Program (a): the psycopg2 application that blends meaning and words in one statement."""
import random

import pytest

DIMENSIONS = 384
CATEGORIES = ["network", "storage", "search"]


def literal(vector):
    return "[" + ",".join(f"{x:.6f}" for x in vector) + "]"


@pytest.fixture(scope="module")
def documents():
    generator = random.Random(7)
    words = "index vector query planner buffer cache disk replica socket packet route latency".split()
    rows = []
    for number in range(400):
        body = " ".join(generator.choice(words) for _ in range(12))
        vector = [generator.gauss(0, 1) for _ in range(DIMENSIONS)]
        norm = sum(x * x for x in vector) ** 0.5
        rows.append((body, CATEGORIES[number % 3], [x / norm for x in vector]))
    return rows


@pytest.fixture(scope="module")
def loaded(server, documents):
    connection = server.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute(
            "CREATE TABLE documents (id SERIAL PRIMARY KEY, body TEXT NOT NULL, category TEXT,"
            " embedding VECTOR(384))")
        cursor.execute(
            "CREATE INDEX ON documents USING hnsw (embedding vector_cosine_ops)"
            " WITH (m = 16, ef_construction = 64)")
        for body, category, vector in documents:
            cursor.execute(
                "INSERT INTO documents (body, category, embedding) VALUES (%s, %s, %s::vector)",
                (body, category, literal(vector)))
    yield connection
    connection.close()


def cosine(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return 1 - dot / (sum(x * x for x in a) ** 0.5 * sum(y * y for y in b) ** 0.5)


def test_filtered_neighbours_are_the_nearest_of_their_category(loaded, documents):
    query = documents[5][2]
    with loaded.cursor() as cursor:
        cursor.execute("SET hnsw.ef_search = 200")
        cursor.execute(
            "SELECT id, body, embedding <=> %s::vector AS distance FROM documents"
            " WHERE category = %s ORDER BY embedding <=> %s::vector LIMIT 5",
            (literal(query), "search", literal(query)))
        rows = cursor.fetchall()
    expected = sorted(
        (cosine(vector, query), number + 1)
        for number, (_, category, vector) in enumerate(documents) if category == "search")[:5]
    assert [row[0] for row in rows] == [number for _, number in expected]
    assert rows[0][2] == pytest.approx(0, abs=1e-5)
    loaded.commit()


def test_blend_of_similarity_and_rank_is_ordered_by_its_score(loaded, documents):
    query, text, alpha = documents[17][2], "vector latency", 0.6
    with loaded.cursor() as cursor:
        cursor.execute(
            """
            SELECT id, body,
                   %(alpha)s * (1.0 - (embedding <=> %(q)s::vector))
                   + (1 - %(alpha)s) * ts_rank_cd(to_tsvector(body), plainto_tsquery(%(text)s)) AS score
            FROM documents
            WHERE to_tsvector(body) @@ plainto_tsquery(%(text)s) OR embedding <=> %(q)s::vector < 0.5
            ORDER BY score DESC LIMIT 10
            """,
            {"alpha": alpha, "q": literal(query), "text": text})
        rows = cursor.fetchall()
    assert len(rows) == 10
    scores = [row[2] for row in rows]
    assert scores == sorted(scores, reverse=True)
    matching = {n + 1 for n, (body, _, _) in enumerate(documents)
                if {"vector", "latency"} <= set(body.split())} | {18}
    assert {row[0] for row in rows} <= matching
    loaded.commit()


def test_the_plan_names_the_index(loaded, documents):
    with loaded.cursor() as cursor:
        cursor.execute(
            "EXPLAIN SELECT id FROM documents ORDER BY embedding <=> %s::vector LIMIT 3",
            (literal(documents[0][2]),))
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "documents_embedding_idx" in plan, plan
    loaded.commit()


def test_wrong_dimension_is_pgvectors_error(loaded):
    import psycopg2
    with loaded.cursor() as cursor, pytest.raises(psycopg2.errors.DataException) as raised:
        cursor.execute("INSERT INTO documents (body, embedding) VALUES ('x', '[1,2,3]')")
    assert "expected 384 dimensions, not 3" in str(raised.value)
    loaded.rollback()
