"""Ranges and multiranges through clients that send and read them in binary and in text."""
from datetime import date

import psycopg
import psycopg2.extras
import pytest
from psycopg.types.multirange import Multirange
from psycopg.types.range import Range


@pytest.mark.parametrize("binary", [False, True])
def test_psycopg3_sends_and_reads_ranges(server, binary):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute("DROP TABLE IF EXISTS stays")
        connection.execute(
            "CREATE TABLE stays (id int, nights daterange, rooms int4multirange, price numrange[])")
        row = (1, Range(date(2024, 1, 1), date(2024, 1, 31), "[]"),
               Multirange([Range(1, 3), Range(3, 5), Range(8, 9)]), [Range(None, 5), Range(empty=True)])
        cursor = connection.cursor(binary=binary)
        cursor.execute("INSERT INTO stays VALUES (%s, %s::daterange, %s::int4multirange, %s::numrange[])", row)
        with connection.cursor().copy("COPY stays FROM STDIN (FORMAT binary)") as copy:
            copy.set_types(["int4", "daterange", "int4multirange", "numrange[]"])
            copy.write_row((2, Range(date(2024, 6, 1), None), Multirange([]), []))
        found = cursor.execute("SELECT * FROM stays WHERE nights @> %s::date", [date(2024, 1, 31)]).fetchall()
        assert found == [(1, Range(date(2024, 1, 1), date(2024, 2, 1)),
                          Multirange([Range(1, 5), Range(8, 9)]),
                          [Range(None, 5, "()"), Range(empty=True)])]
        assert cursor.execute(
            "SELECT id FROM stays WHERE nights && daterange('2024-01-15', '2024-07-01') ORDER BY nights"
        ).fetchall() == [(1,), (2,)]
        with pytest.raises(psycopg.errors.DataException, match="less than or equal to range upper bound"):
            cursor.execute("SELECT int4range(5, 1)")


def test_psycopg2_reads_ranges(connection):
    with connection.cursor() as cursor:
        cursor.execute("SELECT '[1,5]'::int4range, %s", [psycopg2.extras.NumericRange(1, 3)])
        assert cursor.fetchone()[0] == psycopg2.extras.NumericRange(1, 6)
