"""After a clock that was ahead: what it has dated and planned is taken back to the present."""

from __future__ import annotations

import math
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import fields, replace
from datetime import datetime, timedelta
from typing import Any

from feedhub.model import FetchState
from feedhub.store import clicks, codec, tombstones

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
    ("story_links", "at"),
    ("overrides", "at"),
)
_NOTED = ("last_tick", "hands_at", "pruned_at")  # in meta
_PLANS = frozenset({"next_due", "paused_until", "quiet_until", "push_until"})
# Rows that hold what was done beside what is planned because of it: when the one was dated
# ahead, both go back, and the distance between them stays.
_DONE_AND_PLANNED: Sequence[tuple[str, Sequence[str], Sequence[str]]] = (
    ("hands", ("at", "undone_at"), ("until",)),
    ("websub_pings", ("asked_at", "tried_at"), ("next_at",)),
)
# The same within a subscription: what was done, and what follows from it.
_FOLLOWS: Mapping[str, Sequence[str]] = {
    "asked_at": ("next_step_at",),
    "lease_from": ("lease_until", "next_step_at"),
    "pushed_at": (),
    "missed_at": (),
}


def mend(conn: sqlite3.Connection, now: datetime, longest: timedelta) -> int:
    """Take back what is dated after ``now``, and plan sources anew; how many sources were.

    The clock has been ahead by as much as the latest thing it dated. All that lies ahead moves
    back by that, so what it did keeps its order and its distances, and a source that had been
    asked keeps the pause that it was promised. A plan that is still further off than
    ``longest`` is due at once; sources that are gone for good are planned for never.
    """
    ahead = _ahead(conn, now)
    t, planned = int(now.timestamp()), 0
    if ahead > timedelta(0):
        _take_back(conn, t, math.ceil(ahead.total_seconds()))
        _mend_subscriptions(conn, now, ahead)
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
    _take_back_plans_of_fetches(conn, t, ahead)
    for table, column in _PAST:
        # of two that come to stand at one second, the one dated later is the later
        conn.execute(
            f"UPDATE OR REPLACE {table} SET {column} = min({column} - ?, ?) WHERE {column} > ?",  # noqa: S608 - from the list above
            (ahead, t, t),
        )
    for table, done, planned in _DONE_AND_PLANNED:
        sets = [f"{column} = {column} - :ahead" for column in planned]
        sets += [f"{column} = min({column} - :ahead * ({column} > :t), :t)" for column in done]
        where = " OR ".join(f"{column} > :t" for column in done)
        conn.execute(
            f"UPDATE {table} SET {', '.join(sets)} WHERE {where}",  # noqa: S608 - from the list above
            {"ahead": ahead, "t": t},
        )
    conn.executemany(
        "UPDATE meta SET value = CAST(min(CAST(value AS INTEGER), ?) AS TEXT) WHERE key = ?",
        [(t, key) for key in _NOTED],
    )
    tombstones.no_later(conn, codec.at(t))
    _mend_clicks(conn, t, ahead)


def _take_back_plans_of_fetches(conn: sqlite3.Connection, t: int, ahead: int) -> None:
    """What the log of requests holds them against, or each would seem to have been too soon."""
    conn.execute(
        "UPDATE fetches SET allowed_at = allowed_at - :ahead, due = due - :ahead WHERE at > :t",
        {"ahead": ahead, "t": t},
    )
    rows = conn.execute(
        "SELECT id, visits FROM fetches WHERE at > ? AND visits IS NOT NULL AND visits != '[]'",
        (t,),
    ).fetchall()
    back = timedelta(seconds=ahead)
    conn.executemany(
        "UPDATE fetches SET visits = ? WHERE id = ?",
        [
            (codec.pack_visits(replace(v, at=v.at - back) for v in codec.unpack_visits(text)), id_)
            for id_, text in rows
        ],
    )


def _mend_clicks(conn: sqlite3.Connection, t: int, ahead: int) -> None:
    """Hours stay whole ones; what comes to stand in one hour is counted together."""
    rows = conn.execute("SELECT item_id, hour, count FROM clicks WHERE hour > ?", (t,)).fetchall()
    conn.execute("DELETE FROM clicks WHERE hour > ?", (t,))
    clicks.add_clicks(
        conn,
        [
            (item_id, then - then % clicks.HOUR, count)
            for item_id, hour, count in rows
            for then in (min(hour - ahead, t),)
        ],
    )


def _mend_subscriptions(conn: sqlite3.Connection, now: datetime, ahead: timedelta) -> None:
    """A lease that a hub gave runs as long as it said, and what was to be asked still is."""
    for source_id, next_step, until, text in conn.execute(
        "SELECT source_id, next_step_at, push_until, data FROM subscriptions"
    ).fetchall():
        data: dict[str, Any] = dict(codec.loads(text))
        late = [name for name in _FOLLOWS if (at := _at(data, name)) is not None and at > now]
        back = {plan for name in late for plan in _FOLLOWS[name]}
        for name in {*late, *back}:
            if (at := _at(data, name)) is not None:
                earlier = at - ahead
                data[name] = (min(earlier, now) if name in late else earlier).isoformat()
        if late:
            lost = math.ceil(ahead.total_seconds())
            conn.execute(
                "UPDATE subscriptions SET next_step_at = ?, push_until = ?, data = ?"
                " WHERE source_id = ?",
                (
                    next_step - lost
                    if next_step is not None and "next_step_at" in back
                    else next_step,
                    until - lost if until is not None and "lease_until" in back else until,
                    codec.dumps(data),
                    source_id,
                ),
            )


def _at(data: Mapping[str, Any], name: str) -> datetime | None:
    text = data.get(name)
    return None if text is None else codec.instant(text)


def _taken_back(state: FetchState, now: datetime, ahead: timedelta) -> FetchState:
    changed: dict[str, Any] = {}
    for field in fields(FetchState):
        at = getattr(state, field.name)
        if isinstance(at, datetime) and at > now:
            earlier = at - ahead
            changed[field.name] = earlier if field.name in _PLANS else min(earlier, now)
    return replace(state, **changed)
