"""Signals of the hub's own: clicks of its readers by the hour, and links between items."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime

from feedhub.model import LinkSource

HOUR = 3600
# An hour's clicks are ranked once it is over and its last batch has surely been written, so
# that a tick replayed later finds what it found then.
SETTLED = 60
# A link to an article that no source brings within this time stays a link to the web at large.
OPEN_DAYS = 3


def add_clicks(conn: sqlite3.Connection, counts: Iterable[tuple[int, int, int]]) -> None:
    """Add to the clicks: of an item, by the hour that begins then, so many."""
    conn.executemany(
        "INSERT INTO clicks VALUES (?, ?, ?)"
        " ON CONFLICT (item_id, hour) DO UPDATE SET count = count + excluded.count",
        counts,
    )


def click_history(
    conn: sqlite3.Connection, since: int, t: int
) -> dict[int, list[tuple[int, str, int]]]:
    """(when, "clicks", how many so far) of each item, at the end of each hour that had any."""
    hours: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))
    for item_id, hour, count in conn.execute(
        "SELECT coalesce(r.new_id, c.item_id), c.hour, c.count FROM clicks c"
        " LEFT JOIN redirects r ON r.kind = 'i' AND r.old_id = c.item_id"
        " WHERE c.hour > ? AND c.hour <= ?",
        (since - HOUR, t - HOUR - SETTLED),
    ):
        hours[item_id][hour] += count
    found: dict[int, list[tuple[int, str, int]]] = {}
    for item_id, counts in hours.items():
        total = 0
        found[item_id] = []
        for hour in sorted(counts):
            total += counts[hour]
            found[item_id].append((hour + HOUR, "clicks", total))
    return found


def unread_links(conn: sqlite3.Connection, limit: int) -> list[LinkSource]:
    """Items whose text has not been looked at for links, oldest id first.

    Texts without any are left out.
    """
    return [
        LinkSource(*row)
        for row in conn.execute(
            "SELECT i.id, coalesce(i.publisher, s.publisher), s.role, i.canonical,"
            " iif(instr(i.content_html, 'href') > 0, i.content_html, ''), i.summary"
            " FROM items i JOIN sources s ON s.id = i.source_id"
            " WHERE i.id > (SELECT CAST(value AS INTEGER) FROM meta WHERE key = 'links_read')"
            " ORDER BY i.id LIMIT ?",
            (limit,),
        )
    ]


def note_links(
    conn: sqlite3.Connection,
    read: Sequence[LinkSource],
    links: Iterable[tuple[LinkSource, str]],
    now: datetime,
) -> None:
    """Keep (item, canonical link in its text) pairs; ``read`` need not be looked at again.

    A publisher counts once for an item, and never for an item of its own.
    """
    if not read:
        return
    t = int(now.timestamp())
    for source, value in links:
        conn.execute(
            "INSERT OR IGNORE INTO open_links VALUES (?, ?, ?, ?)",
            (value, source.publisher, source.id, t),
        )
    first, last = read[0].id, read[-1].id
    # What just came may link to what is known, and be what earlier ones linked to. Each is told
    # where to begin: left to itself the planner goes through the links of all items there are.
    for begin, then, which, values in (
        (
            "open_links l",
            "item_keys k",
            "l.at = ? AND l.from_item BETWEEN ? AND ?",
            (t, first, last),
        ),
        (
            "item_keys k INDEXED BY item_keys_item",
            "open_links l",
            "k.item_id BETWEEN ? AND ?",
            (first, last),
        ),
    ):
        conn.execute(
            "INSERT OR IGNORE INTO item_links SELECT k.item_id, l.publisher, l.from_item, ?"  # noqa: S608 - one of two texts
            f" FROM {begin} CROSS JOIN {then} ON k.value = l.value AND k.scope = 0"
            " AND k.kind = 'link' JOIN items i ON i.id = k.item_id"
            f" JOIN sources s ON s.id = i.source_id WHERE {which}"
            " AND coalesce(i.publisher, s.publisher) <> l.publisher",
            (t, *values),
        )
    conn.execute("DELETE FROM open_links WHERE at < ?", (t - OPEN_DAYS * 24 * HOUR,))
    conn.execute("UPDATE meta SET value = ? WHERE key = 'links_read'", (str(last),))


def link_history(
    conn: sqlite3.Connection, since: int, t: int
) -> dict[int, list[tuple[int, str, int]]]:
    """(when, "links", how many publishers so far) of each item, whenever one more linked to it."""
    found: dict[int, list[tuple[int, str, int]]] = {}
    for item_id, at in conn.execute(
        "SELECT coalesce(r.new_id, l.to_item), l.at FROM item_links l"
        " LEFT JOIN redirects r ON r.kind = 'i' AND r.old_id = l.to_item"
        " WHERE l.at >= ? AND l.at <= ? ORDER BY l.at",
        (since, t),
    ):
        seen = found.setdefault(item_id, [])
        seen.append((at, "links", len(seen) + 1))
    return found
