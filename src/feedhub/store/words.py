"""What the search index is to hold, written once a transaction.

FTS5 writes a part of the index whenever a savepoint or a transaction ends, and parts are merged
later: thirty rows a part cost twice what a thousand do. So the writer's connection remembers
what is to be indexed until all work of a transaction is done. (A statement of many rows is such a
savepoint, too: rows are given it one a statement.) What one piece of work noted is
forgotten with it when it is rolled back. Any other connection writes at once.
"""

from __future__ import annotations

import sqlite3

_INSERT = "INSERT INTO items_fts (rowid, title, text) VALUES (?, ?, ?)"
_UPDATE = "UPDATE items_fts SET title = ?, text = ? WHERE rowid = ?"
_DELETE = "DELETE FROM items_fts WHERE rowid = ?"

Row = tuple[str, str]  # title, text
Noted = tuple[int, Row | None, bool]  # item, what it says (null: removed), whether it is new


class Connection(sqlite3.Connection):
    """A connection whose changes to the search index wait in ``noted`` for :func:`flush`."""

    noted: list[Noted]


def added(conn: sqlite3.Connection, item_id: int, title: str, text: str) -> None:
    """An item that the index has not held."""
    _note(conn, (item_id, (title, text), True))


def changed(conn: sqlite3.Connection, item_id: int, title: str, text: str) -> None:
    """An item that says something else now."""
    _note(conn, (item_id, (title, text), False))


def removed(conn: sqlite3.Connection, item_id: int) -> None:
    """An item that is no more."""
    _note(conn, (item_id, None, False))


def _note(conn: sqlite3.Connection, noted: Noted) -> None:
    if isinstance(conn, Connection):
        conn.noted.append(noted)
    else:
        _write(conn, [noted])


def flush(conn: Connection) -> None:
    """Write what was noted, at the end of the transaction and outside of any savepoint."""
    noted, conn.noted = conn.noted, []
    if noted:
        _write(conn, noted)


def _write(conn: sqlite3.Connection, noted: list[Noted]) -> None:
    """The last word on each item counts; what came and went leaves nothing."""
    last: dict[int, tuple[Row | None, bool]] = {}
    for item_id, row, new in noted:
        last[item_id] = (row, last[item_id][1] if item_id in last else new)
    new_rows = [(item_id, *row) for item_id, (row, new) in last.items() if row and new]
    others = [(item_id, row) for item_id, (row, new) in last.items() if not new]
    conn.executemany(_DELETE, [(item_id,) for item_id, row in others if row is None])
    conn.executemany(_UPDATE, [(*row, item_id) for item_id, row in others if row])
    conn.executemany(_INSERT, sorted(new_rows))
