"""What a hub's database says, read from outside: for comparing one run with another."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

Unreadable = sqlite3.OperationalError  # no such table, or no file yet
Broken = sqlite3.DatabaseError  # what is there is no database, or damaged
Rows = dict[tuple[Any, ...], tuple[Any, ...]]
KEYS = {"items": ("id",), "sightings": ("source_id", "item_id"), "stories": ("id",)}


def connect(db: Path) -> sqlite3.Connection:
    conn = sqlite3.connect(f"{db.resolve().as_uri()}?mode=ro", uri=True)
    conn.text_factory = lambda text: text.decode("utf-8", "replace")  # of a damaged one, too
    return conn


def rows(db: Path, names: Iterable[str] = KEYS) -> dict[str, Rows]:
    """Every row of the tables named, whole, under its primary key."""
    found = {}
    with closing(connect(db)) as conn:
        conn.row_factory = sqlite3.Row
        for name in names:
            found[name] = {
                tuple(row[key] for key in KEYS[name]): tuple(row)
                for row in conn.execute(f"SELECT * FROM {name}")
            }
    return found


def difference(before: dict[str, Rows], after: dict[str, Rows]) -> tuple[int, int]:
    """How many rows are new, and how many changed or gone."""
    new = changed = 0
    for name, old in before.items():
        now = after[name]
        new += len(now.keys() - old.keys())
        changed += sum(now.get(key) != row for key, row in old.items())
    return new, changed


def outcomes(db: Path, *, after: int = 0) -> dict[str, int]:
    """How the fetches with a log number above ``after`` ended."""
    with closing(connect(db)) as conn:
        return dict(
            conn.execute(
                "SELECT CASE WHEN stage IS NULL THEN outcome ELSE outcome || ':' || stage END,"
                " count(*) FROM fetches WHERE id > ? GROUP BY 1 ORDER BY 2 DESC",
                (after,),
            )
        )


def last_fetch(db: Path) -> int:
    with closing(connect(db)) as conn:
        return int(conn.execute("SELECT coalesce(max(id), 0) FROM fetches").fetchone()[0])


def size_mib(db: Path) -> float:
    """The database and its companions, as they lie on the disk."""
    files = db.parent.glob(f"{db.name}*")
    return sum(file.stat().st_size for file in files) / 2**20


def faults(db: Path) -> list[str]:
    """What no interruption may leave behind; nothing when all is well."""
    found = []
    with closing(connect(db)) as conn:
        for (line,) in conn.execute("PRAGMA integrity_check"):
            if line != "ok":
                found.append(f"integrity_check: {line}")
        found += [f"foreign key: {row}" for row in conn.execute("PRAGMA foreign_key_check")]
        for what, query in _FAULTS.items():
            count = conn.execute(query).fetchone()[0]
            if count:
                found.append(f"{what}: {count}")
    return found


_FAULTS = {
    "items without a sighting": "SELECT count(*) FROM items WHERE id NOT IN"
    " (SELECT item_id FROM sightings)",
    "items without a key": "SELECT count(*) FROM items WHERE id NOT IN"
    " (SELECT item_id FROM item_keys)",
    "keys without an item": "SELECT count(*) FROM item_keys WHERE item_id NOT IN"
    " (SELECT id FROM items)",
    "items that search does not know": "SELECT count(*) FROM items WHERE id NOT IN"
    " (SELECT rowid FROM items_fts)",
    "search rows without an item": "SELECT count(*) FROM items_fts WHERE rowid NOT IN"
    " (SELECT id FROM items)",
    "sources fetched and without a next time": "SELECT count(*) FROM sources"
    " WHERE configured = 1 AND outcome IS NOT NULL AND next_due IS NULL",
}


def unplaced(db: Path) -> int:
    """Items that wait for a story, as they may between a fetch and the next tick."""
    with closing(connect(db)) as conn:
        query = "SELECT count(*) FROM items WHERE story_id IS NULL"
        return int(conn.execute(query).fetchone()[0])


@dataclass(frozen=True, slots=True)
class Contents:
    """What a database holds, without what depends on the hour or on the order of arrival.

    ``groups``: the keys of each item, so that two runs agree on what is one article.
    ``texts``: title, link and texts of each item that one source alone carries, under its
    source and keys. An article that several carry takes the words of whoever came first.
    """

    groups: frozenset[frozenset[tuple[str, str, str]]]
    texts: dict[tuple[str, frozenset[tuple[str, str, str]]], tuple[Any, ...]]
    shared: int
    sightings: int
    items: int


def contents(db: Path) -> Contents:
    with closing(connect(db)) as conn:
        sources = dict(conn.execute("SELECT id, key FROM sources"))
        keys: dict[int, set[tuple[str, str, str]]] = {}
        for scope, kind, value, item_id in conn.execute("SELECT * FROM item_keys"):
            keys.setdefault(item_id, set()).add((sources.get(scope, ""), kind, value))
        carried = dict(
            conn.execute("SELECT item_id, count(*) FROM sightings GROUP BY item_id").fetchall()
        )
        texts = {}
        shared = items = 0
        for item_id, source_id, *text in conn.execute(
            "SELECT id, source_id, title, link, canonical, summary, content_html, authors,"
            " categories, counts, image, enclosures, published FROM items"
        ):
            items += 1
            if carried.get(item_id, 0) > 1:
                shared += 1
                continue
            texts[(sources[source_id], frozenset(keys.get(item_id, ())))] = tuple(text)
        return Contents(
            groups=frozenset(frozenset(one) for one in keys.values()),
            texts=texts,
            shared=shared,
            sightings=sum(carried.values()),
            items=items,
        )


def unlike(expected: Contents, found: Contents) -> list[str]:
    """How two databases differ in what matters; nothing when they say the same."""
    faults = []
    for name in ("items", "sightings", "shared"):
        left, right = getattr(expected, name), getattr(found, name)
        if left != right:
            faults.append(f"{name}: {right} in place of {left}")
    if missing := expected.groups - found.groups:
        faults.append(f"{len(missing)} articles lack keys or hold others: {_some(missing)}")
    if extra := found.groups - expected.groups:
        faults.append(f"{len(extra)} articles nobody expected: {_some(extra)}")
    wrong = [key for key, text in expected.texts.items() if found.texts.get(key) != text]
    if wrong:
        faults.append(f"{len(wrong)} articles have other texts: {wrong[0]}")
    return faults


def _some(groups: Iterable[frozenset[tuple[str, str, str]]]) -> str:
    return str(sorted(next(iter(groups)))[:2])
