"""What is old goes, a little at a time; what was in a kept list, or is still carried, stays."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from datetime import datetime, timedelta

from feedhub.model import Key, Retention
from feedhub.store import codec, hand, lists, tombstones, words

# The newest of a source stay whatever their age: its pace is learnt from so many, and a quiet
# hub's lists are filled from them.
LEAST = 50
# Still in its source's document, an item stays beyond its age, but not for ever: a source that
# is never read whole (cut off, say) never says that anything is gone.
CARRIED = 4
_DAY = 86400
SEARCH_MERGED = timedelta(days=7)  # how often
_MERGED = 500  # pages of the search index in one transaction: under 50 ms
_ROWS = 4000  # of a log in one transaction: some 20 ms


def ripe(conn: sqlite3.Connection, retention: Retention, now: datetime) -> list[int]:
    """Ids of items past their age or their source's count, source by source, oldest first.

    Some of them may be held by what :func:`remove` looks at. What is of one source stands together
    in most tables, so that fewer pages are written than in order of time.
    """
    found: list[int] = []
    for source_id, key in conn.execute("SELECT id, key FROM sources").fetchall():
        age, count = retention.sources.get(key, (retention.age, retention.count))
        cutoff = int((now - age).timestamp())
        spared = conn.execute(
            "SELECT first_seen FROM items WHERE source_id = ? ORDER BY first_seen DESC, id DESC"
            " LIMIT 1 OFFSET ?",
            (source_id, LEAST - 1),
        ).fetchone()
        if spared is None:
            continue
        if count is not None:
            row = conn.execute(
                "SELECT first_seen FROM items WHERE source_id = ? ORDER BY first_seen DESC"
                " LIMIT 1 OFFSET ?",
                (source_id, max(count, LEAST) - 1),
            ).fetchone()
            if row is not None:
                # never what today's lists and stories are made from
                cutoff = max(cutoff, min(int(row[0]), int((now - _FRESH).timestamp())))
        found += [
            item_id
            for (item_id,) in conn.execute(
                "SELECT id FROM items WHERE source_id = ? AND first_seen < ? ORDER BY id",
                (source_id, min(cutoff, spared[0])),
            )
        ]
    return found


_FRESH = timedelta(days=4)


def bury_ahead(
    conn: sqlite3.Connection, ids: Sequence[int], retention: Retention, now: datetime
) -> None:
    """Leave tombstones for those of ``ids`` that :func:`remove` will find nothing to hold.

    They lie all over their table: for thousands at once each of its pages is written once. For an
    item that stays after all they mean nothing, as its keys are there.
    """
    kept = _kept(conn, ids, retention, now)
    _bury_keys(conn, [item_id for item_id in ids if item_id not in kept], now)


def remove(
    conn: sqlite3.Connection, ids: Sequence[int], retention: Retention, now: datetime
) -> int:
    """Remove those of ``ids`` that nothing holds; how many went. One transaction's worth."""
    kept = _kept(conn, ids, retention, now)
    there = conn.execute(
        "SELECT id, story_id FROM items WHERE id IN (SELECT value FROM json_each(?))",
        (codec.pack_ids(ids),),
    ).fetchall()
    gone = {item_id: story_id for item_id, story_id in there if item_id not in kept}
    _delete(conn, sorted(gone), now)
    for story_id in set(gone.values()) - {None}:
        row = conn.execute("SELECT 1 FROM items WHERE story_id = ? LIMIT 1", (story_id,)).fetchone()
        if row is None:
            _end_story(conn, story_id)
    return len(gone)


def _kept(
    conn: sqlite3.Connection, ids: Sequence[int], retention: Retention, now: datetime
) -> set[int]:
    """Items that stay, whatever of ``ids`` is among them."""
    some = codec.pack_ids(ids)
    return _held(conn, some, retention, now) | _carried(conn, some, retention, now)


def _held(conn: sqlite3.Connection, some: str, retention: Retention, now: datetime) -> set[int]:
    """Items that stay whatever their age: in a list now, kept by one, or under a hand.

    Of those that only a kept list holds, ``some`` are looked for.
    """
    held = {
        item_id
        for ranked, _ in lists.load_lists(conn).values()
        for entry in ranked.entries
        for item_id in (entry.item_id, *entry.also)
    }
    for feed, length in retention.feeds.items():
        since = 0 if length is None else int((now - length).timestamp())
        held |= {
            item_id
            for (item_id,) in conn.execute(
                "SELECT item_id FROM feed_entries WHERE feed = ? AND tick >= ?"
                " AND item_id IN (SELECT value FROM json_each(?))",
                (feed, since, some),
            )
        }
    return held | hand.held(conn)


def _carried(conn: sqlite3.Connection, some: str, retention: Retention, now: datetime) -> set[int]:
    """Those of ``some`` that are still in a source's document, and not too old for that."""
    t = int(now.timestamp())
    return {
        item_id
        for item_id, key, first_seen in conn.execute(
            "SELECT g.item_id, s.key, g.first_seen FROM sightings g JOIN sources s"
            " ON s.id = g.source_id WHERE g.item_id IN (SELECT value FROM json_each(?))"
            " AND g.gone_at IS NULL AND s.configured = 1",
            (some,),
        )
        if first_seen >= t - CARRIED * _age(retention, key)
    }


def _age(retention: Retention, key: str) -> int:
    """How long a source's items are kept, in seconds."""
    age, _ = retention.sources.get(key, (retention.age, None))
    return int(age.total_seconds())


_OF_ITEMS = (  # table, and the column in which it names an item
    ("item_keys", "item_id"),
    ("sightings", "item_id"),
    ("observations", "item_id"),
    ("item_titles", "item_id"),
    ("story_history", "item_id"),
    ("story_links", "a"),
    ("story_links", "b"),
    ("items", "id"),
)


def _delete(conn: sqlite3.Connection, ids: Sequence[int], now: datetime) -> None:
    """Take items out of every table and leave tombstones."""
    some = codec.pack_ids(ids)
    _bury_keys(conn, ids, now)
    for table, column in _OF_ITEMS:
        conn.execute(
            f"DELETE FROM {table} WHERE {column} IN (SELECT value FROM json_each(?))",  # noqa: S608 - from just above
            (some,),
        )
    conn.execute(  # of what was merged into them nothing else is left
        "DELETE FROM story_history WHERE item_id IN (SELECT old_id FROM redirects"
        " WHERE kind = 'i' AND new_id IN (SELECT value FROM json_each(?)))",
        (some,),
    )
    conn.execute(
        "DELETE FROM redirects WHERE kind = 'i' AND new_id IN (SELECT value FROM json_each(?))",
        (some,),
    )
    for item_id in ids:
        words.removed(conn, item_id)


def _bury_keys(conn: sqlite3.Connection, ids: Sequence[int], now: datetime) -> None:
    """Leave tombstones for items."""
    keys: list[Key] = conn.execute(
        "SELECT scope, kind, value FROM item_keys"
        " WHERE item_id IN (SELECT value FROM json_each(?))",
        (codec.pack_ids(ids),),
    ).fetchall()
    tombstones.bury(conn, keys, now)


def _end_story(conn: sqlite3.Connection, story_id: int) -> None:
    conn.execute("DELETE FROM redirects WHERE kind = 's' AND new_id = ?", (story_id,))
    conn.execute("DELETE FROM stories WHERE id = ?", (story_id,))


# --- logs ---------------------------------------------------------------------------------


def trim(conn: sqlite3.Connection, retention: Retention, now: datetime, after: int) -> int:
    """Remove old requests, those with ids above ``after``; the id to go on after, or 0."""
    rows = conn.execute(
        "SELECT id, at FROM fetches WHERE id > ? ORDER BY id LIMIT ?", (after, _ROWS)
    ).fetchall()
    cutoff = int((now - retention.log).timestamp())
    old = [(fetch_id,) for fetch_id, at in rows if at < cutoff]
    conn.executemany("DELETE FROM fetches WHERE id = ?", old)
    # rows from a clock that was ahead may stand among them: only a young page ends the search
    return int(rows[-1][0]) if old else 0


def thin(conn: sqlite3.Connection, retention: Retention, now: datetime, after: int) -> int:
    """Of items with ids above ``after``: history that nothing can look back to any more.

    The last word before the cut stays, since it holds from then on. The id to go on after,
    or 0 at the end.
    """
    # by their numbers: to count off the items would read every one of them each day
    (first,) = conn.execute("SELECT min(id) FROM items WHERE id > ?", (after,)).fetchone()
    if first is None:
        return 0
    last = int(first) + _ROWS - 1
    span = (after, last, int((now - retention.history).timestamp()))
    conn.execute(
        "DELETE FROM observations WHERE item_id > ? AND item_id <= ? AND EXISTS (SELECT 1 FROM"
        " observations o WHERE o.item_id = observations.item_id AND o.kind = observations.kind"
        " AND o.source_id = observations.source_id AND o.at > observations.at AND o.at < ?)",
        span,
    )
    conn.execute(
        "DELETE FROM story_history WHERE item_id > ? AND item_id <= ? AND EXISTS (SELECT 1 FROM"
        " story_history h WHERE h.item_id = story_history.item_id AND h.at > story_history.at"
        " AND h.at < ?)",
        span,
    )
    return last


def thin_orders(conn: sqlite3.Connection, retention: Retention, now: datetime) -> int:
    """Remove documents' orders from before the history that is kept, all but the last."""
    cutoff = int((now - retention.history).timestamp())
    cursor = conn.execute(
        "DELETE FROM orders WHERE (source_id, at) IN (SELECT source_id, at FROM orders o"
        " WHERE at < ? AND EXISTS (SELECT 1 FROM orders p WHERE p.source_id = o.source_id"
        " AND p.at > o.at AND p.at < ?) LIMIT ?)",
        (cutoff, cutoff, _ROWS),
    )
    return cursor.rowcount


def thin_changes(conn: sqlite3.Connection, retention: Retention, now: datetime) -> int:
    """Remove who entered and left lists before the history that is kept.

    The entering of what was in a list at the cut, or later, stays.
    """
    cutoff = int((now - retention.history).timestamp())
    standing = lists.load_lists(conn)
    removed = 0
    for (slug,) in conn.execute("SELECT DISTINCT slug FROM list_changes").fetchall():
        ranked = standing[slug][0].entries if slug in standing else ()
        there = {(entry.story_id, entry.item_id) for entry in ranked}
        there |= set(
            conn.execute(
                "SELECT story_id, item_id FROM list_changes"
                " WHERE slug = ? AND tick >= ? AND change = 'leave'",
                (slug, cutoff),
            )
        )
        rows = conn.execute(
            "SELECT slug, tick, story_id, item_id, change FROM list_changes"
            " WHERE slug = ? AND tick < ?",
            (slug, cutoff),
        ).fetchall()
        old = [row for row in rows if row[4] == "leave" or (row[2], row[3]) not in there]
        conn.executemany(
            "DELETE FROM list_changes WHERE slug = ? AND tick = ? AND story_id = ?"
            " AND item_id = ? AND change = ?",
            old[:_ROWS],
        )
        removed += min(len(old), _ROWS)
    return removed


def thin_places(conn: sqlite3.Connection, retention: Retention, now: datetime) -> int:
    """Remove how lists stood, clicks and links from before the history that is kept.

    How each list stood when that history begins stays.
    """
    cutoff = int((now - retention.history).timestamp())
    removed = 0
    for statement, values in (
        (
            "DELETE FROM list_places WHERE (slug, tick) IN (SELECT slug, tick FROM list_places p"
            " WHERE tick < ? AND EXISTS (SELECT 1 FROM list_places q WHERE q.slug = p.slug"
            " AND q.tick > p.tick AND q.tick < ?) LIMIT ?)",
            (cutoff, cutoff, _ROWS),
        ),
        (
            "DELETE FROM clicks WHERE (item_id, hour) IN"
            " (SELECT item_id, hour FROM clicks WHERE hour < ? LIMIT ?)",
            (cutoff, _ROWS),
        ),
        (
            "DELETE FROM open_links WHERE (value, publisher) IN"
            " (SELECT value, publisher FROM open_links WHERE at < ? LIMIT ?)",
            (cutoff, _ROWS),
        ),
        (
            "DELETE FROM item_links WHERE (to_item, publisher) IN"
            " (SELECT to_item, publisher FROM item_links WHERE at < ? LIMIT ?)",
            (cutoff, _ROWS),
        ),
    ):
        removed += conn.execute(statement, values).rowcount
    return removed


def thin_archives(conn: sqlite3.Connection, retention: Retention, now: datetime) -> int:
    """Remove archived feeds' entries and documents whose items went, those of kept lists never.

    The last entry and document of a feed stay, so that numbers go on from them.
    """
    ages = [retention.age, *(age for age, _ in retention.sources.values())]
    removed = 0
    for (feed,) in conn.execute("SELECT DISTINCT feed FROM feed_entries").fetchall():
        length = retention.feeds.get(feed, timedelta(0))
        if length is None:
            continue
        cutoff = int((now - max(*ages, length, timedelta(0))).timestamp())
        cursor = conn.execute(
            "DELETE FROM feed_entries WHERE feed = ? AND n IN (SELECT n FROM feed_entries e"
            " WHERE e.feed = ? AND e.tick < ?"
            " AND e.n < (SELECT max(n) FROM feed_entries WHERE feed = ?)"
            " AND NOT EXISTS (SELECT 1 FROM items i WHERE i.id = e.item_id) LIMIT ?)",
            (feed, feed, cutoff, feed, _ROWS),
        )
        removed += cursor.rowcount
        cursor = conn.execute(
            "DELETE FROM feed_archives WHERE feed = ? AND at < ?"
            " AND page < (SELECT max(page) FROM feed_archives WHERE feed = ?)",
            (feed, cutoff, feed),
        )
        removed += cursor.rowcount
    return removed


def end_stories(conn: sqlite3.Connection, retention: Retention, now: datetime, after: int) -> int:
    """Remove stories without items, those with ids above ``after``: most were merged away.

    Where their ids led stays known while the story they led to is there. The id to go on
    after, or 0 at the end.
    """
    (last,) = conn.execute(
        "SELECT max(id) FROM (SELECT id FROM stories WHERE id > ? ORDER BY id LIMIT ?)",
        (after, _ROWS),
    ).fetchone()
    if last is None:
        return 0
    cutoff = int((now - retention.history).timestamp())
    for (story_id,) in conn.execute(
        "SELECT id FROM stories s WHERE id > ? AND id <= ? AND created < ?"
        " AND NOT EXISTS (SELECT 1 FROM items WHERE story_id = s.id)",
        (after, last, cutoff),
    ).fetchall():
        _end_story(conn, story_id)
    return int(last)


def shrink(conn: sqlite3.Connection, pages: int) -> int:
    """Give up to ``pages`` free pages back to the file system; how many were.

    None are by a database that was made so that it cannot shrink.
    """
    free = _number(conn, "freelist_count")
    for _ in range(min(free, pages)):
        # a statement is stepped once, and each step gives back one page: asked for many, it
        # would end after the first all the same
        conn.execute("PRAGMA incremental_vacuum(1)")
    return free - _number(conn, "freelist_count")


def tidy_search(conn: sqlite3.Connection) -> None:
    """Let the search index forget a little more of what was deleted from it."""
    conn.execute("INSERT INTO items_fts (items_fts, rank) VALUES ('merge', 200)")


def merge_search(conn: sqlite3.Connection, _retention: Retention, now: datetime, after: int) -> int:
    """Once a week: a part of merging the search index into one; 1 to go on, or 0 at the end.

    An index that only grows and loses rows keeps the words of the lost ones in its older
    parts: in a year of steady coming and going it came to four times its size. See
    https://sqlite.org/fts5.html, 6.8: a negative number begins, positive ones go on.
    """
    if after == 0 and int(now.timestamp()) // _DAY % SEARCH_MERGED.days:
        return 0
    before = conn.total_changes
    conn.execute(
        "INSERT INTO items_fts (items_fts, rank) VALUES ('merge', ?)",
        (_MERGED if after else -_MERGED,),
    )
    return int(conn.total_changes - before >= 2)  # less says that nothing was left to do


def _number(conn: sqlite3.Connection, pragma: str) -> int:
    return int(conn.execute(f"PRAGMA {pragma}").fetchone()[0])


def last(conn: sqlite3.Connection) -> datetime | None:
    """When retention last ran to its end."""
    row = conn.execute("SELECT value FROM meta WHERE key = 'pruned_at'").fetchone()
    return None if row is None else codec.at(int(row[0]))


def note(conn: sqlite3.Connection, now: datetime) -> None:
    conn.execute(
        "INSERT OR REPLACE INTO meta VALUES ('pruned_at', ?)", (str(int(now.timestamp())),)
    )
