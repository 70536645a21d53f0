"""The database file itself: two hubs on one, newer ones, broken ones, failures inside a group."""

from __future__ import annotations

import asyncio
import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlite_utils import Database

from feedhub.errors import StoreError, StoreTooNew
from feedhub.model import Source
from feedhub.store import SqliteStore
from feedhub.store.connection import Writer, connect
from feedhub.store.schema import migrate, migrations
from feedhub.store.version import SCHEMA_VERSION


def open_and_close(path: Path) -> str:
    async def main() -> str:
        store = SqliteStore(path)
        try:
            await store.open()
            return await store.authority()
        finally:
            await store.close()

    return asyncio.run(main())


def test_the_authority_is_minted_once_and_differs_between_hubs(tmp_path):
    first = open_and_close(tmp_path / "a.db")
    assert open_and_close(tmp_path / "a.db") == first
    assert open_and_close(tmp_path / "b.db") != first


def test_migrating_twice_changes_nothing(tmp_path):
    conn = connect(tmp_path / "a.db")
    migrate(conn)
    before = conn.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall()
    migrate(conn)
    assert conn.execute("SELECT sql FROM sqlite_schema ORDER BY name").fetchall() == before
    assert not conn.in_transaction
    conn.close()


def test_the_version_of_the_schema_is_the_number_of_its_migrations(tmp_path):
    empty = Database(memory=True)
    assert len(migrations.pending(empty)) == SCHEMA_VERSION
    empty.close()
    open_and_close(tmp_path / "a.db")
    conn = connect(tmp_path / "a.db")
    assert conn.execute("PRAGMA user_version").fetchone() == (SCHEMA_VERSION,)
    conn.close()


def test_a_newer_database_is_refused_in_one_line(tmp_path):
    open_and_close(tmp_path / "a.db")
    conn = connect(tmp_path / "a.db")
    conn.execute(
        "INSERT INTO _sqlite_migrations (migration_set, name, applied_at)"
        " VALUES ('feedhub', 'm999_future', '')"
    )
    conn.execute(f"PRAGMA user_version = {SCHEMA_VERSION + 1}")
    conn.close()
    with pytest.raises(StoreTooNew, match="newer version") as caught:
        open_and_close(tmp_path / "a.db")
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("make", ["text", "folder", "no folder"])
def test_what_is_no_database_is_refused_in_one_line(tmp_path, make):
    path = tmp_path / "x.db"
    if make == "text":
        path.write_text("no database at all, " * 100)
    elif make == "folder":
        path.mkdir()
    else:
        path = tmp_path / "missing" / "x.db"
    with pytest.raises(StoreError) as caught:
        open_and_close(path)
    assert "\n" not in str(caught.value)
    assert "x.db" in str(caught.value)


def test_one_failing_piece_of_work_takes_no_other_with_it(tmp_path):
    writer = Writer(tmp_path / "a.db")
    writer.open()

    def put(key: str):
        return lambda conn: conn.execute("INSERT INTO meta VALUES (?, '1')", (key,)).rowcount

    futures = [writer.submit(put(key)) for key in ("a", "b", "a", "c")]
    writer.close()
    assert [f.result() for f in (futures[0], futures[1], futures[3])] == [1, 1, 1]
    with pytest.raises(StoreError, match="UNIQUE"):
        futures[2].result()
    conn = connect(tmp_path / "a.db", readonly=True)
    keys = {key for (key,) in conn.execute("SELECT key FROM meta")}
    conn.close()
    assert {"a", "b", "c"} <= keys


def test_a_full_disk_is_told_and_loses_nothing(tmp_path):
    path = tmp_path / "a.db"
    writer = Writer(path)
    writer.open()

    def fill(conn: sqlite3.Connection) -> None:
        pages = conn.execute("PRAGMA page_count").fetchone()[0]
        conn.execute(f"PRAGMA max_page_count = {pages + 5}")

    def put(key: str, size: int):
        return lambda conn: conn.execute("INSERT INTO meta VALUES (?, ?)", (key, "x" * size))

    writer.submit(put("kept", 10)).result()
    writer.submit(fill).result()
    with pytest.raises(StoreError, match="disk is full"):
        writer.submit(put("big", 1_000_000)).result()
    writer.submit(put("small", 10)).result()
    writer.close()
    conn = connect(path, readonly=True)
    keys = {key for (key,) in conn.execute("SELECT key FROM meta")}
    assert conn.execute("PRAGMA integrity_check").fetchone() == ("ok",)
    conn.close()
    assert {"kept", "small"} <= keys
    assert "big" not in keys


def test_another_programs_database_is_left_alone(tmp_path):
    conn = connect(tmp_path / "wp.db")
    conn.execute("CREATE TABLE posts (id INTEGER)")
    conn.close()
    with pytest.raises(StoreError, match="another program"):
        open_and_close(tmp_path / "wp.db")
    conn = connect(tmp_path / "wp.db")
    assert conn.execute("SELECT name FROM sqlite_schema").fetchall() == [("posts",)]
    conn.close()


def test_after_closing_the_file_alone_is_whole(tmp_path):
    open_and_close(tmp_path / "a.db")
    assert not (tmp_path / "a.db-wal").exists()
    copied = tmp_path / "copied.db"
    copied.write_bytes((tmp_path / "a.db").read_bytes())
    assert open_and_close(copied) == open_and_close(tmp_path / "a.db")


def test_leases_of_a_process_that_ended_are_given_up(tmp_path):
    async def main() -> None:
        now = datetime(2026, 3, 1, tzinfo=UTC)
        source = Source("a", "https://a.example/f")
        first = SqliteStore(tmp_path / "a.db")
        await first.open()
        await first.sync_sources([source], lambda _: ("a", "a"))
        options = {"length": timedelta(minutes=5), "limit": 5}
        assert len(await first.lease_due(now, first.owner, **options)) == 1
        second = SqliteStore(tmp_path / "a.db")
        await second.open()
        await second.sync_sources([source], lambda _: ("a", "a"))
        assert await second.lease_due(now, second.owner, **options) == []
        await second.close()
        await first.close()  # as when it is killed, its lock goes and its lease stays
        third = SqliteStore(tmp_path / "a.db")
        await third.open()
        await third.sync_sources([source], lambda _: ("a", "a"))
        assert len(await third.lease_due(now, third.owner, **options)) == 1
        await third.close()

    asyncio.run(main())


def test_a_file_that_is_moved_away_under_a_hub_takes_nothing_more_until_it_is_back(tmp_path):
    path, away, now = tmp_path / "a.db", tmp_path / "away.db", datetime(2026, 3, 1, tzinfo=UTC)
    source = Source(key="a", url="https://a.example/feed")

    async def main() -> None:
        store = SqliteStore(path)
        try:
            await store.open()
            path.rename(away)
            with pytest.raises(StoreError, match="moved or removed"):
                await store.sync_sources([source], lambda _: ("A", "a.example"))
            path.write_bytes(b"")  # another file under its name is not it
            with pytest.raises(StoreError, match="moved or removed"):
                await store.take_lease("stories", "me", now, timedelta(minutes=1))
            away.replace(path)
            await store.sync_sources([source], lambda _: ("A", "a.example"))
            assert len(await store.statuses()) == 1
        finally:
            await store.close()

    asyncio.run(main())
