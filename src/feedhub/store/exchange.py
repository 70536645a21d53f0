"""Items out as plain values and in again: all that is known of them, whichever hub reads it.

A record is a JSON object. ``{"record": "hub"}`` comes first, then the sources; what people have
said (hands, links between items), where merged ids lead and what is remembered of removed items;
then the items by id, each with its keys, sightings, earlier headlines and counts. Times are seconds
since 1970, UTC; sources are named by their key in feeds.yaml.

A database without items becomes the hub that was exported, ids and all. Elsewhere ids are those of
another hub: items come without them, and what speaks of ids is left out.
"""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

from feedhub.model import FetchState, GuidTrust
from feedhub.store import codec, tombstones, words
from feedhub.store.codec import Refused
from feedhub.store.merge import move_links
from feedhub.store.records import MOST, check
from feedhub.values import dataclass

VERSION = 1
_SOURCE = (
    "key", "url", "name", "publisher", "category", "language", "content", "weight", "role",
    "ordered", "named",
)  # fmt: skip
_ITEM = (
    "publisher", "story_id", "effective", "effective_why", "first_seen", "published", "updated",
    "language", "title", "link", "canonical", "summary", "authors", "categories", "counts",
    "image", "enclosures", "comments_url", "origin_name", "origin_url", "paywall", "content_html",
)  # fmt: skip
# What is said of ids, as it stands in the tables: record -> table, columns.
_OF_IDS: Mapping[str, tuple[str, Sequence[str]]] = {
    "redirect": ("redirects", ("kind", "old_id", "new_id", "at")),
    "link": ("story_links", ("a", "b", "kind", "at", "note")),
    "hand": (
        "hands",
        (
            "id", "kind", "target", "action", "value", "slug", "at", "until", "by", "note",
            "undone_at", "undone_by",
        ),
    ),
}  # fmt: skip
_MINTED = ("sources", "items", "stories", "hands")  # whose ids are never used again
# How far an import is this hub's own, in meta: not; with its ids; with its sources' ids as well.
_ELSEWHERE, _FRESH, _WHOLE = "0", "1", "2"
_JSON = frozenset(("authors", "categories", "counts", "image", "enclosures"))
Record = dict[str, Any]
# What values of the wrong kind raise, here and where SQLite is given them.
_NO_RECORD = (
    LookupError,
    TypeError,
    AttributeError,
    ValueError,
    OverflowError,
    sqlite3.InterfaceError,
    sqlite3.ProgrammingError,
    sqlite3.IntegrityError,
)


@dataclass(frozen=True, slots=True)
class Taken:
    """What an import came to."""

    added: int = 0
    known: int = 0  # items that were there already, by guid or link
    left: int = 0  # records that speak of another hub's ids


def heads(conn: sqlite3.Connection) -> list[Record]:
    """The records that come before the items."""
    (authority,) = conn.execute("SELECT value FROM meta WHERE key = 'authority'").fetchone()
    minted = dict(conn.execute("SELECT name, seq FROM sqlite_sequence").fetchall())
    return [
        {
            "record": "hub",
            "version": VERSION,
            "authority": authority,
            "minted": {name: minted.get(name, 0) for name in _MINTED},
        },
        *_sources(conn),
        *(
            one
            for name, (table, columns) in _OF_IDS.items()
            for one in _rows(conn, name, table, columns)
        ),
        *(
            {"record": "tombstones", "id": row_id, "marks": marks.hex()}
            for row_id, marks in conn.execute("SELECT id, marks FROM tombstones ORDER BY id")
        ),
    ]


def _sources(conn: sqlite3.Connection) -> Iterator[Record]:
    """Sources, with what decides how their next document is taken in: as one of many, not as the
    first, and by guids as far as those can be trusted. How they were last asked is left out."""
    for row in conn.execute(
        f"SELECT id, {', '.join(_SOURCE)}, state, guids FROM sources ORDER BY 1"  # noqa: S608
    ):
        *values, state, guids = row
        known = codec.unpack_state(state)
        yield (
            {"record": "source"}
            | dict(zip(("id", *_SOURCE), values, strict=True))
            | {
                "imported_at": codec.seconds(known.imported_at),
                "last_ok_at": codec.seconds(known.last_ok_at),
                "guids": codec.loads(guids),
            }
        )


def _rows(
    conn: sqlite3.Connection, record: str, table: str, columns: Sequence[str]
) -> Iterator[Record]:
    """A table's rows as records, in the order of their first columns."""
    for row in conn.execute(
        f"SELECT {', '.join(columns)} FROM {table} ORDER BY 1, 2"  # noqa: S608 - from above
    ):
        yield {"record": record} | dict(zip(columns, row, strict=True))


def everything(
    conn: sqlite3.Connection, limit: int, each: Callable[[Sequence[Record]], None]
) -> None:
    """Give all records to ``each``, the heads first, then the items, up to ``limit`` at once.

    All are of one instant: what a hub brings and joins meanwhile would else be half there.
    """
    each(heads(conn))
    after = 0
    while records := page(conn, after, limit):
        each(records)
        after = records[-1]["id"]


def page(conn: sqlite3.Connection, after: int, limit: int) -> list[Record]:
    """Items with ids above ``after``, in order of id."""
    keys = dict(conn.execute("SELECT id, key FROM sources"))
    columns = ", ".join(_ITEM)
    return [
        _record(conn, keys, row)
        for row in conn.execute(
            f"SELECT id, source_id, {columns} FROM items WHERE id > ? ORDER BY id LIMIT ?",  # noqa: S608
            (after, limit),
        ).fetchall()
    ]


def _record(conn: sqlite3.Connection, keys: Mapping[int, str], row: Sequence[Any]) -> Record:
    item_id = row[0]
    values = {
        name: codec.loads(value) if name in _JSON and value is not None else value
        for name, value in zip(_ITEM, row[2:], strict=True)
    }
    return {
        "record": "item",
        "id": item_id,
        "source": keys[row[1]],
        **values,
        "keys": [
            [keys.get(scope), kind, value]
            for scope, kind, value in conn.execute(
                "SELECT scope, kind, value FROM item_keys WHERE item_id = ? ORDER BY 1, 2, 3",
                (item_id,),
            )
        ],
        "sightings": [
            [keys[source_id], entry_hash.hex(), *rest]
            for source_id, entry_hash, *rest in conn.execute(
                "SELECT source_id, entry_hash, position, first_seen, gone_at FROM sightings"
                " WHERE item_id = ? ORDER BY source_id",
                (item_id,),
            )
        ],
        "titles": conn.execute(
            "SELECT until, title FROM item_titles WHERE item_id = ? ORDER BY until, title",
            (item_id,),
        ).fetchall(),
        "observations": [
            [keys.get(source_id), *rest]
            for source_id, *rest in conn.execute(
                "SELECT source_id, kind, at, value FROM observations WHERE item_id = ?"
                " ORDER BY kind, at, source_id",
                (item_id,),
            )
        ],
    }


def take(conn: sqlite3.Connection, records: Sequence[Record]) -> Taken:
    """Take records in; in a database without items they keep their ids and their stories.

    Elsewhere items that are there already, by guid or link, are left as they are, and others
    get ids of this hub and wait for a story. Raises Refused for what is no record of ours.
    """
    added = known = left = 0
    for record in records:
        try:
            check(record)
            match record["record"]:
                case "hub":
                    _take_hub(conn, record)
                case "source":
                    _take_source(conn, record)
                case "item":
                    came = _take_item(conn, record)
                    added, known = added + came, known + (not came)
                case "tombstones":
                    left += not _take_tombstones(conn, record)
                case name if name in _OF_IDS:
                    left += not _take_of_ids(conn, record)
                case other:
                    raise Refused(f"records of kind {other!r} are not known")
        except Refused:
            raise
        except _NO_RECORD as error:
            raise Refused(f"is no record of an export: {error}") from error
    return Taken(added, known, left)


def _importing(conn: sqlite3.Connection) -> str:
    row = conn.execute("SELECT value FROM meta WHERE key = 'importing'").fetchone()
    return _ELSEWHERE if row is None else str(row[0])[:1]


def _goes_on(conn: sqlite3.Connection, record: Record) -> str:
    """How far an export is this hub's own that has items already: as far as it was when it began.

    Only the very same is, as its highest ids tell. What the other hub has minted since are ids
    that this one has given to others.
    """
    row = conn.execute("SELECT value FROM meta WHERE key = 'importing'").fetchone()
    (authority,) = conn.execute("SELECT value FROM meta WHERE key = 'authority'").fetchone()
    if row is None or authority != record["authority"] or "minted" not in record:
        return _ELSEWHERE
    return _importing(conn) if row[0][1:] == _numbering(record) else _ELSEWHERE


def _numbering(record: Record) -> str:
    """The highest ids of an export, as text. Raises Refused where they can be none."""
    minted = record.get("minted", {})
    seqs = [minted.get(name, 0) for name in _MINTED]
    if not all(type(seq) is int and 0 <= seq < MOST for seq in seqs):
        raise Refused("names highest ids that can be none")
    return " ".join(["", *map(str, seqs)])


def _take_hub(conn: sqlite3.Connection, record: Record) -> None:
    if record["version"] != VERSION:
        raise Refused("was written by a newer feedhub")
    numbering = _numbering(record)
    if conn.execute("SELECT 1 FROM items LIMIT 1").fetchone() is None:
        how = _begin_anew(conn, record)
        conn.execute("INSERT OR REPLACE INTO meta VALUES ('importing', ?)", (how + numbering,))
    elif (how := _goes_on(conn, record)) == _ELSEWHERE:
        conn.execute("INSERT OR REPLACE INTO meta VALUES ('importing', ?)", (how,))


def _begin_anew(conn: sqlite3.Connection, record: Record) -> str:
    """An export that is taken into a new database goes on as the hub it was."""
    conn.execute("UPDATE meta SET value = ? WHERE key = 'authority'", (record["authority"],))
    for name in _MINTED:
        conn.execute("DELETE FROM sqlite_sequence WHERE name = ?", (name,))
        conn.execute(
            "INSERT INTO sqlite_sequence (name, seq) VALUES (?, ?)",
            (name, record.get("minted", {}).get(name, 0)),
        )
    # of nothing that is here; an import of another hub's may have got so far
    for table in ("redirects", "story_links", "hands", "overrides", "tombstones"):
        conn.execute(f"DELETE FROM {table}")  # noqa: S608 - from the line above
    if conn.execute(
        "SELECT 1 FROM fetches UNION SELECT 1 FROM subscriptions"
        " UNION SELECT 1 FROM sources WHERE leased_by IS NOT NULL LIMIT 1"
    ).fetchone():
        return _FRESH  # its sources have been asked already, or are just now, and keep their ids
    conn.execute("DELETE FROM sources")  # whoever imports brings them in step with feeds.yaml
    return _WHOLE


def _take_source(conn: sqlite3.Connection, record: Record) -> None:
    source_id = record.get("id") if _importing(conn) == _WHOLE else None
    if source_id is not None:  # feeds.yaml may have given it another key since the import began
        conn.execute(
            "UPDATE OR IGNORE sources SET key = ? WHERE id = ?", (record["key"], source_id)
        )
    state = FetchState(  # an export of an earlier feedhub does not tell
        imported_at=codec.moment(record.get("imported_at")),
        last_ok_at=codec.moment(record.get("last_ok_at")),
    )
    marks = ", ".join("?" * (len(_SOURCE) + 3))
    conn.execute(
        f"INSERT OR IGNORE INTO sources (id, {', '.join(_SOURCE)}, state, guids, configured, place)"  # noqa: S608
        f" VALUES ({marks}, 0, 0)",
        [
            source_id,
            *(record[name] for name in _SOURCE),
            codec.pack_state(state),
            codec.pack_guids(GuidTrust(**record.get("guids", {}))),
        ],
    )


def _take_of_ids(conn: sqlite3.Connection, record: Record) -> bool:
    """Whether it speaks of this hub's ids, and so was taken in."""
    if _importing(conn) == _ELSEWHERE:
        return False
    table, columns = _OF_IDS[record["record"]]
    conn.execute(
        f"INSERT OR IGNORE INTO {table} ({', '.join(columns)})"  # noqa: S608 - from above
        f" VALUES ({', '.join('?' * len(columns))})",
        [record[name] for name in columns],
    )
    return True


def _take_tombstones(conn: sqlite3.Connection, record: Record) -> bool:
    """The same. A removed item's keys are hashed together with the ids of sources."""
    if _importing(conn) != _WHOLE:
        return False
    tombstones.take(conn, record["id"], bytes.fromhex(record["marks"]))
    return True


def _source_id(conn: sqlite3.Connection, key: str | None) -> int:
    if key is None:
        return 0
    row = conn.execute("SELECT id FROM sources WHERE key = ?", (key,)).fetchone()
    if row is None:
        raise Refused(f"names the source {key!r}, which no record before it describes")
    return int(row[0])


def _take_item(conn: sqlite3.Connection, record: Record) -> bool:
    """Whether it was new."""
    fresh = _importing(conn) != _ELSEWHERE and not _taken(conn, record["id"])
    keys = [(_source_id(conn, scope), kind, value) for scope, kind, value in record["keys"]]
    # what has neither guid nor link is known by its title or text
    for key in [key for key in keys if key[1] in ("guid", "link")] or keys:
        row = conn.execute(
            "SELECT item_id FROM item_keys WHERE scope = ? AND kind = ? AND value = ?", key
        ).fetchone()
        if row is not None:
            if fresh:
                _lead(conn, record["id"], row[0])
            return False
    values = {
        name: json.dumps(record[name], ensure_ascii=False, separators=(",", ":"), sort_keys=True)
        if name in _JSON and record[name] is not None
        else record[name]
        for name in _ITEM
    }
    if not fresh:
        values["story_id"] = None
    elif values["story_id"] is not None:
        conn.execute(
            "INSERT OR IGNORE INTO stories (id, created) VALUES (?, ?)",
            (values["story_id"], values["first_seen"]),
        )
    marks = ", ".join("?" * (len(_ITEM) + 2))
    cursor = conn.execute(
        f"INSERT INTO items (id, source_id, {', '.join(_ITEM)}) VALUES ({marks})",  # noqa: S608
        (record["id"] if fresh else None, _source_id(conn, record["source"]), *values.values()),
    )
    _take_rest(conn, int(cursor.lastrowid or 0), record, keys)
    return True


def _lead(conn: sqlite3.Connection, item_id: int, other: int) -> None:
    """An item came as news before the import that went on had come to it: its id leads there."""
    row = conn.execute("SELECT first_seen FROM items WHERE id = ?", (other,)).fetchone()
    if row is None:
        return
    move_links(conn, other, item_id)
    conn.execute(
        "UPDATE redirects SET new_id = ? WHERE kind = 'i' AND new_id = ?", (other, item_id)
    )
    conn.execute("INSERT OR IGNORE INTO redirects VALUES ('i', ?, ?, ?)", (item_id, other, *row))


def _taken(conn: sqlite3.Connection, item_id: int) -> bool:
    """Whether an id is in use: an import that goes on may find that news came meanwhile."""
    row = conn.execute("SELECT 1 FROM items WHERE id = ?", (item_id,)).fetchone()
    return row is not None


def _take_rest(
    conn: sqlite3.Connection, item_id: int, record: Record, keys: Sequence[tuple[int, str, str]]
) -> None:
    text = codec.plain(record["content_html"]) or record["summary"]
    words.added(conn, item_id, record["title"], text)
    conn.executemany(
        "INSERT OR IGNORE INTO item_keys VALUES (?, ?, ?, ?)", [(*key, item_id) for key in keys]
    )
    conn.executemany(
        "INSERT OR IGNORE INTO sightings (source_id, entry_hash, position, first_seen, gone_at,"
        " item_id) VALUES (?, ?, ?, ?, ?, ?)",
        [
            (_source_id(conn, key), bytes.fromhex(entry_hash), *rest, item_id)
            for key, entry_hash, *rest in record["sightings"]
        ],
    )
    conn.executemany(
        "INSERT INTO item_titles (until, title, item_id) VALUES (?, ?, ?)",
        [(*row, item_id) for row in record["titles"]],
    )
    conn.executemany(
        "INSERT OR IGNORE INTO observations (source_id, kind, at, value, item_id)"
        " VALUES (?, ?, ?, ?, ?)",
        [(_source_id(conn, key), *rest, item_id) for key, *rest in record["observations"]],
    )
