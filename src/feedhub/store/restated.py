"""Items that say something else, or are no more, since a story engine last took them in.

One row among the hub's own values, since they are few: whoever places items takes them all, and
whoever loads a window takes them before it does.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from typing import Final

from feedhub.store import codec

_KEY: Final = "restated"
# What the engine reads of an item; see stories.py.
READ: Final = ("publisher", "language", "title", "summary", "authors", "origin_name")


def note(conn: sqlite3.Connection, ids: Iterable[int]) -> None:
    """Add items."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    known = codec.loads(row[0]) if row is not None else ()
    value = codec.pack_ids(sorted({*known, *ids}))
    conn.execute("INSERT OR REPLACE INTO meta VALUES (?, ?)", (_KEY, value))


def take(conn: sqlite3.Connection) -> list[int]:
    """All of them; none are left."""
    row = conn.execute("SELECT value FROM meta WHERE key = ?", (_KEY,)).fetchone()
    if row is None:
        return []
    conn.execute("DELETE FROM meta WHERE key = ?", (_KEY,))
    return [int(item_id) for item_id in codec.loads(row[0])]
