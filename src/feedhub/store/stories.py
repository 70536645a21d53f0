"""Items waiting for a story, the window the story engine is loaded from, and its answers."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from feedhub.model import Links, Placement, StoryChanges, StoryItem, StoryLinks
from feedhub.store import codec

_ITEM = (
    "SELECT i.id, i.title, i.summary, coalesce(i.publisher, s.publisher),"
    " coalesce(i.language, s.language), coalesce(i.effective, i.first_seen), i.story_id,"
    " i.source_id, i.authors, i.origin_name FROM items i JOIN sources s ON s.id = i.source_id"
)


def _item(row: Sequence[Any]) -> StoryItem:
    return StoryItem(
        id=row[0],
        title=row[1],
        summary=row[2],
        publisher=row[3],
        language=row[4],
        at=codec.at(row[5]),
        story_id=row[6],
        source_id=row[7],
        authors=codec.unpack_strings(row[8]),
        origin_name=row[9],
    )


def unplaced(conn: sqlite3.Connection, limit: int) -> list[StoryItem]:
    """Items without a story, oldest id first."""
    return [
        _item(row)
        for row in conn.execute(f"{_ITEM} WHERE i.story_id IS NULL ORDER BY i.id LIMIT ?", (limit,))
    ]


def placed_since(
    conn: sqlite3.Connection,
    since: datetime,
    limit: int,
    after: tuple[datetime, int] | None = None,
) -> list[StoryItem]:
    """Items that have a story and tell of the time since ``since``, in order of time.

    ``after``: the time and id of the last one of the page before.
    """
    t = int(since.timestamp())
    at, last = (int(after[0].timestamp()), after[1]) if after else (t, 0)
    return [
        _item(row)
        for row in conn.execute(
            f"{_ITEM} WHERE i.story_id IS NOT NULL"
            " AND (coalesce(i.effective, i.first_seen), i.id) > (?, ?)"
            " ORDER BY coalesce(i.effective, i.first_seen), i.id LIMIT ?",
            (max(t, at), last, limit),
        )
    ]


def story_items(conn: sqlite3.Connection, story_id: int) -> list[StoryItem]:
    return [_item(row) for row in conn.execute(f"{_ITEM} WHERE i.story_id = ?", (story_id,))]


def story_item(conn: sqlite3.Connection, item_id: int) -> StoryItem | None:
    row = conn.execute(f"{_ITEM} WHERE i.id = ?", (item_id,)).fetchone()
    return None if row is None else _item(row)


def by_id(conn: sqlite3.Connection, ids: Iterable[int]) -> list[StoryItem]:
    """Items by id, in no order."""
    wanted = list(ids)
    found: list[StoryItem] = []
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        found += [_item(row) for row in conn.execute(f"{_ITEM} WHERE i.id IN ({marks})", part)]
    return found


def last_story(conn: sqlite3.Connection) -> int:
    """The highest story id ever minted: the next one is one more, also after deletions."""
    row = conn.execute("SELECT seq FROM sqlite_sequence WHERE name = 'stories'").fetchone()
    return 0 if row is None else int(row[0])


def apply_changes(conn: sqlite3.Connection, changes: StoryChanges, now: datetime) -> None:
    """Write placements and merges; a merged story's id leads to the older one for good.

    Who made the changes may not know what has been merged since: the ids are followed first.
    """
    t = int(now.timestamp())
    changes = _followed(conn, changes)
    conn.executemany(
        "INSERT OR IGNORE INTO stories (id, created) VALUES (?, ?)",
        # a story that was opened and merged in one batch uses its id up as well
        [
            (story_id, t)
            for story_id in sorted(
                {p.story_id for p in changes.placements} | {pair[0] for pair in changes.merges}
            )
        ],
    )
    conn.executemany(
        "INSERT OR REPLACE INTO story_history SELECT id, ?, ? FROM items"
        " WHERE id = ? AND story_id IS NOT ?",
        [(t, p.story_id, p.item_id, p.story_id) for p in changes.placements],
    )
    conn.executemany(
        "UPDATE items SET story_id = ? WHERE id = ?",
        [(p.story_id, p.item_id) for p in changes.placements],
    )
    for younger, older in changes.merges:
        conn.execute(
            "INSERT OR REPLACE INTO story_history SELECT id, ?, ? FROM items WHERE story_id = ?",
            (t, older, younger),
        )
        conn.execute("UPDATE items SET story_id = ? WHERE story_id = ?", (older, younger))
        conn.execute(
            "UPDATE redirects SET new_id = ? WHERE kind = 's' AND new_id = ?", (older, younger)
        )
        conn.execute("INSERT OR REPLACE INTO redirects VALUES ('s', ?, ?, ?)", (younger, older, t))


def _followed(conn: sqlite3.Connection, changes: StoryChanges) -> StoryChanges:
    named = {p.story_id for p in changes.placements}
    named |= {story_id for pair in changes.merges for story_id in pair}
    leads: dict[int, int] = dict(
        conn.execute(
            "SELECT old_id, new_id FROM redirects WHERE kind = 's'"
            " AND old_id IN (SELECT value FROM json_each(?))",
            (codec.pack_ids(named),),
        ).fetchall()
    )
    if not leads:
        return changes
    pairs = [{leads.get(story_id, story_id) for story_id in pair} for pair in changes.merges]
    return StoryChanges(
        tuple(Placement(p.item_id, leads.get(p.story_id, p.story_id)) for p in changes.placements),
        tuple((max(pair), min(pair)) for pair in pairs if len(pair) == 2),
    )


def links(conn: sqlite3.Connection) -> StoryLinks:
    """All that people have said of pairs of items."""
    rows = conn.execute("SELECT a, b, kind, at FROM story_links ORDER BY a, b").fetchall()
    return StoryLinks(
        joins=tuple((a, b) for a, b, kind, _ in rows if kind == "join"),
        splits=tuple((a, b) for a, b, kind, _ in rows if kind == "split"),
    )


def link(
    conn: sqlite3.Connection,
    one: int,
    other: int,
    kind: str,
    now: datetime,
    note: str,
    along: Iterable[int] = (),
) -> None:
    """Record that two items are one story (``join``) or are not (``split``), for good.

    It holds at once for items that no window reaches any more; the story engine obeys it for
    the others when it next places. With the one that leaves a story go those ``along``.
    """
    t = int(now.timestamp())
    conn.execute(
        "INSERT OR REPLACE INTO story_links VALUES (?, ?, ?, ?, ?)",
        (min(one, other), max(one, other), kind, t, note),
    )
    said = links(conn)
    held = Links(said.joins, said.splits)
    stories = dict(
        conn.execute("SELECT id, story_id FROM items WHERE id IN (?, ?)", (one, other)).fetchall()
    )
    first, second = stories.get(one), stories.get(other)
    if first is None or second is None:
        return
    if kind == "join" and first != second and (min(one, other), max(one, other)) in held.joins:
        merge = (max(first, second), min(first, second))
        apply_changes(conn, StoryChanges(merges=(merge,)), now)
    _part(conn, min(first, second), held, now, {(min(one, other), max(one, other)): set(along)})


def _part(
    conn: sqlite3.Connection,
    story_id: int,
    held: Links,
    now: datetime,
    along: Mapping[tuple[int, int], set[int]],
) -> None:
    """Take apart what was split and is in one story: who told later leaves, with those joined."""
    members = dict(
        conn.execute(
            "SELECT id, coalesce(effective, first_seen) FROM items WHERE story_id = ?", (story_id,)
        ).fetchall()
    )
    for a, b in held.splits:
        if a in members and b in members:
            leaves = max((members[a], a), (members[b], b))[1]
            going = held.together(leaves) | (along.get((a, b), set()) - {a, b})
            there = sorted(going & members.keys())
            new = last_story(conn) + 1
            placed = tuple(Placement(item_id, new) for item_id in there)
            apply_changes(conn, StoryChanges(placed), now)
            for item_id in there:
                del members[item_id]
