"""Foreign keys: what they refuse, what they do to referring rows, and what they wait for."""
import threading
import time

import psycopg
import pytest
from psycopg import errors


@pytest.fixture
def connect(server):
    made = []

    def one(**options):
        connection = psycopg.connect(server.dsn, **options)
        made.append(connection)
        return connection

    yield one
    for connection in made:
        connection.close()


@pytest.fixture
def family(connect):
    connection = connect(autocommit=True)
    connection.execute("DROP TABLE IF EXISTS child, parent CASCADE")
    connection.execute("CREATE TABLE parent (id int PRIMARY KEY, code text UNIQUE, name text)")
    connection.execute("INSERT INTO parent VALUES (1, 'one', 'x'), (2, 'two', 'y'), (3, 'three', 'z')")
    return connection


def refused(connection, sql, message, detail, code=errors.ForeignKeyViolation, **fields):
    with pytest.raises(code) as caught:
        connection.execute(sql)
    diag = caught.value.diag
    assert (diag.message_primary, diag.message_detail) == (message, detail)
    for name, value in fields.items():
        assert getattr(diag, name) == value


def test_rows_must_refer_to_what_is_there(family):
    family.execute("CREATE TABLE child (id int, pid int REFERENCES parent)")
    family.execute("INSERT INTO child VALUES (1, 1), (2, NULL)")
    refused(family, "INSERT INTO child VALUES (3, 2), (4, 9)",
            'insert or update on table "child" violates foreign key constraint "child_pid_fkey"',
            'Key (pid)=(9) is not present in table "parent".',
            schema_name="public", table_name="child", constraint_name="child_pid_fkey")
    refused(family, "UPDATE child SET pid = 8 WHERE id = 2",
            'insert or update on table "child" violates foreign key constraint "child_pid_fkey"',
            'Key (pid)=(8) is not present in table "parent".')
    refused(family, "DELETE FROM parent WHERE id = 1",
            'update or delete on table "parent" violates foreign key constraint "child_pid_fkey" on table "child"',
            'Key (id)=(1) is still referenced from table "child".', table_name="child")
    refused(family, "UPDATE parent SET id = 7 WHERE id = 1",
            'update or delete on table "parent" violates foreign key constraint "child_pid_fkey" on table "child"',
            'Key (id)=(1) is still referenced from table "child".')
    family.execute("UPDATE parent SET name = 'other' WHERE id = 1")
    family.execute("DELETE FROM parent WHERE id = 2")
    with pytest.raises(errors.ForeignKeyViolation):
        with family.cursor().copy("COPY child FROM STDIN") as copy:
            copy.write("5\t1\n6\t2\n")
    assert family.execute("SELECT id, pid FROM child ORDER BY id").fetchall() == [(1, 1), (2, None)]
    with family.cursor().copy("COPY child FROM STDIN") as copy:
        copy.write("5\t3\n")
    assert family.execute("SELECT count(*) FROM child").fetchone() == (3,)


@pytest.mark.parametrize("action, left", [
    ("CASCADE", []), ("SET NULL", [(1, None)]), ("SET DEFAULT", [(1, 3)]),
    ("SET DEFAULT (pid)", [(1, 3)])])
def test_actions_on_delete(family, action, left):
    family.execute(f"CREATE TABLE child (id int, pid int DEFAULT 3 REFERENCES parent ON DELETE {action})")
    family.execute("INSERT INTO child VALUES (1, 1)")
    family.execute("DELETE FROM parent WHERE id = 1")
    assert family.execute("SELECT id, pid FROM child").fetchall() == left


def test_actions_cascade_through_tables_and_within_one(family):
    family.execute("CREATE TABLE child (id int PRIMARY KEY, code text REFERENCES parent(code)"
                   " ON UPDATE CASCADE ON DELETE CASCADE, up int REFERENCES child ON DELETE CASCADE)")
    family.execute("CREATE TEMP VIEW ids AS SELECT id FROM child")
    family.execute("INSERT INTO child VALUES (1, 'one', NULL), (2, NULL, 1), (3, NULL, 2), (4, 'two', NULL)")
    family.execute("UPDATE parent SET code = 'eins' WHERE code = 'one'")
    assert family.execute("SELECT code FROM child WHERE id = 1").fetchone() == ("eins",)
    family.execute("DELETE FROM parent WHERE code = 'eins'")
    assert family.execute("SELECT id FROM ids").fetchall() == [(4,)]
    # A row that goes with the row it refers to is no obstacle.
    family.execute("CREATE TABLE ring (id int PRIMARY KEY, next int REFERENCES ring)")
    family.execute("INSERT INTO ring VALUES (1, 2), (2, 1)")
    family.execute("DELETE FROM ring")
    family.execute("DROP TABLE ring")


def test_restrict_and_full(family):
    family.execute("CREATE TABLE IF NOT EXISTS pairs (a int, b text, PRIMARY KEY (a, b))")
    family.execute("CREATE TABLE child (a int, b text, r int REFERENCES parent ON DELETE RESTRICT,"
                   " FOREIGN KEY (a, b) REFERENCES pairs MATCH FULL)")
    family.execute("INSERT INTO child VALUES (NULL, NULL, 1)")
    refused(family, "INSERT INTO child VALUES (1, NULL, NULL)",
            'insert or update on table "child" violates foreign key constraint "child_a_b_fkey"',
            "MATCH FULL does not allow mixing of null and nonnull key values.")
    refused(family, "DELETE FROM parent WHERE id = 1",
            'update or delete on table "parent" violates RESTRICT setting of foreign key constraint'
            ' "child_r_fkey" on table "child"',
            'Key (id)=(1) is referenced from table "child".', code=errors.RestrictViolation)


def test_deferred_checks_wait_for_the_commit(family, connect):
    family.execute("CREATE TABLE child (id int, pid int REFERENCES parent DEFERRABLE INITIALLY DEFERRED,"
                   " now int REFERENCES parent DEFERRABLE)")
    other = connect()
    other.execute("INSERT INTO child VALUES (1, 10)")
    other.execute("INSERT INTO parent VALUES (10, 'ten', '')")
    other.commit()
    other.execute("INSERT INTO child VALUES (2, 11)")
    with pytest.raises(errors.ForeignKeyViolation):
        other.commit()
    assert family.execute("SELECT id FROM child").fetchall() == [(1,)]
    # What was wrong meanwhile is forgotten with the row, or with its savepoint.
    other.execute("INSERT INTO child VALUES (3, 11)")
    other.execute("DELETE FROM child WHERE id = 3")
    other.execute("SAVEPOINT before")
    other.execute("INSERT INTO child VALUES (4, 12)")
    other.execute("ROLLBACK TO before")
    other.commit()
    other.execute("INSERT INTO child VALUES (5, 13)")
    with pytest.raises(errors.ForeignKeyViolation):
        other.execute("SET CONSTRAINTS ALL IMMEDIATE")
    other.rollback()
    other.execute("SET CONSTRAINTS child_now_fkey DEFERRED")
    other.execute("INSERT INTO child VALUES (6, NULL, 14)")
    other.rollback()


def test_a_row_that_is_referred_to_is_held(family, connect):
    family.execute("CREATE TABLE child (id int, pid int REFERENCES parent)")
    writer = connect()
    writer.execute("INSERT INTO child VALUES (1, 1)")
    # Its other columns may change meanwhile.
    family.execute("UPDATE parent SET name = 'meanwhile' WHERE id = 1")
    results = []

    def delete():
        try:
            with psycopg.connect(family.info.dsn, autocommit=True) as third:
                third.execute("DELETE FROM parent WHERE id = 1")
        except errors.ForeignKeyViolation as error:
            results.append(error.sqlstate)

    thread = threading.Thread(target=delete)
    thread.start()
    deadline = time.monotonic() + 10
    while time.monotonic() < deadline and not family.execute(
            "SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
        time.sleep(0.02)
    assert results == []
    writer.commit()
    thread.join(10)
    assert results == ["23503"]


def test_definitions_are_checked_shown_and_depended_upon(family):
    family.execute("CREATE TABLE child (id int, pid int REFERENCES parent ON UPDATE CASCADE ON DELETE SET NULL)")
    assert family.execute(
        "SELECT contype, confrelid::regclass::text, conkey, confkey, confupdtype, confdeltype,"
        " pg_get_constraintdef(oid) FROM pg_constraint WHERE conrelid = 'child'::regclass").fetchall() == [
            ("f", "parent", [2], [1], "c", "n",
             "FOREIGN KEY (pid) REFERENCES parent(id) ON UPDATE CASCADE ON DELETE SET NULL")]
    assert family.execute(
        "SELECT constraint_name, unique_constraint_name, update_rule, delete_rule"
        " FROM information_schema.referential_constraints").fetchall() == [
            ("child_pid_fkey", "parent_pkey", "CASCADE", "SET NULL")]
    for sql, code in [
            ("CREATE TABLE bad (a text REFERENCES parent)", "42804"),
            ("CREATE TABLE bad (a text REFERENCES parent(name))", "42830"),
            ("CREATE TABLE bad (a int REFERENCES nowhere)", "42P01"),
            ("CREATE TABLE bad (a int, b int, FOREIGN KEY (a, b) REFERENCES parent)", "42830"),
            ("CREATE TABLE bad (a int REFERENCES child)", "42704"),
            ("CREATE TEMP TABLE bad (a int REFERENCES parent)", "42P16"),
            ("TRUNCATE parent", "0A000"), ("DROP TABLE parent", "2BP01")]:
        with pytest.raises(psycopg.Error) as caught:
            family.execute(sql)
        assert caught.value.sqlstate == code, sql
    family.execute("INSERT INTO child VALUES (1, 1)")
    family.execute("TRUNCATE parent CASCADE")
    assert family.execute("SELECT count(*) FROM child").fetchone() == (0,)
    family.execute("DROP TABLE parent CASCADE")
    family.execute("INSERT INTO child VALUES (1, 99)")
    assert family.execute(
        "SELECT count(*) FROM pg_constraint WHERE conrelid = 'child'::regclass").fetchone() == (0,)
