"""Clients that do not speak UTF-8: what they send and read is translated."""
import psycopg
import pytest

# PostgreSQL's name, and a text that the encoding has beside ASCII
ENCODINGS = [("latin1", "é"), ("latin5", "ğ"), ("latin9", "€"), ("win1252", "€"), ("koi8r", "Юя"),
             ("euc_jp", "日本"), ("sjis", "日本"), ("euc_kr", "한국"), ("gb18030", "中文"), ("big5", "中文")]


@pytest.mark.parametrize("name, text", ENCODINGS)
def test_text_goes_both_ways(server, name, text):
    with psycopg.connect(server.dsn, autocommit=True) as connection:
        connection.execute(f"SET client_encoding = {name}")
        codec = connection.info.encoding
        assert connection.pgconn.parameter_status(b"client_encoding").decode() == name.upper()
        assert connection.execute("SELECT pg_client_encoding()").fetchone()[0] == name.upper()
        for binary in (False, True):
            with connection.cursor(binary=binary) as cursor:
                cursor.execute("SELECT %b::text, %t::text, char_length(%s)", (text, text, text))
                assert cursor.fetchone() == (text, text, len(text))
        # The server holds UTF-8, whatever came.
        assert connection.execute("SELECT convert_to(%s::text, 'UTF8')", (text,)).fetchone()[0] == text.encode()
        assert connection.execute(f'SELECT 1 AS "{text}"').description[0].name == text
        with pytest.raises(psycopg.errors.UndefinedColumn, match=text):
            connection.execute(f'SELECT "{text}"')
        with connection.cursor() as cursor:
            cursor.execute("CREATE TEMP TABLE texts (t text)")
            with cursor.copy("COPY texts FROM STDIN") as copy:
                # Characters may be cut anywhere.
                for byte in (text + "\n").encode(codec):
                    copy.write(bytes([byte]))
            assert cursor.execute("SELECT t FROM texts").fetchone()[0] == text
            with cursor.copy("COPY texts TO STDOUT (FORMAT csv)") as copy:
                assert b"".join(bytes(part) for part in copy) == (text + "\n").encode(codec)
            with cursor.copy("COPY texts TO STDOUT (ENCODING 'utf8')") as copy:
                assert b"".join(bytes(part) for part in copy) == (text + "\n").encode()


def test_what_an_encoding_does_not_have_is_an_error(server):
    with psycopg.connect(server.dsn, autocommit=True, client_encoding="latin1") as connection:
        with pytest.raises(psycopg.errors.UntranslatableCharacter, match="has no equivalent in encoding \"LATIN1\""):
            connection.execute(r"SELECT U&'\20AC'")
        assert connection.execute("SELECT 'é'").fetchone()[0] == "é"
        with pytest.raises(psycopg.errors.InvalidParameterValue):
            connection.execute("SET client_encoding = 'nope'")
        with pytest.raises(psycopg.errors.FeatureNotSupported):
            connection.execute("SET client_encoding = 'euc_tw'")
    with psycopg.connect(server.dsn) as connection:
        connection.execute("SET LOCAL client_encoding = latin1")
        assert connection.execute("SELECT 'é'").fetchone()[0] == "é"
        connection.rollback()
        assert connection.info.encoding == "utf-8"
        assert connection.execute("SELECT '日'").fetchone()[0] == "日"
