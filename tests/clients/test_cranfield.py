"""Ranking quality on the Cranfield collection, against the reference figures of its makers' formulae."""
import csv
import gzip
import io
import math
import pathlib
from collections import defaultdict

import pytest

HERE = pathlib.Path(__file__).parent / "cranfield"
# nDCG@10 with linear gain over all 225 questions.
REFERENCE = {"bm25": 0.384, "vector": 0.395, "rrf": 0.426}
TOLERANCE = 0.002


@pytest.fixture(scope="module")
def collection(server):
    connection = server.connect()
    with connection, connection.cursor() as cursor:
        cursor.execute(
            "CREATE TABLE abstracts (id bigint PRIMARY KEY, title text, body text, author text, source text,"
            " year int, embedding vector(384), search tsvector GENERATED ALWAYS AS"
            " (to_tsvector('english', translate(coalesce(title, '') || ' ' || coalesce(body, ''), '-/', '  '))) STORED)")
        with gzip.open(HERE / "docs.csv.gz", "rt", encoding="utf-8", newline="") as docs:
            cursor.copy_expert(
                "COPY abstracts (id, title, body, author, source, year, embedding) FROM STDIN"
                " WITH (FORMAT csv, HEADER true)", docs)
        cursor.execute("CREATE INDEX ON abstracts USING hnsw (embedding vector_cosine_ops)")
        cursor.execute("CREATE INDEX ON abstracts USING gin (search)")
        cursor.execute("SELECT count(*) FROM abstracts")
        assert cursor.fetchone()[0] == 1400
    yield connection
    connection.close()


@pytest.fixture(scope="module")
def questions():
    csv.field_size_limit(1 << 24)
    with open(HERE / "queries.csv", encoding="utf-8", newline="") as file:
        return [(int(row["id"]), row["text"], row["embedding"]) for row in csv.DictReader(file)]


@pytest.fixture(scope="module")
def judgements():
    relevant = defaultdict(dict)
    for line in (HERE / "qrels.tsv").read_text().splitlines()[1:]:
        question, document, relevance = map(int, line.split("\t"))
        relevant[question][document] = relevance
    return relevant


def ndcg(run, judgements):
    total = 0.0
    for question, documents in run.items():
        gains = judgements[question]
        dcg = sum(gains.get(d, 0) / math.log2(n + 2) for n, d in enumerate(documents[:10]))
        ideal = sorted(gains.values(), reverse=True)[:10]
        best = sum(g / math.log2(n + 2) for n, g in enumerate(ideal))
        total += dcg / best if best else 0.0
    return total / len(run)


# PostgreSQL's parser keeps "boundary-layer" whole beside its parts; the reference splits it.
ANY_WORD = ("(SELECT string_agg(quote_literal(lexeme), ' | ')::tsquery"
            " FROM unnest(to_tsvector('english', translate(%(text)s, '-/', '  '))))")


def bm25(cursor, text, embedding, limit):
    cursor.execute(
        f"SELECT id FROM abstracts, (SELECT {ANY_WORD} AS query) q WHERE search @@ query"
        f" ORDER BY bm25_score(search, query) DESC LIMIT %(k)s", {"text": text, "k": limit})
    return [row[0] for row in cursor.fetchall()]


def vector(cursor, text, embedding, limit):
    cursor.execute("SELECT id FROM abstracts ORDER BY embedding <=> %s::vector LIMIT %s", (embedding, limit))
    return [row[0] for row in cursor.fetchall()]


def rrf(cursor, text, embedding, limit):
    cursor.execute(
        f"""
        WITH words AS (
            SELECT id, row_number() OVER (ORDER BY bm25_score(search, query) DESC) AS place
            FROM abstracts, (SELECT {ANY_WORD} AS query) q WHERE search @@ query
            ORDER BY bm25_score(search, query) DESC LIMIT 100
        ), meaning AS (
            SELECT id, row_number() OVER (ORDER BY embedding <=> %(embedding)s::vector) AS place
            FROM abstracts ORDER BY embedding <=> %(embedding)s::vector LIMIT 100
        )
        SELECT coalesce(words.id, meaning.id) AS id
        FROM words FULL OUTER JOIN meaning ON words.id = meaning.id
        ORDER BY coalesce(1.0 / (60 + words.place), 0) + coalesce(1.0 / (60 + meaning.place), 0) DESC, 1
        LIMIT %(k)s
        """, {"text": text, "embedding": embedding, "k": limit})
    return [row[0] for row in cursor.fetchall()]


@pytest.mark.parametrize("method", [bm25, vector, rrf], ids=lambda method: method.__name__)
def test_ndcg_reaches_the_reference(collection, questions, judgements, method):
    run = {}
    with collection.cursor() as cursor:
        cursor.execute("SET hnsw.ef_search = 200")
        for number, text, embedding in questions:
            run[number] = method(cursor, text, embedding, 10)
    reached = ndcg(run, judgements)
    print(f"nDCG@10 {method.__name__}: {reached:.4f} (reference {REFERENCE[method.__name__]})")
    assert reached >= REFERENCE[method.__name__] - TOLERANCE
