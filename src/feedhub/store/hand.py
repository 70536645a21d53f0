"""What editors have ordered of items and stories: kept for good, obeyed while in force."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from feedhub.model import Hand
from feedhub.store import codec

_HAND = (
    "SELECT id, kind, target, action, value, slug, at, by, note, until, undone_at, undone_by"
    " FROM hands"
)
# where an order's target leads today
_LEADS = (
    "coalesce((SELECT new_id FROM redirects r WHERE r.kind = hands.kind"
    " AND r.old_id = hands.target), hands.target)"
)


def _hand(row: Sequence[Any]) -> Hand:
    return Hand(
        id=row[0],
        kind=row[1],
        target=row[2],
        action=row[3],
        value=row[4],
        slug=row[5],
        at=codec.at(row[6]),
        by=row[7],
        note=row[8],
        until=codec.moment(row[9]),
        undone_at=codec.moment(row[10]),
        undone_by=row[11],
    )


def lay(conn: sqlite3.Connection, hand: Hand) -> Hand:
    """Record an order; an earlier one of its kind for the same target ends with it."""
    conn.execute(
        f"UPDATE hands SET undone_at = ?, undone_by = ? WHERE kind = ? AND {_LEADS} = ?"  # noqa: S608 - from above
        " AND action = ? AND slug = ? AND undone_at IS NULL",
        (codec.seconds(hand.at), hand.by, hand.kind, hand.target, hand.action, hand.slug),
    )
    cursor = conn.execute(
        "INSERT INTO hands (kind, target, action, value, slug, at, until, by, note)"
        " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
        (
            hand.kind,
            hand.target,
            hand.action,
            hand.value,
            hand.slug,
            codec.seconds(hand.at),
            codec.seconds_up(hand.until),
            hand.by,
            hand.note,
        ),
    )
    _note(conn, hand.at)
    return _hand(conn.execute(f"{_HAND} WHERE id = ?", (cursor.lastrowid,)).fetchone())


def lift(
    conn: sqlite3.Connection, kind: str, target: int, action: str, now: datetime, by: str
) -> list[Hand]:
    """Take back what is in force for a target, one action or (empty) all; what was.

    A merged item or story may be named by any of its ids.
    """
    row = conn.execute(
        "SELECT new_id FROM redirects WHERE kind = ? AND old_id = ?", (kind, target)
    ).fetchone()
    target = target if row is None else int(row[0])
    lifted = [
        hand
        for hand in in_force(conn, now)
        if (hand.kind, hand.target) == (kind, target) and action in ("", hand.action)
    ]
    conn.executemany(
        "UPDATE hands SET undone_at = ?, undone_by = ? WHERE id = ?",
        [(codec.seconds(now), by, hand.id) for hand in lifted],
    )
    if lifted:
        _note(conn, now)
    return lifted


def _note(conn: sqlite3.Connection, now: datetime) -> None:
    """Something that readers see has changed, though perhaps no list as it stands."""
    conn.execute("INSERT OR REPLACE INTO meta VALUES ('hands_at', ?)", (str(codec.seconds(now)),))


def in_force(conn: sqlite3.Connection, now: datetime) -> list[Hand]:
    """Orders that hold now, oldest first; a merged item or story is named by where it led."""
    rows = conn.execute(
        "SELECT h.id, h.kind, coalesce(r.new_id, h.target), h.action, h.value, h.slug, h.at, h.by,"
        " h.note, h.until, h.undone_at, h.undone_by FROM hands h"
        " LEFT JOIN redirects r ON r.kind = h.kind AND r.old_id = h.target"
        " WHERE h.undone_at IS NULL AND (h.until IS NULL OR h.until > ?) ORDER BY h.id",
        (codec.seconds(now),),
    )
    return [_hand(row) for row in rows]


def in_force_then(conn: sqlite3.Connection, then: datetime) -> list[Hand]:
    """Orders that a tick at that past time obeyed, oldest first; stories as they were named then.

    A command ticks in the very second of its order: what was laid or taken back at ``then`` counts.
    """
    t = int(then.timestamp())
    rows = conn.execute(
        f"{_HAND} WHERE at <= ? AND (until IS NULL OR until > ?)"
        " AND (undone_at IS NULL OR undone_at > ?) ORDER BY id",
        (t, t, t),
    )
    orders = [_hand(row) for row in rows.fetchall()]
    return [replace(order, target=_led_to(conn, order, t)) for order in orders]


def _led_to(conn: sqlite3.Connection, order: Hand, t: int) -> int:
    """Where an order's target led by ``t``. Redirects are kept only as they lead today."""
    target = order.target
    if order.kind == "i":  # of a merged item nothing is left that could be ranked
        row = conn.execute(
            "SELECT new_id FROM redirects WHERE kind = 'i' AND old_id = ?", (target,)
        ).fetchone()
        return target if row is None else int(row[0])
    while True:
        row = conn.execute(
            "SELECT h.story_id FROM redirects r JOIN story_history h ON h.at = r.at"
            " WHERE r.kind = 's' AND r.old_id = ? AND r.at <= ? AND h.story_id < r.old_id"
            " AND h.item_id IN (SELECT item_id FROM story_history WHERE story_id = r.old_id)",
            (target, t),
        ).fetchone()
        if row is None:
            return target
        target = int(row[0])


def log(conn: sqlite3.Connection, limit: int) -> list[Hand]:
    """All orders, the newest first, those taken back too."""
    return [_hand(row) for row in conn.execute(f"{_HAND} ORDER BY id DESC LIMIT ?", (limit,))]


def held(conn: sqlite3.Connection) -> set[int]:
    """Items that retention must not take while an order for them stands."""
    return {
        item_id
        for (item_id,) in conn.execute(
            f"WITH held (kind, target) AS (SELECT kind, {_LEADS} FROM hands"  # noqa: S608 - from above
            " WHERE undone_at IS NULL)"
            " SELECT target FROM held WHERE kind = 'i'"
            " UNION SELECT i.id FROM held JOIN items i ON i.story_id = target WHERE kind = 's'"
        )
    }


def refresh(conn: sqlite3.Connection, now: datetime) -> bool:
    """Bring what hands come to up to date: orders end, stories grow. True if anything changed."""
    t = codec.seconds(now)
    ended = conn.execute(
        "UPDATE hands SET undone_at = until, undone_by = 'until'"
        " WHERE undone_at IS NULL AND until <= ?",
        (t,),
    )
    if ended.rowcount:
        _note(conn, now)
    wanted: dict[int, tuple[int, str | None]] = {}
    for order in in_force(conn, now):
        gone, title = wanted.get(order.target, (0, None)) if order.kind == "i" else (0, None)
        if order.action == "takedown":
            gone = 2
        elif order.action == "hide" and not order.slug:
            gone = max(gone, 1)
        elif order.action == "retitle":
            title = order.value
        if not gone and title is None:
            continue
        for item_id in _items(conn, order):
            before = wanted.get(item_id, (0, None))
            wanted[item_id] = (max(gone, before[0]), title or before[1])
    rows = conn.execute("SELECT item_id, gone, title FROM overrides").fetchall()
    known = {item_id: (gone, title) for item_id, gone, title in rows}
    if known == wanted:
        return False
    conn.executemany(
        "DELETE FROM overrides WHERE item_id = ?", [(i,) for i in known.keys() - wanted]
    )
    conn.executemany(
        "INSERT OR REPLACE INTO overrides VALUES (?, ?, ?, ?)",
        [(i, *value, t) for i, value in wanted.items() if known.get(i) != value],
    )
    _note(conn, now)
    return True


def _hidden_in(conn: sqlite3.Connection, slug: str) -> set[int]:
    """Items that are hidden in one list alone, those of hidden stories among them."""
    return {
        item_id
        for (item_id,) in conn.execute(
            "WITH gone (kind, target) AS ("
            "SELECT h.kind, coalesce(r.new_id, h.target) FROM hands h"
            " LEFT JOIN redirects r ON r.kind = h.kind AND r.old_id = h.target"
            " WHERE h.action = 'hide' AND h.slug = ? AND h.undone_at IS NULL)"
            " SELECT target FROM gone WHERE kind = 'i'"
            " UNION SELECT i.id FROM gone JOIN items i ON i.story_id = target WHERE kind = 's'",
            (slug,),
        )
    }


def changed_at(conn: sqlite3.Connection) -> datetime | None:
    """When hands last changed what readers see, whichever process saw to it."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'hands_at'").fetchone()
    return None if row is None else codec.at(int(row[0]))


def _items(conn: sqlite3.Connection, order: Hand) -> list[int]:
    if order.kind == "i":
        return [order.target]
    rows = conn.execute("SELECT id FROM items WHERE story_id = ? ORDER BY id", (order.target,))
    return [item_id for (item_id,) in rows]


def overridden(conn: sqlite3.Connection, slug: str) -> tuple[set[int], dict[int, str]]:
    """Items that are not in a list's feeds and archives, and titles in the place of others."""
    hidden = _hidden_in(conn, slug)
    titles: dict[int, str] = {}
    for item_id, gone, title in conn.execute("SELECT item_id, gone, title FROM overrides"):
        if gone:
            hidden.add(item_id)
        if title is not None:
            titles[item_id] = title
    return hidden, titles
