"""Items as publishing needs them: by id, by story, by source, by search."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from unicodedata import combining, normalize

from feedhub.model import Item, ItemFilter
from feedhub.store import codec

_ITEM = (
    "SELECT i.id, i.source_id, s.name, s.url, coalesce(i.publisher, s.publisher), s.content,"
    # an editor's title stands in place of its own
    " coalesce((SELECT title FROM overrides WHERE item_id = i.id), i.title),"
    " i.link, i.authors, i.summary, i.content_html, i.image, i.enclosures,"
    " i.categories, s.category, i.published, i.effective, i.first_seen,"
    " max(i.updated, coalesce((SELECT at FROM overrides WHERE item_id = i.id), 0)),"
    " coalesce(i.language, s.language), i.comments_url, i.counts, i.story_id, i.origin_name,"
    " i.origin_url, i.paywall FROM items i JOIN sources s ON s.id = i.source_id"
    # and what an editor took down is not there, whoever asks
    " AND NOT EXISTS (SELECT 1 FROM overrides WHERE item_id = i.id AND gone = 2)"
)
# What an editor hid is there for those who ask for it by its id, and on no page of several.
_LISTED = "NOT EXISTS (SELECT 1 FROM overrides WHERE item_id = i.id AND gone = 1)"
_TOLD = "coalesce(i.effective, i.first_seen)"


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
    """The items of a story, or of the one that it was merged into, first told first.

    Without those that an editor hid, unless there are no others.
    """
    row = conn.execute(
        "SELECT new_id FROM redirects WHERE kind = 's' AND old_id = ?", (story_id,)
    ).fetchone()
    for listed in (f" AND {_LISTED}", ""):
        found = [
            _item(each)
            for each in conn.execute(
                f"{_ITEM} WHERE i.story_id = ?{listed} ORDER BY {_TOLD}, i.id",
                (row[0] if row else story_id,),
            )
        ]
        if found:
            return found
    return []


def of_source(conn: sqlite3.Connection, source_id: int, limit: int) -> list[Item]:
    """The newest items of a source."""
    return [
        _item(row)
        for row in conn.execute(
            f"{_ITEM} WHERE i.source_id = ? AND {_LISTED}"
            " ORDER BY coalesce(i.effective, i.first_seen) DESC, i.id DESC LIMIT ?",
            (source_id, limit),
        )
    ]


def recent(
    conn: sqlite3.Connection,
    where: ItemFilter,
    limit: int,
    before: tuple[datetime, int] | None = None,
) -> list[Item]:
    """The newest items that pass, by time told and id; after ``before`` in that order."""
    tests, values = _tests(where)
    if before is not None:
        tests.append(f"({_TOLD}, i.id) < (?, ?)")
        values += [int(before[0].timestamp()), before[1]]
    return [
        _item(row)
        for row in conn.execute(
            f"{_ITEM} WHERE {' AND '.join(tests)} ORDER BY {_TOLD} DESC, i.id DESC LIMIT ?",
            (*values, limit),
        )
    ]


def _tests(where: ItemFilter) -> tuple[list[str], list[int | str]]:
    tests = [_LISTED]
    values: list[int | str] = []
    if where.sources:
        tests.append(f"i.source_id IN ({', '.join('?' * len(where.sources))})")
        values += sorted(where.sources)
    if where.section is not None:
        tests.append("coalesce(s.category, json_extract(i.categories, '$[0]')) = ?")
        values.append(where.section)
    if where.since is not None:
        tests.append(f"{_TOLD} >= ?")
        values.append(int(where.since.timestamp()))
    return tests, values


def search(
    conn: sqlite3.Connection,
    words: str,
    limit: int,
    where: ItemFilter | None = None,
    offset: int = 0,
    *,
    newest: bool = False,
) -> list[Item]:
    """Items whose title or text holds all the words (prefixes), the best match first.

    ``newest``: by time told instead, the newest first.

    Every word is quoted, so that no input is a syntax error to FTS5. The index knows no
    diacritics, so ``malmo`` finds Malmö; a word that has them is looked for as it is written,
    since to a Swedish reader får (sheep) is not far (father).
    """
    words = words.replace("\0", " ")  # SQLite's C strings end there
    terms = ['"' + word.replace('"', '""') + '"*' for word in words.split() if word.strip('"*')]
    if not terms:
        return []
    tests, values = _tests(where or ItemFilter())
    also = "".join(f" AND {test}" for test in tests)
    exact = _written(words)
    found = []
    # a hit in the title counts ten times one in the text
    order = f"{_TOLD} DESC" if newest else "bm25(items_fts, 10.0, 1.0)"
    for row in conn.execute(
        f"{_ITEM.replace(' FROM items', ', f.title, f.text FROM items', 1)}"
        f" JOIN items_fts f ON f.rowid = i.id WHERE items_fts MATCH ?{also}"
        f" ORDER BY {order}, i.id DESC",
        (" ".join(terms), *values),
    ):
        if exact and not all(one.search(f"{row[-2]}\n{row[-1]}") for one in exact):
            continue
        if offset:
            offset -= 1
            continue
        found.append(_item(row))
        if len(found) == limit:
            break
    return found


def _written(words: str) -> list[re.Pattern[str]]:
    """A test for each word with letters that the index takes for others."""
    return [
        re.compile(rf"(?<!\w){re.escape(word)}", re.IGNORECASE)
        for word in re.findall(r"\w+", normalize("NFC", words))
        if any(combining(letter) for letter in normalize("NFD", word))
    ]
