"""Two items that turn out to be one: the older id wins, the younger leads to it for good."""

from __future__ import annotations

import sqlite3

from feedhub.store import codec, words

# What an item says, as its source tells it.
FIELDS = (
    "publisher",
    "published",
    "language",
    "title",
    "link",
    "canonical",
    "summary",
    "authors",
    "categories",
    "image",
    "enclosures",
    "comments_url",
    "origin_name",
    "origin_url",
    "paywall",
    "content_html",
)
_SAID = ", ".join(("source_id", "counts", *FIELDS))


def merge_items(conn: sqlite3.Connection, one: int, other: int, now: int) -> int:
    """Join two items inside the writer's transaction; the id that stays.

    Keys, sightings, observations and earlier headlines move over; the text of the older
    item stays as it is until its source changes it, unless an aggregator told it and the
    younger's is the outlet's own. A story that is left without items leads to the other's.
    """
    older, younger = sorted((one, other))
    pair = (older, younger)
    _let_the_outlet_speak(conn, older, younger, now)
    conn.execute("UPDATE item_keys SET item_id = ? WHERE item_id = ?", pair)
    for table in ("sightings", "observations"):
        # where both have a row for one source, the older item's stands
        conn.execute(f"UPDATE OR IGNORE {table} SET item_id = ? WHERE item_id = ?", pair)  # noqa: S608 - from the line above
        conn.execute(f"DELETE FROM {table} WHERE item_id = ?", (younger,))  # noqa: S608
    conn.execute("UPDATE item_titles SET item_id = ? WHERE item_id = ?", pair)
    move_links(conn, older, younger)
    conn.execute("UPDATE list_firsts SET item_id = ? WHERE item_id = ?", pair)
    # until the next tick says it anew: what was hidden is not shown under its other id meanwhile
    conn.execute("UPDATE OR IGNORE overrides SET item_id = ? WHERE item_id = ?", pair)
    words.removed(conn, younger)
    left = _story(conn, older, younger, now)
    conn.execute("DELETE FROM items WHERE id = ?", (younger,))
    conn.execute("UPDATE redirects SET new_id = ? WHERE kind = 'i' AND new_id = ?", pair)
    conn.execute("INSERT INTO redirects VALUES ('i', ?, ?, ?)", (younger, older, now))
    if left is not None:
        _lead_on(conn, left, older, younger, now)
    return older


def speaks_for(conn: sqlite3.Connection, source: int, teller: int) -> bool:
    """Whether an article is a source's own that another told first: that one passes on others'."""
    roles = dict(conn.execute("SELECT id, role FROM sources WHERE id IN (?, ?)", (source, teller)))
    return bool(roles[source] == "outlet" != roles[teller])


def _let_the_outlet_speak(conn: sqlite3.Connection, older: int, younger: int, now: int) -> None:
    rows = dict(
        conn.execute("SELECT id, source_id FROM items WHERE id IN (?, ?)", (older, younger))
    )
    if not speaks_for(conn, rows[younger], rows[older]):
        return
    conn.execute(
        "INSERT INTO item_titles (item_id, until, title) SELECT i.id, ?, i.title FROM items i"
        " JOIN items j ON j.id = ? WHERE i.id = ? AND i.title <> j.title",
        (now, younger, older),
    )
    conn.execute(
        f"UPDATE items SET updated = ?, ({_SAID}) = (SELECT {_SAID} FROM items WHERE id = ?)"  # noqa: S608 - names of columns, from this file
        " WHERE id = ?",
        (now, younger, older),
    )
    title, summary, html = conn.execute(
        "SELECT title, summary, content_html FROM items WHERE id = ?", (older,)
    ).fetchone()
    words.changed(conn, older, title, codec.plain(html) if html else summary)


def _story(conn: sqlite3.Connection, older: int, younger: int, now: int) -> int | None:
    """The younger item's story, where it is another. An older item that has none yet takes it."""
    stories = dict(
        conn.execute("SELECT id, story_id FROM items WHERE id IN (?, ?)", (older, younger))
    )
    stays, left = stories[older], stories[younger]
    if left is None or left == stays:
        return None
    if stays is None:
        conn.execute("UPDATE items SET story_id = ? WHERE id = ?", (left, older))
        conn.execute("INSERT OR REPLACE INTO story_history VALUES (?, ?, ?)", (older, now, left))
        return None
    return int(left)


def _lead_on(conn: sqlite3.Connection, left: int, older: int, younger: int, now: int) -> None:
    """Where nothing else is in the story: its id, which is out in the world, and what editors
    have ordered of it.
    """
    if conn.execute("SELECT 1 FROM items WHERE story_id = ? LIMIT 1", (left,)).fetchone():
        return
    (stays,) = conn.execute("SELECT story_id FROM items WHERE id = ?", (older,)).fetchone()
    conn.execute("INSERT OR REPLACE INTO story_history VALUES (?, ?, ?)", (younger, now, stays))
    conn.execute("UPDATE redirects SET new_id = ? WHERE kind = 's' AND new_id = ?", (stays, left))
    conn.execute("INSERT OR REPLACE INTO redirects VALUES ('s', ?, ?, ?)", (left, stays, now))


def move_links(conn: sqlite3.Connection, older: int, younger: int) -> None:
    """What a person has said of the younger item holds for the older; its own word stands."""
    rows = conn.execute(
        "SELECT a, b, kind, at, note FROM story_links WHERE a = ? OR b = ?", (younger, younger)
    ).fetchall()
    conn.execute("DELETE FROM story_links WHERE a = ? OR b = ?", (younger, younger))
    for a, b, *said in rows:
        other = b if a == younger else a
        if other != older:
            conn.execute(
                "INSERT OR IGNORE INTO story_links VALUES (?, ?, ?, ?, ?)",
                (min(older, other), max(older, other), *said),
            )
