"""WebSub subscriptions, kept as the fetching room gives them."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from feedhub.store import codec

Data = Mapping[str, Any]


def save(
    conn: sqlite3.Connection,
    source_id: int,
    token: str,
    next_step_at: datetime | None,
    push_until: datetime | None,
    data: Data,
) -> None:
    """Put a subscription in the place of the one that the source had."""
    conn.execute(
        "INSERT OR REPLACE INTO subscriptions VALUES (?, ?, ?, ?, ?)",
        (
            source_id,
            token,
            codec.seconds_up(next_step_at),
            codec.seconds(push_until),
            codec.dumps(data),
        ),
    )


def of_source(conn: sqlite3.Connection, source_id: int) -> Data | None:
    row = conn.execute(
        "SELECT data FROM subscriptions WHERE source_id = ?", (source_id,)
    ).fetchone()
    return None if row is None else codec.loads(row[0])


def by_token(conn: sqlite3.Connection, token: str) -> Data | None:
    row = conn.execute("SELECT data FROM subscriptions WHERE token = ?", (token,)).fetchone()
    return None if row is None else codec.loads(row[0])


def due(conn: sqlite3.Connection, now: datetime) -> list[Data]:
    """Those that need a step now, and those whose source is no longer read."""
    return [
        codec.loads(data)
        for (data,) in conn.execute(
            "SELECT p.data FROM subscriptions p JOIN sources s ON s.id = p.source_id"
            " WHERE p.next_step_at <= ? OR (s.configured = 0 AND p.next_step_at IS NOT NULL)"
            " ORDER BY p.next_step_at LIMIT 20",
            (int(now.timestamp()),),
        )
    ]
