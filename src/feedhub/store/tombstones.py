"""Keys of removed items, eight bytes each, so that a source that shows one again is not news.

A key is 64 bits of a hash. The first sixteen say which row it is in, the other six bytes stand in
that row's blob, each with the day (two bytes, since 1970) on which it was buried.
"""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime, timedelta
from hashlib import blake2b
from typing import Final

from feedhub.model import FetchCommit, Key
from feedhub.store import codec

# Past this no source is known to show an article again, except by way of its whole archive.
KEPT: Final = timedelta(days=730)
_LOOKED_UP: Final = ("guid", "link", "title", "text")
_DAY: Final = 86400
_REST: Final = 6  # bytes of a hash within its row
_WIDTH: Final = 8  # with the day
_ROWS: Final = 4000  # recalled keys in one transaction
_SWEEP: Final = 30  # days in which every row is looked through once for what is too old


def bury(conn: sqlite3.Connection, keys: Iterable[Key], now: datetime) -> None:
    """Remember those keys that documents are looked up by, from now on.

    What was buried today already is not written again.
    """
    day = _day(now).to_bytes(2, "big")
    rows: dict[int, set[bytes]] = defaultdict(set)
    for key in keys:
        if key[1] in _LOOKED_UP:
            row, rest = _mark(key)
            rows[row].add(rest)
    were = _held(conn, rows)
    written: list[tuple[int, bytes]] = []
    for row in sorted(rows):
        was = were.get(row, b"")
        held = bytearray(was)
        for rest in sorted(rows[row]):
            at = _place(held, rest)
            held[at : at + _WIDTH] = rest + day
        if held != was:
            written.append((row, bytes(held)))
    conn.executemany("INSERT OR REPLACE INTO tombstones VALUES (?, ?)", written)


def recall(conn: sqlite3.Connection, commit: FetchCommit) -> None:
    """Before a document is taken in: put back the keys of removed items that it names.

    They stand among the keys under item 0, which is none, until :func:`settle`.
    """
    keys = {
        key for candidate in commit.candidates for key in (*candidate.lookup, *candidate.guards)
    }
    if not keys or conn.execute("SELECT 1 FROM tombstones LIMIT 1").fetchone() is None:
        return
    back = buried(conn, keys)
    conn.executemany("INSERT OR IGNORE INTO item_keys VALUES (?, ?, ?, 0)", back)


def buried(conn: sqlite3.Connection, keys: Iterable[Key]) -> list[Key]:
    """Those of ``keys`` that are remembered."""
    marks = {key: _mark(key) for key in keys}
    held = _held(conn, {row for row, _ in marks.values()})
    return [
        key
        for key, (row, rest) in marks.items()
        if row in held and _place(held[row], rest) < len(held[row])
    ]


def take(conn: sqlite3.Connection, row: int, marks: bytes) -> None:
    """Remember as well what another database remembers in that row. Raises ValueError."""
    if len(marks) % _WIDTH or not 0 <= row < 1 << 16:
        raise ValueError("its marks are no row of removed items")
    held: dict[bytes, bytes] = {}
    for packed in (marks, _held(conn, (row,)).get(row, b"")):
        for at in range(0, len(packed), _WIDTH):
            rest, day = packed[at : at + _REST], packed[at + _REST : at + _WIDTH]
            held[rest] = max(day, held.get(rest, day))
    packed = b"".join(rest + held[rest] for rest in sorted(held))
    conn.execute("INSERT OR REPLACE INTO tombstones VALUES (?, ?)", (row, packed))


def settle(conn: sqlite3.Connection, now: datetime) -> int:
    """Bury recalled keys again, from today; forget those that are too old. How many of both.

    A part of the rows is looked through each day, so what is too old goes within a month.
    """
    keys = conn.execute(
        "SELECT scope, kind, value FROM item_keys WHERE item_id = 0 LIMIT ?", (_ROWS,)
    ).fetchall()
    bury(conn, keys, now)
    conn.executemany("DELETE FROM item_keys WHERE scope = ? AND kind = ? AND value = ?", keys)
    return len(keys) + _forget(conn, _day(now))


def no_later(conn: sqlite3.Connection, now: datetime) -> None:
    """The clock was ahead: what it buried in days to come was buried today."""
    today = _day(now).to_bytes(2, "big")
    for row, held in conn.execute("SELECT id, marks FROM tombstones").fetchall():
        marks = [held[at : at + _WIDTH] for at in range(0, len(held), _WIDTH)]
        right = b"".join(mark[:_REST] + min(mark[_REST:], today) for mark in marks)
        if right != held:
            conn.execute("UPDATE tombstones SET marks = ? WHERE id = ?", (right, row))


def _forget(conn: sqlite3.Connection, today: int) -> int:
    oldest = (today - KEPT.days).to_bytes(2, "big")
    gone = 0
    for row, held in conn.execute(
        "SELECT id, marks FROM tombstones WHERE id % ? = ?", (_SWEEP, today % _SWEEP)
    ).fetchall():
        marks = [held[at : at + _WIDTH] for at in range(0, len(held), _WIDTH)]
        kept = [mark for mark in marks if mark[_REST:] >= oldest]
        if len(kept) == len(marks):
            continue
        gone += len(marks) - len(kept)
        if kept:
            conn.execute("UPDATE tombstones SET marks = ? WHERE id = ?", (b"".join(kept), row))
        else:
            conn.execute("DELETE FROM tombstones WHERE id = ?", (row,))
    return gone


def _mark(key: Key) -> tuple[int, bytes]:
    """Which row, and what stands in it. Among ten million, a new key errs once in 10^12."""
    text = "\0".join(str(part) for part in key)
    digest = blake2b(text.encode(), digest_size=8).digest()
    return int.from_bytes(digest[:2], "big"), digest[2:]


def _held(conn: sqlite3.Connection, rows: Iterable[int]) -> dict[int, bytes]:
    """What stands in those of ``rows`` that there are."""
    found = conn.execute(
        "SELECT id, marks FROM tombstones WHERE id IN (SELECT value FROM json_each(?))",
        (codec.pack_ids(rows),),
    )
    return {row: bytes(held) for row, held in found}


def _place(held: bytes | bytearray, rest: bytes) -> int:
    """Where a mark stands in its row; the row's end where it does not."""
    at = held.find(rest)
    while at % _WIDTH and at >= 0:
        at = held.find(rest, at + 1)
    return at if at >= 0 else len(held)


def _day(now: datetime) -> int:
    return int(now.timestamp()) // _DAY
