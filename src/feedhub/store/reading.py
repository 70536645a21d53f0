"""Items as publishing needs them: by id, by story, by source, by search."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any

from feedhub.model import Item
from feedhub.store import codec

_ITEM = (
    "SELECT i.id, i.source_id, s.name, s.url, coalesce(i.publisher, s.publisher), s.content,"
    " i.title, i.link, i.authors, i.summary, i.content_html, i.image, i.enclosures,"
    " i.categories, s.category, i.published, i.effective, i.first_seen, i.updated,"
    " coalesce(i.language, s.language), i.comments_url, i.counts, i.story_id, i.origin_name,"
    " i.origin_url, i.paywall FROM items i JOIN sources s ON s.id = i.source_id"
)


def _item(row: Sequence[Any]) -> Item:
    categories = codec.unpack_strings(row[13])
    return Item(
        id=row[0],
        source_id=row[1],
        source_name=row[2],
        source_url=row[3],
        publisher=row[4],
        content_rights=row[5],
        title=row[6],
        link=row[7],
        authors=codec.unpack_strings(row[8]),
        summary=row[9],
        content_html=row[10],
        image=codec.unpack_image(row[11]),
        enclosures=codec.unpack_enclosures(row[12]),
        categories=categories,
        section=row[14] or (categories[0] if categories else None),
        published=codec.moment(row[15]),
        effective=codec.moment(row[16]),
        first_seen=codec.at(row[17]),
        updated=codec.at(row[18]),
        language=row[19],
        comments_url=row[20],
        counts=codec.unpack_counts(row[21]),
        story_id=row[22],
        origin_name=row[23],
        origin_url=row[24],
        paywall=bool(row[25]),
    )


def items(conn: sqlite3.Connection, ids: Iterable[int]) -> dict[int, Item]:
    """Items by the ids asked for, also those merged into another; unknown ones are left out."""
    wanted = list(dict.fromkeys(ids))
    found = _by_id(conn, wanted)
    for missing in [item_id for item_id in wanted if item_id not in found]:
        row = conn.execute(
            "SELECT new_id FROM redirects WHERE kind = 'i' AND old_id = ?", (missing,)
        ).fetchone()
        if row is not None:
            found.update((missing, item) for item in _by_id(conn, [row[0]]).values())
    return found


def _by_id(conn: sqlite3.Connection, wanted: Sequence[int]) -> dict[int, Item]:
    found: dict[int, Item] = {}
    for start in range(0, len(wanted), 500):
        part = wanted[start : start + 500]
        marks = ", ".join("?" * len(part))
        for row in conn.execute(f"{_ITEM} WHERE i.id IN ({marks})", part):
            found[row[0]] = _item(row)
    return found


def story(conn: sqlite3.Connection, story_id: int) -> list[Item]:
    """The items of a story, or of the one that it was merged into, first told first."""
    row = conn.execute(
        "SELECT new_id FROM redirects WHERE kind = 's' AND old_id = ?", (story_id,)
    ).fetchone()
    return [
        _item(found)
        for found in conn.execute(
            f"{_ITEM} WHERE i.story_id = ? ORDER BY coalesce(i.effective, i.first_seen), i.id",
            (row[0] if row else story_id,),
        )
    ]


def of_source(conn: sqlite3.Connection, source_id: int, limit: int) -> list[Item]:
    """The newest items of a source."""
    return [
        _item(row)
        for row in conn.execute(
            f"{_ITEM} WHERE i.source_id = ?"
            " ORDER BY coalesce(i.effective, i.first_seen) DESC, i.id DESC LIMIT ?",
            (source_id, limit),
        )
    ]


def search(conn: sqlite3.Connection, words: str, limit: int) -> list[Item]:
    """Items whose title or text holds all the words (prefixes), the best match first.

    Every word is quoted, so that no input is a syntax error to FTS5.
    """
    words = words.replace("\0", " ")  # SQLite's C strings end there
    terms = ['"' + word.replace('"', '""') + '"*' for word in words.split() if word.strip('"*')]
    if not terms:
        return []
    return [
        _item(row)
        for row in conn.execute(
            f"{_ITEM} JOIN items_fts f ON f.rowid = i.id WHERE items_fts MATCH ?"
            # a hit in the title counts ten times one in the text
            " ORDER BY bm25(items_fts, 10.0, 1.0), i.id DESC LIMIT ?",
            (" ".join(terms), limit),
        )
    ]
