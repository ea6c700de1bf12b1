"""pg_dump of a database loads again, and says the same."""
import re
import subprocess

import psycopg

from conftest import POSTGRES

SCHEMA = """
CREATE EXTENSION vector;
CREATE SCHEMA app;
CREATE SEQUENCE app.plain AS integer START 5 INCREMENT BY 3 MAXVALUE 1000 CYCLE;
SELECT nextval('app.plain');
CREATE TABLE authors (
  id serial PRIMARY KEY, name varchar(80) NOT NULL UNIQUE, tags text[] DEFAULT '{}'::text[],
  CONSTRAINT named CHECK (length(name) > 0));
CREATE TABLE app.docs (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author_id int REFERENCES authors(id) ON DELETE CASCADE,
  "Mixed Case" text DEFAULT 'it''s', title text NOT NULL, number int DEFAULT nextval('app.plain'),
  ts tsvector GENERATED ALWAYS AS (to_tsvector('english', coalesce(title, ''))) STORED,
  embedding vector(3) CHECK (l2_distance(embedding, '[0,0,0]'::vector) < 100));
CREATE INDEX docs_title ON app.docs (title DESC NULLS LAST, lower(title)) WHERE id > 0;
CREATE INDEX docs_embedding ON app.docs USING hnsw (embedding vector_cosine_ops) WITH (m = 8);
CREATE INDEX docs_ts ON app.docs USING gin (ts);
CREATE VIEW zeroth AS SELECT d.id, a.name FROM app.docs d JOIN authors a ON a.id = d.author_id
  ORDER BY d.embedding <-> '[1,2,3]'::vector;
CREATE VIEW app.above AS SELECT name, count(*) FROM zeroth GROUP BY name;
COMMENT ON TABLE app.docs IS 'documents';
COMMENT ON COLUMN app.docs.title IS 'the title';
COMMENT ON CONSTRAINT named ON authors IS 'not blank';
COMMENT ON VIEW zeroth IS 'nearest first';
INSERT INTO authors (name, tags) VALUES ('Ada', '{x,"y z",NULL}'), (E'tab\\there\\\\', NULL);
INSERT INTO app.docs (author_id, title, embedding) VALUES (1, 'First', '[1,2,3]'), (2, 'Second', NULL);
"""


def dumped(program, server, database):
    dsn = f"host=127.0.0.1 port={server.port} user=postgres dbname={database}"
    run = subprocess.run([program, dsn], capture_output=True, text=True)
    assert run.returncode == 0, run.stderr
    text = run.stdout
    # What stands in \\restrict differs from run to run.
    return re.sub(r"^\\(un)?restrict .*$", "", text, flags=re.M)


def test_a_dump_loads_and_dumps_the_same(server):
    program, psql = POSTGRES / "pg_dump", POSTGRES / "psql"
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        for name in ("dumped", "loaded"):
            connection.execute(f"CREATE DATABASE {name}")
    with psycopg.connect(server.dsn.replace("dbname=postgres", "dbname=dumped"), autocommit=True) as connection:
        connection.execute(SCHEMA)
    first = dumped(program, server, "dumped")
    assert "CREATE EXTENSION IF NOT EXISTS vector WITH SCHEMA public" in first
    assert "CREATE TYPE" not in first and "CREATE FUNCTION" not in first and "REVOKE" not in first
    target = f"host=127.0.0.1 port={server.port} user=postgres dbname=loaded"
    subprocess.run([psql, "-q", "-v", "ON_ERROR_STOP=1", "-d", target], input=first, text=True, check=True,
                   stdout=subprocess.DEVNULL)
    assert dumped(program, server, "loaded") == first


def test_what_pg_dump_asks_is_answered(server):
    """The catalogue's side of a dump."""
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(SCHEMA)
        connection.execute("SET search_path = ''")

        def one(query):
            return connection.execute(query).fetchone()[0]

        view = one("SELECT pg_get_viewdef('public.zeroth'::regclass)")
        assert "app.docs d" in view and "public.authors a" in view
        assert "OPERATOR(public.<->) '[1,2,3]'::public.vector" in view
        assert one("SELECT count(*) FROM app.above") == 2
        assert one("SELECT pg_get_indexdef('app.docs_embedding'::regclass)").endswith(
            "USING hnsw (embedding public.vector_cosine_ops) WITH (m='8')")
        assert one("SELECT format_type('public.vector'::regtype, 3)") == "public.vector(3)"
        check = one("SELECT pg_get_constraintdef(oid) FROM pg_constraint WHERE conname = 'docs_embedding_check'")
        assert "public.l2_distance(embedding, '[0,0,0]'::public.vector)" in check
        assert one("SELECT pg_get_expr(adbin, adrelid) FROM pg_attrdef WHERE adrelid = 'app.docs'::regclass"
                   " AND adnum = 5") == "nextval('app.plain'::regclass)"
        # A view comes after what it reads; the extension's own objects are not dumped.
        assert one("SELECT count(*) FROM pg_depend d JOIN pg_rewrite r ON r.oid = d.objid WHERE d.classid ="
                   " 'pg_rewrite'::regclass AND r.ev_class = 'app.above'::regclass"
                   " AND d.refobjid = 'public.zeroth'::regclass") == 1
        assert one("SELECT count(*) FROM pg_depend WHERE deptype = 'e' AND objid = 'public.vector'::regtype") == 1
        assert connection.execute("SELECT last_value, is_called FROM pg_get_sequence_data('app.plain')").fetchone() \
            == (5 + 3 * 2, True)
