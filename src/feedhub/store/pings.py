"""What hubs are to be told of changed feeds, and the log of how they answered."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from datetime import datetime

from feedhub.model import Ping
from feedhub.store import codec

KEPT = 2000  # rows of the log; the oldest go first

_PING = (
    "SELECT id, hub, topic, asked_at, attempts, tried_at, next_at, status, reason FROM websub_pings"
)


def ask(conn: sqlite3.Connection, pairs: Iterable[tuple[str, str]], now: datetime) -> None:
    """Note (hub, topic) pairs to be told from ``now`` on.

    A pair that waits for another try keeps its time, so that a hub in trouble is not pressed.
    """
    t = int(now.timestamp())
    conn.executemany(
        "INSERT INTO websub_pings (hub, topic, asked_at, next_at) VALUES (?, ?, ?, ?)"
        " ON CONFLICT (hub, topic) WHERE next_at IS NOT NULL"
        " DO UPDATE SET asked_at = excluded.asked_at",
        [(hub, topic, t, t) for hub, topic in pairs],
    )
    conn.execute(
        "DELETE FROM websub_pings WHERE next_at IS NULL"
        " AND id <= (SELECT max(id) FROM websub_pings) - ?",
        (KEPT,),
    )


def due(conn: sqlite3.Connection, now: datetime, limit: int) -> list[Ping]:
    """What is to be told now, the longest waiting first."""
    rows = conn.execute(
        f"{_PING} WHERE next_at IS NOT NULL AND next_at <= ? ORDER BY next_at, id LIMIT ?",
        (int(now.timestamp()), limit),
    )
    return [_ping(row) for row in rows]


def note(
    conn: sqlite3.Connection,
    ping: Ping,
    now: datetime,
    next_at: datetime | None,
    status: int | None,
    reason: str,
) -> None:
    """Log an attempt. A feed that changed again meanwhile is to be told of at once, even so."""
    t = int(now.timestamp())
    conn.execute(
        "UPDATE websub_pings SET attempts = attempts + 1, tried_at = ?, status = ?, reason = ?,"
        " next_at = ? WHERE id = ?",
        (t, status, reason, codec.seconds(next_at), ping.id),
    )
    row = conn.execute("SELECT asked_at FROM websub_pings WHERE id = ?", (ping.id,)).fetchone()
    if next_at is None and row is not None and row[0] > int(ping.asked_at.timestamp()):
        ask(conn, [(ping.hub, ping.topic)], now)


def _ping(row: tuple[int, str, str, int, int, int | None, int | None, int | None, str]) -> Ping:
    return Ping(
        id=row[0],
        hub=row[1],
        topic=row[2],
        asked_at=codec.at(row[3]),
        attempts=row[4],
        tried_at=codec.moment(row[5]),
        next_at=codec.moment(row[6]),
        status=row[7],
        reason=row[8],
    )
