"""Many rows written by few statements.

A statement has costs of its own besides those of its rows: it is set going, checked and ended, and
a table that never uses an id again writes down the last one. They are a fifth of what a row costs.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from itertools import chain

# Rows a statement: few sizes, so that the connection remembers the statements.
_SIZES = (64, 16, 4, 1)


def insert(
    conn: sqlite3.Connection, into: str, rows: Sequence[tuple[object, ...]], then: str = ""
) -> None:
    """Insert ``rows``, all of one width, in order; ``into`` is what stands before VALUES."""
    done = 0
    # SQLite before 3.32 takes 999 values a statement, or what it was built with.
    most = conn.getlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER)
    for size in _SIZES:
        if len(rows) - done < size or size * len(rows[0]) > most:
            continue
        one = f"({', '.join('?' * len(rows[0]))})"
        statement = f"{into} VALUES {', '.join([one] * size)}{then}"
        while len(rows) - done >= size:
            conn.execute(statement, tuple(chain.from_iterable(rows[done : done + size])))
            done += size
