"""What a tick ranks from: the items of a window with their signals, now or at a past time."""

from __future__ import annotations

import json
import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from statistics import median

from feedhub.model import CountAt, RankInput, RankItem, SourceNorm
from feedhub.store import codec

# A source's normal is read over this time: two weeks hold both kinds of weekday twice.
NORM_WINDOW = timedelta(days=14)

_ITEMS = (
    "SELECT i.id, i.story_id, coalesce(i.publisher, s.publisher), s.category, i.categories,"
    " coalesce(i.language, s.language), i.title, i.effective, i.first_seen, i.counts,"
    " s.weight, s.role, i.source_id"
    " FROM items i JOIN sources s ON s.id = i.source_id"
    " WHERE i.story_id IS NOT NULL AND i.first_seen <= ? AND"
    " (i.effective >= ? OR (i.effective IS NULL AND i.first_seen >= ?))"
    " ORDER BY coalesce(i.effective, i.first_seen) DESC, i.id DESC LIMIT ?"
)

Counts = Mapping[int, Mapping[str, int]]


def rank_input(
    conn: sqlite3.Connection,
    now: datetime,
    since: datetime,
    limit: int,
    least: int = 0,
    *,
    past: bool = False,
) -> RankInput:
    """Items that tell of the time since ``since``, the newest ``limit`` of them.

    Where they are fewer than ``least``, older ones fill up to that many.

    With ``past``, as it was at ``now``: stories, counts and orders are read from history.
    Headlines and the configuration are today's.
    """
    t, start = int(now.timestamp()), int(since.timestamp())
    rows = conn.execute(_ITEMS, (t, start, start, limit)).fetchall()
    if len(rows) < least:
        rows = conn.execute(_ITEMS, (t, 0, 0, least)).fetchall()
    wanted = {row[0] for row in rows}
    history = _history(conn, wanted, t)
    if past:
        carried, places = _orders_then(conn, wanted, t)
        stories = _stories_then(conn, wanted, t)
        counts: Counts = {item_id: _latest(seen) for item_id, seen in history.items()}
        rows = [row for row in rows if row[0] in stories]
    else:
        carried, places = _sightings(conn, wanted)
        stories = {row[0]: row[1] for row in rows}
        counts = {row[0]: codec.unpack_counts(row[9]) for row in rows}
    items = tuple(
        RankItem(
            id=row[0],
            story_id=stories[row[0]],
            source_ids=tuple(sorted({row[12], *carried.get(row[0], ())})),
            publisher=row[2],
            section=row[3],
            categories=codec.unpack_strings(row[4]),
            language=row[5],
            title=row[6],
            effective=codec.moment(row[7]),
            first_seen=codec.at(row[8]),
            counts=counts.get(row[0], {}),
            history=tuple(history.get(row[0], ())),
            position=min((place for _, place in places.get(row[0], ())), default=None),
            places=tuple(sorted(places.get(row[0], ()))),
            weight=row[10],
            role=row[11],
        )
        for row in rows
    )
    return RankInput(now=now, items=items, norms=_norms(conn, t, past))


Places = tuple[Mapping[int, list[int]], Mapping[int, list[tuple[int, int]]]]


def _sightings(conn: sqlite3.Connection, wanted: set[int]) -> Places:
    """Who carries or carried each item, and (source, place) where it stands now."""
    carried: dict[int, list[int]] = defaultdict(list)
    places: dict[int, list[tuple[int, int]]] = defaultdict(list)
    if not wanted:
        return carried, places
    for item_id, source_id, position, gone in conn.execute(
        "SELECT item_id, source_id, position, gone_at FROM sightings WHERE item_id >= ?",
        (min(wanted),),
    ):
        if item_id not in wanted:
            continue
        carried[item_id].append(source_id)
        if gone is None:
            places[item_id].append((source_id, position))
    return carried, places


def _orders_then(conn: sqlite3.Connection, wanted: set[int], t: int) -> Places:
    carried: dict[int, list[int]] = defaultdict(list)
    for item_id, source_id in conn.execute(
        "SELECT item_id, source_id FROM sightings WHERE first_seen <= ?", (t,)
    ):
        if item_id in wanted:
            carried[item_id].append(source_id)
    places: dict[int, list[tuple[int, int]]] = defaultdict(list)
    for source_id, order in conn.execute(
        "SELECT source_id, items FROM orders o WHERE at ="
        " (SELECT max(at) FROM orders WHERE source_id = o.source_id AND at <= ?)",
        (t,),
    ):
        for place, item_id in enumerate(json.loads(order)):
            if item_id in wanted:
                places[item_id].append((source_id, place))
    return carried, places


def _stories_then(conn: sqlite3.Connection, wanted: set[int], t: int) -> Mapping[int, int]:
    return {
        item_id: story_id
        for item_id, story_id in conn.execute(
            "SELECT item_id, story_id FROM story_history WHERE at <= ? ORDER BY item_id, at", (t,)
        )
        if item_id in wanted
    }


def _history(conn: sqlite3.Connection, wanted: set[int], t: int) -> Mapping[int, list[CountAt]]:
    found: dict[int, list[CountAt]] = defaultdict(list)
    if not wanted:
        return found
    for item_id, kind, at, value in conn.execute(
        "SELECT item_id, kind, at, value FROM observations"
        " WHERE item_id >= ? AND at <= ? ORDER BY at",
        (min(wanted), t),
    ):
        if item_id in wanted:
            found[item_id].append(CountAt(codec.at(at), kind, value))
    return found


def _latest(seen: Iterable[CountAt]) -> Mapping[str, int]:
    return {one.kind: one.value for one in seen}


def _norms(conn: sqlite3.Connection, t: int, past: bool) -> dict[int, SourceNorm]:
    start = t - int(NORM_WINDOW.total_seconds())
    counts: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    volume: dict[int, int] = defaultdict(int)
    oldest: dict[int, int] = {}
    for source_id, effective, text, item_id in conn.execute(
        "SELECT source_id, effective, counts, id FROM items"
        " WHERE effective >= ? AND effective <= ? AND first_seen <= ?",
        (start, t, t),
    ):
        volume[source_id] += 1
        oldest[source_id] = min(effective, oldest.get(source_id, effective))
        known = _counts_then(conn, item_id, t) if past else codec.unpack_counts(text)
        for kind, value in known.items():
            counts[source_id][kind].append(value)
    norms = {}
    for source_id, key, name, publisher, entries, role, ordered in conn.execute(
        "SELECT id, key, name, publisher, entries, role, ordered FROM sources"
    ):
        # at least a day, lest an hour's burst be read as a day's rate
        days = max((t - oldest.get(source_id, start)) / 86400, 1.0)
        norms[source_id] = SourceNorm(
            source_id=source_id,
            key=key,
            name=name,
            publisher=publisher,
            items_per_day=volume[source_id] / days,
            typical_counts={k: float(median(v)) for k, v in counts[source_id].items()},
            entries=entries,
            role=role,
            ordered=ordered,
        )
    return norms


def _counts_then(conn: sqlite3.Connection, item_id: int, t: int) -> Mapping[str, int]:
    rows = conn.execute(
        "SELECT kind, value FROM observations WHERE item_id = ? AND at <= ? ORDER BY at",
        (item_id, t),
    )
    return dict(rows.fetchall())
