"""Every page, index and reference of a database looked at, for ``feedhub doctor``.

Reads the whole file once and its indexes against it. Who writes meanwhile is not kept waiting.
"""

from __future__ import annotations

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

from feedhub.errors import StoreError
from feedhub.store.backup import check, fault, one_line
from feedhub.store.connection import connect
from feedhub.store.owners import in_use
from feedhub.values import dataclass

MOST: Final = 20  # faults told of; one broken page makes hundreds
# What SQLite says of an index that does not fit its table, while the table itself is whole.
_INDEX: Final = re.compile(
    r"row \d+ missing from index|wrong # of entries in index|non-unique entry in index|"
    r"row \d+ values differ from index"
)


@dataclass(frozen=True, slots=True)
class Fault:
    """What is wrong with the file. ``mended`` by building indexes anew: no row is lost."""

    text: str
    mended: bool = False


def examine(path: Path) -> list[Fault]:
    """What is wrong with a database of ours; nothing when it is sound.

    Raises StoreError when it is no database of ours, is newer than this feedhub, or is so
    broken that it cannot be looked at.
    """
    check(path)
    try:
        with closing(connect(path, readonly=True)) as conn:
            found = [*_structure(conn), *_references(conn), *_words(conn)]
        if os.access(path, os.W_OK) and os.access(path.parent, os.W_OK) and not in_use(path):
            found += _index_of_words(path)
    except (sqlite3.Error, UnicodeDecodeError) as error:
        raise fault(path, error, "is damaged") from error
    return found[:MOST]


def mend(path: Path) -> None:
    """Build all indexes anew from the rows that they are of. Raises StoreError."""
    if in_use(path):
        raise StoreError(f"{path}: a feedhub works on it; stop it first")
    try:
        with closing(connect(path)) as conn:
            conn.execute("REINDEX")
            conn.execute("INSERT INTO items_fts (items_fts) VALUES ('rebuild')")
    except sqlite3.Error as error:
        raise StoreError(f"{path}: its indexes cannot be built anew: {one_line(error)}") from error


def _structure(conn: sqlite3.Connection) -> list[Fault]:
    rows = [str(row[0]) for row in conn.execute(f"PRAGMA integrity_check({MOST})")]
    lines = [line for row in rows for line in row.splitlines()]
    return [Fault(line, _INDEX.match(line) is not None) for line in lines if line != "ok"]


def _references(conn: sqlite3.Connection) -> list[Fault]:
    """Rows that speak of rows that are not there."""
    return [
        Fault(f"row {row} of {table} speaks of a row of {other} that is not there")
        for table, row, other, _ in conn.execute("PRAGMA foreign_key_check").fetchmany(MOST)
    ]


def _words(conn: sqlite3.Connection) -> list[Fault]:
    """Items that search does not know, and what it knows of no item."""
    (unknown,) = conn.execute(
        "SELECT count(*) FROM items WHERE id NOT IN (SELECT id FROM items_fts_docsize)"
    ).fetchone()
    (stray,) = conn.execute(
        "SELECT count(*) FROM items_fts_docsize WHERE id NOT IN (SELECT id FROM items)"
    ).fetchone()
    found = []
    if unknown:
        found.append(Fault(f"search does not know {unknown} items"))
    if stray:
        found.append(Fault(f"search knows {stray} items that are not there"))
    return found


def _index_of_words(path: Path) -> list[Fault]:
    """The index of search against its texts; SQLite asks that of one who may write."""
    with closing(connect(path)) as conn:
        conn.execute("BEGIN")
        try:
            conn.execute("INSERT INTO items_fts (items_fts) VALUES ('integrity-check')")
        except sqlite3.DatabaseError as error:
            return [
                Fault(f"the index of search does not fit its texts: {one_line(error)}", mended=True)
            ]
        finally:
            conn.execute("ROLLBACK")
    return []
