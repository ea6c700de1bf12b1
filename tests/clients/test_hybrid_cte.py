"""Program (b): two ranked CTEs fused by reciprocal rank, loaded by execute_batch."""
import json
import random

import pytest
from psycopg2.extras import execute_batch

DIMENSIONS = 384
HYBRID = """
WITH semantic AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY embedding <=> %(embedding)s::vector) AS rank
    FROM articles ORDER BY embedding <=> %(embedding)s::vector LIMIT 100
), words AS (
    SELECT id, ROW_NUMBER() OVER (ORDER BY ts_rank_cd(search, query) DESC) AS rank
    FROM articles, plainto_tsquery('english', %(text)s) query
    WHERE search @@ query ORDER BY ts_rank_cd(search, query) DESC LIMIT 100
), fused AS (
    SELECT COALESCE(semantic.id, words.id) AS id,
           COALESCE(1.0 / (60 + semantic.rank), 0.0) + COALESCE(1.0 / (60 + words.rank), 0.0) AS score
    FROM semantic FULL OUTER JOIN words ON semantic.id = words.id
)
SELECT articles.id, articles.title, articles.metadata->>'lang', fused.score
FROM fused JOIN articles ON articles.id = fused.id
ORDER BY fused.score DESC, articles.id LIMIT 10
"""


@pytest.fixture(scope="module")
def articles():
    generator = random.Random(11)
    topics = ["wing flow", "heat transfer", "boundary layer", "shock wave", "panel flutter"]
    return [
        (f"Article {n}", f"On {topics[n % 5]} and {topics[n % 3]}",
         {"lang": "en" if n % 2 else "de", "year": 1950 + n % 20},
         [generator.gauss(0, 1) for _ in range(DIMENSIONS)])
        for n in range(300)
    ]


@pytest.fixture(scope="module")
def loaded(server, articles):
    connection = server.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute("""
            CREATE TABLE articles (
                id BIGSERIAL PRIMARY KEY, title TEXT NOT NULL, body TEXT NOT NULL, metadata JSONB,
                embedding VECTOR(384),
                search TSVECTOR GENERATED ALWAYS AS (to_tsvector('english', title || ' ' || body)) STORED)
        """)
        cursor.execute("CREATE INDEX articles_search ON articles USING gin (search)")
        cursor.execute("CREATE INDEX articles_embedding ON articles USING hnsw (embedding vector_cosine_ops)")
        execute_batch(
            cursor,
            "INSERT INTO articles (title, body, metadata, embedding) VALUES (%s, %s, %s, %s)",
            [(title, body, json.dumps(metadata), vector) for title, body, metadata, vector in articles])
    yield connection
    connection.close()


def distance(a, b):
    dot = sum(x * y for x, y in zip(a, b))
    return 1 - dot / (sum(x * x for x in a) ** 0.5 * sum(y * y for y in b) ** 0.5)


def test_lists_arrive_as_arrays_and_become_vectors(loaded, articles):
    with loaded.cursor() as cursor:
        cursor.execute("SELECT count(*), count(embedding), min(vector_dims(embedding)) FROM articles")
        assert cursor.fetchone() == (300, 300, 384)
        cursor.execute("SELECT metadata->'year' FROM articles WHERE id = 3")
        assert cursor.fetchone()[0] == articles[2][2]["year"]


def test_fusion_equals_the_same_fusion_done_by_hand(loaded, articles):
    query = articles[41][3]
    text = "shock wave"
    with loaded.cursor() as cursor:
        cursor.execute("SET hnsw.ef_search = 400")
        cursor.execute(HYBRID, {"embedding": str(query), "text": text})
        rows = cursor.fetchall()
        cursor.execute(
            "SELECT id, ts_rank_cd(search, plainto_tsquery('english', %s)) FROM articles"
            " WHERE search @@ plainto_tsquery('english', %s)", (text, text))
        ranks = dict(cursor.fetchall())
    near = sorted(range(1, 301), key=lambda n: distance(articles[n - 1][3], query))[:100]
    best = {number: place + 1 for place, number in enumerate(near)}
    assert len(rows) == 10
    assert [row[3] for row in rows] == sorted((row[3] for row in rows), reverse=True)
    for number, title, lang, score in rows:
        assert title == articles[number - 1][0] and lang == articles[number - 1][2]["lang"]
        from_words = float(score) - (1 / (60 + best[number]) if number in best else 0)
        # Ties in ts_rank_cd leave the place open: any of the 100 is right, but only for matches.
        if from_words > 1e-9:
            assert number in ranks and 1 / 160 - 1e-9 <= from_words <= 1 / 61 + 1e-9


def test_both_legs_use_their_index(loaded, articles):
    with loaded.cursor() as cursor:
        cursor.execute("EXPLAIN " + HYBRID, {"embedding": str(articles[0][3]), "text": "wing"})
        plan = "\n".join(row[0] for row in cursor.fetchall())
    assert "articles_embedding" in plan and "articles_search" in plan, plan
