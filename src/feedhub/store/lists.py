"""The lists as ticks left them, now and at past ticks, and who entered and left when."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime

from feedhub.model import Ranked, RankedList
from feedhub.store import archives, codec

PAGE = ".page"  # ends the slug under which a list's page is kept where it differs from its feed


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
    A list with a ``PAGE`` slug is the page's form of another: no feed is made of it.
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
    conn.execute(
        "INSERT OR REPLACE INTO list_places VALUES (?, ?, ?, ?, ?)",
        (
            ranked.slug,
            tick,
            fingerprint,
            ranked.note_code,
            codec.dumps([[entry.story_id, entry.item_id] for entry in ranked.entries]),
        ),
    )
    if ranked.slug.endswith(PAGE):
        return True
    if firsts:
        _add_firsts(conn, ranked, tick)
    feed = f"{ranked.slug}{archives.NEW}" if firsts else ranked.slug
    archives.note_entered(conn, feed, reversed(ranked.entries), tick)
    return True


def note_fingerprint(conn: sqlite3.Connection, tick: datetime, fingerprint: str) -> None:
    """Remember since when lists are ranked under this configuration."""
    row = conn.execute("SELECT fingerprint FROM fingerprints ORDER BY tick DESC LIMIT 1").fetchone()
    if row is None or row[0] != fingerprint:
        conn.execute(
            "INSERT OR REPLACE INTO fingerprints VALUES (?, ?)",
            (int(tick.timestamp()), fingerprint),
        )


def fingerprint_at(conn: sqlite3.Connection, at: datetime) -> str | None:
    """The fingerprint of the configuration in force then; null before the first tick."""
    row = conn.execute(
        "SELECT fingerprint FROM fingerprints WHERE tick <= ? ORDER BY tick DESC LIMIT 1",
        (int(at.timestamp()),),
    ).fetchone()
    return None if row is None else str(row[0])


def standing_at(
    conn: sqlite3.Connection, at: datetime, *, before: bool = False
) -> dict[str, tuple[RankedList, str]]:
    """Each list as it stood then, bare of reasons, and the fingerprint it was ranked under.

    With ``before``, as a tick at that very time found it: what ranking then held on to.
    """
    found: dict[str, tuple[RankedList, str]] = {}
    for slug, tick, fingerprint, note_code, places in conn.execute(
        "SELECT slug, max(tick), fingerprint, note_code, places FROM list_places"
        " WHERE tick < ? GROUP BY slug",
        (int(at.timestamp()) + (not before),),
    ):
        entries = tuple(
            Ranked(place, item_id, story_id, 0.0, None, ())
            for place, (story_id, item_id) in enumerate(codec.loads(places), 1)
        )
        ranked = RankedList(slug, codec.at(tick), entries, note_code=note_code)
        found[slug] = (ranked, fingerprint)
    return found


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
