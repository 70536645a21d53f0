"""Two items that turn out to be one: the older id wins, the younger leads to it for good."""

from __future__ import annotations

import sqlite3

from feedhub.store import words


def merge_items(conn: sqlite3.Connection, one: int, other: int, now: int) -> int:
    """Join two items inside the writer's transaction; the id that stays.

    Keys, sightings, observations and earlier headlines move over; the text of the older
    item stays as it is until its source changes it.
    """
    older, younger = sorted((one, other))
    pair = (older, younger)
    conn.execute("UPDATE item_keys SET item_id = ? WHERE item_id = ?", pair)
    for table in ("sightings", "observations", "story_history"):
        # where both have a row for one source, the older item's stands
        conn.execute(f"UPDATE OR IGNORE {table} SET item_id = ? WHERE item_id = ?", pair)  # noqa: S608 - from the line above
        conn.execute(f"DELETE FROM {table} WHERE item_id = ?", (younger,))  # noqa: S608
    conn.execute("UPDATE item_titles SET item_id = ? WHERE item_id = ?", pair)
    move_links(conn, older, younger)
    conn.execute("UPDATE list_firsts SET item_id = ? WHERE item_id = ?", pair)
    words.removed(conn, younger)
    conn.execute("DELETE FROM items WHERE id = ?", (younger,))
    conn.execute("UPDATE redirects SET new_id = ? WHERE kind = 'i' AND new_id = ?", pair)
    conn.execute("INSERT INTO redirects VALUES ('i', ?, ?, ?)", (younger, older, now))
    return older


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
