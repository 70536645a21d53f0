"""Rows written many a statement are the rows that were given, in their order."""

from __future__ import annotations

import sqlite3

import pytest

from feedhub.store import rows


@pytest.mark.parametrize("count", [0, 1, 3, 4, 15, 16, 63, 64, 65, 90, 150])
def test_all_rows_come_in_order(count: int) -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE t (n INTEGER PRIMARY KEY AUTOINCREMENT, a, b)")
    given = [(number * 7 % 50, f"b{number}") for number in range(count)]
    rows.insert(conn, "INSERT INTO t (a, b)", given)
    assert conn.execute("SELECT a, b FROM t ORDER BY n").fetchall() == given


def test_no_statement_has_more_values_than_the_library_takes() -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE t (a, b, c)")
    conn.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 99)
    given = [(number, number, number) for number in range(70)]
    rows.insert(conn, "INSERT INTO t", given)
    assert conn.execute("SELECT * FROM t ORDER BY rowid").fetchall() == given


def test_within_one_statement_a_row_meets_those_before_it() -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE t (a PRIMARY KEY, b)")
    given = [(1, "one"), (2, "two"), (1, "three"), (2, "four"), (3, "five")]
    rows.insert(conn, "INSERT OR IGNORE INTO t", given)
    assert conn.execute("SELECT * FROM t").fetchall() == [(1, "one"), (2, "two"), (3, "five")]
    rows.insert(
        conn, "INSERT INTO t (a, b)", given, " ON CONFLICT (a) DO UPDATE SET b = excluded.b"
    )
    assert conn.execute("SELECT * FROM t").fetchall() == [(1, "three"), (2, "four"), (3, "five")]


def test_a_row_that_cannot_be_written_is_an_error() -> None:
    conn = sqlite3.connect(":memory:")
    conn.execute("CREATE TABLE t (a PRIMARY KEY NOT NULL)")
    with pytest.raises(sqlite3.IntegrityError):
        rows.insert(conn, "INSERT INTO t", [(number,) for number in range(20)] + [(3,)])
