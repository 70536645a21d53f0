"""Figures for those who watch a hub: how much there is, and what the log of requests says."""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping

from feedhub.store import codec
from feedhub.values import dataclass

# Of one look at the log; who has not looked for long is told the newest of them only.
ROWS = 20_000


@dataclass(frozen=True, slots=True)
class Request:
    """One request as it is counted. ``elapsed`` is in seconds."""

    outcome: str
    elapsed: float
    wire_bytes: int
    fates: Mapping[str, int]
    refused: Mapping[str, int]


def sizes(conn: sqlite3.Connection) -> Mapping[str, int]:
    """How many there are, by name."""
    return {
        name: int(conn.execute(statement).fetchone()[0])
        for name, statement in (
            ("items", "SELECT count(*) FROM items"),
            ("stories", "SELECT count(*) FROM stories"),
            ("unplaced_items", "SELECT count(*) FROM items WHERE story_id IS NULL"),
        )
    }


def requests_after(conn: sqlite3.Connection, after: int | None) -> tuple[int, list[Request]]:
    """Requests with numbers above ``after``, and the newest number; null asks for that alone."""
    (newest,) = conn.execute("SELECT coalesce(max(id), 0) FROM fetches").fetchone()
    if after is None:
        return newest, []
    rows = conn.execute(
        "SELECT outcome, stage, elapsed_ms, wire_bytes, new, changed, gone, carried, refused"
        " FROM fetches WHERE id > ? ORDER BY id",
        (max(after, newest - ROWS),),
    )
    return newest, [
        Request(
            f"{outcome}:{stage}" if stage else outcome,
            elapsed / 1000,
            wire_bytes,
            {"new": new, "changed": changed, "gone": gone, "carried": carried},
            codec.loads(refused),
        )
        for outcome, stage, elapsed, wire_bytes, new, changed, gone, carried, refused in rows
    ]
