"""SIGKILL in the middle of everything: what was acknowledged is there once, nothing is there half."""
import io
import os
import random
import threading
import time

import psycopg2
import pytest

from conftest import Server

ROUNDS = int(os.environ.get("FATHOM_CRASH_ROUNDS", "5"))


def vector(number):
    generator = random.Random(number)
    return "[" + ",".join(f"{generator.random():.4f}" for _ in range(16)) + "]"


class Writer(threading.Thread):
    """Writes until the server dies; remembers what was acknowledged and what was under way."""

    def __init__(self, server, kind, number, round_number):
        super().__init__(daemon=True)
        self.server, self.kind, self.base = server, kind, (round_number * 10 + number) * 1_000_000
        self.acknowledged, self.open = [], None

    def run(self):
        try:
            connection = self.server.connect()
            for step in range(1_000_000):
                self.open = (self.base + step * 100, step)
                getattr(self, self.kind)(connection, *self.open)
                self.acknowledged.append(self.open)
                self.open = None
        except psycopg2.Error:
            pass

    def single(self, connection, first, step):
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute("INSERT INTO facts (id, owner, value, embedding) VALUES (%s, %s, 1, %s)",
                           (first, self.kind, vector(first)))

    def block(self, connection, first, step):
        with connection, connection.cursor() as cursor:
            for offset in range(5):
                cursor.execute("INSERT INTO facts (id, owner, value, embedding) VALUES (%s, %s, 1, %s)",
                               (first + offset, self.kind, vector(first + offset)))

    def copy(self, connection, first, step):
        lines = "".join(f"{first + n}\t{self.kind}\t1\t{vector(first + n)}\n" for n in range(50))
        with connection, connection.cursor() as cursor:
            cursor.copy_expert("COPY facts (id, owner, value, embedding) FROM STDIN", io.StringIO(lines))

    def change(self, connection, first, step):
        """A pair whose sum never changes; every third time it is moved to new ids."""
        with connection, connection.cursor() as cursor:
            cursor.execute("UPDATE pairs SET value = value - 1 WHERE id = 1")
            cursor.execute("UPDATE pairs SET value = value + 1 WHERE id = 2")
            if step % 3 == 0:
                cursor.execute("DELETE FROM pairs WHERE id = 3")
                cursor.execute("INSERT INTO pairs VALUES (3, %s)", (step,))


def test_kill_9_loses_nothing_acknowledged_and_keeps_nothing_half(tmp_path):
    server = Server(tmp_path / "data").start()
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE TABLE facts (id bigint PRIMARY KEY, owner text, value int, embedding vector(16))")
        cursor.execute("CREATE INDEX ON facts USING hnsw (embedding vector_l2_ops)")
        cursor.execute("CREATE TABLE pairs (id int PRIMARY KEY, value int)")
        cursor.execute("INSERT INTO pairs VALUES (1, 0), (2, 0), (3, 0)")
    connection.close()
    sizes = {"single": 1, "block": 5, "copy": 50}
    everyone = []
    for round_number in range(ROUNDS):
        writers = [Writer(server, kind, number, round_number)
                   for number, kind in enumerate(["single", "single", "block", "copy", "change"])]
        for writer in writers:
            writer.start()
        time.sleep(0.5 + random.random())
        server.kill()
        for writer in writers:
            writer.join(timeout=30)
        everyone += [writer for writer in writers if writer.kind != "change"]
        server.start()
        check(server, everyone, sizes)
    assert server.stop() == 0


def check(server, everyone, sizes):
    connection = server.connect()
    with connection.cursor() as cursor:
        cursor.execute("SELECT id FROM facts")
        ids = [row[0] for row in cursor.fetchall()]
        present = set(ids)
        assert len(ids) == len(present), "a row is there twice"
        expected = set()
        for writer in everyone:
            size = sizes[writer.kind]
            for first, _ in writer.acknowledged:
                rows = set(range(first, first + size))
                assert rows <= present, f"{writer.kind} lost {rows - present}"
                expected |= rows
            if writer.open:
                first, _ = writer.open
                rows = set(range(first, first + size)) & present
                assert len(rows) in (0, size), f"{writer.kind} is there half: {rows}"
                expected |= rows
        assert present == expected, "rows that nobody wrote"
        cursor.execute("SELECT sum(value), count(*) FROM pairs WHERE id < 3")
        assert cursor.fetchone() == (0, 2)
        cursor.execute("SELECT count(*) FROM pairs WHERE id = 3")
        assert cursor.fetchone() == (1,)
        if not ids:
            return
        for probe in random.sample(sorted(present), min(5, len(present))):
            # The primary key, and the vector index against an exact scan of the same snapshot.
            cursor.execute("SELECT count(*) FROM facts WHERE id = %s", (probe,))
            assert cursor.fetchone() == (1,)
            cursor.execute("SET hnsw.ef_search = 400")
            cursor.execute("SELECT id FROM facts ORDER BY embedding <-> %s LIMIT 5", (vector(probe),))
            by_index = [row[0] for row in cursor.fetchall()]
            cursor.execute("SET enable_indexscan = off")
            cursor.execute("SELECT id FROM facts ORDER BY embedding <-> %s LIMIT 5", (vector(probe),))
            exact = [row[0] for row in cursor.fetchall()]
            cursor.execute("RESET enable_indexscan")
            assert by_index[0] == probe and len(set(by_index) & set(exact)) >= 4
    connection.close()
