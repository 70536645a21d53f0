"""A database of every earlier version comes forward whole, and a copy of it is kept."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from hashlib import blake2b

import pytest
from sqlite_utils import Database

from feedhub.model import Key
from feedhub.store import SqliteStore, tombstones
from feedhub.store.schema import migrations
from feedhub.store.version import SCHEMA_VERSION

NAMES = [migration.name for migration in migrations.pending(Database(memory=True))]
ITEMS = 40
BURIED = [Key(7, "guid", f"buried-{n}") for n in range(500)]


def schema(path):
    with closing(sqlite3.connect(path)) as conn:
        return {
            (kind, name): sql
            for kind, name, sql in conn.execute("SELECT type, name, sql FROM sqlite_schema")
        }


def _digest(key):
    return blake2b("\0".join(map(str, key)).encode(), digest_size=8).digest()


def written_by(version, path):
    """What a feedhub of that version left: a source with items, placed in stories."""
    db = Database(path)
    stop = NAMES[version] if version < len(NAMES) else None
    migrations.apply(db, stop_before=stop)
    conn = db.conn
    conn.execute(
        "INSERT INTO sources (id, key, url, name, publisher, content, weight, role, configured,"
        " place, named) VALUES (7, 'a', 'https://a.example/f', 'Bladet', 'a.example', 'excerpt',"
        " 1, 'outlet', 1, 0, 1)"
    )
    for n in range(1, ITEMS + 1):
        conn.execute("INSERT INTO stories VALUES (?, 1000)", (n,))
        conn.execute(
            "INSERT INTO items (id, source_id, story_id, effective, effective_why, first_seen,"
            " updated, title, link, summary, authors, categories, counts, enclosures, paywall,"
            " content_html) VALUES (?, 7, ?, 1000, 'published', 1000, 1000, ?, ?, '', '[]', '[]',"
            " '{}', '[]', 0, '')",
            (n, n, f"Rubrik {n}", f"https://a.example/{n}"),
        )
        conn.execute("INSERT INTO items_fts (rowid, title, text) VALUES (?, ?, '')", (n, f"R {n}"))
        conn.execute("INSERT INTO item_keys VALUES (7, 'guid', ?, ?)", (str(n), n))
        conn.execute("INSERT INTO sightings VALUES (7, ?, x'00', ?, 1000, NULL)", (n, n))
        conn.execute(
            "INSERT INTO list_firsts (slug, story_id, item_id, tick, title, summary, link, entry)"
            " VALUES ('popular', ?, ?, 1000, 'R', '', NULL, '[]')",
            (n, n),
        )
    if "m010_upkeep" in NAMES[:version]:
        conn.executemany(
            "INSERT INTO tombstones VALUES (?, 20000)",
            [(int.from_bytes(_digest(key), "big", signed=True),) for key in BURIED],
        )
    conn.execute(f"PRAGMA user_version = {version}")
    conn.commit()
    db.close()


def test_every_migration_is_counted():
    assert len(NAMES) == SCHEMA_VERSION


@pytest.mark.parametrize("version", range(1, SCHEMA_VERSION))
def test_from_every_earlier_version(version, tmp_path):
    path, fresh = tmp_path / "hub.db", tmp_path / "fresh.db"
    written_by(version, path)

    async def scenario():
        new = SqliteStore(fresh)
        await new.open()
        await new.close()
        store = SqliteStore(path)
        await store.open()
        try:
            found = await store.items(range(1, ITEMS + 1))
            assert [found[n].title for n in sorted(found)] == [
                f"Rubrik {n}" for n in range(1, ITEMS + 1)
            ]
            assert len(await store.search("R", ITEMS)) == ITEMS
            assert await store.entered("popular.new") == (ITEMS if version == 1 else 0)
        finally:
            await store.close()

    asyncio.run(scenario())
    assert schema(path) == schema(fresh)
    with closing(sqlite3.connect(path)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
        assert conn.execute("PRAGMA foreign_key_check").fetchall() == []
        if "m010_upkeep" in NAMES[:version]:
            never = Key(7, "guid", "never")
            assert tombstones.buried(conn, [*BURIED, never]) == [*BURIED]
    (copy,) = tmp_path.glob("hub.db.before-v*")
    with closing(sqlite3.connect(copy)) as conn:
        assert conn.execute("PRAGMA user_version").fetchone() == (version,)
        assert conn.execute("SELECT count(*) FROM items").fetchone() == (ITEMS,)
