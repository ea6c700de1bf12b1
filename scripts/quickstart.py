"""Loads the documentation's sentences once, then asks questions three ways, side by side."""
import argparse
import csv
import gzip
import pathlib
import shutil
import textwrap
import time

import psycopg2

DATA = pathlib.Path(__file__).resolve().parents[1] / "data" / "pgdocs"
TABLE = """
CREATE TABLE pgdocs (
    id bigint PRIMARY KEY,
    page text NOT NULL,
    chapter text NOT NULL,
    body text NOT NULL,
    embedding vector(384) NOT NULL,
    search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED
)
"""
INDEXES = {
    "pgdocs_embedding": "CREATE INDEX IF NOT EXISTS pgdocs_embedding ON pgdocs USING hnsw (embedding vector_cosine_ops)",
    "pgdocs_search": "CREATE INDEX IF NOT EXISTS pgdocs_search ON pgdocs USING gin (search)",
}
# Any of the question's words; BM25 puts the telling ones first.
WORDS = "replace(plainto_tsquery('english', %(text)s)::text, '&', '|')::tsquery"
QUESTIONS = {
    "meaning": """
        SELECT page, body, 1 - (embedding <=> %(embedding)s::vector) AS score
        FROM pgdocs ORDER BY embedding <=> %(embedding)s::vector LIMIT 3""",
    "words": f"""
        SELECT page, body, bm25_score(search, {WORDS}) AS score
        FROM pgdocs WHERE search @@ {WORDS}
        ORDER BY bm25_score(search, {WORDS}) DESC LIMIT 3""",
    "both": f"""
        WITH meaning AS (
            SELECT id, row_number() OVER (ORDER BY embedding <=> %(embedding)s::vector) AS place
            FROM pgdocs ORDER BY embedding <=> %(embedding)s::vector LIMIT 100
        ), words AS (
            SELECT id, row_number() OVER (ORDER BY bm25_score(search, {WORDS}) DESC) AS place
            FROM pgdocs WHERE search @@ {WORDS}
            ORDER BY bm25_score(search, {WORDS}) DESC LIMIT 100
        )
        SELECT page, body,
               coalesce(1.0 / (60 + meaning.place), 0) + coalesce(1.0 / (60 + words.place), 0) AS score
        FROM meaning FULL OUTER JOIN words ON meaning.id = words.id
        JOIN pgdocs d ON d.id = coalesce(meaning.id, words.id)
        ORDER BY score DESC LIMIT 3""",
}


def load(connection):
    """Makes table, rows and indexes, unless they are there."""
    with connection, connection.cursor() as cursor:
        cursor.execute("SELECT to_regclass('pgdocs') IS NULL")
        if cursor.fetchone()[0]:
            cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
            cursor.execute(TABLE)
            begun = time.perf_counter()
            # One transaction with the table: a load that is broken off leaves nothing behind.
            with gzip.open(DATA / "docs.csv.gz", "rt", encoding="utf-8", newline="") as docs:
                cursor.copy_expert(
                    "COPY pgdocs (id, page, chapter, body, embedding) FROM STDIN WITH (FORMAT csv, HEADER true)",
                    docs)
            seconds = time.perf_counter() - begun
            print(f"loaded {cursor.rowcount:,} sentences by COPY in {seconds:.2f} s"
                  f" ({cursor.rowcount / seconds:,.0f} rows/s)", flush=True)
    for name, statement in INDEXES.items():
        begun = time.perf_counter()
        with connection, connection.cursor() as cursor:
            cursor.execute(statement)
        seconds = time.perf_counter() - begun
        if seconds > 0.05:
            print(f"built {name} in {seconds:.2f} s", flush=True)


def ask(connection, question):
    """The three answers with their times: name -> (rows, milliseconds)."""
    answers = {}
    for name, statement in QUESTIONS.items():
        with connection, connection.cursor() as cursor:
            begun = time.perf_counter()
            cursor.execute(statement, question)
            rows = cursor.fetchall()
            answers[name] = rows, (time.perf_counter() - begun) * 1000
    return answers


def columns(answers, width):
    """The answers beside each other, `width` characters each."""
    cells = []
    for name, (rows, milliseconds) in answers.items():
        lines = [f"{name} ({milliseconds:.1f} ms)", "-" * width]
        for page, body, score in rows:
            lines.append(f"{float(score):.4f}  {page}"[:width])
            lines += ["  " + line for line in textwrap.wrap(body, width - 2, max_lines=3, placeholder=" ...")]
        cells.append(lines)
    for number in range(max(map(len, cells))):
        row = (cell[number] if number < len(cell) else "" for cell in cells)
        yield " | ".join(f"{part:<{width}}" for part in row).rstrip()


def main():
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--port", type=int, default=5432)
    arguments.add_argument("--questions", type=int, default=4)
    arguments = arguments.parse_args()
    connection = psycopg2.connect(host="127.0.0.1", port=arguments.port, user="postgres", dbname="postgres")
    load(connection)
    csv.field_size_limit(1 << 24)
    with open(DATA / "queries.csv", encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file))[:arguments.questions]
    ask(connection, questions[0])  # the first one pays for cold caches
    width = max(30, (min(shutil.get_terminal_size((120, 24)).columns, 160) - 6) // 3)
    for question in questions:
        print(f"\n? {question['text']}")
        print("\n".join(columns(ask(connection, question), width)), flush=True)
    connection.close()


if __name__ == "__main__":
    main()
