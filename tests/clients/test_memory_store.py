"""Program (c): add, filter, update, delete and search with metadata filters and a threshold, first
without an index (exact), then with one (approximate)."""
import json
import random

import pytest

DIMENSIONS = 32


class Memories:
    """What an agent's memory does with its table."""

    def __init__(self, connection):
        self.connection = connection
        with connection, connection.cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS memories")
            cursor.execute(
                "CREATE TABLE memories (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), content text NOT NULL,"
                " metadata jsonb NOT NULL DEFAULT '{}', embedding vector(32),"
                " created_at timestamptz NOT NULL DEFAULT now())")

    def add(self, content, metadata, embedding):
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(
                "INSERT INTO memories (content, metadata, embedding) VALUES (%s, %s, %s) RETURNING id",
                (content, json.dumps(metadata), str(embedding)))
            return cursor.fetchone()[0]

    def search(self, embedding, metadata, threshold, limit):
        with self.connection, self.connection.cursor() as cursor:
            cursor.execute(
                "SELECT id, content, 1 - (embedding <=> %(q)s) AS similarity FROM memories"
                " WHERE metadata @> %(m)s AND 1 - (embedding <=> %(q)s) >= %(t)s"
                " ORDER BY embedding <=> %(q)s LIMIT %(k)s",
                {"q": str(embedding), "m": json.dumps(metadata), "t": threshold, "k": limit})
            return cursor.fetchall()


@pytest.fixture(scope="module")
def points():
    generator = random.Random(3)
    centres = [[generator.gauss(0, 1) for _ in range(DIMENSIONS)] for _ in range(6)]
    return [[c + generator.gauss(0, 0.2) for c in centres[n % 6]] for n in range(240)]


@pytest.fixture(scope="module", params=["exact", "hnsw"])
def memories(request, server, points):
    connection = server.connect()
    store = Memories(connection)
    if request.param == "hnsw":
        with connection, connection.cursor() as cursor:
            cursor.execute("CREATE INDEX ON memories USING hnsw (embedding vector_cosine_ops)")
    store.ids = [store.add(f"memory {n}", {"user": f"u{n % 4}", "kind": "note"}, point)
                 for n, point in enumerate(points)]
    yield store
    connection.close()


def similarity(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return dot / (sum(x * x for x in a) ** 0.5 * sum(y * y for y in b) ** 0.5)


def test_filter_and_threshold_hold_together(memories, points):
    found = memories.search(points[8], {"user": "u0"}, 0.5, 10)
    expected = sorted(
        ((similarity(point, points[8]), n) for n, point in enumerate(points)
         if n % 4 == 0 and similarity(point, points[8]) >= 0.5), reverse=True)[:10]
    assert [row[0] for row in found] == [memories.ids[n] for _, n in expected]
    assert found[0][2] == pytest.approx(1.0, abs=1e-5)


def test_an_update_moves_a_memory_at_once(memories, points):
    with memories.connection, memories.connection.cursor() as cursor:
        cursor.execute("UPDATE memories SET embedding = %s, metadata = metadata || '{\"kind\": \"moved\"}'"
                       " WHERE id = %s", (str(points[1]), memories.ids[2]))
        assert cursor.rowcount == 1
    found = memories.search(points[1], {"kind": "moved"}, 0.99, 5)
    assert [row[0] for row in found] == [memories.ids[2]]
    assert memories.ids[2] not in [row[0] for row in memories.search(points[2], {"user": "u2"}, 0.9, 50)]


def test_a_deleted_memory_is_found_by_nobody(memories, points):
    with memories.connection, memories.connection.cursor() as cursor:
        cursor.execute("DELETE FROM memories WHERE id = %s", (memories.ids[14],))
        cursor.execute("SELECT count(*) FROM memories")
        assert cursor.fetchone()[0] == len(points) - 1
    assert memories.ids[14] not in [row[0] for row in memories.search(points[14], {}, 0.0, 240)]


def test_k_means_k_under_a_selective_filter(memories, points):
    with memories.connection, memories.connection.cursor() as cursor:
        cursor.execute("UPDATE memories SET metadata = metadata || '{\"rare\": true}' WHERE id = ANY(%s::uuid[])",
                       ([memories.ids[n] for n in (0, 40, 80, 120, 160)],))
    assert len(memories.search(points[77], {"rare": True}, -1.0, 5)) == 5
