"""After a clock that was ahead: what it has dated and planned is taken back to the present."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.model import FetchState
from feedhub.store import codec

# Every time that tells of something past. No such time is after now, unless a clock was wrong;
# what is planned (due, leased until) is, and is looked at by itself.
_PAST: Sequence[tuple[str, str]] = (
    ("items", "effective"),
    ("items", "first_seen"),
    ("items", "updated"),
    ("item_titles", "until"),
    ("item_links", "at"),
    ("open_links", "at"),
    ("sightings", "first_seen"),
    ("sightings", "gone_at"),
    ("stories", "created"),
    ("story_history", "at"),
    ("orders", "at"),
    ("redirects", "at"),
    ("observations", "at"),
    ("fetches", "at"),
    ("list_state", "tick"),
    ("list_changes", "tick"),
    ("list_places", "tick"),
    ("list_firsts", "tick"),
    ("fingerprints", "tick"),
    ("feed_entries", "tick"),
    ("feed_archives", "at"),
    ("clicks", "hour"),
)
_PLANS = frozenset({"next_due", "paused_until", "push_until"})


def mend(conn: sqlite3.Connection, now: datetime, longest: timedelta) -> int:
    """Take back what is dated after ``now``, and plan sources anew; how many sources were.

    The clock has been ahead by as much as the latest thing it dated. All that lies ahead moves
    back by that, so what it did keeps its order and its distances, and a source that had been
    asked keeps the pause that it was promised. A plan that is still further off than
    ``longest`` is due at once; sources that are gone for good are planned for never.
    """
    ahead = _ahead(conn, now)
    if ahead > timedelta(0):
        _take_back(conn, int(now.timestamp()), int(ahead.total_seconds()))
    t, planned = int(now.timestamp()), 0
    for source_id, text, due in conn.execute(
        "SELECT id, state, next_due FROM sources WHERE outcome IS NOT 'gone'"
    ).fetchall():
        state, then = codec.unpack_state(text), due
        asked = state.last_fetch_at
        if asked is not None and asked > now:
            state = _taken_back(state, now, ahead)
            then = codec.seconds_up(state.next_due) if due is not None else None
        if then is not None and then > t + int(longest.total_seconds()):
            then, state = t, replace(state, next_due=now)
        if (codec.pack_state(state), then) != (text, due):
            conn.execute(
                "UPDATE sources SET state = ?, next_due = ? WHERE id = ?",
                (codec.pack_state(state), then, source_id),
            )
            planned += 1
    return planned


def _ahead(conn: sqlite3.Connection, now: datetime) -> timedelta:
    row = conn.execute("SELECT value FROM meta WHERE key = 'last_tick'").fetchone()
    times = [codec.at(int(row[0]))] if row else []
    for (text,) in conn.execute("SELECT state FROM sources"):
        asked = codec.unpack_state(text).last_fetch_at
        times += [asked] if asked is not None else []
    return max((at - now for at in times), default=timedelta(0))


def _take_back(conn: sqlite3.Connection, t: int, ahead: int) -> None:
    for table, column in _PAST:
        # of two that come to stand at one second, the one dated later is the later
        conn.execute(
            f"UPDATE OR REPLACE {table} SET {column} = min({column} - ?, ?) WHERE {column} > ?",  # noqa: S608 - from the list above
            (ahead, t, t),
        )


def _taken_back(state: FetchState, now: datetime, ahead: timedelta) -> FetchState:
    changed: dict[str, Any] = {}
    for field in fields(FetchState):
        at = getattr(state, field.name)
        if isinstance(at, datetime) and at > now:
            earlier = at - ahead
            changed[field.name] = earlier if field.name in _PLANS else min(earlier, now)
    return replace(state, **changed)
