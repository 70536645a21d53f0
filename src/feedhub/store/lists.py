"""What a tick ranks from, and the lists as ticks left them."""

from __future__ import annotations

import sqlite3
from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from statistics import median

from feedhub.model import (
    CountAt,
    Ranked,
    RankedList,
    RankInput,
    RankItem,
    SourceNorm,
)
from feedhub.store import codec

# A source's normal is read over this time: two weeks hold both kinds of weekday twice.
NORM_WINDOW = timedelta(days=14)


def rank_input(conn: sqlite3.Connection, now: datetime, since: datetime, limit: int) -> RankInput:
    """Items that tell of the time since ``since``, the newest ``limit`` of them."""
    start = int(since.timestamp())
    rows = conn.execute(
        "SELECT i.id, i.story_id, coalesce(i.publisher, s.publisher), s.category, i.categories,"
        " coalesce(i.language, s.language), i.title, i.effective, i.first_seen, i.counts,"
        " s.weight, s.role, i.source_id"
        " FROM items i JOIN sources s ON s.id = i.source_id"
        " WHERE i.story_id IS NOT NULL AND"
        " (i.effective >= ? OR (i.effective IS NULL AND i.first_seen >= ?))"
        " ORDER BY coalesce(i.effective, i.first_seen) DESC, i.id DESC LIMIT ?",
        (start, start, limit),
    ).fetchall()
    wanted = {row[0] for row in rows}
    carried, places = _sightings(conn, wanted)
    history = _history(conn, wanted)
    items = tuple(
        RankItem(
            id=row[0],
            story_id=row[1],
            source_ids=tuple(sorted({row[12], *carried.get(row[0], ())})),
            publisher=row[2],
            section=row[3],
            categories=codec.unpack_strings(row[4]),
            language=row[5],
            title=row[6],
            effective=codec.moment(row[7]),
            first_seen=codec.at(row[8]),
            counts=codec.unpack_counts(row[9]),
            history=tuple(history.get(row[0], ())),
            position=min((place for _, place in places.get(row[0], ())), default=None),
            places=tuple(sorted(places.get(row[0], ()))),
            weight=row[10],
            role=row[11],
        )
        for row in rows
    )
    return RankInput(now=now, items=items, norms=_norms(conn, now))


def _sightings(
    conn: sqlite3.Connection, wanted: set[int]
) -> tuple[Mapping[int, list[int]], Mapping[int, list[tuple[int, int]]]]:
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


def _history(conn: sqlite3.Connection, wanted: set[int]) -> Mapping[int, list[CountAt]]:
    found: dict[int, list[CountAt]] = defaultdict(list)
    if not wanted:
        return found
    for item_id, kind, at, value in conn.execute(
        "SELECT item_id, kind, at, value FROM observations WHERE item_id >= ? ORDER BY at",
        (min(wanted),),
    ):
        if item_id in wanted:
            found[item_id].append(CountAt(codec.at(at), kind, value))
    return found


def _norms(conn: sqlite3.Connection, now: datetime) -> dict[int, SourceNorm]:
    start = int((now - NORM_WINDOW).timestamp())
    counts: dict[int, dict[str, list[int]]] = defaultdict(lambda: defaultdict(list))
    volume: dict[int, int] = defaultdict(int)
    oldest: dict[int, int] = {}
    for source_id, effective, text in conn.execute(
        "SELECT source_id, effective, counts FROM items WHERE effective >= ?", (start,)
    ):
        volume[source_id] += 1
        oldest[source_id] = min(effective, oldest.get(source_id, effective))
        for kind, value in codec.unpack_counts(text).items():
            counts[source_id][kind].append(value)
    norms = {}
    for source_id, key, name, publisher, entries, role, ordered in conn.execute(
        "SELECT id, key, name, publisher, entries, role, ordered FROM sources"
    ):
        # at least a day, lest an hour's burst be read as a day's rate
        days = max((now.timestamp() - oldest.get(source_id, start)) / 86400, 1.0)
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


def load_lists(conn: sqlite3.Connection) -> dict[str, tuple[RankedList, str]]:
    """Each list as it stands, with the fingerprint of the configuration that ranked it."""
    return {
        slug: (
            RankedList(slug, codec.at(tick), codec.unpack_ranked(entries), note, note_code),
            fingerprint,
        )
        for slug, tick, fingerprint, note, note_code, entries in conn.execute(
            "SELECT slug, tick, fingerprint, note, note_code, entries FROM list_state"
        )
    }


def save_list(conn: sqlite3.Connection, ranked: RankedList, fingerprint: str, firsts: bool) -> bool:
    """Store a list where readers would see it differ from the one that stands; true if so.

    Scores and reasons move with every second; a list moves only when its places, their
    numbers, its note or the configuration do, and keeps the reasons of the tick that made it.
    With ``firsts``, stories that were never in the list before join its append-only feed.
    """
    tick = int(ranked.tick.timestamp())
    row = conn.execute(
        "SELECT entries, note, fingerprint FROM list_state WHERE slug = ?", (ranked.slug,)
    ).fetchone()
    before = codec.unpack_ranked(row[0]) if row else ()
    same_frame = row is not None and row[1:] == (ranked.note, fingerprint)
    if same_frame and _seen(before) == _seen(ranked.entries):
        return False
    was = {(e.story_id, e.item_id): e.position for e in before}
    now = {(e.story_id, e.item_id): e.position for e in ranked.entries}
    conn.executemany(
        "INSERT OR REPLACE INTO list_changes VALUES (?, ?, ?, ?, ?, ?)",
        [(ranked.slug, tick, *k, "enter", now[k]) for k in now.keys() - was.keys()]
        + [(ranked.slug, tick, *k, "leave", was[k]) for k in was.keys() - now.keys()],
    )
    conn.execute(
        "INSERT OR REPLACE INTO list_state VALUES (?, ?, ?, ?, ?, ?)",
        (
            ranked.slug,
            tick,
            fingerprint,
            ranked.note,
            ranked.note_code,
            codec.pack_ranked(ranked.entries),
        ),
    )
    if firsts:
        _add_firsts(conn, ranked, tick)
    return True


def _seen(entries: Sequence[Ranked]) -> list[object]:
    """The part of a list that readers see."""
    return [(e.item_id, e.story_id, e.also, e.number, e.voices) for e in entries]


def _add_firsts(conn: sqlite3.Connection, ranked: RankedList, tick: int) -> None:
    # from the last place to the first, so that the newest-first feed leads with the leader
    for entry in reversed(ranked.entries):
        conn.execute(
            "INSERT OR IGNORE INTO list_firsts"
            " (slug, story_id, item_id, tick, title, summary, link, entry)"
            " SELECT ?, ?, id, ?, title, summary, link, ? FROM items WHERE id = ?",
            (ranked.slug, entry.story_id, tick, codec.pack_ranked((entry,)), entry.item_id),
        )


Firsts = Sequence[tuple[int, datetime, str, str, str | None, str]]


def firsts(conn: sqlite3.Connection, slug: str, limit: int) -> Firsts:
    """The newest of an append-only feed: item, tick, and what was frozen when it entered."""
    return [
        (row[0], codec.at(row[1]), row[2], row[3], row[4], row[5])
        for row in conn.execute(
            "SELECT item_id, tick, title, summary, link, entry FROM list_firsts"
            " WHERE slug = ? ORDER BY seq DESC LIMIT ?",
            (slug, limit),
        )
    ]
