"""What each archived feed ever held, in order of entering, and its complete documents."""

from __future__ import annotations

import sqlite3
import zlib
from collections.abc import Iterable, Mapping
from dataclasses import replace
from datetime import datetime

from feedhub.model import ArchivedDocument, ArchivePage, Item, Ranked
from feedhub.store import codec, hand, reading

NEW = ".new"  # ends the name of a popular list's append-only feed


def note_entered(conn: sqlite3.Connection, feed: str, entries: Iterable[Ranked], tick: int) -> None:
    """Append those that never were in the feed: items of a latest list, stories of ``.new``."""
    by_story = feed.endswith(NEW)
    for entry in entries:
        conn.execute(
            "INSERT OR IGNORE INTO feed_entries (feed, n, key, item_id, story_id, tick)"
            " SELECT ?, coalesce(max(n) + 1, 0), ?, ?, ?, ? FROM feed_entries WHERE feed = ?",
            (
                feed,
                entry.story_id if by_story else entry.item_id,
                entry.item_id,
                entry.story_id,
                tick,
                feed,
            ),
        )


def entered(conn: sqlite3.Connection, feed: str) -> int:
    """How many entries the feed ever held."""
    row = conn.execute("SELECT max(n) FROM feed_entries WHERE feed = ?", (feed,)).fetchone()
    return 0 if row[0] is None else int(row[0]) + 1


def page(conn: sqlite3.Connection, feed: str, start: int, size: int) -> ArchivePage:
    """The entries ``start`` to ``start + size``, in order of entering.

    Those of ``.new`` are as they were on entering. An item that was merged into another that
    the feed holds as well is left to that other.
    """
    rows = conn.execute(
        "SELECT e.item_id, e.story_id, e.tick, f.title, f.summary, f.link, f.entry"
        " FROM feed_entries e LEFT JOIN list_firsts f ON f.slug = ? AND f.story_id = e.story_id"
        " WHERE e.feed = ? AND e.n >= ? AND e.n < ? ORDER BY e.n",
        (feed.removesuffix(NEW) if feed.endswith(NEW) else "", feed, start, start + size),
    ).fetchall()
    hidden, titles = hand.overridden(conn, feed.removesuffix(NEW))
    found = {
        item_id: item
        for item_id, item in reading.items(conn, [row[0] for row in rows]).items()
        if item.id not in hidden
    }
    entries: list[tuple[Ranked, Item, datetime]] = []
    for item_id, story_id, tick, title, summary, link, entry in rows:
        item = found.get(item_id)
        if item is None or (item.id != item_id and _holds(conn, feed, item.id)):
            continue
        if entry is not None:
            ranked = codec.unpack_ranked(entry)[0]
            item = replace(item, title=titles.get(item.id, title), summary=summary, link=link)
        else:
            ranked = Ranked(0, item.id, story_id, 0.0, None, ())
        entries.append((ranked, item, codec.at(tick)))
    return ArchivePage(tuple(entries), missing=sum(row[0] not in found for row in rows))


def _holds(conn: sqlite3.Connection, feed: str, item_id: int) -> bool:
    row = conn.execute(
        "SELECT 1 FROM feed_entries WHERE feed = ? AND item_id = ?", (feed, item_id)
    ).fetchone()
    return row is not None


def _overridden(conn: sqlite3.Connection, feed: str, number: int, size: int) -> bool:
    """Whether an editor has changed or hidden something of a page."""
    hidden, titles = hand.overridden(conn, feed.removesuffix(NEW))
    touched = hidden | titles.keys()
    return bool(touched) and any(
        item_id in touched
        for (item_id,) in conn.execute(
            "SELECT coalesce(r.new_id, e.item_id) FROM feed_entries e"
            " LEFT JOIN redirects r ON r.kind = 'i' AND r.old_id = e.item_id"
            " WHERE e.feed = ? AND e.n >= ? AND e.n < ?",
            (feed, number * size, (number + 1) * size),
        )
    )


def unsealed(conn: sqlite3.Connection, feed: str, size: int) -> list[int]:
    """Complete pages whose documents are not stored yet, the oldest first."""
    complete = entered(conn, feed) // size
    row = conn.execute("SELECT max(page) FROM feed_archives WHERE feed = ?", (feed,)).fetchone()
    return list(range(0 if row[0] is None else int(row[0]) + 1, complete))


def seal(
    conn: sqlite3.Connection, feed: str, number: int, documents: Mapping[str, bytes], now: datetime
) -> None:
    """Store a complete page's documents; what is stored already stays as it is."""
    conn.executemany(
        "INSERT OR IGNORE INTO feed_archives VALUES (?, ?, ?, ?, ?)",
        [
            (feed, number, kind, zlib.compress(body, 9), int(now.timestamp()))
            for kind, body in documents.items()
        ],
    )


def document(
    conn: sqlite3.Connection, feed: str, number: int, size: int, kind: str
) -> ArchivedDocument | None:
    """A complete page as it was sealed, unless an item of it was taken away or changed since."""
    row = conn.execute(
        "SELECT body, at FROM feed_archives WHERE feed = ? AND page = ? AND format = ?",
        (feed, number, kind),
    ).fetchone()
    if row is None:
        return None
    # retention may have taken the item alone, or what was noted of its entering as well
    there = conn.execute(
        "SELECT count(*) FROM feed_entries e WHERE e.feed = ? AND e.n >= ? AND e.n < ?"
        " AND (EXISTS (SELECT 1 FROM items i WHERE i.id = e.item_id)"
        " OR EXISTS (SELECT 1 FROM redirects r WHERE r.kind = 'i' AND r.old_id = e.item_id))",
        (feed, number * size, (number + 1) * size),
    ).fetchone()
    if there[0] < size or _overridden(conn, feed, number, size):
        return ArchivedDocument(None, codec.at(row[1]))
    return ArchivedDocument(zlib.decompress(row[0]), codec.at(row[1]))
